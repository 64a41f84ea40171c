"""What decision rights leave open and where their rules get in each other's way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from roadworthy.decide.approvals.facts import UNKNOWN_TIER, WITHOUT_USE_CASE
from roadworthy.decide.approvals.model import DecisionClass, DecisionRights, Nobody, Rule, RuleDecision
from roadworthy.foundation.errors import Finding, Place
from roadworthy.inventory.model import Tier

TIERS: Final = (*(tier.value for tier in Tier), UNKNOWN_TIER)
_STRENGTH: Final = {RuleDecision.APPROVE: 0, RuleDecision.ASK: 1, RuleDecision.DECLINE: 2}


def tiers_of(decides: DecisionClass) -> tuple[str, ...]:
    """The tiers that a case of a class can have."""
    return (UNKNOWN_TIER,) if decides in WITHOUT_USE_CASE else TIERS


def uncovered(rights: DecisionRights) -> Iterator[Finding]:
    """Classes and tiers that no rule is about and that are not said to be nobody's, and those that are both.

    A rule with a condition counts as covering; one for named use cases only does not.
    """
    nobody = _nobody(rights)
    for decides in DecisionClass:
        tiers = tiers_of(decides)
        covered = {tier for rule in rights.rules if decides in rule.decides for tier in rule.tiers or tiers}
        whole = {
            tier
            for rule in rights.rules
            if decides in rule.decides and not rule.use_cases
            for tier in rule.tiers or tiers
        }
        open_ = [tier for tier in tiers if tier not in whole and tier not in nobody.get(decides, {})]
        if open_:
            yield Finding(
                "rights-uncovered",
                f"no rule says who may decide `{decides}`{_for(open_, tiers)}",
                Place(field="spec.rules"),
                f"add a rule, or list `{decides}` under `nobody` if that is meant",
            )
        for tier, at in nobody.get(decides, {}).items():
            if tier in covered:
                yield Finding(
                    "rights-nobody-covered",
                    f"nobody may decide `{decides}`{_for([tier], tiers)}, and a rule is about it",
                    Place(field=f"spec.nobody.{at}"),
                    "keep one of the two",
                )
                break
    if not any(
        DecisionClass.CHANGE_RIGHTS in rule.decides for rule in rights.rules if rule.decision is RuleDecision.ASK
    ):
        yield Finding(
            "rights-locked",
            "nobody could ever change these rights again",
            Place(field="spec.rules"),
            "add a rule that asks people about `change-rights`",
        )


def _nobody(rights: DecisionRights) -> dict[DecisionClass, dict[str, int]]:
    """Class to the tiers that are said to be nobody's, with where that is said."""
    found: dict[DecisionClass, dict[str, int]] = {}
    for at, each in enumerate(rights.nobody):
        said = each if isinstance(each, Nobody) else Nobody(decides=(each,))
        for decides in said.decides:
            for tier in said.tiers or tiers_of(decides):
                found.setdefault(decides, {}).setdefault(str(tier), at)
    return found


def _for(tiers: list[str], all_tiers: tuple[str, ...]) -> str:
    return "" if len(tiers) == len(all_tiers) else f" for tier {', '.join(tiers)}"


def contradictions(rights: DecisionRights) -> Iterator[Finding]:
    """Rules that say the opposite of the same, and rules that never count because a stricter one covers them."""
    for at, rule in enumerate(rights.rules):
        for other in rights.rules:
            if _STRENGTH[other.decision] <= _STRENGTH[rule.decision]:
                continue
            shared = [decides for decides in rule.decides if decides in other.decides]
            if not shared:
                continue
            if _covers(other, rule) and len(shared) == len(rule.decides):
                message = f"rule `{rule.name}` never counts: wherever it applies, `{other.name}` {_does(other)}"
                yield _found(at, "rights-rule-never-counts", message)
            elif _alike(other, rule) and {rule.decision, other.decision} == {
                RuleDecision.APPROVE,
                RuleDecision.DECLINE,
            }:
                message = f"rule `{rule.name}` approves `{shared[0]}` on the terms on which `{other.name}` declines it"
                yield _found(at, "rights-contradict", message)


def _found(at: int, code: str, message: str) -> Finding:
    return Finding(code, message, Place(field=f"spec.rules.{at}"), "keep one of the two, or tell their terms apart")


def _does(rule: Rule) -> str:
    return "declines" if rule.decision is RuleDecision.DECLINE else "asks"


def _covers(wide: Rule, narrow: Rule) -> bool:
    """Whether a rule applies wherever another does, as far as can be told without knowing what conditions mean."""
    return (
        (not wide.tiers or (bool(narrow.tiers) and set(narrow.tiers) <= set(wide.tiers)))
        and (not wide.use_cases or (bool(narrow.use_cases) and set(narrow.use_cases) <= set(wide.use_cases)))
        and (wide.when is None or wide.when == narrow.when)
        and all(threshold in narrow.thresholds for threshold in wide.thresholds)
    )


def _alike(one: Rule, other: Rule) -> bool:
    """Whether two rules meet on the same terms."""
    return (
        one.when == other.when
        and set(one.thresholds) == set(other.thresholds)
        and (not one.tiers or not other.tiers or bool(set(one.tiers) & set(other.tiers)))
        and (not one.use_cases or not other.use_cases or bool(set(one.use_cases) & set(other.use_cases)))
    )
