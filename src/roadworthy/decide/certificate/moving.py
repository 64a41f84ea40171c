"""How a certificate gets from where it stands to where it goes: run, rows, statement, entry, snapshot; one unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from roadworthy.decide.certificate import condition_rows, timing, trouble_rows
from roadworthy.decide.certificate import store as rows
from roadworthy.decide.certificate.codec import Made, signed
from roadworthy.decide.certificate.ground import Ground
from roadworthy.decide.certificate.model import SUBJECT, Certificate, Envelope, Version
from roadworthy.decide.certificate.states import ENDS, CertificateEvent, CertificateState, run_of
from roadworthy.foundation.digests import digest
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.authority import Grounds
from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.ledger.unit import Transaction

_E = CertificateEvent

WHAT: Final[Mapping[CertificateEvent, str]] = {
    _E.NARROW: "certificate.narrowed",
    _E.SUSPEND: "certificate.suspended",
    _E.WIDEN: "certificate.widened",
    _E.RESUME: "certificate.resumed",
    _E.RESUME_NARROWED: "certificate.resumed",
    _E.WITHDRAW: "certificate.withdrawn",
    _E.EXPIRE: "certificate.expired",
}
"""Ledger events."""


@dataclass(frozen=True, slots=True)
class Move:
    """What moves a certificate, and on which grounds."""

    event: CertificateEvent
    cause: str
    """A `Cause`, the code of a reason, or `superseded`."""
    envelope: Envelope | None = None
    """The one that holds from now on; None where it stays."""
    grounds: Grounds = field(default_factory=Grounds)
    decision: str | None = None
    """Word of the decision, where one was made."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None
    despite: tuple[str, ...] = ()
    """Ids of troubles that the decision names and goes on with; they do not act any more."""


def move(ground: Ground, tx: Transaction, certificate: Certificate, by: Move) -> Certificate:
    """Move a certificate in this unit.

    Raises:
        Conflict: it leads nowhere from where the certificate stands, or somebody moved it at the same moment.
    """
    run = ground.machines.move(tx, run_of(certificate.serial), by.event.value)
    moved = replace(certificate, state=CertificateState(run.state), state_at=tx.now, cause=by.cause)
    statement = None
    if by.envelope is not None and by.envelope != certificate.envelope:
        made = Made(
            origin=ground.origin,
            at=to_text(tx.now),
            cause=by.cause,
            former=certificate.digest,
            supersedes=certificate.supersedes,
            commitments=condition_rows.commitments(tx.connection, certificate.serial),
        )
        moved = replace(moved, version=certificate.version + 1, envelope=by.envelope)
        statement = signed(moved, made, ground.key())
        moved = replace(moved, digest=digest(statement))
    entry = tx.record(
        Draft(
            WHAT[by.event],
            f"{SUBJECT}/{moved.serial}",
            decision=by.decision,
            basis=by.grounds.basis,
            oversight=by.grounds.oversight,
            facts={**facts_of(moved), "cause": by.cause, "from": certificate.state.value, **by.facts},
            texts={} if by.reason is None else {"reason": by.reason.encode()},
        )
    )
    trouble_rows.accept(tx.connection, by.despite, entry)
    for each in by.despite:
        ground.timers.cancel(tx, timing.MOVE, each)
    rows.stand(tx.connection, moved)
    if statement is not None:
        kept = Version(moved.serial, moved.version, moved.envelope, statement, moved.digest, by.cause, tx.now, entry)
        rows.insert_version(tx.connection, kept)
    if moved.state in ENDS:
        trouble_rows.end_all(tx.connection, moved.serial, tx.now)
        timing.cancel_all(ground, tx, moved)
    ground.status.changed(tx, moved.use_case)
    return moved


def facts_of(certificate: Certificate) -> dict[str, Any]:
    """What every entry about a certificate says of it."""
    return {
        "useCase": certificate.use_case,
        "stage": certificate.stage,
        "state": certificate.state.value,
        "version": certificate.version,
        "statement": certificate.digest,
        "release": certificate.release,
    }
