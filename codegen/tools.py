"""Functions that run the tools of this virtual environment, such as ruff and mypy."""

import os
import subprocess
import sys
from pathlib import Path

from codegen.spec import ROOT


def run_tool(
    module: str, *arguments: str | Path, root: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run a tool in the project's folder, which comes first on the tool's import path."""
    path = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
    return subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def run_or_exit(module: str, *arguments: str | Path) -> None:
    """Run a tool; if it fails, raise SystemExit with the tool's output."""
    result = run_tool(module, *arguments)
    if result.returncode:
        raise SystemExit(f"{module} failed:\n{result.stdout}{result.stderr}")
