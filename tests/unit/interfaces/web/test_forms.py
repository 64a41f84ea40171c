"""From a spec to a form and back: nothing is lost, nothing is invented."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.errors import Finding, Place
from roadworthy.interfaces.web.forms import entries
from roadworthy.interfaces.web.forms.codec import apply, counts_in, counts_of, entries_of, flatten
from roadworthy.interfaces.web.forms.drafting import Faults, fault_links, field_of, sections_of
from roadworthy.interfaces.web.forms.merging import merge
from roadworthy.inventory.model import UseCase

WORD = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)
GROUPS = (*entries.EDIT, entries.OWNERS, *entries.OUTCOME_FORM)


def optional(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Any part of these fields."""
    return st.fixed_dictionaries({}, optional=fields)


SPEC = st.fixed_dictionaries(
    {"title": WORD},
    optional={
        "purpose": WORD,
        "stage": st.sampled_from(["pilot", "production"]),
        "techniques": st.lists(WORD, min_size=1, max_size=3),
        "risk": optional({"impact": st.sampled_from(["none", "money"])}).filter(bool),
        "owners": optional({"product": WORD, "business": WORD}).filter(bool),
        "data": st.lists(
            st.fixed_dictionaries({"name": WORD}, optional={
                "sourceOfTruth": st.booleans(), "steward": WORD, "personalKinds": st.lists(WORD, max_size=2),
                "columns": st.fixed_dictionaries({"key": st.just(["id"])}, optional={"required": st.just([])}),
                "units": st.just({"amount": "EUR"}), "pilotFilters": st.just(["amount > 0"]),
                "retentionDays": st.integers(1, 900), "contract": WORD,
            }),
            min_size=1, max_size=3,
        ),
        "integrations": st.lists(
            st.fixed_dictionaries({"system": WORD}, optional={"probe": st.fixed_dictionaries(
                {"protocol": st.just("http"), "address": WORD},
                optional={
                    "grants": st.lists(WORD, max_size=2), "operations": st.lists(WORD, min_size=1, max_size=2),
                    "parameters": st.just({"id": "7", "body": '{"a": "b=c"}'}), "rate": WORD, "sandbox": WORD,
                },
            )}),
            min_size=1, max_size=3,
        ),
        "identifiers": st.just([{"scheme": "id", "value": "7"}]),
    },
)  # fmt: skip


@given(SPEC)
def test_a_form_sent_back_as_it_came_changes_nothing(spec: dict[str, Any]) -> None:
    """What the forms show is all they change, and what they do not ask stays."""
    values = flatten(spec, GROUPS, counts_of(spec, GROUPS))
    assert apply(spec, GROUPS, values) == spec


@given(SPEC)
def test_an_emptied_form_leaves_only_what_it_does_not_ask(spec: dict[str, Any]) -> None:
    """Emptying every field takes every answer away."""
    values = dict.fromkeys(flatten(spec, GROUPS, counts_of(spec, GROUPS)), "")
    left = apply(spec, GROUPS, values)
    assert left == {name: value for name, value in spec.items() if name == "identifiers"}


def test_an_item_that_is_moved_takes_along_what_the_form_does_not_ask() -> None:
    """Whoever empties the first item and enters the second in its place has removed the first."""
    spec = {
        "data": [
            {"name": "claims", "units": {"amount": "EUR"}},
            {"name": "notes", "steward": "ana", "personalKinds": [], "columns": {"text": "body"}},
        ]
    }
    values = flatten(spec, entries.EDIT, counts_of(spec, entries.EDIT))
    values |= {"data.0.name": "notes", "data.0.steward": "ben", "data.1.name": "", "data.1.steward": ""}

    assert apply(spec, entries.EDIT, values)["data"] == [
        {"name": "notes", "steward": "ben", "personalKinds": [], "columns": {"text": "body"}}
    ]


def test_an_item_that_is_renamed_keeps_what_the_form_does_not_ask() -> None:
    """A new name in its place is a new name."""
    spec = {"data": [{"name": "claims", "units": {"amount": "EUR"}}]}
    values = flatten(spec, entries.EDIT, counts_of(spec, entries.EDIT)) | {"data.0.name": "invoices"}

    assert apply(spec, entries.EDIT, values)["data"] == [{"name": "invoices", "units": {"amount": "EUR"}}]


def test_an_emptied_item_disappears_with_what_the_form_does_not_ask() -> None:
    """Emptying every field of an item removes it; what is left of it could be mended nowhere."""
    spec = {"integrations": [{"system": "EHR", "probe": {"protocol": "http", "address": "https://x.example"}}]}
    spec["data"] = [{"name": "claims", "units": {"amount": "EUR"}}]
    values = dict.fromkeys(flatten(spec, entries.EDIT, counts_of(spec, entries.EDIT)), "")

    assert apply(spec, entries.EDIT, values) == {}


def test_every_question_is_a_field_of_the_spec() -> None:
    """A misspelt path in a form would be refused by the shape; none is."""
    spec: dict[str, Any] = {}
    for group in GROUPS:
        counts = {group.each: 1} if group.each else {}
        values = {
            name: entry.choices[0][0]
            if entry.choices
            else "2026-01-01"
            if entry.kind == "date"
            else "1 = 2"
            if entry.codec == "pairs"
            else "1"
            for name, entry in entries_of([group], counts)
        }
        spec = apply(spec, [group], values)
    spec["components"][0]["digest"] = f"sha256:{'0' * 64}"
    spec["outcome"]["annualValue"] |= {"low": "1 EUR", "high": "2 EUR"}
    assert UseCase.model_validate(spec, by_alias=True, by_name=False).title == "1"


def test_an_empty_item_disappears() -> None:
    """An item in which nothing was entered is not kept as an empty one."""
    values = {"title": "x", "data.0.name": "", "data.1.name": "claims"}
    assert apply({}, entries.EDIT, values)["data"] == [{"name": "claims"}]
    assert counts_in(values, entries.EDIT)["data"] == 2


def test_faults_find_their_fields() -> None:
    """A fault in a list's item stands at that item's field; one without a field stands in the summary."""
    values = {"data.0.name": "claims", "data.0.steward": "?"}
    there = Finding("wrong", "`?` is nobody", Place(field="spec.data[0].steward"), "name somebody")
    nowhere = Finding("odd", "something is odd", Place(), "look")
    faults = Faults((there, nowhere))
    assert field_of(there) == "data.0.steward"
    fields = [f for s in sections_of(entries.EDIT, values, faults) for p in s.parts for f in p.fields]
    assert [field.name for field in fields if field.fault] == ["data.0.steward"]
    links = fault_links(faults, entries.EDIT, values)
    assert [(link.field, link.label) for link in links] == [("data.0.steward", "data source 1: Steward"), ("", "")]


TEXTS = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["", "1", "2", "3"]))


@given(TEXTS, TEXTS, TEXTS)
def test_merging_loses_nothing(before: dict[str, str], theirs: dict[str, str], mine: dict[str, str]) -> None:
    """What I entered stays unless I left the field as it was; what only they changed is taken; the rest clashes."""
    merged = merge(before, theirs, mine)
    for name in {*before, *theirs, *mine}:
        was, kept, sent = (each.get(name, "") for each in (before, theirs, mine))
        now = merged.values.get(name, "")
        assert now == (kept if sent == was else sent)
        assert (name in merged.clashing) == (len({was, kept, sent}) == 3)
        assert (name in merged.taken) == (sent == was != kept)
