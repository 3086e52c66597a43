"""Run the type checkers and the contract tests, and read files and lines from their output."""

import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

from attrs import frozen

from codegen.tools import run_tool

# These tests do not depend on the new contract. They test the programs of this package with their
# own bundles, or they test the current contract: its marks, its facade methods and the sandbox.
SKIPPED_TESTS = (
    *("test_regeneration", "test_change_report", "test_names_that_hold"),
    *("test_generated_resources", "test_spec_references"),
    *("test_spec_references", "test_spec_update", "test_spec_update_refused"),
    *("test_openapi", "test_coverage_table", "test_fuzz"),
)


@frozen(order=True)
class Finding:
    """One error that a tool reports; line 0 means the whole file."""

    file: str
    line: int
    tool: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message} ({self.tool})"


def collect_findings(root: Path) -> list[Finding]:
    """Return all errors of mypy, pyright and the contract tests, by file and line."""
    tools = (check_mypy, check_pyright, check_tests)
    with ThreadPoolExecutor(len(tools)) as pool:
        found = chain.from_iterable(pool.map(lambda tool: list(tool(root)), tools))
    return sorted(set(found))


def check_mypy(root: Path) -> Iterator[Finding]:
    """Yield the errors of mypy."""
    result = run_tool("mypy", "--output", "json", "--no-error-summary", root=root)
    if result.returncode not in (0, 1):
        yield report_crash("mypy", result)
        return
    for line in result.stdout.splitlines():
        entry = json.loads(line)
        if entry["severity"] == "error":
            message = entry["message"].splitlines()[0]
            yield Finding(make_relative(root, entry["file"]), entry["line"], "mypy", message)


def check_pyright(root: Path) -> Iterator[Finding]:
    """Yield the errors of pyright."""
    result = run_tool("pyright", "--outputjson", root=root)
    if result.returncode not in (0, 1):
        yield report_crash("pyright", result)
        return
    for entry in json.loads(result.stdout)["generalDiagnostics"]:
        if entry["severity"] == "error":
            line = entry["range"]["start"]["line"] + 1
            message = entry["message"].splitlines()[0]
            yield Finding(make_relative(root, entry["file"]), line, "pyright", message)


def check_tests(root: Path) -> Iterator[Finding]:
    """Yield the contract tests that fail."""
    skipped = [f"--ignore=tests/contract/{name}.py" for name in SKIPPED_TESTS]
    with TemporaryDirectory() as folder:
        log = Path(folder, "junit.xml")
        # Only the older family of the format has the file and the line.
        options = ("-q", "-o", "junit_family=xunit1", f"--junitxml={log}", *skipped)
        result = run_tool("pytest", "tests/contract", *options, root=root)
        if log.exists():
            yield from read_failures(log)
        else:
            yield report_crash("pytest", result)


def read_failures(log: Path) -> Iterator[Finding]:
    """Yield the failed tests of a JUnit log."""
    for case in ElementTree.parse(log).iter("testcase"):  # noqa: S314 - pytest has just written it
        for entry in (*case.iter("failure"), *case.iter("error")):
            message = entry.get("message", "").splitlines() or ["failed"]
            name = case.get("name", "")
            file = case.get("file") or case.get("classname") or name
            line = int(case.get("line", "-1")) + 1
            yield Finding(file, line, "pytest", f"{name}: {message[0]}")


def report_crash(tool: str, result: subprocess.CompletedProcess[str]) -> Finding:
    """Return a finding with the last output line of a tool that did not finish."""
    lines = f"{result.stdout}{result.stderr}".strip().splitlines() or ["no output"]
    return Finding("the whole project", 0, tool, f"did not finish: {lines[-1]}")


def make_relative(root: Path, file: str) -> str:
    """Return a path relative to the project, or the same path if it is outside."""
    path = Path(root, file)
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else file
