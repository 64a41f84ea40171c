"""From the rules in force and a use case to findings and questions: pure, and fast enough for a whole portfolio."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from roadworthy.decide.diagnosis.finding import Because, Diagnosed, Finding, InForce, Question, Surfaces
from roadworthy.decide.diagnosis.gain import EVEN, gain
from roadworthy.decide.diagnosis.logic import AtLeast, Node, Not, Rule, Sign, Truth
from roadworthy.decide.diagnosis.model import Condition, FailureMode, Severity, Status, Surfacing
from roadworthy.decide.diagnosis.signs import Seen, sign_of
from roadworthy.decide.diagnosis.view import View, next_change
from roadworthy.decide.readiness.fields import resolve
from roadworthy.decide.readiness.requirements import reader
from roadworthy.evidence.model import Method
from roadworthy.foundation.digests import digest_of
from roadworthy.inventory.model import Stage, UseCase
from roadworthy.inventory.service import Subject

Truths = tuple[Truth, ...]

_STATUS: Mapping[Truth, Status] = {True: Status.PRESENT, False: Status.ABSENT, None: Status.CANNOT_TELL}
_ORDER = {status: place for place, status in enumerate(Status)}
_WORST = {severity: -place for place, severity in enumerate(Severity)}
_RETIRED = Stage.RETIRED


class Read(NamedTuple):
    """What one rule says to what is known of its signs."""

    status: Status
    support: tuple[int, ...]
    """Positions among the rule's own signs of what makes it so; for what cannot be told, of what is known."""
    facts: frozenset[str]
    """The claims that a decision rests on."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """One rule made ready for use."""

    rule: InForce
    logic: Rule
    signs: tuple[int, ...]
    """Of each of its own signs, the place among all."""
    facts: tuple[tuple[str, ...], ...]
    """The claims that each of them reads."""
    reads: dict[Truths, Read] = field(default_factory=dict, compare=False)
    """What was worked out before: many use cases know the same of a rule's few signs."""

    def read(self, truths: Sequence[Truth]) -> Read:
        """What it says, given what is known of all signs."""
        own = tuple([truths[place] for place in self.signs])
        found = self.reads.get(own)
        if found is None:
            found = self.reads[own] = self._read(own)
        return found

    def _read(self, own: Truths) -> Read:
        holds = self.logic.truth(own)
        if holds is None:
            return Read(Status.CANNOT_TELL, _decided(own), frozenset())
        support = self.logic.support(own, value=holds) or _decided(own)
        return Read(_STATUS[holds], support, frozenset(fact for at in support for fact in self.facts[at]))

    def stands_on(self, at: int, truths: Sequence[Truth]) -> bool:
        """Whether the contrary of one of its signs would overturn what it says."""
        own = [truths[place] for place in self.signs]
        before = self.logic.truth(own)
        own[at] = not own[at]
        return before is not None and self.logic.truth(own) is not before


def _decided(own: Truths) -> tuple[int, ...]:
    """All that is known; a rule that holds whatever its open signs turn out to be rests on all of it."""
    return tuple(at for at, truth in enumerate(own) if truth is not None)


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules in force, with the signs that they share."""

    digest: str
    modes: tuple[Compiled, ...]
    """In the order in which they are shown."""
    signs: tuple[Seen, ...]
    facts: tuple[str, ...]
    """Every claim that one of them reads."""

    def truths(self, view: View) -> Truths:
        """What is known of every sign."""
        says = view.says
        return tuple([says.get(sign.only) if sign.only else sign.look(view) for sign in self.signs])


def compile_rules(rules: Sequence[InForce]) -> Rules:
    """Turn conditions into functions; equal signs of several rules are looked at once."""
    signs: dict[str, Seen] = {}
    places: dict[str, int] = {}
    modes = []
    for rule in rules:
        own: dict[str, int] = {}
        root = _node(rule.mode.signs, own, signs)
        for key in own:
            places.setdefault(key, len(places))
        modes.append(
            Compiled(rule, Rule.of(root), tuple(places[key] for key in own), tuple(signs[key].facts for key in own))
        )
    facts = sorted({fact for sign in signs.values() for fact in sign.facts})
    return Rules(rules_digest(rules), tuple(modes), tuple(signs[key] for key in places), tuple(facts))


def _node(condition: Condition, own: dict[str, int], signs: dict[str, Seen]) -> Node:
    if not condition.parts:
        sign = sign_of(condition)
        signs.setdefault(sign.key, sign)
        return Sign(own.setdefault(sign.key, len(own)))
    parts = tuple(_node(part, own, signs) for part in condition.parts)
    if condition.not_ is not None:
        return Not(parts[0])
    if condition.any is not None:
        return AtLeast(1, parts)
    return AtLeast(len(parts) if condition.count is None else condition.count.at_least, parts)


def rules_digest(rules: Sequence[InForce]) -> str:
    """The digest under which diagnoses name the rules they were made with."""
    return digest_of([[rule.name, rule.mode.model_dump(mode="json", exclude_defaults=True)] for rule in rules])


def is_retired(subject: Subject, today: dt.date) -> bool:
    """Whether a use case is out of use, and so beyond failing as a pilot."""
    spec = subject.spec
    return spec.stage is _RETIRED or (spec.retired is not None and spec.retired <= today)


# ------------------------------------------------------------ one use case, in full


def diagnose(view: View, rules: Rules, priors: Sequence[float] | None = None) -> Diagnosed:
    """Tell which failure modes a use case has, and what to ask where that cannot be told.

    Args:
        view: what is known of the use case; see `view_of`.
        rules: the compiled rules.
        priors: the probability of each of `rules.signs`, for ordering questions; even chances without it.
    """
    subject = view.subject
    retired = is_retired(subject, view.now.date())
    truths = rules.truths(view)
    chances = [EVEN] * len(rules.signs) if priors is None else priors
    questions = () if retired else questions_of(subject, rules, truths, chances)
    modes = () if retired else [_finding(mode, view, rules, truths, questions) for mode in rules.modes]
    return Diagnosed(
        use_case=subject.name,
        revision=subject.revision,
        rules=rules.digest,
        at=view.now,
        modes=tuple(sorted(modes, key=lambda each: (_ORDER[each.status], _WORST[each.severity]))),
        questions=questions,
        next_change_at=next_change(view),
        retired=retired,
    )


def _finding(mode: Compiled, view: View, rules: Rules, truths: Truths, questions: Sequence[Question]) -> Finding:
    declared, subject = mode.rule.mode, view.subject
    read = mode.read(truths)
    tier = subject.tier.tier
    severity = declared.severity.at(tier)
    return Finding(
        mode=mode.rule.name,
        title=declared.title,
        family=declared.family,
        status=read.status,
        severity=severity,
        severity_why=_severity_why(declared, severity, subject),
        duty=declared.duty,
        person=subject.seats[declared.duty].person,
        goes_wrong=declared.goes_wrong,
        surfaces=surfaces_of(declared, subject.spec, view.now.date()),
        because=_because(mode, read, view, rules, truths),
        disproved_by=declared.disproved_by,
        questions=tuple(each for each in questions if mode.rule.name in each.modes),
    )


def _because(mode: Compiled, read: Read, view: View, rules: Rules, truths: Truths) -> tuple[Because, ...]:
    found: dict[Because, None] = {}  # two signs can rest on one fact; it is told once
    for at in read.support:
        alone = mode.stands_on(at, truths)
        for each in rules.signs[mode.signs[at]].explain(view):
            found.setdefault(each._replace(alone=alone))
    return tuple(found)


def _severity_why(declared: FailureMode, severity: Severity, subject: Subject) -> str:
    tiers = declared.severity
    if not any((tiers.low, tiers.moderate, tiers.high)):
        return f"{severity} at every risk tier"
    tier = subject.tier.tier
    return f"{severity} while the risk tier is open" if tier is None else f"{severity} at risk tier {tier}"


def surfaces_of(declared: FailureMode, spec: UseCase, today: dt.date) -> Surfaces:
    """Where it surfaces next, by the stage; a use case that has not said its stage gets what fits every stage."""
    chosen = next(each for each in declared.surfaces if not each.stages or spec.stage in each.stages)
    begin = _begin(chosen, spec)
    if begin is None:
        return Surfaces(chosen.where, chosen.when.words)
    earliest = begin + dt.timedelta(days=chosen.when.low)
    latest = begin + dt.timedelta(days=chosen.when.high)
    when = f"between {earliest} and {latest}" if earliest < latest else f"on {latest}"
    return Surfaces(chosen.where, when, earliest, latest, overdue=latest < today)


def _begin(chosen: Surfacing, spec: UseCase) -> dt.date | None:
    found = reader(resolve(chosen.when.after, UseCase).names)(spec)
    return found if isinstance(found, dt.date) else None


# ------------------------------------------------------------ questions


class Asks(NamedTuple):
    """What a question tells, by the names of the modes."""

    bits: float
    modes: tuple[str, ...]


def asked_of(rules: Rules, truths: Sequence[Truth], chances: Sequence[float]) -> dict[str, Asks]:
    """The questions that bear on an open mode, each with its gain, the most telling first.

    Signs that one answer settles are asked about together. Where no single answer is expected to tell anything about
    a mode (it takes two, and the first alone leaves the odds as they were), all of its open signs are asked.
    """
    return _ordered(_gains(mode, truths, chances, rules) for mode in rules.modes)


def asker(rules: Rules, chances: Sequence[float]) -> Callable[[Sequence[Truth]], dict[str, Asks]]:
    """`asked_of` for many use cases: what a rule's open signs tell is worked out once for all that know the same."""
    remembered: dict[tuple[int, Truths], tuple[tuple[str, str, float], ...]] = {}

    def asked(truths: Sequence[Truth]) -> dict[str, Asks]:
        gains = []
        for number, mode in enumerate(rules.modes):
            own = tuple([truths[place] for place in mode.signs])
            found = remembered.get((number, own))
            if found is None:
                found = remembered[number, own] = _gains(mode, truths, chances, rules)
            gains.append(found)
        return _ordered(gains)

    return asked


def _gains(
    mode: Compiled, truths: Sequence[Truth], chances: Sequence[float], rules: Rules
) -> tuple[tuple[str, str, float], ...]:
    """Question, mode and bits for each question that bears on one mode."""
    if mode.read(truths).status is not Status.CANNOT_TELL:
        return ()
    own = [truths[place] for place in mode.signs]
    priors = [chances[place] for place in mode.signs]
    groups: dict[str, list[int]] = {}
    for at, place in enumerate(mode.signs):
        if own[at] is None:
            groups.setdefault(rules.signs[place].question, []).append(at)
    gains = [(question, mode.rule.name, gain(mode.logic, own, priors, asked)) for question, asked in groups.items()]
    telling = tuple(each for each in gains if each[2] > 0)
    return telling or tuple(gains)


def _ordered(gains: Iterable[Iterable[tuple[str, str, float]]]) -> dict[str, Asks]:
    summed: dict[str, tuple[float, tuple[str, ...]]] = {}
    for some in gains:
        for question, mode, bits in some:
            before, modes = summed.get(question, (0.0, ()))
            summed[question] = (before + bits, (*modes, mode))
    ordered = sorted(summed.items(), key=lambda each: (-round(each[1][0], 9), each[0]))
    return {question: Asks(*asked) for question, asked in ordered}


def questions_of(
    subject: Subject, rules: Rules, truths: Sequence[Truth], chances: Sequence[float]
) -> tuple[Question, ...]:
    """The questions about one use case, with who can answer each."""
    signs = openers(rules)
    duties = {mode.rule.name: mode.rule.mode.duty for mode in rules.modes}
    made = []
    for key, asked in asked_of(rules, truths, chances).items():
        sign = signs[key]
        duty = sign.duty or duties[asked.modes[0]]
        seat = subject.seats[duty]
        made.append(
            Question(
                key, sign.asks, duty, seat.person, seat.state, asked.bits, asked.modes, fact=sign.fact, path=sign.path
            )
        )
    return tuple(made)


def openers(rules: Rules) -> dict[str, Seen]:
    """For each question a sign that asks it."""
    found: dict[str, Seen] = {}
    for sign in rules.signs:
        found.setdefault(sign.question, sign)
    return found


# ------------------------------------------------------------ many use cases, in short

LETTERS: Mapping[Truth, str] = {True: "t", False: "f", None: "-"}
TRUTHS: Mapping[str, Truth] = {letter: truth for truth, letter in LETTERS.items()}
STATUS_LETTERS = {Status.PRESENT: "p", Status.CANNOT_TELL: "?", Status.ABSENT: "a"}
SEVERITY_LETTERS = {severity: str(place) for place, severity in enumerate(Severity)}
WIDTH = 3
"""Letters per mode: its status, its severity, and `r` where it rests on a report."""


class Short(NamedTuple):
    """A diagnosis as it is stored."""

    use_case: str
    revision: int
    signs: str | None
    """A letter per sign; None for a retired use case."""
    findings: str | None
    """Three letters per mode."""
    next_change_at: dt.datetime | None


def shorten(view: View, rules: Rules) -> Short:
    """Diagnose a use case down to what a portfolio needs of it."""
    subject = view.subject
    if is_retired(subject, view.now.date()):
        return Short(subject.name, subject.revision, None, None, next_change(view))
    truths = rules.truths(view)
    tier = subject.tier.tier
    reported = {fact for fact, counting in view.standing.items() if counting.claim.method is Method.REPORTED}
    letters: list[str] = []
    for mode in rules.modes:
        status, _, facts = mode.read(truths)
        severity = mode.rule.mode.severity.at(tier)
        letters += (
            STATUS_LETTERS[status],
            SEVERITY_LETTERS[severity],
            "-" if reported.isdisjoint(facts) else "r",
        )
    return Short(
        subject.name,
        subject.revision,
        "".join([LETTERS[truth] for truth in truths]),
        "".join(letters),
        next_change(view),
    )
