"""Start the processes of the soak, and end them with the block at the latest."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import asdict, define, field

from benchmarks.soak.plan import Json, WorkerSettings

ROOT = Path(__file__).parents[2]

# A worker finishes its last import after the deadline; a doubtful record takes so long at most.
FINISH_TIMEOUT = 330.0


@define
class ServerProgram:
    """The running sandbox.

    Attributes:
        process: Its process.
        result_file: Where it writes its counts at the end.
        details: What the clients need to know.
    """

    process: subprocess.Popen[str]
    result_file: Path
    details: Json

    def finish(self) -> Json:
        """End the sandbox and return its counts."""
        self.process.communicate(timeout=60)
        counts: Json = json.loads(self.result_file.read_text(encoding="utf-8"))
        return counts


@contextmanager
def run_server(folder: Path) -> Iterator[ServerProgram]:
    """Run the sandbox."""
    result_file = folder / "sandbox.json"
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.soak.server", str(result_file)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None  # noqa: S101  # it is a pipe
        yield ServerProgram(process, result_file, json.loads(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()


@define
class WorkerProgram:
    """A worker that can be killed and started again.

    Attributes:
        settings: What the worker needs to know.
        environment: Variables with the credentials and the URL.
    """

    settings: WorkerSettings
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start the worker; its standard error goes into a file beside its log."""
        command = [sys.executable, "-m", "benchmarks.soak.worker"]
        errors = Path(self.settings.folder) / f"worker-{self.settings.number}.err"
        with errors.open("ab") as file:
            self.process = subprocess.Popen(
                [*command, json.dumps(asdict(self.settings))],
                cwd=ROOT,
                env=os.environ | self.environment,
                stderr=file,
            )

    def kill(self) -> None:
        """Kill the worker as `kill -9` does."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def finish(self) -> int | None:
        """Wait for the end; return the exit code, or None if the worker does not end."""
        try:
            return self.process.wait(FINISH_TIMEOUT) if self.process is not None else None
        except subprocess.TimeoutExpired:
            return None


@contextmanager
def run_workers(settings: list[WorkerSettings], server: Json) -> Iterator[list[WorkerProgram]]:
    """Run all workers."""
    environment = {
        "AUTOLEAP_PARTNER_ID": str(server["partner_id"]),
        "AUTOLEAP_AUTH_KEY": str(server["auth_key"]),
        "AUTOLEAP_BASE_URL": str(server["base_url"]),
    }
    workers = [WorkerProgram(one, environment) for one in settings]
    try:
        for worker in workers:
            worker.start()
        yield workers
    finally:
        for worker in workers:
            worker.kill()
