"""Replace openapi.yaml by a new bundle: report, regenerate, test, and list the needed edits.

python -m codegen.update SPEC      a path or a URL
python -m codegen.update --pull    the bundle that AutoLeap publishes

Exit codes: 0 nothing left to do; 1 bundle refused, nothing changed; 2 wrong arguments; 3 bundle in
place, and code must be edited or breaking changes must be read.
"""

import argparse
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from codegen.generate.regenerate import Output, build_output
from codegen.generate.resources.write import Plan
from codegen.spec import ROOT, Node
from codegen.specdiff.change_report import format_report, load_bundle, select_kind
from codegen.specdiff.compare import compare, read_operations
from codegen.specdiff.policy import OPERATION_ADDED, Change, Kind
from codegen.tools import run_or_exit
from codegen.update.calls import Call, build_call
from codegen.update.checks import Finding, collect_findings

PUBLISHED = "https://developers.myautoleap.com/_bundle/openapi.yaml"
SPEC, OUTPUT = ROOT / "openapi.yaml", Output(ROOT)
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
        changes, calls, notes = install_bundle(bundle)
    except SystemExit as refusal:
        raise SystemExit(f"{refusal}\nNothing was changed.") from None
    print("Running mypy, pyright and the contract tests ...", flush=True)
    findings, breaking = collect_findings(ROOT), select_kind(changes, Kind.BREAKING)
    print(format_result(calls, notes, findings, len(breaking)))
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


def install_bundle(bundle: bytes) -> tuple[list[Change], list[Call], list[str]]:
    """Put a bundle and the code generated from it in place.

    Returns:
        The changes, the calls of new operations, and the notes of the resource generator.
    """
    with TemporaryDirectory() as folder:
        path, output = Path(folder, SPEC.name), Output(Path(folder))
        path.write_bytes(bundle)
        run_or_exit("openapi_spec_validator", path)
        new = load_bundle(path)
        changes = compare(load_bundle(SPEC), new)
        print(format_report(changes), flush=True)
        plan = build_output(path, output)
        calls = list_new_calls(new, plan, changes)
        replace_files(path, output)
    return changes, calls, plan.notes


def list_new_calls(new: Node, plan: Plan, changes: list[Change]) -> list[Call]:
    """Return the calls of all new operations."""
    added = {change.operation for change in changes if change.rule is OPERATION_ADDED}
    operations = [o for o in read_operations(new).values() if str(o) in added]
    return [build_call(new, plan, operation) for operation in operations]


def replace_files(spec: Path, output: Output) -> None:
    """Replace the contract, the package and the resources by the new ones, all or none.

    The function first copies the new files next to the old ones. Therefore a full disk or a missing
    permission stops it before it replaces anything.
    """
    with TemporaryDirectory(prefix=".spec-", dir=ROOT) as name:
        folder = Path(name)
        (folder / "old").mkdir()
        shutil.copyfile(spec, folder / "spec")
        shutil.copytree(output.package, folder / "package")
        shutil.copytree(output.resources, folder / "resources")
        for path in OUTPUT.resources.glob("_*.py"):
            shutil.copy(path, folder / "resources")
        fresh = {OUTPUT.package: "package", OUTPUT.resources: "resources", SPEC: "spec"}
        moved: list[Path] = []
        try:
            for place, part in fresh.items():
                place.rename(folder / "old" / part)
                moved.append(place)
                (folder / part).rename(place)
        except BaseException:
            for place in moved:
                restore(folder / "old" / fresh[place], place)
            raise


def restore(old: Path, place: Path) -> None:
    """Put an old file or folder back in its place."""
    if place.is_dir():
        shutil.rmtree(place)
    old.replace(place)


def format_result(
    calls: list[Call], notes: list[str], findings: list[Finding], breaking: int
) -> str:
    """Return the needed edits, the new calls and the notes about verbs in Markdown."""
    parts = []
    if findings:
        parts.append("facade edits needed\n\n" + "\n".join(f"- {finding}" for finding in findings))
    elif breaking:
        parts.append(f"no edit found; breaking changes to read above: {breaking}")
    if calls:
        listed = "\n\n".join(map(str, calls))
        head = "new operations available; `shop` is a company of the client"
        parts.append(f"{head}\n\n{listed}")
    if calls and notes:
        listed = "\n".join(f"- {note}" for note in notes)
        parts.append(f"verbs that a line in codegen/generate/ can change\n\n{listed}")
    return "\n\n".join(f"# Result: {part}" for part in parts or ["nothing to do"])
