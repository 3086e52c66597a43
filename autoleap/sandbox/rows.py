"""The rows of the sandbox."""

import attrs

Record = dict[str, object]
"""A JSON object."""


@attrs.define
class Row:
    """One row of a table.

    Attributes:
        data: The JSON object.
        created: Time of creation in seconds since 1970.
        updated: Time of the last change in seconds since 1970.
        search_text: The text for searches. It is None until the first search after a change.
        received: The record of the create request. None for sample rows.
        versions: The row as lists show it, oldest version first. None means that lists show the
            row itself.
    """

    data: Record
    created: float
    updated: float
    search_text: str | None = None
    received: Record | None = None
    versions: "list[Version] | None" = None

    def copy(self) -> "Row":
        """Return a copy of the data and the times."""
        return Row(dict(self.data), self.created, self.updated)


@attrs.frozen
class Version:
    """A copy of a row and the time from which lists show it, in seconds since 1970."""

    visible_at: float
    row: Row


@attrs.frozen
class StoredRow:
    """A row as it is stored, whatever lists show.

    Attributes:
        data: The JSON object. Its dates are true and in UTC.
        received: The record of the create request, before the server rewrote values. None for a
            row that the sandbox was started with.
        created: Time of creation in seconds since 1970.
        updated: Time of the last change in seconds since 1970.
    """

    data: Record
    received: Record | None
    created: float
    updated: float
