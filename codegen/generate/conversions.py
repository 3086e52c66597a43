"""Rewrite `to_dict` and `from_dict` of a model.

The generator's own `from_dict` raises on a null or an unknown value. This module reads only the
types and JSON names of the fields from the generated code, so the generator's templates may change.
"""

import ast
from collections.abc import Iterable

from attrs import frozen

FROM_JSON = {
    **dict.fromkeys(("str", "int", "float", "bool", "Any"), "keep_value"),
    "datetime.datetime": "parse_datetime",
    "datetime.date": "parse_date",
    "UUID": "UUID",
    "File": "keep_value",
}
HELPERS = """\
from ..reading import (
    copy_fields, keep_value, make_list_converter, make_union_converter, parse_date, parse_datetime,
    read, read_list, read_values,
)
from ..writing import to_json_object, write_form
"""
TO_DICT = """\
    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {{{entries}}}
        return to_json_object(self, known)
"""
TO_MULTIPART = """\
    def to_multipart(self) -> types.RequestFiles:
        known: dict[str, Any] = {{{entries}}}
        return write_form(known, self.additional_properties)
"""
# `d` holds the additional properties only after all reads, so they are the last argument.
FROM_DICT = """\
    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        {imports}d = copy_fields(src_dict)
        return cls({arguments}additional_properties={rest})
"""


@frozen
class GeneratedModel:
    """What the generator's code says of a model.

    Attributes:
        keys: JSON names of the fields, by attribute.
        types: Types of the fields, by attribute.
        additional: Type of the additional properties.
        imports: Statements in `from_dict` that import other models.
        converters: Source of the function that reads a type, by the type's name.
    """

    keys: dict[str, str]
    types: dict[str, ast.expr]
    additional: ast.expr
    imports: list[ast.ImportFrom]
    converters: dict[str, str]
    to_dict: ast.FunctionDef
    from_dict: ast.FunctionDef
    to_multipart: ast.FunctionDef | None


def rewrite_conversions(text: str) -> str:
    """Return the module of a model with new conversions; SystemExit if the model is unexpected."""
    model = parse_model(ast.parse(text))
    entries = ", ".join(f"{key!r}: self.{name}" for name, key in model.keys.items())
    text = replace_method(text, model.from_dict, format_from_dict(model))
    if model.to_multipart is not None:
        text = replace_method(text, model.to_multipart, TO_MULTIPART.format(entries=entries))
    text = replace_method(text, model.to_dict, TO_DICT.format(entries=entries))
    return text.replace("from attrs import define", f"{HELPERS}from attrs import define", 1)


def parse_model(tree: ast.Module) -> GeneratedModel:
    """Return the model of a module; SystemExit if the model is unexpected."""
    model = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    methods = {node.name: node for node in model.body if isinstance(node, ast.FunctionDef)}
    declared = [node for node in model.body if isinstance(node, ast.AnnAssign)]
    types = {ast.unparse(node.target): node.annotation for node in declared}
    additional = types.pop("additional_properties", None)
    keys = read_json_names(methods["to_dict"])
    if keys.keys() != types.keys() or additional is None:
        raise SystemExit(f"{model.name} is a kind of model that conversions.py does not know")
    # Models can refer to each other, so the generator imports them in from_dict.
    imports = [node for node in methods["from_dict"].body if isinstance(node, ast.ImportFrom)]
    converters = {
        **FROM_JSON,
        **{enum: enum for enum in list_model_imports(tree.body)},
        **{name: f"{name}.from_dict" for name in (model.name, *list_model_imports(imports))},
    }
    conversions = methods["to_dict"], methods["from_dict"]
    multipart = methods.get("to_multipart")
    return GeneratedModel(keys, types, additional, imports, converters, *conversions, multipart)


def format_from_dict(model: GeneratedModel) -> str:
    """Return the source of a model's `from_dict`."""
    reads = {
        name: format_read(model.keys[name], type_, model.converters)
        for name, type_ in model.types.items()
    }
    return FROM_DICT.format(
        imports="".join(f"{ast.unparse(node)}\n        " for node in model.imports),
        arguments="".join(f"{name}={read}, " for name, read in reads.items()),
        rest=format_additional_read(model.additional, model.converters),
    )


def read_json_names(to_dict: ast.FunctionDef) -> dict[str, str]:
    """Return the JSON name of every field, in the order of `to_dict`."""
    names: dict[str, str] = {}
    for node in ast.walk(to_dict):
        match node:
            case ast.Assign([ast.Subscript(slice=ast.Constant(str(key)))], ast.Name(name)):
                names[name] = key
            case ast.Dict(keys, values):
                for entry in zip(keys, values, strict=True):
                    match entry:
                        case (ast.Constant(str(key)), ast.Name(name)):
                            names[name] = key
    return names


def list_model_imports(nodes: Iterable[ast.stmt]) -> list[str]:
    """Return the names that the statements import from the models."""
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    of_models = [node for node in imports if node.module and node.module.startswith("models.")]
    return [alias.name for node in of_models for alias in node.names]


def format_read(key: str, type_: ast.expr, converters: dict[str, str]) -> str:
    """Return the expression that reads a field of the given type from `d`."""
    function, convert = "read", format_converter(type_, converters)
    match list_union_types(type_):
        case [ast.Subscript(ast.Name("list"), element)]:
            function, convert = "read_list", format_converter(element, converters)
    if convert == "keep_value":
        return f"read_list(d, {key!r})" if function == "read_list" else f"d.pop({key!r}, None)"
    return f"{function}(d, {key!r}, {convert})"


def format_additional_read(type_: ast.expr, converters: dict[str, str]) -> str:
    """Return the expression that reads the additional properties from `d`."""
    match type_:
        case ast.Subscript(ast.Name("dict"), ast.Tuple([_, value])):
            convert = format_converter(value, converters)
            return "d" if convert == "keep_value" else f"read_values(d, {convert})"
    raise SystemExit(f"additional properties of an unknown type: {ast.unparse(type_)}")


def format_converter(type_: ast.expr, converters: dict[str, str]) -> str:
    """Return the source of the function that converts a JSON value to the given type."""
    match list_union_types(type_):
        case []:
            return "keep_value"
        case [ast.Subscript(ast.Name("list"), element)]:
            return f"make_list_converter({format_converter(element, converters)})"
        case [ast.Subscript(ast.Name("Literal"))]:
            return "keep_value"
        case [single]:
            name = ast.unparse(single)
            if name not in converters:
                raise SystemExit(f"conversions.py cannot read the type {name}")
            return converters[name]
        case several:
            found = dict.fromkeys(format_converter(member, converters) for member in several)
            # "keep_value" accepts every value, so it is the last one.
            ordered = sorted(found, key="keep_value".__eq__)
            return f"make_union_converter({', '.join(ordered)})" if len(ordered) > 1 else ordered[0]


def list_union_types(type_: ast.expr) -> list[ast.expr]:
    """Return the types of a union in order, without None."""
    if isinstance(type_, ast.BinOp):
        return [*list_union_types(type_.left), *list_union_types(type_.right)]
    is_none = isinstance(type_, ast.Constant) and type_.value is None
    return [] if is_none else [type_]


def replace_method(text: str, method: ast.FunctionDef, source: str) -> str:
    """Return the text of a module with new source for one method."""
    first = min([method.lineno, *(node.lineno for node in method.decorator_list)])
    lines = text.splitlines(keepends=True)
    lines[first - 1 : method.end_lineno] = [source]
    return "".join(lines)
