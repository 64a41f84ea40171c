"""Inbox, requests and rights in a browser: accessible in every state, by keyboard, without scripts, undeceived."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from roadworthy.app import open_home
from roadworthy.decide.approvals.requests import Proposal, Request
from roadworthy.decide.approvals.states import RequestState
from roadworthy.demo.service import BEFORE_EVERYTHING, generate
from roadworthy.foundation.runtime import Runtime, SimulatedClock
from roadworthy.foundation.settings import Settings
from tests.browser.running import Site, context_of, holds_unfolded, serving
from tests.browser.test_every_page import look

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

pytestmark = pytest.mark.browser

OMAR, PRODUCT, PLATFORM = "omar.hughes@halden.example", "tove.larsen@halden.example", "goran.novak@halden.example"
STATES = [
    RequestState.OPEN,
    RequestState.ESCALATED,
    RequestState.APPROVED,
    RequestState.USED,
    RequestState.DECLINED,
    RequestState.EXPIRED,
    RequestState.WITHDRAWN,
    RequestState.VOIDED,
]


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo organisation with rights in force and requests in every state, served."""
    home = tmp_path_factory.mktemp("decided") / "home"
    now = datetime.now(UTC)
    past = SimulatedClock(now - BEFORE_EVERYTHING)

    def move(instant: datetime) -> None:
        past.instant = max(past.instant, instant)

    with open_home(Settings(home=home), Runtime(clock=past)) as (app, _):
        generate(app, now=now, move=move, governed=True)
    with serving(home) as site:
        yield site
    shutil.rmtree(home)


@pytest.fixture(scope="module")
def omar(browser: Browser, decided: Site) -> Iterator[BrowserContext]:
    """Somebody of the risk committee."""
    with context_of(browser) as context:
        decided.sign_in(context, OMAR).close()
        yield context


def of_state(site: Site, state: RequestState) -> Request:
    """A request in this state, the latest."""
    return site.app.approvals.listed(state)[0]


def sly(site: Site) -> Request:
    """A release whose details try to deceive whoever reads them."""
    asker = site.app.identity.local_user(PRODUCT).context("tests")
    details = {
        "note": "to \u202elatipsoh\u202c only\u200b",
        "p\u0430yee": "p\u0430ypal.example",
        "hebrew": "100 שלום 500",
        "script": "<script>document.title='mine'</script>",
        "long": "a word " * 4_000,
        "same": [True, 1, "1", None, "null", {}],
    }
    facts = {"release": "2027.1", "change_kind": "release", "reversible": True}
    content = {"decides": "deploy", "useCase": "support-agent", "facts": facts, "details": details}
    return site.app.approvals.propose(asker, Proposal("external", content, "Quick one, please."))


@pytest.mark.parametrize(
    "path",
    [
        "/inbox",
        "/decisions",
        "/decisions?state=used&use_case=support-agent",
        "/decisions?use_case=nothing-is-called-this",
        "/rights",
        f"/rights?person={OMAR}&action=promote&use_case=document-review&facts=stage_to=production",
        "/rights/genesis",
        "/ledger",
    ],
)
def test_page(omar: BrowserContext, decided: Site, axe_source: str, path: str) -> None:
    """Nothing that axe can find, nothing on the console, nothing cut off at 320 pixels."""
    look(omar, decided.address + path, axe_source)


@pytest.mark.parametrize("state", STATES)
def test_request(omar: BrowserContext, decided: Site, axe_source: str, state: RequestState) -> None:
    """The page of a request in each of its states, folded and unfolded."""
    request = of_state(decided, state)
    page = look(omar, f"{decided.address}/decisions/{request.id}", axe_source)
    assert request.digest in page.inner_text("main")
    page.set_viewport_size({"width": 1280, "height": 900})
    holds_unfolded(page, axe_source)


@pytest.mark.parametrize("path", ["/inbox", "/decisions", "/rights", "/rights/genesis"])
def test_empty_page(newcomer: BrowserContext, bare: Site, axe_source: str, path: str) -> None:
    """Where nobody has said who may decide what, the pages teach it."""
    page = look(newcomer, bare.address + path, axe_source)
    assert "roadworthy" in page.inner_text("main")


def test_nothing_deceives(omar: BrowserContext, decided: Site, axe_source: str) -> None:
    """Hidden characters are marked, mixed scripts hinted at, scripts inert, long values whole."""
    page = look(omar, f"{decided.address}/decisions/{sly(decided).id}", axe_source)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    said = page.inner_text("main")
    for shown in ("⟨U+202E⟩", "⟨U+202C⟩", "⟨U+200B⟩", "mixes Cyrillic and Latin", "right-to-left letters", "<script>"):
        assert shown in said, shown
    assert "mine" not in page.title()
    assert said.count("a word") >= 7_998, "once in the lines and once value by value, each with a fold within a word"
    holds_unfolded(page, axe_source)


def test_by_keyboard(omar: BrowserContext, decided: Site) -> None:
    """`g n` opens the inbox, `j` walks, `a` opens the request at its reason; nothing is decided on the way."""
    request = of_state(decided, RequestState.ESCALATED)
    page = decided.sign_in(omar, OMAR)  # anew, for the reason is asked of a fresh sign-in only
    page.goto(f"{decided.address}/rights")
    page.keyboard.press("g")
    page.keyboard.press("n")
    page.wait_for_url(f"{decided.address}/inbox")
    row = page.locator("tr[data-row]").filter(has=page.locator(f"a[href='/decisions/{request.id}']"))
    for _ in range(page.locator("tr[data-row]").count()):
        page.keyboard.press("j")
        if "here" in (row.get_attribute("class") or ""):
            break
    page.keyboard.press("a")
    page.wait_for_url(f"{decided.address}/decisions/{request.id}#reason")
    page.wait_for_function("() => document.activeElement.id === 'reason'")
    page.keyboard.type("a a a")
    assert page.locator("#reason").input_value() == "a a a"
    assert decided.app.approvals.standing(request.id).request.state is RequestState.ESCALATED
    page.close()


def test_a_vote_without_scripts(browser: Browser, decided: Site) -> None:
    """With scripts off: read, forget the reason, find everything kept, give it, and see it recorded."""
    request = sly(decided)
    with context_of(browser, scripts=False) as context:
        decided.sign_in(context, PLATFORM).close()
        page = context.new_page()
        page.goto(f"{decided.address}/inbox")
        page.locator(f"a[href='/decisions/{request.id}']").click()
        page.locator("#reason").evaluate("node => node.removeAttribute('required')")
        page.get_by_role("button", name="Approve").click()
        assert "Everything you entered is still here" in page.get_by_role("alert").inner_text()
        page.locator("#reason").fill("I unfolded everything, and decline.")
        page.get_by_role("button", name="Decline").click()
        page.wait_for_url("**done=voted-decline")
        assert "I unfolded everything" in page.inner_text("main")
    assert decided.app.approvals.standing(request.id).request.state is RequestState.DECLINED


def test_who_may_not_vote_reads_why(browser: Browser, decided: Site) -> None:
    """The asker finds no vote, but the rule and who could say yes."""
    request = of_state(decided, RequestState.OPEN)
    with context_of(browser) as context:
        page = decided.sign_in(context, PRODUCT)
        page.goto(f"{decided.address}/decisions/{request.id}")
        vote = page.get_by_role("region", name="Your vote").inner_text()
        assert "You may not vote on this." in vote
        assert page.get_by_role("button", name="Approve").count() == 0
        assert PLATFORM in page.get_by_role("region", name="Which rules ask").inner_text()


# ---------------------------------------------------------------- asking

ASKING = ["stage?stage=pilot", "criterion", "deploy", "raise-limit", "agent-action"]


@pytest.mark.parametrize("what", ASKING)
def test_asking_page(omar: BrowserContext, decided: Site, axe_source: str, what: str) -> None:
    """The forms in which something is asked for."""
    look(omar, f"{decided.address}/use-cases/card-fraud-score/ask/{what}", axe_source)


def test_asking_for_a_stage_without_scripts(browser: Browser, decided: Site) -> None:
    """See who will be asked, change one's mind, see anew, ask; then it waits on the use case's page."""
    with context_of(browser, scripts=False) as context:
        page = decided.sign_in(context, OMAR)
        page.goto(f"{decided.address}/use-cases/readmission-risk")
        page.get_by_role("region", name="Decisions").get_by_role("link", name="Another stage").click()
        page.get_by_label("Stage").select_option("retired")
        page.get_by_label("Reason").fill("Nobody uses it.")
        page.get_by_role("button", name="See who will be asked").click()
        told = page.get_by_role("region", name="What would be asked")
        assert "Retire readmission-risk" in told.inner_text()
        assert "Nothing is sent yet" in told.inner_text()
        assert decided.app.approvals.listed(None, "readmission-risk") == []
        page.get_by_label("Stage").select_option("production")
        page.get_by_role("button", name="Ask for it").click()
        assert "it is not what you had seen" in page.inner_text("main")
        assert page.get_by_label("Reason").input_value() == "Nobody uses it."
        page.get_by_label("Stage").select_option("retired")
        page.get_by_role("button", name="Look again").click()
        page.get_by_role("button", name="Ask for it").click()
        page.wait_for_url("**done=proposed")
        assert "Nobody uses it." in page.inner_text("main")
        page.goto(f"{decided.address}/use-cases/readmission-risk")
        assert "Retire readmission-risk" in page.get_by_role("region", name="Decisions").inner_text()
    (request,) = decided.app.approvals.listed(None, "readmission-risk")
    assert (request.title, request.state) == ("Retire readmission-risk", RequestState.OPEN)


def test_facts_that_cannot_be_read_lose_nothing(browser: Browser, decided: Site) -> None:
    """A fact of the wrong type comes back at its field, with everything else as it was entered."""
    with context_of(browser, scripts=False) as context:
        page = decided.sign_in(context, OMAR)
        page.goto(f"{decided.address}/use-cases/support-agent/ask/agent-action")
        page.get_by_label("Amount").fill("a lot")
        page.get_by_label("Tool").fill("refund")
        page.get_by_label("Reason").fill("The customer waits.")
        page.get_by_role("button", name="See who will be asked").click()
        assert "`" not in page.get_by_role("alert").inner_text()
        assert "a lot cannot be read" in page.get_by_role("alert").inner_text()
        assert [page.get_by_label(each).input_value() for each in ("Amount", "Tool", "Reason")] == [
            "a lot",
            "refund",
            "The customer waits.",
        ]
        page.get_by_label("Amount").fill("1200.50 EUR")
        page.get_by_role("button", name="See who will be asked").click()
        assert "Let support-agent call refund" in page.get_by_role("region", name="What would be asked").inner_text()


def test_an_edit_that_needs_a_decision_asks_for_it(browser: Browser, decided: Site, axe_source: str) -> None:
    """Nothing entered is lost: the form says what needs a decision and whose, and asks for it."""
    with context_of(browser) as context:
        page = decided.sign_in(context, OMAR)
        page.goto(f"{decided.address}/use-cases/card-fraud-score/edit")
        page.get_by_label("Purpose").fill("Another purpose.")
        page.get_by_label("Personal data").first.select_option("special")
        page.get_by_role("button", name="Keep the changes").last.click()
        assert "This needs a decision" in page.inner_text("main")
        assert page.get_by_label("Purpose").input_value() == "Another purpose."
        holds_unfolded(page, axe_source)
        page = context.new_page()
        page.goto(f"{decided.address}/use-cases/card-fraud-score/edit")
        page.get_by_label("Personal data").first.select_option("special")
        page.get_by_role("button", name="Keep the changes").last.click()
        page.get_by_role("button", name="Ask for it").click()
        assert "Not asked yet" in page.get_by_role("alert").inner_text()
        page.get_by_label("Why it should change").fill("It reads health data since May.")
        page.get_by_role("button", name="Ask for it").click()
        page.wait_for_url("**done=proposed")
    newest = decided.app.approvals.listed(RequestState.OPEN, "card-fraud-score")[0]
    assert newest.title == "Change risk of card-fraud-score"


@pytest.mark.parametrize("path", ["/inbox", "/rights"])
def test_prints(omar: BrowserContext, decided: Site, path: str) -> None:
    """On paper the navigation is gone, and what was folded is open."""
    page = omar.new_page()
    page.goto(decided.address + path)
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.close()
