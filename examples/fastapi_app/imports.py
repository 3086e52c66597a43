"""Route for bulk imports: the request is a file, the response is a stream of progress events.

Every import has a name and a journal of this name. If the connection breaks, send the same file
again with the same name. The import continues, and creates nothing twice. To send rows again that
failed, correct them at their places in the file. The app never deletes a journal.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from functools import partial
from typing import Annotated, TextIO, cast
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Path, Request

from autoleap import AutoLeapError, ConfigurationError, Outcome

from ..shop_export import Record, make_customer_record
from .customers import get_client
from .event_stream import EventStream, format_event
from .problems import Problem, make_problem
from .shutdown import Shutdown

MAX_UPLOAD_SIZE = 500_000_000  # bytes
PROGRESS_INTERVAL = 100  # records between two progress events
NAME_TAKEN = Problem(
    409,
    "NameTaken",
    "an import with this name is running, or its file was another one; use another name",
)
STOPPED = Problem(
    503, "Stopped", "the server is shutting down; send the file again with the same name"
)

router = APIRouter(prefix="/companies/{company_id}/customers/imports")


def read_records(lines: TextIO) -> Iterator[Record]:
    """Return an iterator over the records of a file like `examples/data/customers.csv`.

    Raises:
        KeyError: if the header has no column of this name.
    """
    rows = filter(None, csv.reader(lines))
    header = next(rows, list[str]())
    make_customer_record(dict.fromkeys(header, ""))
    return (make_record(header, row) for row in rows)


def make_record(header: list[str], row: list[str]) -> Record:
    """Convert a row to a record."""
    if len(row) != len(header):
        return cast("Record", row)  # the SDK refuses this row and names its number
    return make_customer_record(dict(zip(header, map(str.strip, row), strict=True)))


async def receive_records(request: Request) -> AsyncGenerator[Iterator[Record]]:
    """Write the request body to a temporary file and yield its records."""
    with io.TextIOWrapper(tempfile.TemporaryFile(), "utf-8-sig", newline="") as file:
        async for chunk in request.stream():
            if file.buffer.tell() + len(chunk) > MAX_UPLOAD_SIZE:
                raise HTTPException(
                    413, f"the file is larger than {MAX_UPLOAD_SIZE} bytes; split it"
                )
            file.buffer.write(chunk)
        file.seek(0)
        try:
            records = read_records(file)
        except (KeyError, UnicodeError, csv.Error) as error:
            raise HTTPException(422, f"the header of the file is not valid: {error}") from None
        yield records


async def start_import(
    request: Request,
    company_id: str,
    name: Annotated[str, Path(pattern=r"^[\w-]{1,64}$")],
    records: Annotated[Iterator[Record], Depends(receive_records)],
) -> AsyncGenerator[AsyncGenerator[Outcome]]:
    """Start an import and yield its outcomes. It ends when the request ends.

    Bulk calls have low priority by default, so the other routes overtake it.
    """
    customers = get_client(request).company(company_id).customers
    journal = request.state.settings.folder / f"{quote(company_id, safe='')}-{name}.sqlite"
    async with aclosing(customers.create_each(records, journal=journal)) as outcomes:
        yield outcomes


@router.put("/{name}", response_class=EventStream)
async def import_customers(
    request: Request,
    outcomes: Annotated[AsyncGenerator[Outcome], Depends(start_import)],
) -> EventStream:
    """Create customers from a file.

    The events are `progress`, `row` for each row that was not created, and `end`. Rows are counted
    from 0, without the header. If the import stops early, an `error` comes before the `end`.
    """
    return EventStream(make_events(outcomes, request.state.shutdown))


async def make_events(
    outcomes: AsyncGenerator[Outcome], shutdown: Shutdown
) -> AsyncGenerator[bytes]:
    """Yield the events of an import."""
    counts = Counter(done=0, failed=0, unknown=0)
    try:
        while outcome := await shutdown.run_step(partial(anext, outcomes, None)):
            counts[outcome.status] += 1
            if outcome.error is not None:
                problem = make_problem(outcome.error).to_json()
                data = {"row": outcome.index, "outcome": outcome.status, **problem}
                yield format_event("row", data)
            if counts.total() % PROGRESS_INTERVAL == 0:
                yield format_event("progress", counts)
        if shutdown.requested:
            yield format_event("error", STOPPED.to_json())
    except ConfigurationError:
        yield format_event("error", NAME_TAKEN.to_json())
    except (AutoLeapError, UnicodeError, csv.Error) as error:
        yield format_event("error", make_problem(error).to_json())
    yield format_event("end", counts)
