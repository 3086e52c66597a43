"""Each kind of fault does what it says, to the requests it is meant for."""

from typing import Any

import httpx
import pytest

from autoleap.sandbox import Fault, Sandbox
from tests.helpers.sandbox_calls import Open


def create(client: httpx.Client, sandbox: Sandbox, **options: Any) -> httpx.Response:
    body = {
        "companyId": sandbox.company_id,
        "customers": [{"firstName": "Jane", "lastName": "Doe"}],
    }
    return client.post("/customers", json=body, **options)


def created(sandbox: Sandbox) -> int:
    return len(sandbox.store.rows("customers")) - 25


@pytest.mark.parametrize(
    ("kind", "status", "acted"),
    [
        ("429", 429, 0),
        ("429-no-retry-after", 429, 0),
        ("500", 500, 0),
        ("500-after", 500, 1),
        ("502-html", 502, 0),
        ("503", 503, 0),
        ("504", 504, 0),
        ("success-false", 200, 0),
    ],
)
def test_faults_that_answer(
    sandbox: Sandbox, client: httpx.Client, kind: Any, status: int, acted: int
) -> None:
    sandbox.set_faults(Fault(kind, method="POST"))
    answer = create(client, sandbox)
    assert answer.status_code == status
    assert created(sandbox) == acted
    record = sandbox.requests[-1]
    assert (record.status, record.fault) == (status, kind)
    if kind != "502-html":
        assert answer.json()["success"] is False
        assert isinstance(answer.json()["error"], str)


def test_a_429_says_when_to_come_back_unless_it_shall_not(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    sandbox.set_faults(Fault("429", times=1, retry_after=7), Fault("429-no-retry-after"))
    assert create(client, sandbox).headers["Retry-After"] == "7"
    assert "Retry-After" not in create(client, sandbox).headers


def test_a_502_is_a_page_of_html(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.set_faults(Fault("502-html"))
    answer = client.get("/partners/profile")
    assert answer.headers["Content-Type"] == "text/html"
    assert answer.text.startswith("<html>")


@pytest.mark.parametrize(("kind", "acted"), [("cut-before", 0), ("cut-after", 1)])
def test_a_cut_connection_gives_no_answer(
    sandbox: Sandbox,
    client: httpx.Client,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    kind: Any,
    acted: int,
) -> None:
    sandbox.set_faults(Fault(kind, times=1))
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        create(client, sandbox)
    assert created(sandbox) == acted
    assert sandbox.requests[-1].status is None
    assert sandbox.requests[-1].fault == kind
    assert client.get("/partners/profile").status_code == 200
    assert capfd.readouterr() == ("", "")
    assert [record.message for record in caplog.records if record.levelname != "INFO"] == []


def test_a_truncated_answer_promises_more_than_it_sends(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    sandbox.set_faults(Fault("truncated", times=1))
    with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
        create(client, sandbox)
    assert created(sandbox) == 1
    assert sandbox.requests[-1].status == 200
    assert client.get("/partners/profile").status_code == 200


@pytest.mark.parametrize(("kind", "acted"), [("hang-before", 0), ("hang-after", 1)])
def test_a_hang_gives_no_answer_in_time(
    sandbox: Sandbox, client: httpx.Client, kind: Any, acted: int
) -> None:
    sandbox.set_faults(Fault(kind, times=1))
    with pytest.raises(httpx.ReadTimeout):
        create(client, sandbox, timeout=0.2)
    assert client.get("/partners/profile").status_code == 200
    assert created(sandbox) == acted


@pytest.mark.parametrize("kind", ["hang-before", "hang-after"])
def test_who_waits_longer_than_the_hang_is_answered(
    sandbox: Sandbox, client: httpx.Client, kind: Any
) -> None:
    sandbox.set_faults(Fault(kind, seconds=0.2, times=1))
    answer = create(client, sandbox)
    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() >= 0.2
    assert created(sandbox) == 1


def test_revoked_tokens_fail_the_request_and_the_refresh(sandbox: Sandbox, visit: Open) -> None:
    client = visit(sandbox)
    credentials = {"partnerId": sandbox.partner_id, "authKey": sandbox.auth_key}
    tokens = client.post("/partners/login", json=credentials).json()["data"]
    client.headers["Authorization"] = f"Bearer {tokens['accessToken']}"
    sandbox.set_faults(Fault("revoke-tokens", times=1))
    assert create(client, sandbox).status_code == 401
    assert created(sandbox) == 0
    body = {"refreshToken": tokens["refreshToken"]}
    assert client.post("/partners/generateNewAccessToken", json=body).status_code == 401
    assert client.post("/partners/login", json=credentials).status_code == 200


def test_revoked_refresh_tokens_let_the_request_through(sandbox: Sandbox, visit: Open) -> None:
    client = visit(sandbox)
    credentials = {"partnerId": sandbox.partner_id, "authKey": sandbox.auth_key}
    tokens = client.post("/partners/login", json=credentials).json()["data"]
    client.headers["Authorization"] = f"Bearer {tokens['accessToken']}"
    sandbox.set_faults(Fault("revoke-refresh", times=1))
    assert create(client, sandbox).status_code == 200
    body = {"refreshToken": tokens["refreshToken"]}
    assert client.post("/partners/generateNewAccessToken", json=body).status_code == 401


def test_a_fault_meets_only_its_method_and_operation(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    query = {"companyId": sandbox.company_id}
    sandbox.set_faults(Fault("500", method="GET", operation="listCustomers"))
    assert client.get("/customers", params=query).status_code == 500
    assert client.get("/vehicles", params=query).status_code == 200
    assert create(client, sandbox).status_code == 200


def test_a_fault_skips_then_hits_then_ends(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.set_faults(Fault("503", after=2, times=3))
    statuses = [client.get("/partners/profile").status_code for _ in range(7)]
    assert statuses == [200, 200, 503, 503, 503, 200, 200]
    assert sandbox.counts.faults == 3


def test_probable_faults_are_the_same_for_the_same_seed(log_in: Open) -> None:
    def statuses(seed: int) -> list[int]:
        with Sandbox(seed=seed) as sandbox:
            client = log_in(sandbox)
            sandbox.set_faults(Fault("500", probability=0.5))
            return [client.get("/partners/profile").status_code for _ in range(40)]

    first = statuses(1)
    assert first == statuses(1)
    assert first != statuses(2)
    assert 5 < first.count(500) < 35


def test_refused_requests_meet_no_fault(sandbox: Sandbox, visit: Open) -> None:
    sandbox.set_faults(Fault("500", times=1))
    client = visit(sandbox)
    assert client.get("/partners/profile").status_code == 401
    credentials = {"partnerId": sandbox.partner_id, "authKey": sandbox.auth_key}
    assert client.post("/partners/login", json=credentials).status_code == 500


def test_faults_can_be_given_at_the_start_and_ended_at_run_time(visit: Open) -> None:
    with Sandbox(faults=[Fault("503")]) as sandbox:
        client = visit(sandbox)
        credentials = {"partnerId": sandbox.partner_id, "authKey": sandbox.auth_key}
        assert client.post("/partners/login", json=credentials).status_code == 503
        sandbox.set_faults()
        assert client.post("/partners/login", json=credentials).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "404"}, {"kind": "500", "probability": 1.5}, {"kind": "500", "times": -1}],
)
def test_a_fault_that_makes_no_sense_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        Fault(**wrong)


def test_latency_delays_every_answer(log_in: Open) -> None:
    with Sandbox(latency=(0.05, 0.06)) as sandbox:
        answer = log_in(sandbox).get("/partners/profile")
    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() >= 0.05
