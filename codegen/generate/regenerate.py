"""Write the package autoleap_api_client out of openapi.yaml.

python -m codegen.generate            write the package
python -m codegen.generate --check    only compare; exit with 1 if the package is out of date
"""

import argparse
import json
import shutil
import sys
from difflib import unified_diff
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from codegen.generate.checks import check_package, check_spec
from codegen.generate.naming import load_named_spec
from codegen.generate.overlay import relax_responses
from codegen.generate.postprocess import postprocess
from codegen.generate.request_schemas import format_request_schemas
from codegen.spec import ROOT
from codegen.tools import run_or_exit

HERE = Path(__file__).parent
DIFF_LINES = 20


def main() -> int:
    """Write or compare the package, as the command line requests."""
    parser = argparse.ArgumentParser(description="Write autoleap_api_client out of openapi.yaml.")
    parser.add_argument("--check", action="store_true", help="compare only, exit 1 on a difference")
    parser.add_argument("--spec", type=Path, default=ROOT / "openapi.yaml")
    parser.add_argument("--package", type=Path, default=ROOT / "autoleap_api_client")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        fresh = Path(folder, "package")
        build_package(options.spec, fresh)
        if options.check:
            return report_drift(options.package, fresh)
        # The new folder replaces the old one, so the files of removed operations disappear.
        shutil.rmtree(options.package, ignore_errors=True)
        shutil.copytree(fresh, options.package)
    print(f"{options.package.name}: {len(read_files(options.package))} files")
    return 0


def build_package(spec_path: Path, package: Path) -> None:
    """Write the whole package into a folder that does not exist yet."""
    spec, messages = load_named_spec(spec_path)
    for message in messages:
        print(f"overlay.yaml: {message}", file=sys.stderr)
    request_schemas = format_request_schemas(spec)
    # Other writers of code, such as resources.py for the facade's verbs, get their call here:
    # `spec` has its final names, and its responses still have their required fields.
    relax_responses(spec)
    check_spec(spec)
    run_generator(json.dumps(spec, indent=1), package)
    check_package(spec, package)
    postprocess(package)
    add_files(package, request_schemas)
    format_package(package)


def run_generator(spec: str, package: Path) -> None:
    """Run openapi-python-client.

    A warning of the generator means that it left something out. Therefore a warning is an error.
    """
    with TemporaryDirectory() as folder:
        spec_path = Path(folder, "openapi.json")
        spec_path.write_text(spec, encoding="utf-8")
        run_or_exit(
            *("openapi_python_client", "generate", "--path", spec_path, "--output-path", package),
            *("--meta", "none", "--fail-on-warning", "--config", ROOT / "generator-config.yaml"),
            *("--custom-template-path", HERE / "templates"),
        )


def add_files(package: Path, request_schemas: str) -> None:
    """Add the files that do not come from openapi-python-client."""
    for path in (HERE / "runtime").glob("*.py"):
        shutil.copy(path, package)
    (package / "request_schemas.json").write_text(request_schemas, encoding="utf-8")
    (package / "py.typed").touch()


def format_package(package: Path) -> None:
    """Remove unused imports and format the code, without the ruff settings of other folders."""
    isolated = ("--isolated", "--no-cache", "--target-version", "py311", "--line-length", "100")
    run_or_exit("ruff", "check", package, *isolated, "--fix-only", "--select", "F401,I,E714,PYI016")
    run_or_exit("ruff", "format", package, *isolated)


def report_drift(package: Path, fresh: Path) -> int:
    """Print the start of each file's diff; return 1 if a file differs, else 0."""
    old, new = read_files(package), read_files(fresh)
    drifted = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    for name in drifted:
        before, after = (files.get(name, b"").decode().splitlines() for files in (old, new))
        print(f"{name} differs from what openapi.yaml gives:")
        diff = unified_diff(before, after, "committed", "regenerated", n=1, lineterm="")
        print("\n".join(islice(diff, DIFF_LINES)))
    print(f"{len(drifted)} of {len(new)} files differ")
    return 1 if drifted else 0


def read_files(package: Path) -> dict[str, bytes]:
    """Return the content of every file of a package by its path, without Python's cache."""
    paths = (p for p in sorted(package.rglob("*")) if p.is_file() and "__pycache__" not in p.parts)
    return {path.relative_to(package).as_posix(): path.read_bytes() for path in paths}
