"""The web app under other servers: gunicorn, and uvicorn that reloads the code."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from autoleap.sandbox import Fault, Sandbox
from benchmarks.web_app import find_in_log
from tests.helpers.fastapi_app import Event, app_beside, csv_file, events, eventually, row
from tests.helpers.waiting import HANG

APP = "examples.fastapi_app:app"
GUNICORN = ("gunicorn", "-k", "uvicorn_worker.UvicornWorker", "-b", "127.0.0.1:0", APP)


def send(url: str, name: str) -> list[Event]:
    """Import a file, and return all events of the import."""
    file = csv_file(row(f"P{line}", name) for line in range(300))
    with httpx.stream("PUT", f"{url}/imports/{name}", content=file, timeout=HANG) as answer:
        return list(events(answer))


def hang_up(url: str, name: str) -> None:
    """Send a file of bad rows, and hang up while their events come."""
    file = csv_file(row(f"P{line}", name, kind="martian") for line in range(5000))
    with httpx.stream("PUT", f"{url}/imports/{name}", content=file, timeout=HANG) as answer:
        next(events(answer))


def test_gunicorn_serves_shares_the_session_and_stops(tmp_path: Path) -> None:
    with (
        Sandbox(limits=None) as sandbox,
        app_beside(sandbox, tmp_path, workers=2, server=GUNICORN) as app,
        ThreadPoolExecutor() as threads,
    ):
        url = f"{app.url}/companies/{sandbox.company_id}/customers"
        assert [httpx.get(url).status_code for _ in range(10)] == [200] * 10
        assert send(url, "whole")[-1] == ("end", {"done": 300, "failed": 0, "unknown": 0})
        for number in range(4):
            hang_up(url, f"hangs-up-{number}")
        sandbox.set_faults(Fault("hang-before", operation="createCustomers", seconds=HANG))
        stopped = threads.submit(send, url, "stopped")
        eventually(lambda: sandbox.counts.faults > 0)
        assert app.stop() == 0
        assert [kind for kind, _ in stopped.result()] == ["error", "end"]
        assert len(app.workers) == 2
        assert app.list_leftovers() == []
        assert sandbox.counts.logins == 1


def test_a_reload_ends_the_streams_and_the_new_code_goes_on(tmp_path: Path) -> None:
    code = tmp_path / "code" / "watched.py"
    code.parent.mkdir()
    code.touch()
    reload = ("uvicorn", "--reload", "--reload-dir", str(code.parent), "--port", "0", APP)
    with (
        Sandbox(limits=None) as sandbox,
        app_beside(sandbox, tmp_path, workers=1, server=reload) as app,
        ThreadPoolExecutor() as threads,
    ):
        url = f"{app.url}/companies/{sandbox.company_id}/customers"
        sandbox.set_faults(Fault("hang-before", operation="createCustomers", seconds=HANG))
        stopped = threads.submit(send, url, "resumed")
        eventually(lambda: sandbox.counts.faults > 0)
        os.utime(code, (time.time() + 10, time.time() + 10))
        assert [kind for kind, _ in stopped.result()] == ["error", "end"]
        sandbox.set_faults()
        eventually(lambda: len(find_in_log(app.log, "Application startup complete")) == 2)
        assert send(url, "resumed")[-1] == ("end", {"done": 300, "failed": 0, "unknown": 0})
        app.stop()
        assert app.list_leftovers() == []
        assert sandbox.counts.logins == 1
