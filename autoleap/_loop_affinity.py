"""Where a thing that holds connections or locks lives: one event loop of one process.

Sockets and locks belong to the loop they were made in. Used from another one they hang, and after
a fork two processes would speak over one connection. So that is refused, with the remedy.
"""

from __future__ import annotations

import os

from anyio.lowlevel import current_token
from attrs import define, field

from .errors import ConfigurationError


@define
class LoopAffinity:
    """The event loop and process that a thing belongs to, settled by its first use.

    Args:
        what: The thing, in the words of an error.
    """

    _owner_name: str
    _loop: object = field(default=None, init=False)
    _process: int = field(default=0, init=False)

    def ensure_current(self) -> None:
        """Settle here at the first use; later, see that this is still the place.

        Raises:
            ConfigurationError: when this is another event loop, or another process after a fork.
        """
        if astray := self.mismatch_message():
            raise ConfigurationError(astray)

    def mismatch_message(self) -> str | None:
        """The same as words: what is wrong with a use here, and what to do; None for nothing."""
        loop, process = current_token(), os.getpid()
        if self._loop is None:
            self._loop, self._process = loop, process
        if process != self._process:
            return (
                f"this {self._owner_name} was used in process {self._process} before this process was "
                f"forked off: make a {self._owner_name} in each worker, after the fork"
            )
        if loop != self._loop:
            return (
                f"this {self._owner_name} was used in another event loop before, and belongs to it: "
                f"make a {self._owner_name} inside each event loop"
            )
        return None
