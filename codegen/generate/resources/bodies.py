"""Turn the request body of an operation into one parameter of a method."""

from attrs import frozen

from codegen.generate.media_types import JSON
from codegen.generate.resources.arguments import without_list
from codegen.generate.resources.imports import Imports
from codegen.generate.resources.package import Argument, Operation, element_type


@frozen
class Body:
    """The parameter `request` of a method.

    Attributes:
        type: Its annotation without `None`.
        value: The expression that checks it and makes the request body.
        required: Whether a call has to give it.
        is_checked: Whether it is checked against the contract.
        description: What it is.
    """

    type: str
    value: str
    required: bool
    is_checked: bool
    description: str

    @property
    def declaration(self) -> str:
        """Its place in a signature."""
        return f"request: {self.type}" if self.required else f"request: {self.type} | None = None"

    @property
    def argument(self) -> str:
        """The argument of the generated function."""
        missing = "" if self.required else "None if request is None else "
        return f"body={missing}{self.value}"


def make_body(operation: Operation, imports: Imports) -> Body | None:
    """Return the parameter for the body of an operation; None if it takes no body."""
    argument = operation.body
    if argument is None:
        return None
    element = element_type(argument.type) or ""
    if argument.type in imports.package.models:
        return _make_model_body(operation, argument, imports)
    if element in imports.package.models:
        return _make_list_body(argument, element, imports)
    if argument.type == "File":
        value = f"{imports.use('._calls', 'build_file')}(request)"
        return Body("bytes", value, argument.required, False, "The content of the file.")
    kind = imports.use_names(without_list(argument.type))
    value = "list(request)" if element else "request"
    return Body(kind, value, argument.required, False, "The body, sent as JSON.")


def is_json(operation: Operation) -> bool:
    """Return whether the body of an operation is JSON."""
    return JSON in operation.node.get("requestBody", {}).get("content", {})


def _make_model_body(operation: Operation, argument: Argument, imports: Imports) -> Body:
    package, model = imports.package, argument.type
    local = imports.use_model(model)
    schema = package.schema_name(model) if is_json(operation) else None
    named = [name for name in ("companyId", "locationId") if name in package.fields(model)]
    ids = ", ".join(f'"{name}"' for name in named)
    defaults = f"self._context.ids({ids})" if named else "{}"
    helper = imports.use("._calls", "build_body" if schema else "build_form")
    checked = f', "{schema}"' if schema else ""
    filled = " The ids of the company are filled in." if named else ""
    return Body(
        type=f"{imports.use('._base', 'Record')}[{local}]",
        value=f"{helper}({local}, request{checked}, {defaults})",
        required=argument.required,
        is_checked=schema is not None,
        description=f"A `{model}` model, or a dict with the field names of the API.{filled}",
    )


def _make_list_body(argument: Argument, element: str, imports: Imports) -> Body:
    schema, local = imports.package.schema_name(element), imports.use_model(element)
    record = f"{imports.use('._base', 'Record')}[{local}]"
    build = imports.use("._calls", "build_list")
    return Body(
        type=f"{imports.use('collections.abc', 'Sequence')}[{record}]",
        value=f'{build}({local}, request, "{schema}")',
        required=argument.required,
        is_checked=True,
        description=f"`{element}` models, or dicts with the field names of the API.",
    )
