"""Properties of bulk creates over any input, any batch size, any trouble and any moment to stop."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.helpers.bulk_runs import BACKENDS, FULL
from tests.helpers.mock_shop import Trouble
from tests.helpers.simulated_bulk import (
    OPTIONS,
    RECORDS,
    SERVER_TRAITS,
    STOPS,
    TROUBLES,
    Json,
    ServerTraits,
    Stop,
    check,
    comparable_text,
    is_good,
    run_bulk,
    run_with_stops,
)
from tests.helpers.virtual_loop import run_virtually

EXAMPLES = 3000 if FULL else 100
PHASES = (Phase.explicit, Phase.generate, Phase.shrink)
many = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=PHASES,
    suppress_health_check=[HealthCheck.too_slow],
)
on_both_loops = pytest.mark.parametrize("backend", BACKENDS)


@pytest.fixture(autouse=True)
def short_waits() -> None:
    """Keep the length of all waits: in virtual time they cost nothing."""


@on_both_loops
@many
@given(RECORDS, OPTIONS, SERVER_TRAITS, TROUBLES)
def test_creates_are_exact_after_any_troubles(
    backend: str,
    records: list[Json],
    options: Json,
    traits: ServerTraits,
    troubles: dict[int, Trouble],
) -> None:
    shop = traits.shop(troubles)
    outcomes = run_virtually(partial(run_bulk, shop, records, **options), backend=backend)
    check(shop, records, outcomes, ids=bool(options.get("resolve_ids")))


@on_both_loops
@many
@given(RECORDS, OPTIONS, SERVER_TRAITS, TROUBLES, STOPS)
def test_a_journaled_import_that_is_stopped_at_any_request_ends_exactly(
    backend: str,
    records: list[Json],
    options: Json,
    traits: ServerTraits,
    troubles: dict[int, Trouble],
    stops: list[Stop],
) -> None:
    shop = traits.shop(troubles)
    work = partial(run_with_stops, shop, stops, records, **options)
    outcomes = run_virtually(work, backend=backend)
    check(shop, records, outcomes, ids=bool(options.get("resolve_ids")))


@on_both_loops
@many
@given(RECORDS, OPTIONS, SERVER_TRAITS, TROUBLES)
def test_a_server_that_fills_in_fields_gets_nothing_twice_and_loses_nothing_unsaid(
    backend: str,
    records: list[Json],
    options: Json,
    traits: ServerTraits,
    troubles: dict[int, Trouble],
) -> None:
    # Some records have these fields, with other values: the rest are like their rows, not equal.
    shop = traits.shop(troubles)
    shop.defaults |= {"notes": "none", "phones": [{"number": "0"}]}
    outcomes = run_virtually(partial(run_bulk, shop, records, **options), backend=backend)
    there = Counter(comparable_text(row.sent) for row in shop.rows.values())
    wanted = Counter(comparable_text(record) for record in records if is_good(record))
    unknown = Counter(
        comparable_text(records[one.index]) for one in outcomes if one.status == "unknown"
    )
    assert there - wanted == Counter(), "doubled"
    assert (wanted - there) - unknown == Counter(), "lost"
    failed = {outcome.index for outcome in outcomes if outcome.status == "failed"}
    assert failed <= {index for index, record in enumerate(records) if not is_good(record)}


CHANGES = st.lists(
    st.fixed_dictionaries(
        {"customerId": st.sampled_from(["c1", "c2", "c3", "c4", "missing"])},
        optional={"notes": st.sampled_from(["a", "b"]), "taxExempt": st.booleans()},
    ),
    max_size=16,
)


@on_both_loops
@many
@given(CHANGES, OPTIONS, SERVER_TRAITS, TROUBLES, STOPS)
def test_updates_end_as_if_they_were_made_one_by_one(
    backend: str,
    changes: list[Json],
    options: Json,
    traits: ServerTraits,
    troubles: dict[int, Trouble],
    stops: list[Stop],
) -> None:
    shop = traits.shop({})
    twins = [{"firstName": "Ana", "lastName": "Ng"}] * 4
    run_virtually(partial(run_bulk, shop, twins), backend=backend)
    expected = {key: {**row.listed} for key, row in shop.rows.items()}
    for change in changes:
        expected.get(change["customerId"], {}).update(change)
    shop.troubles, shop.requests = troubles, 0
    work = partial(run_with_stops, shop, stops, changes, verb="update", **options)
    outcomes = run_virtually(work, backend=backend)
    assert {key: row.listed for key, row in shop.rows.items()} == expected
    assert {outcome.index: outcome.status for outcome in outcomes} == {
        index: "failed" if change["customerId"] == "missing" else "done"
        for index, change in enumerate(changes)
    }
