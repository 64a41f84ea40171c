"""Troubles: causes that stand against a certificate, from the moment they are seen until they are gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from roadworthy.decide.certificate import telling, timing, trouble_rows
from roadworthy.decide.certificate.baseline import Against, against
from roadworthy.decide.certificate.ground import Ground
from roadworthy.decide.certificate.model import SUBJECT, Certificate, Trouble
from roadworthy.decide.certificate.rules import Policy, due
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.draft import Basis, Draft
from roadworthy.foundation.ledger.unit import Transaction


def look(ground: Ground, tx: Transaction, certificate: Certificate) -> None:
    """Begin the troubles of causes that stand and were not known, and end those whose cause is gone.

    Ending one never gives back what it took: that is for people to decide.
    """
    stands = {each.key: each for each in against(ground, tx.connection, certificate, tx.now)}
    known = {(each.cause, each.about): each for each in trouble_rows.standing(tx.connection, certificate.serial)}
    for key in known.keys() - stands.keys():
        end(ground, tx, certificate, known[key])
    new = [stands[key] for key in sorted(stands.keys() - known.keys())]
    if new:
        _begin(ground, tx, certificate, new)


def end(ground: Ground, tx: Transaction, certificate: Certificate, trouble: Trouble) -> None:
    """Record that a cause is gone."""
    ended = replace(trouble, ended_at=tx.now)
    trouble_rows.keep(tx.connection, ended)
    timing.set_move(ground, tx, ended)
    facts = {**_facts(certificate, trouble), "trouble": trouble.id}
    tx.record(Draft("certificate.trouble-ended", f"{SUBJECT}/{certificate.serial}", facts=facts))


def _begin(ground: Ground, tx: Transaction, certificate: Certificate, new: Sequence[Against]) -> None:
    """Keep them, and tell the owners in the same unit: the entry of the telling stands before any act."""
    policy = ground.policy(tx.connection)
    begun = [_made(tx, certificate, each, policy) for each in new]
    for trouble in begun:
        trouble_rows.insert(tx.connection, trouble)
        facts = {
            **_facts(certificate, trouble),
            "trouble": trouble.id,
            "since": to_text(trouble.since),
            "narrows": None if trouble.narrows_at is None else to_text(trouble.narrows_at),
            "suspends": None if trouble.suspends_at is None else to_text(trouble.suspends_at),
        }
        basis = Basis(policy=policy.digest)
        tx.record(Draft("certificate.troubled", f"{SUBJECT}/{certificate.serial}", basis=basis, facts=facts))
    telling.of_troubles(ground, tx, certificate, begun)
    for trouble in begun:
        timing.set_move(ground, tx, trouble)


def _made(tx: Transaction, certificate: Certificate, each: Against, policy: Policy) -> Trouble:
    since = tx.now if each.since is None else min(each.since, tx.now)
    narrows_at, suspends_at = due(since, tx.now, policy.causes[each.cause])
    return Trouble(
        id=tx.new_id(),
        serial=certificate.serial,
        cause=each.cause,
        about=each.about,
        since=since,
        told_at=tx.now,
        narrows_at=narrows_at,
        suspends_at=suspends_at,
    )


def _facts(certificate: Certificate, trouble: Trouble) -> dict[str, str]:
    return {
        "useCase": certificate.use_case,
        "stage": certificate.stage,
        "cause": trouble.cause.value,
        "about": trouble.about,
    }
