"""Bundles made out of openapi.yaml: a table of single changes, and the newer surface."""

import copy
import os
import shutil
import subprocess
import sys
import sysconfig
from functools import cache
from pathlib import Path
from typing import Any

from attrs import frozen
from ruamel.yaml import YAML

from codegen.generate.overlay import apply_overlay
from codegen.spec import iter_operations, load_spec

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
KINDS = ("breaking", "non-breaking", "documentation-only")
Node = dict[str, Any]


@frozen
class Mutation:
    """A change of the contract, and what the report has to say: (kind, operation, place)."""

    name: str
    actions: list[Node]
    lines: frozenset[tuple[str, str, str]]
    edits: bool

    @property
    def harmless(self) -> bool:
        """Whether no program has to change for it."""
        return not self.edits and not any(kind == "breaking" for kind, _, _ in self.lines)


@cache
def _contract() -> Node:
    return load_spec(ROOT / "openapi.yaml")


def contract() -> Node:
    """openapi.yaml, to be changed at will."""
    return copy.deepcopy(_contract())


def changed(actions: list[Node]) -> Node:
    """openapi.yaml after the actions of an overlay."""
    document = contract()
    apply_overlay(document, {"actions": actions})
    return document


def mutations() -> list[Mutation]:
    """The table of single changes."""
    names = [f"{method} {path}" for method, path, _ in iter_operations(_contract())]
    return [
        Mutation(
            name=entry["name"],
            actions=entry["actions"],
            lines=frozenset(
                (kind, operation, place)
                for kind in KINDS
                for line in entry.get(kind, [])
                for operation, place in _places(line, names)
            ),
            edits=entry.get("edits", False),
        )
        for entry in _read("mutations.yaml")
    ]


def _places(line: str, names: list[str]) -> list[tuple[str, str]]:
    operation, _, place = line.partition(": ")
    return [(name, place) for name in (names if operation == "*" else [operation])]


def newer_surface() -> list[Node]:
    """The overlay's actions that add the newer surface, which is our guess."""
    actions: list[Node] = _read("newer-surface.yaml")["actions"]
    return actions


def unseen_kinds() -> list[Node]:
    """The overlay's actions that add an operation of each kind that the contract lacks."""
    actions: list[Node] = _read("unseen-kinds.yaml")["actions"]
    return actions


def odd_spellings() -> list[Node]:
    """The overlay's actions that add operations that are hard to name."""
    actions: list[Node] = _read("odd-spellings.yaml")["actions"]
    return actions


def _read(name: str) -> Any:
    return YAML(typ="safe", pure=True).load(HERE / name)


def written(document: Node, path: Path) -> Path:
    """The document as a YAML file."""
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump(document, file)
    return path


def copy_of_project(folder: Path) -> Path:
    """The project in another folder, so that a test can take a bundle in."""
    away = shutil.ignore_patterns(".*", "__pycache__", "node_modules", "dist", "build")
    shutil.copytree(ROOT, folder, ignore=away)
    environment(folder / ".venv")
    # mypy starts from what it knows, when it knows something.
    if (ROOT / ".mypy_cache").exists():
        shutil.copytree(ROOT / ".mypy_cache", folder / ".mypy_cache")
    return folder


def environment(folder: Path) -> None:
    """This virtual environment without the project in it, which would fill the copy's gaps."""
    packages = Path(sysconfig.get_path("purelib")).relative_to(sys.prefix)
    for part in ("bin", packages):
        (folder / part).mkdir(parents=True)
        for entry in Path(sys.prefix, part).iterdir():
            if "autoleap" not in entry.name:
                (folder / part / entry.name).symlink_to(entry)
    shutil.copy(Path(sys.prefix, "pyvenv.cfg"), folder)


def take_in(project: Path, *arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    """`make spec` in a copy of the project, without the walk against Prism."""
    outside = {name: value for name, value in os.environ.items() if name != "PRISM"}
    return subprocess.run(
        [project / ".venv/bin/python", "-m", "codegen.update", *arguments],
        cwd=project,
        env={**outside, "PYTHONPATH": "", **more},
        capture_output=True,
        text=True,
        check=False,
    )
