"""What stands around every page: navigation, who is signed in, how the page is shown, the head of the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from roadworthy.interfaces.web.views.parts import Say

Theme = Literal["system", "light", "dark"]


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation; `key` is the letter that follows `g`."""

    name: str
    href: str
    key: str
    here: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """How a person wants the pages shown; kept in a cookie of theirs, not in the records."""

    theme: Theme = "system"
    keys: bool = True


@dataclass(frozen=True, slots=True)
class LedgerHead:
    """Where the record stood when the page was made, so that a print-out can be held against it."""

    size: int
    root: str


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame of one page."""

    title: str
    places: tuple[Place, ...]
    settings: Settings
    person: str | None = None
    csrf: str = ""
    search: str = ""
    notice: Say | None = None
    head: LedgerHead | None = None
    made: str = ""
    """When the page was made, for print."""


_PLACES = (
    ("Portfolio", "/", "p"),
    ("Failure modes", "/failure-modes", "f"),
    ("Evidence", "/evidence", "e"),
    ("Ranking", "/ranking", "k"),
    ("Reports", "/reports", "t"),
    ("Tickets", "/tickets", "b"),
    ("Import", "/import", "i"),
    ("Rubric", "/rubric", "r"),
    ("Ledger", "/ledger", "l"),
)


def places(current: str | None) -> tuple[Place, ...]:
    """The navigation, with the place named `current` marked as here."""
    return tuple(Place(name, href, key, here=name == current) for name, href, key in _PLACES)
