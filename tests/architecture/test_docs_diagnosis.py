"""The pages on failure modes say what the rules are, and what a real inventory gives."""

from __future__ import annotations

import re

import pytest

from roadworthy.decide.diagnosis.finding import Frequency
from roadworthy.decide.diagnosis.kinds import kinds, shipped
from roadworthy.decide.diagnosis.model import FORMS, Severity, Status
from roadworthy.foundation.resources.documents import Source, parse
from roadworthy.foundation.resources.registry import Registry
from tests.architecture.conftest import EDITIONS, Imported
from tests.architecture.test_docs import first_cells, section
from tests.architecture.test_docs_real_input import PAGE
from tests.harness import sources

TEXT = (sources.ROOT / "docs" / "diagnosis.md").read_text(encoding="utf-8")
MOST_ASKED = 3
"""Questions per edition that the page lists."""


def test_every_shipped_rule_and_every_form_is_explained() -> None:
    listed = re.findall(
        r"^\| `([\w-]+)` \| (failure mode|pattern) \|", section(TEXT, "The ones that ship"), re.MULTILINE
    )

    assert listed == [(rule.name, rule.mode.family.replace("-", " ")) for rule in shipped()]
    forms = TEXT.split("### The forms of a condition")[1]
    assert sorted(first_cells(forms)) == sorted(FORMS)


def test_the_example_of_a_rule_can_be_applied() -> None:
    example = re.search(r"```yaml\n(.+?)```", TEXT, re.DOTALL)
    assert example is not None

    declared, findings = parse([Source("example.yaml", example.group(1))], Registry(kinds()))

    assert findings == []
    assert [each.name for each in declared] == ["no-support"]


# ------------------------------------------------------------ a real inventory


def rows_of(edition: str, found: Frequency) -> list[str]:
    """The rows of an edition in the tables of the page."""
    rows = [f"| {edition} | {found.diagnosed:,} | {found.retired:,} | {found.none_known:,} |"]
    for share in found.shares:
        present, absent = share.statuses[Status.PRESENT], share.statuses[Status.ABSENT]
        if present or absent:
            cells = (
                f"{present:,}",
                f"{share.severities[Severity.CRITICAL]:,}",
                f"{share.as_reported:,}",
                f"{absent:,}",
                f"{share.statuses[Status.CANNOT_TELL]:,}",
            )
            rows.append(f"| {edition} | {share.rule.mode.title} | {' | '.join(cells)} |")
    asked = [each for each in found.questions if each.first][:MOST_ASKED]
    rows += [f"| {edition} | {each.first:,} | {each.asks} | {each.duty} |" for each in asked]
    return rows


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_page_says_which_failure_modes_can_be_told_of_a_real_government(edition: str, imported: Imported) -> None:
    found = imported(edition)[0].diagnosis.frequency()
    page = PAGE.read_text(encoding="utf-8").split("## Failure modes")[1]
    rows = rows_of(edition, found)

    assert [row for row in page.splitlines() if row.startswith(f"| {edition} |")] == rows


def test_nothing_is_found_that_no_agency_said(imported: Imported) -> None:
    """Every finding about a real inventory rests on a cell of the file, and every one of its reasons names it."""
    edition = "2024, second edition"
    app, _ = imported(edition)
    struck = [
        row.use_case for share in app.diagnosis.frequency().shares for row in app.diagnosis.struck(share.rule.name).rows
    ]
    assert struck
    for name in struck:
        for finding in app.diagnosis.of(name).of(Status.PRESENT):
            told = [each for each in finding.because if each.fact]
            assert told
            assert all((each.place or "").startswith(EDITIONS[edition]) for each in told)
