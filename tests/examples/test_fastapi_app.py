"""The web app with four workers, as its users meet it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import httpx
import pytest

from autoleap.sandbox import Fault, Sandbox
from benchmarks.web_app import PROBLEM_LINES, WebApp, find_in_log
from tests.helpers.fastapi_app import Event, app_beside, csv_file, events, eventually, row
from tests.helpers.waiting import HANG


@pytest.fixture(scope="module")
def shop() -> Iterator[Sandbox]:
    with Sandbox(limits=None) as running:
        yield running


@pytest.fixture(scope="module")
def app(shop: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebApp]:
    with app_beside(shop, tmp_path_factory.mktemp("web"), workers=4) as running:
        yield running


@pytest.fixture
def web(app: WebApp, shop: Sandbox) -> Iterator[httpx.Client]:
    """A browser, so to speak, at the first company."""
    shop.set_faults()
    with httpx.Client(base_url=f"{app.url}/companies/{shop.company_id}/", timeout=HANG) as client:
        yield client


def send(web: httpx.Client, name: str, file: bytes) -> list[Event]:
    """Import a file, and wait for all its events."""
    with web.stream("PUT", f"customers/imports/{name}", content=file, timeout=60) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        return list(events(answer))


def names(shop: Sandbox, last: str) -> list[str]:
    """First names of the customers that the shop has under a last name."""
    held = shop.store.rows("customers")
    return sorted(str(one["firstName"]) for one in held if one["lastName"] == last)


def test_four_workers_answer_reads_with_one_login(web: httpx.Client, shop: Sandbox) -> None:
    urls = [f"{web.base_url}customers"] * 40
    with ThreadPoolExecutor(8) as threads:  # a connection each, so that all workers get some
        pages = list(threads.map(lambda url: json.load(urlopen(url)), urls))
    assert [page["total_count"] for page in pages] == [25] * 40
    assert shop.counts.logins == 1


def test_a_list_comes_in_pages_and_a_search_finds(web: httpx.Client) -> None:
    second = web.get("customers", params={"page": 2, "size": 10}).json()
    assert (len(second["items"]), second["page"], second["total_pages"]) == (10, 2, 3)
    wanted = second["items"][0]
    found = web.get("customers", params={"search": wanted["emails"][0]["emailAddress"]}).json()
    assert wanted["customerId"] in [one["customerId"] for one in found["items"]]
    assert web.get(f"customers/{wanted['customerId']}").json() == wanted


def test_a_customer_is_created_and_changed(web: httpx.Client) -> None:
    created = web.post("customers?find_id=1", json={"firstName": "Ada", "lastName": "Writes"})
    assert created.status_code == 201
    key = created.json()["customerId"]
    assert web.patch(f"customers/{key}", json={"notes": "pays cash"}).status_code == 204
    ada = web.get(f"customers/{key}").json()
    assert (ada["firstName"], ada["lastName"], ada["notes"]) == ("Ada", "Writes", "pays cash")


def test_an_import_tells_its_progress_its_bad_rows_and_its_totals(
    web: httpx.Client, shop: Sandbox
) -> None:
    rows = [row(f"P{number:03}", "Progress") for number in range(250)]
    rows[7] = row("Fax", "Progress", kind="martian")
    rows[9] = "regular,too few cells"
    events = send(web, "progress", csv_file(rows))
    assert [kind for kind, _ in events].count("progress") == 2
    bad = {data["row"]: data for kind, data in events if kind == "row"}
    assert sorted(bad) == [7, 9]
    assert bad[7]["detail"].startswith("customerType: 'martian' is not one of")
    assert events[-1] == ("end", {"done": 248, "failed": 2, "unknown": 0})
    assert len(names(shop, "Progress")) == 248


def test_a_file_sent_again_creates_nothing_but_the_rows_that_were_mended(
    web: httpx.Client, shop: Sandbox
) -> None:
    rows = [row(f"M{number}", "Mended") for number in range(30)]
    broken = [*rows[:3], row("M3", "Mended", kind="martian"), *rows[4:]]
    first = send(web, "mended", csv_file(broken))
    assert first[-1] == ("end", {"done": 29, "failed": 1, "unknown": 0})
    again = send(web, "mended", csv_file(rows))
    assert again[-1] == ("end", {"done": 30, "failed": 0, "unknown": 0})
    assert names(shop, "Mended") == sorted(f"M{number}" for number in range(30))


def test_another_file_under_the_same_name_is_refused(web: httpx.Client, shop: Sandbox) -> None:
    send(web, "taken", csv_file([row("Ana", "Taken")]))
    events = send(web, "taken", csv_file([row("Eve", "Taken")]))
    assert [(kind, data.get("status")) for kind, data in events] == [("error", 409), ("end", None)]
    assert names(shop, "Taken") == ["Ana"]


def is_free(journal: Path) -> bool:
    """Return whether no process has a journal open."""
    with closing(sqlite3.connect(journal, timeout=0)) as database:
        try:
            database.execute("begin exclusive")
        except sqlite3.OperationalError:
            return False
    return True


def test_a_client_that_leaves_stops_its_import_and_another_finishes_it(
    web: httpx.Client, shop: Sandbox, app: WebApp
) -> None:
    file = csv_file(row(f"L{number:04}", "Leaves") for number in range(1000))
    shop.set_faults(Fault("hang-before", operation="createCustomers", after=4))
    journal = app.folder / f"{shop.company_id}-leaves.sqlite"
    with web.stream("PUT", "customers/imports/leaves", content=file) as answer:
        kind, _ = next(events(answer))
        assert kind == "progress"
        assert journal.exists()
    eventually(lambda: is_free(journal))  # closed: nothing of it runs any more
    held = len(names(shop, "Leaves"))
    assert 100 <= held < 1000
    shop.set_faults()
    assert send(web, "leaves", file)[-1] == ("end", {"done": 1000, "failed": 0, "unknown": 0})
    assert names(shop, "Leaves") == [f"L{number:04}" for number in range(1000)]


def test_a_client_that_hangs_up_while_events_wait_leaves_no_error_in_the_log(
    web: httpx.Client, app: WebApp
) -> None:
    # The bad rows make events faster than the client reads them.
    file = csv_file(row(f"H{number:05}", "HangsUp", kind="martian") for number in range(10_000))
    for number in range(6):
        name = f"hangs-up-{number}"
        with web.stream("PUT", f"customers/imports/{name}", content=file) as answer:
            read = events(answer)
            for _ in range(1 + 20 * number):
                next(read)
        journal = app.folder / f"{web.base_url.path.split('/')[2]}-{name}.sqlite"
        eventually(lambda journal=journal: is_free(journal))  # type: ignore[misc]
    assert find_in_log(app.log, PROBLEM_LINES) == []


def test_an_upload_that_breaks_off_imports_nothing(web: httpx.Client, shop: Sandbox) -> None:
    def half() -> Iterator[bytes]:
        yield csv_file([row("Half", "Broken")])
        raise InterruptedError

    arrived = len(shop.requests)
    with pytest.raises(InterruptedError):
        web.put("customers/imports/broken", content=half())
    assert web.put("customers/imports/broken", content=b"a,b").status_code == 422
    assert len(shop.requests) == arrived


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "title"),
    [
        ("GET", "customers/missing", None, 404, "NotFoundError"),
        ("POST", "customers", {"firstName": "Ada"}, 422, "RecordError"),
        ("PATCH", "customers/missing", {"notes": "hm"}, 422, "BadRequestError"),
        ("GET", "../{foreign}/customers", None, 403, "PermissionDeniedError"),
    ],
)
def test_an_error_has_its_status(
    method: str,
    path: str,
    body: dict[str, Any] | None,
    status: int,
    title: str,
    web: httpx.Client,
    shop: Sandbox,
) -> None:
    answer = web.request(method, path.format(foreign=shop.foreign_company_id), json=body)
    assert (answer.status_code, answer.json()["title"]) == (status, title)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_logs_hold_no_customers_no_keys_and_no_trouble(
    web: httpx.Client, shop: Sandbox, app: WebApp
) -> None:
    web.get("customers", params={"search": "Dorothy"})
    web.post("customers", json={"firstName": "Marvin", "lastName": "x", "taxExempt": "Marvin"})
    log = app.log.read_text("utf-8")
    assert "/customers" in log
    for secret in ("Dorothy", "Marvin", "Leaves", shop.auth_key, "eyJ"):
        assert secret not in log
    assert find_in_log(app.log, PROBLEM_LINES) == []
