"""Gathering what an answer is told from: the entries, the decision, the evidence as it stood, what came after."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from roadworthy.decide.approvals import store as requests
from roadworthy.decide.approvals.model import DECISION_RIGHTS, RIGHTS_NAME
from roadworthy.decide.approvals.requests import Request
from roadworthy.decide.approvals.states import WAITING
from roadworthy.decide.certificate import store as certificates
from roadworthy.documents.question.material import Decided, Material, Subject, Then
from roadworthy.documents.question.record import Record, Told
from roadworthy.documents.question.rules import state_then, statement_of
from roadworthy.documents.question.standing import of_certificate
from roadworthy.documents.question.words import HARM
from roadworthy.evidence import store as evidence
from roadworthy.evidence.model import Item, State
from roadworthy.foundation.digests import canonical_bytes, digest_of, same
from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.ledger.draft import ActorKind
from roadworthy.foundation.resources import store as resources

MOST_LATER = 60
"""Later entries that are told; the rest is counted."""
_COUNTS = frozenset({State.LIVE, State.CONTESTED})
_ENDS = {
    "decision.approved": 0,
    "decision.declined": 0,
    "decision.voided": 1,
    "decision.withdrawn": 1,
    "decision.expired": 1,
}
"""Entries that say when something was decided, those that decide first."""
_ASKS = frozenset({"review.proposed", "review.reopened", "pack.made"})
"""Entries that name a decision and are nothing that was done on its word."""
_ORDINARY = frozenset({"evidence", "ticket", "owner", "audit", "integration", "fingerprint"})
"""Kinds of events that are left out first where very much happened afterwards."""
_QUIET = frozenset({"decision.voted", "decision.proposed", "decision.escalated", "person.signed-in"})
"""What is not told of the time after: how other decisions came about."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What the gathering asks beside the ledger."""

    shown: Callable[[Request], Sequence[str]]
    """What carries a request out says of it."""
    people: Callable[[Iterable[str]], Mapping[str, Person]]


class Gathering:
    """Gathers in one snapshot."""

    def __init__(self, connection: sa.Connection, record: Record, sources: Sources, now: dt.datetime) -> None:
        self._connection = connection
        self._record = record
        self._from = sources
        self._now = now

    def gather(self, subject: Subject, request_id: str | None, review_id: str | None) -> Material:
        """Everything about a subject.

        Args:
            subject: what is asked about.
            request_id: of the decision that it rests on; None where its entries name none.
            review_id: of the readiness review behind it.
        """
        decided = self._decided(request_id) if request_id else None
        review = tuple(self._record.with_words(self._record.of(f"Review/{review_id}"))) if review_id else ()
        when = _when(subject, decided)
        use_case = subject.use_case or (decided.request.use_case if decided else None)
        found, counted = self._evidence(use_case, self._named(subject, decided, review), when)
        later, more = self._later(use_case, subject, decided, when)
        return Material(
            subject=subject,
            decided=decided,
            review=review,
            when=when,
            evidence=found,
            counted=counted,
            later=later,
            lines=self._standing(subject),
            more=more,
            people=self._from.people(_refs(subject, decided, review, found, later)),
            governed=self._governed(when),
        )

    def by_inputs(self, inputs: str) -> str | None:
        """Id of the decision whose digest an entry names as what it was done on."""
        for told in self._record.mentioning(f"inputs/{inputs}"):
            if told.entry.resource.startswith("Decision/"):
                return told.entry.resource.removeprefix("Decision/")
        return None

    # ------------------------------------------------------------ inside

    def _decided(self, request_id: str) -> Decided | None:
        request = requests.get(self._connection, request_id)
        if request is None:
            return None
        told = self._record.with_words(self._record.of(f"Decision/{request_id}"))
        spoken = [
            *self._record.mentioning(f"inputs/{request.digest}"),
            *self._record.mentioning(f"decision/{request_id}"),
        ]
        done = sorted(
            {each.position: each for each in spoken if _is_effect(each)}.values(), key=lambda each: each.position
        )
        return Decided(
            request=request,
            told=tuple(told),
            done=tuple(self._record.with_words(done)),
            shown=tuple(self._from.shown(request)),
            genuine=self._genuine(request, told),
            rights=self._rights(request.rights_digest),
        )

    def _genuine(self, request: Request, told: Sequence[Told]) -> bool:
        """Whether what is kept is what was voted on: the digest comes out, and the entries name it."""
        bound = {
            "acts": requests.acts_values(request.acts),
            "base": dict(request.base),
            "changeNumber": request.change_number,
            "content": dict(request.content),
            "id": request.id,
            "onBehalfOf": request.on_behalf_of,
            "rights": request.rights_digest,
            "salt": request.salt,
            "subject": request.subject,
            "terms": requests.terms_values(request.terms),
        }
        proposed = next((each for each in told if each.entry.what == "decision.proposed"), None)
        if proposed is None or not same(digest_of(bound), request.digest):
            return False
        content = self._record.document(proposed, "content")
        kept = content is None or content == canonical_bytes(dict(request.content))
        return kept and all(each.entry.basis.inputs == request.digest for each in told)

    def _rights(self, digest: str) -> Told | None:
        versions = resources.versions(self._connection, DECISION_RIGHTS, RIGHTS_NAME) if digest else ()
        entry = next((row.entry_id for row in versions if row.digest == digest), None)
        return self._record.find(entry) if entry else None

    def _governed(self, when: dt.datetime | None) -> bool:
        versions = resources.versions(self._connection, DECISION_RIGHTS, RIGHTS_NAME)
        return any(when is None or row.at <= when for row in versions)

    def _evidence(
        self, use_case: str | None, named: frozenset[str], when: dt.datetime | None
    ) -> tuple[list[Then], int]:
        items = {} if use_case is None else {item.id: item for item in evidence.of(self._connection, use_case)}
        missing = named - set(items)
        if missing:
            items |= {item.id: item for item in evidence.some(self._connection, sorted(missing))}
        named &= set(items)  # what a verdict froze stands there by digest as well
        at = when or self._now
        found = []
        counted = 0
        for item in items.values():
            superseded = self._superseded_at(item)
            then = state_then(item, at, superseded)
            if then is None:
                continue
            counted += item.use_case == use_case and then in _COUNTS
            if item.id in named or (not named and then in _COUNTS):
                found.append(self._item(item, then, named=item.id in named))
        return sorted(found, key=_weakest_first), counted

    def _item(self, item: Item, then: State, *, named: bool) -> Then:
        told = self._record.find(item.entry_id)
        facts = {} if told is None else told.entry.facts
        said = {"fact": item.fact, "answer": item.answer.value, "method": item.method.value}
        genuine = all(facts.get(name) == value for name, value in said.items())
        envelope = None if told is None else self._record.document(told, "envelope")
        has_one = told is not None and any(each.name == "envelope" for each in told.entry.payloads)
        return Then(
            item=item,
            then=then,
            now=item.state(self._now),
            told=told,
            genuine=genuine,
            statement=item.statement if envelope is None and not has_one else statement_of(envelope),
            erased=has_one and envelope is None,
            named=named,
        )

    def _standing(self, subject: Subject) -> tuple[tuple[str, str], ...]:
        kind, _, name = (subject.resource or "").partition("/")
        if kind != "Certificate":
            return ()
        certificate = certificates.get(self._connection, name)
        owners = {each.owner for each in certificate.conditions} if certificate else set()
        return of_certificate(self._connection, name, self._from.people(owners))

    def _named(self, subject: Subject, decided: Decided | None, review: Sequence[Told]) -> frozenset[str]:
        """Evidence that the record of what was decided names: by its id, or by the digest that was frozen."""
        told = [*subject.own, *review, *(() if decided is None else (*decided.told, *decided.done))]
        named = {item for each in told for item in each.entry.basis.evidence}
        frozen = decided.request.content.get("frozen") if decided else None
        if frozen is None:
            frozen = next((_frozen(self._record.document(each, "content")) for each in review if _is_end(each)), None)
        items = frozen.get("evidence") if isinstance(frozen, Mapping) else None
        return frozenset(named | set(items if isinstance(items, Mapping) else ()))

    def _superseded_at(self, item: Item) -> dt.datetime | None:
        if item.superseded_by is None:
            return None
        for told in self._record.mentioning(f"evidence/{item.id}"):
            if told.entry.what == "evidence.superseded" and told.entry.facts.get("evidence") == item.id:
                return told.entry.at
        newer = evidence.find(self._connection, item.superseded_by)
        return None if newer is None else newer.recorded_at

    def _later(
        self, use_case: str | None, subject: Subject, decided: Decided | None, when: dt.datetime | None
    ) -> tuple[list[Told], int]:
        if use_case is None or when is None:
            return [], 0
        known = {each.entry.id for each in subject.own}
        ends = [each.position for each in subject.own]
        if decided is not None:
            known |= {each.entry.id for each in (*decided.told, *decided.done)}
            ends = [each.position for each in decided.told]
        last = max(ends, default=-1)
        found = [
            each
            for each in self._record.mentioning(f"use-case/{use_case}", newest=True)
            if each.position > last and each.entry.id not in known and each.entry.what not in _QUIET
        ]
        told = found if len(found) <= MOST_LATER else [each for each in found if not _is_ordinary(each)]
        return self._record.with_words(told[:MOST_LATER]), len(found) - len(told[:MOST_LATER])


def _when(subject: Subject, decided: Decided | None) -> dt.datetime | None:
    """The instant at which it was decided; where nothing was, at which it was done."""
    if decided is not None:
        ends = [each.entry for each in decided.told if each.entry.what in _ENDS]
        if ends:
            return min(ends, key=lambda entry: (_ENDS[entry.what], entry.at)).at
        return None if decided.request.state in WAITING else decided.request.created_at
    return subject.own[0].entry.at if subject.own else None


def _weakest_first(each: Then) -> tuple[bool, bool, str, dt.datetime]:
    """What did not count in full comes first, then what would not count today: nobody may read over it."""
    gone = each.now is not each.then and each.now is not State.LIVE
    return each.then is State.LIVE, not gone, each.item.fact, each.item.recorded_at


def _is_effect(told: Told) -> bool:
    """Whether an entry that names a decision says what was done on its word."""
    return not told.entry.resource.startswith("Decision/") and told.entry.what not in _ASKS


def _is_end(told: Told) -> bool:
    return told.entry.what == "review.decided"


def _is_ordinary(told: Told) -> bool:
    return told.entry.what.partition(".")[0] in _ORDINARY and told.entry.what not in HARM


def _frozen(content: bytes | None) -> Mapping[str, Any] | None:
    """What was frozen for a verdict, from the document that its entry commits to."""
    if content is None:
        return None
    try:
        found = json.loads(content).get("frozen")
    except (ValueError, AttributeError):
        return None
    return found if isinstance(found, dict) else None


def _refs(
    subject: Subject, decided: Decided | None, review: Sequence[Told], found: Sequence[Then], later: Sequence[Told]
) -> set[str]:
    refs: set[str] = {each.item.recorded_by for each in found}
    told = [*subject.own, *review, *later]
    if decided is not None:
        told += [*decided.told, *decided.done, *([decided.rights] if decided.rights else [])]
        refs |= {decided.request.proposer_ref, *decided.request.excluded}
        refs |= {decided.request.on_behalf_of} if decided.request.on_behalf_of else set()
        refs |= {ref for term in decided.request.terms for ref in term.apart}
    for each in told:
        entry = each.entry
        refs |= {actor.ref for actor in (entry.actor, entry.on_behalf_of) if actor and actor.kind is ActorKind.PERSON}
        refs |= set(entry.oversight.given)
        refs |= {str(entry.facts[name]) for name in ("inPlaceOf", "to", "owner", "by") if entry.facts.get(name)}
        kind, _, name = entry.resource.partition("/")
        if kind == "Person":
            refs.add(name)
    return refs
