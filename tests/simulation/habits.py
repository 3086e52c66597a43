"""What a server is like, and what goes wrong: the two parts of a scenario that the server reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from attrs import field, frozen

# How much of a batch a fault lets the server act on, and what the client gets.
Acts: TypeAlias = Literal["all", "half", "none", "late"]
Reply: TypeAlias = Literal[
    "cut", "hang", "connect", "html", "truncated", "declined", "declined-text", "500", "502", "503",
    "504", "403", "409", "429", "401", "none",
]  # fmt: skip

# How a batch with refused records ends. "-partial": the good records are stored. "-half": the
# records before the first refused one are stored.
Refusal: TypeAlias = Literal[
    "400", "400-partial", "400-half", "422-partial", "200-failures", "207-failures", "200-counts",
    "200-results", "success-text", "success-false-partial",
]  # fmt: skip

Rewriting: TypeAlias = Literal[
    "title", "upper", "blanks", "nfc", "html", "phones", "emails", "states", "order", "truncate",
    "defaults",
]  # fmt: skip


REWRITINGS: tuple[Rewriting, ...] = (
    "title", "upper", "blanks", "nfc", "html", "phones", "emails", "states", "order", "truncate",
    "defaults",
)  # fmt: skip
REFUSALS: tuple[Refusal, ...] = (
    "400", "400-partial", "400-half", "422-partial", "200-failures", "207-failures", "200-counts",
    "200-results", "success-text", "success-false-partial",
)  # fmt: skip


@frozen
class Fault:
    """What goes wrong with one POST."""

    acts: Acts
    reply: Reply

    def __str__(self) -> str:
        return f"{self.reply}/{self.acts}"


def _faults(acts: str, replies: str) -> tuple[Fault, ...]:
    return tuple(
        Fault(act, reply)  # type: ignore[arg-type]  # the literals stand in the next lines
        for act in acts.split()
        for reply in replies.split()
    )


LOST = _faults("all none", "cut hang")
ERRORS = _faults("all none half", "500 502 503 504")
LATE = _faults("late", "500 502 503 504 cut")
HALF = _faults("half", "cut 500 403 409")
ODD = _faults("all", "html truncated") + _faults("none", "declined declined-text 429 connect")
FORBIDDEN = _faults("half none", "403")
ALL_FAULTS = LOST + ERRORS + LATE + HALF + ODD + FORBIDDEN


@frozen(kw_only=True)
class Faults:
    """Faults of a history.

    Attributes:
        posts: Faults to draw from.
        probability: Probability that a POST has a fault.
        first: Number of POSTs that have a fault in any case.
        limit: Largest number of POSTs with a fault.
        reads: Probability that a GET fails; at most six do.
        late: Range of seconds between the end of a request and its late effect.
        retry_after: Seconds that a 429 names; None for no header.
        rolled_back: Probability that a batch disappears after its success.
        sent_twice: Probability that a proxy repeats a batch.
        revoked_at: Seconds after which the access token ends early.
    """

    posts: tuple[Fault, ...] = ()
    probability: float = 0.3
    first: int = 0
    limit: int = 3
    reads: float = 0.0
    late: tuple[float, float] = (0.5, 8.0)
    retry_after: float | None = 2.0
    rolled_back: float = 0.0
    sent_twice: float = 0.0
    revoked_at: float | None = None


@frozen(kw_only=True)
class Habits:
    """Habits of a server that the contract does not exclude.

    Attributes:
        lag: Seconds by which a list is behind the writes.
        lag_share: Share of the rows that are late.
        lag_spread: Whether each row has a lag of its own, up to `lag`.
        stalls: Times between which the list does not change.
        replica_lag: Seconds by which every second listing is behind.
        rewriting: What the server changes in the content.
        refusal: How a batch with refused records ends.
        firewall_half: Whether half of a batch is stored before a firewall refuses it.
        date_ahead: Seconds by which `Date` is ahead of `createdDate`; None for no `Date`.
        clock_ahead: Seconds by which the clock of the server is ahead of the client's.
        created: Form of `createdDate`.
        zone: Hours that the local time of the server is ahead of UTC.
        window: How the filter `updatedDateStart` compares.
        row_ids: Share of the rows that are listed with an id.
        first_page: Number of the first page.
        always_last: Whether each page says that it is the last.
        total_cap: Largest total that a page names; None for no limit.
        totals: Whether a page has totals.
        page_limit: Largest number of rows on a page.
        ties: Whether rows with the same date come in any order.
        newest_first: Whether the newest row comes first.
        latency: Range of seconds of a POST.
        stores_at: Part of the latency after which the rows are stored.
        before: Rows that are there before the import.
        before_equal: Share of them that equal a record.
        inserts: Rows per minute that other writers add.
        inserts_similar: Share of them that have the name of a record.
        inserts_equal: Share of them that equal a record.
        archives: Rows per minute that other writers archive.
    """

    lag: float = 0.0
    lag_share: float = 1.0
    lag_spread: bool = False
    stalls: tuple[tuple[float, float], ...] = ()
    replica_lag: float = 0.0
    rewriting: tuple[Rewriting, ...] = ()
    refusal: Refusal = "400"
    firewall_half: bool = False
    date_ahead: float | None = 0.0
    clock_ahead: float = 0.0
    created: Literal["ms", "seconds", "local", "local-z", "midnight", "date", "none"] = "ms"
    zone: float = 0.0
    window: Literal["exact", "text", "day", "none"] = "exact"
    row_ids: float = 1.0
    first_page: int = 1
    always_last: bool = False
    total_cap: int | None = None
    totals: bool = True
    page_limit: int = 100
    ties: bool = False
    newest_first: bool = False
    latency: tuple[float, float] = (0.05, 0.4)
    stores_at: float = 0.5
    before: int = 3
    before_equal: float = 0.0
    inserts: float = 0.0
    inserts_similar: float = 0.3
    inserts_equal: float = 0.0
    archives: float = 0.0


@frozen(kw_only=True)
class Stop:
    """An end of a run before its end.

    Attributes:
        at: What is counted: seconds, requests that arrive, or writes to a journal.
        value: The number at which the run stops.
        killed: Whether the process is killed; else its caller cancels the call.
    """

    at: Literal["second", "request", "write"]
    value: float
    killed: bool = True


@frozen(kw_only=True)
class Options:
    """Options of the calls.

    Attributes:
        batch_size, concurrency, resolve_ids: As the facade has them.
        settle_within: Seconds; None for the default of the facade.
        identify_by: Fields; empty for none.
        on_existing: As the facade has it.
    """

    batch_size: int = 5
    concurrency: int = 4
    resolve_ids: bool = False
    settle_within: float | None = None
    identify_by: tuple[str, ...] = ()
    on_existing: Literal["create", "skip", "update"] = "create"


@frozen(kw_only=True)
class Input:
    """The records of a history.

    Attributes:
        counts: Number of records of each call; the calls run at the same time.
        equal: Share of records that equal an earlier one.
        alike: Share of records that differ from an earlier one in one field.
        minimal: Share of records that have only a name.
        bad: Share of records that the server refuses.
        invalid: Share of records that the facade refuses.
        poison: Number of records that the server answers with 500.
        firewall: Number of records that a firewall answers with 403.
        pause: Seconds between two records, if the input is slow.
    """

    counts: tuple[int, ...] = (40,)
    equal: float = 0.1
    alike: float = 0.05
    minimal: float = 0.05
    bad: float = 0.0
    invalid: float = 0.0
    poison: int = 0
    firewall: int = 0
    pause: float = 0.0


@frozen(kw_only=True)
class Scenario:
    """Everything that determines a history, together with its seed.

    Attributes:
        seed: Name of the history.
        epoch: Seconds since the epoch at which it starts.
        stops: Ends of the runs before the last one. Without a journal there is only the first.
        journal: Whether the calls have journals.
        runs_again: Whether a finished call runs once more with its journal.
        limited: Whether the rate limits of the contract hold.
        nested: Whether the consumer of the first call makes the second call.
        consumer_pause: Seconds that the consumer takes for an outcome.
        timeout: Seconds that the client waits for a response.
    """

    seed: str
    epoch: float = 1_790_000_000.25
    habits: Habits = Habits()
    faults: Faults = Faults()
    options: Options = Options()
    input: Input = Input()
    stops: tuple[Stop, ...] = ()
    journal: bool = False
    runs_again: bool = False
    limited: bool = False
    nested: bool = False
    consumer_pause: float = 0.0
    timeout: float = 30.0
    notes: Mapping[str, str] = field(factory=dict[str, str])
