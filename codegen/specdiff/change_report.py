"""Tells what a new version of the API changes, judged by AutoLeap's own versioning policy.

python -m codegen.specdiff OLD NEW      two bundles: paths

Exit codes: 0 nothing breaks, 1 a bundle cannot be read, 2 wrong arguments, 3 something breaks.
"""

import argparse
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from ruamel.yaml.error import YAMLError

from codegen.spec import Node, load_spec
from codegen.specdiff.compare import compare
from codegen.specdiff.policy import Change, Kind

BREAKS = 3
PLACES_SHOWN = 8
NAMES_IN_HEADING = 3
OURS = "† The policy does not name this; it is our reading (codegen/specdiff/policy.py)."


def main() -> int:
    """Print the report of two bundles."""
    parser = argparse.ArgumentParser(description="What a new version of the API changes.")
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    options = parser.parse_args()
    changes = compare(read(options.old), read(options.new))
    print(report(changes))
    return BREAKS if of(changes, Kind.BREAKING) else 0


def read(path: Path) -> Node:
    """Load a bundle; SystemExit says why it cannot be."""
    try:
        document: object = load_spec(path)
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise SystemExit(f"{path} cannot be read: {error}") from None
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        raise SystemExit(f"{path} is not a description of an API: it has no paths")
    return document


def report(changes: list[Change]) -> str:
    """All changes in Markdown, by kind and operation; operations that change alike together."""
    counts = ", ".join(f"{len(of(changes, kind))} {kind}" for kind in Kind)
    if not changes:
        return "# Changes of the API: none\n"
    sections = [section(kind, of(changes, kind)) for kind in Kind if of(changes, kind)]
    ours = [OURS] if any(change.rule.ours for change in changes) else []
    return "\n\n".join([f"# Changes of the API: {counts}", *sections, *ours]) + "\n"


def of(changes: Iterable[Change], kind: Kind) -> list[Change]:
    """The changes of one kind."""
    return [change for change in changes if change.rule.kind is kind]


def section(kind: Kind, changes: list[Change]) -> str:
    """The changes of one kind."""
    alike: dict[str, list[str]] = {}
    for (_, name), group in groupby(sorted(changes, key=path_first), key=path_first):
        listed = list(group)
        text = in_short(listed) if kind is Kind.DOCUMENTATION else in_full(listed)
        alike.setdefault(text, []).append(name)
    blocks = [f"{heading(names)}\n\n{text}" for text, names in alike.items()]
    return "\n\n".join([f"## {kind.capitalize()}", *blocks])


def path_first(change: Change) -> tuple[str, str]:
    """What changes are ordered and grouped by: the path, then the method."""
    return change.operation.partition(" ")[2], change.operation


def heading(names: list[str]) -> str:
    """The operations as a heading; when they are many, as a heading and a line."""
    listed = ", ".join(f"`{name}`" for name in names)
    few = len(names) <= NAMES_IN_HEADING
    return f"### {listed}" if few else f"### {len(names)} operations alike\n\n{listed}"


def in_full(changes: list[Change]) -> str:
    """A line for every change."""
    return "\n".join(
        f"- `{change.place}`: {change.what} ({change.rule.words}{' †' if change.rule.ours else ''})"
        for change in changes
    )


def in_short(changes: list[Change]) -> str:
    """What is deprecated, and one line for all else that has changed for readers only."""
    lines = [f"- `{c.place}`: {c.what}" for c in changes if "deprecated" in c.what]
    places = [f"`{c.place}`" for c in changes if "deprecated" not in c.what]
    if more := places[PLACES_SHOWN:]:
        places[PLACES_SHOWN:] = [f"and {len(more)} more"]
    return "\n".join([*lines, *([f"- words at {', '.join(places)}"] if places else [])])
