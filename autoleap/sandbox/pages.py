"""The page envelope of list responses."""

from collections.abc import Callable, Sequence

from autoleap.sandbox.rows import Record, Row

MAX_PAGE_SIZE = 100
"""The server reduces a larger `size` to this one without an error (contract, section 1)."""


def build_page(
    rows: Sequence[Row],
    *,
    number: int,
    size: int,
    is_sorted: bool,
    show: Callable[[Row], Record] = lambda row: row.data,
) -> Record:
    """Return one page of rows in its envelope.

    Args:
        rows: All rows in their order.
        number: Number of the page, from 1. A page after the last one is empty and has `last`.
        size: Rows per page, as requested.
        is_sorted: Whether the request has a sort order.
        show: Returns the JSON object of a row.
    """
    size = min(size, MAX_PAGE_SIZE)
    offset = (number - 1) * size
    content = [show(row) for row in rows[offset : offset + size]]
    total_pages = -(-len(rows) // size)
    return {
        "content": content,
        "pageable": {
            "sort": _build_sort(is_sorted),
            "offset": offset,
            "pageSize": size,
            "pageNumber": number,
            "paged": True,
            "unpaged": False,
        },
        "totalPages": total_pages,
        "totalCount": len(rows),
        "last": number >= total_pages,
        "size": size,
        "number": number,
        "first": number == 1,
        "sort": _build_sort(is_sorted),
        "numberOfElements": len(content),
        "empty": not content,
    }


def _build_sort(is_sorted: bool) -> Record:
    return {"unsorted": not is_sorted, "sorted": is_sorted, "empty": not is_sorted}
