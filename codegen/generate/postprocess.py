"""Gives the generated package the semantics of this project.

First the text fixes of the table below; then every model gets tolerant conversions, and every
operation loses its blocking functions. Nothing is skipped in silence: each step stops the run when
the generator's output is not what it expects.
"""

import ast
import re
from pathlib import Path

from attrs import frozen

from codegen.generate.conversions import with_tolerant_conversions

# The words in code; as a JSON name or an enum member they would be the contract's own.
UNSET = r"(?<![\".])\b(?:UNSET|Unset)\b(?!\")"
NOTICE = "# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.\n\n"


@frozen
class Fix:
    """A replacement: `each` times in every file of the group, or else at least once in all.

    A rare one need not be met at all: the contract has no use for it today.
    """

    group: str
    pattern: str
    replacement: str
    each: int | None
    reason: str
    rare: bool = False


FIXES = (
    Fix("types", r"class Unset:\n(?:    .*\n|\n)+UNSET: Unset = Unset\(\)\n", "", 1,
        "absent is None: UNSET is compared by identity, so a copied or pickled model breaks"),
    Fix("types", r'"UNSET", |, "Unset"', "", 2, "gone with the class"),
    Fix("operations", r"^from \.\.\.types import Response, UNSET$",
        "from ...types import Response\nfrom ...reading import elements\n"
        "from ...writing import plain", 1, "both come in below"),
    Fix("operations", r"(?<!from_dict\()\bresponse\.json\(\)", "elements(response)", None,
        "an answer that is no object: the facade's responses decode objects only", rare=True),
    Fix("operations", r"^from \.\.\.types import UNSET, Unset\n", "", None, "gone with the class"),
    Fix("operations", r"v is not UNSET and v is not None", "v is not None", None, "absent is None"),
    Fix("operations", r"\bisinstance\((\w+),\s*Unset\)", r"\1 is None", None,
        "absent is None; ruff turns `not x is None` around"),
    Fix("operations", UNSET, "None", None, "absent is None"),
    Fix("operations", r" = (\w+)\.(?:value|isoformat\(\)|to_dict\(\))$", r" = plain(\1)", None,
        "a string may stand for an enum or a date, and a dict for a model"),
    Fix("models", r"^from \.\.types import UNSET, Unset\n", "", None, "gone with the class"),
    Fix("models", UNSET, "None", None, "absent is None"),
    Fix("models", r"_attrs_field\(init=False, factory=dict\)",
        "_attrs_field(factory=dict, kw_only=True)", 1,
        "attrs.evolve drops a field that is no argument, and with it what could not be read"),
)  # fmt: skip


def postprocess(package: Path) -> None:
    """Rework a freshly generated package in place; SystemExit when something is unfamiliar."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(package.rglob("*.py"))}
    groups = {
        "types": [package / "types.py"],
        "operations": sorted(package.glob("api/*/[!_]*.py")),
        "models": [p for p in sorted(package.glob("models/*.py")) if "@_attrs_define" in texts[p]],
    }
    for fix in FIXES:
        apply(fix, groups[fix.group], texts)
    for path in groups["models"]:
        texts[path] = with_tolerant_conversions(texts[path])
    for path in groups["operations"]:
        texts[path] = without_blocking(texts[path])
    for path in (path for group in groups.values() for path in group):
        if re.search(UNSET, texts[path]):
            raise SystemExit(f"{path}: UNSET is still there")
    for path, text in texts.items():
        path.write_text(NOTICE + text, encoding="utf-8")


def apply(fix: Fix, paths: list[Path], texts: dict[Path, str]) -> None:
    """Carry out one fix, and count what it met."""
    total = 0
    for path in paths:
        texts[path], met = re.subn(fix.pattern, fix.replacement, texts[path], flags=re.MULTILINE)
        if fix.each is not None and met != fix.each:
            raise SystemExit(f"{path}: found {fix.pattern!r} {met} times, not {fix.each}")
        total += met
    if total == 0 and not fix.rare:
        raise SystemExit(f"{fix.group}: found {fix.pattern!r} nowhere")


def without_blocking(text: str) -> str:
    """Remove `sync` and `sync_detailed`: below them is no transport with tokens and budgets."""
    functions = {n.name: n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)}
    if "sync_detailed" not in functions:
        raise SystemExit("an operation without sync_detailed: have the templates changed?")
    lines = text.splitlines(keepends=True)
    for name in ("sync", "sync_detailed"):
        if function := functions.get(name):
            lines[function.lineno - 1 : function.end_lineno] = []
    return "".join(lines)
