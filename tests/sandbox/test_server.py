"""The sandbox starts and stops cleanly: on asyncio, on trio, without either, and as a program."""

import json
import logging
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import anyio.lowlevel
import httpx
import pytest

from autoleap.sandbox import Fault, Sandbox
from tests.helpers.sandbox_calls import Open


def sandbox_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "autoleap-sandbox"]


def accepts(base_url: str) -> bool:
    parts = urlsplit(base_url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=2).close()
    except OSError:
        return False
    return True


@pytest.mark.anyio
async def test_it_serves_async_code_on_either_event_loop() -> None:
    async with Sandbox() as sandbox, httpx.AsyncClient(base_url=sandbox.base_url) as client:
        credentials = {"partnerId": sandbox.partner_id, "authKey": sandbox.auth_key}
        answers: list[httpx.Response] = []

        async def login() -> None:
            answers.append(await client.post("/partners/login", json=credentials))

        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(login)
    assert [answer.status_code for answer in answers] == [200] * 5
    assert sandbox_threads() == []


@pytest.mark.anyio
async def test_a_cancelled_block_still_stops_the_server() -> None:
    sandbox = Sandbox()
    with anyio.CancelScope() as scope:
        async with sandbox:
            scope.cancel()
            await anyio.lowlevel.checkpoint()
    assert scope.cancelled_caught
    assert sandbox_threads() == []
    assert not accepts(sandbox.base_url)


@pytest.mark.anyio
async def test_a_plain_block_works_inside_async_code_too() -> None:
    with Sandbox(faults=[Fault("hang-before", seconds=0.01)], latency=0.01) as sandbox:
        async with httpx.AsyncClient(base_url=sandbox.base_url) as client:
            answer = await client.post("/partners/login", json={"partnerId": "x", "authKey": "y"})
    assert answer.status_code == 401


def test_a_sandbox_can_be_started_again_with_what_it_holds(log_in: Open) -> None:
    sandbox = Sandbox()
    with sandbox:
        log_in(sandbox)
    with sandbox:
        assert log_in(sandbox).get("/partners/profile").status_code == 200
    assert sandbox.counts.logins == 2


def test_it_serves_plain_code_and_leaves_nothing_behind(log_in: Open) -> None:
    with Sandbox() as sandbox:
        assert log_in(sandbox).get("/partners/profile").status_code == 200
        assert len(sandbox_threads()) == 1
    assert sandbox_threads() == []
    assert not accepts(sandbox.base_url)
    assert len(sandbox.requests) == 2


def test_two_sandboxes_do_not_meet(log_in: Open, visit: Open) -> None:
    with Sandbox(seed=1) as first, Sandbox(seed=2) as second:
        assert first.base_url != second.base_url
        headers = {"Authorization": log_in(first).headers["Authorization"]}
        assert visit(second).get("/partners/profile", headers=headers).status_code == 401


def test_stopping_does_not_wait_for_hanging_answers_or_idle_clients(
    log_in: Open, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox() as sandbox:
        idle, hanging = log_in(sandbox), log_in(sandbox)
        assert idle.get("/partners/profile").status_code == 200
        sandbox.set_faults(Fault("hang-after"))
        failures: list[Exception] = []

        def hang() -> None:
            try:
                hanging.get("/partners/profile", timeout=20)
            except httpx.TransportError as failure:
                failures.append(failure)

        caller = threading.Thread(target=hang)
        caller.start()
        while len(sandbox.requests.of("getProfile")) < 2:
            time.sleep(0.01)
    caller.join()
    (failure,) = failures
    assert not isinstance(failure, httpx.TimeoutException), "the stop waited for the answer"
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


def test_every_answer_has_a_date(sandbox: Sandbox, visit: Open) -> None:
    assert visit(sandbox).get("/partners/profile").headers["Date"].endswith("GMT")


def test_only_loopback_addresses_are_served() -> None:
    for host in ("0.0.0.0", "192.168.0.1", "example.com"):
        with pytest.raises(ValueError, match="loopback"):
            Sandbox(host=host)


def test_a_taken_port_is_an_error() -> None:
    with Sandbox() as sandbox:
        port = int(sandbox.base_url.split(":")[2].split("/")[0])
        with pytest.raises(OSError, match="in use"):
            Sandbox(port=port).start()


def test_the_address_is_not_known_before_the_start() -> None:
    with pytest.raises(RuntimeError, match="not running"):
        _ = Sandbox().base_url


def test_forgotten_requests_are_gone_and_new_ones_are_noted(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    client.get("/partners/profile")
    sandbox.forget_requests()
    assert list(sandbox.requests) == []
    client.get("/partners/profile")
    assert [record.status for record in sandbox.requests] == [200]


@pytest.mark.anyio
async def test_the_application_can_be_called_without_a_server() -> None:
    sandbox = Sandbox()
    transport = httpx.ASGITransport(app=sandbox.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox/v2") as client:
        credentials = {"partnerId": sandbox.partner_id, "authKey": sandbox.auth_key}
        answer = await client.post("/partners/login", json=credentials)
    assert answer.status_code == 200


@contextmanager
def program(*arguments: str) -> Generator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "autoleap.sandbox", "--port", "0", *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_the_program_prints_its_details_as_json_and_ends_on_a_signal(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    options = ("--json", "--ready-file", str(ready), "--fault", "503:1.0", "--limits", "none")
    with program(*options) as process:
        assert process.stdout is not None
        details = json.loads(process.stdout.readline())
        assert json.loads(ready.read_text()) == details
        credentials = {"partnerId": details["partner_id"], "authKey": details["auth_key"]}
        answer = httpx.post(details["base_url"] + "/partners/login", json=credentials)
        assert answer.status_code == 503
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")


def test_the_program_tells_people_what_to_export() -> None:
    with program() as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(9)]
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")
    exports = dict(line.removeprefix("export ").split("=") for line in lines[-3:])
    names = ["AUTOLEAP_PARTNER_ID", "AUTOLEAP_AUTH_KEY", "AUTOLEAP_BASE_URL"]
    assert list(exports) == names
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v2", exports["AUTOLEAP_BASE_URL"])


@pytest.mark.parametrize(
    "arguments", [("--host", "0.0.0.0"), ("--fault", "404:0.5"), ("--fault", "500:many")]
)
def test_the_program_refuses_what_makes_no_sense(arguments: tuple[str, ...]) -> None:
    with program(*arguments) as process:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 2
        assert "error: " in errors
