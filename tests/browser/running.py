"""A deployment that serves its pages on a free port of this machine, and ways to look at a page."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn

from roadworthy.app import App, open_home
from roadworthy.foundation.logs import Secret
from roadworthy.foundation.settings import Provider, Settings
from roadworthy.interfaces.api.server import create

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
"""What axe checks; WCAG 2.2 AA is the aim, best practice comes along."""
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""What of it can differ between the themes, which share everything but their colours."""


@dataclass(frozen=True, slots=True)
class Site:
    """Pages that are being served."""

    app: App
    address: str

    def sign_in(self, context: BrowserContext, handle: str = "dana@halden.example") -> Page:
        """A page of somebody who signed in as people do: by the link and a press of the button."""
        page = context.new_page()
        page.goto(f"{self.address}/sign-in?token={self.app.identity.offer(handle)}")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{self.address}/")
        return page


@contextmanager
def serving(
    home: Path, roots: str = "", secrets: str = "", port: int = 0, providers: tuple[Provider, ...] = ()
) -> Iterator[Site]:
    """Serve a home until the block ends.

    Audits may read below `roots`, probes show `secrets` to their hosts, people sign in at the `providers` if there are
    any; 0 takes a free port.
    """
    settings = Settings(home=home, port=port, data_roots=roots, probe_secrets=secrets, provider=providers)
    with open_home(settings) as (app, _):
        application = create(app, Secret("a secret of the tests"))
        config = uvicorn.Config(application, port=port, log_config=None, lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        taken = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield Site(app, f"http://127.0.0.1:{taken}")
        finally:
            server.should_exit = True
            thread.join()


@dataclass(slots=True)
class Complaints:
    """What a page's console said: errors, warnings, and what the content policy stopped."""

    said: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        """Gather from this page."""
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("requestfailed", lambda request: self._fail(request.url, request.failure or ""))

    def _fail(self, address: str, why: str) -> None:
        """Going to another page breaks off what this one still loads: that says nothing against either."""
        if why != "net::ERR_ABORTED":
            self.said.append(f"failed ({why}): {address}")

    def _hear(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.said.append(text)


@contextmanager
def context_of(browser: Browser, *, scripts: bool = True, width: int = 1280) -> Iterator[BrowserContext]:
    """A fresh browser profile."""
    context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
    context.set_default_timeout(30_000)
    yield context
    context.close()


def axe(page: Page, source: str) -> tuple[list[str], list[str]]:
    """What axe finds wrong, and what it cannot decide; text outside the visible part of a scroll region is no doubt.

    Every page is held against all rules in the light, and against those about colours in the dark.
    """
    session = page.context.new_cdp_session(page)
    session.send("Runtime.evaluate", {"expression": source})
    dark: bool = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    found: dict[str, Any] = page.evaluate("rules => axe.run({runOnly: rules})", COLOURS if dark else RULES)
    session.detach()
    wrong = [f"{rule['id']}: {node['html'][:200]}" for rule in found["violations"] for node in rule["nodes"]]
    doubtful = [
        f"{rule['id']}: {node['html'][:200]}"
        for rule in found["incomplete"]
        for node in rule["nodes"]
        if not _clipped(page, node["target"])
    ]
    return wrong, doubtful


def _clipped(page: Page, target: list[str]) -> bool:
    """Whether a node lies in a scroll region that hides some of it, in a drawing, or is a very short or long value.

    Of a single character axe does not know whether it is text, and what is taller than the window it does not see;
    the values between have the same colours.
    What lies behind text in a drawing axe cannot find out; its colours are pairs that `test_tokens` computes.
    """
    clipped: bool = page.evaluate(
        """selector => {
            const node = document.querySelector(selector);
            if (node?.closest("svg.tradeoff, svg.chart")) return true;
            const length = node?.matches(".exact") ? node.textContent.trim().length : 10;
            if (length < 2 || length > 5000) return true;
            const region = node?.closest(".scroll, .raw");
            return Boolean(region) && region.scrollWidth > region.clientWidth;
        }""",
        target[0],
    )
    return clipped


def overflow(page: Page) -> int:
    """How many pixels the document is wider than its window."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider


def holds_unfolded(page: Page, axe_source: str) -> None:
    """Hold a page against every rule with all of its parts unfolded, and against a narrow screen; then close it."""
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    wrong, doubtful = axe(page, axe_source)
    assert wrong == [], wrong
    assert doubtful == [], doubtful
    page.set_viewport_size({"width": 320, "height": 640})
    assert overflow(page) == 0
    page.close()
