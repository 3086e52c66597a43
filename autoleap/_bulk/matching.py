"""Pure: no I/O, no clock.

Fingerprints: the content of a record or a row in a form in which the two can be compared.

A create returns no ids, and its response can be lost. Only the content then shows which row belongs
to which record. A server may change the spelling of a text when it stores it. Therefore texts are
folded first: letter case, blanks, equivalent characters and HTML escapes do not count. Blank, false
and missing values are equal, and so are a number and its text.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias, cast

from attrs import frozen

from .._request_schemas import Schema, resolve_ref
from .._validation import Json
from ..errors import ConfigurationError

Digest: TypeAlias = str

# Numbers with at least so many digits and punctuation between them are compared by their digits:
# servers reformat phone numbers.
MIN_PHONE_DIGITS = 7
_PHONE = re.compile(r"[\d\s()+./-]+")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@frozen
class Fingerprint:
    """Hashes that identify a record or a row by its content.

    Attributes:
        digest: Hash of all fields that a request can hold.
        key: Hash of the few identifying fields. Equal digests have equal keys.
        fields: Hash of each field that is not blank, by its name.
    """

    digest: Digest
    key: Digest
    fields: Mapping[str, Digest]

    def project(self, ignored: Collection[str]) -> Digest:
        """Return a hash of all fields but some."""
        if not ignored:
            return self.digest
        return _hash_json({k: v for k, v in self.fields.items() if k not in ignored})


def compute_fingerprint(
    content: Json, schema: str, key_fields: Sequence[str], paths: Collection[str] | None = None
) -> Fingerprint:
    """Hash the content of a record or of a row.

    Args:
        content: The record or row in the API's JSON.
        schema: Name of the request schema. Fields that it does not name are ignored.
        key_fields: Names of the identifying fields.
        paths: Paths of the fields to hash, as `list_field_paths` returns them; None for all. A
            server adds default values, so a row is compared only by fields that were sent.
    """
    normalized = normalize(content, {"$ref": schema}, paths)
    values = cast("Json", normalized) if isinstance(normalized, dict) else {}
    fields = {name: _hash_json(value) for name, value in values.items()}
    return Fingerprint(_hash_json(fields), _hash_json([fields.get(k) for k in key_fields]), fields)


def compute_identity(content: Json, names: Sequence[str]) -> Fingerprint | None:
    """Hash only the identifying fields of a record or of a row; None if all of them are blank.

    Args:
        content: The record or row in the API's JSON.
        names: Names or dotted paths of the fields.
    """
    values = {name: sorted(_find_values(content, name.split("."))) for name in names}
    if not any(values.values()):
        return None
    digest = _hash_json(values)
    return Fingerprint(digest, digest, {name: _hash_json(value) for name, value in values.items()})


def check_identity_fields(schema: str, names: Sequence[str]) -> None:
    """Check that the fields of `identify_by` are in a request schema.

    Raises:
        ConfigurationError: naming a field that is not, and the fields that are.
    """
    known = _list_properties(resolve_ref({"$ref": schema}))
    for name in names:
        if name.split(".")[0] not in known:
            raise ConfigurationError(
                f"identify_by names {name!r}, which is not a field of {schema}; its fields are "
                f"{', '.join(known)}"
            )


def _find_values(value: object, path: Sequence[str]) -> list[str]:
    """Return the letters and digits of all texts at a path, without blank ones."""
    if isinstance(value, list):
        items = cast("list[object]", value)
        return [text for item in items for text in _find_values(item, path)]
    if path:
        nested = cast("Json", value).get(path[0]) if isinstance(value, dict) else None
        return _find_values(nested, path[1:]) if nested is not None else []
    folded = _normalize_scalar(value) or ""
    text = "".join(character for character in folded if character.isalnum())
    return [text] if text else []


def list_field_paths(value: object, path: str = "") -> set[str]:
    """Return the paths of all fields of a value; all elements of a list share one path."""
    paths = {path}
    if isinstance(value, dict):
        for name, item in cast("Json", value).items():
            paths |= list_field_paths(item, f"{path}.{name}")
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            paths |= list_field_paths(item, path)
    return paths


def normalize(
    value: object, schema: Schema, paths: Collection[str] | None = None, path: str = ""
) -> object:
    """Return a value in the form in which values are compared; None for a blank value.

    Args:
        value: A JSON value.
        schema: Its schema.
        paths: Paths of the fields to keep; None for all.
        path: Path of this value.
    """
    if paths is not None and path not in paths:
        return None
    schema = resolve_ref(schema)
    if isinstance(value, dict):
        return _normalize_object(cast("Json", value), schema, paths, path)
    if isinstance(value, list):
        element_schema = schema.get("items", {})
        elements = cast("list[object]", value)
        items = [normalize(item, element_schema, paths, path) for item in elements]
        # A server may return a list in another order.
        return sorted((item for item in items if item is not None), key=_to_json) or None
    return _normalize_scalar(value)


def _normalize_object(
    value: Json, schema: Schema, paths: Collection[str] | None, path: str
) -> Json | None:
    fields = {
        name: normalize(value.get(name), field_schema, paths, f"{path}.{name}")
        for name, field_schema in _list_properties(schema).items()
    }
    return {name: item for name, item in fields.items() if item is not None} or None


def _list_properties(schema: Schema) -> dict[str, Schema]:
    properties: dict[str, Schema] = dict(schema.get("properties", {}))
    for subschema in schema.get("allOf", ()):
        properties |= _list_properties(resolve_ref(subschema))
    return properties


def _normalize_scalar(value: object) -> str | None:
    if value is None or value is False:
        return None
    if value is True:
        return "true"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = fold_text(str(value))
    return None if text == "false" else text or None


def fold_text(text: str) -> str:
    """Return a text without the differences that a server may make when it stores it."""
    if not text.isascii() or "&" in text:
        text = unicodedata.normalize("NFKC", html.unescape(text))
    text = " ".join(text.casefold().split())
    if _NUMBER.fullmatch(text) or not _PHONE.fullmatch(text):
        return text
    digits = [character for character in text if character.isdigit()]
    return "".join(digits) if len(digits) >= MIN_PHONE_DIGITS else text


def _to_json(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _hash_json(value: object) -> Digest:
    data = _to_json(value).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=12).hexdigest()
