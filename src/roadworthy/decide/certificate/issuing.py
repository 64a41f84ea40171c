"""Issuing a certificate in the unit that decides its review, and withdrawing those that it ends."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final

from roadworthy.decide.certificate import condition_rows, telling, timing, troubles
from roadworthy.decide.certificate import store as rows
from roadworthy.decide.certificate.baseline import baseline_of
from roadworthy.decide.certificate.codec import Made, envelope_of, signed
from roadworthy.decide.certificate.ground import Ground
from roadworthy.decide.certificate.model import SUBJECT, Certificate, Condition, Version
from roadworthy.decide.certificate.moving import Move, facts_of, move
from roadworthy.decide.certificate.rules import Policy, faults
from roadworthy.decide.certificate.states import MACHINE, SUPERSEDED, CertificateEvent, CertificateState, run_of
from roadworthy.decide.review.ports import Issue
from roadworthy.foundation.digests import SALT_BYTES, commitment, digest
from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.draft import Basis, Draft, Oversight
from roadworthy.foundation.ledger.unit import Transaction

MOST_ITEMS: Final = 1_000
"""Ids of evidence in one entry, which may hold 60 KB."""


def issue(ground: Ground, tx: Transaction, asked: Issue) -> str:
    """Issue a certificate, and withdraw the one of the same use case and stage before it.

    Returns:
        Its serial.

    Raises:
        InvalidInput: the envelope is none that can be certified, or it would be over already.
    """
    rows.hold_live(tx.connection, asked.use_case, asked.stage)
    policy = ground.policy(tx.connection)
    lasts = _lasts(asked, policy)
    wrong = faults(envelope_of(asked.envelope))
    if wrong:
        raise InvalidInput.of(wrong, "the envelope")
    former = withdraw_all(ground, tx, asked.use_case, asked.stage, SUPERSEDED)
    salts = {each.id: tx.runtime.randomness.bytes(SALT_BYTES) for each in asked.conditions}
    certificate = _first(tx, asked, lasts, former[0] if former else None)
    made = Made(
        origin=ground.origin,
        at=to_text(tx.now),
        cause=None,
        former=None,
        supersedes=certificate.supersedes,
        commitments={each.id: commitment(salts[each.id], each.what.encode()) for each in certificate.conditions},
    )
    statement = signed(certificate, made, ground.key())
    certificate = replace(certificate, digest=digest(statement))
    certificate = replace(certificate, entry=_record(tx, certificate, asked, policy.digest))
    ground.machines.start(tx, MACHINE, run_of(certificate.serial))
    rows.insert(tx.connection, certificate, baseline_of(ground, tx.connection, asked))
    rows.insert_version(tx.connection, _version(certificate, statement))
    rows.insert_items(tx.connection, certificate.serial, asked.items)
    condition_rows.insert(tx.connection, certificate.serial, certificate.conditions, salts)
    timing.set_all(ground, tx, certificate, policy)
    ground.status.changed(tx, certificate.use_case)
    troubles.look(ground, tx, certificate)
    return certificate.serial


def _lasts(asked: Issue, policy: Policy) -> dt.timedelta:
    lasts = policy.lasts if asked.lasts is None else dt.timedelta(seconds=asked.lasts)
    if lasts <= dt.timedelta(0):
        raise InvalidInput(
            "certificate-without-time",
            "a certificate lasts longer than nothing",
            place=Place(field="lasts"),
            remedy="give a time, or declare one under `lasts` of the certificate policy",
        )
    return lasts


def _first(tx: Transaction, asked: Issue, lasts: dt.timedelta, supersedes: str | None) -> Certificate:
    """The certificate as it is issued, not signed yet."""
    return Certificate(
        serial=f"oc-{tx.new_id()}",
        version=1,
        use_case=asked.use_case,
        stage=asked.stage,
        release=asked.release,
        envelope=envelope_of(asked.envelope),
        state=CertificateState.VALID,
        review=asked.review,
        request=asked.request,
        deciders=asked.deciders,
        conditions=tuple(Condition(each.id, each.what, each.owner, each.due) for each in asked.conditions),
        evidence=asked.evidence,
        issued_at=tx.now,
        expires_at=tx.now + lasts,
        digest="",
        state_at=tx.now,
        cause=None,
        supersedes=supersedes,
        entry="",
    )


def _version(certificate: Certificate, statement: bytes) -> Version:
    return Version(
        serial=certificate.serial,
        version=certificate.version,
        envelope=certificate.envelope,
        statement=statement,
        digest=certificate.digest,
        cause=certificate.cause,
        made_at=certificate.state_at,
        entry=certificate.entry,
    )


def withdraw_all(
    ground: Ground, tx: Transaction, use_case: str, stage: str, cause: str, release: str | None = None
) -> tuple[str, ...]:
    """Withdraw every certificate of a use case at a stage that has not ended, or only those of a release; serials.

    The owners are told, unless a new certificate takes the place of the former one.
    """
    by = Move(CertificateEvent.WITHDRAW, cause)
    rows.hold_live(tx.connection, use_case, stage)
    live = [each for each in rows.live(tx.connection, use_case, stage) if release in {None, each.release}]
    for certificate in live:
        moved = move(ground, tx, certificate, by)
        if cause != SUPERSEDED:
            telling.of_move(ground, tx, moved, by.event, cause)
    return tuple(each.serial for each in live)


def _record(tx: Transaction, certificate: Certificate, asked: Issue, policy: str) -> str:
    deciders = certificate.deciders
    return tx.record(
        Draft(
            "certificate.issued",
            f"{SUBJECT}/{certificate.serial}",
            decision="issued",
            basis=Basis(policy=policy, evidence=tuple(sorted(asked.items))[:MOST_ITEMS], inputs=certificate.digest),
            oversight=Oversight(required="readiness-review", given=deciders, quorum=len(deciders)),
            facts={
                **facts_of(certificate),
                "review": certificate.review,
                "request": certificate.request,
                "expires": to_text(certificate.expires_at),
                "conditions": len(certificate.conditions),
                "supersedes": certificate.supersedes,
            },
            texts={f"condition-{each.id}": each.what.encode() for each in certificate.conditions},
        )
    )
