"""Moments that random troubles hardly hit, each set up to the request."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import anyio
import pytest

from autoleap import settling

from .kit import BACKENDS
from .mock_shop import MockShop, Trouble
from .properties import Json, check, imported

on_both_loops = pytest.mark.parametrize("backend", BACKENDS)


def customer(name: str, **more: object) -> Json:
    return {"firstName": name, "lastName": "Ng", **more}


@on_both_loops
def test_a_twin_on_its_way_is_not_taken_for_the_one_whose_id_is_read(backend: str) -> None:
    # Ids are read after four records, when the first one's twin is there and its answer is not.
    shop = MockShop(troubles={5: "cut-after"}, tick=3.0, linger=20)
    records = [customer(name) for name in ("Ana", "Bo", "Cy", "Di", "Ana")]
    work = partial(imported, shop, records, batch_size=1, concurrency=2, resolve_ids=True, naming=4)
    check(shop, records, anyio.run(work, backend=backend), ids=True)


@on_both_loops
def test_a_rerun_tells_a_record_from_one_that_has_more_fields(backend: str, tmp_path: Path) -> None:
    # The first record is not created, and nothing can be read for as long as it is looked for.
    troubles: dict[int, Trouble] = dict.fromkeys(range(2, 2 + settling.TRIES), "declined")
    shop = MockShop(troubles=troubles | {1: "cut"})
    records = [customer("Ana"), customer("Bo"), customer("Ana", notes="gate 2")]
    work = partial(
        imported,
        shop,
        records,
        pace=100,
        journal=tmp_path / "import.sqlite",
        batch_size=1,
        concurrency=1,
    )

    first = anyio.run(work, backend=backend)
    assert [outcome.status for outcome in first] == ["unknown", "done", "done"]
    # The rerun has not read the third record when it compares the first one with its row.
    check(shop, records, anyio.run(work, backend=backend), ids=False)
