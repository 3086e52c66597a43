"""In which way a request breaks the contract, told by field and reason."""

import json
import re
from collections.abc import Callable, Iterable, Sequence

import attrs
from jsonschema_rs import Draft202012Validator, ValidationError, ValidationErrorKind

_MAX_REPORTED = 10
_INTEGER = re.compile(r"-?[0-9]{1,1000}")  # Python prints integers of up to 4,300 digits
_BOOLEANS = {"true": True, "false": False}

FieldPath = tuple[str | int, ...]


@attrs.frozen
class Violation:
    """One thing that is wrong: the place as a path into the body, and the reason."""

    path: FieldPath
    reason: str

    def __str__(self) -> str:
        return f"{format_path(self.path)}: {self.reason}" if self.path else self.reason


def format_path(where: FieldPath) -> str:
    """`("customers", 3, "phones", 0, "type")` as `customers[3].phones[0].type`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in where)
    return "".join(steps).removeprefix(".")


def format_violations(violations: Sequence[Violation]) -> str:
    """The text of an error answer: the first violations, and how many more there are."""
    text = "; ".join(str(violation) for violation in violations[:_MAX_REPORTED])
    more = len(violations) - _MAX_REPORTED
    return f"{text}; and {more} more" if more > 0 else text


def find_body_violations(validator: Draft202012Validator, body: object) -> list[Violation]:
    """What a schema finds wrong with a parsed body."""
    try:
        return (
            [] if validator.is_valid(body) else list(_translate_errors(validator.iter_errors(body)))
        )
    except ValueError as error:  # nested deeper than the validator goes
        return [Violation((), f"the body cannot be read: {error}")]


def parse_parameter(
    name: str, kind: object, validator: Draft202012Validator, text: str
) -> tuple[object, list[Violation]]:
    """The value that a parameter's text stands for, and what is wrong with it."""
    try:
        value = _parse_value(kind, text)
    except ValueError:
        return None, [Violation((name,), f"{json.dumps(text)} is not of type {kind}")]
    found = _translate_errors(validator.iter_errors(value))
    return value, [Violation((name,), violation.reason) for violation in found]


def _parse_value(kind: object, text: str) -> str | int | float | bool:
    if kind == "integer" and not _INTEGER.fullmatch(text):
        raise ValueError(text)
    if kind == "boolean" and text not in _BOOLEANS:
        raise ValueError(text)
    readers: dict[object, Callable[[str], int | float | bool]] = {
        "integer": int,
        "number": float,
        "boolean": _BOOLEANS.__getitem__,
    }
    return readers[kind](text) if kind in readers else text


def _translate_errors(errors: Iterable[ValidationError]) -> Iterable[Violation]:
    for error in errors:
        where = tuple(error.instance_path)
        kind = error.kind
        if isinstance(kind, ValidationErrorKind.Required):
            yield Violation((*where, str(kind.property)), "is required")
        elif isinstance(kind, ValidationErrorKind.AdditionalProperties):
            for name in kind.unexpected:
                yield Violation((*where, name), "is not a field of the contract")
        elif isinstance(kind, ValidationErrorKind.Enum):
            options = ", ".join(json.dumps(option) for option in kind.options)
            yield Violation(where, f"{json.dumps(error.instance)} is not one of {options}")
        else:
            yield Violation(where, error.message)
