"""Who a text mentions, and that every sort of message can be explained."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.assembly.news.mentions import MOST, mentioned
from roadworthy.assembly.news.topics import RULES, TOPICS, WRITTEN
from roadworthy.decide.approvals.telling import TOPICS as DECISIONS

NOTIFICATIONS = Path(__file__).parents[4] / "docs" / "notifications.md"
NAMES = st.from_regex(r"[a-z][a-z0-9._+-]{0,10}[a-z0-9](@[a-z][a-z0-9]{0,8}\.example)?", fullmatch=True)
BETWEEN = st.sampled_from([" ", ", ", ".\n", "? ", " (", ") ", "; ", ": ", "! "])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@ada looks.", ["ada"]),
        ("Ask @Ada@Bank.Example.", ["ada@bank.example"]),
        ("Mail ada@bank.example.", []),
        ("(@ada), @ben; @ada?", ["ada", "ben"]),
        ("@ada.", ["ada"]),
        ("@BANK\\ada has it", ["bank\\ada"]),
        ("@jörg and @", ["jörg"]),
        ("a@b@c @@d", []),
        ("https://social.example/@ada", []),
    ],
)
def test_a_name_after_an_at_is_a_mention(text: str, names: list[str]) -> None:
    assert list(mentioned(text)) == names


@given(st.lists(st.tuples(BETWEEN, NAMES), max_size=MOST))
def test_everybody_who_is_mentioned_is_found_in_order(parts: list[tuple[str, str]]) -> None:
    text = "".join(f"{between}@{name}" for between, name in parts)
    assert list(mentioned(f"Look{text}.")) == list(dict.fromkeys(name for _, name in parts))


@given(st.text())
def test_any_text_is_read_and_few_are_reached(text: str) -> None:
    found = mentioned(text)
    assert len(found) <= MOST
    assert all(name == name.casefold() and name in text.casefold() for name in found)


def test_a_long_text_of_hostile_names_is_read_in_no_time() -> None:
    assert mentioned("@" + "a." * 20_000) == (("a." * 20_000)[:-1],)
    assert mentioned("@" * 50_000) == ()
    assert mentioned("@a@" * 20_000) == ("a",)


def test_every_topic_is_explained_and_every_rule_has_one() -> None:
    names = {topic.name for topic in (*TOPICS, *DECISIONS)}
    assert len(names) == len(TOPICS) + len(DECISIONS)
    table = NOTIFICATIONS.read_text(encoding="utf-8").partition("## Channels")[0]
    said = set(re.findall(r"`([a-z-]+(?:\.[a-z-]+)?)`", table))
    assert names <= said
    assert {rule.topic for rule in RULES.values()} <= names


def test_every_text_that_can_mention_leads_to_a_page() -> None:
    assert all(written.path.startswith("/") and written.permits for written in WRITTEN.values())
