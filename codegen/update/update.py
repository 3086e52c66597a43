"""Takes a new bundle of the API in: reports, regenerates, tests, and says what is left to do.

python -m codegen.update SPEC      a path or a URL
python -m codegen.update --pull    the bundle that AutoLeap publishes

Exit codes: 0 nothing is left to do; 1 the bundle was refused, and nothing has changed; 2 wrong
arguments; 3 the bundle is in its place, and a person has to edit code or read what breaks.
"""

import argparse
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from codegen.generate.regenerate import build, run
from codegen.spec import ROOT, Node
from codegen.specdiff.change_report import of, read, report
from codegen.specdiff.compare import compare, operations
from codegen.specdiff.policy import OPERATION_ADDED, Change, Kind
from codegen.update.calls import Call, call_of
from codegen.update.checks import Finding, findings

PUBLISHED = "https://developers.myautoleap.com/_bundle/openapi.yaml"
SPEC, PACKAGE = ROOT / "openapi.yaml", ROOT / "autoleap_api_client"
PERSON_NEEDED = 3


def main() -> int:
    """Take a bundle in, as the command line says."""
    parser = argparse.ArgumentParser(description="Take a new bundle of the API in.")
    parser.add_argument("spec", nargs="?", help="path or URL of the bundle")
    parser.add_argument("--pull", action="store_true", help=f"take {PUBLISHED}")
    options = parser.parse_args()
    if options.pull == bool(options.spec):
        parser.error("name a bundle, or say --pull: one of the two")
    try:
        bundle = fetched(PUBLISHED if options.pull else options.spec)
        if bundle == SPEC.read_bytes():
            print("# Verdict: nothing to do\n\nThis is the openapi.yaml we have.")
            return 0
        changes, calls = taken_in(bundle)
    except SystemExit as refusal:
        raise SystemExit(f"{refusal}\nNothing was changed.") from None
    print("Running mypy, pyright and the contract tests ...", flush=True)
    found, breaking = findings(ROOT), of(changes, Kind.BREAKING)
    print(verdict(calls, found, len(breaking)))
    return PERSON_NEEDED if found or breaking else 0


def fetched(spec: str) -> bytes:
    """The bundle at a path or URL; SystemExit says why it cannot be had."""
    try:
        if not spec.startswith(("https://", "http://")):
            return Path(spec).read_bytes()
        answer = httpx.get(spec, follow_redirects=True, timeout=30)
        return answer.raise_for_status().content
    except (httpx.HTTPError, OSError) as error:
        raise SystemExit(f"{spec} cannot be read: {error}") from None


def taken_in(bundle: bytes) -> tuple[list[Change], list[Call]]:
    """Report on a bundle, generate from it, and put both in place; gives what is new."""
    with TemporaryDirectory() as folder:
        path, package = Path(folder, SPEC.name), Path(folder, PACKAGE.name)
        path.write_bytes(bundle)
        run("openapi_spec_validator", path)
        new = read(path)
        changes = compare(read(SPEC), new)
        print(report(changes), flush=True)
        build(path, package)
        calls = new_calls(new, package, changes)
        exchange(path, package)
    return changes, calls


def new_calls(new: Node, package: Path, changes: list[Change]) -> list[Call]:
    """How every new operation is called."""
    added = {change.operation for change in changes if change.rule is OPERATION_ADDED}
    fresh = [operation for operation in operations(new).values() if str(operation) in added]
    return [call_of(new, package, operation) for operation in fresh]


def exchange(spec: Path, package: Path) -> None:
    """Put the new contract and the new package where the old ones are, both or none.

    They are copied beside their places first: what can fail for want of room or rights fails
    before anything is exchanged.
    """
    with TemporaryDirectory(prefix=".spec-", dir=ROOT) as beside:
        fresh_spec, fresh, old = (Path(beside, name) for name in ("spec", "fresh", "old"))
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


def verdict(calls: list[Call], found: list[Finding], breaking: int) -> str:
    """What there is to do, and what there is to use."""
    parts = []
    if found:
        parts.append("facade edits needed\n\n" + "\n".join(f"- {finding}" for finding in found))
    elif breaking:
        parts.append(f"no edit found; breaking changes to read above: {breaking}")
    if calls:
        told = "\n\n".join(map(str, calls))
        parts.append(f"new operations available through client.api\n\n{told}")
    return "\n\n".join(f"# Verdict: {part}" for part in parts or ["nothing to do"])
