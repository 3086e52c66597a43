"""Replace openapi.yaml by a new bundle: report, regenerate, test, and list the needed edits.

python -m codegen.update SPEC      a path or a URL
python -m codegen.update --pull    the bundle that AutoLeap publishes

Exit codes: 0 nothing left to do; 1 bundle refused, nothing changed; 2 wrong arguments; 3 bundle in
place, and a person has to edit code or to read breaking changes.
"""

import argparse
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from codegen.generate.regenerate import build_package
from codegen.spec import ROOT, Node
from codegen.specdiff.change_report import format_report, load_bundle, select_kind
from codegen.specdiff.compare import compare, read_operations
from codegen.specdiff.policy import OPERATION_ADDED, Change, Kind
from codegen.tools import run_or_exit
from codegen.update.calls import Call, build_call
from codegen.update.checks import Finding, collect_findings

PUBLISHED = "https://developers.myautoleap.com/_bundle/openapi.yaml"
SPEC, PACKAGE = ROOT / "openapi.yaml", ROOT / "autoleap_api_client"
EDITS_EXIT_CODE = 3


def main() -> int:
    """Install a bundle, as the command line requests."""
    parser = argparse.ArgumentParser(description="Replace openapi.yaml by a new bundle.")
    parser.add_argument("spec", nargs="?", help="path or URL of the bundle")
    parser.add_argument("--pull", action="store_true", help=f"take {PUBLISHED}")
    options = parser.parse_args()
    if options.pull == bool(options.spec):
        parser.error("name a bundle or use --pull, but not both")
    try:
        bundle = fetch_bundle(PUBLISHED if options.pull else options.spec)
        if bundle == SPEC.read_bytes():
            print("# Result: nothing to do\n\nThe bundle is equal to openapi.yaml.")
            return 0
        changes, calls = install_bundle(bundle)
    except SystemExit as refusal:
        raise SystemExit(f"{refusal}\nNothing was changed.") from None
    print("Running mypy, pyright and the contract tests ...", flush=True)
    findings, breaking = collect_findings(ROOT), select_kind(changes, Kind.BREAKING)
    print(format_result(calls, findings, len(breaking)))
    return EDITS_EXIT_CODE if findings or breaking else 0


def fetch_bundle(spec: str) -> bytes:
    """Return the bundle at a path or URL; SystemExit states why it is unreadable."""
    try:
        if not spec.startswith(("https://", "http://")):
            return Path(spec).read_bytes()
        response = httpx.get(spec, follow_redirects=True, timeout=30)
        return response.raise_for_status().content
    except (httpx.HTTPError, OSError) as error:
        raise SystemExit(f"{spec} cannot be read: {error}") from None


def install_bundle(bundle: bytes) -> tuple[list[Change], list[Call]]:
    """Put a bundle and its generated package in place; return the changes and the new calls."""
    with TemporaryDirectory() as folder:
        path, package = Path(folder, SPEC.name), Path(folder, PACKAGE.name)
        path.write_bytes(bundle)
        run_or_exit("openapi_spec_validator", path)
        new = load_bundle(path)
        changes = compare(load_bundle(SPEC), new)
        print(format_report(changes), flush=True)
        build_package(path, package)
        calls = list_new_calls(new, package, changes)
        replace_files(path, package)
    return changes, calls


def list_new_calls(new: Node, package: Path, changes: list[Change]) -> list[Call]:
    """Return the calls of all new operations."""
    added = {change.operation for change in changes if change.rule is OPERATION_ADDED}
    operations = [o for o in read_operations(new).values() if str(o) in added]
    return [build_call(new, package, operation) for operation in operations]


def replace_files(spec: Path, package: Path) -> None:
    """Replace the contract and the package by the new ones, both or neither.

    The function first copies the new files next to the old ones. Therefore a full disk or a missing
    permission stops it before it replaces anything.
    """
    with TemporaryDirectory(prefix=".spec-", dir=ROOT) as folder:
        fresh_spec, fresh, old = (Path(folder, name) for name in ("spec", "fresh", "old"))
        shutil.copyfile(spec, fresh_spec)
        shutil.copytree(package, fresh)
        PACKAGE.rename(old)
        try:
            fresh.rename(PACKAGE)
            fresh_spec.replace(SPEC)
        except BaseException:
            shutil.rmtree(PACKAGE, ignore_errors=True)
            old.rename(PACKAGE)
            raise


def format_result(calls: list[Call], findings: list[Finding], breaking: int) -> str:
    """Return the needed edits and the new calls in Markdown."""
    parts = []
    if findings:
        parts.append("facade edits needed\n\n" + "\n".join(f"- {finding}" for finding in findings))
    elif breaking:
        parts.append(f"no edit found; breaking changes to read above: {breaking}")
    if calls:
        listed = "\n\n".join(map(str, calls))
        parts.append(f"new operations available through client.api\n\n{listed}")
    return "\n\n".join(f"# Result: {part}" for part in parts or ["nothing to do"])
