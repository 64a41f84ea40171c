"""The one shape that a ticket system has for us."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from roadworthy.decide.tickets.model import Checked, Content, Remote


@dataclass(frozen=True, slots=True)
class Notice:
    """What a verified webhook says: which ticket to look at.

    What it claims about the ticket is not believed, it is read from the system instead, so a late or repeated notice
    can do no harm.
    """

    ref: str
    at: dt.datetime
    """When it was signed."""


class Adapter(Protocol):
    """What Roadworthy needs of a ticket system.

    Every method may raise `NotNow` (another try may help; `uncertain` where it may have been done all the same),
    `Refused` or `InvalidInput` (another try will not help), and those that name a ticket `NotFound`.
    """

    def check(self) -> Checked:
        """Who we are there, and whether tickets can be made at the declared place."""

    def find(self, correlation: str) -> Remote | None:
        """The ticket that carries this correlation; the oldest, where there are several."""

    def create(self, correlation: str, content: Content) -> Remote:
        """Make a ticket. Not idempotent by itself: `find` comes first."""

    def read(self, refs: Sequence[str]) -> Sequence[Remote]:
        """Those of these tickets that exist."""

    def comment(self, ref: str, text: str) -> None:
        """Add a comment."""

    def close(self, ref: str, text: str) -> Remote:
        """Add a comment and close the ticket."""


class Verifier(Protocol):
    """Checks that a webhook is what it says it is."""

    def __call__(self, secret: bytes, headers: Mapping[str, str], body: bytes) -> Notice | None:
        """What a webhook says.

        Returns:
            None where it is genuine and about nothing that concerns a ticket.

        Raises:
            Unauthenticated: the signature is missing, malformed or wrong.
            InvalidInput: genuine, and not of the published form.
        """
