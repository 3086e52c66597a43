"""Events say which operation of the contract a request was, and a hook is never ignored."""

from __future__ import annotations

import functools
import re
from typing import Any

import pytest

from autoleap import AttemptEvent, AutoLeap, CallEvent, ConfigurationError
from autoleap.sandbox import Fault, Sandbox
from autoleap.sandbox.contract import load_contract
from tests.conftest import Connect
from tests.flow.test_every_operation import keys
from tests.helpers.every_verb import VERBS, FacadeMethod

pytestmark = [pytest.mark.anyio, pytest.mark.asyncio_only]

OPERATIONS = {operation.id: operation for operation in load_contract().operations}
Event = AttemptEvent | CallEvent


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: str(verb.name))
async def test_every_event_names_the_operation_and_its_path_in_the_contract(
    verb: FacadeMethod, sandbox: Sandbox, connect: Connect
) -> None:
    events: list[Event] = []
    async with connect(sandbox, on_event=events.append) as client:
        ids = await keys(client, sandbox)
        events.clear()
        sandbox.forget_requests()
        await verb.call(client, client.company(ids.company), ids)
    assert verb.operation in [event.operation for event in events]
    sent = [record.operation_id for record in sandbox.requests]
    assert [event.operation for event in events if isinstance(event, AttemptEvent)] == sent
    for event in events:
        assert event.operation is not None
        assert event.path_template == "/" + "/".join(OPERATIONS[event.operation].segments)
        assert re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", event.path_template), event.path)


async def test_the_requests_for_tokens_and_retries_are_named_too(
    sandbox: Sandbox, connect: Connect
) -> None:
    events: list[Event] = []
    async with connect(sandbox, on_event=events.append) as client:
        sandbox.set_faults(Fault("503", operation="getProfile", times=1))
        await client.profile()
    named = [(type(event).__name__, event.operation) for event in events]
    attempt, call = "AttemptEvent", "CallEvent"
    assert named == [
        (attempt, "login"),
        (call, "login"),
        (attempt, "getProfile"),
        (attempt, "getProfile"),
        (call, "getProfile"),
    ]


async def test_ids_do_not_add_labels(sandbox: Sandbox, connect: Connect) -> None:
    events: list[Event] = []
    async with connect(sandbox, on_event=events.append) as client:
        shop = client.company(sandbox.company_id)
        async for customer in shop.customers.list():
            await shop.customers.get(str(customer.customer_id))
    labels = {event.path_template for event in events}
    assert labels == {"/partners/login", "/customers", "/customers/{customerId}"}
    assert len({event.path for event in events}) > 10


async def test_a_request_that_is_no_operation_has_no_name(
    sandbox: Sandbox, connect: Connect
) -> None:
    events: list[Event] = []
    async with connect(sandbox, on_event=events.append) as client:
        await client.login()
        events.clear()
        await client.api.get_async_httpx_client().get("/partners/profile")
    assert {(event.path, event.operation, event.path_template) for event in events} == {
        ("/partners/profile", None, None)
    }


async def wait(event: object) -> None:
    raise AssertionError("nothing may await this")


class AsyncHook:
    async def __call__(self, event: object) -> None:
        await wait(event)


@pytest.mark.parametrize("hook", [wait, functools.partial(wait), AsyncHook()], ids=range(3))
async def test_an_async_hook_and_an_async_on_progress_are_refused_at_once(
    hook: Any, sandbox: Sandbox, connect: Connect
) -> None:
    with pytest.raises(ConfigurationError, match="on_event must not be async"):
        connect(sandbox, on_event=hook)
    async with connect(sandbox) as client:
        customers = client.company(sandbox.company_id).customers
        with pytest.raises(ConfigurationError, match="on_progress must not be async"):
            await customers.create([], on_progress=hook)


def test_a_hook_that_cannot_be_called_is_refused() -> None:
    hook: Any = "print"
    with pytest.raises(ConfigurationError, match="on_event must be callable, not str"):
        AutoLeap("p", "k", on_event=hook)


async def test_a_hook_that_returns_a_coroutine_is_told_in_the_log(
    sandbox: Sandbox, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    hook: Any = lambda event: wait(event)  # noqa: E731, PLW0108  # its kind shows in a call only
    async with connect(sandbox, on_event=hook) as client:
        await client.profile()
    assert "the event hook is async, so the event is lost" in caplog.text


async def test_an_on_progress_that_returns_a_coroutine_is_told_in_the_log(
    sandbox: Sandbox, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    hook: Any = lambda progress: wait(progress)  # noqa: E731, PLW0108  # its kind shows in a call
    async with connect(sandbox) as client:
        customers = client.company(sandbox.company_id).customers
        report = await customers.create(
            [{"firstName": "Ana", "lastName": "Ruiz"}], on_progress=hook
        )
    assert report.done == 1
    assert "on_progress is async, so the progress is lost" in caplog.text
