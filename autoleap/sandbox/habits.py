"""Habits: what a real server may do and the contract does not exclude.

A fault is a failure of a request. A habit is the way in which a server works. Both act together.
"""

from typing import Any, Literal, get_args

import attrs

Seconds = float | tuple[float, float]
"""A time in seconds, or the shortest and the longest time. Each use draws a time between both."""

NameRewrite = Literal["title", "upper", "collapse", "nfc", "nfkc", "html"]
PhoneRewrite = Literal["digits", "formatted", "e164"]
EmailRewrite = Literal["lower"]
StateRewrite = Literal["code", "name"]
ListRewrite = Literal["sorted", "reversed"]
CodeRewrite = Literal["upper", "compact"]
ShownDates = Literal["utc", "local", "midnight", "day"]
DateFilters = Literal["exact", "shown", "local-day"]
PageNumbers = Literal["from-1", "from-0", "shown-from-0"]
LastFlag = Literal["correct", "true", "false", "missing"]
Totals = Literal["exact", "missing", "capped", "stale"]
Ties = Literal["stable", "random"]
StoredPart = Literal["none", "valid", "half", "all"]
RefusalShape = Literal[
    "error",
    "html",
    "success-text",
    "results",
    "multi-status",
    "failed",
    "errors",
    "counts",
]

_SHARE: Any = [attrs.validators.ge(0), attrs.validators.le(1)]
"""Validators of a number from 0 to 1."""


def _one_of(options: Any) -> Any:
    """Return a validator that accepts the values of a Literal."""
    return attrs.validators.in_(get_args(options))


def _one_of_or_none(options: Any) -> Any:
    """Return a validator that accepts the values of a Literal and None."""
    return attrs.validators.optional(_one_of(options))


def _check_seconds(instance: object, attribute: "attrs.Attribute[Any]", value: Seconds) -> None:
    shortest, longest = value if isinstance(value, tuple) else (value, value)
    if not 0 <= shortest <= longest:
        raise ValueError(f"{attribute.name} must be seconds, or the shortest and the longest time")


@attrs.frozen
class Lag:
    """Lists show a change only some time after it is stored, as an index does.

    Args:
        seconds: Time from the storing of a row to its appearance in lists.
        share: Share (0 to 1) of the changes that lag. Lists show the others at once.
        stalls: Periods in which the index stands still: start and end in seconds since the first
            write. A change of such a period appears at its end.
        replicas: Ages of the copies that lists are read from, in seconds. Each list request reads
            a random copy, so lists may go backwards in time.
        by_key: Whether a read by key lags too.
    """

    seconds: Seconds = attrs.field(default=0.0, validator=_check_seconds)
    share: float = attrs.field(default=1.0, kw_only=True, validator=_SHARE)
    stalls: tuple[tuple[float, float], ...] = attrs.field(default=(), kw_only=True)
    replicas: tuple[float, ...] = attrs.field(default=(), kw_only=True)
    by_key: bool = attrs.field(default=False, kw_only=True)


@attrs.frozen
class LateWork:
    """The server goes on with a write after the request has failed.

    It concerns the faults "500", "502-html", "503", "504" and "cut-before", and "hang-before" if
    the client disconnects. Without this habit these faults prevent the write.

    Args:
        seconds: Time from the failed response, or from the disconnect, to the storing.
        probability: Chance (0 to 1) that the server goes on with a failed write.
        write_seconds: Time that the server works on a write without such a fault. It responds
            afterwards. If the client disconnects earlier, the write still takes place.
    """

    seconds: Seconds = attrs.field(default=0.0, validator=_check_seconds)
    probability: float = attrs.field(default=1.0, kw_only=True, validator=_SHARE)
    write_seconds: Seconds = attrs.field(default=0.0, kw_only=True, validator=_check_seconds)


@attrs.frozen(kw_only=True)
class Rewriting:
    """The server stores other values than the request has.

    Args:
        names: Rewritings of the names of persons, companies, makes and models, in this order:
            "title" and "upper" case, "collapse" inner blanks, the Unicode forms "nfc" and "nfkc",
            "html" escapes.
        phones: Phone numbers: only "digits", "formatted" as "(216) 555-0123", or "e164".
        emails: E-mail addresses: "lower" case.
        states: States of the USA: "code" ("OH") or full "name" ("Ohio").
        codes: VIN and licence plate: "upper" case, or "compact" without blanks and hyphens.
        lists: The order of phones, e-mails and tags: "sorted" or "reversed".
        longest_text: The largest number of characters of a text. Longer texts are truncated.
        dropped: Names of fields that the server does not store.
    """

    names: tuple[NameRewrite, ...] = attrs.field(
        default=(), validator=attrs.validators.deep_iterable(_one_of(NameRewrite))
    )
    phones: PhoneRewrite | None = attrs.field(default=None, validator=_one_of_or_none(PhoneRewrite))
    emails: EmailRewrite | None = attrs.field(default=None, validator=_one_of_or_none(EmailRewrite))
    states: StateRewrite | None = attrs.field(default=None, validator=_one_of_or_none(StateRewrite))
    codes: CodeRewrite | None = attrs.field(default=None, validator=_one_of_or_none(CodeRewrite))
    lists: ListRewrite | None = attrs.field(default=None, validator=_one_of_or_none(ListRewrite))
    longest_text: int | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.ge(1))
    )
    dropped: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class DateHabits:
    """The clocks, the time zone and the date filters of the server.

    Args:
        header: Whether responses have the header `Date`.
        header_ahead: Seconds by which the header `Date` is ahead of the dates of rows.
        utc_offset: Hours by which the local time of the server is ahead of UTC.
        shown: The form of `createdDate`, `updatedDate` and `lastUpdatedAt`: "utc"; "local" time
            without zone; "midnight" of the local day with "Z"; only the local "day".
        filters: What the windows of these dates compare: the "exact" times; the dates as "shown",
            read as UTC; or the "local-day" of the row with the day of the parameter's text. The
            last one ignores the time and the zone of the parameter.
    """

    header: bool = True
    header_ahead: float = 0.0
    utc_offset: float = attrs.field(
        default=0.0, validator=[attrs.validators.ge(-24), attrs.validators.le(24)]
    )
    shown: ShownDates = attrs.field(default="utc", validator=_one_of(ShownDates))
    filters: DateFilters = attrs.field(default="exact", validator=_one_of(DateFilters))


@attrs.frozen(kw_only=True)
class PageHabits:
    """The envelope of pages and the order of their rows.

    Args:
        ids: Whether the rows of lists have their id.
        numbers: "from-1"; "from-0": page 0 is the first one; "shown-from-0": page 1 is the first
            one and the response calls it 0.
        last: The flag `last`: "correct", always "true", always "false", or "missing".
        totals: `totalCount` and `totalPages`: "exact"; "missing"; "capped" at `total_cap`; "stale"
            by `stale_seconds`.
        total_cap: Largest total if `totals` is "capped".
        stale_seconds: Age of the total if `totals` is "stale".
        max_size: Largest number of rows in a page.
        shows_size: Whether the response has the real page size. Otherwise it repeats the size of
            the request.
        ties: The order of rows with equal sort keys. "random" is another order in each response.
            Without a sort order, rows of one request have equal keys.
    """

    ids: bool = True
    numbers: PageNumbers = attrs.field(default="from-1", validator=_one_of(PageNumbers))
    last: LastFlag = attrs.field(default="correct", validator=_one_of(LastFlag))
    totals: Totals = attrs.field(default="exact", validator=_one_of(Totals))
    total_cap: int = attrs.field(default=1000, validator=attrs.validators.ge(0))
    stale_seconds: float = attrs.field(default=5.0, validator=attrs.validators.ge(0))
    max_size: int = attrs.field(default=100, validator=attrs.validators.ge(1))
    shows_size: bool = True
    ties: Ties = attrs.field(default="stable", validator=_one_of(Ties))


@attrs.frozen
class Refusal:
    """The response to a bulk write with bad records, and the part of it that is stored.

    A record that breaks the contract is bad and is never stored. A record with `text` is bad too.
    The first refusal of a sandbox that has bad records in a batch decides.

    Args:
        text: Records with this text in any value are bad ("<script"). With an empty text the
            refusal applies to every batch and makes no record bad. With None it applies to the
            batches with records that break the contract.
        status: The HTTP status (200, 207, 400, 403, 404, 409, 422, 500).
        stored: The stored part: "none"; the "valid" records; the valid ones in the first "half" of
            the batch; "all" records that keep the contract.
        shape: The body. "error" is the error of the contract; "html" the page of a firewall;
            "success-text" has `"success": "false"`. All other bodies have `"success": true`:
            "results" and "multi-status" have an entry for each record, "failed" and "errors" for
            each failed one, "counts" only numbers.
        times: Largest number of batches it applies to. None for no maximum.
        probability: Chance (0 to 1) that it applies to a matching batch.
    """

    text: str | None = None
    status: int = attrs.field(
        default=400, kw_only=True, validator=[attrs.validators.ge(200), attrs.validators.le(599)]
    )
    stored: StoredPart = attrs.field(default="none", kw_only=True, validator=_one_of(StoredPart))
    shape: RefusalShape = attrs.field(
        default="error", kw_only=True, validator=_one_of(RefusalShape)
    )
    times: int | None = attrs.field(
        default=None, kw_only=True, validator=attrs.validators.optional(attrs.validators.ge(0))
    )
    probability: float = attrs.field(default=1.0, kw_only=True, validator=_SHARE)


@attrs.frozen(kw_only=True)
class Habits:
    """The habits of a sandbox. A group that is None changes nothing.

    Combine groups by their names: `Habits(lag=Lag(5), pages=PageHabits(last="true"))`. A changed
    copy comes from `attrs.evolve`. `draw_habits` draws a combination at random.

    Args:
        lag: When lists show a change.
        late_work: What happens after a failed write.
        rewriting: The values that are stored.
        dates: Clocks, time zone and date filters.
        pages: The envelope of pages.
        refusals: The responses to bulk writes with bad records. The first one that applies is used.
    """

    lag: Lag | None = None
    late_work: LateWork | None = None
    rewriting: Rewriting | None = None
    dates: DateHabits | None = None
    pages: PageHabits | None = None
    refusals: tuple[Refusal, ...] = ()


NO_HABITS = Habits()
"""A server that does only what the contract says."""
