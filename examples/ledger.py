"""Expected rows of the server: updated with every write, compared with every read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from attrs import define, field

from .shop_export import Record

# The server sets these fields, and no request contains them.
SERVER_DATES = ("createdDate", "updatedDate")


class Model(Protocol):
    """Interface of every model of `autoleap.models`."""

    def to_dict(self) -> dict[str, Any]:
        """Return the model in the API's JSON."""
        ...


@define
class Ledger:
    """Expected rows of one resource.

    Attributes:
        noun: "customer" or "vehicle". The names of the API's id and status fields contain it.
        rows: The expected rows, by id.
    """

    noun: str
    rows: dict[str, Record] = field(factory=dict[str, Record])

    def index_rows(self, models: Iterable[Model]) -> dict[str, Record]:
        """Return rows by id, without the dates that the server sets."""
        rows = (model.to_dict() for model in models)
        return {
            str(row[f"{self.noun}Id"]): {k: v for k, v in row.items() if k not in SERVER_DATES}
            for row in rows
        }

    def add_created(self, records: Sequence[Record], ids: Mapping[int, str]) -> None:
        """Add created records with their ids, which are given by index of the record."""
        for index, id_ in ids.items():
            server_fields = {f"{self.noun}Id": id_, f"{self.noun}Status": "Active"}
            self.rows[id_] = records[index] | server_fields

    def apply_updates(self, changes: Iterable[Record]) -> None:
        """Apply updates, each with the id of a row and its new fields."""
        for change in changes:
            self.rows[str(change[f"{self.noun}Id"])] |= change

    def apply_archive(self, ids: Iterable[str]) -> None:
        """Mark rows as archived."""
        for id_ in ids:
            self.rows[id_] |= {f"{self.noun}Status": "Inactive"}

    def find_differences(self, rows: Mapping[str, Record]) -> list[str]:
        """Return a message for each row that is missing, unexpected or different.

        Args:
            rows: All rows of the server, by id.
        """
        missing = [f"{self.noun} {id_} is missing" for id_ in self.rows.keys() - rows.keys()]
        extra = [f"{self.noun} {id_} is not expected" for id_ in rows.keys() - self.rows.keys()]
        different = [
            f"{self.noun} {id_} differs in {', '.join(names)}"
            for id_ in self.rows.keys() & rows.keys()
            if (names := _list_different_fields(self.rows[id_], rows[id_]))
        ]
        return sorted(missing + extra + different)


def _list_different_fields(expected: Record, row: Record) -> list[str]:
    return sorted(name for name in expected | row if expected.get(name) != row.get(name))
