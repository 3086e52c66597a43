"""Properties of bulk creates over any input, any batch size, any trouble and any moment to stop."""

from __future__ import annotations

from collections import Counter
from functools import partial

import anyio
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.helpers.imports import BACKENDS, FULL
from tests.helpers.mock_imports import (
    OPTIONS,
    RECORDS,
    STOPS,
    TROUBLES,
    WORLDS,
    Json,
    Stop,
    World,
    check,
    good,
    imported,
    spelled,
    stopped_and_ended,
)
from tests.helpers.mock_shop import Trouble

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


@on_both_loops
@many
@given(RECORDS, OPTIONS, WORLDS, TROUBLES)
def test_creates_are_exact_after_any_troubles(
    backend: str, records: list[Json], options: Json, world: World, troubles: dict[int, Trouble]
) -> None:
    shop = world.shop(troubles)
    outcomes = anyio.run(partial(imported, shop, records, **options), backend=backend)
    check(shop, records, outcomes, ids=bool(options.get("resolve_ids")))


@on_both_loops
@many
@given(RECORDS, OPTIONS, WORLDS, TROUBLES, STOPS)
def test_a_journaled_import_that_is_stopped_at_any_request_ends_exactly(
    backend: str,
    records: list[Json],
    options: Json,
    world: World,
    troubles: dict[int, Trouble],
    stops: list[Stop],
) -> None:
    shop = world.shop(troubles)
    work = partial(stopped_and_ended, shop, stops, records, **options)
    outcomes = anyio.run(work, backend=backend)
    check(shop, records, outcomes, ids=bool(options.get("resolve_ids")))


@on_both_loops
@many
@given(RECORDS, OPTIONS, WORLDS, TROUBLES)
def test_a_server_that_fills_in_fields_gets_nothing_twice_and_loses_nothing_unsaid(
    backend: str, records: list[Json], options: Json, world: World, troubles: dict[int, Trouble]
) -> None:
    # Some records have these fields, with other values: the rest are like their rows, not equal.
    shop = world.shop(troubles)
    shop.defaults |= {"notes": "none", "phones": [{"number": "0"}]}
    outcomes = anyio.run(partial(imported, shop, records, **options), backend=backend)
    there = Counter(spelled(row.sent) for row in shop.rows.values())
    wanted = Counter(spelled(record) for record in records if good(record))
    unknown = Counter(spelled(records[one.index]) for one in outcomes if one.status == "unknown")
    assert there - wanted == Counter(), "doubled"
    assert (wanted - there) - unknown == Counter(), "lost"
    failed = {outcome.index for outcome in outcomes if outcome.status == "failed"}
    assert failed <= {index for index, record in enumerate(records) if not good(record)}


CHANGES = st.lists(
    st.fixed_dictionaries(
        {"customerId": st.sampled_from(["c1", "c2", "c3", "c4", "nobody"])},
        optional={"notes": st.sampled_from(["a", "b"]), "taxExempt": st.booleans()},
    ),
    max_size=16,
)


@on_both_loops
@many
@given(CHANGES, OPTIONS, WORLDS, TROUBLES, STOPS)
def test_updates_end_as_if_they_were_made_one_by_one(
    backend: str,
    changes: list[Json],
    options: Json,
    world: World,
    troubles: dict[int, Trouble],
    stops: list[Stop],
) -> None:
    shop = world.shop({})
    anyio.run(partial(imported, shop, [{"firstName": "Ana", "lastName": "Ng"}] * 4))
    expected = {key: {**row.listed} for key, row in shop.rows.items()}
    for change in changes:
        expected.get(change["customerId"], {}).update(change)
    shop.troubles, shop.requests = troubles, 0
    work = partial(stopped_and_ended, shop, stops, changes, verb="update", **options)
    outcomes = anyio.run(work, backend=backend)
    assert {key: row.listed for key, row in shop.rows.items()} == expected
    assert {outcome.index: outcome.status for outcome in outcomes} == {
        index: "failed" if change["customerId"] == "nobody" else "done"
        for index, change in enumerate(changes)
    }
