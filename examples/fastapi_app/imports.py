"""Bulk imports: a file comes in, and how far its import is goes out as server-sent events.

Every import has a name, and a journal under it. Whoever was cut off sends the file again under the
same name: the import goes on where it was, and nothing is created twice. So do rows that failed,
once they are mended in their places. Journals stay, one for each name, until somebody deletes them.
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
from fastapi.sse import EventSourceResponse, ServerSentEvent

from autoleap import AutoLeapError, ConfigurationError, Outcome

from ..shop_export import Record, customer_record
from .customers import Shop
from .problems import Problem, problem_of
from .stop import Stop

LARGEST = 500_000_000  # bytes of an upload
STEP = 100  # records between two events that tell of progress
NAME_TAKEN = Problem(409, "NameTaken", "an import of this name runs now, or was of another file")
STOPPED = Problem(503, "Stopped", "the server is told to stop: send the file again, by this name")

router = APIRouter(prefix="/companies/{company_id}/customers/imports")


def records_in(lines: TextIO) -> Iterator[Record]:
    """Records out of an export like `examples/data/customers.csv`.

    Raises:
        KeyError: naming a column that the header lacks.
    """
    rows = filter(None, csv.reader(lines))
    header = next(rows, list[str]())
    customer_record(dict.fromkeys(header, ""))
    return (record_of(header, row) for row in rows)


def record_of(header: list[str], row: list[str]) -> Record:
    """One row as a record."""
    if len(row) != len(header):
        return cast("Record", row)  # as it stands: the SDK refuses it alone, by its number
    return customer_record(dict(zip(header, map(str.strip, row), strict=True)))


async def received(request: Request) -> AsyncGenerator[Iterator[Record]]:
    """The records in the body of a request, which is on disk for as long as the request lasts."""
    with io.TextIOWrapper(tempfile.TemporaryFile(), "utf-8-sig", newline="") as file:
        async for chunk in request.stream():
            if file.buffer.tell() + len(chunk) > LARGEST:
                raise HTTPException(413, f"more than {LARGEST} bytes")
            file.buffer.write(chunk)
        file.seek(0)
        try:
            records = records_in(file)
        except (KeyError, UnicodeError, csv.Error) as error:
            raise HTTPException(422, f"the header cannot be used: {error}") from None
        yield records


async def started(
    request: Request,
    shop: Shop,
    name: Annotated[str, Path(pattern=r"^[\w-]{1,64}$")],
    records: Annotated[Iterator[Record], Depends(received)],
) -> AsyncGenerator[AsyncGenerator[Outcome]]:
    """The import of a file. It ends with the request, however that comes about."""
    journal = request.state.settings.folder / f"{quote(shop.id, safe='')}-{name}.sqlite"
    async with aclosing(shop.customers.create_each(records, journal=journal)) as outcomes:
        yield outcomes


@router.put("/{name}", response_class=EventSourceResponse)
async def import_customers(
    request: Request,
    outcomes: Annotated[AsyncGenerator[Outcome], Depends(started)],
) -> AsyncGenerator[ServerSentEvent]:
    """Create customers from a file: `progress`, a `row` for each that was not created, `end`.

    Rows are counted from 0, without the header. An import that cannot go on says so with an
    `error` before its `end`.
    """
    stop: Stop = request.state.stop
    counts = Counter(done=0, failed=0, unknown=0)
    try:
        while outcome := await stop.unless_told(partial(anext, outcomes, None)):
            counts[outcome.status] += 1
            if outcome.error is not None:
                why = problem_of(outcome.error).body()
                told = {"row": outcome.index, "outcome": outcome.status, **why}
                yield ServerSentEvent(event="row", data=told)
            if counts.total() % STEP == 0:
                yield ServerSentEvent(event="progress", data=counts)
        if stop.told:
            yield ServerSentEvent(event="error", data=STOPPED.body())
    except ConfigurationError:
        yield ServerSentEvent(event="error", data=NAME_TAKEN.body())
    except (AutoLeapError, UnicodeError, csv.Error) as error:
        yield ServerSentEvent(event="error", data=problem_of(error).body())
    yield ServerSentEvent(event="end", data=counts)
