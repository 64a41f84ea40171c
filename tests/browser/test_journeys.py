"""Every form, from the link to the ledger, without a line of JavaScript."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.running import Site, context_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page

pytestmark = pytest.mark.browser

SHEET = [
    ["Inventory of AI, spring", "", "", ""],
    ["Use Case Name", "Agency", "Purpose", "Colour"],
    ["Permit sorting", "City of Example", "Sorts permits", "blue"],
    ["Pothole finder", "City of Example", "Finds potholes in pictures", "green"],
]


@pytest.fixture
def plain(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that runs no scripts."""
    with context_of(browser, scripts=False) as context:
        yield context


def follow(control: Locator) -> None:
    """Press what leads to another page, and wait for that page."""
    with control.page.expect_navigation():
        control.click()


def keep(page: Page, button: str) -> None:
    """Press the visible button of a form."""
    follow(page.get_by_role("button", name=button, exact=True).last)


def register(page: Page, site: Site, title: str) -> str:
    """Register a use case by its title alone; its address."""
    page.goto(f"{site.address}/use-cases/new")
    page.get_by_label("Title").fill(title)
    keep(page, "Register")
    return page.url.partition("?")[0]


def test_intake_asks_about_likenesses(plain: BrowserContext, demo: Site) -> None:
    """A title like a registered one is asked about first; nothing entered is lost on the way."""
    page = demo.sign_in(plain)
    page.goto(f"{demo.address}/use-cases/new")
    page.get_by_label("Title").fill("Card fraud scores")
    page.get_by_label("Purpose").fill("The second of its kind.")
    keep(page, "Register")
    assert page.get_by_role("link", name="Card fraud score", exact=False).first.is_visible()
    assert page.get_by_label("Purpose").input_value() == "The second of its kind."
    keep(page, "Register anyway")
    assert page.locator("h1").inner_text() == "Card fraud scores"
    assert page.get_by_text("The use case is registered.").is_visible()
    assert page.get_by_text("unassigned").count() >= 4


def test_edit_with_lists_and_faults(plain: BrowserContext, demo: Site) -> None:
    """Items are added by a button; a fault stands at its field and nothing entered is lost."""
    page = demo.sign_in(plain)
    address = register(page, demo, "Invoice reader")
    page.goto(f"{address}/edit")
    page.get_by_label("Stage").select_option("retired")
    follow(page.get_by_role("button", name="Add a component"))
    assert page.get_by_label("Stage").input_value() == "retired"
    page.locator("[name='components.0.name']").fill("reader-model")
    page.locator("[name='components.0.kind']").select_option("model")
    page.locator("[name=started]").fill("2026-05-01")
    page.locator("[name=retired]").fill("2026-01-01")
    keep(page, "Keep the changes")
    assert "before it started" in page.get_by_role("alert").inner_text()
    assert page.locator("[name='components.0.name']").input_value() == "reader-model"
    assert page.locator("[name=retired]").get_attribute("aria-invalid") == "true"
    page.locator("[name=retired]").fill("2026-06-01")
    keep(page, "Keep the changes")
    assert page.get_by_text("Your changes are kept.").is_visible()
    assert page.get_by_role("heading", name="reader-model").is_visible()
    assert "changed" in page.locator(".events li").first.inner_text()


def test_owners_accept_for_themselves_only(plain: BrowserContext, browser: Browser, demo: Site) -> None:
    """Naming somebody leaves the duty unconfirmed until that very person accepts."""
    page = demo.sign_in(plain)
    address = register(page, demo, "Shift planner")
    page.goto(f"{address}/owners")
    page.get_by_label("Product owner").fill("omar@halden.example")
    page.get_by_label("Business owner").fill("dana@halden.example")
    keep(page, "Keep the owners")
    assert page.get_by_role("button", name="Accept").count() == 1
    follow(page.get_by_role("button", name="Accept the business duty"))
    assert page.get_by_text("You accepted the duty.").is_visible()
    with context_of(browser, scripts=False) as other:
        omar = demo.sign_in(other, "omar@halden.example")
        omar.goto(address)
        follow(omar.get_by_role("button", name="Accept the product duty"))
        assert omar.locator(".seats li", has_text="product").get_by_text("accepted").is_visible()
        follow(omar.get_by_role("link", name="Give back the product duty"))
        omar.get_by_label("Reason").fill("I move to another team.")
        keep(omar, "Give it back")
        assert omar.locator(".seats li", has_text="product").get_by_text("unconfirmed").is_visible()


def test_two_write_at_once(plain: BrowserContext, browser: Browser, demo: Site) -> None:
    """The later of two sees both values and keeps what they entered; what the other changed elsewhere is taken over."""
    page = demo.sign_in(plain)
    address = register(page, demo, "Letter drafting")
    page.goto(f"{address}/edit")
    with context_of(browser, scripts=False) as other:
        second = demo.sign_in(other, "omar@halden.example")
        second.goto(f"{address}/edit")
        second.get_by_label("Unit").fill("Claims")
        second.get_by_label("Organisation").fill("Theirs")
        keep(second, "Keep the changes")
    page.get_by_label("Organisation").fill("Mine")
    keep(page, "Keep the changes")
    table = page.get_by_role("region", name="What differs").inner_text()
    assert all(word in table for word in ("Theirs", "Mine", "Claims"))
    assert page.get_by_label("Organisation").input_value() == "Mine"
    assert page.get_by_label("Unit").input_value() == "Claims"
    keep(page, "Keep the changes")
    about = page.locator("section", has=page.get_by_role("heading", name="About")).inner_text()
    assert "Mine" in about
    assert "Claims" in about


def test_outcome(plain: BrowserContext, demo: Site) -> None:
    """A range that is upside down is refused at its field; the right one is kept."""
    page = demo.sign_in(plain)
    address = register(page, demo, "Stock forecast")
    page.goto(f"{address}/outcome")
    page.get_by_label("Metric").fill("days of stock")
    page.get_by_label("Low").first.fill("900000 EUR")
    page.get_by_label("High").first.fill("100000 EUR")
    page.get_by_label("Basis").fill("a guess")
    page.get_by_label("Confidence").select_option("low")
    keep(page, "Keep the outcome")
    assert "swap them" in page.get_by_role("alert").inner_text()
    page.get_by_label("High").first.fill("1900000 EUR")
    keep(page, "Keep the outcome")
    assert page.get_by_text("900,000 EUR to 1,900,000 EUR").is_visible()


def test_evidence_comes_and_goes(plain: BrowserContext, demo: Site) -> None:
    """Attest from the blocker, see who said it and until when it counts, withdraw it with a reason."""
    page = demo.sign_in(plain)
    address = register(page, demo, "Call summaries")
    page.goto(f"{address}/evidence/new?fact=data.path-audited")
    page.get_by_label("yes", exact=True).check()
    page.locator("[name=observedTo]").fill("2999-01-01")
    keep(page, "Record it")
    assert "has not come yet" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("yes", exact=True).is_checked()
    page.locator("[name=observedTo]").fill(page.locator("[name=observedFrom]").input_value())
    page.get_by_label("What was done and found").fill("Compared both, five gaps named.")
    keep(page, "Record it")
    page.goto(address)
    page.locator("#dimension-data summary").click()
    proof = page.locator(".proof", has_text="five gaps").inner_text()
    assert "attested" in proof
    assert "runs out" in proof
    follow(page.locator(".proof", has_text="five gaps").get_by_role("link", name="withdraw"))
    page.get_by_label("Reason").fill("The comparison was of another table.")
    keep(page, "Withdraw it")
    assert page.get_by_text("The evidence is withdrawn.").is_visible()
    page.goto(address)
    assert page.locator(".proof", has_text="five gaps").count() == 0


def test_upload_map_import_again(plain: BrowserContext, bare: Site) -> None:
    """From a sheet to a portfolio: look, change a meaning, import; a second time changes nothing."""
    page = bare.sign_in(plain)
    follow(page.get_by_role("link", name="Import a sheet"))
    choose(page, "inventory.csv", as_csv(SHEET))
    assert page.locator("h1").inner_text() == "2 rows will be 2 use cases"
    page.get_by_label("Colour").select_option("topic")
    follow(page.get_by_role("button", name="Look again", exact=True).last)
    assert page.get_by_label("Colour").input_value() == "topic"
    follow(page.get_by_role("button", name="Import", exact=True).last)
    assert page.locator("h1").inner_text() == "2 rows imported, 2 use cases registered"
    follow(page.get_by_role("link", name="See where they stand"))
    follow(page.get_by_role("link", name="Pothole finder"))
    assert "green" in page.locator("section", has=page.get_by_role("heading", name="About")).inner_text()
    page.locator("summary", has_text="As it was imported").click()
    assert page.get_by_role("region", name="Cells of the imported row").get_by_text("green").is_visible()
    page.goto(f"{bare.address}/import")
    choose(page, "inventory.csv", as_csv(SHEET))
    assert page.get_by_text("A file with these headers came before.").is_visible()
    follow(page.get_by_role("button", name="Import", exact=True).last)
    assert page.get_by_text("nothing was recorded").is_visible()


def test_upload_that_is_no_sheet(plain: BrowserContext, bare: Site) -> None:
    """What cannot be read is said with its place and the next step, and another file can be chosen at once."""
    page = bare.sign_in(plain)
    page.goto(f"{bare.address}/import")
    choose(page, "broken.csv", b'Title,Agency\n"never closed,City\nnext,row\n')
    said = page.get_by_role("alert").inner_text()
    assert "Next:" in said
    assert page.get_by_role("button", name="Look at it").is_visible()


def test_filters_sort_and_pages(plain: BrowserContext, demo: Site) -> None:
    """The portfolio filters and sorts by plain addresses."""
    page = demo.sign_in(plain)
    page.get_by_role("combobox", name="Class").select_option("agentic")
    follow(page.get_by_role("button", name="Apply"))
    assert "class=agentic" in page.url
    kinds = page.locator("th.case .sub").all_inner_texts()
    assert kinds
    assert all("agentic" in kind for kind in kinds)
    follow(page.get_by_role("link", name="Use case", exact=True))
    titles = page.locator("th.case a").all_inner_texts()
    assert titles == sorted(titles, key=str.casefold)
    follow(page.get_by_role("link", name="Take away the filter class: agentic"))
    assert page.locator("tr[data-row]").count() > len(titles)


def test_display_and_signing_out(plain: BrowserContext, demo: Site) -> None:
    """The theme is kept without scripts; signing out ends the session for good."""
    page = demo.sign_in(plain)
    page.goto(f"{demo.address}/-/settings")
    page.get_by_label("Dark").check()
    keep(page, "Keep")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    follow(page.get_by_role("button", name="Sign out"))
    assert page.locator("h1").inner_text() == "You are signed out"
    response = page.goto(f"{demo.address}/")
    assert response is not None
    assert response.status == 401


def test_link_works_once(plain: BrowserContext, demo: Site) -> None:
    """Opening a link uses nothing up; pressing the button does."""
    link = f"{demo.address}/sign-in?token={demo.app.identity.offer('lena@halden.example')}"
    page = plain.new_page()
    for _ in range(2):
        page.goto(link)
        assert page.get_by_role("button", name="Sign in").is_visible()
    follow(page.get_by_role("button", name="Sign in"))
    page.goto(link)
    assert "unknown, used or expired" in page.get_by_role("alert").inner_text()


def test_form_without_token_is_refused(plain: BrowserContext, demo: Site) -> None:
    """A form that does not come from our own page changes nothing."""
    demo.sign_in(plain)
    before = demo.app.inventory.names()
    answer = plain.request.post(f"{demo.address}/use-cases/new", form={"title": "Forged"})
    assert answer.status == 403
    foreign = plain.request.post(
        f"{demo.address}/use-cases/new", form={"title": "Forged"}, headers={"Origin": "https://elsewhere.example"}
    )
    assert foreign.status == 403
    assert demo.app.inventory.names() == before


def as_csv(rows: list[list[str]]) -> bytes:
    """The rows as a CSV file."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def choose(page: Page, name: str, content: bytes) -> None:
    """Upload a file."""
    page.get_by_label("The sheet").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
    follow(page.get_by_role("button", name="Look at it"))
