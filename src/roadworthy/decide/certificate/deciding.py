"""What people decide about certificates and stop switches: exactly what is wanted, as an act, and carrying it out.

Less can be had by whoever has the right to suspend, more only by whoever has the right to resume; and more never while
something stands against it that the decision does not name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, cast

import sqlalchemy as sa

from roadworthy.decide.certificate import stop_rows, telling, trouble_rows
from roadworthy.decide.certificate import store as rows
from roadworthy.decide.certificate.codec import envelope_of, envelope_values
from roadworthy.decide.certificate.drafting import shown_envelope
from roadworthy.decide.certificate.finding import decided_in, found, stopped
from roadworthy.decide.certificate.ground import Ground
from roadworthy.decide.certificate.model import STOP_SWITCH, SUBJECT, Certificate, Envelope, Stop
from roadworthy.decide.certificate.moving import Move, move
from roadworthy.decide.certificate.rules import Narrowing, narrower
from roadworthy.decide.certificate.states import CERTIFICATES, CertificateEvent
from roadworthy.foundation.digests import digest_of
from roadworthy.foundation.errors import Conflict, Place
from roadworthy.foundation.ledger.authority import Act, Grounds
from roadworthy.foundation.ledger.draft import Basis, Draft, Oversight
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.inventory.deciding import facts_of
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import UseCase

RULE: Final = "certificate-change"
"""Names in the ledger what asked for a person's word where no decision rights are in force."""


class Change(StrEnum):
    """What can be decided."""

    NARROW = "narrow"
    SUSPEND = "suspend"
    WITHDRAW = "withdraw"
    WIDEN = "widen"
    RESUME = "resume"
    LIFT_STOP = "lift-stop"


LESS: Final = frozenset({Change.NARROW, Change.SUSPEND, Change.WITHDRAW})
"""Decided under the class `suspend`; the others under `resume`."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A change that somebody wants."""

    change: Change
    about: str
    """The serial of a certificate, or the scope of a stop switch."""
    reason: str
    code: str | None = None
    """The reason as one of the organisation's own codes."""
    urgent: bool = False
    whole: bool = False
    """To resume: whether the whole envelope holds again, and not the narrower one of before."""
    despite: tuple[str, ...] = ()
    """Ids of troubles that it goes on with."""

    def values(self) -> dict[str, Any]:
        """As they stand in a proposal."""
        return {
            "change": self.change.value,
            "about": self.about,
            "reason": self.reason,
            "reasonCode": self.code,
            "urgent": self.urgent,
            "whole": self.whole,
            "despite": sorted(self.despite),
        }


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change, with what it is made to as it stands."""

    asked: Asked
    use_case: str | None
    """None for the stop switch of everything, or of an agent or an action of several use cases."""
    spec: UseCase | None
    certificate: Certificate | None
    stop: Stop | None
    envelope: Envelope | None
    """The one that would hold."""
    standing: Mapping[str, str]
    """Id to what it is, of each trouble that stands and acts."""

    @property
    def resource(self) -> str:
        """`Kind/name` of what changes."""
        kind = STOP_SWITCH if self.certificate is None else SUBJECT
        return f"{kind}/{self.asked.about}"

    @property
    def content(self) -> dict[str, Any]:
        """Exactly what is decided: what somebody asked, and what it is asked of."""
        made: dict[str, Any] = {"useCase": self.use_case}
        if self.certificate is not None:
            made["stage"] = self.certificate.stage
            made["state"] = self.certificate.state.value
            made["statement"] = self.certificate.digest
        if self.stop is not None:
            made["stop"] = self.stop.id
        if self.asked.change is Change.NARROW and self.envelope is not None:
            made["envelope"] = envelope_values(self.envelope)
        if self.asked.change in LESS:
            return {**self.asked.values(), **made}
        return {**self.asked.values(), **made, "standing": dict(sorted(self.standing.items()))}

    @property
    def act(self) -> Act:
        """As decision rights see it."""
        common: dict[str, Any] = {} if self.use_case is None else {"use_case": self.use_case}
        if self.spec is not None and self.use_case is not None:
            common = dict(facts_of(self.use_case, self.spec))
        own: dict[str, Any] = {"change": self.asked.change.value, "urgent": self.asked.urgent}
        if self.asked.code is not None:
            own["reason_code"] = self.asked.code
        decides = "suspend" if self.asked.change in LESS else "resume"
        return Act(decides, self.resource, self.content, self.use_case, {**common, **own})

    @property
    def state(self) -> str:
        """Digest of what a decision rests on beside the use case."""
        return digest_of(
            {name: self.content[name] for name in sorted(self.content.keys() - self.asked.values().keys())}
        )


def wanted(ground: Ground, connection: sa.Connection, asked: Asked) -> Wanted:
    """The change that somebody wants, with everything as it stands.

    Raises:
        NotFound: there is no such certificate.
        Conflict: it leads nowhere from where things stand, or something stands against it that it does not name.
    """
    if asked.change is Change.LIFT_STOP:
        stop = stopped(connection, asked.about)
        use_case = decided_in(ground.resources, connection, stop.scope)
        return Wanted(asked, use_case, _spec(ground, connection, use_case), None, stop, None, {})
    certificate = found(connection, asked.about)
    first = rows.version(connection, certificate.serial, 1)
    assert first is not None  # noqa: S101 - every certificate is issued with it
    event, envelope = _event(asked, certificate, first.envelope, ground.policy(connection).narrowing)
    if CERTIFICATES.target(certificate.state.value, event.value) is None:
        raise Conflict(
            "certificate-change-impossible",
            f"a certificate that is {certificate.state} cannot be changed so: {asked.change}",
            place=Place(source=f"{SUBJECT}/{certificate.serial}"),
            remedy="look at it again; one that has ended is followed by a new review only",
        )
    standing = {
        each.id: f"{each.cause} {each.about}"
        for each in trouble_rows.standing(connection, certificate.serial)
        if each.accepted_by is None
    }
    made = Wanted(
        asked,
        certificate.use_case,
        _spec(ground, connection, certificate.use_case),
        certificate,
        None,
        envelope,
        standing,
    )
    if asked.change not in LESS:
        _refuse_unnamed(made)
    return made


def held(ground: Ground, tx: Transaction, asked: Asked) -> Wanted:
    """The same inside a unit that carries it out: whoever moves that certificate at this moment comes before or after.

    Raises:
        NotFound, Conflict: as `wanted` does.
    """
    if asked.change is not Change.LIFT_STOP:
        rows.held(tx.connection, asked.about)
    return wanted(ground, tx.connection, asked)


def carry_out(ground: Ground, tx: Transaction, want: Wanted) -> Certificate | Stop:
    """Do it inside the caller's unit, on whatever grounds the authority gives.

    Raises:
        Refused: decision rights ask for a decision that nobody has made.
    """
    grounds = ground.authority.require(tx, [want.act])
    if grounds == Grounds():
        grounds = Grounds(Basis(rules=(RULE,)), Oversight(required=RULE, given=(tx.context.actor.ref,), quorum=1))
    if want.stop is not None:
        return _lift(ground, tx, want, want.stop, grounds)
    certificate = want.certificate
    assert certificate is not None  # noqa: S101 - one of the two is there
    event, envelope = _event_of(want), want.envelope
    by = Move(
        event=event,
        cause=want.asked.code or "decided",
        envelope=envelope,
        grounds=grounds,
        decision=want.asked.change.value,
        facts={"urgent": want.asked.urgent, "despite": sorted(want.asked.despite)},
        reason=want.asked.reason,
        despite=want.asked.despite,
    )
    moved = move(ground, tx, certificate, by)
    telling.of_move(ground, tx, moved, event, "somebody with the right to decided it")
    return moved


def _lift(ground: Ground, tx: Transaction, want: Wanted, stop: Stop, grounds: Grounds) -> Stop:
    facts = {"useCase": want.use_case, "scope": stop.scope, "set": stop.entry}
    tx.record(
        Draft(
            "stop.lifted",
            want.resource,
            decision=want.asked.change.value,
            basis=grounds.basis,
            oversight=grounds.oversight,
            facts=facts,
            texts={"reason": want.asked.reason.encode()},
        )
    )
    lifted = replace(stop, lifted_at=tx.now, lifted_by=tx.context.actor.ref)
    stop_rows.lift(tx.connection, lifted)
    ground.status.changed(tx)
    telling.of_stop(ground, tx, lifted)
    return lifted


def _event(
    asked: Asked, certificate: Certificate, first: Envelope, by: Narrowing
) -> tuple[CertificateEvent, Envelope | None]:
    """What moves it, and the envelope that holds then; None where it stays."""
    match asked.change:
        case Change.NARROW:
            return CertificateEvent.NARROW, narrower(certificate.envelope, by)
        case Change.WIDEN:
            return CertificateEvent.WIDEN, first
        case Change.RESUME:
            if asked.whole or certificate.envelope == first:
                return CertificateEvent.RESUME, first
            return CertificateEvent.RESUME_NARROWED, None
        case _:
            return CertificateEvent(asked.change.value), None


def _event_of(want: Wanted) -> CertificateEvent:
    if want.asked.change is Change.RESUME and want.envelope is None:
        return CertificateEvent.RESUME_NARROWED
    return CertificateEvent(want.asked.change.value)


def _refuse_unnamed(want: Wanted) -> None:
    named = set(want.asked.despite)
    unknown, unnamed = sorted(named - want.standing.keys()), sorted(want.standing.keys() - named)
    if unknown:
        raise Conflict(
            "certificate-trouble-over",
            f"nothing stands against it under `{unknown[0][:80]}`, or not any more",
            place=Place(field="despite"),
            remedy="name only what `roadworthy certificate show` lists as standing",
        )
    if unnamed:
        listed = ", ".join(f"`{each}` ({want.standing[each]})" for each in unnamed[:5])
        raise Conflict(
            "certificate-troubled",
            f"something still stands against it: {listed}",
            place=Place(field="despite"),
            remedy="mend the cause, or name each of them under `despite` for those who decide",
        )


def _spec(ground: Ground, connection: sa.Connection, use_case: str | None) -> UseCase | None:
    stored = None if use_case is None else ground.resources.find(USE_CASE, use_case, connection)
    return None if stored is None else cast("UseCase", stored.spec)


def shown(content: Mapping[str, Any]) -> Sequence[str]:
    """Everything that a content says, as lines."""
    standing = content.get("standing") or {}
    lines = [
        f"{content.get('change')} {content.get('about')}",
        f"use case: {content.get('useCase') or 'all of them'}",
        f"stage: {content.get('stage')}, stands as {content.get('state')}" if "stage" in content else "",
        f"statement: {content['statement']}" if "statement" in content else "",
        "the whole envelope holds again" if content.get("whole") else "",
        "urgent: harm goes on until it is done" if content.get("urgent") else "",
        f"why: {content.get('reason')}",
        f"code of the reason: {content.get('reasonCode')}" if content.get("reasonCode") else "",
        *(shown_envelope(envelope_of(content["envelope"])) if "envelope" in content else ()),
        *(f"goes on in spite of: {standing.get(each, each)}" for each in content.get("despite") or ()),
    ]
    return tuple(line for line in lines if line)
