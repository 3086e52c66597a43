"""Random combinations of habits. Equal seeds give equal habits."""

import random
from typing import get_args

from autoleap.sandbox.habits import (
    DateFilters,
    DateHabits,
    EmailRewrite,
    Habits,
    Lag,
    LastFlag,
    LateWork,
    ListRewrite,
    NameRewrite,
    PageHabits,
    PageNumbers,
    PhoneRewrite,
    Refusal,
    RefusalShape,
    Rewriting,
    Seconds,
    ShownDates,
    StateRewrite,
    StoredPart,
    Ties,
    Totals,
)

FIREWALL_TEXT = "<script"
"""Drawn habits respond with 403 to a record with this text."""

POISON_TEXT = "poison"
"""Drawn habits respond with 500 to a record with this text."""

_GROUPS = ("lag", "late_work", "rewriting", "dates", "pages", "refusals")
_ERROR_STATUSES = (400, 404, 409, 422, 500)
_ZONES = (-8.0, -5.0, 0.0, 5.5, 9.0)


def draw_habits(seed: int, *, seconds: float = 15.0) -> Habits:
    """Return one to six groups of habits, each drawn at random.

    Args:
        seed: Seed of the draw.
        seconds: The longest lag and the longest late work in seconds.
    """
    rng = random.Random(f"{seed}:habits")  # noqa: S311 - repeatable, not secret
    groups = set(rng.sample(_GROUPS, rng.randint(1, len(_GROUPS))))
    drawn = Habits(
        lag=_draw_lag(rng, seconds),
        late_work=_draw_late_work(rng, seconds),
        rewriting=_draw_rewriting(rng),
        dates=_draw_dates(rng),
        pages=_draw_pages(rng, seconds),
        refusals=_draw_refusals(rng),
    )
    return Habits(**{name: getattr(drawn, name) for name in groups})


def _draw_lag(rng: random.Random, seconds: float) -> Lag:
    start = rng.uniform(0, seconds)
    stall = (start, start + rng.uniform(0, seconds))
    delays: list[Seconds] = [seconds, (0.0, seconds), rng.uniform(0, seconds)]
    return Lag(
        rng.choice(delays),
        share=rng.choice([1.0, 1.0, 0.1]),
        stalls=rng.choice([(), (), (stall,)]),
        replicas=rng.choice([(), (), (0.0, seconds / 3)]),
        by_key=rng.random() < 0.3,
    )


def _draw_late_work(rng: random.Random, seconds: float) -> LateWork:
    delays: list[Seconds] = [(0.0, seconds), rng.uniform(0, seconds)]
    write_delays: list[Seconds] = [0.0, 0.0, (0.0, seconds / 10)]
    return LateWork(
        rng.choice(delays),
        probability=rng.choice([1.0, 0.5]),
        write_seconds=rng.choice(write_delays),
    )


def _draw_rewriting(rng: random.Random) -> Rewriting:
    names: tuple[NameRewrite, ...] = get_args(NameRewrite)
    return Rewriting(
        names=tuple(rng.sample(names, rng.randint(0, 2))),
        phones=rng.choice([None, *get_args(PhoneRewrite)]),
        emails=rng.choice([None, *get_args(EmailRewrite)]),
        states=rng.choice([None, *get_args(StateRewrite)]),
        codes=rng.choice([None, "upper", "compact"]),
        lists=rng.choice([None, *get_args(ListRewrite)]),
        longest_text=rng.choice([None, 40, 255]),
        dropped=rng.choice([(), (), ("notes",)]),
    )


def _draw_dates(rng: random.Random) -> DateHabits:
    return DateHabits(
        header=rng.random() < 0.8,
        header_ahead=rng.choice([0.0, 3.0, -3.0, 10_800.0]),
        utc_offset=rng.choice(_ZONES),
        shown=rng.choice(get_args(ShownDates)),
        filters=rng.choice(get_args(DateFilters)),
    )


def _draw_pages(rng: random.Random, seconds: float) -> PageHabits:
    return PageHabits(
        ids=rng.random() < 0.8,
        numbers=rng.choice(get_args(PageNumbers)),
        last=rng.choice(get_args(LastFlag)),
        totals=rng.choice(get_args(Totals)),
        total_cap=rng.choice([10, 100, 1000]),
        stale_seconds=rng.uniform(0, seconds),
        max_size=rng.choice([10, 50, 100]),
        shows_size=rng.random() < 0.5,
        ties=rng.choice(get_args(Ties)),
    )


def _draw_refusals(rng: random.Random) -> tuple[Refusal, ...]:
    """Return refusals by text, by chance, and of records that break the contract."""
    parts: tuple[StoredPart, ...] = get_args(StoredPart)
    refusals = [
        Refusal(FIREWALL_TEXT, status=403, shape="html", stored=rng.choice(parts)),
        Refusal(POISON_TEXT, status=500, stored=rng.choice(parts)),
        Refusal("", status=rng.choice([403, 409, 500]), stored="half", probability=0.1, times=5),
        _draw_refusal_of_invalid(rng, rng.choice(parts)),
    ]
    return tuple(refusal for refusal in refusals if rng.random() < 0.7) or (refusals[-1],)


def _draw_refusal_of_invalid(rng: random.Random, stored: StoredPart) -> Refusal:
    """Return a refusal of records that break the contract."""
    if rng.random() < 0.5:
        return Refusal(status=rng.choice(_ERROR_STATUSES), stored=stored)
    shapes = [shape for shape in get_args(RefusalShape) if shape not in ("error", "html")]
    return Refusal(status=rng.choice([200, 207]), stored=stored, shape=rng.choice(shapes))
