"""The tree of errors, and what an error keeps on its way between processes."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Callable, Iterator

import pytest

from autoleap import (
    APIError,
    AuthenticationError,
    AutoLeapError,
    BadRequestError,
    BulkError,
    BulkReport,
    ConfigurationError,
    NotFoundError,
    Outcome,
    PermissionDeniedError,
    RateLimitError,
    RecordError,
    ServerError,
    errors,
)


def all_below(kind: type[AutoLeapError]) -> Iterator[type[AutoLeapError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from all_below(child)


ALL = [kind for kind in all_below(AutoLeapError) if kind.__module__.startswith("autoleap.")]

COPIES: list[Callable[[AutoLeapError], AutoLeapError]] = [
    copy.copy,
    copy.deepcopy,
    *(
        lambda error, protocol=protocol: pickle.loads(pickle.dumps(error, protocol))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    ),
]


def drawn() -> dict[str, str]:
    """The tree in the module's docstring: parent by child."""
    parents: dict[str, str] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"^    ([│ ├└─]*)(\w+Error)\b", line)
        if found:
            depth = len(found[1]) // 4
            path[depth:] = [found[2]]
            if depth:
                parents[found[2]] = path[depth - 1]
    return parents


def test_the_tree_is_as_the_docstring_draws_it() -> None:
    bases = {
        kind.__name__: next(base for base in kind.__mro__[1:] if base in ALL).__name__
        for kind in ALL
        if kind is not AutoLeapError
    }
    assert drawn() == bases


def test_a_bad_argument_is_a_value_error_too() -> None:
    assert issubclass(ConfigurationError, ValueError)


@pytest.mark.parametrize("remade", COPIES)
@pytest.mark.parametrize("kind", ALL)
def test_a_copy_of_an_error_says_and_knows_the_same(
    kind: type[AutoLeapError], remade: Callable[[AutoLeapError], AutoLeapError]
) -> None:
    error = kind("400: firstName is required")
    error.method, error.path, error.status = "POST", "/customers", 400
    error.attempts, error.elapsed, error.next_page = 3, 1.5, 7
    copied = remade(error)
    assert type(copied) is kind
    assert copied is not error
    assert str(copied) == "400: firstName is required"
    assert vars(copied) == vars(error)
    assert (copied.method, copied.path, copied.status) == ("POST", "/customers", 400)
    assert (copied.attempts, copied.elapsed, copied.next_page) == (3, 1.5, 7)


@pytest.mark.parametrize("remade", COPIES)
def test_what_only_some_errors_know_is_kept_too(
    remade: Callable[[AutoLeapError], AutoLeapError],
) -> None:
    record = remade(RecordError.for_field("phones[0].type", "is required", 4))
    assert isinstance(record, RecordError)
    assert (record.field, record.reason, record.index) == ("phones[0].type", "is required", 4)

    limited = RateLimitError("429")
    limited.retry_after = 7.5
    limited_again = remade(limited)
    assert isinstance(limited_again, RateLimitError)
    assert limited_again.retry_after == 7.5

    outcome = Outcome(index=4, record={"firstName": "Ana"}, status="failed", error=record)
    with pytest.raises(BulkError) as caught:
        BulkReport(done=1, failed=1, failures=[outcome], ids={0: "1"}).raise_for_failures()
    bulk = remade(caught.value)
    assert isinstance(bulk, BulkError)
    assert bulk.report is not None
    assert (bulk.report.done, bulk.report.failed, bulk.report.ids) == (1, 1, {0: "1"})
    assert (bulk.report.failures[0].index, bulk.report.failures[0].status) == (4, "failed")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequestError),
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (429, RateLimitError),
        (500, ServerError),
        (502, ServerError),
        (599, ServerError),
        (302, APIError),
        (409, APIError),
        (422, APIError),
    ],
)
def test_a_status_has_its_class(status: int, kind: type[APIError]) -> None:
    assert errors.status_error_class(status) is kind


def test_an_error_that_comes_of_no_call_knows_of_none() -> None:
    error = ConfigurationError("no auth_key")
    assert (error.method, error.path, error.status, error.next_page) == (None, None, None, None)
    assert (error.attempts, error.elapsed) == (0, 0.0)


def test_a_record_error_names_row_field_and_reason() -> None:
    assert (
        str(RecordError.for_field("firstName", "is required", 4)) == "row 4, firstName: is required"
    )
    assert str(RecordError.for_field("firstName", "is required")) == "firstName: is required"
    assert str(RecordError.for_field("", "must be a dict", 0)) == "row 0, must be a dict"


def test_a_report_without_failures_raises_nothing() -> None:
    BulkReport(done=3).raise_for_failures()


def test_a_report_with_failures_names_the_first_of_them_and_carries_itself() -> None:
    failed = [
        Outcome(
            index=row, record={}, status="failed", error=RecordError.for_field("vin", "is bad", row)
        )
        for row in range(5)
    ]
    report = BulkReport(failed=5, unknown=0, failures=failed)
    with pytest.raises(BulkError, match=r"5 failed, 0 unknown: row 0, vin: is bad") as caught:
        report.raise_for_failures()
    assert caught.value.report is report
    assert "row 4" not in str(caught.value)
