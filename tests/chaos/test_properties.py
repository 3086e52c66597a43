"""Properties of bulk creates over any input, any batch size, any trouble and any moment to stop."""

from __future__ import annotations

from functools import partial

import anyio
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from .kit import BACKENDS, FULL
from .mock_shop import Trouble
from .properties import (
    OPTIONS,
    RECORDS,
    STOPS,
    TROUBLES,
    WORLDS,
    Json,
    Stop,
    World,
    check,
    imported,
    stopped_and_ended,
)

EXAMPLES = 3000 if FULL else 150
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
