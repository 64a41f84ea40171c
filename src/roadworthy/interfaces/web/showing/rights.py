"""Decision rights as they stand: each rule, who fills it today, what is missing, and how approvers fare."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from roadworthy.decide.approvals.load import LOOKED_BACK, Load
from roadworthy.decide.approvals.model import Approvers, DecisionClass, DecisionRights, Quorum, Rule, RuleDecision
from roadworthy.decide.approvals.requests import Explanation
from roadworthy.foundation.errors import Finding
from roadworthy.foundation.identity.model import Person
from roadworthy.interfaces.web.showing.decision_words import DOES, called, clause_said, names, quorum_of, terms_of
from roadworthy.interfaces.web.showing.inbox import UNGOVERNED
from roadworthy.interfaces.web.showing.words import spoken
from roadworthy.interfaces.web.views.decisions import Answer, LoadLine, RightLine, RightsView
from roadworthy.interfaces.web.views.form import FaultLink
from roadworthy.interfaces.web.views.parts import Badge, Empty, Field, Figure, Option, Say, Tone, plural, span

ASKED = {"person": "Person", "action": "Action", "use_case": "Use case", "facts": "Facts to suppose"}
"""Fields of the question, and what they are called."""
MOST_NAMED = 12
"""People of a clause who are named; how many more there are is said."""
_HASTY_SECONDS = 5.0
_ALWAYS_YES = 98
"""Percent of yes from which on, with enough votes, the page asks whether anybody reads. Our own choices, both."""


@dataclass(frozen=True, slots=True)
class RightsInWords:
    """What the page is made of."""

    rights: DecisionRights | None
    source: tuple[Figure, ...] = ()
    behind: Mapping[Approvers, frozenset[str]] = field(default_factory=dict)
    """People who fill a clause today; clauses that mean the owner of a use case are not among them."""
    owners: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Duty to how many use cases have an owner who accepted it, and how many use cases there are."""
    findings: Sequence[Finding] = ()
    load: Sequence[Load] = ()
    people: Mapping[str, Person] = field(default_factory=dict)
    use_cases: tuple[str, ...] = ()


def rights_view(
    given: RightsInWords,
    asked: Mapping[str, str],
    explained: Explanation | None,
    faults: tuple[FaultLink, ...] = (),
) -> RightsView:
    """The page."""
    rules = () if given.rights is None else given.rights.rules
    return RightsView(
        finding=_finding(given),
        source=given.source,
        rules=tuple(_rule(rule, given) for rule in rules),
        gaps=tuple((Badge(Tone.STOP, "gap"), each.message, each.remedy) for each in given.findings),
        uncovered=_uncovered(given.rights),
        ask=_form(given, asked, faults),
        answer=None if explained is None else _answer(explained, given.people),
        load=tuple(_load(each, given.people) for each in given.load),
        load_note=f"Of the last {LOOKED_BACK.days} days. Nobody is measured who has not voted.",
        empty=_EMPTY if given.rights is None else None,
        sayings=(UNGOVERNED,) if given.rights is None else (),
        faults=faults,
    )


_EMPTY = Empty(
    title="No decision rights are in force",
    sentence="Decision rights say for every class of decisions who may say yes. Start from the example that ships, and "
    "have two people sign it:",
    command="roadworthy rights genesis -f rights.yaml --signer ana@example.org --signer lee@example.org",
)


def _finding(given: RightsInWords) -> str:
    if given.rights is None:
        return "Nobody has said who may decide what"
    count = len(given.rights.rules)
    rules = f"{plural(count, 'rule')} {'says' if count == 1 else 'say'}"
    gaps = len(given.findings)
    return f"{rules} who may decide what" + (f", with {plural(gaps, 'gap')}" if gaps else "")


def _rule(rule: Rule, given: RightsInWords) -> RightLine:
    return RightLine(
        name=rule.name,
        does=DOES[rule.decision],
        decides=", ".join(spoken(each) for each in rule.decides),
        when=_when(rule),
        clauses=tuple(_clause(each, given) for each in rule.approvers),
        terms=_terms(rule),
        about=rule.about or "",
    )


def _terms(rule: Rule) -> tuple[str, ...]:
    quorum = "" if rule.decision is not RuleDecision.ASK else quorum_of(rule.quorum or Quorum.ALL, len(rule.approvers))
    return (*((quorum,) if quorum else ()), *terms_of(rule))


def _when(rule: Rule) -> tuple[str, ...]:
    said = []
    if rule.tiers:
        said.append(f"tier {' or '.join(rule.tiers)}")
    if rule.use_cases:
        said.append(f"use case {' or '.join(rule.use_cases)}")
    if rule.when is not None:
        said.append(f"`{rule.when}`")
    for each in rule.thresholds:
        bounds = (("above", each.above), ("at least", each.at_least), ("below", each.below), ("at most", each.at_most))
        said += [f"{each.fact} {words} {value}" for words, value in bounds if value is not None]
    return tuple(said)


def _clause(clause: Approvers, given: RightsInWords) -> tuple[str, str, Badge]:
    who = clause_said(clause)
    wanted = clause.count or 1
    if clause.owner is not None:
        filled, many = given.owners.get(clause.owner, (0, 0))
        tone = Tone.GO if many and filled == many else Tone.MIND if filled else Tone.STOP
        return who, f"accepted in {filled} of {plural(many, 'use case')}", Badge(tone, f"{filled} of {many}")
    refs = given.behind.get(clause, frozenset())
    called_ = names(refs, given.people)
    more = f" and {len(called_) - MOST_NAMED} more" if len(called_) > MOST_NAMED else ""
    people = f"{', '.join(called_[:MOST_NAMED])}{more}" if called_ else "nobody"
    badge = (
        Badge(Tone.GO, plural(len(refs), "person", "people")) if len(refs) >= wanted else Badge(Tone.STOP, "unfilled")
    )
    return who, people, badge


def _uncovered(rights: DecisionRights | None) -> str:
    if rights is None:
        return ""
    covered = {each for rule in rights.rules for each in rule.decides}
    left = [spoken(each) for each in DecisionClass if each not in covered]
    if not left:
        return "Every class of decisions has a rule."
    return f"Nobody may decide these, because no rule covers them: {', '.join(left)}."


# ---------------------------------------------------------------- explain


def _form(given: RightsInWords, asked: Mapping[str, str], faults: tuple[FaultLink, ...]) -> tuple[Field, ...]:
    wrong = {fault.field: fault.text for fault in faults}
    action = asked.get("action", "")
    classes = tuple(Option(each.value, spoken(each), each.value == action) for each in DecisionClass)
    return (
        Field(
            "person",
            "Person",
            value=asked.get("person", ""),
            hint="Their address or account name.",
            required=True,
            fault=wrong.get("person", ""),
            suggestions=tuple(sorted(each.handle for each in given.people.values() if each.handle)),
        ),
        Field(
            "action",
            "Action",
            "select",
            options=(Option("", "choose one"), *classes),
            required=True,
            fault=wrong.get("action", ""),
        ),
        Field(
            "use_case",
            "Use case",
            value=asked.get("use_case", ""),
            hint="Its name; leave it out for the deployment.",
            suggestions=given.use_cases,
            fault=wrong.get("use_case", ""),
        ),
        Field(
            "facts",
            ASKED["facts"],
            "area",
            asked.get("facts", ""),
            "One a line, such as `stage_to=production`; what the record says of a use case is known already.",
            wrong.get("facts", ""),
            wide=True,
        ),
    )


def _answer(found: Explanation, people: Mapping[str, Person]) -> Answer:
    who = called(found.person_ref, people)
    what = f"{spoken(found.decides)}{f' {found.use_case}' if found.use_case else ''}"
    if found.may_decide:
        tone, title = (
            Tone.GO,
            f"Yes: the approval of {who} counts for `{what}`{', and is enough' if found.alone else ''}.",
        )
    else:
        tone, title = Tone.STOP, f"No: the approval of {who} does not count for `{what}`."
    proposes = f"They may {'propose it' if found.may_propose else 'not even propose it'}."
    return Answer(
        say=Say(tone, title, f"{_sentence(found.outcome)} {proposes}"),
        rules=tuple(
            (each.rule, Badge(Tone.GO, "applies") if each.applies else Badge(Tone.ASIDE, "does not apply"), each.why)
            for each in found.rules
        ),
        could=names(found.could, people),
    )


def _sentence(text: str) -> str:
    said = f"{text[:1].upper()}{text[1:]}"
    return said if said.endswith(".") else f"{said}."


# ---------------------------------------------------------------- load


def _load(load: Load, people: Mapping[str, Person]) -> LoadLine:
    rate = "no votes" if load.approval_rate is None else f"{load.approval_rate}% yes of {plural(load.votes, 'vote')}"
    looked = load.seconds_looked
    dwell = "not opened before voting" if load.votes and looked is None else ""
    if looked is not None:
        dwell = f"{span(dt.timedelta(seconds=looked))}, in {load.looked_at} of {load.votes}"
    return LoadLine(
        who=called(load.person_ref, people),
        waiting=load.waiting,
        voted=load.votes,
        dwell=dwell or "–",
        rate=rate,
        note=_note(load),
    )


def _note(load: Load) -> Badge | None:
    if not load.votes:
        return None
    if load.says_little:
        return Badge(Tone.UNKNOWN, "too few to say")
    hasty = load.seconds_looked is None or load.seconds_looked < _HASTY_SECONDS
    if hasty and (load.approval_rate or 0) >= _ALWAYS_YES:
        return Badge(Tone.STOP, "looks like a rubber stamp")
    return Badge(Tone.MIND, "votes fast") if hasty else None
