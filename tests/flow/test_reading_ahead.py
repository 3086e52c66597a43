"""Reads of pages ahead end with the call that needs them."""

from __future__ import annotations

import anyio
import pytest

from autoleap.sandbox import Fault, Sandbox
from tests.conftest import Connect

WAIT = 10.0

pytestmark = pytest.mark.anyio


async def test_collecting_some_rows_ends_the_reads_ahead(connect: Connect) -> None:
    hang = Fault("hang-before", operation="listCustomers", after=1, seconds=2 * WAIT)
    with Sandbox(limits=None, customers=43, faults=[hang]) as sandbox:
        async with connect(sandbox) as client:
            customers = client.company(sandbox.company_id).customers
            await client.login()
            before = len(anyio.get_running_tasks())
            with anyio.fail_after(WAIT):
                rows = await customers.list(page_size=5, prefetch=3).collect(limit=5)
            assert len(rows) == 5
            assert len(anyio.get_running_tasks()) == before
