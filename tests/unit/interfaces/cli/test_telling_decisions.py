"""What is decided, on a terminal: long values can be read, and nothing of them is lost."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from roadworthy.interfaces.cli.telling_decisions import unfolded

Values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def line(before: Any, after: Any) -> str:
    old, new = ("nothing" if each is None else json.dumps(each, ensure_ascii=False) for each in (before, after))
    return f"  spec.rules: {old} -> {new}"


def test_what_is_short_or_of_another_form_stays_as_it_is() -> None:
    for plain in ("create DecisionRights/default", line("pilot", "production"), "  note: " + "x" * 300):
        assert unfolded(plain) == [plain]


@given(Values)
def test_a_long_new_value_is_whole(value: Any) -> None:
    whole = {"value": value, "long": "x" * 200}
    first, *others = unfolded(line(None, whole))
    assert first == "  spec.rules: nothing -> what follows"
    assert json.loads("\n".join(others)) == whole


def test_of_a_long_value_that_changes_the_lines_that_change_are_shown() -> None:
    rules = [{"name": f"rule-{number}", "decision": "ask"} for number in range(20)]
    changed = [{**rule, "decision": "approve"} if rule["name"] == "rule-7" else rule for rule in rules]
    first, *others = unfolded(line(rules, changed))
    assert "these lines change" in first
    assert [each.strip()[0] for each in others if each.strip()[0] in "+-"] == ["-", "+"]
    assert any('"rule-7"' in each for each in others)
    assert not any('"rule-12"' in each for each in others)


def test_an_arrow_within_a_value_is_no_arrow_between_two() -> None:
    told = line("a -> b" + "x" * 200, {"a": "b -> c"})
    assert "these lines change" in unfolded(told)[0]
