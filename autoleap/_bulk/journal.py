"""SQLite write-ahead record of a bulk call.

A record is written to the journal before it is sent, and its result when the response arrives. If
the process ends early, the same call with the same journal continues: records with a result are not
sent again, and records without a result are looked up first. Without a path the journal is a
temporary database that SQLite deletes when the call ends.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike, fspath
from typing import Any

from anyio import CancelScope, to_thread

from ..errors import ConfigurationError
from .journal_row import COLUMNS, Audit, Baseline, JournalRow, encode_error, make_row
from .journal_tables import (
    CREATE_TABLES,
    SELECT_TABLES,
    TABLES,
    UPDATE_FOUND,
    UPDATE_OUTCOME,
    UPSERT_SENT_ROW,
)
from .matching import Digest, Fingerprint
from .results import Outcome

# SQLite can be built with a limit of 999 variables per query.
MAX_SQL_VARIABLES = 900


class Journal:
    """The open journal of one bulk call.

    Args:
        path: Path of the file, which is created if it does not exist; None for a temporary one.
        identity: Names and values that identify the call.

    Raises:
        ConfigurationError: if the file is not a journal, belongs to another call, or is in use.
    """

    def __init__(self, path: str | PathLike[str] | None, identity: Mapping[str, str]) -> None:
        self.path = fspath(path) if path is not None else ""
        self.field_paths: frozenset[str] = frozenset()
        # Worker threads write to a file, because a write would block the event loop.
        self._lock = threading.Lock()
        self._identities: sqlite3.Connection | None = None
        # Each batch asks for it, and with `on_existing` it can hold all ids of a company.
        self._baseline: Baseline | None = None
        with self._translate_errors():
            self._db = sqlite3.connect(self.path, timeout=0, check_same_thread=False)
        try:
            with self._translate_errors():
                self._open(identity)
                self._check_identity(identity)
        except BaseException:
            self._db.close()
            raise

    def _open(self, identity: Mapping[str, str]) -> None:
        """Lock the file for this process and create the tables in a new file."""
        # The operating system releases the lock if the process is killed.
        self._db.execute("pragma locking_mode = exclusive")
        tables = {name for (name,) in self._db.execute(SELECT_TABLES)}
        if tables and tables != TABLES:
            raise ConfigurationError(
                f"{self.path} is not a journal but another database; give the path of a new file"
            )
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = full")
        self._db.execute("begin exclusive")
        if not tables:
            for statement in CREATE_TABLES.split(";"):
                self._db.execute(statement)
            self._db.executemany("insert into call values (?, ?)", identity.items())
        names = self._db.execute("select name from field_path")
        self.field_paths = frozenset(name for (name,) in names)
        self._db.commit()

    def _check_identity(self, identity: Mapping[str, str]) -> None:
        stored: dict[str, str] = dict(self._db.execute("select name, value from call"))
        for name, value in identity.items():
            if stored.get(name) != value:
                raise ConfigurationError(
                    f"journal {self.path} belongs to another call: its {name} is "
                    f"{stored.get(name)!r}, not {value!r}; use a new journal for this call"
                )

    def load_rows(self, indexes: Collection[int]) -> dict[int, JournalRow]:
        """Return the rows of records, by index; a record that was never sent has none."""
        rows = self._select(f"select {COLUMNS} from row where row_index in", indexes)  # noqa: S608
        return {row.index: row for row in map(make_row, rows)}

    def find_completed(self, digests: Collection[Digest]) -> list[JournalRow]:
        """Return the records with the status "done" and one of these digests."""
        query = f"select {COLUMNS} from row where status = 'done' and digest in"  # noqa: S608
        return [make_row(row) for row in self._select(query, digests)]

    def find_completed_with_keys(self, keys: Collection[Digest]) -> list[JournalRow]:
        """Return the records with the status "done" and one of these keys."""
        query = f"select {COLUMNS} from row where status = 'done' and key in"  # noqa: S608
        return [make_row(row) for row in self._select(query, keys)]

    def find_completed_since(self, time: float) -> list[JournalRow]:
        """Return the records with the status "done" that were completed since a time."""
        query = f"select {COLUMNS} from row where status = 'done' and completed_at >= ?"  # noqa: S608
        with self._lock:
            return [make_row(row) for row in self._db.execute(query, (time,))]

    def find_open(self) -> list[JournalRow]:
        """Return the records that were sent and have no result yet."""
        with self._lock:
            query = f"select {COLUMNS} from row where status is null"  # noqa: S608
            return [make_row(row) for row in self._db.execute(query)]

    def count_completed_since(self, time: float) -> int:
        """Return the number of records with the status "done" that were completed since a time."""
        query = "select count(*) from row where status = 'done' and completed_at >= ?"
        with self._lock:
            (count,) = self._db.execute(query, (time,)).fetchone()
        return int(count)

    def find_unknown(self) -> list[JournalRow]:
        """Return the records with the status "unknown"."""
        with self._lock:
            query = f"select {COLUMNS} from row where status = 'unknown'"  # noqa: S608
            return [make_row(row) for row in self._db.execute(query)]

    def count_done(self) -> int:
        """Return the number of records with the status "done"."""
        with self._lock:
            (count,) = self._db.execute("select count(*) from row where status = 'done'").fetchone()
        return int(count)

    def load_baseline(self) -> Baseline | None:
        """Return the rows from before the call, or None if they were not read yet."""
        if self._baseline is None:
            self._baseline = self._read_baseline()
        return self._baseline

    def _read_baseline(self) -> Baseline | None:
        with self._lock:
            state: dict[str, float] = dict(self._db.execute("select name, value from state"))
            ids = [id_ for (id_,) in self._db.execute("select id from baseline")]
        if "started_at" not in state:
            return None
        return Baseline(
            frozenset(ids), state["window_start"], state["started_at"], bool(state["complete"])
        )

    def claim_identity(self, digest: Digest, index: int) -> int:
        """Return the index of the first record with this identity; it is this one if it is new."""
        if self._identities is None:
            # A temporary database: a later run reads the same input from its start.
            self._identities = sqlite3.connect("")
            self._identities.execute("create table seen (digest text primary key, first integer)")
        self._identities.execute("insert or ignore into seen values (?, ?)", (digest, index))
        query = "select first from seen where digest = ?"
        (first,) = self._identities.execute(query, (digest,)).fetchone()
        return int(first)

    def find_existing(self, digests: Collection[Digest]) -> dict[Digest, list[str]]:
        """Return the ids of the rows from before the call, by what identifies them."""
        ids: dict[Digest, list[str]] = {}
        query = "select digest, id from baseline where digest in"
        for digest, id_ in sorted(self._select(query, digests)):
            ids.setdefault(digest, []).append(id_)
        return ids

    async def record_baseline(self, baseline: Baseline) -> None:
        """Write the rows from before the call to the disk."""
        rows = [(id_, baseline.digests.get(id_)) for id_ in baseline.ids]
        await self._write("insert or replace into baseline values (?, ?)", rows)
        state = {
            "window_start": baseline.window_start,
            "started_at": baseline.started_at,
            "complete": float(baseline.complete),
        }
        await self._write("insert or replace into state values (?, ?)", list(state.items()))

    async def record_sending(
        self,
        records: Sequence[tuple[int, Fingerprint, Digest]],
        sent_at: float,
        field_paths: Collection[str] = (),
    ) -> None:
        """Write records to the disk that are about to be sent.

        Args:
            records: Index, fingerprint and hash of the whole content of each record.
            sent_at: Time of the request, in seconds of the call's clock.
            field_paths: Paths of all fields of the records read so far. Rows of the server are
                compared by them. A later run can need them before it has read as many records.
        """
        await self._record_field_paths(field_paths)
        rows = [
            (index, item.digest, item.key, json.dumps(item.fields), content, sent_at)
            for index, item, content in records
        ]
        await self._write(UPSERT_SENT_ROW, rows)

    async def record_absent(self, indexes: Collection[int]) -> None:
        """Write to the disk that all requests so far with these records are proven absent."""
        rows = [(index,) for index in indexes]
        await self._write("update row set doubtful_since = null where row_index = ?", rows)

    async def record_audit(self, indexes: Collection[int], audit: Audit) -> None:
        """Write to the disk whether an audit must check records, or what it has shown."""
        rows = [(audit, index) for index in indexes]
        await self._write("update row set audit = ? where row_index = ?", rows)

    async def _record_field_paths(self, field_paths: Collection[str]) -> None:
        new_paths = frozenset(field_paths) - self.field_paths
        if new_paths:
            rows = [(path,) for path in new_paths]
            await self._write("insert or ignore into field_path values (?)", rows)
            self.field_paths |= new_paths

    async def record_outcomes(self, outcomes: Iterable[Outcome], completed_at: float) -> None:
        """Write outcomes to the disk.

        Args:
            outcomes: Outcomes of records that were sent.
            completed_at: Time of the result, in seconds of the call's clock.
        """
        rows = [
            (item.status, item.id, encode_error(item.error), completed_at, item.index)
            for item in outcomes
        ]
        await self._write(UPDATE_OUTCOME, rows)

    async def record_found(self, ids: Mapping[int, str], found_at: float) -> None:
        """Write to the disk that records are done, because their rows exist on the server.

        Args:
            ids: Ids of the rows, by index of the record.
            found_at: Time of the result, in seconds of the call's clock.
        """
        await self._write(UPDATE_FOUND, [(id_, found_at, index) for index, id_ in ids.items()])

    async def delete_rows(self, indexes: Iterable[int]) -> None:
        """Delete records that are surely not stored, so that a later run sends them again."""
        await self._write("delete from row where row_index = ?", [(index,) for index in indexes])

    def close(self) -> None:
        """Close the file and release its lock."""
        self._db.close()
        if self._identities is not None:
            self._identities.close()

    def _select(self, query: str, values: Collection[object]) -> list[tuple[Any, ...]]:
        """Run a query that ends with `in`, with as many variables at a time as SQLite allows."""
        variables, rows = list(values), list[tuple[Any, ...]]()
        with self._lock:
            for start in range(0, len(variables), MAX_SQL_VARIABLES):
                part = variables[start : start + MAX_SQL_VARIABLES]
                placeholders = ", ".join("?" * len(part))
                rows += self._db.execute(f"{query} ({placeholders})", part)
        return rows

    async def _write(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        def write() -> None:
            with self._lock, self._translate_errors(), self._db:
                self._db.executemany(statement, rows)

        if self.path:
            # A result that has arrived is written even if the caller is cancelled.
            with CancelScope(shield=True):
                await to_thread.run_sync(write)
        else:
            write()

    @contextmanager
    def _translate_errors(self) -> Generator[None]:
        """Raise errors of SQLite as ConfigurationError with the path and a remedy."""
        try:
            yield
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise ConfigurationError(
                    f"journal {self.path}: another process is using it; wait for its end or use "
                    "another journal"
                ) from None
            raise ConfigurationError(
                f"journal {self.path}: {error}; check the path, its permissions and the disk space"
            ) from None
        except sqlite3.DatabaseError as error:
            raise ConfigurationError(
                f"{self.path} is not a journal: {error}; give the path of a new file"
            ) from None
