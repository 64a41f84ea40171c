from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from roadworthy.inventory.importing.merging import complete, covered, fields_of, merge, spec_of

VALUES = st.sampled_from(("a", "b", "c"))
SPECS = st.dictionaries(st.sampled_from(("title", "purpose", "stage")), VALUES) | st.fixed_dictionaries(
    {"risk": st.dictionaries(st.sampled_from(("impact", "autonomy")), VALUES, min_size=1)}
)
EVERYTHING = frozenset({"title", "purpose", "stage", "risk.impact", "risk.autonomy"})


@given(spec=SPECS)
def test_paths_and_specs_are_two_ways_to_say_the_same(spec: dict[str, Any]) -> None:
    assert spec_of(fields_of(spec)) == spec


@given(before=SPECS, current=SPECS, new=SPECS)
def test_no_field_a_person_changed_is_ever_overwritten(before: Any, current: Any, new: Any) -> None:
    merged, _, conflicts = merge("x", before, current, new, about=EVERYTHING)

    base, here, there = fields_of(before), fields_of(current), fields_of(new)
    result = fields_of(merged)
    for path in EVERYTHING:
        if here.get(path) != base.get(path):
            assert result.get(path) == here.get(path)
        else:
            assert result.get(path) == there.get(path)
    contested = {path for path in EVERYTHING if len({base.get(path), here.get(path), there.get(path)}) == 3}
    both = {path for path in EVERYTHING if here.get(path) != base.get(path) != there.get(path) != here.get(path)}
    assert contested <= {conflict.path for conflict in conflicts} == both


@given(before=SPECS, current=SPECS, new=SPECS)
def test_a_second_time_finds_the_same_conflicts_and_nothing_else(before: Any, current: Any, new: Any) -> None:
    merged, remembered, conflicts = merge("x", before, current, new, about=EVERYTHING)

    again, same, still = merge("x", remembered, merged, new, about=EVERYTHING)

    assert (again, same) == (merged, remembered)
    assert [conflict.path for conflict in still] == [conflict.path for conflict in conflicts]


@given(before=SPECS, current=SPECS, new=SPECS)
def test_taking_every_conflict_gives_the_file(before: Any, current: Any, new: Any) -> None:
    _, _, conflicts = merge("x", before, current, new, about=EVERYTHING)

    merged, _, none = merge("x", before, current, new, about=EVERYTHING, take={conflict.key for conflict in conflicts})

    assert none == ()
    for conflict in conflicts:
        assert fields_of(merged).get(conflict.path) == conflict.new


def test_what_the_file_has_no_column_for_stays() -> None:
    before = {"title": "a", "purpose": "b"}

    merged, remembered, _ = merge("x", before, before, {"title": "c"}, about=covered(["title"]))

    assert merged == {"title": "c", "purpose": "b"}
    assert remembered == {"title": "c", "purpose": "b"}


def test_a_file_about_vendors_says_nothing_about_models() -> None:
    model, vendor, other = (
        {"kind": kind, "name": name} for kind, name in (("model", "m"), ("vendor", "v"), ("vendor", "w"))
    )

    result = complete({"components": [model, vendor]}, {"components": [other]}, ["components[vendor].name"])

    assert result["components"] == [model, other]
