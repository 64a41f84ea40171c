"""Whether a rule applies to a case: tier, use case, condition, thresholds with their units.

Of the four parts of a rule that all have to hold, a certain no is a no, whatever else cannot be answered; otherwise
what cannot be answered is an error, never a no. Whoever asks denies on an error.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from roadworthy.decide.approvals.facts import FACTS, UNKNOWN_TIER, complete
from roadworthy.decide.approvals.model import DecisionClass, Rule, Threshold
from roadworthy.foundation.conditions import Condition, ConditionFailed, FactType, ValueKind, Values, compile_condition
from roadworthy.foundation.errors import InvalidInput, RoadworthyError, did_you_mean
from roadworthy.foundation.money import Money
from roadworthy.foundation.spans import seconds, written

_BOUNDS: Final[Mapping[str, tuple[str, Callable[[Any, Any], bool]]]] = {
    "above": ("above", operator.gt),
    "at_least": ("at least", operator.ge),
    "below": ("below", operator.lt),
    "at_most": ("at most", operator.le),
}
_PLAIN: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,6})?")
_PERCENT: Final = re.compile(r"(-?[0-9]{1,9}(?:\.[0-9]{1,6})?) ?%")


@dataclass(frozen=True, slots=True)
class Case:
    """What is to be decided, as far as rules ask about it."""

    decides: DecisionClass
    use_case: str | None
    facts: Mapping[str, Any]
    """Canonical values by name; what nobody has said is left out."""

    @property
    def tier(self) -> str:
        """The tier that rules name, `unknown` where nobody has said enough."""
        tier = self.facts.get("tier", UNKNOWN_TIER)
        return tier if isinstance(tier, str) else UNKNOWN_TIER


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold, read."""

    name: str
    """As in conditions."""
    words: str
    """As in `above 250,000 EUR`."""
    kind: ValueKind
    bound: Decimal
    """In minor units, seconds, percents or plainly."""
    currency: str | None
    passes: Callable[[Any, Any], bool]

    @property
    def label(self) -> str:
        """The fact as thresholds name it."""
        return self.name.replace("_", "-")

    def told(self, values: Values, *, holds: bool) -> str:
        """What was compared with what."""
        return f"`{self.label}` is {_shown(self.kind, values.given[self.name])}, {'' if holds else 'not '}{self.words}"

    def holds(self, values: Values) -> bool:
        """Whether a case passes it.

        Raises:
            ConditionFailed: nobody has said the fact, or it is in another currency.
        """
        said = values.given.get(self.name)
        if said is None:
            raise _unread(f"nobody has said `{self.label}`", f"say `{self.label}`")
        if self.kind is ValueKind.MONEY:
            if said["currency"] != self.currency:
                raise _unread(
                    f"`{self.label}` is in {said['currency']}, and the rule's threshold in {self.currency}",
                    "have a rule for each currency, with a condition on it",
                )
            said = said["minor"]
        return self.passes(said, self.bound)


def _shown(kind: ValueKind, said: Any) -> str:  # noqa: ANN401 - whatever the fact is
    if kind is ValueKind.MONEY:
        return _written(said["minor"], said["currency"])
    if kind is ValueKind.SPAN:
        return written(said) if said else "no time"
    return f"{said} %" if kind is ValueKind.PERCENT else str(said)


@lru_cache(maxsize=256)
def _written(minor: int, currency: str) -> str:
    """An amount; every rule of a case compares the same one."""
    return str(Money(minor, currency))


def _unread(message: str, remedy: str) -> ConditionFailed:
    return ConditionFailed("condition-failed", message, remedy=remedy)


@dataclass(frozen=True, slots=True)
class Reach:
    """A rule as it stands for one class: its condition and thresholds over the facts of that class."""

    rule: Rule
    condition: Condition | None
    limits: tuple[Limit, ...]
    broken: str | None = None
    """Why it cannot be read at all, whatever the case."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a rule says to a case."""

    rule: Rule
    applies: bool
    why: tuple[str, ...]
    """Sentences."""
    error: str | None = None
    """Why it could not be answered."""


def reach(rule: Rule, decides: DecisionClass) -> Reach:
    """Make a rule ready for one of its classes. It does not raise: what cannot be read fails each case it meets."""
    schema = FACTS[decides]
    try:
        condition = None if rule.when is None else compile_condition(rule.when, schema)
        limits = tuple(limit_of(each, schema) for each in rule.thresholds)
    except RoadworthyError as error:
        return Reach(rule, None, (), error.message)
    return Reach(rule, condition, limits)


def limit_of(threshold: Threshold, schema: Mapping[str, FactType]) -> Limit:
    """Read a threshold.

    Raises:
        InvalidInput: the class has no such fact, the fact is no number, or the bound is in another unit.
    """
    name = threshold.fact.replace("-", "_")
    if name not in schema or "_" in threshold.fact:
        numbers = [known.replace("_", "-") for known, kind in schema.items() if kind.kind in _READS]
        raise InvalidInput(
            "rights-fact-unknown",
            f"`{threshold.fact}` is not a fact of this class",
            remedy=did_you_mean(threshold.fact, numbers),
        )
    kind = schema[name].kind
    field = next(each for each in _BOUNDS if getattr(threshold, each) is not None)
    text = str(getattr(threshold, field))
    said, passes = _BOUNDS[field]
    if kind not in _READS:
        raise InvalidInput(
            "rights-threshold-not-a-number",
            f"`{threshold.fact}` is {kind}, no number",
            remedy="ask about it in the rule's `when`",
        )
    number, currency, shown = _READS[kind](text)
    return Limit(name, f"{said} {shown}", kind, number, currency, passes)


def _money(text: str) -> tuple[Decimal, str | None, str]:
    try:
        money = Money.parse(text)
    except InvalidInput as error:
        raise _wrong_unit(text, "an amount with its currency, such as `250000 EUR`") from error
    return Decimal(money.minor), money.currency, str(money)


def _span(text: str) -> tuple[Decimal, str | None, str]:
    length = seconds(text)
    if length is None:
        raise _wrong_unit(text, "a span of time, such as `30 d`")
    return Decimal(str(length)), None, written(length)


def _percent(text: str) -> tuple[Decimal, str | None, str]:
    found = _PERCENT.fullmatch(text.strip())
    if found is None:
        raise _wrong_unit(text, "a percentage, such as `20 %`")
    return Decimal(found[1]), None, f"{found[1]} %"


def _number(text: str) -> tuple[Decimal, str | None, str]:
    if _PLAIN.fullmatch(text.strip()) is None:
        raise _wrong_unit(text, "a plain number, such as `20`")
    return Decimal(text.strip()), None, text.strip()


_READS: Final[Mapping[ValueKind, Callable[[str], tuple[Decimal, str | None, str]]]] = {
    ValueKind.MONEY: _money,
    ValueKind.SPAN: _span,
    ValueKind.PERCENT: _percent,
    ValueKind.NUMBER: _number,
}


def _wrong_unit(text: str, wanted: str) -> InvalidInput:
    return InvalidInput("rights-threshold-unit", f"`{text}` is not {wanted}", remedy=f"write {wanted}")


@dataclass(frozen=True, slots=True)
class ReadCase:
    """A case whose facts were checked, ready for any number of rules."""

    case: Case
    tier: str
    values: Values | None
    """None where a fact does not fit its type; `error` says which."""
    error: str | None = None


def ready(case: Case) -> ReadCase:
    """Check the facts of a case against its class. Facts that the class does not have are passed over."""
    try:
        return ReadCase(case, case.tier, Values(FACTS[case.decides], complete(case.decides, case.facts)))
    except ConditionFailed as error:
        return ReadCase(case, case.tier, None, error.message)


def match(reached: Reach, prepared: ReadCase) -> Match:
    """Whether a rule applies to a case, and why."""
    rule, case = reached.rule, prepared.case
    why: list[str] = []
    if rule.tiers:
        if prepared.tier not in rule.tiers:
            return Match(rule, applies=False, why=(f"the tier is {prepared.tier}, and it is about {_or(rule.tiers)}",))
        why.append(f"the tier is {prepared.tier}")
    if rule.use_cases:
        about = f"the use case is `{case.use_case}`" if case.use_case else "no use case is concerned"
        if case.use_case not in rule.use_cases:
            return Match(rule, applies=False, why=(f"{about}, and it is about others",))
        why.append(about)
    error = reached.broken or prepared.error
    if error is None and prepared.values is not None:
        for part in _asked(reached, prepared.values):
            if part.holds is False:
                return Match(rule, applies=False, why=(part.sentence,))
            error = error or part.error
            why.append(part.sentence)
    if error is not None:
        return Match(rule, applies=False, why=(f"it cannot be read here: {error}",), error=error)
    return Match(rule, applies=True, why=tuple(why) or (f"it is about every `{case.decides}`",))


@dataclass(frozen=True, slots=True)
class _Said:
    """One part of a rule: yes, no, or an error in the place of an answer."""

    holds: bool
    sentence: str
    error: str | None = None


def _asked(reached: Reach, values: Values) -> Iterator[_Said]:
    if reached.condition is not None:
        yield _condition(reached.condition, values)
    for limit in reached.limits:
        yield _limit(limit, values)


def _condition(condition: Condition, values: Values) -> _Said:
    words = f"`{condition.text}`"
    try:
        holds = condition.holds(values)
    except ConditionFailed as error:
        return _Said(holds=True, sentence="", error=f"{words}: {error.message}")
    return _Said(holds, f"{words} is {'true' if holds else 'false'}")


def _limit(limit: Limit, values: Values) -> _Said:
    try:
        holds = limit.holds(values)
    except ConditionFailed as error:
        return _Said(holds=True, sentence="", error=f"`{limit.label}` {limit.words}: {error.message}")
    return _Said(holds, limit.told(values, holds=holds))


def _or(names: tuple[str, ...]) -> str:
    return " or ".join(str(name) for name in names)
