"""The journal of a bulk call: what was about to be sent is on disk before it is sent.

An import that was killed goes on where it was when the same call is made again with the same
journal: rows that are done are not sent again, rows in doubt are looked up first. Without a path
the journal is a private temporary database that vanishes with the call.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import defaultdict
from collections.abc import Collection, Generator, Iterable, Mapping
from contextlib import contextmanager
from os import PathLike, fspath
from typing import Any

from anyio import CancelScope, to_thread
from attrs import frozen

from ..errors import ConfigurationError
from .matching import Digest, Fingerprint
from .results import Status

_TABLES = """
create table about (name text primary key, value text not null);
create table row (
    number integer primary key,
    digest blob not null,
    key blob not null,
    status text,              -- null while its fate is open
    id text,
    error text,               -- class and words of the error, for a row that is not done
    sent real not null,       -- server time, seconds since the epoch
    answered real
);
create table path (name text primary key);  -- of fields that some record had
create index row_by_digest on row (digest);
create index row_by_key on row (key);
"""


_TABLE_NAMES = "select name from sqlite_master where type = 'table'"


# Values in a query; SQLite may be built to allow no more than 999.
MAX_SQL_VARIABLES = 900


@frozen
class JournalRow:
    """What the journal holds of one row of the input.

    Attributes:
        status: None while the row's fate is open: it was sent, and no answer is noted.
        sent: When it was sent, in server time.
        error: Class name and words of the error, for a row that is not done.
    """

    fingerprint: Fingerprint
    status: Status | None
    id: str | None
    error: tuple[str, str] | None
    sent: float


@frozen
class RowResult:
    """What became of a row, to be noted."""

    number: int
    status: Status
    id: str | None = None
    error: tuple[str, str] | None = None


@frozen
class CompletedRow:
    """A row that is done: when its request was sent and answered, and its id where known."""

    number: int
    id: str | None
    sent: float
    answered: float


class Journal:
    """One journal, open for one bulk call.

    Args:
        path: The file, made when it is not there; None for a private temporary one.
        about: What the call is: a journal of another call is refused.

    Raises:
        ConfigurationError: when the file is no journal, of another call, or in use.
    """

    def __init__(self, path: str | PathLike[str] | None, about: Mapping[str, str]) -> None:
        self._path = fspath(path) if path is not None else ""
        self.field_paths: frozenset[str] = frozenset()
        # Writes to a file are made in threads, so as not to hold up the event loop.
        self._lock = threading.Lock()
        with self._translate_errors():
            self._db = sqlite3.connect(self._path, timeout=0, check_same_thread=False)
        try:
            with self._translate_errors():
                self._open(about)
        except BaseException:
            self._db.close()
            raise

    def _open(self, about: Mapping[str, str]) -> None:
        # One user at a time, for as long as the call lasts; the lock dies with its holder.
        self._db.execute("pragma locking_mode = exclusive")
        tables = {name for (name,) in self._db.execute(_TABLE_NAMES)}
        if tables and tables != {"about", "row", "path"}:
            raise ConfigurationError(f"{self._path} is not a journal, but another database")
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = full")
        self._db.execute("begin exclusive")
        if not tables:
            for statement in _TABLES.split(";"):
                self._db.execute(statement)
            self._db.executemany("insert into about values (?, ?)", about.items())
        known: dict[str, str] = dict(self._db.execute("select name, value from about"))
        self.field_paths = frozenset(name for (name,) in self._db.execute("select name from path"))
        self._db.commit()
        for name, value in about.items():
            if known.get(name) != value:
                raise ConfigurationError(
                    f"journal {self._path} belongs to another import: its {name} is "
                    f"{known.get(name)!r}, not {value!r}; give this one a journal of its own"
                )

    def load_rows(self, numbers: Collection[int]) -> dict[int, JournalRow]:
        """What is noted of some rows, by number."""
        found = self._select(
            "select number, digest, key, status, id, error, sent from row where number in", numbers
        )
        return {
            number: JournalRow(Fingerprint(digest, key), status, id_, _decode_error(error), sent)
            for number, digest, key, status, id_, error, sent in found
        }

    async def record_sending(
        self, fingerprints: Mapping[int, Fingerprint], sent: float, paths: Collection[str] = ()
    ) -> None:
        """Note that rows are about to be sent; on disk when this returns.

        Args:
            paths: Fields that some record has had so far. Rows of the server are compared by
                them, and a later run may do so before it has read as much of the input.
        """
        fresh = frozenset(paths) - self.field_paths
        if fresh:
            await self._write("insert or ignore into path values (?)", [(name,) for name in fresh])
            self.field_paths |= fresh
        rows: list[tuple[object, ...]] = [
            (number, mark.digest, mark.key, sent) for number, mark in fingerprints.items()
        ]
        await self._write(
            "insert into row (number, digest, key, sent) values (?, ?, ?, ?) "
            "on conflict (number) do update set sent = excluded.sent, status = null",
            rows,
        )

    async def record_results(self, results: Iterable[RowResult], answered: float) -> None:
        """Note what became of rows; on disk when this returns."""
        rows: list[tuple[object, ...]] = [
            (fate.status, fate.id, _encode_error(fate.error), answered, fate.number)
            for fate in results
        ]
        await self._write(
            "update row set status = ?, id = ?, error = ?, answered = ? where number = ?", rows
        )

    async def record_ids(self, ids: Mapping[int, str]) -> None:
        """Note the ids of rows that are done."""
        rows: list[tuple[object, ...]] = [(id_, number) for number, id_ in ids.items()]
        await self._write("update row set id = ? where number = ?", rows)

    async def delete(self, numbers: Iterable[int]) -> None:
        """Note that rows were not sent after all, or are known not to be there."""
        rows: list[tuple[object, ...]] = [(number,) for number in numbers]
        await self._write("delete from row where number = ?", rows)

    def completed_with(self, digests: Collection[Digest]) -> dict[Digest, list[CompletedRow]]:
        """The rows that are done and have one of these contents."""
        found: defaultdict[Digest, list[CompletedRow]] = defaultdict(list)
        for digest, *facts in self._select(
            "select digest, number, id, sent, answered from row "
            "where status = 'done' and digest in",
            digests,
        ):
            found[digest].append(CompletedRow(*facts))
        return found

    def digests_with_key(self, keys: Collection[Digest]) -> set[Digest]:
        """The contents of all rows that were sent and have one of these keys."""
        return {digest for (digest,) in self._select("select digest from row where key in", keys)}

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _select(self, query: str, values: Collection[object]) -> list[tuple[Any, ...]]:
        asked, found = list(values), list[tuple[Any, ...]]()
        with self._lock:
            for start in range(0, len(asked), MAX_SQL_VARIABLES):
                some = asked[start : start + MAX_SQL_VARIABLES]
                places = ", ".join("?" * len(some))
                found += self._db.execute(f"{query} ({places})", some)
        return found

    async def _write(self, statement: str, rows: list[tuple[object, ...]]) -> None:
        def write() -> None:
            with self._lock, self._translate_errors(), self._db:
                self._db.executemany(statement, rows)

        if self._path:
            # What was answered is noted, though the caller is being cancelled.
            with CancelScope(shield=True):
                await to_thread.run_sync(write)
        else:
            write()

    @contextmanager
    def _translate_errors(self) -> Generator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            busy = "locked" in str(error)
            why = "another process is using it" if busy else str(error)
            raise ConfigurationError(f"journal {self._path}: {why}") from None
        except sqlite3.DatabaseError as error:
            raise ConfigurationError(f"journal {self._path} is not a journal: {error}") from None


def _encode_error(error: tuple[str, str] | None) -> str | None:
    return None if error is None else "\n".join(error)


def _decode_error(spelled: str | None) -> tuple[str, str] | None:
    if spelled is None:
        return None
    name, _, words = spelled.partition("\n")
    return name, words
