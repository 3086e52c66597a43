"""Writes the package autoleap_api_client out of openapi.yaml.

python -m codegen.generate            write it
python -m codegen.generate --check    compare only; exit 1 when the package is not up to date
"""

import argparse
import json
import shutil
import subprocess
import sys
from difflib import unified_diff
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from codegen.generate.checks import check_complete, check_prepared
from codegen.generate.naming import named_contract
from codegen.generate.overlay import loosen_answers
from codegen.generate.postprocess import postprocess
from codegen.generate.request_schemas import request_schemas
from codegen.spec import ROOT

HERE = Path(__file__).parent
DIFF_LINES = 20


def main() -> int:
    """Regenerate or compare, as the command line says."""
    parser = argparse.ArgumentParser(description="Write autoleap_api_client out of openapi.yaml.")
    parser.add_argument("--check", action="store_true", help="compare only, exit 1 on a difference")
    parser.add_argument("--spec", type=Path, default=ROOT / "openapi.yaml")
    parser.add_argument("--package", type=Path, default=ROOT / "autoleap_api_client")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        fresh = Path(folder, "package")
        build(options.spec, fresh)
        if options.check:
            return report_drift(options.package, fresh)
        # The whole folder is exchanged, so that the files of removed operations vanish.
        shutil.rmtree(options.package, ignore_errors=True)
        shutil.copytree(fresh, options.package)
    print(f"{options.package.name}: {len(contents(options.package))} files")
    return 0


def build(spec_path: Path, package: Path) -> None:
    """Write the whole package into a folder that does not exist yet."""
    spec, told = named_contract(spec_path)
    for words in told:
        print(f"overlay.yaml: {words}", file=sys.stderr)
    schemas = request_schemas(spec)
    loosen_answers(spec)
    check_prepared(spec)
    generate(json.dumps(spec, indent=1), package)
    check_complete(spec, package)
    postprocess(package)
    for path in (HERE / "runtime").glob("*.py"):
        shutil.copy(path, package)
    (package / "request_schemas.json").write_text(schemas, encoding="utf-8")
    (package / "py.typed").touch()
    tidy(package)


def generate(spec: str, package: Path) -> None:
    """Run openapi-python-client; a warning is an error: it means that something was left out."""
    with TemporaryDirectory() as folder:
        spec_path = Path(folder, "openapi.json")
        spec_path.write_text(spec, encoding="utf-8")
        run(
            *("openapi_python_client", "generate", "--path", spec_path, "--output-path", package),
            *("--meta", "none", "--fail-on-warning", "--config", ROOT / "generator-config.yaml"),
            *("--custom-template-path", HERE / "templates"),
        )


def tidy(package: Path) -> None:
    """Remove unused imports and format, whatever ruff settings lie around the folder."""
    alone = ("--isolated", "--no-cache", "--target-version", "py311", "--line-length", "100")
    run("ruff", "check", package, *alone, "--fix-only", "--select", "F401,I,E714,PYI016")
    run("ruff", "format", package, *alone)


def run(module: str, *arguments: str | Path) -> None:
    """Run a tool of this virtual environment; SystemExit with its own words when it fails."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SystemExit(f"{module} failed:\n{result.stdout}{result.stderr}")


def report_drift(package: Path, fresh: Path) -> int:
    """Print every file that differs, with the start of its diff; 1 when there is one."""
    old, new = contents(package), contents(fresh)
    drifted = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    for name in drifted:
        before, after = (files.get(name, b"").decode().splitlines() for files in (old, new))
        print(f"{name} differs from what openapi.yaml gives:")
        diff = unified_diff(before, after, "committed", "regenerated", n=1, lineterm="")
        print("\n".join(islice(diff, DIFF_LINES)))
    print(f"{len(drifted)} of {len(new)} files differ")
    return 1 if drifted else 0


def contents(package: Path) -> dict[str, bytes]:
    """Every file of a package by its path in it, without what Python itself leaves there."""
    paths = (p for p in sorted(package.rglob("*")) if p.is_file() and "__pycache__" not in p.parts)
    return {path.relative_to(package).as_posix(): path.read_bytes() for path in paths}
