from __future__ import annotations

import datetime as dt
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from roadworthy.documents.assessment_report.model import Block, Bullets, Heading, Paragraph, Table
from roadworthy.documents.assessment_report.rendering import markdown, page
from roadworthy.documents.assessment_report.rules import Diary

TEXTS = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40)


class Reader(HTMLParser):
    """What a browser sees: tags and text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not any(name.startswith("on") for name, _ in attrs)
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


OURS = {
    "html", "head", "meta", "title", "style", "body", "main", "footer", "h1", "h2", "h3", "p", "ul", "ol", "li",
    "table", "caption", "thead", "tbody", "tr", "th", "td", "code",
}  # fmt: skip


def blocks(text: str) -> tuple[Block, ...]:
    """The text everywhere that text can stand."""
    return (
        Heading(1, text),
        Paragraph(text),
        Bullets((text,)),
        Table(text, (text, "b"), ((text, "1"),), frozenset({1})),
    )


@given(TEXTS)
def test_what_people_wrote_never_becomes_html(text: str) -> None:
    found = Reader(page(text, blocks(text), text))

    assert set(found.tags) <= OURS
    assert "script" not in found.tags


@given(TEXTS)
def test_what_people_wrote_never_breaks_a_table(text: str) -> None:
    lines = markdown(blocks(text)).splitlines()
    rows = [line for line in lines if line.startswith("| ")]

    assert len(rows) == 3
    assert all(line.replace("\\|", "").count("|") == 3 for line in rows)


def test_markup_is_shown_and_not_obeyed() -> None:
    text = markdown((Paragraph("<img src=x onerror=alert(1)> [a](javascript:b) *now* # no"),))

    assert text == "\\<img src=x onerror=alert(1)\\> \\[a\\](javascript:b) \\*now\\* \\# no\n"


def test_our_own_backticks_stay_code() -> None:
    assert markdown((Paragraph("run `roadworthy rank_it`"),)) == "run `roadworthy rank_it`\n"
    assert "<code>rank_it</code>" in page("t", (Paragraph("`rank_it`"),), "")


def test_pages_break_where_a_section_says_so() -> None:
    assert '<h2 class="breaks">Owners</h2>' in page("t", (Heading(2, "Owners", breaks=True),), "")
    assert "break-before: page" in page("t", (), "")


def test_a_diary_counts_working_days_and_fills_one_person_after_the_other() -> None:
    diary = Diary(dt.date(2026, 6, 5))  # a Friday

    assert diary.day(1) == dt.date(2026, 6, 8)
    assert diary.take("ana", 3) == (dt.date(2026, 6, 10), True)
    assert diary.take("ana", 2) == (dt.date(2026, 6, 12), True)
    assert diary.take("bea", 1) == (dt.date(2026, 6, 8), True)
    assert diary.take("ana", 90) == (dt.date(2026, 7, 5), False)
    assert diary.take("ana", 1) is None
