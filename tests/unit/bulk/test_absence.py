"""The proof of absence: evidence in, decision out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from autoleap._bulk.absence import (
    CANARY_AGE,
    CANARY_AGE_WITHOUT_WITNESS,
    DEADLINE_MAX,
    LOOK_INTERVAL,
    MAX_CANARIES,
    MIN_QUIET,
    WIDEN_AGE,
    WITNESS_PATIENCE,
    decide,
    quiet_period,
)
from autoleap._bulk.evidence import Acknowledged, Decision, Doubt, Evidence, Memory, NewRow
from autoleap._bulk.matching import Fingerprint, compute_fingerprint
from autoleap._bulk.objection import EXCUSE_AGE, MIXED_GROUP
from tests.helpers.bulk_runs import FULL

many = settings(max_examples=3000 if FULL else 300, derandomize=True, database=None)

# Seconds at which the server has finished the request of the doubtful records of most tests.
EDGE = 10.0


@pytest.fixture(autouse=True)
def short_waits() -> None:
    """Keep the length of all waits: nothing waits here."""


def person(number: int, **changes: Any) -> Fingerprint:
    """The fingerprint of a customer who shares no value with another one."""
    record = {
        "firstName": f"Ana {number}",
        "lastName": f"Ruiz {number}",
        "notes": f"gate {number}",
        "phones": [{"number": f"555-{number:07}"}],
    }
    return compute_fingerprint(
        {**record, **changes}, "CustomerCreateItem", ("firstName", "lastName")
    )


def doubt(number: int, edge: float = EDGE, *, sent: float = 0.0) -> Doubt:
    return Doubt(number, person(number), sent, edge)


def witness(number: int, sent: float, took: float = 1.0, id: str | None = None) -> Acknowledged:
    return acknowledge(number, person(number), sent, sent + took, id)


def acknowledge(
    index: int, fingerprint: Fingerprint, sent: float, acknowledged: float, id: str | None = None
) -> Acknowledged:
    return Acknowledged(
        index=index,
        fingerprint=fingerprint,
        first_sent_at=sent,
        sent_at=sent,
        acknowledged_at=acknowledged,
        id=id,
    )


def row(number: int, **changes: Any) -> NewRow:
    return NewRow(f"r{number}", person(number, **changes))


def look(
    doubts: Sequence[Doubt],
    acknowledged: Sequence[Acknowledged] = (),
    rows: Sequence[NewRow] = (),
    *,
    at: float = EDGE + 5,
    memory: Memory | None = None,
    **more: Any,
) -> Decision:
    """Decide after a listing that begins at this time."""
    evidence = Evidence(
        **{
            "doubts": doubts,
            "acknowledged": acknowledged,
            "in_flight": [],
            "rows": rows,
            "complete": True,
            "window_start": -100.0,
            "reach": -100.0,
            "begun_at": at,
            "now": at + 0.1,
            "idle": False,
            "settle_within": 30.0,
            **more,
        }
    )
    return decide(evidence, memory or Memory())


# The rule


def test_a_record_is_absent_when_a_later_witness_is_visible() -> None:
    decision = look([doubt(1)], [witness(2, EDGE + 1)], [row(2)])
    assert (decision.absent, decision.found, decision.unknown) == ([1], {}, {})
    assert decision.next_look is None


def test_presence_needs_no_proof() -> None:
    decision = look([doubt(1), doubt(2)], rows=[row(1)], at=0.5, complete=False)
    assert decision.found == {1: "r1"}
    assert decision.absent == []


def test_nothing_is_absent_before_the_edge() -> None:
    early = look([doubt(1, edge=20.0)], [witness(2, 15.0)], [row(2)], at=19.9)
    assert early.absent == []
    assert early.next_look is not None
    assert early.next_look >= 20.0


def test_the_quiet_period_grows_with_the_slowest_batch() -> None:
    assert quiet_period(0.1) == MIN_QUIET
    assert quiet_period(20.0) == 60.0


def test_nothing_is_absent_from_a_list_that_is_not_complete() -> None:
    decision = look([doubt(1)], [witness(2, EDGE + 1)], [row(2)], complete=False)
    assert decision.absent == []


def test_a_witness_that_was_sent_before_the_edge_proves_nothing() -> None:
    assert look([doubt(1)], [witness(2, EDGE - 1)], [row(2)]).absent == []


def test_a_listing_must_begin_one_lag_after_the_edge() -> None:
    lagging = Memory(lag=8.0, seen=frozenset({2}))
    evidence: tuple[list[Doubt], list[Acknowledged], list[NewRow]]
    evidence = [doubt(1)], [witness(2, EDGE + 1)], [row(2)]
    assert look(*evidence, at=EDGE + 7.9, memory=lagging).absent == []
    assert look(*evidence, at=EDGE + 8.1, memory=lagging).absent == [1]


def test_no_missing_witness_may_be_older_than_the_visible_one() -> None:
    acknowledged = [witness(2, EDGE + 1), witness(3, EDGE + 3)]
    assert look([doubt(1)], acknowledged, [row(3)]).absent == []
    # A newer one may be missing: it says nothing about older requests.
    assert look([doubt(1)], acknowledged, [row(2)], at=EDGE + 30).absent == [1]


def test_a_witness_outside_the_window_is_not_missed() -> None:
    acknowledged = [witness(2, 5.0), witness(3, EDGE + 1)]
    assert look([doubt(1)], acknowledged, [row(3)], window_start=6.0).absent == [1]


def test_a_witness_that_was_acknowledged_during_the_listing_is_not_missed() -> None:
    acknowledged = [witness(2, 5.0, took=11.0), witness(3, EDGE + 1)]
    assert look([doubt(1)], acknowledged, [row(3)], at=EDGE + 5).absent == [1]


def test_it_looks_again_after_the_edge_and_not_at_once() -> None:
    before = look([doubt(1, edge=50.0)], at=5.0)
    assert before.next_look == 50.0
    after = look([doubt(1)], [witness(2, 1.0)], [row(2)], at=EDGE + 5)
    assert after.next_look == pytest.approx(EDGE + 5.1 + LOOK_INTERVAL)


# Deadline and window


def test_a_record_is_unknown_when_the_time_to_settle_is_over() -> None:
    missing = [witness(2, EDGE + 1)]
    seen = Memory(seen=frozenset({3}))
    arguments: dict[str, Any] = {"settle_within": 5.0, "memory": seen}
    assert look([doubt(1)], missing, at=EDGE + 4, **arguments).unknown == {}
    late = look([doubt(1)], missing, at=EDGE + DEADLINE_MAX, **arguments)
    assert "lacks rows that it has acknowledged" in late.unknown[1]
    assert late.next_look is None


def test_a_long_lag_prolongs_the_time_to_settle() -> None:
    arguments: dict[str, Any] = {"settle_within": 5.0, "memory": Memory(lag=15.0)}
    incomplete = look([doubt(1)], at=EDGE + 59, complete=False, **arguments)
    assert incomplete.unknown == {}
    late = look([doubt(1)], at=EDGE + 60, complete=False, **arguments)
    assert "not complete" in late.unknown[1]


def test_a_canary_has_time_to_become_a_witness() -> None:
    arguments: dict[str, Any] = {"idle": True, "settle_within": 5.0}
    waiting = look([doubt(1), doubt(2)], at=EDGE + CANARY_AGE_WITHOUT_WITNESS, **arguments)
    assert waiting.canary is not None
    assert waiting.unknown == {}
    late = look([doubt(1), doubt(2)], at=EDGE + 5.0 * WITNESS_PATIENCE, **arguments)
    assert set(late.unknown) == {1, 2}


def test_a_listing_without_any_witness_had_the_wrong_window() -> None:
    acknowledged = [witness(2, 1.0, took=1.0)]
    assert not look([doubt(1)], acknowledged, at=2.0 + WIDEN_AGE - 0.1).widen
    assert look([doubt(1)], acknowledged, at=2.0 + WIDEN_AGE).widen
    assert not look([doubt(1)], acknowledged, [row(2)], at=2.0 + WIDEN_AGE).widen


# Counterexamples of the proof


def test_a_witness_stored_early_and_acknowledged_after_the_edge_proves_nothing() -> None:
    slow = witness(2, sent=EDGE - 5, took=8.0)
    assert slow.acknowledged_at > EDGE
    assert look([doubt(1)], [slow], [row(2)]).absent == []


def test_the_last_batch_gets_a_canary_and_no_resend() -> None:
    # The list stands still: it shows what was acknowledged before, and nothing since.
    for age in (CANARY_AGE, 40.0, 89.0):
        decision = look(
            [doubt(1), doubt(2)], [witness(3, -5.0)], [row(3)], at=EDGE + age, idle=True
        )
        assert decision.absent == []
        assert decision.canary in {1, 2}


def test_a_single_batch_waits_longer_for_its_canary() -> None:
    doubts = [doubt(1), doubt(2), doubt(3)]
    before = look(doubts, at=EDGE + CANARY_AGE_WITHOUT_WITNESS - 1, idle=True)
    assert (before.canary, before.absent) == (None, [])
    after = look(doubts, at=EDGE + CANARY_AGE_WITHOUT_WITNESS, idle=True)
    assert after.canary is not None
    # Its row does not show for 35 s, so the two others are not sent.
    canary = witness(after.canary, EDGE + 11)
    rest = [one for one in doubts if one.index != after.canary]
    hidden = look(rest, [canary], at=EDGE + 30, idle=True, memory=after.memory)
    assert (hidden.absent, hidden.canary) == ([], None)
    shown = look(rest, [canary], [row(canary.index)], at=EDGE + 50, idle=True, memory=hidden.memory)
    assert sorted(shown.absent) == sorted(one.index for one in rest)


def test_witnesses_that_are_still_missing_count_for_the_lag() -> None:
    decision = look(
        [doubt(1)], [witness(2, 1.0), witness(3, EDGE + 1)], [row(2)], at=40.0,
        memory=Memory(lag=2.0, seen=frozenset({2})),
    )  # fmt: skip
    assert decision.memory.lag == pytest.approx(40.0 - (EDGE + 1))


def test_a_row_that_is_found_late_counts_for_the_lag() -> None:
    late = evolve(doubt(1), was_missed=True)
    assert look([late], rows=[row(1)], at=25.0).memory.lag == pytest.approx(25.0)
    assert look([doubt(1)], rows=[row(1)], at=25.0).memory.lag == 0.0


def make_crowd(count: int, *, sent: float = 1.0) -> tuple[list[Acknowledged], list[NewRow]]:
    """Acknowledged records and their rows."""
    numbers = range(100, 100 + count)
    return [witness(number, sent) for number in numbers], [row(number) for number in numbers]


def test_one_row_that_is_gone_for_long_is_excused() -> None:
    crowd, rows = make_crowd(60)
    acknowledged = [*crowd, witness(2, EDGE + 1)]
    gone = [*rows[1:], row(2)]
    early = look([doubt(1)], acknowledged, gone, at=2.0 + EXCUSE_AGE - 0.1)
    assert early.absent == []
    late = look([doubt(1)], acknowledged, gone, at=2.0 + EXCUSE_AGE + 10, memory=Memory())
    assert late.absent == [1]


def test_a_row_that_was_seen_before_is_excused_at_once() -> None:
    crowd, rows = make_crowd(60)
    decision = look(
        [doubt(1)], [*crowd, witness(2, EDGE + 1)], [*rows[1:], row(2)],
        memory=Memory(seen=frozenset({100})),
    )  # fmt: skip
    assert decision.absent == [1]


def test_many_missing_rows_are_not_excused() -> None:
    crowd, rows = make_crowd(60)
    decision = look(
        [doubt(1)], [*crowd, witness(2, EDGE + 1)], [*rows[2:], row(2)],
        memory=Memory(seen=frozenset({100, 101})),
    )  # fmt: skip
    assert decision.absent == []


def test_no_row_is_excused_by_older_ones() -> None:
    crowd, rows = make_crowd(60)
    newest = witness(2, EDGE + 1)
    decision = look(
        [doubt(1)], [*crowd, newest], rows, at=EDGE + 40, memory=Memory(seen=frozenset({2}))
    )
    assert decision.absent == []


def test_equal_records_are_no_witnesses() -> None:
    # One of them is lost. The row of the other one does not show that the list is fresh.
    twins = [evolve(witness(2, EDGE + 1), index=index) for index in (2, 3)]
    assert look([doubt(1)], twins, [row(2)]).absent == []


def test_a_row_that_resembles_a_record_keeps_it_from_being_absent() -> None:
    crowd, rows = make_crowd(30)
    rewritten = row(1, firstName="A.", lastName="R.", notes="rewritten")
    decision = look([doubt(1)], [*crowd, witness(2, EDGE + 1)], [*rows, row(2), rewritten])
    assert (decision.absent, decision.found) == ([], {})
    late = look(
        [doubt(1)], [*crowd, witness(2, EDGE + 1)], [*rows, row(2), rewritten],
        at=EDGE + DEADLINE_MAX,
    )  # fmt: skip
    assert "r1 of the server resembles it" in late.unknown[1]


def test_a_row_with_the_name_of_a_record_keeps_it_from_being_absent() -> None:
    stranger = row(1, notes="x", phones=[{"number": "other"}], mainAddress={"city": "Bonn"})
    decision = look([doubt(1)], [witness(2, EDGE + 1)], [row(2), stranger])
    assert decision.absent == []


def test_a_row_that_resembles_nothing_is_no_obstacle() -> None:
    stranger = NewRow("other", person(9))
    assert look([doubt(1)], [witness(2, EDGE + 1)], [row(2), stranger]).absent == [1]


def test_many_strangers_and_no_visible_witness_block_a_batch() -> None:
    doubts = [doubt(number) for number in range(6)]
    strangers = [NewRow(f"s{number}", person(number + 50)) for number in range(3)]
    decision = look(doubts, rows=strangers, at=EDGE + 60, idle=True)
    assert (decision.absent, decision.canary) == ([], None)


def test_rewritten_fields_are_learned_when_nothing_is_acknowledged() -> None:
    doubts = [doubt(number) for number in range(5)]
    rows = [row(number, notes=f"GATE NO. {number}") for number in range(5)]
    decision = look(doubts, rows=rows)
    assert decision.found == {number: f"r{number}" for number in range(5)}
    assert "notes" in decision.memory.rewritten


@pytest.mark.parametrize(
    ("differing", "count", "learned"),
    [(3, 20, True), (2, 20, False), (3, 60, True), (5, 100, True), (4, 100, False)],
)
def test_a_field_is_rewritten_if_three_and_five_percent_of_the_witnesses_differ(
    differing: int, count: int, learned: bool
) -> None:
    crowd, rows = make_crowd(count)
    for place in range(differing):
        rows[place] = row(100 + place, notes=f"number {place} was edited")
    # So many strangers are left that they can be the rows of witnesses.
    others = [NewRow(f"other {number}", person(number)) for number in range(3)]
    decision = look([doubt(50)], crowd, [*rows, *others])
    assert decision.memory.rewritten == ({"notes"} if learned else frozenset())


def test_a_learned_field_stays_out_of_the_comparison() -> None:
    decision = look(
        [doubt(1)], rows=[row(1, notes="rewritten")], memory=Memory(rewritten=frozenset({"notes"}))
    )
    assert decision.found == {1: "r1"}


def test_a_thousand_equal_records_are_counted() -> None:
    doubts = [Doubt(index, person(1), index * 0.001, EDGE) for index in range(1000)]
    rows = [NewRow(f"r{number}", person(1)) for number in range(400)]
    decision = look(
        doubts, [evolve(witness(2, EDGE + 1), index=2000)], [*rows, row(2)], at=EDGE + 5
    )
    assert decision.found == {index: f"r{index}" for index in range(400)}
    assert sorted(decision.absent) == list(range(400, 1000))
    assert decision.unknown == {}


def test_some_rows_of_a_group_that_differs_otherwise_decide_nothing() -> None:
    ignored = Memory(rewritten=frozenset({"notes"}))
    doubts = [
        Doubt(index, person(1, notes=text), 0.0, EDGE) for index, text in enumerate(("one", "two"))
    ]
    one_row = [row(1, notes="rewritten")]
    later = [witness(3, EDGE + 1)]
    decision = look(doubts, later, [*one_row, row(3)], at=EDGE + 200, memory=ignored)
    assert (decision.found, decision.absent) == ({}, [])
    assert decision.unknown == {0: MIXED_GROUP, 1: MIXED_GROUP}
    both = look(doubts, later, [*one_row, NewRow("r7", person(1)), row(3)], memory=ignored)
    # Both are stored, but not which row is whose.
    assert both.found == {0: None, 1: None}
    none = look(doubts, later, [row(3)], memory=ignored)
    assert none.absent == [0, 1]


def test_a_row_belongs_to_the_acknowledged_one_of_two_equal_records() -> None:
    acknowledged = acknowledge(2, person(1), 5.0, 6.0, None)
    decision = look([doubt(1)], [acknowledged, witness(3, EDGE + 1)], [row(1), row(3)])
    assert decision.found == {}
    assert decision.absent == [1]


def test_a_row_with_a_known_id_is_not_given_away() -> None:
    found_before = acknowledge(2, person(1), 5.0, 6.0, "r1")
    decision = look([doubt(1)], [found_before, witness(3, EDGE + 1)], [row(1), row(3)])
    assert (decision.found, decision.absent) == ({}, [1])


def test_a_row_can_belong_to_a_record_that_is_being_sent() -> None:
    decision = look([doubt(1)], rows=[row(1)], in_flight=[person(1)])
    assert decision.found == {}


def test_a_found_row_is_a_witness_even_if_it_was_rewritten() -> None:
    found_before = acknowledge(2, person(2), EDGE + 1, EDGE + 2, "r2")
    rewritten = row(2, firstName="X", lastName="Y", notes="Z")
    assert look([doubt(1)], [found_before], [rewritten]).absent == [1]


def test_the_oldest_doubt_takes_the_oldest_row() -> None:
    doubts = [Doubt(7, person(1), 3.0, EDGE), Doubt(8, person(1), 2.0, EDGE)]
    decision = look(doubts, rows=[NewRow("old", person(1)), NewRow("new", person(1))], at=1.0)
    assert decision.found == {8: "old", 7: "new"}


def test_a_row_that_can_be_older_than_the_call_answers_no_record() -> None:
    old = evolve(row(1), may_be_old=True)
    decision = look([doubt(1)], [witness(2, EDGE + 1)], [old, row(2)])
    assert (decision.found, decision.absent) == ({}, [])


def test_the_row_of_a_witness_that_was_sent_twice_may_be_that_of_the_first_request() -> None:
    # The first request landed late, so its row shows nothing about what came after it.
    again = evolve(witness(2, EDGE + 1), first_sent_at=0.0)
    first = look([doubt(1)], [again], [row(2)], at=EDGE + 3)
    assert first.absent == []
    later = look([doubt(1)], [again], [row(2)], at=EDGE + 14, memory=first.memory)
    assert later.absent == [1]


def test_a_window_that_begins_after_a_request_proves_nothing() -> None:
    decision = look([doubt(1, sent=0.0)], [witness(2, EDGE + 1)], [row(2)], reach=0.5)
    assert decision.absent == []
    assert decision.widen


# Canaries


def test_no_canary_goes_while_the_call_sends() -> None:
    assert look([doubt(1)], at=EDGE + 50, idle=False).canary is None


def test_no_canary_goes_after_a_list_that_is_not_complete() -> None:
    assert look([doubt(1)], at=EDGE + 50, idle=True, complete=False).canary is None


def test_no_canary_goes_before_the_lag_is_over() -> None:
    arguments: dict[str, Any] = {"idle": True, "memory": Memory(lag=9.0, seen=frozenset({2}))}
    before = look([doubt(1)], [witness(2, 1.0)], [row(2)], at=EDGE + 8.9, **arguments)
    assert before.canary is None
    after = look([doubt(1)], [witness(2, 1.0)], [row(2)], at=EDGE + 9.0, **arguments)
    assert after.canary == 1


def test_no_canary_goes_while_a_witness_is_missing() -> None:
    decision = look([doubt(1)], [witness(2, 1.0)], at=EDGE + 20, idle=True)
    assert decision.canary is None


def test_a_canary_has_content_that_no_other_record_has() -> None:
    twins = [Doubt(index, person(1), 0.0, EDGE) for index in (1, 2)]
    assert look([*twins, doubt(5)], at=EDGE + 20, idle=True).canary == 5


def test_canaries_that_settle_nothing_are_few() -> None:
    memory, sent = Memory(), 0
    doubts = [doubt(number) for number in range(20)]
    for number in range(10):
        decision = look(doubts, at=EDGE + 12 + number, idle=True, memory=memory)
        memory, sent = decision.memory, sent + (decision.canary is not None)
    assert sent == MAX_CANARIES


# Properties

LETTERS = st.sampled_from("abcd")
MOMENTS = st.floats(0.0, 60.0)


def letter(text: str) -> Fingerprint:
    return compute_fingerprint(
        {"firstName": text, "lastName": text}, "CustomerCreateItem", ("firstName", "lastName")
    )


@many
@given(st.lists(LETTERS), st.lists(LETTERS), st.lists(LETTERS), st.lists(LETTERS))
def test_found_rows_are_exact_by_count(
    doubtful: list[str], done: list[str], flying: list[str], there: list[str]
) -> None:
    doubts = [Doubt(index, letter(text), 0.0, EDGE) for index, text in enumerate(doubtful)]
    acknowledged = [
        acknowledge(1000 + index, letter(text), 0.0, 1.0, None) for index, text in enumerate(done)
    ]
    rows = [NewRow(f"r{number}", letter(text)) for number, text in enumerate(there)]
    decision = look(doubts, acknowledged, rows, in_flight=[letter(text) for text in flying])
    found = [doubtful[index] for index in decision.found]
    free = Counter(there) - Counter(done) - Counter(flying)
    assert Counter(found) == free & Counter(doubtful)
    assert len(set(decision.found.values())) == len(found)
    assert all(
        id_ is not None and there[int(id_[1:])] == doubtful[index]
        for index, id_ in decision.found.items()
    )


DOUBTS = st.lists(st.tuples(MOMENTS, MOMENTS), max_size=6)
# When it was sent, how long it took, whether its row is visible, whether its id is known.
WITNESSES = st.lists(st.tuples(MOMENTS, MOMENTS, st.booleans(), st.booleans()), max_size=8)


@many
@given(DOUBTS, WITNESSES, MOMENTS, st.booleans(), st.booleans(), st.floats(0.0, 20.0))
def test_nothing_is_absent_without_a_later_visible_witness(
    spans: list[tuple[float, float]],
    sent: list[tuple[float, float, bool, bool]],
    at: float,
    complete: bool,
    idle: bool,
    lag: float,
) -> None:
    doubts = [
        doubt(index, start + length, sent=start) for index, (start, length) in enumerate(spans)
    ]
    acknowledged = [
        witness(100 + index, start, took, f"r{100 + index}" if named else None)
        for index, (start, took, _, named) in enumerate(sent)
    ]
    rows = [row(100 + index) for index, (_, _, visible, _) in enumerate(sent) if visible]
    decision = look(
        doubts, acknowledged, rows, at=at, complete=complete, idle=idle, memory=Memory(lag=lag)
    )
    shown = [one for one, (_, _, visible, _) in zip(acknowledged, sent, strict=True) if visible]
    lost = [one for one in acknowledged if one not in shown and one.acknowledged_at < at]
    horizon = min((one.sent_at for one in lost), default=1e9)
    for index in decision.absent:
        assert complete
        assert at >= doubts[index].edge + lag
        assert any(doubts[index].edge < one.sent_at < horizon for one in shown)
    told = [*decision.found, *decision.absent, *decision.unknown]
    assert len(set(told)) == len(told)
    assert (decision.next_look is None) == (
        {*told, decision.canary} - {None} == {one.index for one in doubts}
    )
    assert decision.memory.lag >= lag
    assert decision.canary is None or (idle and complete and decision.canary not in told)


@many
@given(st.lists(LETTERS, max_size=12), st.lists(LETTERS, max_size=12), st.integers(0, 60))
def test_the_more_time_passes_the_less_is_in_doubt(
    doubtful: list[str], there: list[str], age: int
) -> None:
    doubts = [Doubt(index, letter(text), 0.0, EDGE) for index, text in enumerate(doubtful)]
    rows = [NewRow(f"r{number}", letter(text)) for number, text in enumerate(there)]
    decision = look(doubts, rows=rows, at=EDGE + 60 * DEADLINE_MAX + age)
    told = {*decision.found, *decision.absent, *decision.unknown}
    assert told == set(range(len(doubtful)))
    assert decision.absent == []
