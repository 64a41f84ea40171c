"""An agent acts, and people watch it: a stock client of the protocol on one side, a browser on the other.

At once, held and let pass in the inbox, refused by a window, taken back across four systems, stopped; and the ledger
says who decided what.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING, Any

import mcp_types
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from roadworthy.demo.agent import ERRANDS, Came, connected, go
from roadworthy.demo.pilots import AGENT
from tests.browser.running import Site, context_of, pages
from tests.harness.acting import Shop
from tests.harness.governed import LEE
from tests.harness.ports import free_port
from tests.harness.speaking_mcp import client
from tests.harness.support import support_desk
from tests.harness.upstream import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

TABLET = {"payment": "p-7011", "customer": "c-1007", "currency": "EUR", "reason": "It was never sent."}
SMALL = {"payment": "p-7003", "customer": "c-1002", "currency": "EUR", "amount": 2_000, "reason": "The wrong colour."}
LARGE = 20_000


@dataclass
class Watched:
    """A desk, its pages, somebody who looks at them, and the threads in which agents work meanwhile."""

    desk: Shop
    site: Site
    page: Page
    agents: ThreadPoolExecutor
    asked: Queue[str] = field(default_factory=Queue)
    """Addresses that a client was asked to open."""

    @property
    def gateway(self) -> str:
        return self.desk.running.address

    def see(self, path: str) -> str:
        """Go to a page; what stands on it."""
        self.page.goto(f"{self.site.address}{path}")
        return self.shown()

    def shown(self) -> str:
        """What stands on the page."""
        return self.page.locator("main").inner_text()

    def press(self, button: str) -> None:
        """Press a button, and wait for the page that comes."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=button, exact=True).click()

    def approve(self, why: str) -> None:
        """Say yes on the page of a decision."""
        self.page.get_by_label("Reason").fill(why)
        self.press("Approve")
        assert "Your approval is recorded" in self.shown()

    def refunds(self) -> list[int]:
        """Amounts that the payments system paid back, in order."""
        return [each["amount"] for each in self.desk.systems["payments"].did("refund")]


@pytest.fixture
def watched(browser: Browser, tmp_path: Path) -> Iterator[Watched]:
    with (
        support_desk(tmp_path / "home", port=free_port()) as desk,
        pages(desk.running.app) as site,
        context_of(browser) as context,
        ThreadPoolExecutor() as agents,
    ):
        yield Watched(desk, site, site.sign_in(context, LEE), agents)


def test_people_see_and_decide_what_an_agent_does(watched: Watched) -> None:
    at_once = _calls(watched, "refund", SMALL).result()
    assert at_once.structured_content["amount"] == SMALL["amount"]

    held = _approved_where_the_client_is_told_to_look(watched)
    older = _approved_in_the_inbox(watched)
    assert watched.refunds() == [2_000, LARGE, LARGE + 1]

    _refused_by_the_window(watched)
    _taken_back_across_four_systems(watched)
    _stopped_by_a_button(watched)

    for id_, words in ((held, "It leaks."), (older, "Also old.")):
        _the_ledger_says_who_decided(watched, id_, words)


# ---------------------------------------------------------------- one part each


def _approved_where_the_client_is_told_to_look(watched: Watched) -> str:
    """The client of now asks its user, with an address that the browser opens; the id of the action."""
    answer = _calls(watched, "refund", {**TABLET, "amount": LARGE}, asks=True)
    address = watched.asked.get(timeout=20)
    assert address.startswith(watched.site.address)
    watched.page.goto(address)
    assert "200 EUR is above 100 EUR" in watched.shown()
    assert '"amount":20000' in watched.shown()
    assert not answer.done()
    watched.approve("It leaks.")
    result = answer.result()
    assert result.structured_content["amount"] == LARGE
    return _id(result)


def _approved_in_the_inbox(watched: Watched) -> str:
    """An older client gets a handle; the id of the action."""
    result = _calls(watched, "refund", {**TABLET, "amount": LARGE + 1}, mode="legacy").result()
    assert "Ask `roadworthy_action_status`" in _text(result)
    inbox = watched.see("/inbox")
    assert "Roadworthy" in inbox
    watched.page.get_by_role("link", name="200.01 EUR").click()
    watched.approve("Also old.")
    asked = {"id": _id(result)}

    def done() -> Any:
        said = _calls(watched, "roadworthy_action_status", asked).result().structured_content
        return said if "receipt" in said else None

    assert wait_for(done)["amount"] == LARGE + 1
    return _id(result)


def _refused_by_the_window(watched: Watched) -> None:
    """Through the program that clients start which only start programs."""
    program = StdioServerParameters(
        command=str(Path(sys.executable).with_name("roadworthy")),
        args=["mcp", "connect", "--gateway", watched.gateway, "--run", "pieces"],
        env={**os.environ, "GATEWAY_KEY": watched.desk.key},
    )

    async def send() -> list[Came]:
        async with Client(stdio_client(program)) as made:
            return [came async for came in go(made, ERRANDS["pieces"])]

    came = watched.agents.submit(asyncio.run, send()).result()
    assert [each.done for each in came] == [True] * 9 + [False]
    assert "450 EUR per day for each customer: 9 EUR left" in came[-1].text
    assert "450 EUR per day for each customer: 9 EUR left" in _run(watched, "pieces")


def _taken_back_across_four_systems(watched: Watched) -> None:
    systems = watched.desk.systems
    systems["payments"].fails("status", operation="refund", skip=1, times=-1)

    async def send() -> list[Came]:
        async with connected(watched.gateway, watched.desk.key, "cancels") as made:
            return [came async for came in go(made, ERRANDS["cancels"])]

    came = watched.agents.submit(asyncio.run, send()).result()
    assert [each.done for each in came] == [True] * 4 + [False]
    shown = wait_for(lambda: said if "rolled back" in (said := _run(watched, "cancels")) else None)
    for step in ("reopen-order", "close-ticket", "void-refund", "send-correction"):
        assert step in shown
    assert systems["orders"].ask("GET", "/orders/o-5006").json()["status"] == "paid"
    assert len(systems["payments"].did("voidRefund")) == 1
    assert len(systems["mail"].did("sendCorrection")) == 1
    assert len(systems["ticketing"].did("closeTicket")) == 1
    systems["payments"].heals()


def _stopped_by_a_button(watched: Watched) -> None:
    watched.see(f"/use-cases/{AGENT}/stop")
    watched.page.get_by_label("Reason").fill("It pays back too much.")
    watched.press("Stop it")
    order = {"order": "o-5003"}
    wait_for(lambda: "Rule: stop" in _text(_calls(watched, "get-order", order).result()))
    before = watched.refunds()
    assert "Rule: stop" in _text(_calls(watched, "refund", SMALL).result())
    assert watched.refunds() == before


def _the_ledger_says_who_decided(watched: Watched, id_: str, words: str) -> None:
    """What was asked, held and done stands there, and who let it pass is one question away."""
    shown = watched.see(f"/ledger?resource=AgentAction/{id_}")
    for what in ("action.held", "action.intended", "action.done"):
        assert what in shown
    watched.page.locator("tr", has_text="action.intended").get_by_role("link", name="who let entry").click()
    watched.page.wait_for_url("**/question/entry/*")
    said = watched.shown()
    assert "Approved on" in said
    assert f"by {LEE}" in said
    assert words in said


# ---------------------------------------------------------------- how the agent calls


def _calls(
    watched: Watched, tool: str, arguments: Mapping[str, Any], *, mode: str = "auto", asks: bool = False
) -> Future[mcp_types.CallToolResult]:
    """A call by the official client, in a thread of its own; it can ask its user, or cannot."""

    async def ask(_context: Any, params: Any) -> mcp_types.ElicitResult:
        watched.asked.put(str(params.url))
        return mcp_types.ElicitResult(action="accept")

    async def call() -> mcp_types.CallToolResult:
        more: dict[str, Any] = {"elicitation_callback": ask} if asks else {}
        async with client(f"{watched.gateway}/mcp", watched.desk.key, mode=mode, **more) as made:
            found = await made.call_tool(tool, dict(arguments))
            assert isinstance(found, mcp_types.CallToolResult)
            return found

    run: Callable[[Any], Any] = asyncio.run
    return watched.agents.submit(run, call())


def _run(watched: Watched, name: str) -> str:
    """What the page of a run shows."""
    found = watched.desk.get(f"/v1/agent-runs/{name}").json()
    return watched.see(f"/agent-runs/{found['id']}")


def _id(result: mcp_types.CallToolResult) -> str:
    assert result.meta is not None
    return str(result.meta["dev.roadworthy/action"]["id"])


def _text(result: mcp_types.CallToolResult) -> str:
    return "".join(each.text for each in result.content if isinstance(each, mcp_types.TextContent))
