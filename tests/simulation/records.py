"""Records of customers, and what a server makes of them."""

from __future__ import annotations

import copy
import html
import json
import random
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from tests.simulation.habits import Input, Rewriting

Json: TypeAlias = dict[str, Any]

# Last names by which the server knows a record that it does not store.
BAD, POISON, FIREWALL = "Refused", "Poison", "Union Select"

_FIRST = ("Ana", "bo", "mary  ann", "Jose\u0301", "Zoë", "Tom & Jo", "DI")
_LAST = ("Ng", "o'neil", "Ruiz & sons", "van der Berg", "McKay", "smith")
_STATES = {"California": "CA", "New York": "NY", "Texas": "TX"}
_NOTES = ("gate 2", "call after 5 pm, ask for the second key, and check the left mirror", "")


def draw_calls(rng: random.Random, plan: Input) -> list[list[Json]]:
    """Draw the records of each call; calls share equal records."""
    pool: list[Json] = []
    calls = [[_draw(rng, plan, pool) for _ in range(count)] for count in plan.counts]
    for name, count in ((POISON, plan.poison), (FIREWALL, plan.firewall)):
        for _ in range(count):
            call = rng.choice(calls)
            call[rng.randrange(len(call))] = {**customer(rng, len(pool)), "lastName": name}
            pool.append({})
    return calls


def _draw(rng: random.Random, plan: Input, pool: list[Json]) -> Json:
    kind = rng.random()
    good = [record for record in pool if record]
    record = customer(rng, len(pool), minimal=rng.random() < plan.minimal)
    if kind < plan.bad:
        record["lastName"] = BAD
    elif kind < plan.bad + plan.invalid:
        record = {"firstName": "Ana"}
    elif good and rng.random() < plan.equal:
        return copy.deepcopy(rng.choice(good))
    elif good and rng.random() < plan.alike:
        record = {**copy.deepcopy(rng.choice(good)), "notes": f"number {len(pool)}"}
    pool.append({} if kind < plan.bad + plan.invalid else record)
    return record


def customer(rng: random.Random, number: int, *, minimal: bool = False) -> Json:
    """Draw a customer; the phone number and the display name are unique."""
    record: Json = {"firstName": rng.choice(_FIRST), "lastName": rng.choice(_LAST)}
    if minimal:
        return record
    record["displayName"] = f"Acct {number:05}"
    phone = rng.choice(("(555) 01{}-{}", "555-01{}-{}", "55501{}{}")).format(
        number // 10000 % 10, f"{number % 10000:04}"
    )
    record["phones"] = [{"number": phone, "type": "mobile", "primary": True}]
    if rng.random() < 0.3:
        record["phones"].append({"number": f"555-0{900 + number % 100}", "type": "landline"})
    if rng.random() < 0.5:
        record["emails"] = [{"emailAddress": f"User.{number}@Example.com"}]
    if rng.random() < 0.5:
        record["mainAddress"] = {"address": f"{number} Main St", "state": rng.choice([*_STATES])}
    if rng.random() < 0.5:
        record["notes"] = rng.choice(_NOTES)
    if rng.random() < 0.3:
        record["tags"] = [{"name": name, "color": "FFFF00"} for name in ("fleet", "vip")]
    return record


def spell(record: Mapping[str, Any]) -> str:
    """Return a record in one spelling, in which equal records are equal texts.

    Fields that are empty do not count, as for the facade.
    """
    return json.dumps(_drop_empty(dict(record)), sort_keys=True)


def _drop_empty(value: object) -> object:
    if isinstance(value, dict):
        held = {name: _drop_empty(item) for name, item in value.items()}
        return {name: item for name, item in held.items() if item} or None
    if isinstance(value, list):
        return [item for item in map(_drop_empty, value) if item] or None
    return value


def rewrite(record: Json, rewriting: Sequence[Rewriting]) -> Json:
    """Return a record as a server with these habits lists it."""
    row = copy.deepcopy(record) if rewriting else record
    for name in rewriting:
        _REWRITERS[name](row)
    return row


def _change_texts(change: Callable[[str], str], *fields: str) -> Callable[[Json], None]:
    def apply(row: Json) -> None:
        for name in fields:
            if isinstance(row.get(name), str):
                row[name] = change(row[name])

    return apply


def _rewrite_phones(row: Json) -> None:
    for phone in row.get("phones", ()):
        phone["number"] = "+1" + re.sub(r"\D", "", phone["number"])


def _rewrite_emails(row: Json) -> None:
    for email in row.get("emails", ()):
        email["emailAddress"] = email["emailAddress"].lower()


def _rewrite_states(row: Json) -> None:
    address = row.get("mainAddress", {})
    if "state" in address:
        address["state"] = _STATES[address["state"]]


def _reverse_lists(row: Json) -> None:
    for name in ("phones", "tags"):
        if name in row:
            row[name] = row[name][::-1]


def _add_defaults(row: Json) -> None:
    for name, value in (("languagePreference", "EN"), ("okForMarketing", True), ("notes", "")):
        row.setdefault(name, value)


_TEXTS = ("firstName", "lastName", "notes")

_REWRITERS: Mapping[Rewriting, Callable[[Json], None]] = {
    "title": _change_texts(str.title, "firstName", "lastName"),
    "upper": _change_texts(str.upper, "firstName", "lastName"),
    "blanks": _change_texts(lambda text: " ".join(text.split()), *_TEXTS),
    "nfc": _change_texts(lambda text: unicodedata.normalize("NFC", text), *_TEXTS),
    "html": _change_texts(html.escape, *_TEXTS),
    "phones": _rewrite_phones,
    "emails": _rewrite_emails,
    "states": _rewrite_states,
    "order": _reverse_lists,
    "truncate": _change_texts(lambda text: text[:20], "notes"),
    "defaults": _add_defaults,
}
