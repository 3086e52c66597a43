"""Violations of the contract: the field and the reason."""

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
    """One violation: the path of a field, or of a parameter, and the reason."""

    path: FieldPath
    reason: str

    def __str__(self) -> str:
        return f"{format_path(self.path)}: {self.reason}" if self.path else self.reason


def format_path(path: FieldPath) -> str:
    """Return `("customers", 3, "phones", 0, "type")` as `customers[3].phones[0].type`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def format_violations(violations: Sequence[Violation]) -> str:
    """Return the text of an error response: the first violations and the number of the others."""
    text = "; ".join(str(violation) for violation in violations[:_MAX_REPORTED])
    more = len(violations) - _MAX_REPORTED
    return f"{text}; and {more} more" if more > 0 else text


def find_body_violations(validator: Draft202012Validator, body: object) -> list[Violation]:
    """Return the violations of a parsed body."""
    try:
        return (
            [] if validator.is_valid(body) else list(_translate_errors(validator.iter_errors(body)))
        )
    except ValueError as error:  # The nesting is too deep for the validator.
        return [Violation((), f"the body cannot be read: {error}")]


def parse_parameter(
    name: str, value_type: object, validator: Draft202012Validator, text: str
) -> tuple[object, list[Violation]]:
    """Return the value of a parameter's text and its violations."""
    try:
        value = _parse_value(value_type, text)
    except ValueError:
        return None, [Violation((name,), f"{json.dumps(text)} is not of type {value_type}")]
    violations = _translate_errors(validator.iter_errors(value))
    return value, [Violation((name,), violation.reason) for violation in violations]


def _parse_value(value_type: object, text: str) -> str | int | float | bool:
    if value_type == "integer" and not _INTEGER.fullmatch(text):
        raise ValueError(text)
    if value_type == "boolean" and text not in _BOOLEANS:
        raise ValueError(text)
    readers: dict[object, Callable[[str], int | float | bool]] = {
        "integer": int,
        "number": float,
        "boolean": _BOOLEANS.__getitem__,
    }
    return readers[value_type](text) if value_type in readers else text


def _translate_errors(errors: Iterable[ValidationError]) -> Iterable[Violation]:
    for error in errors:
        path = tuple(error.instance_path)
        kind = error.kind
        if isinstance(kind, ValidationErrorKind.Required):
            yield Violation((*path, str(kind.property)), "is required")
        elif isinstance(kind, ValidationErrorKind.AdditionalProperties):
            for name in kind.unexpected:
                yield Violation((*path, name), "is not a field of the contract")
        elif isinstance(kind, ValidationErrorKind.Enum):
            options = ", ".join(json.dumps(option) for option in kind.options)
            yield Violation(path, f"{json.dumps(error.instance)} is not one of {options}")
        else:
            yield Violation(path, error.message)
