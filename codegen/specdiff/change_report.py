"""Report what a new version of the API changes, by AutoLeap's versioning policy.

python -m codegen.specdiff OLD NEW      paths of two bundles

Exit codes: 0 no breaking change, 1 unreadable bundle, 2 wrong arguments, 3 breaking changes.
"""

import argparse
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from ruamel.yaml.error import YAMLError

from codegen.spec import Node, load_spec
from codegen.specdiff.compare import compare
from codegen.specdiff.policy import Change, Kind

BREAKING_EXIT_CODE = 3
MAX_PLACES = 8
MAX_NAMES_IN_HEADING = 3
OWN_RULE = (
    "† The policy does not cover this change; the rule comes from this project (see policy.py)."
)


def main() -> int:
    """Print the report of two bundles."""
    parser = argparse.ArgumentParser(description="Report what a new version of the API changes.")
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    options = parser.parse_args()
    changes = compare(load_bundle(options.old), load_bundle(options.new))
    print(format_report(changes))
    return BREAKING_EXIT_CODE if select_kind(changes, Kind.BREAKING) else 0


def load_bundle(path: Path) -> Node:
    """Return the spec in a bundle; SystemExit states why it is unreadable."""
    try:
        document: object = load_spec(path)
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise SystemExit(f"{path} cannot be read: {error}") from None
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        raise SystemExit(f"{path} is not a description of an API: it has no paths")
    return document


def format_report(changes: list[Change]) -> str:
    """Return all changes in Markdown, by kind and operation.

    Operations with the same changes share one section.
    """
    if not changes:
        return "# Changes of the API: none\n"
    by_kind = {kind: select_kind(changes, kind) for kind in Kind}
    counts = ", ".join(f"{len(selected)} {kind}" for kind, selected in by_kind.items())
    sections = [format_section(kind, selected) for kind, selected in by_kind.items() if selected]
    footnotes = [OWN_RULE] if any(change.rule.own for change in changes) else []
    return "\n\n".join([f"# Changes of the API: {counts}", *sections, *footnotes]) + "\n"


def select_kind(changes: Iterable[Change], kind: Kind) -> list[Change]:
    """Return the changes of one kind."""
    return [change for change in changes if change.rule.kind is kind]


def format_section(kind: Kind, changes: list[Change]) -> str:
    """Return the section for the changes of one kind."""
    operations: dict[str, list[str]] = {}
    for (_, name), group in groupby(sorted(changes, key=get_sort_key), key=get_sort_key):
        same = list(group)
        text = format_annotations(same) if kind is Kind.DOCUMENTATION else format_changes(same)
        operations.setdefault(text, []).append(name)
    blocks = [f"{format_heading(names)}\n\n{text}" for text, names in operations.items()]
    return "\n\n".join([f"## {kind.capitalize()}", *blocks])


def get_sort_key(change: Change) -> tuple[str, str]:
    """Return the path of a change's operation, and then the operation."""
    return change.operation.partition(" ")[2], change.operation


def format_heading(names: list[str]) -> str:
    """Return a heading with the operations, or with their number and a list below it."""
    listed = ", ".join(f"`{name}`" for name in names)
    few = len(names) <= MAX_NAMES_IN_HEADING
    return f"### {listed}" if few else f"### {len(names)} operations alike\n\n{listed}"


def format_changes(changes: list[Change]) -> str:
    """Return a line for every change."""
    return "\n".join(
        f"- `{c.place}`: {c.description} ({c.rule.description}{' †' if c.rule.own else ''})"
        for c in changes
    )


def format_annotations(changes: list[Change]) -> str:
    """Return a line for every deprecation, and one line for all other annotations."""
    lines = [f"- `{c.place}`: {c.description}" for c in changes if "deprecated" in c.description]
    places = [f"`{c.place}`" for c in changes if "deprecated" not in c.description]
    if more := places[MAX_PLACES:]:
        places[MAX_PLACES:] = [f"and {len(more)} more"]
    return "\n".join([*lines, *([f"- annotations at {', '.join(places)}"] if places else [])])
