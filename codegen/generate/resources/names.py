"""Give the parameters, methods and classes of the resources their names."""

import keyword
import re
from collections.abc import Collection, Mapping

# Every window has one pattern: `updated_from`, `updated_to`.
WINDOW_ENDS = {
    **dict.fromkeys(("start", "from", "after", "since"), "from"),
    **dict.fromkeys(("end", "to", "before", "until"), "to"),
}
UNNAMED_WINDOW = {"from": "start", "to": "end"}
DATE_WORDS = {"date", "datetime", "time"}
# Names that the generated methods use themselves.
USED_BY_METHODS = frozenset(
    (
        *("self", "ids", "records", "request", "options", "read_page", "page_size"),
        *("prefetch", "since", "operation", "partial", "row_key", "batch_sender", "list"),
        *("list_changed_rows", "fetch", "fetch_row", "fetch_rows", "fetch_json"),
        *("fetch_bytes", "fetch_optional", "build_body", "build_form", "build_list", "build_file"),
    )
)
# Classes that the generated modules import: a model of the same name gets another one there.
USED_BY_MODULES = frozenset(
    (
        *("Any", "AsyncGenerator", "AsyncIterable", "Iterable", "Mapping", "Sequence", "Unpack"),
        *("UUID", "DateInput", "BulkOptions", "CreateOptions", "BulkReport", "Outcome"),
        *("BulkWriter", "Pager", "CompanyContext", "Ids", "Record", "Records"),
    )
)


def split_words(name: str) -> list[str]:
    """Return the words of a name in lower case, however it joins them."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return [word.lower() for word in re.findall(r"[A-Za-z0-9]+", spaced)]


def snake_case(name: str) -> str:
    """Return a name as Python spells it: a keyword gets an underscore, a digit a letter before."""
    spelled = "_".join(split_words(name)) or "value"
    spelled = f"n{spelled}" if spelled[0].isdigit() else spelled
    return f"{spelled}_" if keyword.iskeyword(spelled) else spelled


def pascal_case(name: str) -> str:
    """Return a name as Python spells classes."""
    return "".join(word[0].upper() + word[1:] for word in split_words(name))


def camel_case(name: str) -> str:
    """Return a name as the contract spells fields."""
    pascal = pascal_case(name)
    return pascal[:1].lower() + pascal[1:]


def singular(name: str) -> str:
    """Return the singular of a plural name in snake_case, as far as its ending tells."""
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    if name.endswith(("xes", "ches", "shes", "sses")):
        return name[:-2]
    return name.removesuffix("s") if not name.endswith("ss") else name


def is_date_name(name: str) -> bool:
    """Return whether a parameter of type string takes a date, by its name alone."""
    words = split_words(name)
    rest = words[-1:] if words else []
    ends = DATE_WORDS | WINDOW_ENDS.keys()
    return bool(DATE_WORDS.intersection(words)) and bool(ends.intersection(rest))


def parameter_name(
    name: str,
    *,
    is_date: bool,
    is_flag: bool,
    renamed: Mapping[str, str],
    windows: Mapping[str, str],
) -> str:
    """Return what a method calls a parameter of the contract.

    Args:
        name: The contract's name.
        is_date: Whether it takes a date.
        is_flag: Whether it takes a bool.
        renamed: Names that the resource has chosen, by the contract's.
        windows: Names of windows, by the contract's.
    """
    if name in renamed:
        return renamed[name]
    words = split_words(name)
    if is_date and (ends := [WINDOW_ENDS[word] for word in words if word in WINDOW_ENDS]):
        stem = [word for word in words if word not in WINDOW_ENDS and word not in DATE_WORDS]
        spelled = "_".join(stem)
        return f"{windows.get(spelled, spelled)}_{ends[-1]}" if stem else UNNAMED_WINDOW[ends[-1]]
    if is_flag and len(words) > 1 and words[0] == "is":
        name = "_".join(words[1:])
    spelled = snake_case(name)
    return f"{spelled}_" if spelled in USED_BY_METHODS else spelled


def free_name(name: str, taken: Collection[str], suffix: str) -> str:
    """Return a name that is not taken: itself, or with a suffix and, if need be, a number."""
    if name not in taken:
        return name
    numbers = ("", *map(str, range(2, len(taken) + 3)))
    return next(free for n in numbers if (free := f"{name}{suffix}{n}") not in taken)
