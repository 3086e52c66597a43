"""Lag, late work, and combinations: each habit does what it says, over real HTTP."""

from typing import Any

import attrs
import httpx
import pytest

from autoleap.sandbox import (
    DateHabits,
    Fault,
    Habits,
    Lag,
    LateWork,
    PageHabits,
    Rewriting,
    Sandbox,
    draw_habits,
)
from tests.helpers.habit_calls import (
    START,
    Json,
    create,
    list_names,
    make_clock,
    make_records,
    read_page,
    stored_names,
    wait_until,
)
from tests.helpers.sandbox_calls import Open


def test_lists_lag_behind_writes_in_real_time(log_in: Open) -> None:
    with Sandbox(customers=0, habits=Habits(lag=Lag(0.2))) as sandbox:
        client = log_in(sandbox)
        assert create(client, sandbox, make_records(2)).status_code == 200
        stored = sandbox.store.stored_rows("customers")
        assert list_names(client, sandbox) == []
        wait_until(lambda: len(list_names(client, sandbox)) == 2)
        seen = sandbox.requests.of("listCustomers")[-1].time.timestamp()
        assert seen >= stored[0].created + 0.2


def test_a_lag_hides_new_rows_and_shows_old_values(log_in: Open) -> None:
    clock = make_clock()
    with Sandbox(customers=1, habits=Habits(lag=Lag(5)), wall_clock=clock) as sandbox:
        client = log_in(sandbox)
        key = sandbox.store.rows("customers")[0]["customerId"]
        old = list_names(client, sandbox)
        change = {"customerId": key, "lastName": "Changed"}
        body = {"companyId": sandbox.company_id, "customers": [change]}
        assert client.put("/customers", json=body).status_code == 200
        create(client, sandbox, make_records(1))
        clock.move(4.9)
        assert list_names(client, sandbox) == old
        assert read_page(client, sandbox)["totalCount"] == 1
        assert stored_names(sandbox) == ["Changed", "L0"]
        clock.move(0.2)
        assert list_names(client, sandbox) == ["Changed", "L0"]


def test_a_share_of_the_rows_lags(log_in: Open) -> None:
    clock = make_clock()
    habits = Habits(lag=Lag(5, share=0.1))
    with Sandbox(customers=0, habits=habits, wall_clock=clock) as sandbox:
        client = log_in(sandbox)
        create(client, sandbox, make_records(100))
        assert 80 <= read_page(client, sandbox)["totalCount"] < 100
        clock.move(5.1)
        assert read_page(client, sandbox)["totalCount"] == 100


def test_an_index_stands_still_for_a_time(log_in: Open) -> None:
    clock = make_clock()
    habits = Habits(lag=Lag(stalls=((10.0, 50.0),)))
    with Sandbox(customers=0, habits=habits, wall_clock=clock) as sandbox:
        client = log_in(sandbox)
        seen = []
        for _ in range(6):
            create(client, sandbox, make_records(1))
            seen.append(len(list_names(client, sandbox)))
            clock.move(10.0)
    assert seen == [1, 1, 1, 1, 1, 6]


def test_copies_of_different_age_let_lists_go_backwards(log_in: Open) -> None:
    clock = make_clock()
    habits = Habits(lag=Lag(replicas=(0.0, 5.0)))
    with Sandbox(customers=0, habits=habits, wall_clock=clock, limits=None) as sandbox:
        client = log_in(sandbox)
        create(client, sandbox, make_records(1))
        seen = [len(list_names(client, sandbox)) for _ in range(30)]
    assert set(seen) == {0, 1}
    assert seen != sorted(seen)


@pytest.mark.parametrize(("by_key", "status"), [(False, 200), (True, 404)])
def test_reads_by_key_lag_only_by_option(log_in: Open, by_key: bool, status: int) -> None:
    clock = make_clock()
    habits = Habits(lag=Lag(5, by_key=by_key))
    with Sandbox(customers=0, habits=habits, wall_clock=clock) as sandbox:
        client = log_in(sandbox)
        create(client, sandbox, make_records(1))
        path = f"/customers/{sandbox.store.rows('customers')[0]['customerId']}"
        query = {"companyId": sandbox.company_id}
        assert client.get(path, params=query).status_code == status
        clock.move(5.1)
        assert client.get(path, params=query).status_code == 200


@pytest.mark.parametrize("kind", ["500", "502-html", "503", "504", "cut-before"])
def test_a_failed_write_is_stored_later(log_in: Open, kind: Any) -> None:
    clock = make_clock()
    habits = Habits(late_work=LateWork(3))
    with Sandbox(customers=0, habits=habits, wall_clock=clock) as sandbox:
        client = log_in(sandbox)
        sandbox.set_faults(Fault(kind, times=1, method="POST"))
        if kind == "cut-before":
            with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
                create(client, sandbox, make_records(2))
        else:
            assert create(client, sandbox, make_records(2)).status_code == int(kind[:3])
        clock.move(2.9)
        assert stored_names(sandbox) == []
        clock.move(10.0)
        assert list_names(client, sandbox) == ["L0", "L1"]
        created = sandbox.store.stored_rows("customers")[0].created
        assert created == pytest.approx(START + 3, abs=0.002)


def test_late_work_has_a_probability(log_in: Open) -> None:
    clock = make_clock()
    habits = Habits(late_work=LateWork(1, probability=0.5))
    with Sandbox(customers=0, habits=habits, wall_clock=clock, limits=None) as sandbox:
        client = log_in(sandbox)
        sandbox.set_faults(Fault("503"))
        for _ in range(40):
            create(client, sandbox, make_records(1))
        clock.move(1.1)
        assert 5 < len(stored_names(sandbox)) < 35


def test_late_work_needs_no_request_to_be_stored(log_in: Open) -> None:
    with Sandbox(customers=0, habits=Habits(late_work=LateWork(0.1))) as sandbox:
        client = log_in(sandbox)
        sandbox.set_faults(Fault("504", method="POST"))
        create(client, sandbox, make_records(1))
        wait_until(lambda: stored_names(sandbox) == ["L0"])


def test_the_server_goes_on_with_a_write_whose_client_has_disconnected(log_in: Open) -> None:
    clock = make_clock()
    habits = Habits(late_work=LateWork(write_seconds=30))
    with Sandbox(customers=0, habits=habits, wall_clock=clock) as sandbox:
        client = log_in(sandbox)
        body = {"companyId": sandbox.company_id, "customers": make_records(1)}
        with pytest.raises(httpx.ReadTimeout):
            client.post("/customers", json=body, timeout=0.1)
        wait_until(lambda: len(sandbox.store.late_jobs) == 1)
        clock.move(29.9)
        assert stored_names(sandbox) == []
        clock.move(0.2)
        assert stored_names(sandbox) == ["L0"]


def test_the_server_responds_after_its_work(log_in: Open) -> None:
    habits = Habits(late_work=LateWork(write_seconds=(0.2, 0.3)))
    with Sandbox(customers=0, habits=habits) as sandbox:
        response = create(log_in(sandbox), sandbox, make_records(1))
        assert response.status_code == 200
        assert response.elapsed.total_seconds() >= 0.2
        assert stored_names(sandbox) == ["L0"]


def test_late_work_appears_in_lists_after_the_lag(log_in: Open) -> None:
    clock = make_clock()
    habits = Habits(late_work=LateWork(3), lag=Lag(5))
    with Sandbox(customers=0, habits=habits, wall_clock=clock) as sandbox:
        client = log_in(sandbox)
        sandbox.set_faults(Fault("500", times=1))
        create(client, sandbox, make_records(1))
        clock.move(7.9)
        assert list_names(client, sandbox) == []
        assert stored_names(sandbox) == ["L0"]
        clock.move(0.2)
        assert list_names(client, sandbox) == ["L0"]


@pytest.mark.parametrize("seed", range(12))
def test_a_random_combination_stores_each_acknowledged_record_once(log_in: Open, seed: int) -> None:
    clock = make_clock()
    habits = draw_habits(seed)
    assert habits == draw_habits(seed)
    with Sandbox(customers=0, habits=habits, wall_clock=clock, limits=None) as sandbox:
        client = log_in(sandbox)
        sandbox.set_faults(Fault("504", operation="createCustomers", probability=0.3))
        acknowledged = []
        for record in make_records(10):
            if is_acknowledged(client, sandbox, record):
                acknowledged.append(record["lastName"])
            clock.move(1.0)
            assert len(list_names(client, sandbox)) <= len(stored_names(sandbox))
        clock.move(100.0)
        received = [row.received for row in sandbox.store.stored_rows("customers")]
        listed = list_names(client, sandbox, page=0 if counts_from_0(habits) else 1)
    names = [record["lastName"] for record in received if record is not None]
    assert len(set(names)) == len(names) == len(received) == len(listed)
    assert set(acknowledged) <= set(names)
    if habits.late_work is None and not habits.refusals:
        assert acknowledged == names


def is_acknowledged(client: httpx.Client, sandbox: Sandbox, record: Json) -> bool:
    """Create one customer; return whether the response says that it is created."""
    body = {"companyId": sandbox.company_id, "customers": [record]}
    try:
        response = client.post("/customers", json=body, timeout=0.1)
    except httpx.ReadTimeout:
        return False
    return response.status_code == 200 and response.json().get("data") == {}


def counts_from_0(habits: Habits) -> bool:
    """Return whether page 0 is the first one."""
    return habits.pages is not None and habits.pages.numbers == "from-0"


def test_draws_differ_and_cover_every_group() -> None:
    drawn = [draw_habits(seed, seconds=2.0) for seed in range(60)]
    assert len(set(drawn)) > 50
    for field in attrs.fields(Habits):
        values = [getattr(habits, field.name) for habits in drawn]
        assert any(values)
        assert not all(values)


def test_habits_are_frozen_and_combine() -> None:
    habits = Habits(lag=Lag(5))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        habits.lag = None  # type: ignore[misc]
    both = attrs.evolve(habits, pages=PageHabits(last="true"))
    assert both == Habits(lag=Lag(5), pages=PageHabits(last="true"))


@pytest.mark.parametrize(
    ("habit", "wrong"),
    [
        (Lag, {"seconds": -1}),
        (Lag, {"seconds": (5, 1)}),
        (Lag, {"share": 2}),
        (LateWork, {"probability": -0.1}),
        (Rewriting, {"names": ("lower",)}),
        (DateHabits, {"shown": "unix"}),
        (PageHabits, {"max_size": 0}),
    ],
)
def test_a_habit_that_makes_no_sense_is_refused(habit: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        habit(**wrong)
