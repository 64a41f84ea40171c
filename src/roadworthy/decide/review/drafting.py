"""Drafts an agenda from what is known now, and freezes what a verdict would be decided on, by digest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence

import sqlalchemy as sa

from roadworthy.decide.approvals import store as requests
from roadworthy.decide.approvals.model import DecisionClass
from roadworthy.decide.approvals.requests import Request, Vote, VoteKind
from roadworthy.decide.approvals.states import ENDS, RequestState
from roadworthy.decide.readiness.assessment import Assessment
from roadworthy.decide.review import store as rows
from roadworthy.decide.review.ground import Ground
from roadworthy.decide.review.model import Draft, Frozen, Review
from roadworthy.decide.review.rules import Dissent, Found, agenda, agenda_digest, assessment_digest
from roadworthy.evidence import store as evidence
from roadworthy.evidence.model import Doubt, Item, State
from roadworthy.foundation.digests import digest_of
from roadworthy.foundation.instants import to_text
from roadworthy.inventory.facts import FACTS
from roadworthy.measure.data_audit import store as audits
from roadworthy.measure.data_audit.model import Gap, GapStatus

SUBJECT = "review"
"""The subject of decision requests about verdicts."""
_LOOKED_AT = 200
"""Requests about a use case that are looked at for dissent, the newest first."""
_WEIGHS = frozenset(
    {DecisionClass.PROMOTE, DecisionClass.REVIEW, DecisionClass.WAIVE, DecisionClass.CHANGE_DATA, DecisionClass.DEPLOY}
)
"""Decisions of which a no, or a question without an answer, is dissent about going on."""
_WORTH = frozenset({State.LIVE, State.CONTESTED})


class Drafting:
    """Reads what is known of a use case, through the eyes of one review."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def draft(self, connection: sa.Connection, review: Review, now: dt.datetime) -> Draft:
        """What a verdict would be decided on now.

        Raises:
            NotFound: the use case is not there any more.
        """
        ground, name = self._ground, review.use_case
        stored, _ = ground.use_case(connection, name)
        assessment = self._assessed(connection, review)
        gaps = audits.gaps_of(connection, name)
        certifying = ground.certifying
        envelope = certifying.draft(connection, name, review.stage_to.value, review.release)
        release = None if review.release is None else ground.releases.facts(connection, name, review.release)
        missing = certifying.missing(envelope)
        items = agenda(
            Found(
                use_case=name,
                stage_to=review.stage_to,
                release=review.release,
                assessment=assessment,
                gaps=gaps,
                dissent=tuple(self._dissent(connection, review, now)),
                conditions=certifying.open_conditions(connection, name, review.stage_to.value),
                facts=release,
                missing=missing,
                declared=certifying.declared(envelope),
            )
        )
        frozen = Frozen(
            rubric=assessment.rubric,
            use_case=stored.digest,
            release=review.release,
            assessment=assessment_digest(assessment),
            evidence=_digests(
                item for item in evidence.some(connection, sorted(_judged(assessment, envelope))) if _counts(item, now)
            ),
            gaps=tuple(gap.id for gap in gaps if gap.status is GapStatus.OPEN),
            waivers=tuple(_waivers(assessment, gaps)),
            agenda=agenda_digest(items),
            at=now,
        )
        return Draft(items, frozen, envelope, release, missing)

    def _assessed(self, connection: sa.Connection, review: Review) -> Assessment:
        """What the rubric says of the use case as if it were at the stage that the review is about."""
        found = self._ground.readiness.each(connection, [review.use_case], stage=review.stage_to)
        return next(assessment for _, _, assessment in found)

    # ------------------------------------------------------------ dissent

    def _dissent(self, connection: sa.Connection, review: Review, now: dt.datetime) -> Iterator[Dissent]:
        """Who said no since the last verdict, asked and got no answer, or contests evidence."""
        for item in evidence.of(connection, review.use_case):
            if item.doubt is Doubt.CONTESTED and item.state(now) in _WORTH:
                says = "Somebody says that it is wrong, and that is not settled."
                asks = FACTS[item.fact].question if item.fact in FACTS else item.fact
                yield Dissent(item.id, f"Disputed: {asks}", says, f"/evidence/{item.id}")
        last = rows.before(connection, review.use_case, review.stage_to)
        since = None if last is None else last.decided_at
        asked = [
            each
            for each in requests.page(connection, None, review.use_case, None, _LOOKED_AT)
            if _WEIGHS & set(each.classes)
            and (since is None or each.created_at > since)
            and not _is_about(each, review)
        ]
        votes = requests.votes_on_all(connection, [each.id for each in asked])
        for request in asked:
            yield from _said(request, votes.get(request.id, ()))


def _is_about(request: Request, review: Review) -> bool:
    """Whether it asks for the verdict of this very review, and is not over: what is said there decides it already."""
    is_its = request.subject == SUBJECT and request.content.get("review") == review.id
    return is_its and request.state not in ENDS


def _said(request: Request, votes: Sequence[Vote]) -> Iterator[Dissent]:
    path = f"/decisions/{request.id}"
    declined = sum(vote.kind is VoteKind.DECLINE for vote in votes)
    if declined and request.state is not RequestState.USED:
        who = "Somebody" if declined == 1 else f"{declined} people"
        yield Dissent(request.id, f"Declined: {request.title}"[:200], f"{who} said no; why stands with it.", path)
    open_question = None
    for vote in votes:
        if vote.kind is VoteKind.ASK:
            open_question = vote
        elif vote.kind is VoteKind.ANSWER:
            open_question = None
    if open_question is not None:
        says = "Somebody asked, and nobody answered."
        yield Dissent(f"{request.id}/question", f"Unanswered: {request.title}"[:200], says, path)


# ---------------------------------------------------------------- frozen


def _counts(item: Item, now: dt.datetime) -> bool:
    """Whether a verdict can rest on it: what had run out or was disputed when it was decided ends nothing later."""
    return item.state(now) is State.LIVE


def _judged(assessment: Assessment, envelope: Mapping[str, object]) -> frozenset[str]:
    """Ids of the evidence that a criterion or a term of the envelope speaks of, whatever became of it."""
    terms = envelope.get("terms")
    of_terms = terms.values() if isinstance(terms, Mapping) else ()
    rests = (each.get("evidence", ()) for each in of_terms if isinstance(each, Mapping))
    judged = (each.evidence for each in assessment.judgements if each.evidence is not None)
    return frozenset(judged) | {item for some in rests for item in some}


def _digests(items: Iterable[Item]) -> dict[str, str]:
    """Each item with the digest of its signed statement or, from before there were any, of what it says."""
    return {item.id: item.statement_digest or _content_digest(item) for item in items}


def _content_digest(item: Item) -> str:
    said = {"answer": item.answer.value, "entry": item.entry_id, "fact": item.fact, "id": item.id}
    return digest_of({**said, "kind": item.kind, "method": item.method.value})


def _waivers(assessment: Assessment, gaps: Sequence[Gap]) -> Iterator[str]:
    """Every waiver that it rests on, with its end: one that is renewed is another one."""
    for judgement in assessment.judgements:
        if judgement.waived_until is not None:
            yield f"criterion/{judgement.criterion.id}@{to_text(judgement.waived_until)}"
    for gap in gaps:
        if gap.status is GapStatus.WAIVED and gap.waiver is not None:
            yield f"gap/{gap.id}@{to_text(gap.waiver.expires_at)}"
