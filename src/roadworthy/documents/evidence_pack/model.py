"""Values: what a pack is asked for, what it is made of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.ledger.pack.covering import Range
from roadworthy.foundation.ledger.pack.model import Document


class PackOf(StrEnum):
    """What a pack can be about."""

    DECISION = "decision"
    CERTIFICATE = "certificate"
    USE_CASE = "use-case"
    PERIOD = "period"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a pack is wanted for."""

    of: PackOf
    name: str = ""
    """Id of a decision request, serial of a certificate, name of a use case; empty for a period."""
    since: dt.datetime | None = None
    """Of a period: not older than this; the beginning of the ledger where nobody says."""
    until: dt.datetime | None = None
    """Of a period: older than this; its end where nobody says."""
    texts: bool = True
    """Put the texts in that entries commit to, and say who people are."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What goes into a pack."""

    ranges: tuple[Range, ...]
    entries: Mapping[int, Entry] = field(default_factory=dict)
    """The entries that were read, by position; empty for a period."""
    documents: tuple[Document, ...] = ()
    whole: bool = False
    """Nothing between the first entry and the last is left out."""
