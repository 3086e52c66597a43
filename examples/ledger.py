"""What ought to stand at AutoLeap: noted with every write, compared with every reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from attrs import define, field

from .shop_export import Record

# The server sets them; nobody sends them.
SERVER_DATES = ("createdDate", "updatedDate")


class Model(Protocol):
    """What every model of `autoleap.models` can do."""

    def to_dict(self) -> dict[str, Any]:
        """The record in the API's JSON."""
        ...


@define
class Ledger:
    """The records of one resource by id.

    Args:
        noun: "customer" or "vehicle"; the names of the API's id and status follow from it.
    """

    noun: str
    records: dict[str, Record] = field(factory=dict[str, Record])

    def by_id(self, rows: Iterable[Model]) -> dict[str, Record]:
        """Rows that were read, by their id and without the server's dates."""
        plain = (row.to_dict() for row in rows)
        return {
            str(row[f"{self.noun}Id"]): {k: v for k, v in row.items() if k not in SERVER_DATES}
            for row in plain
        }

    def created(self, sent: Sequence[Record], ids: Mapping[int, str]) -> None:
        """Note the records that were created, and the ids that AutoLeap gave them."""
        for index, key in ids.items():
            own = {f"{self.noun}Id": key, f"{self.noun}Status": "Active"}
            self.records[key] = sent[index] | own

    def updated(self, changes: Iterable[Record]) -> None:
        """Note changes, each a record with its id and the fields that were sent."""
        for change in changes:
            self.records[str(change[f"{self.noun}Id"])] |= change

    def archived(self, ids: Iterable[str]) -> None:
        """Note that records were archived."""
        for key in ids:
            self.records[key] |= {f"{self.noun}Status": "Inactive"}

    def differences(self, found: Mapping[str, Record]) -> list[str]:
        """Every record that is missing, too many or not the same, in words; none when all is well.

        Args:
            found: All that AutoLeap holds now, by id.
        """
        missing = [f"{self.noun} {key} is missing" for key in self.records.keys() - found.keys()]
        extra = [f"{self.noun} {key} is one too many" for key in found.keys() - self.records.keys()]
        both = self.records.keys() & found.keys()
        unlike = [
            f"{self.noun} {key} differs in {', '.join(fields)}"
            for key in both
            if (fields := _unlike(self.records[key], found[key]))
        ]
        return sorted(missing + extra + unlike)


def _unlike(one: Record, other: Record) -> list[str]:
    return sorted(name for name in one | other if one.get(name) != other.get(name))
