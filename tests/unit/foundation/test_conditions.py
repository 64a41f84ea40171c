"""Conditions: what is refused when they are loaded, what they answer, and that nothing that goes wrong is a yes."""

from __future__ import annotations

from typing import Any

import cel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.condition_checks import DEEPEST, LONGEST
from roadworthy.foundation.conditions import (
    ConditionFailed,
    FactType,
    ValueKind,
    Values,
    compile_condition,
    fault_of,
)
from roadworthy.foundation.digests import LARGEST_INTEGER
from roadworthy.foundation.errors import InvalidInput

SCHEMA = {
    "tier": FactType(ValueKind.TEXT, "", ("low", "moderate", "high")),
    "name": FactType(ValueKind.TEXT),
    "rank": FactType(ValueKind.NUMBER),
    "lasts": FactType(ValueKind.SPAN),
    "share": FactType(ValueKind.PERCENT),
    "urgent": FactType(ValueKind.YES_NO),
    "amount": FactType(ValueKind.MONEY),
    "kinds": FactType(ValueKind.TEXTS, "", ("email", "phone")),
    "sources": FactType(ValueKind.TEXTS),
}
EUR = {"minor": 250_000, "currency": "EUR"}
WHOLE: dict[str, Any] = {
    "tier": "high", "name": "claims", "rank": 2, "lasts": 86_400, "share": 20, "urgent": True, "amount": EUR,
    "kinds": ["email"], "sources": ["crm", "ledger"],
}  # fmt: skip


def _holds(text: str, **values: Any) -> bool:
    return compile_condition(text, SCHEMA).holds(Values(SCHEMA, values))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tier == 'high'", True),
        ('tier != "high"', False),
        ("tier in ['low', 'moderate']", False),
        ("tier in []", False),
        ("rank > 1 && rank <= 2", True),
        ("rank >= 3 || urgent", True),
        ("!urgent", False),
        ("!!urgent", True),
        ("urgent ? rank == 2 : rank == 3", True),
        ("(rank + 1) * 2 - 1 == 5 && 7 / 2 == 3 && 7 % 2 == 1 && -rank < 0", True),
        ("amount.minor > 249999 && amount.currency == 'EUR'", True),
        ("lasts > 3600 && share == 20", True),
        ("'email' in kinds && size(kinds) == 1 && sources.size() == 2", True),
        ("sources.exists(each, each.startsWith('led'))", True),
        ("sources.all(each, each.size() < 4)", False),
        ("sources.exists_one(each, each == 'crm')", True),
        ("sources[0] == 'crm'", True),
        ("name.matches('^cl.*s$') && name.contains('aim') && name.endsWith('ms')", True),
        ("urgent == true", True),
        (r"name.matches('^[a-z]+$') && !name.matches('\\.')", True),
        (f"name.matches('{'a' * 98}')", False),
        ("rank in [1, 2, 3]", True),
        ("true", True),
    ],
)
def test_what_a_condition_answers(text: str, expected: bool) -> None:
    assert _holds(text, **WHOLE) is expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "condition-unreadable"),
        ("rank >", "condition-unreadable"),
        ("rank > 1 rank", "condition-unreadable"),
        ("(rank > 1", "condition-unreadable"),
        ("rank = 1", "condition-unreadable"),
        ("rank > 1.5", "condition-unreadable"),
        ("rank > 1u", "condition-unreadable"),
        ("rank > 0x10", "condition-unreadable"),
        ("rank > 9223372036854775808", "condition-unreadable"),
        ("{'a': 1}.a == 1", "condition-unreadable"),
        ("name == r'raw'", "condition-unknown-name"),
        ("name == b'bytes'", "condition-unknown-name"),
        ("name == '''long'''", "condition-unreadable"),
        ("name == 'open", "condition-unreadable"),
        ("name.matches('(')", "condition-unreadable"),
        ("name.matches('a{3}')", "condition-pattern"),
        (r"name.matches('\\w+')", "condition-pattern"),
        (r"name.matches('\x7b')", "condition-pattern"),
        ("name.matches('(?i)a')", "condition-pattern"),
        (f"name.matches('{'a' * 99}')", "condition-pattern"),
        ("urgent || name.matches('[a')", "condition-unreadable"),
        ("sources.exists(tier, tier == 'low')", "condition-unreadable"),
        ("urgent // and so on", "condition-types"),
        ("!-rank == 1", "condition-unreadable"),
        ("teir == 'low'", "condition-unknown-name"),
        ("each == 'x'", "condition-unknown-name"),
        ("sources.exists(each, each == 'x') && each == 'x'", "condition-unknown-name"),
        ("amount.minr > 1", "condition-unknown-name"),
        ("now() > 1", "condition-unknown-function"),
        ("timestamp('2026-01-01T00:00:00Z') == 1", "condition-unknown-function"),
        ("has(amount.minor)", "condition-unknown-function"),
        ("int(name) > 1", "condition-unknown-function"),
        ("sources.map(each, each) == []", "condition-unknown-function"),
        ("name.lowerAscii() == 'x'", "condition-unknown-function"),
        ("tier == 'hgih'", "condition-unknown-word"),
        ("'mail' in kinds", "condition-unknown-word"),
        ("tier in ['low', 'hihg']", "condition-unknown-word"),
        ("kinds.exists(each, each == 'mail')", "condition-unknown-word"),
        ("rank == '2'", "condition-types"),
        ("rank != tier", "condition-types"),
        ("tier > 'low'", "condition-types"),
        ("urgent > 1", "condition-types"),
        ("rank && urgent", "condition-types"),
        ("urgent || name", "condition-types"),
        ("!rank", "condition-types"),
        ("-urgent == 1", "condition-types"),
        ("amount > 5", "condition-types"),
        ("amount == amount", "condition-types"),
        ("kinds == sources", "condition-types"),
        ("1 < rank < 3", "condition-types"),
        ("rank in kinds", "condition-types"),
        ("name in name", "condition-types"),
        ("[1, 'a'] == []", "condition-types"),
        ("[urgent].size() == 1", "condition-types"),
        ("name + 'x' == 'y'", "condition-types"),
        ("name.size == 3", "condition-types"),
        ("rank.size() == 3", "condition-types"),
        ("rank[0] == 1", "condition-types"),
        ("sources['a'] == 'x'", "condition-types"),
        ("rank.startsWith('1')", "condition-types"),
        ("name.matches(tier)", "condition-types"),
        ("name.exists(each, true)", "condition-types"),
        ("urgent ? rank : name", "condition-types"),
        ("rank ? urgent : urgent", "condition-types"),
        ("rank", "condition-no-answer"),
        ("'yes'", "condition-no-answer"),
        ("urgent ? rank : rank", "condition-no-answer"),
        ("amount.minor > 5", "condition-currency"),
        ("(" * (DEEPEST + 1) + "urgent" + ")" * (DEEPEST + 1), "condition-too-deep"),
        ("sources.all(a, sources.all(b, a == b))", "condition-too-deep"),
        ("urgent " + "&& urgent " * 300, "condition-too-long"),
    ],
)
def test_what_is_refused_when_it_is_loaded(text: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        compile_condition(text, SCHEMA)
    assert caught.value.code == code
    assert caught.value.remedy


def test_a_slip_of_the_pen_gets_a_suggestion() -> None:
    for text, meant in (("teir == 'low'", "tier"), ("tier == 'hgih'", "high"), ("name.startWith('a')", "startsWith")):
        with pytest.raises(InvalidInput) as caught:
            compile_condition(text, SCHEMA)
        assert caught.value.remedy == f"did you mean `{meant}`?"


def test_what_nobody_has_said_is_no_answer() -> None:
    for text in (
        "tier == 'high'",
        "tier != 'high'",
        "!urgent",
        "rank > 1",
        "'email' in kinds",
        "amount.currency == 'EUR'",
    ):
        with pytest.raises(ConditionFailed, match="nobody has said"):
            _holds(text)


def test_what_is_not_said_is_passed_over_only_where_it_makes_no_difference() -> None:
    assert _holds("tier == 'high' || urgent", tier="high")
    assert _holds("urgent || tier == 'high'", tier="high")
    assert not _holds("urgent && tier == 'low'", tier="high")
    with pytest.raises(ConditionFailed):
        _holds("tier == 'low' || urgent", tier="high")
    with pytest.raises(ConditionFailed):
        _holds("tier == 'high' && !urgent", tier="high")


@pytest.mark.parametrize(
    "text",
    ["rank / 0 == 1", "rank % 0 == 1", "sources[7] == 'x'", "rank + 9223372036854775807 > 0"],
)
def test_a_sum_that_goes_wrong_is_no_answer(text: str) -> None:
    condition = compile_condition(text, SCHEMA)
    with pytest.raises(ConditionFailed):
        condition.holds(Values(SCHEMA, WHOLE))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rank", "2"), ("rank", 2.0), ("rank", True), ("rank", 2**53), ("rank", -(2**53)), ("rank", 2**70),
        ("rank", float("nan")), ("lasts", -1), ("urgent", 1), ("urgent", "true"), ("tier", "critical"), ("name", 7),
        ("name", "x" * 2_001), ("kinds", "email"), ("kinds", ["mail"]), ("kinds", [1]), ("sources", ["x"] * 1_001),
        ("sources", {"a": 1}), ("amount", 5), ("amount", {"minor": 5}), ("amount", {"minor": "5", "currency": "EUR"}),
        ("amount", {"minor": 5.0, "currency": "EUR"}), ("amount", {"minor": 5, "currency": "eur"}),
        ("amount", {"minor": 5, "currency": "EUR", "more": 1}), ("unheard", 1),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_no_answer(name: str, value: object) -> None:
    with pytest.raises(ConditionFailed):
        Values(SCHEMA, {**WHOLE, name: value})


def test_no_time_is_a_span_too() -> None:
    assert _holds("lasts == 0", lasts=0)


def test_null_is_the_same_as_not_said() -> None:
    with pytest.raises(ConditionFailed, match="nobody has said `tier`"):
        _holds("tier != 'low'", tier=None)


def test_whole_numbers_keep_every_digit() -> None:
    assert _holds(f"rank == {LARGEST_INTEGER}", rank=LARGEST_INTEGER)
    assert not _holds(f"rank == {LARGEST_INTEGER}", rank=LARGEST_INTEGER - 1)


def test_what_cel_alone_would_answer_with_false_is_refused_here() -> None:
    """Why there is a check before CEL: it answers these without an error, and a rule on them would never apply."""
    assert cel.compile("rank == '2'").execute({"rank": 2}) is False
    assert cel.compile("tier == 'low' && amount > 5").execute({"tier": "high", "amount": EUR}) is False
    assert cel.compile("tier != 'low'").execute({"tier": None}) is True


@given(st.text(max_size=60))
def test_no_text_does_anything_but_compile_or_be_refused(text: str) -> None:
    try:
        condition = compile_condition(text, SCHEMA)
    except InvalidInput:
        return
    try:
        assert condition.holds(Values(SCHEMA, WHOLE)) in {True, False}
    except ConditionFailed:
        return


_NUMBERS = st.sampled_from(["rank", "lasts", "1", "size(sources)", "(rank + 2)", "amount.minor"])
_TEXTS = st.sampled_from(["tier", "'high'", "sources[0]", "amount.currency"])
_ATOMS = st.one_of(
    st.builds("{} {} {}".format, _NUMBERS, st.sampled_from(["<", "<=", "==", "!=", ">", ">="]), _NUMBERS),
    st.builds("{} {} {}".format, _TEXTS, st.sampled_from(["==", "!="]), st.sampled_from(["tier", "'high'"])),
    st.sampled_from(["urgent", "'crm' in sources", "amount.currency == 'EUR'", "kinds.all(each, each == 'phone')"]),
)
_CONDITIONS = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("!({})".format, inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
    ),
    max_leaves=6,
)


@given(_CONDITIONS, st.sets(st.sampled_from(sorted(WHOLE))))
def test_an_answer_that_is_given_without_a_value_holds_whatever_it_is(text: str, unsaid: set[str]) -> None:
    condition = compile_condition(f"({text}) || false && amount.currency == 'EUR'", SCHEMA)
    said = {name: value for name, value in WHOLE.items() if name not in unsaid}
    try:
        answer = condition.holds(Values(SCHEMA, said))
    except ConditionFailed:
        return
    others: dict[str, Any] = {
        "tier": "low", "name": "x", "rank": 0, "lasts": 1, "share": 1, "urgent": False,
        "amount": {"minor": -1, "currency": "USD"}, "kinds": [], "sources": ["other"],
    }  # fmt: skip
    for filled in (WHOLE, {**others, **said}):
        assert condition.holds(Values(SCHEMA, filled)) is answer


def test_what_a_type_expects_is_said() -> None:
    for kind in ValueKind:
        assert fault_of(FactType(kind), object()) == f"is not {kind.expects}"
    assert LONGEST == 2_000
