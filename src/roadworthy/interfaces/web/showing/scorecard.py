"""Dimension, criterion, fact, evidence: the scorecard of a use case and what turns it green, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from roadworthy.decide.readiness.assessment import Assessment, Judgement, Verdict
from roadworthy.decide.readiness.model import Criterion
from roadworthy.decide.tickets.model import Ticket
from roadworthy.evidence.model import Item
from roadworthy.evidence.rules import end_of, reported
from roadworthy.foundation.identity.model import Person
from roadworthy.interfaces.web.showing.tickets import ticket_ref
from roadworthy.interfaces.web.showing.words import (
    DIMENSIONS,
    TONES,
    holder,
    judged,
    known,
    spoken,
    verdict,
)
from roadworthy.interfaces.web.views.parts import Badge, Link, Moment, Tone
from roadworthy.interfaces.web.views.use_case import (
    Blocker,
    CriterionLine,
    DimensionCard,
    FactLine,
    Proof,
)
from roadworthy.inventory.facts import FACTS
from roadworthy.inventory.rules import SeatState
from roadworthy.inventory.store import ReportedAnswer


@dataclass(frozen=True, slots=True)
class Known:
    """What an assessment rests on, apart from the spec."""

    items: Sequence[Item]
    answers: Mapping[str, ReportedAnswer]
    people: Mapping[str, Person]


def dimensions_of(assessment: Assessment, known_by: Known, now: dt.datetime) -> tuple[DimensionCard, ...]:
    """The four dimensions with everything behind them; those that are not green begin unfolded."""
    cards = []
    for dimension, name in DIMENSIONS.items():
        scale = assessment.dimensions[dimension]
        judgements = assessment.of(dimension)
        asked = [each for each in judgements if each.verdict is not Verdict.NOT_APPLICABLE]
        met = sum(each.verdict is Verdict.MET for each in asked)
        cards.append(
            DimensionCard(
                key=dimension.value,
                name=name,
                state=TONES[scale.tone],
                known=f"{known(scale)}, {met} of {len(asked)} met",
                criteria=tuple(_criterion(assessment.use_case, each, known_by, now) for each in judgements),
            )
        )
    return tuple(cards)


def blockers_of(assessment: Assessment, tickets: Mapping[str, Ticket]) -> tuple[Blocker, ...]:
    """Every unmet must, the least effort first."""
    judgements = {each.criterion.id: each for each in assessment.judgements}
    blockers = []
    for blocker in assessment.blockers:
        judgement = judgements[blocker.criterion]
        blockers.append(
            Blocker(
                what=blocker.turns_green,
                dimension=DIMENSIONS[blocker.dimension],
                criterion=blocker.title,
                level=judgement.criterion.level.value,
                owner=holder(blocker.duty, blocker.person),
                owned=blocker.seat is not SeatState.UNASSIGNED,
                effort=str(blocker.effort),
                state=judged(judgement),
                act=_act(assessment.use_case, judgement.criterion),
                ticket=ticket_ref(tickets[blocker.criterion]) if blocker.criterion in tickets else None,
                id=blocker.criterion,
            )
        )
    return tuple(blockers)


def verdict_of(assessment: Assessment) -> str:
    """One sentence that says what is true now."""
    musts = [each for each in assessment.judgements if each.criterion.level.value == "must"]
    asked = [each for each in musts if each.verdict is not Verdict.NOT_APPLICABLE]
    unknown = sum(each.verdict is Verdict.UNKNOWN for each in asked)
    unmet = sum(each.verdict in {Verdict.PARTIAL, Verdict.FAILED} for each in asked)
    expired = sum(each.verdict is Verdict.EXPIRED for each in asked)
    gaps = assessment.owner_gaps
    parts = []
    if unmet:
        parts.append(f"{unmet} of {len(asked)} musts {'is' if unmet == 1 else 'are'} not met")
    if expired:
        parts.append(f"the evidence of {expired} of {len(asked)} musts has expired")
    if unknown:
        parts.append(f"{unknown} of {len(asked)} musts {'is' if unknown == 1 else 'are'} unknown")
    if not parts:
        parts.append(f"all {len(asked)} musts are met")
    if gaps:
        parts.append(
            f"nobody holds the {_joined([duty.value for duty in gaps])} {'duty' if len(gaps) == 1 else 'duties'}"
        )
    sentence = "; ".join(parts)
    return f"{sentence[:1].upper()}{sentence[1:]}."


def _joined(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _criterion(use_case: str, judgement: Judgement, known_by: Known, now: dt.datetime) -> CriterionLine:
    facts = () if judgement.fact is None else (_fact(use_case, judgement.fact, judgement, known_by, now),)
    return CriterionLine(
        title=judgement.criterion.title,
        level=judgement.criterion.level.value,
        state=judged(judgement),
        why=judgement.why,
        facts=facts,
    )


def _fact(use_case: str, name: str, judgement: Judgement, known_by: Known, now: dt.datetime) -> FactLine:
    proofs = [
        _proof(item, known_by.people, now) for item in known_by.items if item.fact == name and not item.withdrawal
    ]
    if name in known_by.answers:
        proofs.append(_reported(known_by.answers[name], now))
    question = FACTS[name].question if name in FACTS else name
    state = verdict(judgement.verdict)
    return FactLine(
        name=name,
        question=question,
        state=state if proofs else Badge(Tone.UNKNOWN, "nobody has said"),
        proofs=tuple(proofs),
        attest=None if judgement.verdict is Verdict.NOT_APPLICABLE else Link("Answer", _attest(use_case, name)),
    )


def _proof(item: Item, people: Mapping[str, Person], now: dt.datetime) -> Proof:
    known = people[item.recorded_by].shown if item.recorded_by in people else f"the program {item.recorded_by}"
    who = f"collector {item.collector}" if item.collector else known
    return Proof(
        answer=spoken(item.answer),
        method=item.method.value,
        source=who,
        observed=Moment.of(min(end_of(item.observed_to), now), now),
        expires=Moment.of(item.expires_at, now),
        stale=item.expires_at <= now,
        note=item.statement or "",
        link=item.link or "",
        withdraw=f"/evidence/{item.id}/withdraw",
        more=f"/evidence/{item.id}",
    )


def _reported(answer: ReportedAnswer, now: dt.datetime) -> Proof:
    claim = reported(answer.answer, answer.reported_at)
    return Proof(
        answer=spoken(answer.answer),
        method=claim.method.value,
        source=answer.place,
        observed=Moment.of(answer.reported_at, now),
        expires=Moment.of(claim.expires_at, now),
        stale=claim.expires_at <= now,
    )


def _act(use_case: str, criterion: Criterion) -> Link:
    """Where somebody goes to mend it."""
    asked = criterion.requires
    if asked.fact is not None:
        return Link("Answer", _attest(use_case, asked.fact.name))
    if asked.owner is not None:
        return Link("Owners", f"/use-cases/{use_case}/owners")
    paths = asked.fields.all if asked.fields is not None else ()
    if any(path.startswith("owners") for path in paths):
        return Link("Owners", f"/use-cases/{use_case}/owners")
    if any(path.startswith("outcome") for path in paths):
        return Link("Outcome", f"/use-cases/{use_case}/outcome")
    return Link("Fill in", f"/use-cases/{use_case}/edit")


def _attest(use_case: str, fact: str) -> str:
    return f"/use-cases/{use_case}/evidence/new?{urlencode({'fact': fact})}"
