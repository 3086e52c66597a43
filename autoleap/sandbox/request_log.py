"""What arrived: one frozen record a request, in order of arrival."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import overload

import attrs


@attrs.frozen(kw_only=True)
class RequestRecord:
    """One request, as the sandbox saw it.

    Attributes:
        at: when all of it had arrived, on the sandbox's clock (monotonic), in seconds.
        time: the same in wall-clock time (UTC).
        method: "GET", "POST", ...
        path: decoded, without the `/v2` prefix.
        query: parameters by name (the last one, where a name came twice).
        body: the parsed JSON, or None when there was none or it could not be read.
        operation_id: the operation of the contract, or None when there is no such thing.
        status: the status answered, or None while there is none, and for good when the
            connection was cut.
        violations: in which ways the request broke the contract.
        fault: kind of the fault that was played on it, or None.
    """

    at: float
    time: datetime
    method: str
    path: str
    query: Mapping[str, str]
    body: object = attrs.field(repr=False)
    operation_id: str | None
    status: int | None = None
    violations: tuple[str, ...] = ()
    fault: str | None = None


class RequestLog(Sequence[RequestRecord]):
    """The requests of a sandbox, oldest first; reads like a list."""

    def __init__(self) -> None:
        self._records: list[RequestRecord] = []
        self._cleared_count = 0

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[RequestRecord]:
        return iter(tuple(self._records))

    @overload
    def __getitem__(self, index: int) -> RequestRecord: ...
    @overload
    def __getitem__(self, index: slice) -> list[RequestRecord]: ...
    def __getitem__(self, index: int | slice) -> RequestRecord | list[RequestRecord]:
        return self._records[index]

    def of(self, operation_id: str) -> list[RequestRecord]:
        """The requests to one operation, oldest first."""
        return [record for record in self if record.operation_id == operation_id]

    def add(self, record: RequestRecord) -> int:
        """Keep a record and give the number under which it can be replaced."""
        self._records.append(record)
        return self._cleared_count + len(self._records) - 1

    def replace(self, number: int, record: RequestRecord) -> None:
        """Put the answered form of a record in its place, unless it was forgotten meanwhile."""
        index = number - self._cleared_count
        if index >= 0:
            self._records[index] = record

    def clear(self) -> None:
        """Drop everything seen so far."""
        self._cleared_count += len(self._records)
        self._records.clear()

    def __repr__(self) -> str:
        return f"<RequestLog of {len(self)} requests>"
