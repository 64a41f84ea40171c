"""The page of one request: what exactly is decided, by which rule, on which numbers, and who signed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from roadworthy.decide.approvals.executors.external import SUBJECT as EXTERNAL
from roadworthy.decide.approvals.facts import handed_in
from roadworthy.decide.approvals.model import DecisionClass
from roadworthy.decide.approvals.requests import (
    ActTerms,
    Mine,
    Request,
    RuleStanding,
    Standing,
    Vote,
    VoteKind,
)
from roadworthy.decide.approvals.states import WAITING, RequestState
from roadworthy.decide.readiness.assessment import Assessment
from roadworthy.evidence.model import Item
from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.ledger.draft import ActorKind
from roadworthy.foundation.money import Money
from roadworthy.interfaces.web.showing.decision_words import VOTES, called, names, state_shown
from roadworthy.interfaces.web.showing.evidence import STATES as EVIDENCE_STATES
from roadworthy.interfaces.web.showing.evidence import question_of
from roadworthy.interfaces.web.showing.exactly import exactly, said
from roadworthy.interfaces.web.showing.rule_lines import FIRST_NAMES, rule_line, shown_line
from roadworthy.interfaces.web.showing.voting import Entered, form_of
from roadworthy.interfaces.web.showing.words import DIMENSIONS, TONES, spoken
from roadworthy.interfaces.web.views.decisions import (
    ActLine,
    Became,
    DecisionView,
    Number,
    Signature,
)
from roadworthy.interfaces.web.views.parts import Link, Moment, Say, Tone, plural, span
from roadworthy.operate.admission.passes import SUBJECT as HELD_CALLS

_FAR: Final = {
    DecisionClass.CHANGE_RIGHTS: "It changes who may say yes from then on.",
    DecisionClass.CHANGE_RUBRIC: "Every use case is judged by the rubric.",
    DecisionClass.CHANGE_POLICY: "What it changes holds for every use case.",
    DecisionClass.PROMOTE: "From then on more people, data and systems meet it.",
    DecisionClass.RETIRE: "Whoever uses it has to do without from then on.",
    DecisionClass.SUSPEND: "Whoever uses it has to do without until it is resumed.",
    DecisionClass.ROLL_BACK: "What was done since the earlier release may be lost.",
    DecisionClass.WAIVE: "A known fault is accepted, and stops standing in the way.",
    DecisionClass.RAISE_LIMIT: "More can go wrong before anything stops it.",
    DecisionClass.AGENT_ACTION: "It happens at once, in another system.",
    DecisionClass.DEPLOY: "What serves people changes.",
    DecisionClass.REVIEW: "A go is what a certificate is issued on; a stop ends the certificates that there are.",
}
"""Classes whose yes reaches far, and how."""


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a request, as far as there is anything."""

    titles: Mapping[str, str] = field(default_factory=dict)
    """Of use cases, by name."""
    assessment: Assessment | None = None
    evidence: Sequence[Item] = ()
    """Items about the facts that the rules ask for, the newest of each fact."""
    integrations: tuple[str, ...] = ()
    """Systems that the use case is wired to."""
    tier: str = ""
    use_cases: int = 0
    """How many there are."""
    became: Became | None = None
    """What became of the action that it is about."""
    waiting: int = 0
    """How many other requests wait that rest on something which this one changes."""


@dataclass(frozen=True, slots=True)
class Whole:
    """All that the page is made of, read by whoever serves it."""

    standing: Standing
    shown: Sequence[str]
    """Lines of what carries it out, made from the bound values."""
    people: Mapping[str, Person]
    viewer: Person
    fresh: bool
    """Whether their sign-in is recent and strong enough to vote now."""
    around: Around


def decision_view(whole: Whole, entered: Entered, now: dt.datetime) -> DecisionView:
    """The page."""
    standing, people = whole.standing, whole.people
    request = standing.request
    numbers = _numbers(request, whole.around, now)
    command = f"roadworthy decision show {request.id}"
    return DecisionView(
        id=request.id,
        title=request.title,
        state=state_shown(request),
        lede=_lede(request, people, now),
        crumbs=_crumbs(request, whole.around),
        until=_until(request, now),
        until_words=_until_words(request),
        shown=tuple(shown_line(line) for line in whole.shown),
        exactly=exactly(request.content, request.digest),
        digest=request.digest,
        asks=_asks(request, people),
        reason=said(request.reason),
        acts=tuple(_act(each, request.subject) for each in request.acts),
        numbers=numbers,
        numbers_note="" if numbers else "Nothing was worked out about it, and nothing was measured.",
        numbers_when="How it stands" if _matters(request) else "How it stands today",
        radius=_radius(request, whole.around) if _matters(request) else None,
        rules=tuple(rule_line(each, people, open_=request.state in WAITING) for each in standing.rules),
        approved_by=tuple(Link(name, f"/rights#{name}") for name in request.approved_by),
        signatures=tuple(_signature(each, people, now) for each in standing.votes),
        now=state_shown(request),
        waits_for=_waits_for(standing, people),
        sayings=_sayings(standing),
        form=form_of(standing, whole.viewer, entered, fresh=whole.fresh),
        faults=entered.faults,
        command=command,
        calls=_calls(request),
        became=whole.around.became,
    )


def _calls(request: Request) -> Link | None:
    """The calls that were held for it."""
    if request.subject != HELD_CALLS:
        return None
    names = {"use_case": "useCase", "endpoint": "endpoint", "rule": "rule", "certificate": "certificate"}
    asked = {name: str(request.content.get(field, "")) for name, field in names.items()}
    return Link("The calls", f"/calls?{urlencode(asked)}")


# ---------------------------------------------------------------- the head


def _lede(request: Request, people: Mapping[str, Person], now: dt.datetime) -> str:
    who = called(request.proposer_ref, people, request.proposer_kind)
    said = f"Asked by {who} {Moment.of(request.created_at, now).words}"
    if request.state in WAITING:
        return f"{said}. {_needs(request)}" if request.rules else f"{said}."
    why = request.why_ended or ""
    return f"{said}. {why[:1].upper()}{why[1:]}{'' if why.endswith('.') else '.'}" if why else f"{said}."


def _needs(request: Request) -> str:
    named = " and ".join(rule.name for rule in request.rules)
    return f"{plural(len(request.rules), 'rule')} to meet: {named}."


def _crumbs(request: Request, around: Around) -> tuple[Link, ...]:
    crumbs = [Link("Inbox", "/inbox"), Link("Decisions", "/decisions")]
    if request.use_case:
        crumbs.append(Link(around.titles.get(request.use_case, request.use_case), f"/use-cases/{request.use_case}"))
    return tuple(crumbs)


def _until(request: Request, now: dt.datetime) -> Moment | None:
    if request.state in WAITING:
        return Moment.of(request.deadline_at, now)
    if request.state is RequestState.APPROVED and request.valid_until is not None:
        return Moment.of(request.valid_until, now)
    return None


def _until_words(request: Request) -> str:
    if request.state in WAITING:
        return "It has to be decided"
    return "It has to be used" if request.state is RequestState.APPROVED else ""


def _asks(request: Request, people: Mapping[str, Person]) -> str:
    who = called(request.proposer_ref, people, request.proposer_kind)
    behalf = f", on behalf of {called(request.on_behalf_of, people)}" if request.on_behalf_of else ""
    change = f" It names the change {request.change_number}." if request.change_number else ""
    return f"{who}{behalf}.{change}"


def _sayings(standing: Standing) -> tuple[Say, ...]:
    found = []
    if standing.stale and standing.request.state in {*WAITING, RequestState.APPROVED}:
        found.append(
            Say(
                Tone.STALE,
                "What it was made against has changed.",
                "A vote would only find it void. Whoever asked can ask again, against what is in force now.",
                items=tuple(f"`{resource}`" for resource in standing.stale),
            )
        )
    if standing.request.state is RequestState.VOIDED:
        found.append(Say(Tone.STALE, "The votes do not count any more.", "Whoever wants it asks anew."))
    return tuple(found)


# ---------------------------------------------------------------- what is decided


_PAGES: Final[Mapping[str, str]] = {
    "UseCase": "/use-cases",
    "Review": "/reviews",
    "Certificate": "/certificates",
}


def _act(act: ActTerms, subject: str) -> ActLine:
    kind, _, name = act.resource.partition("/")
    address = f"{_PAGES[kind]}/{name}" if kind in _PAGES else ""
    theirs = handed_in(act.decides) if subject == EXTERNAL else {}
    facts = [(label in theirs, Number(label.replace("_", " "), _fact(value))) for label, value in act.facts.items()]
    return ActLine(
        what=spoken(act.decides),
        resource=act.resource,
        link=Link(act.resource, address) if address else None,
        facts=tuple(fact for claimed, fact in facts if not claimed),
        claimed=tuple(fact for claimed, fact in facts if claimed),
        digest=act.digest,
    )


def _fact(value: Any) -> str:  # noqa: ANN401 - a canonical value
    if value is None or value == []:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(_fact(each) for each in value)
    if isinstance(value, Mapping) and set(value) == {"currency", "minor"}:
        return str(Money(value["minor"], value["currency"]))
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_fact(each)}" for name, each in value.items())
    return f"{value:,}" if isinstance(value, int) else str(value)


def _numbers(request: Request, around: Around, now: dt.datetime) -> tuple[Number, ...]:
    found = []
    case = f"/use-cases/{request.use_case}"
    if around.assessment is not None:
        when = f"assessed {Moment.of(around.assessment.assessed_at, now).words}"
        for dimension, scale in around.assessment.dimensions.items():
            value = f"{scale.score} of 100, {scale.coverage}% known"
            source = Link("criteria and evidence", f"{case}#{dimension}")
            found.append(Number(DIMENSIONS[dimension], value, source, TONES[scale.tone], when))
    for item in around.evidence:
        state = item.state(now)
        until = f"{Moment.of(item.expires_at, now).words}"
        when = f"observed until {item.observed_to}, runs out {until}" if item.expires_at > now else f"ran out {until}"
        value = f"{spoken(item.answer)}, {item.method}"
        source = Link("the evidence", f"/evidence/{item.id}")
        found.append(Number(question_of(item.fact), value, source, EVIDENCE_STATES[state], when))
    return tuple(found)


def _matters(request: Request) -> bool:
    """Whether a yes, or its use, is still to come."""
    return request.state in WAITING or request.state is RequestState.APPROVED


def _radius(request: Request, around: Around) -> Say | None:
    """How far a yes reaches: said before the vote, not after it."""
    reaches = [_FAR[each] for each in request.classes if each in _FAR]
    if not reaches:
        return None
    resources = sorted({act.resource for act in request.acts})
    items = [*reaches]
    if len(resources) > 1:
        items.append(f"{len(resources)} resources change at once: {', '.join(resources)}.")
    if request.use_case and around.integrations:
        systems = plural(len(around.integrations), "system")
        items.append(f"It is wired to {systems}: {', '.join(around.integrations)}.")
    if request.use_case and around.tier:
        items.append(f"Its risk tier is {around.tier}.")
    if {DecisionClass.CHANGE_RIGHTS, DecisionClass.CHANGE_RUBRIC, DecisionClass.CHANGE_POLICY} & set(request.classes):
        items.append(f"{plural(around.use_cases, 'use case')} fall under it.")
    if around.waiting:
        items.append(f"{plural(around.waiting, 'other request')} that now waits or was approved would be void.")
    return Say(Tone.MIND, "How far a yes reaches", items=tuple(items))


# ---------------------------------------------------------------- rules and votes


def _signature(vote: Vote, people: Mapping[str, Person], now: dt.datetime) -> Signature:
    note = []
    if vote.delegate_of:
        note.append(f"In the place of {called(vote.delegate_of, people)}.")
    if vote.to_ref:
        until = f" until {Moment.of(vote.until, now).exact}" if vote.until else ""
        note.append(f"To {called(vote.to_ref, people)}{until}.")
    return Signature(
        who=called(vote.person_ref, people),
        at=Moment.of(vote.at, now),
        what=VOTES[vote.kind],
        words=said(vote.reason),
        proof=_proof(vote),
        entry=Link("ledger entry", f"/ledger/{vote.entry_id}") if vote.entry_id else None,
        note=" ".join(note),
    )


def _proof(vote: Vote) -> str:
    parts = []
    if vote.auth_time is not None:
        parts.append(f"signed in {span(max(vote.at - vote.auth_time, dt.timedelta(0)))} before")
    if vote.issuer:
        parts.append(f"at {vote.issuer}")
    if vote.acr:
        parts.append(f"as {vote.acr}")
    if vote.dwell_ms is not None and vote.kind in {VoteKind.APPROVE, VoteKind.DECLINE}:
        parts.append(f"had it open for {span(dt.timedelta(milliseconds=vote.dwell_ms))}")
    text = ", ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _waits_for(standing: Standing, people: Mapping[str, Person]) -> str:
    request = standing.request
    if request.state is RequestState.APPROVED:
        who = "Whoever asked, or the system that it is for, uses it once"
        return f"{who}: `roadworthy decision use {request.id} --digest {request.digest}`."
    if request.state not in WAITING:
        return ""
    said = [_wanted(rule, people) for rule in standing.rules if not rule.met]
    missing = [each for rule in standing.rules for each in rule.unmet]
    return "; ".join([*said, *missing])


def _wanted(rule: RuleStanding, people: Mapping[str, Person]) -> str:
    """Whose yes a rule waits for."""
    ways: dict[bool, list[str]] = {False: [], True: []}
    for clause in rule.clauses:
        if len(clause.given_by) < clause.needed:
            could = _some(names(clause.could, people)) or "nobody who may"
            ways[clause.escalated].append(f"{clause.clause} ({could})")
    first = " and ".join(ways[False])
    instead = f"; or instead for {' and '.join(ways[True])}" if ways[True] else ""
    return f"Waits for {first or 'nobody'}{instead}"


def _some(called_: Sequence[str]) -> str:
    """The first few, and how many more; all of them stand at their rule."""
    more = len(called_) - FIRST_NAMES
    return ", ".join(called_[:FIRST_NAMES]) + (f" and {more} more" if more > 0 else "")


def person_refs(standing: Standing) -> set[str]:
    """Everybody who is named on the page."""
    request = standing.request
    found = {request.proposer_ref} if request.proposer_kind is ActorKind.PERSON else set()
    found |= {request.on_behalf_of} if request.on_behalf_of else set()
    for vote in standing.votes:
        found |= {ref for ref in (vote.person_ref, vote.delegate_of, vote.to_ref) if ref}
    for rule in standing.rules:
        for clause in rule.clauses:
            found |= {*clause.given_by, *clause.could}
    mine: Mine | None = standing.mine
    return found | set(mine.in_place_of if mine else ())
