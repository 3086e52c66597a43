"""Moments that random troubles hardly hit, each set up to the request."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import anyio
import pytest

from autoleap import bulk

from .kit import BACKENDS
from .mock_shop import MockShop
from .properties import Json, Stop, Stopped, check, imported

on_both_loops = pytest.mark.parametrize("backend", BACKENDS)


def customer(name: str, **more: object) -> Json:
    return {"firstName": name, "lastName": "Ng", **more}


@on_both_loops
def test_a_twin_on_its_way_is_not_taken_for_the_one_whose_id_is_read(
    backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Ids are read after four records, when the first one's twin is there and its answer is not.
    shop = MockShop(troubles={5: "cut-after"}, tick=3.0, linger=20)
    records = [customer(name) for name in ("Ana", "Bo", "Cy", "Di", "Ana")]
    work = partial(imported, shop, records, batch_size=1, concurrency=2, resolve_ids=True, naming=4)
    check(shop, records, anyio.run(work, backend=backend), ids=True)


@on_both_loops
def test_a_rerun_tells_a_record_from_one_that_has_more_fields(backend: str, tmp_path: Path) -> None:
    shop = MockShop(troubles={1: "cut"})
    records = [customer("Ana"), customer("Ana", notes="gate 2")]
    file = tmp_path / "now" / "import.sqlite"
    file.parent.mkdir()

    async def work() -> None:
        stop = Stop(at=2, acted=True, killed=True, batches={"batch_size": 1, "concurrency": 2})
        await Stopped(shop, file, stop).run(records, **stop.batches)
        assert len(shop.rows) == 1
        # The second record is not even read yet when the first one is looked for.
        outcomes = await imported(shop, records, journal=file, batch_size=1, concurrency=1)
        check(shop, records, outcomes, ids=False)

    anyio.run(work, backend=backend)
