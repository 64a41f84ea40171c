"""One use case in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from roadworthy.decide.diagnosis.finding import Diagnosed
from roadworthy.decide.readiness.assessment import Assessment
from roadworthy.decide.review.model import Review
from roadworthy.decide.tickets.model import Ticket
from roadworthy.foundation.access.permissions import Permission
from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.money import Money
from roadworthy.foundation.resources.model import Stored
from roadworthy.interfaces.web.showing.case_agents import Acts, agents_of
from roadworthy.interfaces.web.showing.case_decisions import Asked, decisions_of
from roadworthy.interfaces.web.showing.diagnosis import section_of
from roadworthy.interfaces.web.showing.history import Happened, history_of, value_shown
from roadworthy.interfaces.web.showing.reviews import case_reviews
from roadworthy.interfaces.web.showing.scorecard import Known, blockers_of, dimensions_of, verdict_of
from roadworthy.interfaces.web.showing.words import SEAT_LEFT, SEATS, TONES, spoken
from roadworthy.interfaces.web.views.parts import Moment, Say, Tone
from roadworthy.interfaces.web.views.use_case import Owner, Pair, Record, Source, UseCaseView
from roadworthy.inventory.model import Component, DataSource, Integration, Outcome, UseCase
from roadworthy.inventory.rules import SeatState, same_person
from roadworthy.inventory.service import Subject

FIRST_STEPS = 3


@dataclass(frozen=True, slots=True)
class Everything:
    """All that the page is made of, read by whoever serves it."""

    subject: Subject
    stored: Stored
    assessment: Assessment
    diagnosed: Diagnosed
    known: Known
    happened: Happened
    sources: tuple[Source, ...]
    older: str
    """Where the rest of a long history is; empty where the page has it all."""
    viewer: Person
    asked: Asked
    """Decisions about it, and what whoever looks may do."""
    reviews: Sequence[Review]
    """The newest first."""
    tickets: Mapping[str, Ticket]
    """The latest about each blocker, by criterion."""
    agents: Acts
    """What its agents may do, and did."""


def use_case_view(all_of_it: Everything, now: dt.datetime) -> UseCaseView:
    """The page."""
    subject, assessment = all_of_it.subject, all_of_it.assessment
    spec = subject.spec
    blockers = blockers_of(assessment, all_of_it.tickets)
    kind = [spec.class_, spec.sector, spec.stage]
    words = [spoken(each) for each in kind if each]
    return UseCaseView(
        name=subject.name,
        title=spec.title,
        finding=TONES[assessment.overall.tone],
        verdict=verdict_of(assessment),
        assessed=_assessed(assessment, now),
        kind=" · ".join([*words, *([spec.organisation] if spec.organisation else [])]) or "nothing said yet",
        purpose=spec.purpose or "",
        tier=spoken(subject.tier.tier),
        tier_reasons=_tier_reasons(subject),
        dimensions=dimensions_of(assessment, all_of_it.known, now),
        owners=_owners(subject, all_of_it.viewer, now),
        owners_note=_overlap(subject),
        decisions=decisions_of(subject.name, spec.stage, all_of_it.asked, now),
        reviews=case_reviews(subject.name, all_of_it.reviews, may=Permission.REVIEW in all_of_it.asked.may, now=now),
        agents=agents_of(subject.name, all_of_it.agents, now),
        may_edit=Permission.WRITE_USE_CASES in all_of_it.asked.may,
        may_attest=Permission.SUBMIT_EVIDENCE in all_of_it.asked.may,
        next=blockers[:FIRST_STEPS],
        blockers=blockers,
        diagnosis=section_of(all_of_it.diagnosed),
        mismatches=_mismatches(subject),
        about=_about(spec),
        outcome=_outcome(spec.outcome),
        outcome_note="" if spec.outcome and spec.outcome.annual_value else "Without a value range it cannot be ranked.",
        components=tuple(_component(each) for each in spec.components),
        data=tuple(_data(each) for each in spec.data),
        integrations=tuple(_integration(each) for each in spec.integrations),
        sources=all_of_it.sources,
        history=history_of(all_of_it.happened, now),
        older=all_of_it.older,
        generation=subject.generation,
    )


def _tier_reasons(subject: Subject) -> str:
    reasons = subject.tier.reasons
    if subject.tier.tier is None:
        asked = "; ".join(reason.removeprefix("not known: ") for reason in reasons)
        return f"Nobody has said {asked}."
    said = "; ".join(reasons)
    return f"{said[:1].upper()}{said[1:]}."


def _assessed(assessment: Assessment, now: dt.datetime) -> str:
    said = f"Assessed {Moment.of(assessment.assessed_at, now).words}"
    if assessment.next_change_at is None:
        return f"{said}."
    return f"{said}; the next evidence runs out {Moment.of(assessment.next_change_at, now).words}."


def _owners(subject: Subject, viewer: Person, now: dt.datetime) -> tuple[Owner, ...]:
    return tuple(
        Owner(
            duty=duty.value,
            name=seat.person or "",
            state=SEAT_LEFT if seat.left else SEATS[seat.state],
            since=Moment.of(seat.accepted_at, now) if seat.accepted_at else None,
            may_accept=seat.state is SeatState.UNCONFIRMED
            and not seat.left
            and same_person(seat.person or "", viewer.handle or ""),
            may_release=seat.state is SeatState.ACCEPTED and same_person(seat.person or "", viewer.handle or ""),
        )
        for duty, seat in subject.seats.items()
    )


def _overlap(subject: Subject) -> str:
    shared = [duty.value for duty, seat in subject.seats.items() if seat.also]
    return f"One person holds more than one duty ({', '.join(shared)}); the duties stay apart." if shared else ""


def _mismatches(subject: Subject) -> tuple[Say, ...]:
    if not subject.mismatches:
        return ()
    items = tuple(str(mismatch) for mismatch in subject.mismatches)
    return (Say(Tone.MIND, "It wants what the platform does not offer.", items=items),)


def _pairs(*pairs: tuple[str, object]) -> tuple[Pair, ...]:
    return tuple(Pair(name, value_shown(value)) for name, value in pairs)


def _about(spec: UseCase) -> tuple[Pair, ...]:
    usual = _pairs(
        ("Organisation", spec.organisation),
        ("Unit", spec.unit),
        ("Contact", spec.contact),
        ("Sector", spec.sector and spoken(spec.sector)),
        ("Class", spec.class_ and spoken(spec.class_)),
        ("Stage", spec.stage and spoken(spec.stage)),
        ("Frameworks", spec.postures),
    )
    extra = _pairs(
        ("Benefits", spec.benefits),
        ("Outputs", spec.outputs),
        ("Subject area", spec.topic),
        ("Techniques", spec.techniques),
        ("Started", spec.started),
        ("Production asked for", spec.production_requested),
        ("In use since", spec.in_use_since),
        ("Retired", spec.retired),
        ("Known elsewhere as", [f"{each.scheme} {each.value}" for each in spec.identifiers]),
        ("Links", spec.links),
    )
    return (*usual, *(pair for pair in extra if pair.value))


def _outcome(outcome: Outcome | None) -> tuple[Pair, ...]:
    if outcome is None:
        return _pairs(("Metric", None), ("Baseline", None), ("Target", None), ("Owner", None), ("Annual value", None))
    unit = f" {outcome.unit}" if outcome.unit else ""
    due = f" by {outcome.by}" if outcome.by else ""
    value = outcome.annual_value
    worth = (
        f"{Money.parse(value.low)} to {Money.parse(value.high)}, {value.confidence} confidence: {value.basis}"
        if value
        else None
    )
    return _pairs(
        ("Metric", outcome.metric),
        ("Baseline", None if outcome.baseline is None else f"{outcome.baseline}{unit}"),
        ("Target", None if outcome.target is None else f"{outcome.target}{unit}{due}"),
        ("Owner", outcome.owner),
        ("Annual value", worth),
    )


def _component(part: Component) -> Record:
    named = (
        ("Version", part.version),
        ("Vendor", part.vendor),
        ("Region", part.region),
        ("Access", part.access),
        ("Digest", part.digest),
    )
    return Record(part.name, part.kind.value, _pairs(*named))


def _data(source: DataSource) -> Record:
    kind = "system of record" if source.source_of_truth else "data source"
    pairs = _pairs(
        ("Pilot", source.pilot),
        ("Production", source.production),
        ("Refreshed", source.refresh),
        ("Steward", source.steward),
        ("Personal data", source.personal_data),
        ("Documentation", source.documentation),
    )
    return Record(source.name, kind, pairs)


def _integration(integration: Integration) -> Record:
    pairs = _pairs(
        ("Identity", integration.identity),
        ("When it fails", integration.failure_modes),
        ("Recorded in", integration.audit),
        ("Tried again", integration.retry),
        ("Dead letter", integration.dead_letter),
        ("Way back", integration.rollback),
    )
    return Record(integration.system, integration.direction or "direction not known", pairs)
