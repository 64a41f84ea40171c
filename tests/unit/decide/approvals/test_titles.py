"""Titles of requests: said as somebody would say them, and never less than they cover."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.decide.approvals.executors import plan, titles
from roadworthy.decide.approvals.executors.external import ExternalExecutor
from roadworthy.foundation.resources.model import Action, Change
from roadworthy.foundation.resources.plan import Plan, Step

UPDATE = Action.UPDATE


def step(kind: str, name: str, action: Action, *changes: tuple[str, Any, Any]) -> Step:
    """What a plan does to one resource."""
    told = tuple(Change(path, before, after) for path, before, after in changes)
    return Step(kind, name, action, 1, "sha256:00", told, {}, {})


def stage(before: str | None, after: str | None, *others: str) -> Step:
    """A use case that changes its stage, and other fields beside."""
    more = [(f"spec.{each}", None, "x") for each in others]
    return step("UseCase", "claims", UPDATE, ("spec.stage", before, after), *more)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([stage("pilot", "production")], "Promote claims from pilot to production"),
        ([stage(None, "pilot")], "Promote claims from no stage to pilot"),
        ([stage("production", "pilot")], "Take back claims from production to pilot"),
        ([stage("production", None)], "Take back claims from production to no stage"),
        ([stage("production", "retired")], "Retire claims"),
        ([stage("retired", "proposed")], "Bring back claims from retired to proposed"),
        ([stage("pilot", "candidate", "risk.impact", "data[0].pilot", "data[1].pilot")],
         "Promote claims from pilot to candidate, and change its risk and data"),
        ([step("UseCase", "claims", UPDATE, ("spec.data[0].pilot", 1, 2))], "Change data of claims"),
        ([step("UseCase", "claims", UPDATE, *[(f"spec.{each}", 1, 2) for each in "abcde"])],
         "Change a, b, c and 2 more of claims"),
        ([step("UseCase", "claims", Action.CREATE)], "Register claims"),
        ([step("UseCase", "claims", Action.CREATE, ("spec.stage", None, "pilot"))], "Register claims, at pilot"),
        ([step("UseCase", "claims", Action.REMOVE)], "Remove the use case claims"),
        ([step("DecisionRights", "default", UPDATE), stage("pilot", "retired")],
         "Change the decision rights, and 1 more"),
        ([step("Vendor", "acme", Action.CREATE)], "Put Vendor/acme in force"),
        ([step("Vendor", "acme", Action.UNCHANGED)], "A plan that changes nothing"),
    ],
)  # fmt: skip
def test_plan(steps: list[Step], said: str) -> None:
    assert titles.of_plan(Plan(tuple(steps))) == said


@pytest.mark.parametrize(
    ("decides", "facts", "said"),
    [
        ("deploy", {"release": "2026.45", "environment": "production"}, "Deploy 2026.45 of claims to production"),
        ("deploy", {}, "Deploy claims"),
        ("retrain", {"model": "scorer"}, "Retrain scorer of claims"),
        ("roll-back", {"release": "2026.44"}, "Roll back claims to 2026.44"),
        ("suspend", {"urgent": True}, "Suspend claims"),
        ("raise-limit", {"limit": "refunds", "before": 0, "after": 20}, "Raise refunds of claims from 0 to 20"),
        ("agent-action", {"tool": "pay", "system": "bank"}, "Let claims call pay on bank"),
        ("agent-action", {}, "Let claims act"),
    ],
)
def test_external(decides: str, facts: dict[str, Any], said: str) -> None:
    content = {"decides": decides, "useCase": "claims", "resource": "UseCase/claims", "facts": facts}
    assert titles.of_external(content) == said
    elsewhere = {**content, "resource": "Release/7"}
    assert titles.of_external(elsewhere) == f"{said} (Release/7)"


@given(st.text(max_size=3_000))
def test_what_is_left_out_is_marked(text: str) -> None:
    said = titles.shortened(text)
    assert len(said) <= titles.LONGEST
    assert said == text or (said.endswith("…") and text.startswith(said[:-1]))


# ---------------------------------------------------------------- what stands below a title


def shown_of(*steps: Step) -> list[str]:
    """The lines of a plan."""
    return [line for each in steps for line in plan._lines(each)]


def test_a_long_list_that_comes_whole_is_shown_item_by_item() -> None:
    """Nobody reads thirty rules in one line; each of them is there."""
    rules = [{"name": f"rule-{number}", "decision": "ask"} for number in range(30)]
    lines = shown_of(step("DecisionRights", "default", Action.CREATE, ("spec.rules", None, rules)))
    assert len(lines) == 31
    assert lines[1] == '  spec.rules[rule-0]: nothing -> {"decision": "ask", "name": "rule-0"}'
    assert all(any(f"[rule-{number}]" in line for line in lines) for number in range(30))


@pytest.mark.parametrize("value", [[{"name": "a"}, {"name": "a"}], [1, 2], [], "text", [{"name": "a"}]])
def test_what_has_no_names_of_its_own_stays_whole(value: Any) -> None:
    (_, line) = shown_of(step("Vendor", "acme", Action.CREATE, ("spec.x", None, value)))
    assert json.dumps(value, sort_keys=True) in line


def test_details_stand_line_by_line_and_cannot_pretend_to_be_one() -> None:
    details = {"note": "looks fine", "x\n  release": "7"}
    lines = ExternalExecutor.shown(
        cast("ExternalExecutor", None),
        {"decides": "deploy", "resource": "UseCase/claims", "useCase": "claims", "facts": {}, "details": details},
    )
    assert lines[1:] == ("details:", '  "note": "looks fine"', '  "x\\n  release": "7"')
