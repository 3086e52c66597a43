"""A refusal stores the part of a batch that it says, and responds as it says."""

from typing import Any

import httpx
import pytest

from autoleap.sandbox import Fault, Habits, Refusal, Sandbox
from tests.helpers.habit_calls import create, make_records, stored_names
from tests.helpers.sandbox_calls import Open


def send_batch(
    log_in: Open, refusal: Refusal, *, marked: str = "", invalid: bool = False, count: int = 6
) -> tuple[httpx.Response, list[object]]:
    """Create customers, of which the second is marked or invalid; return what is stored."""
    records = make_records(count)
    records[1]["notes"] = f"a {marked} b"
    if invalid:
        records[1]["firstName"] = 7
    with Sandbox(customers=0, habits=Habits(refusals=(refusal,))) as sandbox:
        response = create(log_in(sandbox), sandbox, records)
        return response, stored_names(sandbox)


@pytest.mark.parametrize("status", [400, 404, 409, 422, 500])
def test_bad_records_have_their_status(log_in: Open, status: int) -> None:
    response, stored = send_batch(log_in, Refusal(status=status), invalid=True)
    assert response.status_code == status
    assert response.json()["success"] is False
    assert stored == []


@pytest.mark.parametrize(
    ("part", "stored"),
    [
        ("none", []),
        ("valid", ["L0", "L2", "L3", "L4", "L5"]),
        ("half", ["L0", "L2"]),
        ("all", ["L0", "L2", "L3", "L4", "L5"]),
    ],
)
def test_a_400_stores_a_part_of_the_batch(log_in: Open, part: Any, stored: list[str]) -> None:
    response, names = send_batch(log_in, Refusal(stored=part), invalid=True)
    assert response.status_code == 400
    assert response.json()["error"].startswith("customers[1].firstName: ")
    assert names == stored


def test_a_batch_without_bad_records_is_not_refused(log_in: Open) -> None:
    response, stored = send_batch(log_in, Refusal("poison", status=500))
    assert response.json()["success"] is True
    assert len(stored) == 6


def test_a_firewall_answers_403_for_one_record(log_in: Open) -> None:
    refusal = Refusal("<script", status=403, shape="html")
    response, stored = send_batch(log_in, refusal, marked="<script>")
    assert (response.status_code, response.headers["Content-Type"]) == (403, "text/html")
    assert stored == []


def test_a_403_comes_after_half_of_the_batch(log_in: Open) -> None:
    refusal = Refusal("", status=403, stored="half", times=1)
    with Sandbox(customers=0, habits=Habits(refusals=(refusal,))) as sandbox:
        client = log_in(sandbox)
        response = create(client, sandbox, make_records(4))
        assert (response.status_code, response.json()["error"]) == (403, "Forbidden")
        assert stored_names(sandbox) == ["L0", "L1"]
        assert create(client, sandbox, make_records(4)).status_code == 200


def test_a_poison_record_fails_alone_and_in_a_batch(log_in: Open) -> None:
    refusal = Refusal("poison", status=500)
    for count in (2, 6):
        response, stored = send_batch(log_in, refusal, marked="poison", count=count)
        assert (response.status_code, stored) == (500, [])
    _, stored = send_batch(log_in, Refusal("poison", status=500, stored="all"), marked="poison")
    assert len(stored) == 6


@pytest.mark.parametrize("status", [200, 207])
@pytest.mark.parametrize(
    ("shape", "read_failures"),
    [
        (
            "results",
            lambda body: [r["index"] for r in body["data"]["results"] if not r["success"]],
        ),
        (
            "multi-status",
            lambda body: [n for n, r in enumerate(body["data"]) if r["status"] != 200],
        ),
        ("failed", lambda body: [failure["index"] for failure in body["data"]["failed"]]),
        ("errors", lambda body: [failure["index"] for failure in body["errors"]]),
        ("counts", lambda body: [1] if body["data"]["failed"] == 1 else []),
    ],
)
def test_a_success_has_failures_in_its_body(
    log_in: Open, status: int, shape: Any, read_failures: Any
) -> None:
    refusal = Refusal("bad", status=status, stored="valid", shape=shape)
    response, stored = send_batch(log_in, refusal, marked="bad")
    assert response.status_code == status
    assert response.json()["success"] is True
    assert read_failures(response.json()) == [1]
    assert stored == ["L0", "L2", "L3", "L4", "L5"]


def test_success_is_the_text_false(log_in: Open) -> None:
    refusal = Refusal(status=200, stored="valid", shape="success-text")
    response, stored = send_batch(log_in, refusal, invalid=True)
    assert (response.status_code, response.json()["success"]) == (200, "false")
    assert len(stored) == 5


def test_the_first_refusal_that_applies_is_used(log_in: Open) -> None:
    refusals = (Refusal("<script", status=403), Refusal("poison", status=500), Refusal(status=422))
    with Sandbox(customers=0, habits=Habits(refusals=refusals)) as sandbox:
        client = log_in(sandbox)
        for notes, first_name, status in (
            ("poison <script", "Jane", 403),
            ("poison", 7, 500),
            ("harmless", 7, 422),
            ("harmless", "Jane", 200),
        ):
            records = make_records(1, notes=notes, firstName=first_name)
            assert create(client, sandbox, records).status_code == status


def test_a_refusal_has_a_probability_and_an_end(log_in: Open) -> None:
    refusals = (Refusal("", status=409, probability=0.5, times=5),)
    with Sandbox(customers=0, habits=Habits(refusals=refusals), limits=None) as sandbox:
        client = log_in(sandbox)
        statuses = [create(client, sandbox, make_records(1)).status_code for _ in range(40)]
    assert statuses.count(409) == 5
    assert statuses[:5] != [409] * 5


def test_partial_stays_the_default_for_records_without_a_refusal(log_in: Open) -> None:
    habits = Habits(refusals=(Refusal("poison", status=500),))
    records = [*make_records(2), {"firstName": "Bad"}]
    with Sandbox(customers=0, partial=True, habits=habits) as sandbox:
        assert create(log_in(sandbox), sandbox, records).status_code == 400
        assert stored_names(sandbox) == ["L0", "L1"]


def test_a_fault_acts_before_a_refusal_and_after_it(log_in: Open) -> None:
    refusal = Refusal(stored="valid")
    with Sandbox(customers=0, habits=Habits(refusals=(refusal,))) as sandbox:
        client = log_in(sandbox)
        sandbox.set_faults(Fault("503", times=1), Fault("500-after", after=1, times=1))
        records = [*make_records(2), {"firstName": "Bad"}]
        assert create(client, sandbox, records).status_code == 503
        assert stored_names(sandbox) == []
        assert create(client, sandbox, records).status_code == 500
        assert stored_names(sandbox) == ["L0", "L1"]


def test_an_appointment_request_can_be_refused(log_in: Open) -> None:
    refusals = (Refusal("poison", status=500),)
    with Sandbox(appointment_requests=0, habits=Habits(refusals=refusals)) as sandbox:
        customer = {"firstName": "poison", "lastName": "Doe"}
        body = {"companyId": sandbox.company_id, "customer": customer}
        response = log_in(sandbox).post("/appointmentRequests/create", json=body)
        assert response.status_code == 500
        assert sandbox.store.rows("appointment_requests") == []
