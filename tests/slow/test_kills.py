"""`kill -9` at any moment of an import with a journal: the rerun goes on, and the end is exact."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from autoleap.sandbox import Sandbox
from tests.helpers import bulk_runs
from tests.helpers.bulk_runs import FULL

ROOT = Path(__file__).parents[2]
COUNT, KILLS = (3000, 25) if FULL else (600, 5)


def start(sandbox: Sandbox, journal: Path, seed: int) -> subprocess.Popen[str]:
    environment = os.environ | {
        "AUTOLEAP_PARTNER_ID": sandbox.partner_id,
        "AUTOLEAP_AUTH_KEY": sandbox.auth_key,
        "AUTOLEAP_BASE_URL": sandbox.base_url,
        "COMPANY": sandbox.company_id,
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "tests.slow.import_program"]
    return subprocess.Popen(
        [*command, str(COUNT), str(seed), str(journal)],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_for_requests(sandbox: Sandbox, program: subprocess.Popen[str], more: int) -> None:
    """Wait until so many more creates have arrived, or the program has ended."""
    goal = len(sandbox.requests.of("createCustomers")) + more
    deadline = time.monotonic() + 60
    while program.poll() is None and time.monotonic() < deadline:
        if len(sandbox.requests.of("createCustomers")) >= goal:
            return
        time.sleep(0.001)


def test_an_import_that_is_killed_again_and_again_arrives_exactly_once(tmp_path: Path) -> None:
    rng, journal, killed = random.Random(25), tmp_path / "import.sqlite", 0
    with Sandbox(limits=None, customers=0, vehicles=0, latency=(0.0, 0.03)) as sandbox:
        for _ in range(KILLS):
            program = start(sandbox, journal, seed=1)
            # At most so far that every kill finds something left to do.
            wait_for_requests(sandbox, program, rng.randrange(1, 2 + COUNT // 20 // (KILLS + 1)))
            time.sleep(rng.random() * 0.03)
            killed += program.poll() is None
            program.send_signal(signal.SIGKILL)
            program.communicate()
        program = start(sandbox, journal, seed=1)
        said, _ = program.communicate(timeout=120)
        work = bulk_runs.make_customers(COUNT, wrong=3, seed=1)
        bulk_runs.check_rows(work, sandbox, "customers")
        good = len(work.good)
        assert json.loads(said) == [good, 3, 0, good]
        assert killed == KILLS

        sent = len(sandbox.requests.of("createCustomers"))
        said, _ = start(sandbox, journal, seed=1).communicate(timeout=120)
        assert json.loads(said) == [good, 3, 0, good]
        assert len(sandbox.requests.of("createCustomers")) == sent
