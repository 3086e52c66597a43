"""The web app stops while imports run: its clients get an error, and nothing is left behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from autoleap.sandbox import Fault, Sandbox
from tests.helpers.fastapi_app import Event, app_beside, csv_file, events, eventually, row
from tests.helpers.waiting import HANG

STREAMS = 6


def send(url: str, number: int) -> list[Event]:
    """Import a file, and return all events of the import."""
    file = csv_file(row(f"P{number}-{line}", "Stops") for line in range(1000))
    with httpx.stream("PUT", f"{url}/stops-{number}", content=file, timeout=HANG) as answer:
        return list(events(answer))


def test_a_stop_ends_all_streams_and_leaves_nothing_running(tmp_path: Path) -> None:
    hang = Fault("hang-before", operation="createCustomers", after=STREAMS, seconds=HANG)
    with (
        Sandbox(limits=None, faults=[hang]) as sandbox,
        app_beside(sandbox, tmp_path, workers=2) as app,
        ThreadPoolExecutor(STREAMS) as threads,
    ):
        url = f"{app.url}/companies/{sandbox.company_id}/customers/imports"
        sent = [threads.submit(send, url, number) for number in range(STREAMS)]
        eventually(lambda: sandbox.counts.faults >= STREAMS)
        assert app.stop() == 0
        for events in (stream.result() for stream in sent):
            assert [kind for kind, _ in events if kind != "progress"] == ["error", "end"]
            assert events[-2][1]["title"] == "Stopped"
        assert len(app.workers) == 2
        assert app.list_leftovers() == []
        assert len(list(app.folder.glob("*.sqlite"))) == STREAMS
        assert sandbox.counts.logins == 1
