"""What follows from a declared use case: its risk tier, the state of its four seats, its misfits with the platform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from roadworthy.inventory.model import ComponentKind, Duty, Owners, PlatformProfile, Risk, Tier, UseCase, UseCaseClass


@dataclass(frozen=True, slots=True)
class TierVerdict:
    """The risk tier and why; `tier` is None while the facts do not decide it."""

    tier: Tier | None
    reasons: tuple[str, ...]
    by_rule: Tier | None
    """What the rule says; differs from `tier` where a person overrode it."""
    overridden_by: str | None = None


_HARM = {
    "rights": "a wrong output can harm somebody's rights",
    "safety": "a wrong output can harm somebody's safety",
    "rights-and-safety": "a wrong output can harm rights and safety",
}
_OUTSIDE = frozenset({"customers", "public"})
_QUESTIONS = {
    "impact": "what a wrong output can harm",
    "autonomy": "how far it goes without a person",
    "personal_data": "what personal data it touches",
    "exposure": "who meets its output",
}


def tier_of(risk: Risk, use_case_class: UseCaseClass | None) -> TierVerdict:
    """Derive the risk tier.

    High: rights or safety are at stake; it acts by itself on anything that matters (money, or people outside
    the organisation); or special personal data meets people outside. Moderate: money, personal data, people
    outside, or deciding without a person. Low: all four facts are known and none of the above holds.
    A fact that is not known can only leave the tier open, never lower it.
    """
    by_rule, reasons = _by_rule(risk, use_case_class)
    if risk.override is None:
        return TierVerdict(by_rule, reasons, by_rule)
    kept = f"set to {risk.override.tier} by {risk.override.by}: {risk.override.reason}"
    return TierVerdict(risk.override.tier, (kept, *reasons), by_rule, risk.override.by)


def _by_rule(risk: Risk, use_case_class: UseCaseClass | None) -> tuple[Tier | None, tuple[str, ...]]:
    high = _why_high(risk, use_case_class)
    if high:
        return Tier.HIGH, high
    unknown = tuple(f"not known: {question}" for field, question in _QUESTIONS.items() if getattr(risk, field) is None)
    if unknown:
        return None, unknown
    if use_case_class is None and risk.autonomy == "decides" and (risk.impact == "money" or risk.exposure in _OUTSIDE):
        return None, ("not known: whether it is agentic, and then decides and acts by itself",)
    moderate = _why_moderate(risk)
    if moderate:
        return Tier.MODERATE, moderate
    return Tier.LOW, ("it informs people inside the organisation and touches nothing sensitive",)


def _why_high(risk: Risk, use_case_class: UseCaseClass | None) -> tuple[str, ...]:
    outside = risk.exposure in _OUTSIDE
    acts = risk.autonomy == "acts" or (use_case_class is UseCaseClass.AGENTIC and risk.autonomy == "decides")
    reasons = (
        (risk.impact in _HARM, _HARM.get(risk.impact or "", "")),
        (acts and risk.impact == "money", "it acts by itself where money is at stake"),
        (acts and outside, "it acts by itself towards people outside the organisation"),
        (risk.personal_data == "special" and outside, "special personal data meets people outside the organisation"),
    )
    return tuple(reason for holds, reason in reasons if holds)


def _why_moderate(risk: Risk) -> tuple[str, ...]:
    reasons = (
        (risk.impact == "money", "money is at stake"),
        (risk.personal_data != "none", "it touches personal data"),
        (risk.exposure in _OUTSIDE, "people outside the organisation meet its output"),
        (risk.autonomy in {"decides", "acts"}, "it goes ahead without a person"),
    )
    return tuple(reason for holds, reason in reasons if holds)


class SeatState(StrEnum):
    """How far an ownership has come."""

    UNASSIGNED = "unassigned"
    UNCONFIRMED = "unconfirmed"
    """Somebody is named, and has not signed in and accepted."""
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A person's yes to a duty, and the name under which they were asked."""

    duty: Duty
    named: str
    person_ref: str
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class Seat:
    """One of the four duties of a use case with whoever holds it."""

    duty: Duty
    person: str | None
    state: SeatState
    accepted_at: datetime | None = None
    also: tuple[Duty, ...] = ()
    """Other duties of the same use case that the same person holds: allowed, and shown."""
    ref: str | None = None
    """Reference of the person, where they are known here by the name in the record or have accepted."""
    left: bool = False
    """Whether that person has left or was erased; then nobody is bound by what they accepted."""


def same_person(left: str, right: str) -> bool:
    """Whether two declared names mean one person: addresses and accounts ignore case and outer space."""
    return _fold(left) == _fold(right)


def _fold(name: str) -> str:
    return name.strip().casefold()


def seats_of(
    owners: Owners,
    acceptances: Sequence[Acceptance],
    known: Mapping[str, str] = MappingProxyType({}),
    left: frozenset[str] = frozenset(),
) -> Mapping[Duty, Seat]:
    """The four seats. An acceptance counts only for the name it was given under: a new name starts unconfirmed.

    So does the seat of somebody who left: what they accepted binds nobody any more.

    Args:
        owners: who is named.
        acceptances: who accepted, and as whom.
        known: references of people by their folded names.
        left: references of people who left or were erased.
    """
    named = {duty: owners.of(duty) for duty in Duty}
    folded = {duty: _fold(person) for duty, person in named.items() if person is not None}
    overlap = len(set(folded.values())) < len(folded)
    accepted = {yes.duty: yes for yes in acceptances if folded.get(yes.duty) == _fold(yes.named)}
    seats = {}
    for duty, person in named.items():
        if person is None:
            seats[duty] = _EMPTY[duty]
            continue
        yes = accepted.get(duty)
        also = (
            tuple(other for other in folded if other is not duty and folded[other] == folded[duty]) if overlap else ()
        )
        ref = known.get(folded[duty]) if yes is None else yes.person_ref
        if yes is None or ref in left:
            seats[duty] = Seat(duty, person, SeatState.UNCONFIRMED, None, also, ref, ref in left)
        else:
            seats[duty] = Seat(duty, person, SeatState.ACCEPTED, yes.accepted_at, also, yes.person_ref)
    return seats


_EMPTY = {duty: Seat(duty, None, SeatState.UNASSIGNED) for duty in Duty}


class SetAside(NamedTuple):
    """What was asked and is accepted as missing until an instant."""

    until: datetime
    reason: str
    asked: str
    """Digest of what was asked when it was accepted; it is set aside only while the same is asked."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Something the use case wants and the platform does not offer."""

    component: str
    what: str
    wants: str
    offered: tuple[str, ...]

    def __str__(self) -> str:
        offered = ", ".join(self.offered)
        return f"{self.component} wants {self.what} `{self.wants}`; the platform offers {offered}"


def mismatches(use_case: UseCase, profile: PlatformProfile | None) -> tuple[Mismatch, ...]:
    """Where components step outside the platform profile; an empty list in the profile limits nothing."""
    if profile is None:
        return ()
    found = []
    for component in use_case.components:
        vendor = component.name if component.kind is ComponentKind.VENDOR else component.vendor
        wishes = (
            ("vendor", vendor, profile.vendors),
            ("region", component.region, profile.regions),
            ("access", component.access, profile.access),
        )
        found += [
            Mismatch(component.name, what, wanted, offered)
            for what, wanted, offered in wishes
            if wanted and offered and wanted.casefold() not in {offer.casefold() for offer in offered}
        ]
    return tuple(found)
