"""Evidence packs as their page shows them."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.form import FaultLink
from roadworthy.interfaces.web.views.parts import Empty, Field, Link, Moment


@dataclass(frozen=True, slots=True)
class PackLine:
    """A pack that somebody took away."""

    about: str
    link: Link | None
    at: Moment
    by: str
    entries: str
    disclosed: str
    digest: str
    entry: Link


@dataclass(frozen=True, slots=True)
class PacksView:
    """Where a pack is made, and those that were."""

    finding: str
    lede: str
    faults: tuple[FaultLink, ...]
    about: tuple[Field, ...]
    """What it is about."""
    period: tuple[Field, ...]
    texts: Field
    key: str
    """To verify with, as a verifier takes it."""
    packs: tuple[PackLine, ...]
    empty: Empty | None
