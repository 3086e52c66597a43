"""Every verb against Prism: a mock server made from `openapi.yaml` by others.

Prism refuses what breaks the spec and answers with the spec's examples. It needs Node, so the test
runs where `PRISM` names the command, as it does in `.ci/run`.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from attrs import frozen

from autoleap import (
    AutoLeap,
    BadRequestError,
    BulkReport,
    MemoryTokenStore,
    Outcome,
    Secret,
    TokenPair,
)
from tests.helpers.every_verb import VERBS, FacadeMethod, Ids

PRISM = os.environ.get("PRISM")
SPEC = Path(__file__).parents[2] / "openapi.yaml"

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.asyncio_only,
    pytest.mark.skipif(PRISM is None, reason="PRISM does not name Prism's command; .ci/run does"),
]


@frozen
class Prism:
    """A running Prism, and the file it writes its judgements to."""

    url: str
    log: Path


@pytest.fixture(scope="module")
def prism(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prism]:
    log, port = tmp_path_factory.mktemp("prism") / "log", free_port()
    command = [str(PRISM), "mock", str(SPEC), "--errors", "--port", str(port)]
    with log.open("wb") as out:
        server = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
    try:
        wait_for(port)
        yield Prism(f"http://127.0.0.1:{port}", log)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("Prism did not start")


def client_of(prism: Prism, store: MemoryTokenStore | None = None) -> AutoLeap:
    return AutoLeap("partner", "key", base_url=prism.url, token_store=store, max_retries=0)


IDS = Ids("98392", "SHOP5678", "24f6c184", "24f6c184", "24f6c184", "43")


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: str(verb.name))
async def test_prism_finds_nothing_wrong_with_the_request_and_its_answer_is_typed(
    verb: FacadeMethod, prism: Prism
) -> None:
    async with client_of(prism) as client:
        await client.login()
        judged = prism.log.stat().st_size
        result = await verb.call(client, client.company(IDS.company), IDS)
    assert isinstance(result, verb.gives)
    if isinstance(result, BulkReport):
        assert (result.failed, result.unknown) == (0, 0)
    if isinstance(result, Outcome):
        assert result.status == "done"
    await no_violation_since(prism, judged)


async def test_prism_finds_nothing_wrong_with_the_refresh(prism: Prism) -> None:
    judged = prism.log.stat().st_size
    store = MemoryTokenStore()
    spent = TokenPair(
        access=Secret("spent"),
        refresh=Secret("good"),
        obtained_at=0.0,
        expires_at=1.0,
        refresh_expires_at=time.time() + 3600,
    )
    await store.save(spent)
    async with client_of(prism, store) as client:
        await client.profile()
        assert (client.stats.refreshes, client.stats.logins) == (1, 0)
    await no_violation_since(prism, judged)


async def test_prism_does_find_what_is_wrong(prism: Prism) -> None:
    async with client_of(prism) as client:
        with pytest.raises(BadRequestError, match="companyId"):
            await client.api.get_async_httpx_client().get("/customers")


async def no_violation_since(prism: Prism, position: int) -> None:
    """Prism has judged the request, and found it good. It writes its log a little later."""
    said = b""
    with anyio.move_on_after(10):
        while b"passed the validation" not in said:  # another process's file
            await anyio.sleep(0.02)
            said = prism.log.read_bytes()[position:]
    assert b"passed the validation" in said
    assert not re.search(rb"violation|did not pass", said, re.IGNORECASE), said.decode()
