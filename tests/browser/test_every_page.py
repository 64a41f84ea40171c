"""Every page, in both themes: accessible, quiet, and whole on a narrow screen and on paper."""

from __future__ import annotations

import datetime as dt
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from roadworthy.foundation.ledger.store import Filter
from tests.browser.running import Complaints, Site, axe, context_of, overflow, page_of
from tests.harness.issued import condition, issued

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser

CASE = "/use-cases/card-fraud-score"
PAGES = (
    "/",
    "/?ownership=red&sort=-blockers",
    "/?text=nothing-is-called-this",
    CASE,
    "/use-cases/code-migration-helper",
    f"{CASE}/integrations",
    "/use-cases/code-migration-helper/integrations",
    f"{CASE}/edit",
    f"{CASE}/ask/stage",
    f"{CASE}/owners",
    f"{CASE}/outcome",
    f"{CASE}/data",
    f"{CASE}/evidence/new?fact=data.path-audited",
    "/use-cases/new",
    "/discovery",
    "/reports",
    "/ranking",
    "/ranking?case=card-fraud-score&accepted=business",
    "/failure-modes",
    "/failure-modes/integration-as-plumbing",
    "/failure-modes/late-governance?status=cannot-tell",
    "/use-cases/card-fraud-score/releases",
    "/tickets",
    "/tickets/new?use_case=card-fraud-score",
    "/import",
    "/rubric",
    "/inbox",
    "/reviews",
    "/reviews?state=closed&use_case=nothing-is-called-this",
    f"{CASE}/reviews/new",
    "/certificates",
    "/certificates?state=suspended",
    "/certificates?state=expired&use_case=nothing-is-called-this",
    "/gateway",
    "/keys",
    f"{CASE}/keys/new",
    "/upstream-secrets",
    "/upstream-secrets/new",
    "/budgets",
    "/calls",
    "/later-calls",
    "/agent-actions",
    "/agent-runs",
    "/action-limits",
    "/action-replay",
    "/action-findings?state=all",
    "/systems",
    "/stops",
    "/stops/set",
    f"{CASE}/stop",
    "/packs?of=period",
    "/keeping",
    "/keeping/holds/new?on=person",
    "/decisions",
    "/rights",
    "/rights/genesis",
    "/ledger",
    "/ledger?use_case=card-fraud-score&kind=evidence&since=2020-01-01",
    "/ledger/outside",
    "/ledger/verify",
    "/question",
    "/question/use-case/card-fraud-score",
    "/notifications",
    "/notifications/deliveries",
    "/people",
    "/people?text=nobody-is-called-this",
    "/-/access",
    "/sessions",
    "/device",
    "/sign-in/again?go_to=/ledger",
    "/dead-letters",
    "/-/settings",
    "/-/patterns",
)
BARE_PAGES = (
    "/gateway",
    "/upstream-secrets",
    "/budgets",
    "/calls",
    "/later-calls",
    "/agent-actions",
    "/agent-runs",
    "/action-limits",
    "/action-replay",
    "/action-findings",
    "/systems",
    "/stops",
    "/packs",
    "/keeping",
    "/certificates",
    "/notifications",
    "/notifications/deliveries",
    "/",
    "/failure-modes",
    "/discovery",
    "/ranking",
    "/reports",
    "/tickets",
    "/import",
    "/ledger",
    "/ledger/outside",
    "/question",
    "/rubric",
    "/reviews",
)


def look(context: BrowserContext, address: str, axe_source: str, status: int = 200) -> Page:
    """Open an address in the context's page, hold it against every rule in both themes, and give the page back."""
    page = page_of(context)
    complaints = Complaints()
    with complaints.listen(page) if status == 200 else nullcontext():
        response = page.goto(address)
        assert response is not None
        assert response.status == status
        assert page.locator("h1").count() == 1
        wrong, doubtful = axe(page, axe_source)
        assert wrong == []
        assert doubtful == []
        page.set_viewport_size({"width": 320, "height": 640})
        assert overflow(page) == 0, "the page is wider than 320 pixels"
    assert complaints.said == []
    return page


@pytest.mark.parametrize("path", PAGES)
def test_page(visitor: BrowserContext, demo: Site, axe_source: str, path: str) -> None:
    """Nothing that axe can find, nothing on the console, nothing cut off at 320 pixels."""
    look(visitor, demo.address + path, axe_source)


@pytest.mark.parametrize("path", BARE_PAGES)
def test_empty_page(newcomer: BrowserContext, bare: Site, axe_source: str, path: str) -> None:
    """The same where there is nothing to show yet."""
    look(newcomer, bare.address + path, axe_source)


def test_proposal(visitor: BrowserContext, demo: Site, axe_source: str) -> None:
    """What was seen of AI that nobody registered, with the three ways to decide about it."""
    proposal = demo.app.discovery.proposals()[0][0]
    page = look(visitor, f"{demo.address}/discovery/{proposal.id}", axe_source)
    assert page.get_by_role("button", name="Register it").is_visible()


def test_emergency_page(browser: Browser, demo: Site, axe_source: str) -> None:
    """For whom the link is and why, opened without being signed in; and the warning on every page afterwards."""
    app, admin = demo.app, "dana@halden.example"
    app.identity.local_user(admin)
    operator = app.identity.local_user("operator@halden.example")
    _, session = app.identity.sign_in(app.identity.offer("lee@halden.example"), None, None, "web")
    code = app.break_glass.seal(session, "web")
    opened = app.break_glass.open(operator, "cli", admin, "The provider is down.", 1)
    secret, _ = app.break_glass.confirm(operator, "cli", opened.id, code)
    with context_of(browser) as context:
        page = look(context, f"{demo.address}/break-glass?token={secret}", axe_source)
        assert "The provider is down." in page.inner_text("main")
        with page.expect_navigation():
            page.get_by_role("button", name="Sign in").click()
        look(context, f"{demo.address}/inbox", axe_source)
    app.break_glass.end(operator.context("tests"), opened.id)


def test_certificate(visitor: BrowserContext, demo: Site, axe_source: str) -> None:
    """One of each state that there is, also as it is printed."""
    by = demo.app.identity.local_user("reporter")
    due = demo.app.runtime.clock.now() + dt.timedelta(days=9)
    conditions = (condition(by.person.ref, due),)
    made = issued(demo.app, by.context("tests"), "card-fraud-score", stage="pilot", conditions=conditions)
    kept = {each.state: each.serial for each in demo.app.operation.certificates.listed()}
    for serial in {made.serial, *kept.values()}:
        page = look(visitor, f"{demo.address}/certificates/{serial}", axe_source)
        page.emulate_media(media="print")
        assert page.get_by_role("img", name="QR code").is_visible()
        assert page.get_by_text("Operating certificate", exact=True).is_visible()
    for change in ("narrow", "withdraw"):
        look(visitor, f"{demo.address}/certificates/{made.serial}/{change}", axe_source)


def test_report_and_comparison(visitor: BrowserContext, demo: Site, axe_source: str) -> None:
    """A report, and what changed since the one before."""
    context = demo.app.identity.local_user("reporter").context("tests")
    for _ in range(2):
        demo.app.reports.make(context, "reporter")
    newest = max(made.number for made in demo.app.reports.all())
    for path in (f"/reports/{newest}", f"/reports/{newest}/comparison"):
        look(visitor, demo.address + path, axe_source)


def test_entry_with_proof(visitor: BrowserContext, demo: Site, axe_source: str) -> None:
    """A ledger entry shows its proof."""
    entry = demo.app.ledger.entries(Filter(what="owner.accepted"), limit=1).entries[0].entry
    page = look(visitor, f"{demo.address}/ledger/{entry.id}", axe_source)
    assert "c2sp.org/tlog-proof@v1" in page.get_by_label("Proof", exact=True).inner_text()


@pytest.mark.parametrize(
    ("path", "status"),
    [("/use-cases/nope", 404), ("/nowhere", 404), ("/?sort=colour", 422), (f"{CASE}/colour", 404)],
)
def test_error_page(visitor: BrowserContext, demo: Site, axe_source: str, path: str, status: int) -> None:
    """A fault is a page too: what is wrong, and what to do next."""
    page = look(visitor, demo.address + path, axe_source, status)
    assert "Next:" in page.get_by_role("alert").inner_text()


SHEETS = {
    "good.csv": b"Use Case Name,Agency,Stage,Hue\nPermit sorting,City,Pilot,blue\nPothole finder,City,someday,green\n",
    "numbers.csv": b"1,2,3\n4,5,6\n7,8,9\n",
}


@pytest.mark.parametrize("name", list(SHEETS))
def test_import_pages(visitor: BrowserContext, demo: Site, axe_source: str, name: str) -> None:
    """What was understood of a file, whether it can be imported or not."""
    page = page_of(visitor)
    page.goto(f"{demo.address}/import")
    page.get_by_label("The sheet").set_input_files({"name": name, "mimeType": "text/csv", "buffer": SHEETS[name]})
    with page.expect_navigation():
        page.get_by_role("button", name="Look at it").click()
    look(visitor, page.url, axe_source, 200 if name == "good.csv" else 422)


def test_import_report(visitor: BrowserContext, demo: Site, axe_source: str) -> None:
    """What an import did."""
    context = demo.app.identity.local_user("importer").context("tests")
    report = demo.app.importing.run(context, "good.csv", SHEETS["good.csv"])
    page = look(visitor, f"{demo.address}/import/runs/{report.import_id}", axe_source)
    assert "someday" in page.inner_text("main")


def test_signed_out_page(browser: Browser, demo: Site, axe_source: str) -> None:
    """Whoever is not signed in learns how to, and sees nothing else."""
    with context_of(browser) as context:
        page = look(context, demo.address + CASE, axe_source, 401)
        assert "roadworthy sign-in-link" in page.inner_text("main")
        assert "fraud" not in page.content().lower()


def test_forced_colours(visitor: BrowserContext, demo: Site, axe_source: str) -> None:
    """Where the system decides about colours, shapes and words still tell tones apart."""
    page = page_of(visitor)
    page.emulate_media(forced_colors="active")
    page.goto(f"{demo.address}/-/patterns")
    wrong, _ = axe(page, axe_source)
    assert wrong == []
    style = page.locator(".tone.unknown").first.evaluate("node => getComputedStyle(node).borderStyle")
    assert style == "dashed"


@pytest.mark.parametrize("path", ["/", CASE, "/ledger", "/ranking"])
def test_prints(visitor: BrowserContext, demo: Site, path: str) -> None:
    """Every page makes a PDF; on paper the navigation is gone and what was folded is open."""
    page = page_of(visitor)
    page.goto(demo.address + path)
    assert page.pdf(format="A4", landscape=path == "/").startswith(b"%PDF")
    page.emulate_media(media="print")
    assert not page.locator("header.top").is_visible()
    assert page.locator("h1").is_visible()
