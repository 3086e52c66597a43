"""The example web app as processes of its own: started, told to stop, and looked after."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from attrs import frozen

ROOT = Path(__file__).parents[1]
# Seconds for the app to start, and to end. A machine may have other things to do.
PATIENCE = 60
# Lines of a log that tell of work nobody waited for, or of answers that broke down.
TROUBLE = r"(?m)^(?:ERROR|Traceback|.*(?:Warning:|was destroyed|never retrieved|unclosed)).*$"


@frozen
class WebApp:
    """A running app.

    Attributes:
        url: Where it serves.
        log: The file that holds all it says.
        folder: Where it keeps its session and its journals.
    """

    url: str
    log: Path
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def workers(self) -> list[int]:
        """The process ids of its workers."""
        return [int(number) for number in said(self.log, r"Started server process \[(\d+)\]")]

    def stop(self) -> int:
        """Tell it to stop, as a service manager would; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def left_over(self) -> list[str]:
        """What is there that should not be, once it has stopped."""
        left = [f"process {worker} runs" for worker in self.workers if is_running(worker)]
        where = urlsplit(self.url)
        with socket.socket() as probe:
            if probe.connect_ex((str(where.hostname), where.port or 0)) == 0:
                left.append(f"{self.url} answers")
        # A database that was closed in order has no log of its own beside it.
        left += [f"{path.name} is open" for path in self.folder.glob("*.sqlite-wal")]
        return left + [f"the log says: {line}" for line in said(self.log, TROUBLE)]


def said(log: Path, pattern: str) -> list[str]:
    """What a log says, by a regular expression."""
    return re.findall(pattern, log.read_text("utf-8"))


def is_running(process: int) -> bool:
    """Whether there is such a process, other than a dead one nobody has asked after."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def serving(folder: Path, environment: Mapping[str, str], workers: int) -> Generator[WebApp]:
    """Run the app on a free port of the loopback; it is gone in the end.

    Args:
        folder: For its data and its log.
        environment: Its settings, beside those of this process.
        workers: Worker processes.
    """
    log, data = folder / "web.log", folder / "data"
    command = [sys.executable, "-m", "examples.fastapi_app", "--port", "0"]
    settings = os.environ | {"APP_FOLDER": str(data), "PYTHONPATH": str(ROOT)} | dict(environment)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--workers", str(workers)],
            cwd=ROOT,
            env=settings,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield WebApp(_started(process, log, workers), log, data, process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()


def _started(process: subprocess.Popen[bytes], log: Path, workers: int) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        if len(said(log, "Application startup complete")) >= workers:
            return said(log, r"running on (http://\S+)")[0]
        time.sleep(0.05)
    raise RuntimeError(f"the app did not start: {log.read_text('utf-8')}")
