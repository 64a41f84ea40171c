"""Asking from a page: facts as fields and back, what may be asked where, and what is said before it is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.decide.approvals.executors.external import CLASSES
from roadworthy.decide.approvals.explaining import supposed
from roadworthy.decide.approvals.facts import fact_faults, handed_in
from roadworthy.decide.approvals.foreseeing import Foreseen
from roadworthy.decide.approvals.model import DecisionClass
from roadworthy.decide.approvals.states import RequestState
from roadworthy.foundation.access.permissions import Permission
from roadworthy.foundation.errors import InvalidInput
from roadworthy.interfaces.web.forms.facts import PREFIX, fact_fields, facts_entered
from roadworthy.interfaces.web.showing.asking import foretold
from roadworthy.interfaces.web.showing.case_decisions import Asked, decisions_of
from roadworthy.interfaces.web.views.parts import Tone
from roadworthy.inventory.model import Stage

NOW = datetime(2026, 11, 22, tzinfo=UTC)
RAISE = DecisionClass.RAISE_LIMIT


@pytest.mark.parametrize("decides", CLASSES)
def test_every_fact_has_a_field_and_what_was_entered_stays(decides: DecisionClass) -> None:
    values = {PREFIX + name: "x" for name in handed_in(decides)}
    fields = fact_fields(decides, values)
    assert [each.name for each in fields] == list(values)
    assert all(each.value == "x" and each.hint and each.label for each in fields)
    assert facts_entered(decides, {}) == {}


@pytest.mark.parametrize(
    ("decides", "name", "text", "value"),
    [
        (RAISE, "amount", "1,250.50 EUR", {"minor": 125050, "currency": "EUR"}),
        (RAISE, "after", " 40 ", 40),
        (DecisionClass.DEPLOY, "reversible", "no", False),
        (DecisionClass.DEPLOY, "share", "10", 10),
        (DecisionClass.RETRAIN, "new_sources", "a, b,,", ["a", "b"]),
    ],
)
def test_facts_are_read_in_their_types(decides: DecisionClass, name: str, text: str, value: Any) -> None:
    found = facts_entered(decides, {PREFIX + name: text})
    assert found == {name: value}
    assert list(fact_faults(decides, found)) == []


def test_every_fact_that_cannot_be_read_is_named() -> None:
    with pytest.raises(InvalidInput) as refused:
        facts_entered(RAISE, {f"{PREFIX}amount": "lots", f"{PREFIX}after": "1.5", f"{PREFIX}limit": "calls"})
    assert {each.place.field for each in refused.value.findings} == {f"{PREFIX}after", f"{PREFIX}amount"}


@given(st.dictionaries(st.sampled_from([PREFIX + name for name in handed_in(RAISE)]), st.text(max_size=30)))
def test_whatever_is_entered_is_read_or_refused(values: dict[str, str]) -> None:
    try:
        found = facts_entered(RAISE, values)
    except InvalidInput:
        return
    assert set(found) <= set(handed_in(RAISE))


# ---------------------------------------------------------------- a use case's section


def section(stage: Stage | None, *, governed: bool = True, may: bool = True, **states: int) -> Any:
    """The section of a use case with so many requests of each state."""
    made = supposed((), (DecisionClass.PROMOTE,), "claims", NOW)
    requests = [
        replace(made, id=f"{word}-{number}", state=RequestState(word))
        for word, count in states.items()
        for number in range(count)
    ]
    permits = {Permission.PROPOSE} if may else set()
    return decisions_of("claims", stage, Asked(requests, {}, governed, permits, "no role of yours permits it"), NOW)


@pytest.mark.parametrize(
    ("stage", "first"),
    [
        (None, "Stage proposed"),
        (Stage.PILOT, "Stage candidate"),
        (Stage.PRODUCTION, "Another stage"),
        (Stage.RETIRED, "Another stage"),
    ],
)
def test_the_next_stage_is_offered_first(stage: Stage | None, first: str) -> None:
    found = section(stage)
    assert found.ask[0].text == first
    assert {each.value for each in CLASSES} <= {each.href.rpartition("/")[2] for each in found.ask}


def test_what_waits_stands_before_what_is_over() -> None:
    found = section(Stage.PILOT, used=7, open=1, approved=1)
    assert (len(found.open), len(found.over), found.finding) == (2, 5, "2 requests are under way.")
    assert found.all.href == "/decisions?use_case=claims"
    assert section(Stage.PILOT).all is None


def test_who_may_not_ask_reads_why_and_finds_no_form() -> None:
    found = section(Stage.PILOT, may=False)
    assert (found.ask, found.waive) == ((), False)
    assert found.say.text == "No role of yours permits it."
    assert section(Stage.PILOT, governed=False).say.tone is Tone.STOP


# ---------------------------------------------------------------- before it is sent


def foreseen(**more: Any) -> Foreseen:
    values: dict[str, Any] = {
        "title": "Suspend claims",
        "shown": ("suspend UseCase/claims",),
        "classes": (DecisionClass.SUSPEND,),
        "nobody": (),
        "approved_by": (),
        "rules": (),
        "seconds_to_decide": 86_400.0,
        "rests_on": "sha256:00",
    }
    return Foreseen(**{**values, **more})


def test_what_nobody_may_decide_cannot_be_sent() -> None:
    told = foretold(foreseen(nobody=("no rule covers `suspend`",)), {})
    assert (told.press, told.say.tone, told.say.items) == ("", Tone.STOP, ("No rule covers `suspend`.",))


def test_what_a_rule_approves_says_that_nobody_is_asked() -> None:
    told = foretold(foreseen(approved_by=("stop-at-once",)), {})
    assert (told.press, told.say.tone) == ("Ask for it", Tone.GO)
    assert told.approved_by[0].href == "/rights#stop-at-once"
