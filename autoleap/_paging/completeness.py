"""Pure: no I/O, no clock.

Decide after a pass through a list whether all rows were read, and whether a further pass can help.
"""

from __future__ import annotations

from typing import TypeVar

from attrs import frozen

from .passes import ListPass

T = TypeVar("T")

# After this number of passes in sequence without a new row, a further pass does not help.
MAX_PASSES_WITHOUT_NEW_ROWS = 2


@frozen(kw_only=True)
class Findings:
    """Result of all passes so far.

    Attributes:
        rows: Number of different rows.
        expected: Number of rows by the latest total count; None if no total can be used.
        expected_at_pass_start: The same by the total count at the start of the last pass.
        shrunk: Number of rows by which the total count decreased in all passes.
        contradicted: Whether page numbers, sizes or offsets were not as requested.
        passes_without_new_rows: Number of the latest passes in sequence without a new row.
    """

    rows: int
    expected: int | None
    expected_at_pass_start: int | None
    shrunk: int
    contradicted: bool
    passes_without_new_rows: int


def shows_all_rows(last: ListPass[T], findings: Findings) -> bool:
    """Return whether the passes show all rows of the list.

    The first pass has to be steady. In a later pass it is enough that as many rows came as the
    total count says.
    """
    if last.repeats_pages:
        return False
    if findings.expected is None:
        return last.repeats == 0 and not findings.contradicted
    if last.number == 1:
        return last.steady and last.rows >= findings.expected
    if last.changed and last.gap_found:
        return False
    return _is_total_reached(last, findings, findings.expected)


def _is_total_reached(last: ListPass[T], findings: Findings, expected: int) -> bool:
    # Rows that left the list count as read, so the total must not have decreased meanwhile.
    if findings.shrunk == 0 and findings.rows >= expected:
        return True
    if last.shrunk == 0 and last.rows >= expected:
        return True
    # If no row was added in the pass, all rows at its start include all rows at its end.
    at_start = findings.expected_at_pass_start
    return last.grown == 0 and at_start is not None and last.rows >= at_start


def is_hopeless(last: ListPass[T], findings: Findings) -> bool:
    """Return whether a further pass is not expected to bring missing rows."""
    if last.number == 1:
        return False
    if findings.expected is None and not last.gap_found:
        return True
    if findings.passes_without_new_rows >= MAX_PASSES_WITHOUT_NEW_ROWS:
        return True
    # The pages agree with each other, so the total count is wrong or rows cannot be reached.
    return last.steady and findings.passes_without_new_rows > 0


def describe_reason(last: ListPass[T], findings: Findings) -> str:
    """Return why the list may be incomplete, without data of the list."""
    if findings.contradicted:
        return (
            "page numbers, sizes or offsets in the responses are not as requested; "
            "a smaller page_size can help"
        )
    if findings.expected is not None and findings.rows < findings.expected:
        return f"{findings.rows} different rows came, and the total count is {findings.expected}"
    if last.changed:
        return "the list changed during every pass"
    return "rows came twice, and no total count shows that all rows came"
