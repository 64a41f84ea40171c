"""Conditions of a certificate: met by evidence that somebody names, or by the word of whoever has to meet them."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from roadworthy.decide.certificate import condition_rows, timing, troubles
from roadworthy.decide.certificate.finding import condition_of, found
from roadworthy.decide.certificate.ground import Ground
from roadworthy.decide.certificate.model import SUBJECT, Certificate, Condition
from roadworthy.decide.certificate.states import ENDS
from roadworthy.evidence import store as evidence
from roadworthy.foundation.errors import Conflict, InvalidInput, Place, Refused
from roadworthy.foundation.ledger.draft import ActorKind, Basis, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.inventory.facts import Answer
from roadworthy.inventory.waiver_terms import reason_of


def meet(ground: Ground, context: Context, serial: str, name: str, said: str, item: str | None) -> Certificate:
    """Say that a condition is met.

    Args:
        ground: what certificates stand on.
        context: whoever says so.
        serial: of a certificate that has not ended.
        name: id of the condition.
        said: how it was met.
        item: id of evidence that shows it; without any, only its owner's word counts.

    Raises:
        NotFound: there is no such certificate or condition.
        InvalidInput: nothing is said, or the evidence is none that counts for this use case.
        Refused: somebody else's word, and no evidence.
        Conflict: it is met already, or the certificate has ended.
    """
    words = reason_of(said)

    def work(tx: Transaction) -> Certificate:
        certificate = found(tx.connection, serial)
        condition = condition_of(certificate, name)
        if certificate.state in ENDS or condition.met_at is not None:
            raise Conflict(
                "condition-over",
                "the condition is met already" if condition.met_at else f"the certificate is {certificate.state}",
                place=Place(source=f"{SUBJECT}/{serial}", field=name),
                remedy="nothing is left to do",
            )
        if item is None:
            _by_owner(ground, tx, condition)
        else:
            _counts(tx.connection, certificate, item, tx)
        condition_rows.meet(tx.connection, serial, name, tx.now, tx.context.actor.ref, item)
        timing.cancel_condition(ground, tx, serial, name)
        facts = {
            "useCase": certificate.use_case,
            "stage": certificate.stage,
            "condition": name,
            "evidence": item,
            "late": condition.due <= tx.now,
        }
        basis = Basis(evidence=() if item is None else (item,))
        texts = {"how": words.encode()}
        tx.record(Draft("certificate.condition-met", f"{SUBJECT}/{serial}", basis=basis, facts=facts, texts=texts))
        met = replace(condition, met_at=tx.now, evidence=item)
        after = replace(
            certificate, conditions=tuple(met if each.id == name else each for each in certificate.conditions)
        )
        troubles.look(ground, tx, after)
        return after

    return ground.units.run(context, work)


def _by_owner(ground: Ground, tx: Transaction, condition: Condition) -> None:
    actor = tx.context.actor
    same = ground.directory.same_human(tx.connection, [condition.owner]) | {condition.owner}
    if actor.kind is not ActorKind.PERSON or actor.ref not in same:
        raise Refused(
            "condition-not-yours",
            "only whoever has to meet a condition can give their word that it is met",
            place=Place(field="evidence"),
            remedy="name the evidence that shows it, or have its owner say so",
        )


def _counts(connection: sa.Connection, certificate: Certificate, item: str, tx: Transaction) -> None:
    """Raises InvalidInput where an item is not evidence that counts for the certificate's use case at this moment."""
    kept = evidence.find(connection, item)
    live = (
        kept is not None
        and kept.use_case == certificate.use_case
        and kept.answer is Answer.YES
        and kept.withdrawal is None
        and kept.doubt is None
        and kept.superseded_by is None
        and kept.expires_at > tx.now
    )
    if not live:
        raise InvalidInput(
            "condition-evidence-unfit",
            f"`{item[:80]}` is no evidence about `{certificate.use_case}` that says yes and counts now",
            place=Place(field="evidence"),
            remedy="name an item that `roadworthy evidence list` shows as live",
        )
