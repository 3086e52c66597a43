"""Write autoleap/resources/ as a whole."""

from collections import defaultdict
from pathlib import Path

from attrs import frozen

from codegen.generate.naming import OVERLAY
from codegen.generate.resources.model import Settings
from codegen.generate.resources.package import Operation, Package
from codegen.generate.resources.source import (
    Resource,
    make_resource,
    tag_descriptions,
    write_company,
    write_resource,
)
from codegen.generate.resources.verbs import ResourcePlanner
from codegen.spec import Node, load_spec

SETTINGS = Path(__file__).parent.parent / "resources.yaml"


@frozen
class Plan:
    """The resources of a contract, and notes about the choices of the generator."""

    resources: list[Resource]
    notes: list[str]
    package: Package

    def list_methods(self) -> list[tuple[str, str]]:
        """Return every pair of an operationId and a method that calls it, as "customers.list"."""
        return [
            (method.operation.id, f"{resource.name}.{name}")
            for resource in self.resources
            for method in resource.methods
            for name in method.names
        ]


def make_plan(spec: Node, folder: Path, settings: Settings | None = None) -> Plan:
    """Decide which method stands for which operation.

    Args:
        spec: The contract, under the names of the overlay.
        folder: The generated package.
        settings: What resources.yaml says; read from there if it is None.
    """
    known = list_known_operations()
    settings = settings or load_settings()
    package, notes = Package(folder, spec), list[str]()
    by_folder: dict[str, list[Operation]] = defaultdict(list)
    for operation in package.operations:
        if operation.id not in settings.called_by_client:
            by_folder[operation.folder].append(operation)
    described, resources = tag_descriptions(spec), list[Resource]()
    for name, operations in by_folder.items():
        planner = ResourcePlanner(name, operations, package, settings, known)
        description = described.get(operations[0].node["tags"][0], "")
        resources.append(make_resource(name, description, planner.plan()))
        notes += planner.notes
    return Plan(resources, notes, package)


def load_settings() -> Settings:
    """Read resources.yaml."""
    return Settings(**load_spec(SETTINGS))


def list_known_operations() -> set[str]:
    """Return the operationIds that the overlay gives."""
    updates = [action.get("update", {}) for action in load_spec(OVERLAY)["actions"]]
    return {update["operationId"] for update in updates if "operationId" in update}


def write_resources(plan: Plan, folder: Path) -> None:
    """Write every generated file into a folder, unformatted."""
    folder.mkdir(parents=True, exist_ok=True)
    for resource in plan.resources:
        source = write_resource(resource, plan.package)
        (folder / f"{resource.name}.py").write_text(source, encoding="utf-8")
    (folder / "company.py").write_text(write_company(plan.resources), encoding="utf-8")
