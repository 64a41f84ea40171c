"""What is signed and what is recorded about an item: the predicate of its statement, and its ledger entries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from roadworthy.evidence.model import Item
from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.draft import Basis, Draft
from roadworthy.inventory.kinds import USE_CASE


def predicate_of(item: Item, formers: Iterable[str]) -> dict[str, Canonical]:
    """What an item says, as the predicate of the statement that this deployment signs."""
    begin, end = item.window or (None, None)
    said: dict[str, Canonical] = {
        "id": item.id,
        "useCase": item.use_case,
        "kind": item.kind,
        "fact": item.fact,
        "answer": item.answer.value,
        "observedFrom": item.observed_from.isoformat() if begin is None else to_text(begin),
        "observedTo": item.observed_to.isoformat() if end is None else to_text(end),
        "sampleSize": item.sample_size,
        "expires": to_text(item.expires_at),
        "statement": item.statement,
        "link": item.link,
        "result": None if item.result is None else dict(item.result),
        "attachments": [file.digest for file in item.attachments] or None,
        "supersedes": list(formers) or None,
        "method": item.method.value,
        "recordedBy": item.recorded_by,
        "recordedAt": to_text(item.recorded_at),
    }
    return {name: value for name, value in said.items() if value is not None}


def recorded(item: Item, envelope: bytes, formers: Sequence[str]) -> Draft:
    """The entry of an item: answer and times in clear; the envelope as a commitment, for its words may name people."""
    facts: dict[str, Canonical] = {
        "evidence": item.id,
        "fact": item.fact,
        "kind": item.kind,
        "answer": item.answer.value,
        "method": item.method.value,
        "observedFrom": item.observed_from.isoformat(),
        "observedTo": item.observed_to.isoformat(),
        "expires": to_text(item.expires_at),
        "key": item.key_id,
    }
    more: dict[str, Canonical] = {
        "collector": item.collector,
        "subject": None if item.subject is None else item.subject.digest,
        "attachments": [file.digest for file in item.attachments] or None,
        "supersedes": list(formers) or None,
    }
    resource, basis = f"{USE_CASE}/{item.use_case}", Basis(evidence=(item.id,))
    facts |= {name: value for name, value in more.items() if value is not None}
    texts = {"envelope": envelope}
    if item.collector is None:
        return Draft("evidence.submitted", resource, basis=basis, facts=facts, texts=texts)
    return Draft("evidence.received", resource, basis=basis, facts=facts, texts=texts)


def superseded(newer: Item, former: str) -> Draft:
    """The entry of an item's end by a newer one."""
    return Draft(
        "evidence.superseded",
        f"{USE_CASE}/{newer.use_case}",
        basis=Basis(evidence=(former, newer.id)),
        facts={"evidence": former, "by": newer.id, "fact": newer.fact},
    )
