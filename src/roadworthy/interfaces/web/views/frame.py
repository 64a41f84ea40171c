"""What stands around every page: navigation, who is signed in, how the page is shown, the head of the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from roadworthy.interfaces.web.views.parts import Say, Tone, plural

Theme = Literal["system", "light", "dark"]


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation; `key` is the letter that follows `g`."""

    name: str
    href: str
    key: str
    here: bool = False
    waiting: str = ""
    """How much waits there, where anything does."""


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
    moved: Say | None = None
    """Said on every page while the clock runs ahead on purpose."""
    emergency: Say | None = None
    """Said on every page while somebody may pass by the usual way to sign in."""
    head: LedgerHead | None = None
    made: str = ""
    """When the page was made, for print."""


def moved(ahead: timedelta) -> Say | None:
    """What to say of a clock that runs ahead; nothing of one that does not."""
    if not ahead:
        return None
    return Say(
        Tone.STALE,
        f"The clock of this demo runs {plural(ahead.days, 'day')} ahead",
        "It shows what becomes of evidence that nobody renews. Nothing that happens here has happened.",
    )


PEOPLE = "/people"
INBOX = "/inbox"
_PLACES = (
    ("Portfolio", "/", "p"),
    ("Inbox", INBOX, "n"),
    ("Reviews", "/reviews", "v"),
    ("Certificates", "/certificates", "c"),
    ("Gateway", "/gateway", "y"),
    ("Failure modes", "/failure-modes", "f"),
    ("Evidence", "/evidence", "e"),
    ("Ranking", "/ranking", "k"),
    ("Discovery", "/discovery", "d"),
    ("Reports", "/reports", "t"),
    ("Tickets", "/tickets", "b"),
    ("Import", "/import", "i"),
    ("Rubric", "/rubric", "r"),
    ("Rights", "/rights", "w"),
    ("People", PEOPLE, "o"),
    ("Ledger", "/ledger", "l"),
)


def places(current: str | None, waiting: str = "", *, people: bool = True) -> tuple[Place, ...]:
    """The navigation.

    Args:
        current: name of the place that is marked as here.
        waiting: how much waits in the inbox; empty where nothing does.
        people: whether whoever looks may see who is here.
    """
    return tuple(
        Place(name, href, key, here=name == current, waiting=waiting if href == INBOX else "")
        for name, href, key in _PLACES
        if people or href != PEOPLE
    )
