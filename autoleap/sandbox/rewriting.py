"""Rewriting of values before they are stored, as the habit `Rewriting` says."""

import html
import json
import unicodedata
from collections.abc import Callable, Mapping
from typing import cast

from autoleap.sandbox.habits import NameRewrite, PhoneRewrite, Rewriting

_NAME_FIELDS = frozenset(
    ("firstName", "lastName", "displayName", "companyName", "make", "model", "vehicleName")
)
_PHONE_FIELDS = frozenset(("number", "phone"))
_EMAIL_FIELDS = frozenset(("emailAddress", "email"))
_CODE_FIELDS = frozenset(("vin", "licensePlate"))
_LIST_FIELDS = frozenset(("phones", "emails", "tags"))
_STATES = """\
AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware
DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa
KS Kansas|KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota
MS Mississippi|MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey
NM New Mexico|NY New York|NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon
PA Pennsylvania|RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah
VT Vermont|VA Virginia|WA Washington|WV West Virginia|WI Wisconsin|WY Wyoming"""
_STATE_NAMES = {
    code: name
    for code, _, name in (
        entry.partition(" ") for line in _STATES.splitlines() for entry in line.split("|")
    )
}
_STATE_CODES = {name.casefold(): code for code, name in _STATE_NAMES.items()}

_NAME_REWRITES: Mapping[NameRewrite, Callable[[str], str]] = {
    "title": str.title,
    "upper": str.upper,
    "collapse": lambda text: " ".join(text.split()),
    "nfc": lambda text: unicodedata.normalize("NFC", text),
    "nfkc": lambda text: unicodedata.normalize("NFKC", text),
    "html": html.escape,
}


def rewrite_record(habit: Rewriting | None, record: Mapping[str, object]) -> dict[str, object]:
    """Return the record as the server stores it. Ids stay unchanged."""
    if habit is None:
        return dict(record)
    return _rewrite_object(habit, record)


def _rewrite_object(habit: Rewriting, record: Mapping[str, object]) -> dict[str, object]:
    return {
        name: _rewrite_value(habit, name, value)
        for name, value in record.items()
        if name not in habit.dropped
    }


def _rewrite_value(habit: Rewriting, name: str, value: object) -> object:
    if isinstance(value, dict):
        return _rewrite_object(habit, cast("dict[str, object]", value))
    if isinstance(value, list):
        parts = [_rewrite_value(habit, name, part) for part in cast("list[object]", value)]
        return _reorder(habit, parts) if name in _LIST_FIELDS else parts
    if isinstance(value, str) and not name.endswith(("Id", "ID")):
        return _rewrite_text(habit, name, value)[: habit.longest_text]
    return value


def _reorder(habit: Rewriting, parts: list[object]) -> list[object]:
    if habit.lists == "sorted":
        return sorted(parts, key=lambda part: json.dumps(part, sort_keys=True))
    return parts[::-1] if habit.lists == "reversed" else parts


def _rewrite_text(habit: Rewriting, name: str, text: str) -> str:
    if name in _NAME_FIELDS:
        for rewrite in habit.names:
            text = _NAME_REWRITES[rewrite](text)
    elif name in _PHONE_FIELDS and habit.phones is not None:
        return _rewrite_phone(habit.phones, text)
    elif name in _EMAIL_FIELDS and habit.emails == "lower":
        return text.lower()
    elif name in _CODE_FIELDS:
        return _rewrite_code(habit, text)
    elif name == "state":
        return _rewrite_state(habit, text)
    return text


def _rewrite_phone(form: PhoneRewrite, text: str) -> str:
    """Return a phone number in another form. Only numbers of the USA have the longer forms."""
    digits = "".join(filter(str.isdigit, text))
    local = digits[1:] if len(digits) == 11 and digits.startswith("1") else digits
    if form == "digits" or len(local) != 10:
        return digits
    if form == "e164":
        return f"+1{local}"
    return f"({local[:3]}) {local[3:6]}-{local[6:]}"


def _rewrite_code(habit: Rewriting, text: str) -> str:
    if habit.codes == "upper":
        return text.upper()
    if habit.codes == "compact":
        return "".join(filter(str.isalnum, text)).upper()
    return text


def _rewrite_state(habit: Rewriting, text: str) -> str:
    """Return the code or the name of a state. A text that is neither stays unchanged."""
    code = _STATE_CODES.get(text.casefold(), text.upper())
    if habit.states is None or code not in _STATE_NAMES:
        return text
    return code if habit.states == "code" else _STATE_NAMES[code]
