"""What a journal is kept in: one file of its own, with one user at a time."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from autoleap import ConfigurationError
from autoleap._bulk.journal import Journal, RowResult
from autoleap._bulk.matching import Fingerprint

ABOUT = {"company": "98392", "operation": "CustomerCreateItem"}
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
        Journal(path, ABOUT)
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
            Journal(path, ABOUT)
        holder.kill()
    Journal(path, ABOUT).close()


def test_more_rows_are_asked_for_at_once_than_a_query_may_name(tmp_path: Path) -> None:
    marks = {number: Fingerprint(b"%d" % number, b"key") for number in range(40_000)}
    journal = Journal(tmp_path / "import.sqlite", ABOUT)

    async def write() -> None:
        await journal.record_sending(marks, 1.0)
        await journal.record_results([RowResult(number, "done") for number in marks], 2.0)

    try:
        journal._db.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 999)
        anyio.run(write)
        assert journal.load_rows(marks).keys() == marks.keys()
        assert len(journal.completed_with({one.digest for one in marks.values()})) == len(marks)
    finally:
        journal.close()
