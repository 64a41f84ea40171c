"""The pages of agents, each in the states that it can be in, and everything that can be pressed on them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from roadworthy.demo.pilots import AGENT
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.operate.actions.model import State
from tests.browser.morning import TICKET, Morning, happened, is_stopped, not_closed
from tests.browser.running import context_of, pages
from tests.browser.test_every_page import look
from tests.browser.test_sign_in import holds
from tests.harness.governed import LEE, SAM, signed_in
from tests.harness.ports import free_port
from tests.harness.stopping import stopped
from tests.harness.support import support_desk
from tests.harness.upstream import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def morning(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Morning]:
    with (
        support_desk(tmp_path_factory.mktemp("desk"), port=free_port()) as desk,
        pages(desk.running.app) as site,
        context_of(browser) as context,
    ):
        site.sign_in(context, LEE).close()
        made = Morning(desk, site, context)
        happened(desk, made.ids)
        yield made


@pytest.mark.parametrize(
    "path",
    [
        "/agent-runs", "/agent-runs?use_case=nobody", "/agent-runs/{tablet}", "/agent-runs/{back}",
        "/agent-runs/{partly}", "/agent-runs/{tablet}/rollback", "/agent-actions", "/agent-actions?state=given-up",
        "/agent-actions/{done}", "/agent-actions/{held}", "/agent-actions/{letter}",
        "/agent-actions/{letter}/edit", "/agent-actions/{letter}/done", "/agent-actions/{letter}/discard",
        "/agent-actions/{letter}/replay", "/agent-actions/{partly mail}", "/action-limits", "/action-findings",
        "/action-findings/{finding}",
        "/systems", "/systems/payments", "/stops", "/decisions/{request}", f"/use-cases/{AGENT}",
    ],
)  # fmt: skip
def test_page(morning: Morning, axe_source: str, path: str) -> None:
    """Nothing that axe can find in either theme, nothing on the console, nothing cut off at 320 pixels."""
    look(morning.context, morning.site.address + path.format(**morning.ids), axe_source)


def test_run_shows_amounts_the_limit_and_who_said_no(morning: Morning) -> None:
    page = morning.open(f"/agent-runs/{morning.ids['tablet']}")
    shown = page.locator("main").inner_text()

    assert "392 EUR moved and not taken back." in shown
    assert "98 EUR was refused." in shown
    assert "450 EUR per day for each customer (refund), 392 EUR of 450 EUR used by everybody" in shown
    assert page.locator(".ahead rect.limit").count() == 1
    row = page.locator("#place-5").inner_text()
    assert "refused" in row
    assert "limit:refund" in row
    page.close()


def test_action_leads_to_its_run_decision_ledger_and_what_the_system_logged(morning: Morning) -> None:
    page = morning.open(f"/agent-actions/{morning.ids['refused']}")
    shown = page.locator("main").inner_text()
    assert "450 EUR per day for each customer: 58 EUR left" in shown
    assert page.get_by_role("link", name="tablet", exact=True).is_visible()
    page.get_by_role("link", name="In the ledger").click()
    assert "action.refused" in page.locator("main").inner_text()
    page.close()


def test_a_word_that_is_no_page_of_an_action_is_said_to_be_none(morning: Morning, axe_source: str) -> None:
    address = f"{morning.site.address}/agent-actions/{morning.ids['letter']}/discord"
    page = look(morning.context, address, axe_source, 404)
    assert "Next: did you mean discard?" in page.get_by_role("alert").inner_text()


def test_contents_are_read_by_a_press_and_that_is_recorded(morning: Morning) -> None:
    page = morning.open(f"/agent-actions/{morning.ids['held']}")
    with page.expect_navigation():
        page.get_by_role("button", name="Read them").click()

    assert "20000" in page.locator("main").inner_text()
    assert page.locator(".unseen").count() > 0, "a character that turns the direction of reading is marked"
    assert "action.looked-into" in morning.recorded(f"AgentAction/{morning.ids['held']}")
    page.close()


def test_limits_of_one_customer_are_found_without_naming_them_in_an_address(morning: Morning) -> None:
    page = morning.open("/action-limits")
    page.get_by_label("Customer").fill("c-1007")
    with page.expect_navigation():
        page.get_by_role("button", name="Show").click()

    assert "c-1007" not in page.url
    rows = page.get_by_label("Table of limit windows").locator("tbody tr")
    assert rows.count() == 1
    assert "392 EUR of 450 EUR" in rows.first.inner_text()
    assert "58 EUR" in rows.first.inner_text()
    page.close()


def test_event_of_a_finding_is_read_and_the_finding_explained(morning: Morning) -> None:
    id_ = morning.ids["finding"]
    page = morning.open(f"/action-findings/{id_}")
    with page.expect_navigation():
        page.get_by_role("button", name="Read the event as it came").click()
    assert "back-office" in page.locator("main").inner_text()
    assert "action-finding.event-read" in morning.recorded(f"TrailFinding/{id_}")

    page.goto(f"{morning.site.address}/action-findings/{id_}/explain")
    page.get_by_label("Reason").fill(" ")
    with page.expect_navigation():
        page.get_by_role("button", name="It is right", exact=True).click()
    assert "this needs a reason" in page.locator("main").inner_text()
    page.get_by_label("Reason").fill("The customer stood at the counter.")
    with page.expect_navigation():
        page.get_by_role("button", name="It is right", exact=True).click()
    assert "The customer stood at the counter." in page.locator("main").inner_text()
    page.close()


def test_dead_letter_goes_again_with_other_arguments_and_ends_its_rollback(morning: Morning, axe_source: str) -> None:
    """What was sent stands in the form; what cannot be read comes back with everything that was entered."""
    page = morning.open(f"/agent-actions/{morning.ids['letter']}")
    assert "give it by hand" in page.locator("main").inner_text()
    with page.expect_navigation():
        page.get_by_role("button", name="Edit the arguments").click()
    assert json.loads(page.get_by_label("Arguments").input_value()) == {}
    holds(page, axe_source)

    page.get_by_label("Arguments").fill("{")
    page.get_by_label("Reason").fill("The mail's number is in the log.")
    with page.expect_navigation():
        page.get_by_role("button", name="Ask for it with these").last.click()
    assert page.get_by_label("Reason").input_value() == "The mail's number is in the log."
    assert page.get_by_role("alert").is_visible()
    holds(page, axe_source)

    given = {"message": morning.ids["sent as"], "text": "Please disregard our last message."}
    page.get_by_label("Arguments").fill(json.dumps(given))
    with page.expect_navigation():
        page.get_by_role("button", name="Ask for it with these").last.click()
    assert morning.ids["letter"] not in page.url
    assert "It is seen to." in page.locator("main").inner_text()
    morning.desk.run("partly", "rolled-back")
    assert given in morning.desk.systems["mail"].did("sendCorrection")
    page.close()


def test_rollback_is_looked_at_and_then_begun(morning: Morning) -> None:
    """Before: how far it reaches. Without a reason: nothing. Then: every refund is voided, and the page says so."""
    run = morning.ids["tablet"]
    page = morning.open(f"/agent-runs/{run}/rollback")
    shown = page.locator("main").inner_text()
    assert "392 EUR" in shown
    assert page.get_by_label("Table of the steps of the rollback").locator("tbody tr").count() == 4

    page.get_by_label("Why").fill(" ")
    with page.expect_navigation():
        page.get_by_role("button", name="Take it back").click()
    assert "this needs a reason" in page.locator("main").inner_text()
    assert morning.acting.seeing.run(run).run.state.value == "open"

    page.get_by_label("Why").fill("The tablet was never sent back.")
    with page.expect_navigation():
        page.get_by_role("button", name="Take it back").click()
    page.get_by_text("taken back").nth(3).wait_for()
    morning.desk.run("tablet", "rolled-back")
    page.locator("h1 + p .tone", has_text="rolled back").wait_for()
    assert "0 EUR moved and not taken back; 392 EUR at the most." in page.locator("main").inner_text()
    page.close()


def test_compensation_that_failed_is_done_by_hand_and_ends_its_rollback(morning: Morning, axe_source: str) -> None:
    desk, letter = morning.desk, not_closed(morning, "by-hand")
    page = look(morning.context, f"{morning.site.address}/agent-actions/{letter}/done", axe_source)
    page.close()
    page = morning.open(f"/agent-actions/{letter}")
    with page.expect_navigation():
        page.get_by_role("link", name="It was done by hand").click()
    page.get_by_label("Reason").fill("I have closed it in the ticketing system.")
    page.get_by_label("Receipt of the system").fill("x" * 201)
    with page.expect_navigation():
        page.get_by_role("button", name="It was done by hand").click()
    assert "201" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Reason").input_value() == "I have closed it in the ticketing system."

    page.get_by_label("Receipt of the system").fill("t-by-hand")
    with page.expect_navigation():
        page.get_by_role("button", name="It was done by hand").click()
    assert "t-by-hand" in page.locator("main").inner_text()
    assert "action.settled" in morning.recorded(f"AgentAction/{letter}")
    desk.run("by-hand", "rolled-back")
    page.close()


def test_compensation_that_failed_and_is_seen_to_shows_nothing_to_press(morning: Morning) -> None:
    letter = not_closed(morning, "seen-to")
    page = morning.open(f"/agent-actions/{letter}/discard")
    page.get_by_label("Reason").fill("It may stay open.")
    with page.expect_navigation():
        page.get_by_role("button", name="Discard it").click()
    assert "dead letter, seen to" in page.locator("main").inner_text()
    assert page.get_by_role("link", name="It was done by hand").count() == 0
    page.close()


def test_rollback_that_a_stop_keeps_is_let_go_on(morning: Morning, axe_source: str) -> None:
    """Its run says what keeps it and leads to the form, where that is chosen already."""
    desk = morning.desk
    desk.do("create-ticket", TICKET, run="kept")
    run = desk.get("/v1/agent-runs/kept").json()["id"]
    with stopped(desk.running.app, AGENT, lambda: is_stopped(desk)):
        desk.post("/v1/agent-runs/kept/rollback")
        wait_for(lambda: any(each.state is State.PARKED for each in morning.acting.seeing.run(run).actions))
        look(morning.context, f"{morning.site.address}/agent-runs/{run}", axe_source).close()
        page = morning.open(f"/agent-runs/{run}")
        with page.expect_navigation():
            page.get_by_role("link", name="Do not wait for stop switches").click()
        assert page.get_by_label("Do not wait for stop switches").is_checked()
        page.get_by_label("Why").fill("They must have it now.")
        with page.expect_navigation():
            page.get_by_role("button", name="Take it back").click()
        desk.run("kept", "rolled-back")
    assert morning.acting.seeing.run(run).run.despite_stop
    page.close()


@pytest.mark.parametrize(("fault", "became"), [("", "The action was done"), ("status", "The action failed")])
def test_decision_says_what_became_of_its_action(morning: Morning, axe_source: str, fault: str, became: str) -> None:
    """A yes is no outcome: the page leads to the action and says how it stands, before and after."""
    refund = {"payment": "p-7007", "customer": "c-1004", "currency": "EUR", "amount": 10_100}
    held = morning.desk.do("refund", refund, run=f"yes {fault}").json()
    if fault:
        morning.desk.systems["payments"].fails(fault, status=409, operation="refund", times=1)
    page = morning.open(f"/decisions/{held['request']}")
    assert "The action waits for this decision" in page.locator("#became").inner_text()
    page.get_by_label("Reason").first.fill("It broke on the first day.")
    with page.expect_navigation():
        page.get_by_role("button", name="Approve").click()
    page.locator("#became", has_text=became).wait_for()
    shown = page.locator("main").inner_text()
    assert "approved and done" not in shown
    with page.expect_navigation():
        page.locator("#became").get_by_role("link", name="The action").click()
    assert held["id"] in page.url
    page.close()
    look(morning.context, f"{morning.site.address}/decisions/{held['request']}", axe_source).close()


def test_system_is_asked_what_it_offers_now(morning: Morning, axe_source: str) -> None:
    """Old and new stand side by side; an action that was declared by another name is the same thing."""
    page = morning.open("/systems/payments")
    with page.expect_navigation():
        page.get_by_role("button", name="Ask what it offers now").click()
    shown = page.locator("main").inner_text()
    assert "it is not pinned" in shown
    assert "it is gone" not in shown
    assert "As it says now" in shown
    holds(page, axe_source)
    _is_approved(morning, page, axe_source)


def _is_approved(morning: Morning, page: Page, axe_source: str) -> None:
    """By a press: a change of its declaration, which here takes a decision as it does from a file."""
    with page.expect_navigation():
        page.locator("form[action$='/approve/void-refund'] button").click()
    assert "it is not pinned" in page.locator("main").inner_text()
    with page.expect_navigation():
        page.get_by_role("button", name="Approve it", exact=True).last.click()
    assert "This needs a decision, so nothing is kept yet." in page.locator("main").inner_text()
    holds(page, axe_source)
    assert morning.acting.actions.catalogue().actions["void-refund"].spec.pin is None
    page.get_by_label("Why it should change").fill("It is what we looked at.")
    with page.expect_navigation():
        page.locator("button[value=ask]").click()
    assert "pin" in page.locator("main").inner_text()
    app = morning.desk.running.app
    sam, asked = signed_in(app, SAM), app.approvals.standing(page.url.split("/decisions/")[1].split("?")[0]).request
    app.approvals.approve(sam.context("web"), sam.proof, asked.id, asked.digest, "So did I.")
    wait_for(lambda: morning.acting.actions.catalogue().actions["void-refund"].spec.pin is not None)
    page.close()


def test_stop_is_proven_by_a_press(morning: Morning) -> None:
    page = morning.open("/stops")
    with page.expect_navigation():
        page.get_by_role("button", name="Prove it now").click()
    assert "The self-test has begun." in page.locator("main").inner_text()
    assert morning.desk.running.app.operation.certificates.self_tests.listed(1)
    page.close()


def test_use_case_shows_what_its_agents_do(morning: Morning) -> None:
    page = morning.open(f"/use-cases/{AGENT}")
    section = page.locator("section", has=page.get_by_role("heading", name="What its agents do"))
    assert section.locator("a[href^='/agent-runs/']").count(), "its latest runs"
    assert "held" in section.inner_text()
    page.get_by_text("What they may do, and within which limits").click()
    assert "a person decides above 100 EUR" in section.inner_text()
    assert morning.recorded(f"{USE_CASE}/{AGENT}")
    page.close()
