"""The sandbox keeps openapi.yaml as schemathesis reads it, over real HTTP, with good and bad data.

The suite's run is short and the same each time; `make fuzz` is the long one, another each time.
Schemathesis runs as a program: what it warns of and how it plugs into pytest stay its own matter.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from autoleap.sandbox import RequestRecord, Sandbox
from tests.contract.narrowed import narrowed
from tests.contract.spec import OPERATIONS, Json, Operation, every_operation

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]
LONG = os.environ.get("AUTOLEAP_FUZZ") == "full"
SHORT_RUN = ["--phases=coverage,fuzzing", "--max-examples=3", "--generation-deterministic"]
LONG_RUN = ["--phases=examples,coverage,fuzzing,stateful", "--max-examples=100"]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(limits=None) as running:
        yield running


@pytest.fixture(scope="module")
def run(
    sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> subprocess.CompletedProcess[str]:
    spec = tmp_path_factory.mktemp("fuzz") / "openapi.json"
    return schemathesis(sandbox, narrowed(sandbox), spec, *(LONG_RUN if LONG else SHORT_RUN))


def schemathesis(
    sandbox: Sandbox, spec: Json, path: Path, *options: str
) -> subprocess.CompletedProcess[str]:
    """Run schemathesis against the sandbox, with `fuzz.toml` and `fuzz_hooks.py`."""
    path.write_text(json.dumps(spec), encoding="utf-8")
    program = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "fuzz.toml")]
    return subprocess.run(
        [*program, "run", str(path), "--url", sandbox.base_url, "--no-color", *options],
        cwd=path.parent,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "AUTOLEAP_BASE_URL": sandbox.base_url,
            "AUTOLEAP_PARTNER_ID": sandbox.partner_id,
            "AUTOLEAP_AUTH_KEY": sandbox.auth_key,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_answer_is_a_5xx_or_undocumented_good_data_is_taken_and_bad_data_refused(
    run: subprocess.CompletedProcess[str],
    sandbox: Sandbox,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"Tested: {len(OPERATIONS)}" in run.stdout
    with capsys.disabled():
        print(format_coverage(sandbox.requests))


@pytest.mark.usefixtures("run")
@every_operation
def test_an_operation_was_done_and_was_refused_in_every_way_it_has(
    operation: Operation, sandbox: Sandbox
) -> None:
    statuses = {record.status for record in sandbox.requests.of(operation.id)}
    refusals = {400} if operation.parameters("query") or operation.body else set()
    strangers = {401} if operation.raw.get("security") != [] else set()
    assert {200, *refusals, *strangers} <= statuses


def test_schemathesis_does_find_what_is_wrong(tmp_path: Path) -> None:
    with Sandbox(limits=None) as sandbox:
        spec = narrowed(sandbox)
        del spec["paths"]["/partners/login"]["post"]["responses"]["400"]
        only_login = ("--include-operation-id=login", *SHORT_RUN)
        run = schemathesis(sandbox, spec, tmp_path / "openapi.json", *only_login)
    assert run.returncode == 1, run.stdout + run.stderr
    assert "Undocumented status code" in run.stdout


def format_coverage(requests: Iterable[RequestRecord]) -> str:
    """Return what was covered: a line for each operation in the long run, else one line."""
    answers = Counter((str(record.operation_id), record.status) for record in requests)
    lines = [
        f"{operation.id}: "
        + ", ".join(
            f"{n} x {status}"
            for (name, status), n in sorted(answers.items(), key=str)
            if name == operation.id
        )
        for operation in OPERATIONS
    ]
    total = f"schemathesis: {len(lines)} operations, {answers.total()} requests"
    return "\n".join(["", total, *(lines if LONG else [])])
