"""The token pair in a file that processes of one machine share."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
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


GROUP_AND_OTHER_BITS = stat.S_IRWXG | stat.S_IRWXO


# Far beyond any pair; a file that is longer is something else.
MAX_FILE_SIZE = 1_000_000


class FileTokenStore:
    """Keeps the pair in a file that only its owner can read, for all processes of one machine.

    A lock beside it (`<path>.lock`) sees to it that one process refreshes at a time; it ends with
    its holder, be that by `kill -9`. The file is replaced as a whole, never written over; one that
    is torn, empty or something else counts as no session. Use a local file system.

    Args:
        path: The file, one for each partner account and server. Its folder is made, for this user
            alone, when it is not there.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self._path = Path(path).absolute()

    async def load(self) -> TokenPair | None:
        """Return the pair that was saved last, if any.

        Raises:
            ConfigurationError: when others than this user can read or replace the file.
            TokenStoreError: when it cannot be read.
        """
        return await run_in_thread(self._read)

    async def save(self, pair: TokenPair | None) -> None:
        """Keep a pair in place of the last one, on disk when this returns; None forgets it.

        Raises:
            TokenStoreError: when it cannot be written.
        """
        await run_in_thread(partial(self._write, pair))

    @asynccontextmanager
    async def lock(self) -> AsyncGenerator[None]:
        """Held by one task of one process at a time.

        Raises:
            TokenStoreError: when it cannot be had.
        """
        from filelock import FileLock

        # Made anew each time, so that two tasks never take one lock twice. To try it costs two
        # system calls and no disk, so that is done here and not in a thread.
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
            try:
                lock.acquire(blocking=False)
            except Timeout:
                return False
        return True

    def _read(self) -> TokenPair | None:
        with self._translate_os_errors():
            try:
                with self._path.open("rb") as file:
                    self._check_permissions(file)
                    pair = pair_from_json(file.read(MAX_FILE_SIZE))
            except FileNotFoundError:
                return None
        if pair is None:
            logger.warning("%s holds no token pair; it counts as empty", self._path)
        return pair

    def _write(self, pair: TokenPair | None) -> None:
        with self._translate_os_errors():
            if pair is None:
                self._path.unlink(missing_ok=True)
                return
            self._make_folder()
            # Of mode 0600 from the beginning, and with a name nobody can know before.
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
        if os.name != "posix":  # elsewhere the folder's own rights decide, and modes say nothing
            return
        status = os.fstat(file.fileno())
        if status.st_uid != os.geteuid():
            raise ConfigurationError(
                f"the token file {self._path} belongs to another user: run all processes that "
                "share it as one user, or delete it"
            )
        if status.st_mode & GROUP_AND_OTHER_BITS:
            raise ConfigurationError(
                f"the token file {self._path} is open to other users (mode "
                f"{stat.S_IMODE(status.st_mode):04o}): delete it, or `chmod 600` it if it is yours"
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
