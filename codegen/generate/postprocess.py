"""Change the generated package so that it behaves as this project needs.

The steps are the text fixes of the table below, tolerant conversions for every model, and the
removal of blocking functions. Each step raises SystemExit if the generator's output is unexpected.
"""

import ast
import re
from pathlib import Path

from attrs import frozen

from codegen.generate.conversions import rewrite_conversions

# Matches the names in code, but not in a string or an attribute, where they are the contract's.
UNSET = r"(?<![\".])\b(?:UNSET|Unset)\b(?!\")"
NOTICE = "# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.\n\n"


@frozen
class Fix:
    """A text replacement in the files of one group.

    Attributes:
        group: Kind of the files: "types", "operations" or "models".
        count: Matches that every file must have; None asks for one match in all files together.
        reason: Cause of the replacement.
        optional: Whether it is no error if no file matches.
    """

    group: str
    pattern: str
    replacement: str
    count: int | None
    reason: str
    optional: bool = False


FIXES = (
    Fix("types", r"class Unset:\n(?:    .*\n|\n)+UNSET: Unset = Unset\(\)\n", "", 1,
        "absent is None: code compares UNSET by identity, so a copied or pickled model breaks"),
    Fix("types", r'"UNSET", |, "Unset"', "", 2, "the class is removed"),
    Fix("operations", r"^from \.\.\.types import Response, UNSET$",
        "from ...types import Response\nfrom ...reading import elements\n"
        "from ...writing import plain", 1, "fixes below use both functions"),
    Fix("operations", r"(?<!from_dict\()\bresponse\.json\(\)", "elements(response)", None,
        "the facade decodes only objects itself", optional=True),
    Fix("operations", r"^from \.\.\.types import UNSET, Unset\n", "", None, "the class is removed"),
    Fix("operations", r"v is not UNSET and v is not None", "v is not None", None, "absent is None"),
    Fix("operations", r"\bisinstance\((\w+),\s*Unset\)", r"\1 is None", None,
        "absent is None; ruff turns `not x is None` around"),
    Fix("operations", UNSET, "None", None, "absent is None"),
    Fix("operations", r" = (\w+)\.(?:value|isoformat\(\)|to_dict\(\))$", r" = plain(\1)", None,
        "callers may pass a string for an enum or a date, and a dict for a model"),
    Fix("models", r"^from \.\.types import UNSET, Unset\n", "", None, "the class is removed"),
    Fix("models", UNSET, "None", None, "absent is None"),
    Fix("models", r"_attrs_field\(init=False, factory=dict\)",
        "_attrs_field(factory=dict, kw_only=True)", 1,
        "attrs.evolve drops a field that is no argument, and the unreadable values in it"),
)  # fmt: skip


def postprocess(package: Path) -> None:
    """Change a newly generated package in place; SystemExit if its code is unexpected."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(package.rglob("*.py"))}
    groups = group_files(package, texts)
    for fix in FIXES:
        apply_fix(fix, groups[fix.group], texts)
    for path in groups["models"]:
        texts[path] = rewrite_conversions(texts[path])
    for path in groups["operations"]:
        texts[path] = remove_blocking_functions(texts[path])
    for path in (path for group in groups.values() for path in group):
        if re.search(UNSET, texts[path]):
            raise SystemExit(f"{path}: UNSET is still there")
    for path, text in texts.items():
        path.write_text(NOTICE + text, encoding="utf-8")


def group_files(package: Path, texts: dict[Path, str]) -> dict[str, list[Path]]:
    """Return the files of every group of fixes."""
    models = sorted(package.glob("models/*.py"))
    return {
        "types": [package / "types.py"],
        "operations": sorted(package.glob("api/*/[!_]*.py")),
        "models": [path for path in models if "@_attrs_define" in texts[path]],
    }


def apply_fix(fix: Fix, paths: list[Path], texts: dict[Path, str]) -> None:
    """Apply one fix to the texts, and check the number of its matches."""
    total = 0
    for path in paths:
        texts[path], count = re.subn(fix.pattern, fix.replacement, texts[path], flags=re.MULTILINE)
        if fix.count not in (None, count):
            raise SystemExit(f"{path}: found {fix.pattern!r} {count} times, not {fix.count}")
        total += count
    if total == 0 and not fix.optional:
        raise SystemExit(f"{fix.group}: found {fix.pattern!r} nowhere")


def remove_blocking_functions(text: str) -> str:
    """Remove `sync` and `sync_detailed`, because the facade's transport is async only."""
    functions = {n.name: n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)}
    if "sync_detailed" not in functions:
        raise SystemExit("an operation has no sync_detailed: the generator's templates may differ")
    lines = text.splitlines(keepends=True)
    for name in ("sync", "sync_detailed"):
        if function := functions.get(name):
            lines[function.lineno - 1 : function.end_lineno] = []
    return "".join(lines)
