"""Run the example web app in processes of its own, stop it, and look for leftovers."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from attrs import frozen

ROOT = Path(__file__).parents[1]
# Seconds for the app to start, and to stop, also on a busy machine.
TIMEOUT = 60
# Log lines about tasks without a waiting caller, open sockets, and failed responses.
PROBLEM_LINES = (
    r"(?m)^(?:ERROR|Traceback|.*(?:\[ERROR\]|Warning:|was destroyed|never retrieved|unclosed)).*$"
)


@frozen
class WebApp:
    """A running app.

    Attributes:
        url: Address of the app.
        log: The file with its output.
        folder: The folder of its session and its journals.
    """

    url: str
    log: Path
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def workers(self) -> list[int]:
        """Process ids of its workers."""
        return [
            int(number) for number in find_in_log(self.log, r"Started server process \[(\d+)\]")
        ]

    def stop(self) -> int:
        """Send SIGTERM, as a service manager does, and return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(TIMEOUT)

    def list_leftovers(self) -> list[str]:
        """Return what a stopped app must not leave: processes, open files, error lines."""
        left = [f"process {worker} runs" for worker in self.workers if is_running(worker)]
        where = urlsplit(self.url)
        with socket.socket() as probe:
            if probe.connect_ex((str(where.hostname), where.port or 0)) == 0:
                left.append(f"{self.url} still responds")
        # SQLite removes the write-ahead log of a database that is closed correctly.
        left += [f"{path.name} is open" for path in self.folder.glob("*.sqlite-wal")]
        return left + [f"the log has: {line}" for line in find_in_log(self.log, PROBLEM_LINES)]


def find_in_log(log: Path, pattern: str) -> list[str]:
    """Return all matches of a regular expression in a log."""
    return re.findall(pattern, log.read_text("utf-8"))


def is_running(process: int) -> bool:
    """Return whether a process exists."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def run_app(
    folder: Path,
    environment: Mapping[str, str],
    workers: int,
    server: Sequence[str] = ("examples.fastapi_app", "--port", "0"),
) -> Generator[WebApp]:
    """Run the app on a free port of this machine, and stop it at the end.

    Args:
        folder: The folder for its data and its log.
        environment: Variables to add to those of this process.
        workers: Number of worker processes.
        server: The module that serves the app, and its arguments.
    """
    log, data = folder / "web.log", folder / "data"
    command = [sys.executable, "-m", *server]
    settings = os.environ | dict(environment)
    settings |= {"APP_FOLDER": str(data), "PYTHONPATH": str(ROOT), "WEB_CONCURRENCY": str(workers)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=settings,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield WebApp(_wait_until_started(process, log, workers), log, data, process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(TIMEOUT)
        finally:
            process.kill()


def _wait_until_started(process: subprocess.Popen[bytes], log: Path, workers: int) -> str:
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        if len(find_in_log(log, "Application startup complete")) >= workers:
            return find_in_log(log, r"(?:running on|Listening at:) (http://\S+)")[0]
        time.sleep(0.05)
    raise RuntimeError(f"the app did not start: {log.read_text('utf-8')}")
