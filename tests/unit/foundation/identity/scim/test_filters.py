"""Filters: read, written again, and compared with what they say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.errors import UsageError
from roadworthy.foundation.identity.scim.attributes import ENTERPRISE, PERSON, USER
from roadworthy.foundation.identity.scim.filters import (
    MOST_CHARACTERS,
    MOST_DEPTH,
    OPERATORS,
    And,
    Compare,
    Filter,
    Not,
    Or,
    Path,
    Present,
    Within,
    read_filter,
    to_text,
)
from roadworthy.foundation.identity.scim.matching import matches

PRIYA: dict[str, Any] = {
    "id": "0198",
    "userName": "Priya@Halden.example",
    "externalId": "Ab-1",
    "name": {"familyName": "Raman", "givenName": "Priya"},
    "active": True,
    "emails": [
        {"value": "priya@halden.example", "type": "work", "primary": True},
        {"value": "p@home.example", "type": "home"},
    ],
    "meta": {"created": "2026-01-05T09:00:00.000000Z"},
    ENTERPRISE: {"employeeNumber": "701", "manager": {"value": "0001"}},
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ('userName eq "priya@halden.example"', True),
        ('USERNAME EQ "PRIYA@HALDEN.EXAMPLE"', True),
        ('externalId eq "ab-1"', False),
        ('externalId eq "Ab-1"', True),
        ('userName ne "priya@halden.example"', False),
        ('userName co "halden"', True),
        ('userName sw "priya"', True),
        ('userName ew ".example"', True),
        ('userName gt "a" and userName lt "z"', True),
        ("title pr", False),
        ("not (title pr)", True),
        ("title eq null", True),
        ("title ne null", False),
        ("active eq true", True),
        ('active eq "True"', True),
        ('active ne "False"', True),
        ('name.familyName eq "raman"', True),
        ('emails eq "p@home.example"', True),
        ('emails.type eq "home"', True),
        ('emails[type eq "work" and value co "halden"]', True),
        ('emails[type eq "home" and value co "halden"]', False),
        ('emails.type eq "home" and emails.value co "halden"', True),
        ("emails[primary eq true]", True),
        ('meta.created ge "2026-01-05T09:00:00.000000Z"', True),
        ('meta.created gt "2026-01-05T09:00:00.000000Z"', False),
        (f'{USER}:userName sw "priya"', True),
        (f'{ENTERPRISE}:employeeNumber eq "701"', True),
        (f'{ENTERPRISE}:manager.value eq "0001"', True),
        (f'{ENTERPRISE}:manager eq "0001"', True),
        ('employeeNumber eq "701"', False),
        ('shoeSize eq "44"', False),
        ('shoeSize ne "44"', True),
        ('title pr or userName sw "p" and active eq false', False),
        ('(title pr or userName sw "p") and active eq true', True),
        ('not (userName eq "x") and not (title pr)', True),
        ("userName eq 44", False),
    ],
)
def test_a_filter_says_what_it_says(text: str, holds: bool) -> None:
    assert matches(read_filter(text), PRIYA, PERSON) is holds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "userName",
        "userName eq",
        'userName eq "x',
        "userName eq x",
        "eq",
        'userName is "x"',
        'userName eq "x" and',
        'userName eq "x" userName eq "y"',
        '(userName eq "x"',
        'userName eq "x")',
        'emails[type eq "work"',
        "emails[]",
        "not userName pr",
        "()",
        'urn:some:other:thing:2.0:attribute eq "x"',
        '"userName" eq "x"',
        "userName eq 'x'",
        'userName eq "\ud800"',
        'userName eq "a\tb"',
        "1 eq 1",
        "userName eq 1e999",
        'userName.a.b eq "x"',
    ],
)
def test_what_is_no_filter_is_said_so(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_filter(text)
    assert refused.value.code == "scim-filter-unreadable"


@pytest.mark.parametrize("text", ["active gt true", 'active le "true"', "title co null"])
def test_what_cannot_be_compared_so_is_said_so(text: str) -> None:
    with pytest.raises(UsageError, match="can be compared by eq and ne only"):
        matches(read_filter(text), PRIYA, PERSON)


def test_filters_are_bounded_in_length_and_depth() -> None:
    with pytest.raises(UsageError, match="at most"):
        read_filter("a" * (MOST_CHARACTERS + 1))
    for opening, closing in (("(", ")"), ("not (", ")"), ("emails[", "]")):
        deep = opening * (MOST_DEPTH + 1) + "title pr" + closing * (MOST_DEPTH + 1)
        with pytest.raises(UsageError, match="deep"):
            read_filter(deep)
    read_filter("(" * MOST_DEPTH + "title pr" + ")" * MOST_DEPTH)
    with pytest.raises(UsageError):
        read_filter("(" * MOST_CHARACTERS)
    long = " or ".join(['userName eq "x"'] * 1_000)
    assert isinstance(read_filter(long), Or)


NAMES = st.sampled_from(["userName", "emails", "name", "title", "active", "x", "$ref", "a-b_c"])
PATHS = st.builds(
    Path,
    NAMES,
    st.one_of(st.none(), st.sampled_from(["value", "type", "familyName"])),
    st.sampled_from([None, USER, ENTERPRISE]),
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = st.one_of(
    st.integers(-(10**20), 10**20),
    st.decimals("-1000", "1000", places=3, allow_nan=False).map(lambda each: Decimal(f"{each:.3f}")),
)
VALUES = st.one_of(TEXTS, st.booleans(), st.none(), NUMBERS)


def filters() -> st.SearchStrategy[Filter]:
    leaves = st.one_of(st.builds(Compare, PATHS, st.sampled_from(OPERATORS), VALUES), st.builds(Present, PATHS))

    def within(inner: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
        several = st.lists(inner, min_size=2, max_size=4).map(tuple)
        return st.one_of(
            st.builds(And, several), st.builds(Or, several), st.builds(Not, inner), st.builds(Within, PATHS, inner)
        )

    return st.recursive(leaves, within, max_leaves=8)


@given(filters())
def test_writing_a_filter_and_reading_it_changes_nothing(node: Filter) -> None:
    text = to_text(node)
    if len(text) <= MOST_CHARACTERS:
        assert read_filter(text) == node


PIECES = st.sampled_from(
    f'{USER} userName emails [ ] ( ) and or not eq pr co "x" true null 4.5 . value " \\ urn: é - $ \x00'.split(" ")
)


@given(st.one_of(st.lists(PIECES, max_size=30).map(" ".join), st.lists(PIECES, max_size=30).map("".join), st.text()))
def test_any_text_is_a_filter_or_is_refused_by_name(text: str) -> None:
    assert code_of(text) in {None, "scim-filter-unreadable"}


def code_of(text: str) -> str | None:
    """The code with which a filter is refused."""
    try:
        matches(read_filter(text), PRIYA, PERSON)
    except UsageError as refused:
        return refused.code
    return None


@given(filters(), filters())
def test_a_filter_is_as_true_as_its_parts(left: Filter, right: Filter) -> None:
    try:
        first, second = matches(left, PRIYA, PERSON), matches(right, PRIYA, PERSON)
    except UsageError:
        return
    assert matches(And((left, right)), PRIYA, PERSON) is (first and second)
    assert matches(Or((left, right)), PRIYA, PERSON) is (first or second)
    assert matches(Not(left), PRIYA, PERSON) is not first
