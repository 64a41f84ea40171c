"""The pages of evidence: accessible, whole at 320 pixels, full and empty, and every form without a script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from roadworthy.evidence.model import Item, Submission
from roadworthy.inventory.facts import Answer
from tests.browser.running import Site, context_of
from tests.browser.test_every_page import look
from tests.browser.test_journeys import follow, keep, register

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

pytestmark = pytest.mark.browser

CASE = "card-fraud-score"
EMPTY = ("/evidence", "/collectors", "/collectors/new", "/-/tokens")


@pytest.fixture(scope="module")
def item(demo: Site) -> Item:
    """A disputed item with everything that an item can have."""
    app = demo.app
    context = app.identity.local_user("ana").context("tests")
    kept = app.attachments.keep(context, "a report with a long name.txt", [b"All fields were compared.\n"])
    today = app.runtime.clock.now().date()
    given = Submission(
        fact="data.path-audited",
        answer=Answer.YES,
        kind="data-audit",
        observed_from=today - timedelta(days=9),
        observed_to=today - timedelta(days=2),
        statement="Compared every field.\nFive gaps were named.",
        link="https://wiki.example.org/audit",
        sample_size=10,
        result={"sources": 2, "missingShare": "0.03", "gaps": ["no deductible", "late loss date"]},
        attachments=(kept.digest,),
    )
    made = app.evidence.submit(context, CASE, given)
    other = app.identity.local_user("ben").context("tests")
    return app.evidence.contest(other, made.id, "The sample is too small for such a claim.")


@pytest.fixture
def plain(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that runs no scripts."""
    with context_of(browser, scripts=False) as context:
        yield context


@pytest.mark.parametrize(
    "path",
    [
        "/evidence",
        "/evidence?within=30",
        "/evidence?text=nothing-is-called-this",
        f"/use-cases/{CASE}/evidence",
        f"/use-cases/{CASE}/evidence/new?fact=data.path-audited&kind=data-audit",
        "/evidence/ITEM",
        "/evidence/ITEM/contest",
        "/evidence/ITEM/settle",
        "/evidence/ITEM/supersede",
        "/evidence/ITEM/withdraw",
    ],
)
def test_page(visitor: BrowserContext, demo: Site, item: Item, axe_source: str, path: str) -> None:
    """Nothing that axe can find, nothing on the console, nothing cut off at 320 pixels."""
    look(visitor, demo.address + path.replace("ITEM", item.id), axe_source)


@pytest.mark.parametrize("path", EMPTY)
def test_empty_page(newcomer: BrowserContext, bare: Site, axe_source: str, path: str) -> None:
    """The same where there is nothing to show yet; an empty page says what to do."""
    page = look(newcomer, bare.address + path, axe_source)
    if not path.endswith("/new"):
        assert page.locator("code.command").is_visible()


@pytest.mark.parametrize(("path", "status"), [("/evidence/nope", 404), ("/evidence?state=blue", 422)])
def test_fault(visitor: BrowserContext, demo: Site, axe_source: str, path: str, status: int) -> None:
    """A fault is a page too."""
    page = look(visitor, demo.address + path, axe_source, status)
    assert "Next:" in page.get_by_role("alert").inner_text()


def test_evidence_with_a_file_survives_a_fault_and_shows_what_rests_on_it(plain: BrowserContext, demo: Site) -> None:
    """Kind, figures and file stay in the form when a figure is wrong; the item's page names the criteria."""
    page = demo.sign_in(plain)
    address = register(page, demo, "Letter sorter")
    page.goto(f"{address}/evidence/new?fact=data.path-audited")
    page.get_by_label("Kind of evidence").select_option("data-audit")
    follow(page.get_by_role("button", name="Show what this kind asks"))
    assert page.get_by_label("Question").input_value() == "data.path-audited"
    page.get_by_label("yes", exact=True).first.check()
    page.get_by_label("What was done and found").fill("Compared both sources.")
    page.get_by_label("Missing share").fill("7")
    page.get_by_label("Sample size").fill("20000")
    content = b"Every field of both sources.\n"
    page.get_by_label("Add a file").set_input_files({"name": "audit.txt", "mimeType": "text/plain", "buffer": content})
    keep(page, "Record it")
    assert "cannot stand under" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("What was done and found").input_value() == "Compared both sources."
    assert page.get_by_label("audit.txt").is_checked()
    page.get_by_label("Missing share").fill("0.07")
    keep(page, "Record it")
    assert page.get_by_text("The evidence is recorded.").is_visible()
    said = page.inner_text("main")
    assert "documented" in said
    assert "audit.txt" in said
    assert (
        "The verdict rests on this item." in page.get_by_role("region", name="Criteria that it speaks to").inner_text()
    )
    with page.expect_download() as download:
        page.get_by_role("link", name="audit.txt").click()
    assert download.value.path().read_bytes() == content


def test_what_is_handed_in_twice_takes_the_place_of_the_first(plain: BrowserContext, demo: Site) -> None:
    """Renew leads to the same question and kind; the first item says what took its place."""
    page = demo.sign_in(plain)
    address = register(page, demo, "Call router")
    page.goto(f"{address}/evidence/new?fact=data.documented")
    page.get_by_label("no", exact=True).first.check()
    keep(page, "Record it")
    first = page.url.partition("?")[0]
    follow(page.get_by_role("link", name="Renew"))
    page.get_by_label("yes", exact=True).first.check()
    keep(page, "Record it")
    page.goto(first)
    assert "A newer item took its place." in page.inner_text("main")
    assert page.get_by_role("link", name="Renew").count() == 0


def test_a_dispute_needs_a_reason_and_another_person(plain: BrowserContext, demo: Site, browser: Browser) -> None:
    """Without a reason it is asked for again; who disputes cannot settle and is told so; somebody else can."""
    page = demo.sign_in(plain, "dana@halden.example")
    address = register(page, demo, "Meter reader")
    page.goto(f"{address}/evidence/new?fact=data.documented")
    page.get_by_label("yes", exact=True).first.check()
    keep(page, "Record it")
    evidence = page.url.partition("?")[0]
    follow(page.get_by_role("link", name="Contest"))
    page.get_by_label("Reason").fill("   ")
    keep(page, "Contest it")
    assert page.get_by_role("alert").is_visible()
    page.get_by_label("Reason").fill("Nobody has seen the catalogue.")
    keep(page, "Contest it")
    assert "Nobody has seen the catalogue." in page.inner_text("main")
    follow(page.get_by_role("link", name="Settle the dispute"))
    page.get_by_label("The item is right", exact=False).check()
    page.get_by_label("Reason").fill("I found it.")
    keep(page, "Settle it")
    assert "you cannot settle" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Reason").input_value() == "I found it."
    with context_of(browser, scripts=False) as another:
        other = demo.sign_in(another, "priya@halden.example")
        other.goto(f"{evidence}/settle")
        other.get_by_label("The item is right", exact=False).check()
        other.get_by_label("Reason").fill("Here it is: page 4.")
        keep(other, "Settle it")
        assert "rejected" in other.inner_text("main")


def test_a_token_is_shown_once_and_a_faulty_wish_is_kept(plain: BrowserContext, bare: Site) -> None:
    """What was entered stays; the secret stands on one page and never again."""
    page = bare.sign_in(plain)
    page.goto(f"{bare.address}/-/tokens")
    page.get_by_label("Name").fill("CI job")
    page.get_by_label("evidence:submit", exact=False).check()
    follow(page.get_by_role("button", name="Make it"))
    assert "cannot be a token's name" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Name").input_value() == "CI job"
    assert page.get_by_label("evidence:submit", exact=False).is_checked()
    page.get_by_label("Name").fill("ci-job")
    follow(page.get_by_role("button", name="Make it"))
    secret = page.locator("code.secret").inner_text()
    assert secret.startswith("rw_")
    page.goto(f"{bare.address}/-/tokens")
    assert secret not in page.content()
    follow(page.get_by_role("link", name=re.compile("Revoke.*ci-job")))
    page.get_by_label("Reason").fill("Only for this test.")
    keep(page, "Revoke")
    assert "revoked" in page.get_by_role("region", name="Table of tokens").inner_text()


def test_a_collector_is_registered_and_revoked(plain: BrowserContext, bare: Site) -> None:
    """A private key is refused in words; a public one is believed from then on."""
    page = bare.sign_in(plain)
    page.goto(f"{bare.address}/collectors/new")
    page.get_by_label("Name").fill("probe-runner")
    page.get_by_label("Owner").fill("ana@example.org")
    page.get_by_label("Kinds that it may hand in").fill("load-test\nintegration-probe")
    page.get_by_label("Public key").fill("-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----")
    keep(page, "Register")
    assert "this is a private key" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Kinds that it may hand in").input_value().split() == ["load-test", "integration-probe"]
    page.get_by_label("Public key").fill(
        "-----BEGIN PUBLIC KEY-----\n"
        "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
        "-----END PUBLIC KEY-----"
    )
    keep(page, "Register")
    assert "probe-runner" in page.get_by_role("region", name="Table of collectors").inner_text()
    follow(page.get_by_role("link", name=re.compile("Revoke.*probe-runner")))
    page.get_by_label("Reason").fill("The machine is gone.")
    keep(page, "Revoke")
    assert "The machine is gone." in page.inner_text("main")


def test_keys_lead_there(visitor: BrowserContext, demo: Site) -> None:
    """`g` and `e` open the evidence; `j` and the return key open the first item."""
    page = visitor.new_page()
    page.goto(f"{demo.address}/ledger")
    with page.expect_navigation():
        page.keyboard.press("g")
        page.keyboard.press("e")
    assert page.url == f"{demo.address}/evidence"
    page.keyboard.press("j")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "/evidence/" in page.url
    page.close()
