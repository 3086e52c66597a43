"""Bulk writes: every record has an outcome, and no create is sent twice without a lookup."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from functools import partial
from itertools import pairwise
from typing import Any, cast

import anyio
import pytest

from autoleap import (
    AuthenticationError,
    AutoLeap,
    BadRequestError,
    BulkError,
    BulkProgress,
    BulkReport,
    Company,
    Outcome,
    PermissionDeniedError,
    RecordError,
)
from autoleap.models import CustomerCreateItem, VehicleCreateItem
from autoleap.sandbox import Fault, Sandbox
from autoleap.sandbox.faults import FaultKind
from tests.conftest import Connect
from tests.helpers.transports import CountingTransport, GatedTransport
from tests.helpers.waiting import until, until_tasks_ended

pytestmark = pytest.mark.anyio

Json = dict[str, Any]


def people(count: int) -> list[Json]:
    return [{"firstName": "Ana", "lastName": f"Ruiz {number}"} for number in range(count)]


def names(rows: Sequence[object]) -> list[str]:
    return [str(cast("Json", row)["lastName"]) for row in rows]


def stored(sandbox: Sandbox) -> list[Json]:
    """The customers that tests have made, in the order in which the server took them."""
    return [row for row in sandbox.store.rows("customers") if row["firstName"] == "Ana"]


def sent(sandbox: Sandbox, operation: str) -> list[list[Json]]:
    """The batches that arrived at an operation, each with its records."""
    bodies = [cast("Json", record.body) for record in sandbox.requests.of(operation)]
    return [next(value for value in body.values() if isinstance(value, list)) for body in bodies]


async def customer_ids(shop: Company, count: int) -> list[str]:
    await shop.customers.create(people(count))
    rows = await shop.customers.list(search="Ruiz").collect()
    return [str(row.customer_id) for row in rows]


def check_outcomes(outcomes: dict[int, Outcome], copies: list[int]) -> None:
    """Check outcomes against how often the server holds each record: never twice."""
    for index, there in enumerate(copies):
        allowed = {"done": {1}, "failed": {0}, "unknown": {0, 1}}[outcomes[index].status]
        assert there in allowed, (index, outcomes[index].status, there)


# What comes back


async def test_every_record_has_one_outcome_with_its_own_index(
    sandbox: Sandbox, connect: Connect
) -> None:
    records = people(23)
    async with connect(sandbox) as client:
        shop = client.company(sandbox.company_id)
        outcomes = [o async for o in shop.customers.create_each(records, batch_size=5)]
    assert sorted(outcome.index for outcome in outcomes) == list(range(23))
    assert all(outcome.record is records[outcome.index] for outcome in outcomes)
    assert {(outcome.status, outcome.error) for outcome in outcomes} == {("done", None)}
    assert sorted(names(stored(sandbox))) == sorted(names(records))


async def test_a_report_counts_records_batches_and_requests(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        await client.login()
        report = await client.company(sandbox.company_id).customers.create(people(23), batch_size=5)
    assert (report.done, report.failed, report.unknown) == (23, 0, 0)
    assert (report.failures, report.unknowns) == ([], [])
    # Five batches, and a read of the rows from before the call.
    assert (report.batches, report.requests) == (5, 5 + 1)
    assert report.elapsed > 0
    assert sorted(map(len, sent(sandbox, "createCustomers"))) == [3, 5, 5, 5, 5]


async def test_requests_count_what_had_to_be_sent_again(sandbox: Sandbox, connect: Connect) -> None:
    async with connect(sandbox) as client:
        await client.login()
        sandbox.set_faults(Fault("429-no-retry-after", operation="createCustomers", times=2))
        report = await client.company(sandbox.company_id).customers.create(
            people(10), batch_size=5, concurrency=1
        )
    # A read, two batches, and one of them twice more.
    assert (report.batches, report.requests) == (2, 1 + 4)


async def test_updates_and_archives_tell_the_id_of_every_record(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        customers = client.company(sandbox.company_id).customers
        ids = await customer_ids(client.company(sandbox.company_id), 7)
        changes = [{"customerId": key, "notes": f"note {key}"} for key in ids]
        updated = await customers.update(changes, batch_size=3)
        archived = [outcome async for outcome in customers.archive_each(ids, batch_size=3)]
    assert updated.ids == dict(enumerate(ids))
    assert {outcome.index: outcome.id for outcome in archived} == dict(enumerate(ids))
    assert all(outcome.record == outcome.id for outcome in archived)
    rows = {row["customerId"]: row for row in stored(sandbox)}
    assert all(rows[key]["notes"] == f"note {key}" for key in ids)
    assert all(rows[key]["customerStatus"] == "Inactive" for key in ids)


def from_a_generator(records: list[Any]) -> Iterator[Any]:
    yield from records


async def from_an_async_generator(records: list[Any]) -> AsyncIterator[Any]:
    for record in records:
        await anyio.lowlevel.checkpoint()
        yield record


@pytest.mark.parametrize("given", [list, tuple, iter, from_a_generator, from_an_async_generator])
async def test_records_come_from_any_iterable_as_models_or_dicts(
    given: Any, sandbox: Sandbox, connect: Connect
) -> None:
    records = [*people(3), CustomerCreateItem(first_name="Ana", last_name="Ruiz 3")]
    async with connect(sandbox) as client:
        shop = client.company(sandbox.company_id)
        report = await shop.customers.create(given(records), batch_size=3)
    assert report.done == 4
    assert sorted(names(stored(sandbox))) == ["Ruiz 0", "Ruiz 1", "Ruiz 2", "Ruiz 3"]


async def test_no_records_send_nothing_and_give_an_empty_report(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        shop = client.company(sandbox.company_id)
        none: list[Json] = []
        for report in (
            await shop.customers.create(none),
            await shop.customers.create(from_an_async_generator([]), resolve_ids=True),
            await shop.customers.update(none),
            await shop.vehicles.archive([]),
        ):
            assert report == BulkReport(elapsed=report.elapsed)
        assert [outcome async for outcome in shop.customers.create_each(none)] == []
    assert len(sandbox.requests) == 0


# Progress


async def progress_of(shop: Company, records: Any) -> list[BulkProgress]:
    seen: list[BulkProgress] = []
    await shop.customers.create(records, batch_size=5, concurrency=3, on_progress=seen.append)
    return seen


async def test_progress_only_grows_and_ends_complete(sandbox: Sandbox, connect: Connect) -> None:
    records = people(43)
    records[7], records[30] = {"firstName": "Ana"}, {"lastName": "Ruiz"}
    async with connect(sandbox) as client:
        seen = await progress_of(client.company(sandbox.company_id), records)
    for earlier, later in pairwise(seen):
        for name in ("done", "failed", "unknown", "batches", "requests", "elapsed"):
            assert getattr(earlier, name) <= getattr(later, name)
        counted = (earlier.done + earlier.failed, later.done + later.failed)
        assert counted[0] < counted[1] <= 43
    assert (seen[-1].done, seen[-1].failed, seen[-1].unknown) == (41, 2, 0)
    assert {progress.total for progress in seen} == {43}


async def test_progress_has_a_total_when_it_is_known(sandbox: Sandbox, connect: Connect) -> None:
    async with connect(sandbox) as client:
        seen = await progress_of(client.company(sandbox.company_id), iter(people(7)))
    assert {progress.total for progress in seen} == {None}


async def test_a_progress_callback_that_raises_ends_the_call_and_leaves_nothing_behind(
    sandbox: Sandbox, connect: Connect
) -> None:
    def stop(progress: BulkProgress) -> None:
        raise KeyError("enough")

    async with connect(sandbox) as client:
        await client.login()
        before = len(anyio.get_running_tasks())
        with pytest.raises(KeyError, match="enough"):
            await client.company(sandbox.company_id).customers.create(
                people(50), batch_size=5, on_progress=stop
            )
        await until_tasks_ended(before)


# Memory and concurrency


async def test_20000_records_are_never_read_more_than_a_few_batches_ahead(
    sandbox: Sandbox, connect: Connect
) -> None:
    read = reported = furthest = 0

    async def endless_file() -> AsyncIterator[Json]:
        nonlocal read, furthest
        for number in range(20_000):
            read += 1
            furthest = max(furthest, read - reported)
            yield {"firstName": "Ana", "lastName": f"Ruiz {number}"}

    async with connect(sandbox) as client:
        shop = client.company(sandbox.company_id)
        async for outcome in shop.customers.create_each(endless_file(), concurrency=4):
            assert outcome.status == "done"
            reported += 1
    assert reported == 20_000
    assert furthest <= (4 + 1) * 100
    assert len(set(names(stored(sandbox)))) == 20_000


async def test_nothing_is_read_while_the_reader_of_the_outcomes_rests(
    sandbox: Sandbox, connect: Connect
) -> None:
    read = 0

    def file() -> Iterator[Json]:
        nonlocal read
        for record in people(1000):
            read += 1
            yield record

    async with connect(sandbox) as client:
        shop = client.company(sandbox.company_id)
        run = shop.customers.create_each(file(), batch_size=10, concurrency=2)
        async with aclosing(run) as outcomes:
            await anext(outcomes)
            await until(lambda: len(sent(sandbox, "createCustomers")) >= 2)
            assert read <= (2 + 1) * 10


async def test_concurrency_is_used_and_never_passed(sandbox: Sandbox, connect: Connect) -> None:
    counting = CountingTransport("POST", "/customers", expected=3)
    async with connect(sandbox, http_transport=counting) as client:
        await client.company(sandbox.company_id).customers.create(
            people(120), batch_size=10, concurrency=3
        )
    assert len(sent(sandbox, "createCustomers")) == 12
    assert counting.most == 3


async def test_a_concurrency_of_one_sends_the_batches_in_order(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        shop = client.company(sandbox.company_id)
        run = shop.customers.create_each(people(30), batch_size=7, concurrency=1)
        assert [outcome.index async for outcome in run] == list(range(30))
    assert names(stored(sandbox)) == names(people(30))


# Bad records


async def test_bad_records_fail_alone_with_row_field_and_reason(
    sandbox: Sandbox, connect: Connect
) -> None:
    records: list[Any] = people(20)
    records[3] = {"firstName": "Ana"}
    records[4] = {**records[4], "phones": [{"number": "1"}, {"type": "fax"}]}
    records[11] = {**records[11], "frstName": "Ana"}
    records[17] = "Ana Ruiz"
    async with connect(sandbox) as client:
        report = await client.company(sandbox.company_id).customers.create(records, batch_size=4)
    met = [(o.index, cast("RecordError", o.error).field, o.record) for o in report.failures]
    assert met == [
        (3, "lastName", records[3]),
        (4, "phones[1].type", records[4]),
        (11, "frstName", records[11]),
        (17, "", "Ana Ruiz"),
    ]
    assert all(isinstance(outcome.error, RecordError) for outcome in report.failures)
    assert all(f"row {outcome.index}" in str(outcome.error) for outcome in report.failures)
    assert (report.done, report.failed, report.unknown) == (16, 4, 0)
    assert len(stored(sandbox)) == 16
    assert all(record.violations == () for record in sandbox.requests)
    with pytest.raises(BulkError, match="4 failed, 0 unknown: row 3, lastName: is required"):
        report.raise_for_failures()


async def test_only_bad_records_send_nothing(sandbox: Sandbox, connect: Connect) -> None:
    async with connect(sandbox) as client:
        shop = client.company(sandbox.company_id)
        report = await shop.vehicles.update([{"color": "Red"}] * 250, batch_size=100)
        assert (report.failed, report.batches, report.requests) == (250, 0, 0)
        report = await shop.items.archive(cast("list[str]", [5, None, "", {"itemId": "1"}]))
        assert [outcome.index for outcome in report.failures] == [0, 1, 2, 3]
    assert len(sandbox.requests) == 0


@pytest.mark.parametrize("unknown", [0, 5, 15])
async def test_an_update_that_is_refused_is_narrowed_down_to_the_record_at_fault(
    unknown: int, sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        shop = client.company(sandbox.company_id)
        ids = await customer_ids(shop, 15)
        ids.insert(unknown, "missing")
        changes = [{"customerId": key, "notes": "Call first"} for key in ids]
        report = await shop.customers.update(changes, batch_size=8)
    (failure,) = report.failures
    assert (failure.index, failure.id, failure.record) == (unknown, "missing", changes[unknown])
    assert isinstance(failure.error, BadRequestError)
    assert (report.done, report.unknown) == (15, 0)
    assert all(row["notes"] == "Call first" for row in stored(sandbox))
    # Two batches, and two halves for each of the three halvings of eight records.
    assert len(sent(sandbox, "updateCustomers")) == 2 + 2 * 3


async def test_archives_are_narrowed_down_too(sandbox: Sandbox, connect: Connect) -> None:
    async with connect(sandbox) as client:
        shop = client.company(sandbox.company_id)
        ids = await customer_ids(shop, 8)
        report = await shop.customers.archive([*ids[:3], "missing", *ids[3:], "missing too"])
    assert [outcome.index for outcome in report.failures] == [3, 9]
    assert {row["customerStatus"] for row in stored(sandbox)} == {"Inactive"}


async def test_a_create_refused_alone_fails_with_the_servers_words(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        report = await client.company(sandbox.company_id).vehicles.create(
            [VehicleCreateItem(customer_id="missing", make="Kia")], batch_size=1
        )
    (failure,) = report.failures
    assert isinstance(failure.error, BadRequestError)
    assert "missing" in str(failure.error)


@pytest.mark.parametrize("partial", [False, True])
async def test_what_a_report_says_of_a_refused_batch_is_what_the_server_holds(
    partial: bool, connect: Connect
) -> None:
    with Sandbox(limits=None, partial=partial) as sandbox:
        records = [{"make": "Kia", "vin": f"VIN-{number}"} for number in range(12)]
        records[6]["customerId"] = "missing"
        async with connect(sandbox) as client:
            run = client.company(sandbox.company_id).vehicles.create_each(records, batch_size=4)
            outcomes = {outcome.index: outcome async for outcome in run}
        copies = Counter(str(row.get("vin")) for row in sandbox.store.rows("vehicles"))
    assert sorted(outcomes) == list(range(12))
    check_outcomes(outcomes, [copies[record["vin"]] for record in records])
    assert [outcomes[index].status for index in (0, 1, 2, 3, 8, 9, 10, 11)] == ["done"] * 8
    assert outcomes[6].status != "done"
    assert isinstance(outcomes[6].error, BadRequestError)


# When the server says no to everything


async def test_without_permission_no_further_batches_are_sent(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        report = await client.company(sandbox.foreign_company_id).customers.create(
            people(200), batch_size=10, concurrency=2
        )
    assert (report.done, report.failed, report.unknown) == (0, 200, 0)
    assert [outcome.index for outcome in report.failures] == list(range(200))
    assert {type(outcome.error) for outcome in report.failures} == {PermissionDeniedError}
    assert report.batches == len(sent(sandbox, "createCustomers")) <= 2


async def test_with_refused_credentials_no_batch_is_sent_and_one_login_is_asked(
    sandbox: Sandbox,
) -> None:
    async with AutoLeap(sandbox.partner_id, "wrong", base_url=sandbox.base_url) as client:
        report = await client.company(sandbox.company_id).customers.create(
            people(200), batch_size=10
        )
    assert report.failed == 200
    assert {type(outcome.error) for outcome in report.failures} == {AuthenticationError}
    assert [record.operation_id for record in sandbox.requests] == ["login"]


async def test_a_server_that_is_not_there_fails_every_record_and_leaves_none_in_doubt(
    connect: Connect,
) -> None:
    with Sandbox(limits=None) as sandbox:
        client = connect(sandbox, max_retries=0)
        async with client:
            await client.login()
            sandbox.stop()
            report = await client.company("1").customers.create(people(10), batch_size=5)
    assert (report.done, report.failed, report.unknown) == (0, 10, 0)


# When an answer is lost


@pytest.mark.parametrize("kind", ["500", "500-after", "502-html", "cut-before", "cut-after"])
async def test_what_a_report_says_of_a_create_is_what_the_server_holds(
    kind: FaultKind, sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        await client.login()
        sandbox.set_faults(Fault(kind, operation="createCustomers", after=1, times=1))
        shop = client.company(sandbox.company_id)
        run = shop.customers.create_each(people(20), batch_size=5, concurrency=1)
        outcomes = {outcome.index: outcome async for outcome in run}
    copies = Counter(names(stored(sandbox)))
    assert sorted(outcomes) == list(range(20))
    check_outcomes(outcomes, [copies[record["lastName"]] for record in people(20)])


@pytest.mark.parametrize("kind", ["500", "500-after", "502-html", "cut-before", "cut-after"])
async def test_a_create_whose_answer_is_lost_is_settled_by_reading_and_done_once(
    kind: FaultKind, sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        await client.login()
        sandbox.set_faults(Fault(kind, operation="createCustomers", after=1, times=1))
        report = await client.company(sandbox.company_id).customers.create(
            people(20), batch_size=5, concurrency=1
        )
    assert (report.done, report.failed, report.unknown) == (20, 0, 0)
    acted = kind in {"500-after", "cut-after"}
    # No later record shows that the list is fresh, so one record of the batch goes first and alone.
    sizes = [len(batch) for batch in sent(sandbox, "createCustomers")]
    assert sizes == ([5] * 4 if acted else [5] * 4 + [1, 4])
    copies = Counter(names(stored(sandbox)))
    assert {copies[record["lastName"]] for record in people(20)} == {1}


@pytest.mark.parametrize("kind", ["500", "cut-before", "cut-after", "503", "429-no-retry-after"])
async def test_an_update_comes_through_what_passes(
    kind: FaultKind, sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        shop = client.company(sandbox.company_id)
        ids = await customer_ids(shop, 10)
        sandbox.set_faults(Fault(kind, operation="updateCustomers", times=2))
        report = await shop.customers.update(
            [{"customerId": key, "notes": "Call first"} for key in ids], batch_size=5
        )
    assert report.done == 10
    assert {row["notes"] for row in stored(sandbox)} == {"Call first"}


# Ids


async def test_resolved_ids_are_the_right_ones_also_of_equal_records(
    sandbox: Sandbox, connect: Connect
) -> None:
    records = people(60)
    for index in [*range(10, 20), *range(50, 60)]:  # near, and many batches later
        records[index] = dict(records[0])
    records[40] = {**records[40], "phones": [{"number": "555-0100", "type": "mobile"}], "notes": ""}
    async with connect(sandbox) as client:
        report = await client.company(sandbox.company_id).customers.create(
            records, batch_size=4, resolve_ids=True
        )
    rows = {str(row["customerId"]): row for row in stored(sandbox)}
    assert report.done == 60
    assert sorted(report.ids) == list(range(60))
    assert sorted(report.ids.values()) == sorted(rows)
    assert names([rows[report.ids[index]] for index in range(60)]) == names(records)


async def test_resolved_ids_of_vehicles_are_the_right_ones(
    sandbox: Sandbox, connect: Connect
) -> None:
    owners = [str(row["customerId"]) for row in sandbox.store.rows("customers")]
    records = [{"customerId": owner, "make": "Kia", "year": 2020} for owner in owners[:20]]
    async with connect(sandbox) as client:
        report = await client.company(sandbox.company_id).vehicles.create(
            records, batch_size=6, resolve_ids=True
        )
    rows = {str(row["vehicleId"]): row for row in sandbox.store.rows("vehicles")}
    assert [rows[report.ids[index]]["customerId"] for index in range(20)] == owners[:20]


async def test_ids_are_not_looked_for_unless_asked(sandbox: Sandbox, connect: Connect) -> None:
    async with connect(sandbox) as client:
        await client.login()
        report = await client.company(sandbox.company_id).customers.create(people(5))
    assert (report.done, report.ids) == (5, {})
    # The only read is that of the rows from before the call.
    reads = [record.at for record in sandbox.requests.of("listCustomers")]
    first_batch = sandbox.requests.of("createCustomers")[0]
    assert len(reads) == 1
    assert reads[0] < first_batch.at


async def test_ids_that_cannot_be_read_back_do_not_make_a_create_fail(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox, max_retries=0) as client:
        await client.login()
        sandbox.set_faults(Fault("500", operation="listCustomers", after=1))
        shop = client.company(sandbox.company_id)
        run = shop.customers.create_each(people(5), resolve_ids=True)
        outcomes = [outcome async for outcome in run]
    assert [(outcome.status, outcome.id) for outcome in outcomes] == [("done", None)] * 5


async def test_nothing_is_created_before_the_rows_from_before_the_call_are_read(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox, max_retries=0) as client:
        await client.login()
        sandbox.set_faults(Fault("500", operation="listCustomers"))
        report = await client.company(sandbox.company_id).customers.create(people(5), batch_size=2)
    assert (report.done, report.failed, report.unknown) == (0, 5, 0)
    assert sandbox.requests.of("createCustomers") == []
    assert stored(sandbox) == []


async def test_one_listing_settles_all_batches_whose_answers_were_lost(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        await client.login()
        sandbox.set_faults(Fault("cut-after", operation="createCustomers", times=6))
        report = await client.company(sandbox.company_id).customers.create(
            people(40), batch_size=5, concurrency=1
        )
    assert (report.done, report.failed, report.unknown) == (40, 0, 0)
    assert Counter(names(stored(sandbox))) == Counter(names(people(40)))
    # Lost batches are set aside, so the others go on: the server gets them once and in order.
    assert sent(sandbox, "createCustomers") == [people(40)[n : n + 5] for n in range(0, 40, 5)]
    assert len(sandbox.requests.of("listCustomers")) <= 2 + 1


async def test_without_time_to_settle_a_lost_batch_is_unknown_at_once(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        await client.login()
        sandbox.set_faults(Fault("cut-after", operation="createCustomers", times=1))
        report = await client.company(sandbox.company_id).customers.create(
            people(10), batch_size=5, concurrency=1, settle_within=0
        )
    assert (report.done, report.failed, report.unknown) == (5, 0, 5)
    assert [outcome.index for outcome in report.unknowns] == list(range(5))
    assert all("settle_within is 0" in str(outcome.error) for outcome in report.unknowns)
    assert len(sandbox.requests.of("listCustomers")) == 1
    assert len(sent(sandbox, "createCustomers")) == 2


async def test_records_that_are_not_found_again_are_done_without_an_id(
    sandbox: Sandbox, connect: Connect
) -> None:
    def rename(number: int) -> None:
        company = sandbox.store.own_companies[0]
        company.tables["customers"].rows[-number].data["lastName"] = "renamed"

    # The first read is that of the rows from before the call.
    gate = GatedTransport("GET", "/customers", passing=1)
    async with connect(sandbox, http_transport=gate) as client:
        await client.login()
        shop = client.company(sandbox.company_id)
        async with anyio.create_task_group() as tasks:
            reports: list[BulkReport] = []

            async def create() -> None:
                reports.append(await shop.customers.create(people(5), resolve_ids=True))

            tasks.start_soon(create)
            await gate.reached.wait()
            rename(1)
            gate.opened.set()
    assert (reports[0].done, reports[0].failed, reports[0].unknown) == (5, 0, 0)
    assert sorted(reports[0].ids) == [0, 1, 2, 3]


# Leaving early


async def nothing_more_is_sent(client: AutoLeap, sandbox: Sandbox) -> None:
    """Check it between two calls: what was on its way before the first has arrived by then."""
    await client.profile()
    count = len(sandbox.requests)
    await client.profile()
    assert len(sandbox.requests) == count + 1


async def first_outcome(client: AutoLeap, sandbox: Sandbox) -> Outcome:
    run = client.company(sandbox.company_id).customers.create_each(people(500), batch_size=5)
    async with aclosing(run) as outcomes:
        async for outcome in outcomes:
            return outcome
    raise AssertionError("no outcome")


async def test_leaving_the_outcomes_early_sends_nothing_more_and_leaves_no_task(
    connect: Connect,
) -> None:
    with Sandbox(limits=None, latency=0.02) as sandbox:
        async with connect(sandbox) as client:
            await client.login()
            before = len(anyio.get_running_tasks())
            assert (await first_outcome(client, sandbox)).status == "done"
            assert len(anyio.get_running_tasks()) == before
            await nothing_more_is_sent(client, sandbox)


@pytest.mark.parametrize("options", [{}, {"resolve_ids": True}])
async def test_a_cancelled_create_sends_nothing_more_and_leaves_no_task(
    options: dict[str, Any], connect: Connect
) -> None:
    with Sandbox(limits=None, latency=0.02) as sandbox:
        async with connect(sandbox) as client:
            await client.login()
            create = client.company(sandbox.company_id).customers.create
            before = len(anyio.get_running_tasks())
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(partial(create, people(5000), batch_size=5, **options))
                await until(lambda: len(sent(sandbox, "createCustomers")) >= 8)
                tasks.cancel_scope.cancel()
            assert tasks.cancel_scope.cancelled_caught
            assert len(anyio.get_running_tasks()) == before
            await nothing_more_is_sent(client, sandbox)
            assert len(sandbox.requests) < 200


async def test_a_source_of_records_that_breaks_ends_the_call_and_leaves_no_task(
    connect: Connect,
) -> None:
    closed: list[str] = []

    async def broken_file() -> AsyncIterator[Json]:
        try:
            for record in people(50):
                yield record
            raise OSError("the disk is gone")
        finally:
            closed.append("closed")

    with Sandbox(limits=None, latency=0.05) as sandbox:
        async with connect(sandbox) as client:
            await client.login()
            before = len(anyio.get_running_tasks())
            with pytest.raises(OSError, match="the disk is gone"):
                await client.company(sandbox.company_id).customers.create(
                    broken_file(), batch_size=5
                )
            assert len(anyio.get_running_tasks()) == before
            assert (await client.profile()).partner_id == sandbox.partner_id
    assert closed == ["closed"]
