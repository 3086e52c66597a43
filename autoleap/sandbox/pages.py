"""The page envelope of list answers."""

from collections.abc import Sequence

from autoleap.sandbox.store import Record, Row

MAX_PAGE_SIZE = 100
"""A larger `size` is silently treated as this one (contract, section 1)."""


def build_page(rows: Sequence[Row], *, number: int, size: int, is_sorted: bool) -> Record:
    """One page of rows in its envelope.

    Args:
        rows: all rows, in order.
        number: of the page, from 1; past the last page the page is empty and says `last`.
        size: rows a page, as asked for.
        is_sorted: whether an order was asked for.
    """
    size = min(size, MAX_PAGE_SIZE)
    offset = (number - 1) * size
    content = [row.data for row in rows[offset : offset + size]]
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
