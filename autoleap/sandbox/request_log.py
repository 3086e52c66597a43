"""The log of all requests, in order of arrival."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import overload

import attrs


@attrs.frozen(kw_only=True)
class RequestRecord:
    """One request as the sandbox received it.

    Attributes:
        at: Time at which the request was complete, in seconds of the sandbox's clock.
        time: The same time in UTC.
        method: "GET", "POST", ...
        path: The decoded path without the prefix `/v2`.
        query: Parameters by name. If a name is repeated, its last value.
        body: The parsed JSON. None if the body is empty or cannot be parsed.
        operation_id: The operation. None if the contract has no such operation.
        status: The status of the response. None before the response, and None for ever if the
            connection was closed without one.
        violations: The violations of the contract, as text.
        fault: The kind of the fault that was applied, or None.
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
    """The requests of a sandbox as a read-only sequence, oldest first."""

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
        """Return the requests to one operation, oldest first."""
        return [record for record in self if record.operation_id == operation_id]

    def add(self, record: RequestRecord) -> int:
        """Append a record; return its number for `replace`."""
        self._records.append(record)
        return self._cleared_count + len(self._records) - 1

    def replace(self, number: int, record: RequestRecord) -> None:
        """Replace a record, unless it was removed in the meantime."""
        index = number - self._cleared_count
        if index >= 0:
            self._records[index] = record

    def clear(self) -> None:
        """Remove all records."""
        self._cleared_count += len(self._records)
        self._records.clear()

    def __repr__(self) -> str:
        return f"<RequestLog of {len(self)} requests>"
