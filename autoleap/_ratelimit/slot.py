"""The slot that a rate limiter grants for one attempt."""

from __future__ import annotations

from attrs import define


@define
class Slot:
    """The right to send one attempt; it is held until the end of the attempt.

    Attributes:
        waited: Seconds until it was granted, exactly 0 if it was free immediately.
        used: Whether the attempt may have reached the server. The caller sets it to False if it
            has sent nothing. An unused slot is free again at once.
    """

    waited: float = 0.0
    used: bool = True
