"""What resources.yaml says, and what a method of a resource is."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from attrs import frozen

from codegen.generate.resources.arguments import Naming, Parameter
from codegen.generate.resources.package import Field, Operation


@frozen
class Settings:
    """What resources.yaml says.

    Attributes:
        called_by_client: Operations without a verb.
        empty_responses: Models for which a verb returns None.
        windows: Names of windows, by the contract's.
        resources: Settings of each resource.
    """

    called_by_client: Collection[str]
    empty_responses: Collection[str]
    windows: Mapping[str, str]
    resources: Mapping[str, Mapping[str, Any]]

    def of_resource(self, name: str) -> Mapping[str, Any]:
        """Return the settings of a resource, none by default."""
        return self.resources.get(name, {})

    def naming(self, resource: str) -> Naming:
        """Return what a resource says about its parameters."""
        chosen = self.of_resource(resource)
        return Naming(chosen.get("parameters", {}), self.windows, chosen.get("required", ()))


@frozen(kw_only=True)
class Method:
    """A method of a resource, and what it needs to know of its operation.

    Attributes:
        name: "list", "create" or the operation's own name.
        kind: "list", "get", "bulk", "create" or "plain".
        row: The model of a list's or a get's row; of a bulk call's record.
        key: Fields that identify a row.
        many: Whether a get returns all rows under its key.
        list_field: The field of a body that holds the records.
        id_field: The field of a record that holds its id; None for creates.
        identified_by: Fields by which a created record is recognized.
        since: The parameter of `list` from which created records are listed.
        has_location: Whether a record names its location.
        result: What it returns: "model", "optional" model, "bytes", "json" or "none".
    """

    name: str
    kind: str
    operation: Operation
    parameters: Sequence[Parameter] = ()
    row: str = ""
    key: Sequence[Field] = ()
    many: bool = False
    list_field: str = ""
    id_field: Field | None = None
    identified_by: Sequence[str] = ()
    since: str = ""
    has_location: bool = False
    result: str = "model"

    @property
    def names(self) -> list[str]:
        """Every public method that the operation gets."""
        return [self.name, f"{self.name}_each"] if self.kind == "bulk" else [self.name]
