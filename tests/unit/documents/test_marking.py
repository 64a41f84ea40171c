"""Text of others in Markdown and HTML."""

from __future__ import annotations

import pytest

from roadworthy.documents.marking import fenced, plain, ticked, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("Größe", "Größe"),
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("a\u200bb", "a⟨U+200B⟩b"),
        ("a\x00b", "a⟨U+0000⟩b"),
        ("a\ud800b", "a⟨U+D800⟩b"),
        ("a\tb\n", "a\tb\n"),
    ],
)
def test_what_is_hidden_is_shown(text: str, shown: str) -> None:
    """A character that nobody can see, or that turns the line around, stands as its number."""
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("a *b* <c>", "a \\*b\\* \\<c\\>"),
        ("`a*b` c*", "`a*b` c\\*"),
        ("a ` b", "a   b"),
        ("1. first", "1\\. first"),
        ("99.67% of it", "99.67% of it"),
        ("- item", "\\- item"),
        ("a\n\nb", "a b"),
        ("&lt;", "\\&lt;"),
        ("", ""),
    ],
)
def test_markdown_means_nothing(text: str, markdown: str) -> None:
    """Only backticks do."""
    assert plain(text) == markdown


def test_a_pipe_in_code_stays_in_its_cell() -> None:
    """Outside a table it is itself."""
    assert plain("`a|b`", cell=True) == "`a\\|b`"
    assert plain("`a|b`") == "`a|b`"


def test_a_fence_is_longer_than_any_inside() -> None:
    """So nothing ends it early."""
    assert fenced("a\n````\nb", "sql") == "`````sql\na\n````\nb\n`````"


def test_ticks_become_code_and_the_rest_is_escaped() -> None:
    """An odd tick is only a tick."""
    assert ticked("the `<b>` of `x` & y") == "the <code>&lt;b&gt;</code> of <code>x</code> &amp; y"
    assert ticked("an odd ` tick") == "an odd ` tick"
