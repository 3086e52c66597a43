"""The table of habits: each habit of a server alone, with faults on the responses."""

from __future__ import annotations

import random

from attrs import evolve, frozen

from tests.simulation.habits import (
    ERRORS,
    FORBIDDEN,
    LATE,
    LOST,
    REFUSALS,
    REWRITINGS,
    Fault,
    Faults,
    Habits,
    Input,
    Options,
    Rewriting,
    Scenario,
    Stop,
)

NAMES: tuple[Rewriting, ...] = ("title", "upper", "blanks", "nfc", "html")
FIELDS: tuple[Rewriting, ...] = ("phones", "emails", "states", "order", "truncate")

# Three lost responses of eight batches, as in the figures of the issue.
BASE = Scenario(
    seed="",
    faults=Faults(posts=LOST),
    options=Options(batch_size=5),
    input=Input(counts=(40,)),
)


@frozen(kw_only=True)
class TableRow:
    """A row of the table: one habit, with faults on the responses.

    Attributes:
        name: The habit.
        scenario: The scenario without a seed.
        unknown: Largest share of records that may be `unknown`, in percent.
        loses: Whether good records may end as `failed`, because the trouble does not end.
    """

    name: str
    scenario: Scenario
    unknown: float = 0.0
    loses: bool = False


def _with(
    name: str,
    *,
    unknown: float = 0.0,
    loses: bool = False,
    faults: Faults = BASE.faults,
    input: Input = BASE.input,
    stops: tuple[Stop, ...] = (),
    resolve_ids: bool = False,
    **habits: object,
) -> TableRow:
    scenario = evolve(
        BASE,
        habits=Habits(**habits),  # type: ignore[arg-type]  # the names stand below
        faults=faults,
        input=input,
        stops=stops,
        journal=bool(stops),
        options=evolve(BASE.options, resolve_ids=resolve_ids),
    )
    return TableRow(name=name, scenario=scenario, unknown=unknown, loses=loses)


_NO_FAULTS = Faults()
_REFUSED = Input(counts=(40,), bad=0.05)
_LATE = Faults(posts=LATE, late=(0.5, 8.0))
_EACH_504 = Faults(posts=(Fault("late", "504"),), probability=1.0, limit=1000, late=(3.0, 3.0))
_KILLED = (Stop(at="second", value=0.35),)
_FIRST_FOUR = Faults(posts=(Fault("all", "cut"),), probability=0.0, first=4, limit=4)

TABLE: tuple[TableRow, ...] = (
    _with("no habit, no fault", faults=_NO_FAULTS),
    _with("no habit"),
    _with("errors before, after and half way", faults=Faults(posts=ERRORS)),
    _with("lists lag 2 s", lag=2.0),
    _with("lists lag 5 s", lag=5.0),
    _with("lists lag 15 s", lag=15.0),
    _with("lists lag 30 s", lag=30.0, unknown=100.0),
    _with("a tenth of the rows lags 15 s", lag=15.0, lag_share=0.1),
    _with("lists lag 2 s, 400 in part, no fault", faults=_NO_FAULTS, input=_REFUSED,
          refusal="400-partial", lag=2.0),
    _with("lists lag 15 s, 400 in part, no fault", faults=_NO_FAULTS, input=_REFUSED,
          refusal="400-partial", lag=15.0),
    _with("the index stands still from 3 s to 43 s", stalls=((3.0, 43.0),), unknown=100.0),
    _with("a replica lags 8 s", replica_lag=8.0),
    _with("late work after 5xx or a cut", faults=_LATE),
    _with("late work, lists lag 5 s", faults=_LATE, lag=5.0),
    _with("504 and late work after each POST", faults=_EACH_504, unknown=100.0, loses=True),
    _with("killed at once, 3 s of work go on", faults=_NO_FAULTS, stops=_KILLED,
          latency=(3.0, 3.5)),
    _with("killed at once, lists lag 5 s", stops=_KILLED, lag=5.0),
    *(_with(f"rewrites: {name}", rewriting=(name,), unknown=2.0) for name in REWRITINGS),
    _with("rewrites names", rewriting=NAMES, unknown=2.0),
    _with("rewrites fields", rewriting=FIELDS, unknown=2.0),
    _with("rewrites names, 400 in part", rewriting=NAMES, input=_REFUSED,
          refusal="400-partial", unknown=2.0),
    _with("rewrites fields, 400 in part", rewriting=FIELDS, input=_REFUSED,
          refusal="400-partial", unknown=2.0),
    _with("rewrites fields, ids are read", rewriting=FIELDS, unknown=2.0, resolve_ids=True),
    _with("Date 3 s ahead of createdDate", date_ahead=3.0),
    _with("Date 3 h ahead of createdDate", date_ahead=10_800.0),
    _with("no Date", date_ahead=None),
    _with("no Date, clock 1 h ahead", date_ahead=None, clock_ahead=3600.0),
    _with("no Date, clock 1 h behind", date_ahead=None, clock_ahead=-3600.0),
    _with("createdDate in local time, -7 h", created="local", zone=-7.0, window="text"),
    _with("createdDate in local time, +5.5 h", created="local-z", zone=5.5, window="text"),
    _with("createdDate at midnight", created="midnight", window="day"),
    _with("filter by local day, -7 h", created="date", zone=-7.0, window="day"),
    _with("no createdDate, no filter", created="none", window="none", unknown=100.0),
    _with("rows without id", row_ids=0.0, unknown=100.0),
    _with("a tenth of the rows without id", row_ids=0.9, unknown=100.0),
    _with("pages counted from 0", first_page=0, page_limit=10, unknown=100.0),
    _with("last is always true", always_last=True, page_limit=10),
    _with("no totals", totals=False, page_limit=10),
    _with("totals are capped at 20", total_cap=20, page_limit=10, unknown=100.0),
    _with("sizes are clamped to 10", page_limit=10),
    _with("ties in any order", ties=True, page_limit=10, unknown=2.0),
    _with("newest first, other writers", newest_first=True, page_limit=10, inserts=60.0,
          unknown=100.0),
    *(_with(f"refused records: {refusal}", input=_REFUSED, refusal=refusal,
            unknown=0.0 if refusal.startswith("4") else 10.0)
      for refusal in REFUSALS),
    _with("403 for one record", input=Input(counts=(40,), firewall=1), faults=_NO_FAULTS),
    _with("403 after half was stored", faults=Faults(posts=FORBIDDEN)),
    _with("403 for one record, half is stored", input=Input(counts=(40,), firewall=1),
          faults=_NO_FAULTS, firewall_half=True),
    _with("two creates with equal records", input=Input(counts=(20, 20), equal=0.5)),
    _with("two creates with equal records, ids", input=Input(counts=(20, 20), equal=0.5),
          resolve_ids=True),
    _with("many equal records", input=Input(counts=(40,), equal=0.8)),
    # No record is sent after the poison record, so no witness shows that it is not stored.
    _with("a poison record that is answered 500", input=Input(counts=(40,), poison=1),
          faults=_NO_FAULTS, unknown=2.5),
    _with("other writers insert and archive", inserts=60.0, archives=5.0, unknown=100.0),
    _with("rows from before the call equal records", before=10, before_equal=0.5, unknown=100.0),
    _with("all four batches are lost, lists lag 35 s", faults=_FIRST_FOUR,
          input=Input(counts=(20,)), lag=35.0, unknown=100.0),
)  # fmt: skip


_LOST_AT_ONCE = (Fault("all", "cut"), Fault("none", "cut"))


def draw_goal(number: int, *, lost: bool) -> Scenario:
    """Return 80 batches, of which a tenth is lost or none; both take the same time to answer."""
    return Scenario(
        seed=f"goal {number}",
        habits=Habits(latency=(1.0, 2.0)),
        faults=Faults(posts=_LOST_AT_ONCE, probability=0.1, limit=8) if lost else Faults(),
        options=Options(batch_size=3),
        input=Input(counts=(240,)),
    )


def draw_row(row: TableRow, number: int) -> Scenario:
    """Return one scenario of a table row; the hour of the day differs from seed to seed."""
    seed = f"{row.name}:{number}"
    epoch = 1_790_000_000.0 + random.Random(f"epoch {seed}").uniform(0, 86_400)
    return evolve(row.scenario, seed=seed, epoch=epoch)
