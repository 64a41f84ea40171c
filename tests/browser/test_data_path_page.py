"""The page of a data path, and the report that people take along."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from roadworthy.documents.audit_report.model import Format
from roadworthy.documents.audit_report.rendering import render
from tests.browser.running import Complaints, Site, context_of, holds_unfolded, serving
from tests.browser.test_every_page import look
from tests.harness import audits, data_path

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

pytestmark = pytest.mark.browser

PAGE = f"/use-cases/{data_path.NAME}/data"


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A deployment with one use case whose data path was audited."""
    data = tmp_path_factory.mktemp("data")
    with serving(tmp_path_factory.mktemp("audited") / "home", str(data)) as site:
        data_path.register(site.app, data)
        data_path.audited(site.app)
        yield site


@pytest.fixture(scope="module")
def steward(browser: Browser, audited: Site) -> Iterator[BrowserContext]:
    """Somebody signed in there."""
    with context_of(browser) as context:
        audited.sign_in(context).close()
        yield context


def test_page(steward: BrowserContext, audited: Site, axe_source: str) -> None:
    """Accessible, quiet, whole on a narrow screen and on paper."""
    page = look(steward, audited.address + PAGE, axe_source)
    assert page.locator("h1").inner_text() == "3 of 3 data sources block a launch"
    for title in ("Sources", "What stands in the way", "claims", "Audits so far", "Take it along"):
        assert page.get_by_role("heading", name=title, exact=True).count() == 1


def test_page_of_one_source(steward: BrowserContext, audited: Site, axe_source: str) -> None:
    """Pilot beside production, column by column, with every entry and every part unfolded."""
    page = look(steward, f"{audited.address}{PAGE}?source=claims", axe_source)
    page.set_viewport_size({"width": 1280, "height": 900})
    for title in ("The two sides", "What the pilot covered", "When the data arrives", "Column by column"):
        assert page.get_by_role("heading", name=title, exact=True).is_visible()
    holds_unfolded(page, axe_source)


def test_a_link_to_a_gap_unfolds_it(steward: BrowserContext, audited: Site) -> None:
    """So that an address can be passed on."""
    page = steward.new_page()
    page.goto(f"{audited.address}{PAGE}#source-1-gap-2")
    entry = page.locator("article.gap:has(#source-1-gap-2)")
    entry.locator("details[open]").first.wait_for()
    assert entry.get_by_role("link", name="Waive for a time").is_visible()
    page.close()


def test_forms_and_runs(steward: BrowserContext, audited: Site, axe_source: str) -> None:
    """The form of a waiver and the page of a run are pages like all others."""
    gap = audited.app.audits.gaps(data_path.NAME)[0]
    run = audited.app.audits.runs(data_path.NAME)[0]
    for path in (f"{PAGE}/gaps/{gap.id}/waive", f"{PAGE}/gaps/{gap.id}/waiver/end", f"{PAGE}/runs/{run.id}"):
        look(steward, audited.address + path, axe_source)


def test_the_list_is_filtered_with_and_without_scripts(browser: Browser, audited: Site) -> None:
    """By owner, rank, state and source; the address carries it."""
    for scripts in (True, False):
        with context_of(browser, scripts=scripts) as context:
            page = audited.sign_in(context)
            page.goto(audited.address + PAGE)
            rows = page.locator("#gaps article.gap")
            every = rows.count()
            page.locator("#source").select_option("partners")
            if not scripts:
                page.get_by_role("button", name="Apply").click()
            page.wait_for_url("**source=partners**")
            page.locator("#gaps article.gap summary", has_text="policies").first.wait_for(state="detached")
            assert 0 < rows.count() < every
            assert all("partners" in text for text in rows.all_inner_texts())
            page.get_by_role("link", name="Clear").click()
            page.wait_for_url(audited.address + PAGE)
            assert rows.count() == every


def test_a_gap_is_waived_and_taken_back_without_scripts(browser: Browser, audited: Site) -> None:
    """Nothing entered is lost when something is missing; the list says who, why and until when."""
    with context_of(browser, scripts=False) as context:
        page = audited.sign_in(context)
        page.goto(audited.address + PAGE)
        entry = page.locator("article.gap").nth(1)
        entry.locator("summary").first.click()
        entry.get_by_role("link", name="Waive for a time").click()
        page.get_by_label("Why it may stand for now").fill("The feed moves in spring.")
        page.get_by_label("What makes up for it meanwhile").fill(" ")
        page.locator("#until").fill("2020-01-01")
        page.get_by_role("button", name="Waive it").last.click()
        assert "a waiver needs a control" in page.locator("#faults").inner_text()
        assert "from tomorrow" in page.locator("#faults").inner_text()
        assert page.get_by_label("Why it may stand for now").input_value() == "The feed moves in spring."
        page.get_by_label("What makes up for it meanwhile").fill("A count by hand every morning.")
        ahead = audited.app.runtime.clock.now().date() + dt.timedelta(days=20)
        page.locator("#until").fill(ahead.isoformat())
        page.get_by_role("button", name="Waive it").last.click()
        page.wait_for_url("**done=waived**")
        waived = page.locator("article.gap", has_text="The feed moves in spring.")
        waived.locator("summary").first.click()
        assert "dana@halden.example" in waived.inner_text()
        assert "A count by hand every morning." in waived.inner_text()
        waived.get_by_role("link", name="End the waiver").click()
        page.get_by_label("Reason").fill("The feed moved.")
        page.get_by_role("button", name="End it").last.click()
        page.wait_for_url("**done=unwaived**")
        assert page.locator("article.gap", has_text="The feed moves in spring.").count() == 0


def test_an_audit_is_run_again_and_the_page_follows_it(browser: Browser, audited: Site) -> None:
    """From the button to the result, with and without scripts."""
    for scripts in (True, False):
        with context_of(browser, scripts=scripts) as context:
            page = audited.sign_in(context)
            page.goto(audited.address + PAGE)
            before = len(audited.app.audits.runs(data_path.NAME))
            page.get_by_role("button", name="Audit again").click()
            page.wait_for_url("**/data/runs/**")
            if scripts:
                page.wait_for_url(audited.address + PAGE, timeout=60_000)
            else:
                data_path.finished(audited.app, audited.app.audits.runs(data_path.NAME)[0])
                page.reload()
                page.get_by_role("link", name="See what it found").click()
            assert page.get_by_role("heading", name="Audits so far").count() == 1
            assert len(audited.app.audits.runs(data_path.NAME)) == before + 1


@pytest.mark.parametrize("form", list(Format))
def test_every_format_can_be_taken_along(steward: BrowserContext, audited: Site, form: Format) -> None:
    """As a file, with its type."""
    answer = steward.request.get(f"{audited.address}{PAGE}/report?format={form.value}")
    assert answer.ok
    assert "attachment" in answer.headers["content-disposition"]
    assert "claims" in answer.text()


def test_a_format_that_there_is_not_is_refused(steward: BrowserContext, audited: Site) -> None:
    """With what there is."""
    answer = steward.request.get(f"{audited.address}{PAGE}/report?format=docx")
    assert answer.status == 422
    assert "junit" in answer.text()


def test_the_report_stands_on_its_own(browser: Browser, tmp_path: Path, axe_source: str) -> None:
    """As a file from a disk: accessible, whole on a narrow screen and on paper, and it asks for nothing."""
    file = tmp_path / "report.html"
    file.write_text(render([audits.claims(), audits.clean()], Format.HTML), encoding="utf-8")
    with context_of(browser) as context:
        asked: list[str] = []
        page = look(context, file.as_uri(), axe_source)
        page.on("request", lambda request: asked.append(request.url))
        complaints = Complaints()
        with complaints.listen(page):
            page.reload()
        assert asked == [file.as_uri()]
        assert complaints.said == []
        assert len(page.pdf(format="A4")) > 20_000
        page.emulate_media(media="print")
        queries = page.locator("details.query pre")
        assert queries.count() == 8
        assert all(queries.nth(at).bounding_box() for at in range(queries.count())), "a query is folded away on paper"


def test_the_json_of_the_page_is_that_of_the_report(steward: BrowserContext, audited: Site) -> None:
    """One shape wherever it comes from."""
    answer = steward.request.get(f"{audited.address}{PAGE}/report?format=json")
    found = json.loads(answer.text())
    assert [audit["source"] for audit in found["audits"]] == ["claims", "policies", "partners"]
    assert found["blocked"] is True
