"""A bundle that `make spec` cannot take in leaves everything as it was."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from codegen.update import update
from tests.contract.bundles import ROOT, Node, changed, copy_of_project, take_in, written


def state(project: Path) -> dict[str, bytes]:
    """The contract and the generated package, byte for byte."""
    package = (project / "autoleap_api_client").rglob("*")
    files = [p for p in package if p.is_file() and "__pycache__" not in p.parts]
    return {str(p.relative_to(project)): p.read_bytes() for p in [*files, project / "openapi.yaml"]}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project into which nothing is taken."""
    return copy_of_project(tmp_path_factory.mktemp("refusing") / "project")


def enum_that_clashes() -> Node:
    values = {"type": "string", "enum": ["a-b", "a b"]}
    fields = "$.components.schemas.Payment.properties"
    return changed([{"target": fields, "update": {"odd": values}}])


def twice_the_same_operation() -> Node:
    update = {"operationId": "listItems"}
    return changed([{"target": "$.paths['/payments'].get", "update": update}])


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (twice_the_same_operation, "openapi_spec_validator failed"),
        (enum_that_clashes, "names clash"),
    ],
    ids=["not valid", "cannot be generated from"],
)
def test_a_bundle_that_is_refused_changes_nothing(
    project: Path, tmp_path: Path, make: Callable[[], Node], complaint: str
) -> None:
    before = state(project)
    run = take_in(project, written(make(), tmp_path / "bad.yaml"))
    assert run.returncode == 1
    assert complaint in run.stderr
    assert run.stderr.endswith("Nothing was changed.\n")
    assert state(project) == before
    assert not list(project.glob(".spec-*"))


def test_the_bundle_we_have_is_nothing_to_do(project: Path) -> None:
    run = take_in(project, project / "openapi.yaml")
    assert (run.returncode, run.stdout.splitlines()[0]) == (0, "# Verdict: nothing to do")


@pytest.mark.parametrize(("arguments", "code"), [(["gone.yaml"], 1), ([], 2), (["a", "--pull"], 2)])
def test_a_bundle_that_is_not_there_or_not_named_is_told(
    project: Path, arguments: list[str], code: int
) -> None:
    run = take_in(project, *arguments)
    assert run.returncode == code
    assert "Traceback" not in run.stderr


def test_without_a_network_the_published_bundle_is_told_to_be_out_of_reach(project: Path) -> None:
    before = state(project)
    nowhere = "http://127.0.0.1:9"
    run = take_in(project, "--pull", HTTPS_PROXY=nowhere, https_proxy=nowhere, NO_PROXY="")
    assert run.returncode == 1
    assert "https://developers.myautoleap.com/_bundle/openapi.yaml cannot be read: " in run.stderr
    assert run.stderr.endswith("Nothing was changed.\n")
    assert state(project) == before


class Portal(BaseHTTPRequestHandler):
    """Serves openapi.yaml where one link leads to another."""

    def do_GET(self) -> None:
        found = {"/bundle": 302, "/openapi.yaml": 200}.get(self.path, 404)
        self.send_response(found)
        self.send_header("Location", "/openapi.yaml")
        self.end_headers()
        if found == 200:
            self.wfile.write((ROOT / "openapi.yaml").read_bytes())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def portal() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Portal) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_bundle_is_read_from_a_url(project: Path, portal: str) -> None:
    run = take_in(project, f"{portal}/bundle", NO_PROXY="127.0.0.1", no_proxy="127.0.0.1")
    assert (run.returncode, run.stdout.splitlines()[0]) == (0, "# Verdict: nothing to do")
    run = take_in(project, f"{portal}/gone", NO_PROXY="127.0.0.1", no_proxy="127.0.0.1")
    assert run.returncode == 1
    assert "404" in run.stderr


def test_when_the_exchange_fails_half_way_the_old_package_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = tmp_path / "package", tmp_path / "new/package"
    for folder, text in ((old, "old"), (new, "new")):
        folder.mkdir(parents=True)
        (folder / "file.py").write_text(text)
    spec = tmp_path / "new.yaml"
    spec.write_text("new")
    monkeypatch.setattr(update, "ROOT", tmp_path)
    monkeypatch.setattr(update, "PACKAGE", old)
    monkeypatch.setattr(update, "SPEC", tmp_path / "no such folder/openapi.yaml")
    with pytest.raises(FileNotFoundError):
        update.exchange(spec, new)
    assert [path.read_text() for path in old.iterdir()] == ["old"]
    assert {path.name for path in tmp_path.iterdir()} == {"package", "new", "new.yaml"}
