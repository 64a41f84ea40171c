"""What was so when a certificate was issued, and which causes stand against it because it is not so any more.

A cause is worked out from what stands now, and never from the event that made somebody look: so an entry that is
handled twice, late or out of turn leads to the same troubles, and one that is gone by itself is noticed as well.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa

from roadworthy.decide.certificate import store as rows
from roadworthy.decide.certificate.ground import Ground
from roadworthy.decide.certificate.model import Cause, Certificate
from roadworthy.decide.readiness import waiver_store
from roadworthy.decide.readiness.assessment import Verdict
from roadworthy.decide.review.ports import Issue
from roadworthy.evidence import store as evidence
from roadworthy.evidence.model import Doubt, Item
from roadworthy.foundation.digests import digest_of
from roadworthy.inventory.facts import Answer
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import Duty, UseCase
from roadworthy.measure.data_audit import store as audits
from roadworthy.measure.data_audit.model import GapStatus

_CERTIFIED = ("class", "components", "data", "integrations", "risk")
"""Fields of a use case that a certificate speaks of: what it is, what it is made of, what it is connected to."""
_WORTH: Mapping[Answer, int] = {Answer.NO: 0, Answer.IN_PROGRESS: 1}
"""Answers that are worse than the others; two that are not here are as good as each other."""
_LONGEST_CHAIN = 1_000


@dataclass(frozen=True, order=True, slots=True)
class Against:
    """A cause that stands, and what it is about."""

    cause: Cause
    about: str
    since: dt.datetime | None = None
    """When it began, where that is known and is not just now."""

    @property
    def key(self) -> tuple[Cause, str]:
        """What tells it from the others."""
        return self.cause, self.about


def baseline_of(ground: Ground, connection: sa.Connection, asked: Issue) -> dict[str, Any]:
    """What is so at this moment, to be compared with later."""
    return {
        "duties": _holders(ground, connection, asked.use_case),
        "declared": _declared(ground, connection, asked.use_case),
        "gaps": sorted(_open_gaps(connection, asked.use_case)),
        "waivers": sorted(_waived(connection, asked.use_case)),
    }


def against(ground: Ground, connection: sa.Connection, certificate: Certificate, now: dt.datetime) -> list[Against]:
    """The causes that stand against a certificate at this moment, each once, in one order."""
    then = rows.baseline(connection, certificate.serial)
    found = [
        *_evidence(connection, certificate, now),
        *_owners(ground, connection, certificate, then),
        *_declared_otherwise(ground, connection, certificate, then),
        *_released(ground, connection, certificate),
        *_overdue(certificate, now),
        *_gaps(ground, connection, certificate, then),
    ]
    by_key = {each.key: each for each in found}
    return [by_key[key] for key in sorted(by_key)]


# ---------------------------------------------------------------- evidence


def _evidence(connection: sa.Connection, certificate: Certificate, now: dt.datetime) -> Iterator[Against]:
    ids = list(rows.rests_on(connection, certificate.serial))
    found = {item.id: item for item in evidence.some(connection, ids)}
    for each in ids:
        item = found.get(each)
        if item is None:
            yield Against(Cause.EVIDENCE_WITHDRAWN, each)
            continue
        last = _newest(connection, item)
        if last.withdrawal is not None:
            yield Against(Cause.EVIDENCE_WITHDRAWN, each, last.withdrawal.at)
        elif last.doubt is Doubt.CONTESTED or _worse(last.answer, item.answer):
            yield Against(Cause.EVIDENCE_WITHDRAWN, each)
        elif last.expires_at <= now:
            yield Against(Cause.EVIDENCE_EXPIRED, each, last.expires_at)


def _newest(connection: sa.Connection, item: Item) -> Item:
    """The item at the end of those that took each other's place."""
    for _ in range(_LONGEST_CHAIN):
        after = None if item.superseded_by is None else evidence.find(connection, item.superseded_by)
        if after is None:
            break
        item = after
    return item


def _worse(now: Answer, then: Answer) -> bool:
    return _WORTH.get(now, 2) < _WORTH.get(then, 2)


# ---------------------------------------------------------------- owners


def _holders(ground: Ground, connection: sa.Connection, use_case: str) -> dict[str, str]:
    """Duty to the person who holds it and is here."""
    held = {duty.value: ground.seats.holder(connection, use_case, duty.value) for duty in Duty}
    here = ground.directory.here(connection, {ref for ref in held.values() if ref is not None})
    return {duty: ref for duty, ref in held.items() if ref is not None and ref in here}


def _owners(
    ground: Ground, connection: sa.Connection, certificate: Certificate, then: Mapping[str, Any]
) -> Iterator[Against]:
    """Duties that somebody held and nobody holds; another person who accepts one mends it."""
    held = _holders(ground, connection, certificate.use_case)
    for duty in then["duties"]:
        if duty not in held:
            yield Against(Cause.OWNER_LEFT, f"duty/{duty}")


# ---------------------------------------------------------------- what is declared, and what runs


def _declared(ground: Ground, connection: sa.Connection, use_case: str) -> str:
    stored = ground.resources.find(USE_CASE, use_case, connection)
    if stored is None:
        return ""
    spec = cast("UseCase", stored.spec).model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return digest_of({name: spec[name] for name in _CERTIFIED if name in spec})


def _declared_otherwise(
    ground: Ground, connection: sa.Connection, certificate: Certificate, then: Mapping[str, Any]
) -> Iterator[Against]:
    if _declared(ground, connection, certificate.use_case) != then["declared"]:
        yield Against(Cause.DIGEST_CHANGED, f"{USE_CASE}/{certificate.use_case}")


def _released(ground: Ground, connection: sa.Connection, certificate: Certificate) -> Iterator[Against]:
    facts = ground.releases.facts(connection, certificate.use_case, certificate.release)
    for part in () if facts is None else facts.mismatched:
        yield Against(Cause.RELEASE_MISMATCH, f"part/{part}"[:250])
    running = ground.releases.running(connection, certificate.use_case, certificate.stage)
    # What ran already when this was certified is to be replaced by what was, whenever somebody deploys it.
    if running is not None and running.release != certificate.release and running.since > certificate.issued_at:
        yield Against(Cause.RELEASE_REPLACED, f"release/{running.release}", running.since)


# ---------------------------------------------------------------- conditions and gaps


def _overdue(certificate: Certificate, now: dt.datetime) -> Iterator[Against]:
    for condition in certificate.conditions:
        if condition.met_at is None and condition.due <= now:
            yield Against(Cause.CONDITION_OVERDUE, f"condition/{condition.id}", condition.due)


def _open_gaps(connection: sa.Connection, use_case: str) -> set[str]:
    return {gap.id for gap in audits.gaps_of(connection, use_case, status=GapStatus.OPEN)}


def _waived(connection: sa.Connection, use_case: str) -> set[str]:
    return set(waiver_store.standing(connection, [use_case]).get(use_case, {}))


def _gaps(
    ground: Ground, connection: sa.Connection, certificate: Certificate, then: Mapping[str, Any]
) -> Iterator[Against]:
    """Gaps that are open and were not, and criteria whose waiver ended before they were met."""
    for gap in sorted(_open_gaps(connection, certificate.use_case) - set(then["gaps"])):
        yield Against(Cause.GAP_REOPENED, f"gap/{gap}")
    ended = set(then["waivers"]) - _waived(connection, certificate.use_case)
    if not ended:
        return
    for _, _, assessment in ground.readiness.each(connection, [certificate.use_case]):
        for judged in assessment.judgements:
            if judged.criterion.id in ended and judged.verdict is not Verdict.MET:
                yield Against(Cause.GAP_REOPENED, f"criterion/{judged.criterion.id}")
