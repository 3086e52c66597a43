"""What a journal is kept in: one file of its own, with one user at a time."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from autoleap import ConfigurationError, Outcome
from autoleap._bulk.journal import Journal
from autoleap._bulk.matching import Fingerprint

IDENTITY = {"company": "98392", "operation": "CustomerCreateItem"}
HOLDER = """
import sys
from autoleap._bulk.journal import Journal
journal = Journal(sys.argv[1], {"company": "98392", "operation": "CustomerCreateItem"})
print("open", flush=True)
sys.stdin.read()
"""


def test_another_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite"
    base = sqlite3.connect(path)
    base.execute("create table customer (name text)")
    base.commit()
    base.close()
    before = path.read_bytes()
    with pytest.raises(ConfigurationError, match=r"shop\.sqlite is not a journal"):
        Journal(path, IDENTITY)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["shop.sqlite"]


def test_a_journal_that_another_process_has_open_is_refused_until_that_is_killed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "import.sqlite"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(ConfigurationError, match=r"import\.sqlite: another process is using"):
            Journal(path, IDENTITY)
        holder.kill()
    Journal(path, IDENTITY).close()


def test_more_rows_are_asked_for_at_once_than_a_query_may_name(tmp_path: Path) -> None:
    fingerprints = {
        index: Fingerprint(f"{index}", "key", {"vin": f"{index}"}) for index in range(40_000)
    }
    journal = Journal(tmp_path / "import.sqlite", IDENTITY)

    async def write() -> None:
        records = [(index, item, "content") for index, item in fingerprints.items()]
        await journal.record_sending(records, 1.0)
        outcomes = [Outcome(index=index, record={}, status="done") for index in fingerprints]
        await journal.record_outcomes(outcomes, 2.0)

    try:
        journal._db.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 999)
        anyio.run(write)
        assert journal.load_rows(fingerprints).keys() == fingerprints.keys()
        digests = {fingerprint.digest for fingerprint in fingerprints.values()}
        completed = {row.index: row.fingerprint for row in journal.find_completed(digests)}
        assert completed == fingerprints
    finally:
        journal.close()
