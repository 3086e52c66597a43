"""The token file: its permissions, its content, and what is left when writing fails."""

from __future__ import annotations

import json
import logging
import os
import socket
import stat
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoleap import ConfigurationError, FileTokenStore, TokenStoreError
from autoleap._auth import tokens
from tests.helpers.token_endpoint import ACCESS, NEWER, PAIR, visible_text
from tests.helpers.waiting import HANG

pytestmark = pytest.mark.anyio


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "session.json"


def modes(folder: Path) -> dict[str, int]:
    """What is in a folder, with the rights."""
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def change_mode(file: Path, mode: int) -> None:
    file.chmod(mode)


def put(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    file.chmod(0o600)


@pytest.mark.asyncio_only
async def test_a_file_is_for_its_owner_alone_and_nothing_else_is_left_behind(file: Path) -> None:
    before = os.umask(0)
    try:
        async with FileTokenStore(file).lock():
            await FileTokenStore(file).save(PAIR)
    finally:
        os.umask(before)
    assert modes(file.parent) == {file.name: 0o600, f"{file.name}.lock": 0o600}


@pytest.mark.asyncio_only
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o666])
async def test_a_file_that_others_may_open_is_refused_with_the_remedy(
    file: Path, mode: int
) -> None:
    await FileTokenStore(file).save(PAIR)
    change_mode(file, mode)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        await FileTokenStore(file).load()
    change_mode(file, 0o600)
    assert await FileTokenStore(file).load() == PAIR


@pytest.mark.asyncio_only
async def test_a_file_of_another_user_is_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await FileTokenStore(file).save(PAIR)
    monkeypatch.setattr(os, "geteuid", lambda: file.stat().st_uid + 1)
    with pytest.raises(ConfigurationError, match="belongs to another user"):
        await FileTokenStore(file).load()


WHOLE = tokens.pair_to_json(PAIR)
FIELDS = json.loads(WHOLE)


@pytest.mark.asyncio_only
@pytest.mark.parametrize(
    "content",
    [
        *[b"", b"\0" * 200, WHOLE[:-1], WHOLE[:40], b"null", b"[]", b"{}", b'"x"', b"7", b"\xff"],
        b"[" * 100_000,
        *[json.dumps(FIELDS | {"access": wrong}).encode() for wrong in (None, 7, "", "a\nb", "é")],
        *[
            json.dumps(FIELDS | {"expires_at": wrong}).encode()
            for wrong in (None, "soon", True, float("nan"), float("inf"), 10**400)
        ],
        json.dumps({name: FIELDS[name] for name in FIELDS if name != "refresh"}).encode(),
    ],
    ids=lambda content: repr(content[:30]),
)
async def test_a_file_that_is_torn_or_something_else_counts_as_no_pair_and_is_logged(
    file: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    put(file, content)
    with caplog.at_level(logging.WARNING, "autoleap"):
        assert await FileTokenStore(file).load() is None
    assert "contains no token pair" in caplog.text
    await FileTokenStore(file).save(PAIR)
    assert await FileTokenStore(file).load() == PAIR


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(list(FIELDS)), inner),
)


@settings(deadline=None)
@given(st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_content_is_a_pair_or_none(content: bytes) -> None:
    pair = tokens.pair_from_json(content)
    assert pair is None or tokens.pair_from_json(tokens.pair_to_json(pair)) == pair


async def test_a_save_that_fails_half_way_leaves_the_old_pair_and_no_litter(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FileTokenStore(file)
    await store.save(PAIR)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TokenStoreError, match="No space left on device") as caught:
        await store.save(NEWER)
    assert await store.load() == PAIR
    assert list(file.parent.iterdir()) == [file]
    assert "newer-access" not in visible_text(caught.value)


@pytest.mark.asyncio_only
async def test_a_folder_that_is_not_there_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    for name in ("one", "other"):
        store = FileTokenStore(tmp_path / name / "session.json")
        if name == "one":
            await store.save(PAIR)
        async with store.lock():
            await store.save(PAIR)
        assert modes(tmp_path)[name] == 0o700


@pytest.mark.asyncio_only
async def test_a_file_that_cannot_be_used_is_a_typed_error_with_the_remedy(file: Path) -> None:
    async def lock(store: FileTokenStore) -> None:
        async with store.lock():
            pass

    await FileTokenStore(file).save(PAIR)
    below, folder = FileTokenStore(file / "below"), FileTokenStore(file.parent)
    uses: list[Callable[[], Awaitable[object]]] = [below.load, folder.load, partial(lock, below)]
    uses += [partial(below.save, PAIR), partial(folder.save, PAIR)]
    for use in uses:
        with pytest.raises(TokenStoreError, match="must be able to read and write") as caught:
            await use()
        assert ACCESS not in visible_text(caught.value)


@pytest.mark.asyncio_only
async def test_a_relative_path_stays_the_same_file_when_the_program_moves(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(file.parent)
    store = FileTokenStore(file.name)
    monkeypatch.chdir("/")
    await store.save(PAIR)
    assert await FileTokenStore(file).load() == PAIR


def make_fifo(path: Path, other: Path) -> None:
    os.mkfifo(path, 0o600)


def make_link(path: Path, other: Path) -> None:
    put(other, tokens.pair_to_json(PAIR))
    path.symlink_to(other)


def make_dangling_link(path: Path, other: Path) -> None:
    path.symlink_to(other)


def make_folder(path: Path, other: Path) -> None:
    path.mkdir()


def make_socket(path: Path, other: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(path))


def identify(path: Path) -> tuple[int, int]:
    status = path.lstat()
    return status.st_ino, status.st_mode


KINDS = [make_fifo, make_link, make_dangling_link, make_folder, make_socket]


@pytest.mark.asyncio_only
@pytest.mark.skipif(os.name != "posix", reason="these kinds of files are those of POSIX")
@pytest.mark.parametrize("make", KINDS, ids=lambda make: str(make.__name__))
async def test_a_path_that_is_no_regular_file_is_refused_and_left_as_it_is(
    file: Path, make: Callable[[Path, Path], None]
) -> None:
    other = file.with_name("other")
    make(file, other)
    before = identify(file)
    with anyio.fail_after(HANG):
        with pytest.raises((ConfigurationError, TokenStoreError), match="token file"):
            await FileTokenStore(file).load()
        with pytest.raises((ConfigurationError, TokenStoreError), match="token file"):
            await FileTokenStore(file).save(PAIR)
        if make is not make_folder:
            with pytest.raises(ConfigurationError, match="regular file"):
                await FileTokenStore(file).save(None)
    assert identify(file) == before


@pytest.mark.asyncio_only
@pytest.mark.skipif(os.name != "posix", reason="these kinds of files are those of POSIX")
@pytest.mark.parametrize("make", KINDS, ids=lambda make: str(make.__name__))
async def test_a_lock_file_that_is_no_regular_file_is_refused_and_its_target_left_as_it_is(
    file: Path, make: Callable[[Path, Path], None]
) -> None:
    make(file.with_name(f"{file.name}.lock"), other := file.with_name("other"))
    before = read_if_there(other)
    with (
        anyio.fail_after(HANG),
        pytest.raises((ConfigurationError, TokenStoreError), match="token file"),
    ):
        async with FileTokenStore(file).lock():
            pass
    assert read_if_there(other) == before


def read_if_there(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None
