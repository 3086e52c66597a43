"""Runs the type checkers and the contract tests, and reads file and line out of what they say."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

from attrs import frozen

# They test the tools of this folder, on bundles of their own; or what we say of the contract we
# have: our marks, our table of verbs, and the sandbox, which knows nothing of new operations.
NOT_OF_THE_CONTRACT = (
    *("test_regeneration", "test_change_report", "test_names_that_hold"),
    *("test_spec_update", "test_spec_update_refused"),
    *("test_openapi", "test_coverage_table", "test_fuzz"),
)


@frozen(order=True)
class Finding:
    """One complaint: where, who complains, and of what. Line 0 stands for the whole file."""

    file: str
    line: int
    tool: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message} ({self.tool})"


def findings(root: Path) -> list[Finding]:
    """Everything that mypy, pyright and the contract tests find wrong, by file and line."""
    tools = (of_mypy, of_pyright, of_tests)
    with ThreadPoolExecutor(len(tools)) as pool:
        found = chain.from_iterable(pool.map(lambda tool: list(tool(root)), tools))
    return sorted(set(found))


def of_mypy(root: Path) -> Iterator[Finding]:
    """What mypy finds."""
    result = run(root, "mypy", "--output", "json", "--no-error-summary")
    if result.returncode not in (0, 1):
        yield stopped("mypy", result)
        return
    for line in result.stdout.splitlines():
        said = json.loads(line)
        if said["severity"] == "error":
            message = said["message"].splitlines()[0]
            yield Finding(relative(root, said["file"]), said["line"], "mypy", message)


def of_pyright(root: Path) -> Iterator[Finding]:
    """What pyright finds."""
    result = run(root, "pyright", "--outputjson")
    if result.returncode not in (0, 1):
        yield stopped("pyright", result)
        return
    for said in json.loads(result.stdout)["generalDiagnostics"]:
        if said["severity"] == "error":
            line = said["range"]["start"]["line"] + 1
            message = said["message"].splitlines()[0]
            yield Finding(relative(root, said["file"]), line, "pyright", message)


def of_tests(root: Path) -> Iterator[Finding]:
    """Every contract test that fails."""
    skipped = [f"--ignore=tests/contract/{name}.py" for name in NOT_OF_THE_CONTRACT]
    with TemporaryDirectory() as folder:
        log = Path(folder, "junit.xml")
        # The older family of the format tells file and line.
        options = ("-q", "-o", "junit_family=xunit1", f"--junitxml={log}", *skipped)
        result = run(root, "pytest", "tests/contract", *options)
        if log.exists():
            yield from failures(log)
        else:
            yield stopped("pytest", result)


def failures(log: Path) -> Iterator[Finding]:
    """The failed tests of a JUnit log."""
    for case in ElementTree.parse(log).iter("testcase"):  # noqa: S314 - pytest has just written it
        for said in (*case.iter("failure"), *case.iter("error")):
            message = said.get("message", "").splitlines() or ["failed"]
            name = case.get("name", "")
            place = case.get("file") or case.get("classname") or name
            line = int(case.get("line", "-1")) + 1
            yield Finding(place, line, "pytest", f"{name}: {message[0]}")


def run(root: Path, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a tool of this virtual environment in the project, which comes first on its path."""
    path = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def stopped(tool: str, result: subprocess.CompletedProcess[str]) -> Finding:
    """A tool that could not do its work, with its last words."""
    words = f"{result.stdout}{result.stderr}".strip().splitlines() or ["it said nothing"]
    return Finding("the whole project", 0, tool, f"could not do its work: {words[-1]}")


def relative(root: Path, file: str) -> str:
    """A path as a person in the project would write it."""
    path = Path(root, file)
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else file
