"""Date-times are sent in UTC with "Z", however the caller spells them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from autoleap.models import AppointmentRequestCreate
from autoleap.sandbox import Sandbox
from tests.conftest import Connect

pytestmark = [pytest.mark.anyio, pytest.mark.asyncio_only]

EAST = timezone(timedelta(hours=2))
NINE = datetime(2026, 12, 1, 9, tzinfo=UTC)
SPELLINGS = [
    (NINE, "2026-12-01T09:00:00Z"),
    (NINE.astimezone(EAST), "2026-12-01T09:00:00Z"),
    ("2026-12-01T11:00:00+02:00", "2026-12-01T09:00:00Z"),
    ("2026-12-01T09:00:00Z", "2026-12-01T09:00:00Z"),
    (NINE.replace(microsecond=120_000), "2026-12-01T09:00:00.120Z"),
    (NINE.replace(microsecond=123_456), "2026-12-01T09:00:00.123456Z"),
]


@pytest.mark.parametrize("form", ["model", "dict"])
@pytest.mark.parametrize(("start", "sent"), SPELLINGS)
async def test_the_start_of_an_appointment_is_sent_in_utc_with_z(
    start: Any, sent: str, form: str, sandbox: Sandbox, connect: Connect
) -> None:
    request: Any = {"startDateTime": start}
    if form == "model":
        request = AppointmentRequestCreate(
            company_id=sandbox.company_id, start_date_time=start, location_id=sandbox.location_id
        )
    async with connect(sandbox) as client:
        shop = client.company(sandbox.company_id, sandbox.location_id)
        await shop.appointment_requests.create(request)
    sent_body: Any = sandbox.requests[-1].body
    assert sent_body["startDateTime"] == sent


async def test_a_filter_that_is_a_date_time_in_the_contract_is_sent_in_utc_with_z(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        await (
            client.company(sandbox.company_id)
            .items.list(updated_from=NINE.astimezone(EAST))
            .first()
        )
    assert sandbox.requests[-1].query["updatedDateStart"] == "2026-12-01T09:00:00Z"
