"""Whatever stands in the data, the names or the sentences of people: it stays text in every format."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from roadworthy.documents.audit_report.model import Format
from roadworthy.documents.audit_report.rendering import render
from roadworthy.documents.marking import visible
from roadworthy.measure.data_audit.model import Audit, Example, Gap, Waiver
from roadworthy.measure.fingerprint.model import PartState, Vocabulary
from tests.harness.audits import NOW, claims

_NASTY = st.sampled_from(
    (
        "<script>alert(1)</script>",
        "</style><img src=x onerror=alert(1)>",
        '"><svg onload=alert(1)>',
        "</code></pre></details><h1>",
        "]]></failure><testcase/>",
        "| a | b |\n|---|---|",
        "```\n# heading\n```",
        "`<b>`",
        "[link](javascript:alert(1))",
        "![](http://example.test/x.png)",
        "&lt;script&gt;",
        "-- \u202e\x00\x1b[31m\ud800\ufffe",
        "{{ 7 * 7 }}{% include 'x' %}",
    )
)
_TEXTS = st.one_of(
    _NASTY, st.text(st.characters(), min_size=1, max_size=40).filter(str.strip), st.tuples(_NASTY, _NASTY).map("".join)
)


def _poisoned(text: str) -> Audit:
    """An audit with the text wherever a text of others can stand."""
    audit = claims()
    line = audit.production.column("line")
    assert line is not None
    values = {text: 70, f"{text}2": 30, "motor": 400_000}
    production = replace(
        audit.production,
        name=text,
        location=text,
        columns=tuple(
            replace(column, vocabulary=Vocabulary(values)) if column.name == "line" else column
            for column in audit.production.columns
        ),
        parts=(PartState(text, 1), PartState(text, 0, fault=text)),
    )
    return replace(
        audit,
        source=text,
        production=production,
        checks=tuple(replace(check, finding=text, scope=text) for check in audit.checks),
        gaps=tuple(_gap(gap, text) for gap in audit.gaps),
        context=replace(audit.context, source=text, steward=text),
        notes=(text,),
        partial=text,
    )


def _gap(gap: Gap, text: str) -> Gap:
    waiver = Waiver(text, NOW, text, text, NOW) if gap.waiver else None
    return replace(
        gap,
        source=text,
        title=text,
        finding=text,
        scope=text,
        column=text,
        consequence=text,
        remediation=text,
        owner=text,
        proof=text,
        query=text,
        examples=(Example("pilot", text, 1), Example("production", text)),
        checks=tuple(replace(check, finding=text, scope=text) for check in gap.checks),
        waiver=waiver,
    )


def _shape(page: Any) -> list[str]:
    """Which elements stand where, without their texts."""
    return [f"{each.tag} {sorted(each.attrib)}" for each in page.iter() if isinstance(each.tag, str)]


HARMLESS = "harmless"


@given(text=_TEXTS)
def test_html_has_the_same_elements_whatever_is_in_it(text: str) -> None:
    """Only `code` comes and goes, since backticks are how messages quote; nothing else does."""
    page = html.document_fromstring(render(_poisoned(text), Format.HTML))
    quoted = {"code []", "details ['class']", "summary []", "ul ['class']", "li []", "span ['class']", "h3 ['id']"}
    ours = [
        each
        for each in _shape(html.document_fromstring(render(_poisoned(HARMLESS), Format.HTML)))
        if each not in quoted
    ]
    theirs = [each for each in _shape(page) if each not in quoted]
    assert [each.split()[0] for each in theirs] == [each.split()[0] for each in ours]
    assert not page.xpath("//script | //img | //iframe | //*[@onload] | //*[@onerror]")


@given(text=_TEXTS)
def test_junit_is_well_formed_and_carries_the_text(text: str) -> None:
    """A parser that forgives nothing reads it, and every message is the text."""
    root = etree.fromstring(render(_poisoned(text), Format.JUNIT).encode())
    assert len(root.findall(".//testcase")) == 18
    for failure in root.iter("failure"):
        assert _spaced(str(failure.get("message"))) == _spaced(visible(text))


def _spaced(text: str) -> str:
    """XML reads line ends in an attribute as spaces."""
    return " ".join(text.split())


@given(text=_TEXTS)
def test_json_carries_the_text_as_it_is(text: str) -> None:
    """Byte for byte, for programs that look it up."""
    written = render(_poisoned(text), Format.JSON)
    assert json.loads(written)["audits"][0]["source"] == text
    written.encode()


@given(text=_TEXTS)
def test_markdown_has_no_markup_of_others(text: str) -> None:
    """No HTML but our own, no links, no headings and no cells but those of a harmless text."""
    written = _outside_of_code(render(_poisoned(text), Format.MARKDOWN))
    ours = _outside_of_code(render(_poisoned(HARMLESS), Format.MARKDOWN))
    assert set(re.findall(r"(?<!\\)<[a-z/!][^>\n]*>", written)) <= {
        "<details>",
        "</details>",
        "<summary>",
        "</summary>",
    }
    assert not re.findall(r"(?<!\\)\]\(", written)
    assert [line.count(" | ") for line in written.splitlines() if line.startswith("|")] == [
        line.count(" | ") for line in ours.splitlines() if line.startswith("|")
    ]
    assert len(re.findall(r"^#", written, re.MULTILINE)) == len(re.findall(r"^#", ours, re.MULTILINE))


def _outside_of_code(text: str) -> str:
    """Without fenced blocks and code spans, in which nothing means anything."""
    kept, fence = [], ""
    for line in text.splitlines():
        mark = re.match(r"`{3,}", line)
        if fence:
            fence = "" if line == fence else fence
        elif mark:
            fence = mark[0]
        else:
            kept.append(re.sub(r"`[^`\n]*`", "``", line))
    return "\n".join(kept)
