"""On whose word something is done: what asks, and what it is given.

Lower layers carry out what upper layers decide about. Before a layer does what may need a decision, it says what it is
about to do as `Act`s and asks an `Authority`. The answer is the grounds on which it happens, for its ledger entry, or a
refusal that names the rule and who could say yes. Nothing here knows what a rule is.

An approved decision is carried out by putting the digests of exactly what was approved into the unit of work that uses
it up (`Transaction.granted`). So a grant cannot outlive that unit, and cannot cover anything but those bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from roadworthy.foundation.digests import Canonical, digest_of
from roadworthy.foundation.ledger.draft import Basis, Oversight
from roadworthy.foundation.ledger.unit import Transaction


@dataclass(frozen=True)
class Act:
    """One thing that somebody is about to do and that decision rights may ask about."""

    decides: str
    """The decision class, such as `promote` or `waive`."""
    resource: str
    """`Kind/name` of what it happens to."""
    content: Mapping[str, Canonical]
    """Exactly what will be done, whole; what is approved is these values and nothing else."""
    use_case: str | None = None
    facts: Mapping[str, Canonical] = field(default_factory=dict)
    """What conditions and thresholds may ask about; worked out by the layer that acts, never taken from a caller."""

    @cached_property
    def digest(self) -> str:
        """Names the act: class, resource, use case, facts and content together."""
        return digest_of(
            {
                "content": dict(self.content),
                "decides": self.decides,
                "facts": dict(self.facts),
                "resource": self.resource,
                "useCase": self.use_case,
            }
        )


@dataclass(frozen=True, slots=True)
class Grounds:
    """On what basis and with what oversight something is done, as it goes into the entry."""

    basis: Basis = field(default_factory=Basis)
    oversight: Oversight = field(default_factory=Oversight)


class Authority(Protocol):
    """Says whether something may be done now."""

    def require(self, tx: Transaction, acts: Sequence[Act]) -> Grounds:
        """The grounds on which all of these may be done in this unit.

        Raises:
            Refused: one of them needs a decision that nobody has made; names the rule and who could say yes.
        """


class Ungoverned:
    """The authority of a deployment without decision rights: nothing is asked, and nothing is claimed."""

    def require(self, tx: Transaction, acts: Sequence[Act]) -> Grounds:  # noqa: ARG002 - the protocol's signature
        """No grounds."""
        return Grounds()
