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
class Home:
    """The event loop and process that a thing belongs to, settled by its first use.

    Args:
        what: The thing, in the words of an error.
    """

    _what: str
    _loop: object = field(default=None, init=False)
    _process: int = field(default=0, init=False)

    def check(self) -> None:
        """Settle here at the first use; later, see that this is still the place.

        Raises:
            ConfigurationError: when this is another event loop, or another process after a fork.
        """
        if astray := self.astray():
            raise ConfigurationError(astray)

    def astray(self) -> str | None:
        """The same as words: what is wrong with a use here, and what to do; None for nothing."""
        loop, process = current_token(), os.getpid()
        if self._loop is None:
            self._loop, self._process = loop, process
        if process != self._process:
            return (
                f"this {self._what} was used in process {self._process} before this process was "
                f"forked off: make a {self._what} in each worker, after the fork"
            )
        if loop != self._loop:
            return (
                f"this {self._what} was used in another event loop before, and belongs to it: "
                f"make a {self._what} inside each event loop"
            )
        return None
