"""What functions that agents may call say to the gateway."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Behalf:
    """For whom a function is called, where its system declares that it learns of that."""

    user: str
    """Pseudonym, as the gateway's records have it."""
    actors: tuple[str, ...]
    """Who acts for the user, the nearest first: `workload/NAME` or `key/NAME`, then pseudonyms."""
    rights: tuple[str, ...]
    """What the user may there, and the agent for the user."""
    token: str = field(repr=False)
    """Says the same to others for whom it is meant, signed; never the token with which the user came."""


_BEHALF: ContextVar[Behalf | None] = ContextVar("roadworthy-behalf", default=None)


def behalf() -> Behalf | None:
    """For whom the function is called; None where that is nobody, or its system does not learn of users."""
    return _BEHALF.get()


@contextmanager
def acting_for(whose: Behalf | None) -> Iterator[None]:
    """Call what stands in the block for somebody."""
    before = _BEHALF.set(whose)
    try:
        yield
    finally:
        _BEHALF.reset(before)


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
