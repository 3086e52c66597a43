"""The web app beside a sandbox, and a reader of its events."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import httpx

from autoleap.sandbox import Sandbox
from benchmarks.web_app import WebApp, run_app
from benchmarks.web_load import EMPTY, HEADER
from tests.helpers.waiting import HANG

Event: TypeAlias = tuple[str, dict[str, Any]]


def environment(sandbox: Sandbox) -> dict[str, str]:
    """Settings for an app beside a sandbox, with limits that are out of the way."""
    return {
        "AUTOLEAP_PARTNER_ID": sandbox.partner_id,
        "AUTOLEAP_AUTH_KEY": sandbox.auth_key,
        "AUTOLEAP_BASE_URL": sandbox.base_url,
        "APP_READS": "1000000",
        "APP_WRITES": "1000000",
    }


@contextmanager
def app_beside(
    sandbox: Sandbox, folder: Path, workers: int, **options: Sequence[str]
) -> Generator[WebApp]:
    """Run the app."""
    with run_app(folder, environment(sandbox), workers, **options) as app:
        yield app


def eventually(condition: Callable[[], bool]) -> None:
    """Return as soon as a condition holds in another process; raise TimeoutError if never."""
    deadline = time.monotonic() + HANG
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.01)


def row(first: str, last: str, kind: str = "regular") -> str:
    """A row of a file to import."""
    return f"{kind},{first},{last}{EMPTY}"


def csv_file(rows: Iterable[str]) -> bytes:
    """A file to import."""
    return "\n".join([HEADER, *rows, ""]).encode()


def events(response: httpx.Response) -> Iterator[Event]:
    """Server-sent events, as they come."""
    kind = ""
    for line in response.iter_lines():
        name, _, value = line.partition(": ")
        if name == "event":
            kind = value
        elif name == "data":
            yield kind, json.loads(value)
