"""What the ledger says that can concern a certificate: whoever is concerned is looked at again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from roadworthy.decide.certificate import store as rows
from roadworthy.decide.certificate import troubles
from roadworthy.decide.certificate.ground import Ground
from roadworthy.evidence import store as evidence
from roadworthy.evidence.expiry import SEVERAL
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.inventory.kinds import USE_CASE

CONSUMER: Final = "certificates"
EVENTS: Final = (
    "evidence.",
    "owner.",
    "person.",
    "use-case.",
    "audit.finished",
    "gap.",
    "criterion.waiver-ended",
    "rubric.",
    "release.",
)
_PERSON = "Person/"


class Watching:
    """Looks at certificates again when something was recorded that can concern them."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def recorded(self, tx: Transaction, entries: Sequence[Entry]) -> None:
        """For a consumer of `EVENTS`."""
        concerned, certified = self._concerned(tx.connection, entries), rows.live_use_cases(tx.connection)
        for name in sorted(certified if concerned is None else certified & concerned):
            for certificate in rows.live(tx.connection, name):
                troubles.look(self._ground, tx, certificate)

    def _concerned(self, connection: sa.Connection, entries: Sequence[Entry]) -> frozenset[str] | None:
        """Use cases that the entries are about; None for all."""
        names: set[str] = set()
        for entry in entries:
            kind, _, name = entry.resource.partition("/")
            about = entry.facts.get("useCase")
            if kind == USE_CASE and name == SEVERAL and entry.what == "evidence.expired":
                names |= set(evidence.use_cases_of(connection, list(entry.basis.evidence)))
            elif kind == USE_CASE:
                names.add(name)
            elif entry.resource.startswith(_PERSON):
                names |= rows.held_by(connection, name)
            elif isinstance(about, str):
                names.add(about)
            elif entry.what.startswith("rubric."):
                return None
        return frozenset(names)
