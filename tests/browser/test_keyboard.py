"""The pages by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.running import Site, context_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Browser, demo: Site) -> Iterator[Page]:
    """The portfolio, signed in."""
    with context_of(browser) as context:
        yield demo.sign_in(context)


def focused(page: Page) -> str:
    """What has the focus, by its name."""
    name: str = page.evaluate(
        """() => {
            const node = document.activeElement;
            return (node.ariaLabel || node.innerText || node.id).trim();
        }"""
    )
    return name


def test_order_and_skip_link(page: Page) -> None:
    """The first stop skips to the content; then brand, search, and the navigation below them."""
    stops = []
    for _ in range(7):
        page.keyboard.press("Tab")
        stops.append(focused(page))
    assert stops == [
        "Skip to the content", "Roadworthy", "search", "Sign out", "Portfolio", "Inbox", "Reviews",
    ]  # fmt: skip
    page.reload()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "content"


def test_focus_is_seen(page: Page) -> None:
    """Whatever can be reached shows that it was, and is on the screen."""
    for _ in range(40):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => {
                const node = document.activeElement, box = node.getBoundingClientRect();
                const style = getComputedStyle(node);
                return node === document.body
                    || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
                        && box.bottom > 0 && box.top < innerHeight);
            }"""
        )
        assert seen, f"focus on {focused(page)!r} cannot be seen"


def test_single_keys(page: Page, demo: Site) -> None:
    """`/` searches, `?` lists the keys, `j` walks the rows, `g` goes places."""
    page.keyboard.press("/")
    assert page.evaluate("() => document.activeElement.id") == "search"
    page.locator("h1").click()
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keys").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    second = page.locator("tr[data-row]").nth(1).locator("a").first.inner_text()
    assert focused(page) == second
    page.keyboard.press("g")
    page.keyboard.press("l")
    page.wait_for_url(f"{demo.address}/ledger")


def test_keys_can_be_switched_off(page: Page, demo: Site) -> None:
    """One setting turns every single-key shortcut off (WCAG 2.1.4)."""
    page.goto(f"{demo.address}/-/settings")
    page.get_by_label("Off").check()
    page.get_by_role("button", name="Keep").click()
    page.wait_for_url("**/-/settings?done=display")
    page.goto(f"{demo.address}/")
    page.keyboard.press("/")
    assert page.evaluate("() => document.activeElement.id") != "search"
    assert page.locator("#keys").count() == 0


def test_filters_swap_in_place(page: Page, demo: Site) -> None:
    """With scripts a filter changes the table without a new page, keeps the address true, and says what came."""
    page.evaluate("() => { window.same = true; }")
    page.get_by_role("combobox", name="Stage").focus()
    page.get_by_role("combobox", name="Stage").select_option("pilot")
    page.wait_for_url("**stage=pilot**")
    page.wait_for_function("() => document.getElementById('live').textContent.includes('use case')")
    assert page.evaluate("() => window.same") is True
    assert page.evaluate("() => document.activeElement.id") == "stage"
    stages = page.locator("tr[data-row] td:nth-child(3)").all_inner_texts()
    assert set(stages) == {"pilot"}
    assert demo.address in page.url


def test_a_session_that_ended_is_said(page: Page, demo: Site) -> None:
    """A filter that is answered with a refusal leads to the page of the refusal; the table does not just vanish."""
    page.context.clear_cookies()
    page.get_by_role("combobox", name="Stage").select_option("pilot")
    page.get_by_role("heading", name="Sign in first").wait_for()
    assert demo.address in page.url
