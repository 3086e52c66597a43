"""Requests to a sandbox with habits, with a plain HTTP client."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx

from autoleap.sandbox import Sandbox
from tests.helpers.sandbox_calls import MovableClock

Json = dict[str, Any]
START = 1_800_000_000.5  # 2027-01-15T08:00:00.500Z


def make_clock() -> MovableClock:
    """Return a wall clock that stands still."""
    clock = MovableClock()
    clock.now = START
    return clock


def make_records(count: int, **fields: object) -> list[Json]:
    """Return customers with the last names "L0", "L1", ..."""
    return [{"firstName": "Jane", "lastName": f"L{n}", **fields} for n in range(count)]


def create(client: httpx.Client, sandbox: Sandbox, records: list[Json]) -> httpx.Response:
    """Create customers."""
    return client.post("/customers", json={"companyId": sandbox.company_id, "customers": records})


def read_page(client: httpx.Client, sandbox: Sandbox, **query: object) -> Json:
    """Return one page of customers."""
    params = {"companyId": sandbox.company_id, **{name: str(v) for name, v in query.items()}}
    response = client.get("/customers", params=params)
    assert response.status_code == 200, response.text
    page: Json = response.json()
    return page


def list_names(client: httpx.Client, sandbox: Sandbox, **query: object) -> list[str]:
    """Return the last names of the customers on one page."""
    page = read_page(client, sandbox, **{"size": 100, **query})
    return [row["lastName"] for row in page["content"]]


def stored_names(sandbox: Sandbox) -> list[object]:
    """Return the last names of the stored customers."""
    return [row["lastName"] for row in sandbox.store.rows("customers")]


def wait_until(condition: Callable[[], bool]) -> None:
    """Return when the condition holds."""
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end, "the condition did not hold within 5 s"
        time.sleep(0.01)
