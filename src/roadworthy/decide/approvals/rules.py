"""How decision rights are read: every rule that matches applies, and what cannot be read is denied.

Of the rules that match, a decline goes before asking and asking before an approval; all that ask have to be met. So a
rule that comes can only make a decision harder, but for one thing: where no rule matched, nobody could decide at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from roadworthy.decide.approvals.matching import Case, Match, Reach, match, reach, ready
from roadworthy.decide.approvals.model import DecisionClass, DecisionRights, Rule, RuleDecision
from roadworthy.decide.approvals.requests import RuleReading, Term
from roadworthy.foundation.spans import seconds

UNREADABLE: Final = "rights-unreadable"
DAY: Final = 86_400.0
DEADLINE: Final = 14 * DAY
"""Seconds to decide, where a rule does not say."""
VALID: Final = 7 * DAY
"""Seconds to use an approval, where a rule does not say."""
FRESH: Final = 300.0
"""Seconds since the sign-in, where a rule does not say."""


class Outcome(StrEnum):
    """What decision rights say to a case."""

    APPROVED = "approved"
    """Approved beforehand: done without asking."""
    ASKS = "asks"
    """People vote; `rules` are those that ask, and all have to be met."""
    DECLINED = "declined"
    UNCOVERED = "uncovered"
    """No rule matches, so nobody may."""
    UNREADABLE = "unreadable"
    """A rule could not be answered, so it is denied."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What decision rights say to a case, and each rule of its class with what it came to."""

    case: Case
    outcome: Outcome
    rules: tuple[Rule, ...]
    """Those that made the outcome."""
    readings: tuple[RuleReading, ...]
    sentence: str
    """The outcome as people read it, without a final period."""

    @property
    def denied(self) -> bool:
        """Whether no vote can make it happen under these rights."""
        return self.outcome in {Outcome.DECLINED, Outcome.UNCOVERED, Outcome.UNREADABLE}


@dataclass(frozen=True, slots=True, eq=False)
class CompiledRights:
    """Decision rights made ready: rules by class, conditions compiled."""

    spec: DecisionRights
    by_class: dict[DecisionClass, tuple[Reach, ...]]


def compile_rights(spec: DecisionRights) -> CompiledRights:
    """Make rights ready to be read. It does not raise: a rule that cannot be read denies what it is about."""
    return CompiledRights(
        spec,
        {
            decides: tuple(reach(rule, decides) for rule in spec.rules if decides in rule.decides)
            for decides in DecisionClass
        },
    )


def read(rights: CompiledRights, case: Case) -> Reading:
    """What the rights say to a case. It never raises; what goes wrong is denied."""
    prepared = ready(case)
    matches = [match(reached, prepared) for reached in rights.by_class[case.decides]]
    readings = tuple(RuleReading(each.rule.name, each.applies, each.why) for each in matches)
    if prepared.error is not None:
        return Reading(case, Outcome.UNREADABLE, (), readings, f"the facts cannot be read: {prepared.error}")
    outcome, deciding = _add_up(matches)
    sentence = _sentence(case, outcome, deciding)
    return Reading(case, outcome, tuple(each.rule for each in deciding), readings, sentence)


def _add_up(matches: Sequence[Match]) -> tuple[Outcome, list[Match]]:
    failed = [each for each in matches if each.error is not None]
    if failed:
        return Outcome.UNREADABLE, failed
    for decision, outcome in _ORDER:
        found = [each for each in matches if each.applies and each.rule.decision is decision]
        if found:
            return outcome, found
    return Outcome.UNCOVERED, []


_ORDER: Final = (
    (RuleDecision.DECLINE, Outcome.DECLINED),
    (RuleDecision.ASK, Outcome.ASKS),
    (RuleDecision.APPROVE, Outcome.APPROVED),
)


def _sentence(case: Case, outcome: Outcome, deciding: Sequence[Match]) -> str:
    names = " and ".join(f"`{each.rule.name}`" for each in deciding)
    match outcome:
        case Outcome.UNCOVERED:
            return f"no rule covers `{case.decides}` here, so nobody may"
        case Outcome.UNREADABLE:
            first = deciding[0]
            return f"rule `{first.rule.name}` cannot be read here, so nobody may: {first.error}"
        case Outcome.DECLINED:
            return f"declined beforehand by {names}"
        case Outcome.ASKS:
            return f"has to be approved as {names} {'asks' if len(deciding) == 1 else 'ask'}"
        case Outcome.APPROVED:
            return f"approved beforehand by {names}"


def worst(readings: Iterable[Reading]) -> Outcome:
    """What several readings come to together: everything is done, or nothing."""
    found = {reading.outcome for reading in readings}
    return next((outcome for outcome in _WORST if outcome in found), Outcome.UNCOVERED)


_WORST: Final = (Outcome.UNREADABLE, Outcome.DECLINED, Outcome.UNCOVERED, Outcome.ASKS, Outcome.APPROVED)


def terms_of(readings: Iterable[Reading]) -> tuple[Term, ...]:
    """The rules that ask, once for each use case whose owners a rule means, else once; in the order of the rules."""
    found: dict[tuple[str, str | None], tuple[Rule, set[DecisionClass]]] = {}
    for reading in readings:
        for rule in reading.rules if reading.outcome is Outcome.ASKS else ():
            use_case = reading.case.use_case if of_use_case(rule) else None
            found.setdefault((rule.name, use_case), (rule, set()))[1].add(reading.case.decides)
    return tuple(Term(rule, use_case, tuple(sorted(classes))) for (_, use_case), (rule, classes) in found.items())


def of_use_case(rule: Rule) -> bool:
    """Whether it matters to a rule which use case it is about: it names owners, or evidence."""
    clauses = (*rule.approvers, *(clause for each in rule.escalations for clause in each.approvers))
    return bool(rule.separate or rule.evidence) or any(clause.owner is not None for clause in clauses)


# ------------------------------------------------------------ terms that add up


def deadline(rules: Iterable[Rule]) -> float:
    """Seconds in which all of them have to be met: the shortest."""
    return min((_length(rule.deadline, DEADLINE) for rule in rules), default=DEADLINE)


def valid(rules: Iterable[Rule]) -> float:
    """Seconds in which an approval can be used: the shortest."""
    return min((_length(rule.valid, VALID) for rule in rules), default=VALID)


def max_age(rules: Iterable[Rule]) -> float:
    """Seconds since the sign-in that all of them take: the shortest."""
    return min((_length(rule.sign_in.within if rule.sign_in else None, FRESH) for rule in rules), default=FRESH)


def escalations(rules: Iterable[Rule]) -> tuple[float, ...]:
    """Seconds after which a request escalates: level n is reached with the n-th of them."""
    rules = tuple(rules)
    ends = deadline(rules)
    times = {_length(each.after, DEADLINE) for rule in rules for each in rule.escalations}
    return tuple(sorted(time for time in times if time < ends))


def _length(text: str | None, default: float) -> float:
    return default if text is None else seconds(text) or default
