"""What people are told about certificates: the topics, and the words for each.

Telling is part of acting: what a cause does is allowed only after an entry says that the owners were told, so the entry
and the messages are made in one unit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from roadworthy.decide.certificate import store as rows
from roadworthy.decide.certificate.finding import use_cases_of
from roadworthy.decide.certificate.ground import Ground
from roadworthy.decide.certificate.model import ALL, SUBJECT, Cause, Certificate, Condition, Stop, Trouble
from roadworthy.decide.certificate.proof_rows import SelfTest
from roadworthy.decide.certificate.scopes import ScopeKind, scope_of
from roadworthy.decide.certificate.states import CertificateEvent
from roadworthy.foundation.errors import NotFound
from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.notify.model import Message, Topic
from roadworthy.foundation.workflow.model import OPERATOR

TROUBLED: Final = "certificate.troubled"
MOVED: Final = "certificate.moved"
ENDING: Final = "certificate.ending"
CONDITION: Final = "certificate.condition"
STOPPED: Final = "stop.set"
UNPROVEN: Final = "stop.unproven"

TOPICS: Final = (
    Topic(TROUBLED, "Something stands against an operating certificate of yours", always=True),
    Topic(MOVED, "An operating certificate of yours permits less, or more again", always=True),
    Topic(ENDING, "The time of an operating certificate of yours is nearly over", always=True),
    Topic(CONDITION, "The day of a condition that is yours comes near", always=True),
    Topic(STOPPED, "A stop switch was set or lifted", always=True),
    Topic(UNPROVEN, "A self-test could not prove that a stop works everywhere", always=True),
)

SPOKEN: Final[Mapping[Cause, str]] = {
    Cause.EVIDENCE_EXPIRED: "evidence that it rests on ran out",
    Cause.EVIDENCE_WITHDRAWN: "evidence that it rests on was taken back, is contested, or says something worse now",
    Cause.OWNER_LEFT: "a duty has no owner any more",
    Cause.DIGEST_CHANGED: "the use case is declared otherwise than it was certified",
    Cause.RELEASE_MISMATCH: "a part of the release was seen running as something else",
    Cause.RELEASE_REPLACED: "another release than the certified one was deployed",
    Cause.CONDITION_OVERDUE: "the day of a condition is over, and it is not met",
    Cause.GAP_REOPENED: "a gap that was closed or accepted is open again",
    Cause.EXPIRY: "its time is over",
}
"""Causes as they stand in a sentence."""

_BECAME: Final[Mapping[CertificateEvent, str]] = {
    CertificateEvent.NARROW: "was narrowed",
    CertificateEvent.SUSPEND: "was suspended",
    CertificateEvent.WIDEN: "holds in full again",
    CertificateEvent.RESUME: "holds in full again",
    CertificateEvent.RESUME_NARROWED: "holds again, narrowed as before",
    CertificateEvent.WITHDRAW: "was withdrawn",
    CertificateEvent.EXPIRE: "has expired",
}
_MOST_LINES = 15
_PROMISED = 1_000
"""Milliseconds within which every process has to know of a stop."""


def of_troubles(ground: Ground, tx: Transaction, certificate: Certificate, begun: Sequence[Trouble]) -> None:
    """Tell what stands against a certificate since now, and what it will do, and record that it was told."""
    lines = [_line(each) for each in begun[:_MOST_LINES]]
    more = [f"And {len(begun) - _MOST_LINES} more."] if len(begun) > _MOST_LINES else []
    subject = f"{named(certificate)}: {SPOKEN[begun[0].cause]}"
    others = {each.about.removeprefix("condition/") for each in begun if each.cause is Cause.CONDITION_OVERDUE}
    to = {each.owner for each in certificate.conditions if each.id in others}
    number = _tell(ground, tx, certificate, TROUBLED, subject, (*lines, *more), to, urgent=True)
    told(tx, certificate, TROUBLED, number, {"troubles": [each.id for each in begun[:_MOST_LINES]]})


def of_move(ground: Ground, tx: Transaction, certificate: Certificate, event: CertificateEvent, why: str) -> None:
    """Tell that a certificate stands otherwise since this unit."""
    subject = f"{named(certificate)} {_BECAME[event]}"
    _tell(ground, tx, certificate, MOVED, subject, (f"The cause: {why}.",), (), urgent=True)


def of_end(ground: Ground, tx: Transaction, certificate: Certificate) -> None:
    """Tell when a certificate ends by itself, and record that it was told."""
    over = certificate.expires_at <= tx.now
    does = "ended" if over else "ends"
    subject = f"{named(certificate)} {does} on {_day(certificate.expires_at)}"
    lines = ("From then on it permits nothing. A new review leads to a new certificate.",)
    number = _tell(ground, tx, certificate, ENDING, subject, lines, (), urgent=over)
    told(tx, certificate, ENDING, number, {})


def of_condition(ground: Ground, tx: Transaction, certificate: Certificate, condition: Condition) -> None:
    """Tell whoever has to meet a condition that its day comes near, and record that it was told."""
    subject = f"{named(certificate)}: a condition has to be met until {_day(condition.due)}"
    lines = (condition.what, "The certificate permits less after that day while it is not met.")
    to = tuple(sorted(ground.directory.here(tx.connection, [condition.owner])))
    if to:
        _send(ground, tx, CONDITION, subject, f"/certificates/{certificate.serial}", lines, to, urgent=False)
        told(tx, certificate, CONDITION, len(to), {"condition": condition.id})
        return
    number = _tell(ground, tx, certificate, CONDITION, subject, lines, (), urgent=False)
    told(tx, certificate, CONDITION, number, {"condition": condition.id})


def of_stop(ground: Ground, tx: Transaction, stop: Stop) -> None:
    """Tell that a stop switch was set, or lifted."""
    does = "is stopped" if stop.lifted_at is None else "is not stopped any more"
    to = circle_of_stop(ground, tx.connection, stop.scope)
    scope = scope_of(stop.scope)
    match scope.kind:
        case ScopeKind.ALL:
            what, path = "Everything", "/certificates"
        case ScopeKind.USE_CASE:
            what, path = f"`{scope.name}`", f"/use-cases/{scope.name}"
        case _:
            what, path = f"The {scope.kind} `{scope.name}`", "/stops"
    _send(ground, tx, STOPPED, f"{what} {does}", path, (), tuple(sorted(to)), urgent=True)


def of_self_test(ground: Ground, tx: Transaction, test: SelfTest) -> None:
    """Tell that a self-test did not prove what it was to prove."""
    lines = [f"{name} never knew of it." for name in test.missing[:_MOST_LINES]]
    lines += [f"{name} knew after {took} ms." for name, took in sorted(test.seen.values()) if took > _PROMISED]
    subject = "A stop does not work everywhere within a second"
    to = tuple(sorted(circle_of_stop(ground, tx.connection, ALL)))
    _send(ground, tx, UNPROVEN, subject, "/stops", lines[:_MOST_LINES] or ("No process knew of it.",), to, urgent=True)


def circle(ground: Ground, connection: sa.Connection, use_case: str) -> frozenset[str]:
    """Who is told about certificates of a use case: its owners, or the administrators where there is none."""
    owners = ground.circles.owners(connection, [use_case]).get(use_case, frozenset())
    return owners or ground.circles.responsible(connection, OPERATOR)


def circle_of_stop(ground: Ground, connection: sa.Connection, scope: str) -> frozenset[str]:
    """Who is told of a stop switch: the owners of everything that it stops, and the administrators."""
    try:
        of = use_cases_of(ground.resources, connection, scope)
    except NotFound:
        of = None  # what was stopped is not declared any more, so whoever owns anything is told
    names = sorted(rows.live_use_cases(connection)) if of is None else list(of)
    owners = ground.circles.owners(connection, names)
    return ground.circles.responsible(connection, OPERATOR).union(*owners.values())


def told(tx: Transaction, certificate: Certificate, topic: str, people: int, facts: Mapping[str, Any]) -> str:
    """Record that people were told; the entry stands before whatever follows from it."""
    said = {
        "useCase": certificate.use_case,
        "stage": certificate.stage,
        "topic": topic,
        "people": people,
        **facts,
    }
    return tx.record(Draft("certificate.told", f"{SUBJECT}/{certificate.serial}", facts=said))


def named(certificate: Certificate) -> str:
    """What people call a certificate."""
    return f"The certificate of `{certificate.use_case}` for {certificate.stage}"


def _line(trouble: Trouble) -> str:
    what = SPOKEN[trouble.cause]
    said = f"{what[0].upper()}{what[1:]} ({trouble.about})."
    does = [
        f"{word} on {_day(at)}"
        for word, at in (("narrows it", trouble.narrows_at), ("suspends it", trouble.suspends_at))
        if at is not None
    ]
    return f"{said} Left as it is, that {' and '.join(does)}." if does else said


def _tell(
    ground: Ground,
    tx: Transaction,
    certificate: Certificate,
    topic: str,
    subject: str,
    lines: Sequence[str],
    others: Iterable[str],
    *,
    urgent: bool,
) -> int:
    """Tell the owners, or the administrators where there is none; how many people that are."""
    here = ground.directory.here(tx.connection, others)
    to = tuple(sorted(circle(ground, tx.connection, certificate.use_case) | here))
    _send(ground, tx, topic, subject, f"/certificates/{certificate.serial}", lines, to, urgent=urgent)
    return len(to)


def _send(
    ground: Ground,
    tx: Transaction,
    topic: str,
    subject: str,
    path: str,
    lines: Sequence[str],
    to: tuple[str, ...],
    *,
    urgent: bool,
) -> None:
    ground.notify.tell(tx, Message(topic, subject, path, to, tuple(lines), urgent=urgent))


def _day(at: dt.datetime) -> str:
    return f"{at.day} {at:%B %Y, %H:%M} UTC"
