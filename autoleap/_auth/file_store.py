"""The token pair in a file, for the processes of one machine."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from .._instrumentation import logger
from .._tasks import run_in_thread
from ..errors import ConfigurationError, TokenStoreError
from .locking import acquire_lock
from .tokens import TokenPair, pair_from_json, pair_to_json

if TYPE_CHECKING:
    from filelock import BaseFileLock


# With these flags the opening of a symbolic link fails, and that of a FIFO does not block. Windows
# has neither flag.
SAFE_OPEN_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)

GROUP_AND_OTHER_BITS = stat.S_IRWXG | stat.S_IRWXO

# A token pair is much shorter, in bytes. A longer file holds something else.
MAX_FILE_SIZE = 1_000_000


class FileTokenStore:
    """Keeps the pair in a file that only its owner can read, for all processes of one machine.

    One process refreshes at a time, under a lock file (`<path>.lock`). The lock is free when its
    holder ends, even after `kill -9`. A save replaces the file in one step. A file without a valid
    pair counts as no session. Use a local file system.

    Args:
        path: The file, one for each partner account and server. A missing folder is made for this
            user only.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self._path = Path(path).absolute()

    async def load(self) -> TokenPair | None:
        """Return the pair that was saved last, or None.

        Raises:
            ConfigurationError: when other users can read or replace the file.
            TokenStoreError: when the file cannot be read.
        """
        return await run_in_thread(self._read)

    async def save(self, pair: TokenPair | None) -> None:
        """Replace the saved pair; None deletes it. The pair is on disk when this returns.

        Raises:
            TokenStoreError: when the file cannot be written.
        """
        await run_in_thread(partial(self._write, pair))

    @asynccontextmanager
    async def lock(self) -> AsyncGenerator[None]:
        """Hold the lock, in one task of one process at a time.

        Raises:
            TokenStoreError: when the lock is not free in time, or its file cannot be used.
        """
        from filelock import FileLock

        # A new object each time, because one object can be acquired twice. An attempt is two
        # system calls without disk access, so it needs no thread.
        lock = FileLock(f"{self._path}.lock", mode=0o600, thread_local=False)
        try:
            await acquire_lock(
                partial(self._try_acquire, lock), f"the lock of the token file {self._path}"
            )
            yield
        finally:
            lock.release()

    def __repr__(self) -> str:
        return f"FileTokenStore({str(self._path)!r})"

    async def _try_acquire(self, lock: BaseFileLock) -> bool:
        from filelock import Timeout

        with self._translate_os_errors():
            self._make_folder()
            _check_kind(Path(lock.lock_file))
            try:
                lock.acquire(blocking=False)
            except Timeout:
                return False
        return True

    def _read(self) -> TokenPair | None:
        with self._translate_os_errors():
            try:
                _check_kind(self._path)
                with open(self._path, "rb", opener=_open_file) as file:
                    self._check_permissions(file)
                    pair = pair_from_json(file.read(MAX_FILE_SIZE))
            except FileNotFoundError:
                return None
        if pair is None:
            logger.warning("%s contains no token pair; it counts as no session", self._path)
        return pair

    def _write(self, pair: TokenPair | None) -> None:
        with self._translate_os_errors():
            _check_kind(self._path)
            if pair is None:
                self._path.unlink(missing_ok=True)
                return
            self._make_folder()
            # mkstemp makes a file of mode 0600, with a name that cannot be guessed.
            handle, name = tempfile.mkstemp(prefix=f".{self._path.name}.", dir=self._path.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(pair_to_json(pair))
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(self._path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise

    def _make_folder(self) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _check_permissions(self, file: BinaryIO) -> None:
        if os.name != "posix":  # Windows has no file modes; the rights of the folder apply
            return
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise ConfigurationError(f"the token file {self._path} is not a regular file")
        if status.st_uid != os.geteuid():
            raise ConfigurationError(
                f"the token file {self._path} belongs to another user: run all processes that "
                "share it as one user, or delete it"
            )
        if status.st_mode & GROUP_AND_OTHER_BITS:
            raise ConfigurationError(
                f"other users can read the token file {self._path} (mode "
                f"{stat.S_IMODE(status.st_mode):04o}): delete it, or run `chmod 600` on it"
            )

    @contextmanager
    def _translate_os_errors(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            raise TokenStoreError(
                f"the token file {self._path} cannot be used: {error.strerror or error}; all "
                "processes that share it must be able to read and write it and its folder"
            ) from None


def _open_file(path: str, flags: int) -> int:
    return os.open(path, flags | SAFE_OPEN_FLAGS)


def _check_kind(path: Path) -> None:
    """Refuse a path that a save would replace, or an opening would follow to another file."""
    with suppress(FileNotFoundError):
        mode = path.lstat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise ConfigurationError(
                f"the token file {path} is a symbolic link, a FIFO or a device: "
                "give the path of a regular file"
            )
