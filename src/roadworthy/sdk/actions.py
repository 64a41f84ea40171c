"""What functions that agents may call say to the gateway."""

from __future__ import annotations


class NotDone(Exception):
    """Nothing happened, for certain.

    Args:
        why: in words.
        passes: whether it may be otherwise soon, so that it is worth another try.
        retry_after: seconds after which it is worth one.
    """

    def __init__(self, why: str = "", *, passes: bool = False, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.passes = passes
        self.retry_after = retry_after
