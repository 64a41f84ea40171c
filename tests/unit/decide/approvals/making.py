"""Rights, cases, votes and people for the tests of the rules, in as few words as possible."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from roadworthy.decide.approvals.matching import Case
from roadworthy.decide.approvals.model import DecisionClass, DecisionRights, Rule
from roadworthy.decide.approvals.quorum import People, standing
from roadworthy.decide.approvals.requests import RuleStanding, Term, Vote, VoteKind
from roadworthy.decide.approvals.rules import Reading, compile_rights, read

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
USE_CASE = "claims"


def rule(name: str = "a-rule", **given: Any) -> dict[str, Any]:
    """A rule that asks the group `risk` about promotions, unless something else is given."""
    asked = {"approvers": [{"group": "risk"}]} if given.get("decision", "ask") == "ask" else {}
    return {"name": name, "decides": ["promote"], "decision": "ask", **asked, **given}


def rights(*rules: Mapping[str, Any], nobody: Collection[Any] = ()) -> DecisionRights:
    """Rights of these rules."""
    return DecisionRights.model_validate({"rules": list(rules), "nobody": list(nobody)})


def term(use_case: str | None = USE_CASE, **given: Any) -> Term:
    """A rule that asks, as a request keeps it."""
    made = Rule.model_validate(rule(**given))
    return Term(made, use_case, made.decides)


def reading(declared: DecisionRights, decides: str = "promote", **facts: Any) -> Reading:
    """What rights say to a case of the use case."""
    return read(compile_rights(declared), Case(DecisionClass(decides), USE_CASE, facts))


def yes(ref: str, **given: Any) -> Vote:
    """An approval."""
    return Vote(f"v-{ref}", "r", VoteKind.APPROVE, ref, "", "", NOW, **given)


def no(ref: str, **given: Any) -> Vote:
    """A decline."""
    return Vote(f"v-{ref}", "r", VoteKind.DECLINE, ref, "", "", NOW, **given)


def stands(asked: Term, people: People, *votes: Vote, level: int = 0) -> RuleStanding:
    """How far one rule is."""
    return standing([asked], votes, people, level=level)[0]
