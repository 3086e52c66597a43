"""Check that an object is used only in its own event loop and process.

Sockets and locks belong to the event loop that made them. In another loop they hang. After a fork
two processes would use one connection. Therefore such a use raises an error with the remedy.
"""

from __future__ import annotations

import os

from anyio.lowlevel import current_token
from attrs import define, field

from .errors import ConfigurationError


def check_event_loop() -> None:
    """Check that an event loop runs.

    Raises:
        ConfigurationError: when none runs, as after a fork inside a running loop.
    """
    try:
        current_token()
    except RuntimeError:  # asyncio does not run a loop that was started before a fork
        raise ConfigurationError(
            "no event loop runs here: start one, then make a client in it"
        ) from None


@define
class LoopAffinity:
    """The event loop and process of an object, bound by its first use.

    Args:
        owner_name: The object's name in error messages, such as "client".
    """

    _owner_name: str
    _loop: object = field(default=None, init=False)
    _process: int = field(default=0, init=False)

    def ensure_current(self) -> None:
        """Bind to the current loop and process on first use; raise if they differ later.

        Raises:
            ConfigurationError: when this is another event loop, or a process after a fork.
        """
        if message := self.mismatch_message():
            raise ConfigurationError(message)

    def mismatch_message(self) -> str | None:
        """Return the error message, or None if use is allowed."""
        name, process = self._owner_name, os.getpid()
        if self._loop is not None and process != self._process:
            return (
                f"this {name} was used in process {self._process} before the fork of this "
                f"process: make a {name} in each worker, after the fork"
            )
        try:
            loop = current_token()
        except RuntimeError:  # asyncio does not run a loop that was started before a fork
            return f"no event loop runs here: start one, then make a {name} in it"
        if self._loop is None:
            self._loop, self._process = loop, process
        if loop != self._loop:
            return (
                f"this {name} was used in another event loop before and belongs to it: "
                f"make a {name} inside each event loop"
            )
        return None
