"""Mixtures of habits, faults, stops and options, drawn by a seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

from attrs import evolve

from tests.simulation.habits import (
    ALL_FAULTS,
    ERRORS,
    LATE,
    LOST,
    REFUSALS,
    REWRITINGS,
    Faults,
    Habits,
    Input,
    Options,
    Scenario,
    Stop,
)
from tests.simulation.table import TABLE, draw_row


def find_scenario(seed: str) -> Scenario:
    """Return the scenario of a seed: a number for a mixture, or "habit:number" for a table row."""
    name, _, number = seed.rpartition(":")
    if not name:
        return mix(int(number))
    row = next(row for row in TABLE if row.name == name)
    return draw_row(row, int(number))


def mix(number: int) -> Scenario:
    """Draw a mixture of habits, faults, stops and options."""
    rng = random.Random(f"scenario {number}")
    habits = Habits(latency=rng.choice(((0.05, 0.4), (0.01, 0.02), (0.5, 3.0), (0.05, 8.0))))
    habits = evolve(habits, stores_at=rng.choice((0.02, 0.5, 0.98)), before=rng.randrange(4))
    input_ = _draw_input(rng)
    options = _draw_options(rng)
    for draw in rng.sample(_HABITS, rng.choice((0, 1, 1, 2, 2, 3))):
        habits = draw(rng, habits)
    journal = rng.random() < 0.5
    stops = tuple(_draw_stop(rng) for _ in range(rng.choice((0, 1, 1, 2))))
    if not journal:
        stops = tuple(stop for stop in stops[:1] if not stop.killed)
    if options.identify_by:
        input_ = evolve(input_, equal=0.0, alike=0.0, minimal=0.0)
    return Scenario(
        seed=str(number),
        epoch=1_790_000_000.0 + rng.uniform(0, 86_400),
        habits=habits,
        faults=_draw_faults(rng),
        options=options,
        input=input_,
        stops=stops,
        journal=journal,
        runs_again=journal and rng.random() < 0.2,
        limited=rng.random() < 0.05,
        nested=rng.random() < 0.1,
        consumer_pause=rng.choice((0.0, 0.0, 0.0, 0.3)),
    )


def _draw_input(rng: random.Random) -> Input:
    count = rng.choice((4, 6, 10, 10, 12, 20))
    counts = rng.choice(((count,), (count,), (count,), (count, rng.randrange(1, count))))
    return Input(
        counts=counts,
        equal=rng.choice((0.0, 0.1, 0.5)),
        bad=rng.choice((0.0, 0.0, 0.05, 0.2)),
        invalid=rng.choice((0.0, 0.0, 0.05)),
        poison=rng.choice((0, 0, 0, 0, 0, 0, 0, 1)),
        firewall=rng.choice((0, 0, 0, 0, 0, 0, 0, 1)),
        pause=rng.choice((0.0, 0.0, 0.0, 0.2)),
    )


def _draw_options(rng: random.Random) -> Options:
    return Options(
        batch_size=rng.choice((3, 3, 4, 5, 7, 10)),
        concurrency=rng.randrange(1, 6),
        resolve_ids=rng.random() < 0.3,
        settle_within=rng.choice((None, None, None, 0.0, 10.0)),
        identify_by=rng.choice(((), (), (), ("displayName",))),
        on_existing=rng.choice(("create", "skip", "update")),
    )


def _draw_faults(rng: random.Random) -> Faults:
    kinds = rng.choice((ALL_FAULTS, ALL_FAULTS, LOST, ERRORS, LATE))
    return Faults(
        posts=tuple(rng.sample(kinds, min(len(kinds), rng.randrange(1, 7)))),
        probability=rng.choice((0.1, 0.3, 0.6)),
        first=rng.choice((0, 0, 0, 1, 3)),
        limit=rng.choice((1, 3, 6)),
        reads=rng.choice((0.0, 0.0, 0.1)),
        late=rng.choice(((0.5, 3.0), (0.5, 8.0), (0.5, 8.0))) if rng.random() > 0.02 else (5, 25),
        retry_after=rng.choice((None, 0.0, 2.0, 30.0)),
        rolled_back=0.1 if rng.random() < 0.01 else 0.0,
        sent_twice=0.1 if rng.random() < 0.01 else 0.0,
        revoked_at=rng.choice((None, None, None, rng.uniform(0, 20))),
    )


def _draw_stop(rng: random.Random) -> Stop:
    at = rng.choice(("second", "request", "write"))
    if at == "second":
        value = rng.choice((rng.uniform(0, 2), rng.uniform(0, 60)))
    else:
        value = rng.randrange(2, 20) + (rng.choice((0.0, 0.5)) if at == "write" else 0)
    return Stop(at=at, value=value, killed=rng.random() < 0.7)  # type: ignore[arg-type]  # as above


def _draw_lag(rng: random.Random, habits: Habits) -> Habits:
    lag, share = rng.choice((2.0, 5.0, 15.0)), rng.choice((1.0, 1.0, 0.1))
    return evolve(habits, lag=lag, lag_share=share, lag_spread=rng.random() < 0.3)


def _draw_stalls(rng: random.Random, habits: Habits) -> Habits:
    start = rng.uniform(0, 30)
    return evolve(habits, stalls=((start, start + rng.choice((5, 20, 40))),))


def _draw_replica(rng: random.Random, habits: Habits) -> Habits:
    return evolve(habits, replica_lag=rng.choice((2.0, 8.0)))


def _draw_rewriting(rng: random.Random, habits: Habits) -> Habits:
    return evolve(habits, rewriting=tuple(rng.sample(REWRITINGS, rng.choice((1, 1, 3)))))


def _draw_refusal(rng: random.Random, habits: Habits) -> Habits:
    return evolve(habits, refusal=rng.choice(REFUSALS), firewall_half=rng.random() < 0.5)


def _draw_clock(rng: random.Random, habits: Habits) -> Habits:
    return evolve(
        habits,
        date_ahead=rng.choice((0.0, 3.0, 10_800.0, -3.0, None)),
        clock_ahead=rng.choice((0.0, 30.0, -30.0, 3600.0, -3600.0)),
    )


def _draw_dates(rng: random.Random, habits: Habits) -> Habits:
    return evolve(
        habits,
        created=rng.choice(("ms", "seconds", "local", "local-z", "midnight", "date", "none")),
        zone=rng.choice((0.0, -7.0, 5.5)),
        window=rng.choice(("exact", "text", "day", "none")),
    )


def _draw_envelope(rng: random.Random, habits: Habits) -> Habits:
    habits = evolve(habits, page_limit=rng.choice((4, 10, 100)))
    changes = (
        partial(evolve, row_ids=0.0),
        partial(evolve, row_ids=0.9),
        partial(evolve, first_page=0),
        partial(evolve, always_last=True),
        partial(evolve, totals=False),
        partial(evolve, total_cap=5),
        partial(evolve, ties=True),
        partial(evolve, newest_first=True),
    )
    return rng.choice(changes)(habits)


def _draw_writers(rng: random.Random, habits: Habits) -> Habits:
    return evolve(
        habits,
        inserts=rng.choice((5.0, 60.0)),
        archives=rng.choice((0.0, 0.0, 3.0)),
        inserts_equal=0.1 if rng.random() < 0.1 else 0.0,
    )


def _draw_before(rng: random.Random, habits: Habits) -> Habits:
    return evolve(habits, before=rng.choice((5, 20)), before_equal=rng.choice((0.0, 0.3)))


_HABITS: tuple[Callable[[random.Random, Habits], Habits], ...] = (
    _draw_lag,
    _draw_lag,
    _draw_stalls,
    _draw_replica,
    _draw_rewriting,
    _draw_rewriting,
    _draw_refusal,
    _draw_clock,
    _draw_dates,
    _draw_envelope,
    _draw_writers,
    _draw_before,
)
