"""Write the package autoleap_api_client and autoleap/resources/ out of openapi.yaml.

python -m codegen.generate            write both
python -m codegen.generate --check    only compare; exit with 1 if a file is out of date
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from difflib import unified_diff
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import frozen

from codegen.generate.checks import check_package, check_spec
from codegen.generate.media_types import simplify_media_types
from codegen.generate.naming import load_named_spec
from codegen.generate.overlay import relax_responses
from codegen.generate.postprocess import postprocess
from codegen.generate.request_schemas import format_request_schemas
from codegen.generate.resources.write import Plan, make_plan, write_resources
from codegen.generate.routes import name_routes
from codegen.spec import ROOT
from codegen.tools import run_or_exit

HERE = Path(__file__).parent
DIFF_LINES = 20


@frozen
class Output:
    """The folders of generated code.

    Attributes:
        root: The folder of the project.
    """

    root: Path

    @property
    def package(self) -> Path:
        """The package autoleap_api_client; all of its files are generated."""
        return self.root / "autoleap_api_client"

    @property
    def resources(self) -> Path:
        """The resources of the facade; a file whose name begins with `_` is not generated."""
        return self.root / "autoleap" / "resources"

    def read_files(self) -> dict[str, bytes]:
        """Return the content of every generated file by its path."""
        paths = [*self.package.rglob("*"), *self.resources.glob("[!_]*.py")]
        files = sorted(p for p in paths if p.is_file() and "__pycache__" not in p.parts)
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in files}

    def replace(self, fresh: Output) -> None:
        """Replace the generated files, so that those of removed operations disappear."""
        shutil.rmtree(self.package, ignore_errors=True)
        for path in self.resources.glob("[!_]*.py"):
            path.unlink()
        shutil.copytree(fresh.package, self.package)
        shutil.copytree(fresh.resources, self.resources, dirs_exist_ok=True)


def main() -> int:
    """Write or compare the generated files, as the command line requests."""
    parser = argparse.ArgumentParser(description="Write the generated code out of openapi.yaml.")
    parser.add_argument("--check", action="store_true", help="compare only, exit 1 on a difference")
    parser.add_argument("--spec", type=Path, default=ROOT / "openapi.yaml")
    parser.add_argument("--into", type=Path, default=ROOT, help="folder of the project")
    options = parser.parse_args()
    output = Output(options.into)
    with TemporaryDirectory() as folder:
        fresh = Output(Path(folder))
        for note in build_output(options.spec, fresh).notes:
            print(f"resources.yaml: {note}", file=sys.stderr)
        if options.check:
            return report_drift(output, fresh)
        output.replace(fresh)
    print(f"{len(output.read_files())} files")
    return 0


def build_output(spec_path: Path, output: Output) -> Plan:
    """Write all generated files into a folder that is empty; return the plan of the resources."""
    spec, messages = load_named_spec(spec_path)
    for message in messages:
        print(f"overlay.yaml: {message}", file=sys.stderr)
    media_types = simplify_media_types(spec)
    request_schemas = format_request_schemas(spec)
    relax_responses(spec)
    check_spec(spec)
    run_generator(json.dumps(spec, indent=1), output.package)
    check_package(spec, output.package)
    postprocess(output.package, media_types, name_routes(spec))
    add_files(output.package, request_schemas)
    format_code(output.package)
    plan = make_plan(spec, output.package)
    write_resources(plan, output.resources)
    format_code(output.resources)
    return plan


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


def format_code(folder: Path) -> None:
    """Remove unused imports and format the code, without the ruff settings of other folders."""
    isolated = ("--isolated", "--no-cache", "--target-version", "py311", "--line-length", "100")
    first_party = ("--config", "lint.isort.known-first-party=['autoleap_api_client']")
    rules = ("--fix-only", "--select", "F401,I,E714,PYI016")
    run_or_exit("ruff", "check", folder, *isolated, *first_party, *rules)
    run_or_exit("ruff", "format", folder, *isolated)


def report_drift(output: Output, fresh: Output) -> int:
    """Print the start of each file's diff; return 1 if a file differs, else 0."""
    old, new = output.read_files(), fresh.read_files()
    drifted = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    for name in drifted:
        before, after = (files.get(name, b"").decode().splitlines() for files in (old, new))
        print(f"{name} differs from what openapi.yaml gives:")
        diff = unified_diff(before, after, "committed", "regenerated", n=1, lineterm="")
        print("\n".join(islice(diff, DIFF_LINES)))
    print(f"{len(drifted)} of {len(new)} files differ")
    return 1 if drifted else 0
