"""Turn the arguments of a generated function into the parameters of a method."""

import ast
import re
from collections.abc import Collection, Mapping

from attrs import field, frozen

from codegen.generate.resources.names import free_name, is_date_name, parameter_name
from codegen.generate.resources.package import Argument, Operation, Package, element_type

FROM_CONTEXT = {"companyId": "company_id", "locationId": "location_id"}
DATES = {"datetime.datetime": "to_datetime", "datetime.date": "to_date"}
CHECKS = {"bool": "check_bool", "int": "check_integer", "float": "check_number", "str": "check_str"}


@frozen
class Parameter:
    """One parameter of a method.

    Attributes:
        name: As the method spells it.
        type: Its annotation without `None`, as source text.
        value: The expression that checks and converts it.
        argument: The argument of the generated function that takes the value.
        imports: Names of models that the expression needs.
        choices: The values of its enum, as source text.
        required: Whether a call has to give it.
    """

    name: str
    type: str
    value: str
    argument: Argument
    required: bool
    imports: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()

    @property
    def description(self) -> str:
        """What the contract says about it, with the values it may have."""
        said = str(self.argument.parameter.get("description", "")).split("\n\n")[0]
        said = " ".join(said.split()) or f"The parameter `{self.argument.contract_name}`."
        missing = [choice for choice in self.choices if choice.strip('"') not in said]
        return f"{said} One of {', '.join(self.choices)}." if missing else said


@frozen
class Conversion:
    """How a value of a parameter is typed and checked."""

    type: str
    code: str
    imports: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()


@frozen
class Naming:
    """What a resource says about its parameters.

    Attributes:
        renamed: Names by the contract's names.
        windows: Names of windows by the contract's.
        required: Parameters that are required whatever the contract says.
    """

    renamed: Mapping[str, str] = field(factory=dict)
    windows: Mapping[str, str] = field(factory=dict)
    required: Collection[str] = ()


def list_context_arguments(operation: Operation) -> list[str]:
    """Return the arguments that every call takes from its company, as `name=value`."""
    given = ["client=self._context.api"]
    for argument in operation.arguments:
        if is_from_context(argument):
            attribute = FROM_CONTEXT[argument.contract_name]
            if attribute == "location_id" and argument.required:
                given.append(f"{argument.name}=self._context.require_location()")
            else:
                given.append(f"{argument.name}=self._context.{attribute}")
    return given


def is_from_context(argument: Argument) -> bool:
    """Return whether the company gives an argument; a location in the path is an ordinary key."""
    name, place = argument.contract_name, argument.place
    return name == "companyId" or (name == "locationId" and place in ("query", "header"))


def make_parameters(
    operation: Operation, package: Package, naming: Naming, left_out: frozenset[str] = frozenset()
) -> list[Parameter]:
    """Return the parameters of a method, without the body and what the company gives."""
    made: list[Parameter] = []
    for argument in operation.arguments:
        if argument.place == "body" or is_from_context(argument) or argument.name in left_out:
            continue
        taken = [parameter.name for parameter in made]
        made.append(_make_parameter(argument, package, naming, taken))
    return sorted(made, key=_rank)


def _rank(parameter: Parameter) -> tuple[bool, int]:
    """Order parameters: required ones, then filters, then windows of dates, then sorting."""
    is_sort = parameter.argument.contract_name in ("sort", "sortDirection")
    kind = 2 if is_sort else 1 if parameter.type == "DateInput" else 0
    return not parameter.required, 0 if parameter.required else kind


def _make_parameter(
    argument: Argument, package: Package, naming: Naming, taken: list[str]
) -> Parameter:
    contract_name = argument.contract_name
    is_date = argument.type in DATES or (argument.type == "str" and is_date_name(contract_name))
    name = parameter_name(
        contract_name,
        is_date=is_date,
        is_flag=argument.type == "bool",
        renamed=naming.renamed,
        windows=naming.windows,
    )
    name = free_name(name, taken, f"_{argument.place}")
    required = argument.required or contract_name in naming.required
    made = _convert(argument.type, name, package, is_date=is_date)
    code = made.code
    if argument.place == "path" and argument.type == "str" and not is_date:
        code = f'_arguments.check_id("{name}", {name})'
    elif required:
        code = f'_arguments.require("{name}", {code})'
    return Parameter(name, made.type, code, argument, required, made.imports, made.choices)


def _convert(type_: str, name: str, package: Package, *, is_date: bool = False) -> Conversion:
    """Return how a value of a generated function's type is taken; as it is, when it is unknown."""
    if type_ in DATES:
        return Conversion("DateInput", f'_arguments.{DATES[type_]}("{name}", {name})')
    if type_ == "str" and is_date:
        return Conversion("DateInput", f'_arguments.format_datetime("{name}", {name})')
    if type_ in CHECKS:
        return Conversion(type_, f'_arguments.{CHECKS[type_]}("{name}", {name})')
    if (value_type := package.enum_type(type_)) is not None:
        code = f'_arguments.to_enum("{name}", {name}, {type_})'
        return Conversion(f"{type_} | {value_type}", code, (type_,), _list_values(type_, package))
    if (element := element_type(type_)) is not None:
        return _convert_list(element, name, package)
    imports = tuple(sorted(names_in(type_) & package.models.keys()))
    return Conversion(without_list(type_), f'_arguments.keep("{name}", {name})', imports)


def _convert_list(element: str, name: str, package: Package) -> Conversion:
    if element in CHECKS or element in DATES:
        check = CHECKS.get(element) or DATES[element]
        made = Conversion("DateInput" if element in DATES else element, f"_arguments.{check}")
    elif (value_type := package.enum_type(element)) is not None:
        check = f"lambda name, value: _arguments.to_enum(name, value, {element})"
        choices = _list_values(element, package)
        made = Conversion(f"{element} | {value_type}", check, (element,), choices)
    else:
        imports = tuple(sorted(names_in(element) & package.models.keys()))
        made = Conversion(without_list(element), "_arguments.keep", imports)
    code = f'_arguments.to_list("{name}", {name}, {made.code})'
    return Conversion(f"Sequence[{made.type}]", code, made.imports, made.choices)


def _list_values(enum: str, package: Package) -> tuple[str, ...]:
    return tuple(repr(v) if isinstance(v, int) else f'"{v}"' for v in package.enum_values(enum))


def without_list(annotation: str) -> str:
    """Return an annotation without `list`, which is a method in the class of a resource."""
    return re.sub(r"\blist\[", "Sequence[", annotation)


def names_in(annotation: str) -> set[str]:
    """Return the names that an annotation uses."""
    nodes = ast.walk(ast.parse(annotation, mode="eval"))
    return {node.id for node in nodes if isinstance(node, ast.Name)}
