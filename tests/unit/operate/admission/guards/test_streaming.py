"""What leaves does not depend on the pieces in which an answer came, and nothing of what is found has left before."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.operate.admission.guards.answers import ReadingAnswer, Recall, Rules
from roadworthy.operate.admission.guards.patterns import CLASSES
from roadworthy.operate.admission.guards.scanning import Scanner, actions_of
from roadworthy.operate.admission.guards.streaming import IN_PROGRESS, KEPT_BACK, MOST_HELD, begun

FOUND = {
    "email": "ann.lee@example.com",
    "card": "4111 1111 1111 1111",
    "iban": "DE89 3704 0044 0532 0130 00",
    "us-ssn": "078-05-1120",
    "uk-nhs": "943 476 5919",
    "phone": "+1 (555) 123-4567",
    "ip-address": "93.184.216.34",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJlLWhlcmU",
    "aws-key": "AKIAIOSFODNN7EXAMPLE",
    "github-token": "ghp_" + "a1B2" * 9,
    "gitlab-token": "glpat-" + "a1B2" * 5,
    "slack-token": "xoxb-123456789012-abcdef",
    "stripe-key": "sk_live_" + "a1B2" * 6,
    "google-key": "AIza" + "a1B2c" * 7,
    "model-provider-key": "sk-proj-" + "a1B2" * 8,
    "roadworthy-key": "rwg_" + "a1B2" * 8,
    "password": "password = hunter22x",
}
EVERYWHERE = Scanner(each.name for each in CLASSES)
MASKING = actions_of([("personal-data", "mask"), ("secrets", "mask"), ("random-word", "mask")])
PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            [*FOUND.values(), " ", ", ", "\n", ".", "é", "猫", "a", "12", "2026-11-22", "[email]", "-----"]
        ),
        st.text(alphabet="ab1 .@-+(é\n", max_size=8),
        st.sampled_from(["pass", "word", "api_key :", "DE8", "eyJ", "+1 ", "(55", "sk-"]),
    ),
    max_size=14,
).map("".join)


def rules(scanner: Scanner = EVERYWHERE, **changed: object) -> Rules:
    """Everything is masked."""
    return Rules(**{"scanner": scanner, "actions": MASKING, **changed})  # type: ignore[arg-type]  # any field of it


def said(guard: ReadingAnswer, pieces: list[str]) -> str:
    """What left, piece by piece."""
    return "".join([*(guard.feed(each) for each in pieces), guard.end()])


def cut(text: str, places: list[int]) -> list[str]:
    """A text in pieces."""
    marks = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[a:b] for a, b in pairwise(marks)]


@pytest.mark.parametrize(("name", "example"), FOUND.items(), ids=list(FOUND))
def test_each_class_finds_its_example(name: str, example: str) -> None:
    found = EVERYWHERE.spans(f"so: {example}, and on")
    assert [each.name for each in found] == [name]
    assert f"so: {example}, and on"[found[0].start : found[0].end] == example


@given(PIECES, st.lists(st.integers(0, 400), max_size=30))
def test_pieces_change_nothing(text: str, places: list[int]) -> None:
    whole, pieces, ending = (ReadingAnswer(rules(canaries=("Zx-7", "ab1"))) for _ in range(3))
    some = cut(text, places)
    left = whole.last(text)
    assert said(pieces, some) == left
    assert "".join([*(ending.feed(each) for each in some[:-1]), ending.last("".join(some[-1:]))]) == left
    assert set(pieces.findings) == set(whole.findings) == set(ending.findings)


WORDS = st.sampled_from(
    [
        "password",
        "PassWord",
        "pwd",
        "api_key",
        "API-KEY",
        "apikey",
        "client-secret",
        "pa\u017fsword",
        "api\u212aey",
        '"',
        "'",
    ]
)
BEGUN = st.lists(
    st.one_of(WORDS, st.sampled_from([*" \t:=+(-./;é\n", "4", "DE", "DE12", "-----", "ab", "Z"])), max_size=9
)


@given(st.one_of(PIECES, st.text(), BEGUN.map("".join)))
def test_the_quick_look_at_what_has_begun_says_what_the_thorough_one_says(text: str) -> None:
    assert begun(text) == IN_PROGRESS.search(text).start()


@given(st.lists(PIECES, max_size=4))
def test_one_look_at_all_texts_sees_whatever_is_in_one(texts: list[str]) -> None:
    assert EVERYWHERE.may_hit(texts) or not any(EVERYWHERE.spans(each) for each in texts)


@given(PIECES)
def test_one_character_at_a_time_is_the_same_as_all_at_once(text: str) -> None:
    assert said(ReadingAnswer(rules()), list(text)) == said(ReadingAnswer(rules()), [text])


@given(PIECES, st.sampled_from(list(FOUND.items())), st.lists(st.integers(0, 400), max_size=30))
def test_nothing_of_what_is_found_leaves(before: str, hidden: tuple[str, str], places: list[int]) -> None:
    text = f"{before} § {hidden[1]} | end"
    out = said(ReadingAnswer(rules()), cut(text, places))
    assert out.partition("§")[2] == f" [{hidden[0]}] | end"


@given(PIECES, st.lists(st.integers(0, 400), max_size=30))
def test_what_is_blocked_has_not_left_and_nothing_follows(before: str, places: list[int]) -> None:
    blocking = Rules(Scanner(["us-ssn"]), {"us-ssn": "block"})
    guard = ReadingAnswer(blocking)
    text = f"{before} § the number is 078-05-1120 as asked"
    out = said(guard, cut(text, places))
    assert guard.blocked
    assert out.partition("§")[2] in {"", " the number is "}
    assert guard.findings == ("personal-data:us-ssn:block",)


@given(st.text(alphabet="the canary ", max_size=40), st.lists(st.integers(0, 80), max_size=20))
def test_nothing_of_a_canary_leaves(before: str, places: list[int]) -> None:
    guard = ReadingAnswer(Rules(Scanner(()), {}, canaries=("the canary sings",)))
    text = f"{before}|the canary sings at dawn"
    assert said(guard, cut(text, places)) == f"{before}|"
    assert guard.blocked
    assert guard.findings == ("canary:leak:block",)


def test_a_repeated_line_of_the_prompt_is_told_without_being_kept_back() -> None:
    line = "Never tell anybody that the limit is 40 EUR."
    guard = ReadingAnswer(Rules(Scanner(()), {}), Recall(prompt=(line,), prompt_action="detect"))
    assert said(guard, [line[:20], line[20:]]) == line
    assert guard.findings == ("system-prompt:leak:detect",)


@given(st.lists(st.integers(0, 60), max_size=10))
def test_what_the_client_said_comes_back_in_place_of_its_placeholder(places: list[int]) -> None:
    recall = Recall({"[email-1]": "ann.lee@example.com"})
    text = "I wrote to [email-1], and to x@example.org."
    out = said(ReadingAnswer(rules(), recall), cut(text, places))
    assert out == "I wrote to ann.lee@example.com, and to [email]."


def test_an_answer_is_cut_at_its_cap() -> None:
    guard = ReadingAnswer(rules(most_characters=10))
    assert said(guard, ["one two ", "three four"]) == "one two th"
    assert guard.findings == ("length:characters:block",)


def test_an_answer_that_does_not_conform_never_leaves() -> None:
    fits = rules(conforms=lambda text: text == '{"a": 1}')
    assert said(ReadingAnswer(fits), ['{"a":', " 1}"]) == '{"a": 1}'
    guard = ReadingAnswer(fits)
    assert said(guard, ['{"a":', " 2}"]) == ""
    assert guard.blocked
    assert guard.findings == ("schema:differs:block",)


def test_a_word_without_an_end_does_not_fill_the_memory() -> None:
    guard = ReadingAnswer(rules(Scanner(["email"])))
    left = sum(len(guard.feed("=" * 1_000)) for _ in range(50))
    assert left >= 50_000 - MOST_HELD - KEPT_BACK
    assert len(re.sub("=", "", guard.end())) == 0


def test_words_wait_for_nothing_but_their_end() -> None:
    guard = ReadingAnswer(rules())
    assert guard.feed("All is well, he sa") == "All is well, he "
    assert guard.feed("id") == ""
    assert guard.feed(" ") == "said "
