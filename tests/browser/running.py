"""A deployment that serves its pages on a free port of this machine, and ways to look at a page."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

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
Themes = tuple[tuple[Literal["light", "dark"], object], ...]
THEMES: Themes = (("light", RULES), ("dark", COLOURS))
JUDGE = """async rules => {
    const found = await axe.run({runOnly: rules, resultTypes: ["violations", "incomplete"]});
    const brief = kind => found[kind].flatMap(
        rule => rule.nodes.map(node => [rule.id, node.target[0], node.html.slice(0, 200)]));
    return {violations: brief("violations"), incomplete: brief("incomplete")};
}"""
"""Asks for no details of what passed, and says no more than is read: that halves the time."""


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
    with open_home(settings) as (app, _), pages(app) as site:
        yield site


@contextmanager
def pages(app: App) -> Iterator[Site]:
    """The pages of an open home until the block ends, at the port of its settings; 0 takes a free one."""
    application = create(app, Secret("a secret of the tests"))
    config = uvicorn.Config(application, port=app.settings.port, log_config=None, lifespan="off")
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

    def listen(self, page: Page) -> ExitStack:
        """Gather from this page; in a `with`, until its block ends."""
        heard: dict[Any, Callable[[Any], None]] = {
            "console": lambda message: self._hear(message.type, message.text),
            "pageerror": lambda error: self.said.append(str(error)),
            "requestfailed": lambda request: self._fail(request.url, request.failure or ""),
        }
        until = ExitStack()
        for event, handler in heard.items():
            page.on(event, handler)
            until.callback(page.remove_listener, event, handler)
        return until

    def _fail(self, address: str, why: str) -> None:
        """Going to another page breaks off what this one still loads: that says nothing against either."""
        if why != "net::ERR_ABORTED":
            self.said.append(f"failed ({why}): {address}")

    def _hear(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.said.append(text)


_LOOKED_AT: WeakKeyDictionary[BrowserContext, Page] = WeakKeyDictionary()


def page_of(context: BrowserContext) -> Page:
    """The one page in which all tests of a context look; a new one starts a process, which takes a second of a core."""
    page = _LOOKED_AT.get(context)
    if page is None or page.is_closed():
        page = _LOOKED_AT[context] = context.new_page()
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(media="screen", color_scheme="light", reduced_motion="reduce", forced_colors="none")
    return page


@contextmanager
def context_of(browser: Browser, *, scripts: bool = True, width: int = 1280) -> Iterator[BrowserContext]:
    """A fresh browser profile."""
    context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
    context.set_default_timeout(30_000)
    yield context
    context.close()


def axe(page: Page, source: str, themes: Themes = THEMES) -> tuple[list[str], list[str]]:
    """What axe finds wrong, and what it cannot decide; text outside the visible part of a scroll region is no doubt.

    A page is held against all rules in the light, and against those about colours in the dark. It is left light.
    """
    if not page.evaluate("'axe' in window"):
        session = page.context.new_cdp_session(page)
        session.send("Runtime.evaluate", {"expression": source})
        session.detach()
    wrong: list[str] = []
    doubtful: list[str] = []
    for theme, rules in themes:
        page.emulate_media(color_scheme=theme)
        assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") is (theme == "dark")
        found: dict[str, Any] = page.evaluate(JUDGE, rules)
        wrong += [f"{rule}, {theme}: {html}" for rule, _, html in found["violations"]]
        doubtful += [f"{rule}, {theme}: {html}" for rule, at, html in found["incomplete"] if not _clipped(page, at)]
    page.emulate_media(color_scheme="light")
    return wrong, doubtful


def _clipped(page: Page, selector: str) -> bool:
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
        selector,
    )
    return clipped


def overflow(page: Page) -> int:
    """How many pixels the document is wider than its window."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider


def holds_unfolded(page: Page, axe_source: str) -> None:
    """Hold a page against every rule with all of its parts unfolded, and against a narrow screen."""
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    wrong, doubtful = axe(page, axe_source)
    assert wrong == [], wrong
    assert doubtful == [], doubtful
    page.set_viewport_size({"width": 320, "height": 640})
    assert overflow(page) == 0
