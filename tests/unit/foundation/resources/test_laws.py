"""Laws of the declared kinds, on the embedded store."""

from __future__ import annotations

import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from roadworthy.foundation.errors import Conflict
from roadworthy.foundation.resources import syntax
from roadworthy.foundation.resources.documents import Declared, Source, parse
from roadworthy.foundation.resources.model import Action
from roadworthy.foundation.resources.plan import Plan
from roadworthy.foundation.resources.registry import Kind, Registry
from tests.unit.foundation.resources.samples import Bicycle, bicycles, declarations, document, garage

KNOWN = frozenset(
    {"title", "class", "weight", "electric", "built", "notes", "tags", "parts", "frame", "sizes", "fastener"}
)
REGISTRY = Registry([Kind("Bicycle", "bicycles", "bicycle", Bicycle)])
SOME = max(12, settings().max_examples // 4)
"""Laws on a database take longer."""


@settings(max_examples=SOME)
@given(declarations)
def test_applying_again_changes_nothing(declared: list[Declared]) -> None:
    with garage() as place:
        first = place.apply(*declared)
        assert [one.action for one in first] == [Action.CREATE] * len(declared)
        recorded = len(place.recorded)
        assert all(one.action is Action.UNCHANGED for one in place.apply(*declared))
        assert len(place.recorded) == recorded


@settings(max_examples=SOME)
@given(declarations)
def test_an_export_applies_back_without_a_change(declared: list[Declared]) -> None:
    with garage() as place:
        place.apply(*declared)
        text = place.resources.export()
        again = place.read(text)
        assert sorted(one.key for one in again) == sorted(one.key for one in declared)
        assert place.resources.plan(again).pending == ()
        assert place.resources.export() == text


@settings(max_examples=SOME)
@given(declarations, declarations)
def test_what_is_planned_is_what_is_then_in_force(before: list[Declared], after: list[Declared]) -> None:
    with garage() as place:
        place.apply(*before)
        plan = place.resources.plan(after)
        saved = Plan.from_text(plan.to_text())
        assert saved.digest == plan.digest
        place.resources.apply(place.context, saved)
        for one in after:
            stored = place.resources.get("Bicycle", one.name)
            assert (stored.spec, stored.labels, stored.digest) == (one.spec, one.labels, one.encoded.digest)
        for step in plan.pending:
            assert step.changes or step.action is Action.CREATE
            newest = place.resources.history("Bicycle", step.name)[0]
            assert newest.changes == step.changes


@settings(max_examples=SOME)
@given(declarations.filter(bool), st.data())
def test_a_plan_is_refused_once_any_base_has_moved(declared: list[Declared], data: st.DataObject) -> None:
    with garage() as place:
        place.apply(*declared[: len(declared) // 2])
        plan = place.resources.plan(declared)
        moved = data.draw(st.sampled_from(declared))
        other = data.draw(bicycles.filter(lambda spec: spec != moved.spec))
        place.apply(Declared("Bicycle", moved.name, moved.labels, other))
        before = place.resources.export()
        with pytest.raises(Conflict, match=re.escape(moved.key)):
            place.resources.apply(place.context, plan)
        assert place.resources.export() == before


unknown_keys = st.from_regex(r"[a-z]{1,12}", fullmatch=True).filter(lambda key: key not in KNOWN)


@given(unknown_keys, st.integers(0, 3))
def test_every_unknown_key_is_found_at_its_line(key: str, position: int) -> None:
    lines = ["  title: Tandem", "  weight: 12.5", "  tags: [a]", "  parts: [{name: bell}]"]
    lines.insert(position, f"  {key}: x")
    _declared, findings = parse([Source("a.yaml", document(spec="\n".join(lines)))], REGISTRY)
    assert [(found.code, found.place.line, found.place.column) for found in findings] == [
        ("resource-unknown-key", 6 + position, 3)
    ]


_soup = st.lists(
    st.sampled_from(
        [
            "---",
            "\n",
            "...",
            "a: ",
            "- ",
            "[",
            "]",
            "{",
            "}",
            "&a ",
            "*a",
            "!!x ",
            "'",
            '"',
            "|",
            ">",
            "#",
            "\t",
            "  ",
            "<<: ",
            "apiVersion: roadworthy.dev/v1alpha1\n",
            "kind: Bicycle\n",
            "metadata: {name: a}\n",
            "spec: {title: x}\n",
            "? ",
            "\r",
            "%YAML 1.2",
            "\x85",
            "\u2028",
            "\ufeff",
            "\x00",
            "\ud800",
            "1e999",
            "~",
            '"\\ud800"',
            '"\\U00110000"',
            '"\\0"',
            ": ",
        ]
    ),
    max_size=30,
).map("".join)


@pytest.mark.parametrize("loader", [yaml.CSafeLoader, yaml.SafeLoader])
@settings(max_examples=4 * settings().max_examples)
@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda content: content.decode("latin-1")) | _soup)
def test_no_text_crashes_the_reader(loader: type, text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(syntax, "_Loader", loader)
        declared, findings = parse([Source("a.yaml", text)], REGISTRY)
    for found in findings:
        assert found.code
        assert found.message
        assert "pydantic" not in f"{found}"
        assert found.place.source == "a.yaml"
        assert 1 <= (found.place.line or 0) <= len(text) + 2
    for one in declared:
        assert one.encoded.digest


@given(bicycles)
def test_stored_bytes_read_back_to_the_same_value(bicycle: Bicycle) -> None:
    encoded = Declared("Bicycle", "a", {}, bicycle).encoded
    assert Bicycle.model_validate_json(encoded.spec) == bicycle
    assert Declared("Bicycle", "a", {}, Bicycle.model_validate_json(encoded.spec)).encoded == encoded
