"""Writes the two conversions of a model anew, out of the fields that the generator gave it.

The generator's own `from_dict` raises on one null or one unknown value. The types and JSON names of
the fields are read from its code; what it does with them is not, so its templates may change.
"""

import ast
from collections.abc import Iterable

FROM_JSON = {
    **dict.fromkeys(("str", "int", "float", "bool", "Any"), "kept"),
    "datetime.datetime": "moment",
    "datetime.date": "day",
    "UUID": "UUID",
}
HELPERS = """\
from ..reading import day, each, either, fields, kept, moment, read, read_list, read_values
from ..writing import written
"""
TO_DICT = """\
    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {{{entries}}}
        return written(self, known)
"""
# What stays in `d`, or is put back by a read, are the additional properties: so they come last.
FROM_DICT = """\
    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        {imports}d = fields(src_dict)
        return cls({arguments}additional_properties={rest})
"""


def with_tolerant_conversions(text: str) -> str:
    """Replace `to_dict` and `from_dict` in the module of a model.

    Raises SystemExit for a model of an unfamiliar kind.
    """
    tree = ast.parse(text)
    model = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    methods = {node.name: node for node in model.body if isinstance(node, ast.FunctionDef)}
    declared = [node for node in model.body if isinstance(node, ast.AnnAssign)]
    types = {ast.unparse(node.target): node.annotation for node in declared}
    additional = types.pop("additional_properties", None)
    keys = json_names(methods["to_dict"])
    if keys.keys() != types.keys() or additional is None or "to_multipart" in methods:
        raise SystemExit(f"{model.name} is no kind of model that conversions.py knows")
    # Models may refer to each other, so the generator imports them in from_dict, enums at the top.
    imports = [node for node in methods["from_dict"].body if isinstance(node, ast.ImportFrom)]
    converters = {
        **FROM_JSON,
        **{enum: enum for enum in imported(tree.body)},
        **{name: f"{name}.from_dict" for name in (model.name, *imported(imports))},
    }
    reads = {name: reading(keys[name], type_, converters) for name, type_ in types.items()}
    from_dict = FROM_DICT.format(
        imports="".join(f"{ast.unparse(node)}\n        " for node in imports),
        arguments="".join(f"{name}={read}, " for name, read in reads.items()),
        rest=reading_of_the_rest(additional, converters),
    )
    entries = ", ".join(f"{key!r}: self.{name}" for name, key in keys.items())
    text = replaced(text, methods["from_dict"], from_dict)
    text = replaced(text, methods["to_dict"], TO_DICT.format(entries=entries))
    return text.replace("from attrs import define", f"{HELPERS}from attrs import define", 1)


def json_names(to_dict: ast.FunctionDef) -> dict[str, str]:
    """The JSON name of every field, in the order of writing."""
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


def imported(nodes: Iterable[ast.stmt]) -> list[str]:
    """Names that the statements import from among the models."""
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    of_models = [node for node in imports if node.module and node.module.startswith("models.")]
    return [alias.name for node in of_models for alias in node.names]


def reading(key: str, type_: ast.expr, converters: dict[str, str]) -> str:
    """The expression that takes a field of the given type out of `d`."""
    function, convert = "read", converter(type_, converters)
    match choices(type_):
        case [ast.Subscript(ast.Name("list"), element)]:
            function, convert = "read_list", converter(element, converters)
    if convert == "kept":
        return f"read_list(d, {key!r})" if function == "read_list" else f"d.pop({key!r}, None)"
    return f"{function}(d, {key!r}, {convert})"


def reading_of_the_rest(type_: ast.expr, converters: dict[str, str]) -> str:
    """The expression for `additional_properties`, whose values may have a type of their own."""
    match type_:
        case ast.Subscript(ast.Name("dict"), ast.Tuple([_, value])):
            convert = converter(value, converters)
            return "d" if convert == "kept" else f"read_values(d, {convert})"
    raise SystemExit(f"additional properties of an unknown type: {ast.unparse(type_)}")


def converter(type_: ast.expr, converters: dict[str, str]) -> str:
    """The function, as source text, that converts a JSON value into the given type."""
    match choices(type_):
        case []:
            return "kept"
        case [ast.Subscript(ast.Name("list"), element)]:
            return f"each({converter(element, converters)})"
        case [ast.Subscript(ast.Name("Literal"))]:
            return "kept"
        case [single]:
            name = ast.unparse(single)
            if name not in converters:
                raise SystemExit(f"conversions.py knows no way to read the type {name}")
            return converters[name]
        case several:
            found = dict.fromkeys(converter(choice, converters) for choice in several)
            # Anything can be kept as it came, so that choice is the last one.
            ordered = sorted(found, key="kept".__eq__)
            return f"either({', '.join(ordered)})" if len(ordered) > 1 else ordered[0]


def choices(type_: ast.expr) -> list[ast.expr]:
    """The alternatives of a union without None, in their order."""
    if isinstance(type_, ast.BinOp):
        return [*choices(type_.left), *choices(type_.right)]
    is_none = isinstance(type_, ast.Constant) and type_.value is None
    return [] if is_none else [type_]


def replaced(text: str, method: ast.FunctionDef, source: str) -> str:
    """The text of the module with one method exchanged."""
    first = min([method.lineno, *(node.lineno for node in method.decorator_list)])
    lines = text.splitlines(keepends=True)
    lines[first - 1 : method.end_lineno] = [source]
    return "".join(lines)
