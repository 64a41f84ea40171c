"""The ledger towards the outside, as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.parts import Badge, Empty, Figure, Moment, Say


@dataclass(frozen=True, slots=True)
class WitnessLine:
    """One witness."""

    name: str
    type: str
    address: str
    state: Badge
    size: str
    at: Moment | None
    reference: str
    note: str
    """What it holds against the ledger, or why it has not taken the checkpoint, and what to do."""


@dataclass(frozen=True, slots=True)
class OutsideView:
    """Who has seen how much of the ledger."""

    finding: str
    basis: str
    says: tuple[Say, ...]
    figures: tuple[Figure, ...]
    witnesses: tuple[WitnessLine, ...]
    empty: Empty | None
    public: str
    """What everybody may read, in a sentence."""
    policy: str
