"""What is shown of bound values: all of it, and nothing that deceives unmarked."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from roadworthy.interfaces import revealing
from roadworthy.interfaces.web.rendering import environment
from roadworthy.interfaces.web.showing.exactly import FIRST_CHARACTERS, FIRST_VALUES, exactly, revealed, said

HIDING = {
    "right-to-left override": "invoice\u202egpj.exe",
    "zero width space": "pay\u200broll",
    "zero width joiner": "a\u200db",
    "byte order mark": "\ufeffname",
    "soft hyphen": "re\u00adfund",
    "no-break space": "10\u00a0000",
    "tab": "a\tb",
    "escape": "a\x1b[2Kb",
    "pop directional isolate": "a\u2069b",
    "variation selector-17": "a\U000e0100b",
    "tag latin small letter a": "a\U000e0061b",
    "hangul filler": "a\u3164b",
    "line separator": "a\u2028b",
    "a lone surrogate": "a\ud800b",
}


@pytest.mark.parametrize("text", HIDING.values(), ids=HIDING)
def test_what_cannot_be_seen_is_marked(text: str) -> None:
    """One mark for the one hidden character, with its number, and the character itself is gone."""
    hidden = next(each for each in text if revealing.hidden(each))
    shown = str(revealed(text))
    assert shown.count('<span class="unseen"') == 1
    assert f"⟨U+{ord(hidden):04X}⟩" in shown
    assert hidden not in shown
    shown.encode()


GOLDEN = [
    ("plain", "plain"),
    ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    ("a\u202eb", 'a<span class="unseen" title="right-to-left override">⟨U+202E⟩</span>b'),
    (" a ", '<span class="unseen" title="space">⟨U+0020⟩</span>a<span class="unseen" title="space">⟨U+0020⟩</span>'),
    ("a\nb", 'a<span class="unseen" title="line end">⏎</span>\nb'),
    ("שלום", "שלום"),
    ('"><img src=x>', "&#34;&gt;&lt;img src=x&gt;"),
]


@pytest.mark.parametrize(("text", "markup"), GOLDEN)
def test_golden(text: str, markup: str) -> None:
    """Exactly this, for ever."""
    assert revealed(text) == Markup(markup)  # noqa: S704 - what is compared with, not what is shown


@given(st.text())
def test_nothing_is_left_out(text: str) -> None:
    """From what is shown the text can be had back, character by character."""
    shown = str(revealed(text))
    assert back(shown) == text
    assert "".join(piece for piece, _ in revealing.pieces(text)) == text
    assert all(each.isprintable() or each == "\n" for each in re.sub("<[^>]*>", "", shown))


@given(st.text())
def test_on_one_line(text: str) -> None:
    """As text alone it is one line of characters that a terminal shows."""
    assert revealing.revealed(text).isprintable()


def back(markup: str) -> str:
    """The text that was shown."""
    plain = markup.replace('<span class="unseen" title="line end">⏎</span>\n', "\n")
    marks = re.compile(r'<span class="unseen" title="[^"]*">⟨U\+([0-9A-F]+)⟩</span>')
    parts = marks.split(plain)
    return "".join(chr(int(part, 16)) if place % 2 else html.unescape(part) for place, part in enumerate(parts))


def test_letters_of_another_script_are_pointed_out() -> None:
    """A word of two scripts, and one that only looks Latin; words of one honest script are left alone."""
    mixed = revealing.hints("pay p\u0430ypal now")
    assert mixed == ("The word “p\u0430ypal” mixes Cyrillic and Latin letters: \u0430 is U+0430.",)
    (alike,) = revealing.hints("send to \u0441\u043e\u0440")
    assert "looks Latin and is written in Cyrillic" in alike
    for honest in ("Überweisung für Łódź", "Москва и Рига", "東京タワー", "Ελλάδα", "naïve café"):
        assert revealing.hints(honest) == ()


def test_many_such_words_are_counted() -> None:
    """The list of hints ends with how many more there are."""
    text = " ".join(f"w\u043e{chr(97 + number)}" for number in range(9))
    assert revealing.hints(text)[-1] == "There are 4 more such words."


def test_direction_is_said_and_shown_in_order() -> None:
    """Where letters turn the direction the text stands a second time, in the order of its characters."""
    turned = said("amount 100 אב 500")
    assert turned.in_order == "amount 100 אב 500"
    assert any("right-to-left" in hint for hint in turned.hints)
    assert said("amount 100").in_order == ""


def test_types_are_told_apart() -> None:
    """Nothing, true, the number 1 and the text 1 do not look alike; neither do the empty things."""
    shown = exactly([None, True, False, 1, "1", "", [], {}, "null", "true", -7])
    assert [(each.kind, each.said.start) for each in shown.values] == [
        ("nothing", "null"),
        ("true or false", "true"),
        ("true or false", "false"),
        ("number", "1"),
        ("text", "1"),
        ("empty text", ""),
        ("empty list", "[]"),
        ("empty object", "{}"),
        ("text", "null"),
        ("text", "true"),
        ("number", "-7"),
    ]


def test_ways_cannot_be_forged() -> None:
    """A name with a dot, a bracket or an arrow in it is one step, and a position is no name."""
    content = {"a.b": {"item 1": 1}, "a": {"b > c": [2]}}
    ways = [[(step.name, step.position) for step in each.steps] for each in exactly(content).values]
    assert ways == [[("a.b", 0), ("item 1", 0)], [("a", 0), ("b > c", 0), ("", 1)]]


def test_long_texts_are_folded_and_whole() -> None:
    """A megabyte stands on the page: the beginning open, the rest folded with its length."""
    text = "a word\u200b " * 125_000
    shown = exactly({"text": text})
    (value,) = shown.values
    assert value.said.start + value.said.rest == text
    assert value.said.more == f"{len(text) - FIRST_CHARACTERS:,} more characters"
    page = rendered(shown)
    assert page.count("⟨U+200B⟩") == 125_000
    assert "<details" in page


def test_long_lists_are_folded_and_whole() -> None:
    """Of five thousand values the first stand open; the others are there, and counted."""
    shown = exactly(list(range(5_000)))
    assert (len(shown.values), shown.more) == (FIRST_VALUES, f"{5_000 - FIRST_VALUES:,} more values")
    page = rendered(shown)
    assert all(f">{number}<" in page for number in (0, FIRST_VALUES, 4_999))


def test_deep_nesting_does_not_break() -> None:
    """Values may lie deeper than a stack is high."""
    deep: Any = "bottom"
    for _ in range(3_000):
        deep = [deep]
    (value,) = exactly(deep).values
    assert (len(value.steps), value.said.start) == (3_000, "bottom")


LEAVES = st.none() | st.booleans() | st.integers() | st.text()
CONTENT = st.recursive(LEAVES, lambda each: st.lists(each) | st.dictionaries(st.text(), each), max_leaves=12)


@given(CONTENT)
def test_different_contents_look_different(content: Any) -> None:
    """Every value is there with its way and type: the content can be put together again from what is shown."""
    shown = exactly(content)
    assert json.dumps(together(shown), sort_keys=True) == json.dumps(content, sort_keys=True)
    assert rendered(shown)


def together(shown: Any) -> Any:
    """The content, from its view alone."""
    root: dict[Any, Any] = {}
    for value in (*shown.values, *shown.folded):
        here = root
        for step in value.steps:
            here = here.setdefault((step.name, step.position), {})
        text = value.said.start + value.said.rest
        here["leaf"] = text if value.kind in {"text", "empty text"} else json.loads(text)
    return _built(root)


def _built(node: dict[Any, Any]) -> Any:
    if "leaf" in node:
        return node["leaf"]
    if all(position for _, position in node):
        return [_built(each) for each in node.values()]
    return {name: _built(each) for (name, _), each in node.items()}


def rendered(shown: Any) -> str:
    """As the page has it."""
    template = environment().from_string("{% import 'parts/exactly.html' as show %}{{ show.exactly(view) }}")
    page: str = template.render(view=shown)
    page.encode()
    return page
