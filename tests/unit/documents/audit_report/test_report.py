"""The report on an audit: what it says first, and that every format says it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from lxml import etree, html

from roadworthy.documents.audit_report.model import Format, Tone
from roadworthy.documents.audit_report.rendering import ENDINGS, MEDIA_TYPES, render
from roadworthy.documents.audit_report.writing import finding_of, written
from roadworthy.documents.charts.model import Bars
from roadworthy.measure.data_audit.model import (
    Gap,
    GapStatus,
    Headline,
    Live,
    Matching,
    Pairing,
    Unproven,
    Verdict,
)
from roadworthy.measure.data_audit.unaudited import nothing
from roadworthy.measure.fingerprint.model import Looks, Share
from tests.harness.audits import NOW, claims, clean

FINDING = "31% of production lies outside what the pilot proved; 58% of the data work was never done"


DONE = Share(58, 100)


def _headline(low: float, value: float | None, high: float, done: Share = DONE) -> Headline:
    return Headline(Unproven(low, value, high), done, 1, 0, 1, 1, 2)


@pytest.mark.parametrize(
    ("headline", "begins"),
    [
        (_headline(0.3, 0.31, 0.32), "31% of production lies outside"),
        (_headline(0.0, 0.0, 0.001), "No row of production has a value that the pilot did not prove"),
        (_headline(0.0, None, 1.0), "How much of production lies outside what the pilot proved cannot be told"),
        (_headline(0.12, None, 0.45), "Between 12% and 45% of production lies outside"),
        (_headline(0.0, None, 0.45), "At most 45% of production lies outside"),
        (_headline(0.2, None, 0.2), "20% of production lies outside"),
        (_headline(0.0, None, 0.0), "Nothing of production is seen to lie outside"),
    ],
)
def test_the_finding_says_how_sure_it_is(headline: Headline, begins: str) -> None:
    """A bound is never told as a measurement."""
    assert finding_of(headline).startswith(begins)


@pytest.mark.parametrize(
    ("done", "ends"),
    [
        (Share(58, 100), "58% of the data work was never done"),
        (Share(0, 100), "all of the data work that applies was done"),
        (Share(0, 0), "no piece of data work could be judged"),
    ],
)
def test_the_second_number(done: Share, ends: str) -> None:
    """The share of the data work that nobody did."""
    assert finding_of(_headline(0.1, 0.1, 0.1, done)).endswith(ends)


def test_the_list_has_gaps_then_unknowns_then_waivers_numbered_through() -> None:
    """Whatever blocks comes first."""
    (source,) = written([claims()]).sources
    assert [gap.number for gap in (*source.gaps, *source.unknowns, *source.waived)] == list(range(1, 9))
    assert source.standing == "6 gaps and 1 unknown stand in the way of a launch. 1 gap is waived for a time."
    assert source.badge.tone is Tone.STOP
    (unknown,) = source.unknowns
    assert unknown.needed == "1,800 rows of the pilot"
    (waived,) = source.waived
    assert waived.waiver is not None
    assert not waived.waiver.expired
    assert waived.waiver.by == "ana@corp.example"


def test_a_waiver_that_ran_out_says_so() -> None:
    """Until the service has reopened the gap."""
    audit = claims()
    late = replace(audit, context=replace(audit.context, now=NOW.replace(year=2028)))
    assert written([late]).sources[0].waived[0].waiver == replace(
        written([audit]).sources[0].waived[0].waiver,  # type: ignore[type-var]  # the list shows only gaps with a waiver
        expired=True,
    )


def test_what_makes_it_less_than_the_whole_is_said() -> None:
    """Parts that could not be read, an end before the end, two sides that are one."""
    audit = replace(claims(), partial="it was cancelled", live=Live(identical=True))
    warnings = "\n".join(written([audit]).sources[0].warnings)
    assert "This is not the whole audit: it was cancelled." in warnings
    assert "1 part of production could not be read" in warnings
    assert "2026-10-03.parquet" in warnings
    assert "same data" in warnings


def test_a_clean_audit_says_that_nothing_stands_in_the_way() -> None:
    """And counts what was looked at."""
    (source,) = written([clean()]).sources
    assert source.badge.tone is Tone.GO
    assert source.standing.startswith("Nothing stands in the way: 9 checks")
    assert source.gaps == source.unknowns == source.waived == ()


def test_several_sources_are_told_one_after_the_other() -> None:
    """Under a title that counts them."""
    report = written([claims(), clean()])
    assert report.title == "1 of 2 data sources blocks a launch"
    assert [source.anchor for source in report.sources] == ["source-1", "source-2"]
    assert written([clean(), clean()]).title == "None of 2 data sources blocks a launch"


def test_charts_show_what_a_gap_is_about() -> None:
    """Beside it, on the same axis."""
    (source,) = written([claims()]).sources
    titles = {gap.rule: [chart.title for chart in gap.charts] for gap in source.listed}
    assert titles["unit-changed"] == ["Values of amount"]
    assert titles["vocabulary-unseen"] == ["Values of line"]
    assert titles["clock-shifted"] == ["Hours of opened_at"]
    assert titles["source-unowned"] == []
    assert [bars.title for bars in source.coverage] == [
        "Coverage of line",
        "Coverage of region",
        "Coverage of line with region",
    ]
    assert source.lateness is not None
    assert source.lateness.summary.startswith("34")
    assert source.attrition is not None
    assert "could not be applied" in source.attrition.rows[-1].remark


@pytest.mark.parametrize("form", list(Format))
def test_every_format_names_every_gap(form: Format) -> None:
    """None says less than another about what blocks."""
    text = render(claims(), form)
    for gap in claims().gaps:
        assert gap.id in text
    assert MEDIA_TYPES[form]
    assert ENDINGS[form]


def test_no_audit_is_no_report() -> None:
    """There is nothing to say."""
    with pytest.raises(ValueError, match="no audit"):
        render([], Format.HTML)


def test_the_html_is_whole_and_needs_nothing() -> None:
    """One heading, ids once, links that lead somewhere, and nothing from elsewhere."""
    text = render([claims(), clean()], Format.HTML)
    page = html.document_fromstring(text, parser=html.HTMLParser(recover=False, encoding="utf-8"))
    assert [each.text for each in page.iter("h1")] == ["1 of 2 data sources blocks a launch"]
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    for link in page.xpath("//@href"):
        assert link.removeprefix("#") in ids
    for used in page.xpath("//@aria-labelledby"):
        assert set(used.split()) <= set(ids)
    assert page.xpath("//script | //link | //img | //iframe | //@style | //@src") == []
    assert "default-src 'none'" in page.xpath("//meta[@http-equiv]/@content")[0]
    assert "http://" not in text
    assert "https://" not in text


def test_the_html_names_the_finding_first() -> None:
    """In the title and in the heading."""
    page = html.document_fromstring(render(claims(), Format.HTML))
    assert page.findtext(".//title") == FINDING
    assert page.findtext(".//h1") == FINDING
    assert page.xpath("//table//caption")
    assert page.xpath("//figure//details//table")


def test_markdown_has_the_list_and_the_query() -> None:
    """A reviewer sees in the pull request what stands in the way."""
    text = render(claims(), Format.MARKDOWN)
    assert text.startswith(f"# {FINDING}\n")
    assert "| 1 | The unit or scale changed (`amount`) | rank 1 | 80% of production; 16,000 rows a day |" in text
    assert "```sql\nSELECT count(*)\nFROM production" in text
    assert "- **Owner**: nobody is named" in text


def test_junit_fails_gaps_and_unknowns_and_skips_what_is_waived() -> None:
    """With types that tell them apart."""
    root = etree.fromstring(render([claims(), clean()], Format.JUNIT).encode())
    assert root.tag == "testsuites"
    suite = root[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped"), suite.get("errors")) == (
        "17",
        "7",
        "1",
        "0",
    )
    assert sorted(str(each.get("type")) for each in suite.iter("failure")) == ["gap"] * 6 + ["unknown"]
    assert root.get("tests") == str(len(root.findall(".//testcase")))
    case = suite.find("testcase[failure]")
    assert case is not None
    assert case.get("classname") == "claims.unit-changed"
    assert case.get("name") == "unit-changed amount"
    assert "Owner: omar@corp.example" in (case.findtext("failure") or "")
    assert str(suite.xpath("string(testcase/skipped/@message)")).startswith("waived by ana@corp.example until 2027")
    assert root[1].get("failures") == "0"


def test_junit_of_a_part_is_an_error() -> None:
    """What was not looked at is not green."""
    root = etree.fromstring(render(replace(clean(), partial="cancelled"), Format.JUNIT).encode())
    assert root.get("errors") == "1"
    assert root.xpath("string(.//error/@message)") == "cancelled"


def test_json_keeps_its_shape() -> None:
    """Its keys are a promise; docs/data-audit.md has them."""
    found = json.loads(render(claims(), Format.JSON))
    assert (found["format"], found["blocked"]) == ("roadworthy.dev/data-audit/v1", True)
    (audit,) = found["audits"]
    assert audit["finding"] == FINDING
    assert audit["headline"]["unproven"] == {
        "value": 0.31,
        "low": 0.307,
        "high": 0.313,
        "n": 100_000,
        "reasons": {"new value of line": 0.167, "amount out of range": 0.2},
        "thin": 0.15,
    }
    assert audit["production"]["unread"] == [
        {"part": "2026-10-03.parquet", "fault": "it ends in the middle of a row group"}
    ]
    gaps = {gap["rule"]: gap for gap in audit["gaps"]}
    assert gaps["segments-unproven"]["needed"] == 1_800
    assert gaps["curated-out"]["waiver"]["control"].startswith("A daily count")
    assert len(audit["checks"]) == 17


def test_a_closed_gap_is_not_in_the_list() -> None:
    """It no longer stands in the way."""

    def closed(gap: Gap) -> Gap:
        return replace(gap, status=GapStatus.CLOSED)

    audit = claims()
    (source,) = written([replace(audit, gaps=tuple(map(closed, audit.gaps)))]).sources
    assert source.listed == ()
    assert {gap.verdict for gap in audit.gaps} == {Verdict.GAP, Verdict.UNKNOWN}


def test_the_chart_of_a_gap_about_new_values_shows_them_first() -> None:
    """They are what somebody has to map."""
    (source,) = written([claims()]).sources
    (bars,) = next(gap for gap in source.gaps if gap.rule == "vocabulary-unseen").charts
    assert isinstance(bars, Bars)
    assert bars.rows[0].remark == "not in the pilot"


def test_no_chart_shows_values_of_personal_columns() -> None:
    """A chart is no way out for what examples keep back."""
    audit = claims()
    sides = {
        name: replace(
            side,
            columns=tuple(
                replace(column, looks=Looks(of=100, personal={"email": 90})) if column.name == "line" else column
                for column in side.columns
            ),
        )
        for name, side in (("pilot", audit.pilot), ("production", audit.production))
    }
    text = render(replace(audit, **sides), Format.HTML)  # type: ignore[arg-type]  # both are sides
    assert '<th scope="row">motor' in render(audit, Format.HTML)
    assert '<th scope="row">motor' not in text


def test_a_finding_is_told_once() -> None:
    """What the sentence says already is not listed as one more."""
    audit = claims()
    gap = audit.gaps[0]
    check = replace(gap.checks[0], finding="where state is al, it is missing")
    told = replace(gap, finding="It is gone. Where state is al, it is missing.", checks=(*gap.checks, check, check))
    (source,) = written([replace(audit, gaps=(told,))]).sources
    assert source.gaps[0].also == ()


def test_of_a_source_that_was_not_reached_only_that_is_said() -> None:
    """No share of nothing, no table of zeros."""
    audit = claims()
    empty = nothing("claims", NOW)
    bare = replace(audit, pilot=empty, production=empty, matching=Matching(()), partial="The pilot side is gone")
    (source,) = written([bare]).sources
    assert source.finding == "Nothing was compared"
    assert source.warnings == ("The pilot side is gone.",)
    assert (source.figures, source.sides, source.matched, source.method, source.columns) == ((), (), (), (), None)
    assert "How it was measured" not in render(bare, Format.HTML)


def test_every_column_is_told_on_both_sides() -> None:
    """Its type, how often it is missing and how many values it has, whether paired, lost or new."""
    audit = claims()
    pair = Pairing("amount", "line", 1.0)
    audit = replace(audit, matching=Matching((pair,), lost=("region",), new=("opened_at",)))
    (source,) = written([audit]).sources
    assert source.columns is not None
    assert [row[0] for row in source.columns.rows] == [
        "amount → line",
        "region (not in production)",
        "opened_at (not in the pilot)",
    ]
    assert source.columns.rows[0][2] == "1.0%"


def test_owners_are_no_matter_of_two_bare_paths() -> None:
    """Nobody could have named one there."""
    audit = claims()
    bare = replace(audit, context=replace(audit.context, registered=False))
    for form in (Format.MARKDOWN, Format.JUNIT, Format.HTML):
        assert "nobody is named" in render(audit, form)
        assert "nobody is named" not in render(bare, form)
