"""Small authorities for tests: one that declines everything, one that knows only what was granted, one that listens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from roadworthy.foundation.errors import Refused
from roadworthy.foundation.ledger.authority import Act, Grounds
from roadworthy.foundation.ledger.draft import Basis, Oversight
from roadworthy.foundation.ledger.unit import Grant, Transaction

RULE = "two-people"


@dataclass
class Declines:
    """Nobody may do anything that is a decision."""

    asked: list[Act] = field(default_factory=list)

    def require(self, tx: Transaction, acts: Sequence[Act]) -> Grounds:
        """Refuse whatever is an act.

        Raises:
            Refused: there is one.
        """
        self.asked += acts
        if acts and any(act.digest not in tx.granted for act in acts):
            names = ", ".join(sorted({act.decides for act in acts}))
            raise Refused("decision-needed", f"a decision is needed: {names}", remedy="propose it")
        grants = [tx.granted[act.digest] for act in acts]
        return Grounds(grants[0].basis, grants[0].oversight) if grants else Grounds()


@dataclass
class Listens:
    """Everything may be done, and it is kept what was asked."""

    asked: list[Act] = field(default_factory=list)

    def require(self, tx: Transaction, acts: Sequence[Act]) -> Grounds:  # noqa: ARG002 - the protocol's signature
        """Keep what was asked."""
        self.asked += acts
        return Grounds(Basis(rules=("anything",)), Oversight(required="anything"))


def granted(*acts: Act) -> dict[str, Grant]:
    """Grants of these acts, as they stand in the unit that uses an approval up."""
    oversight = Oversight(required=RULE, given=("p-ann", "p-bea"), quorum=2)
    return {act.digest: Grant("request-1", Basis(rules=(RULE,)), oversight) for act in acts}
