"""All that an error leaves behind: messages, tracebacks with variables, attributes, pickles."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Iterable, Iterator

from autoleap import AutoLeapError


def locals_of(error: BaseException, *left_out: str) -> Iterator[str]:
    """The local variables of all frames an error went through, and those of its causes.

    Args:
        error: The error.
        left_out: The files whose frames are left out: those of the test itself.
    """
    captured: traceback.TracebackException | None
    captured = traceback.TracebackException.from_exception(error, capture_locals=True)
    while captured is not None:
        for frame in captured.stack:
            if frame.filename not in left_out:
                yield f"{frame.filename}:{frame.name} {frame.locals}"
        captured = captured.__cause__ or captured.__context__


def texts_of(error: AutoLeapError, *left_out: str) -> Iterator[str]:
    """Everything that an error shows, as texts."""
    yield from (repr(error), str(error), repr(vars(error)))
    yield "".join(traceback.format_exception(error))
    yield from locals_of(error, *left_out)
    for protocol in (0, 5):
        yield pickle.dumps(error, protocol).decode("latin-1")


def found(wanted: Iterable[str], texts: Iterable[str]) -> list[str]:
    """Texts in which one of the wanted strings stands."""
    wanted = list(wanted)
    return [text for text in texts if any(secret in text for secret in wanted)]
