"""A secret is stored, replaced and forgotten by hand in a browser, and no page has it afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.running import Site
from tests.browser.test_every_page import look

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.browser
CANARY = "sk-CANARY-5d1f6a2b9c"


def pressed(page: Page, button: str) -> Page:
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).last.click()
    assert "CANARY" not in page.content()
    return page


def test_a_secret_is_stored_replaced_and_forgotten(visitor: BrowserContext, demo: Site, axe_source: str) -> None:
    at = f"{demo.address}/upstream-secrets"
    page = look(visitor, f"{at}/new", axe_source)
    page.get_by_label("Name").fill("browser")
    page.get_by_label("Host").fill("https://api.openai.com/v1")
    page.get_by_label("Secret").fill(CANARY)
    pressed(page, "Store it")
    assert "for one host" in page.inner_text("main")
    assert page.get_by_label("Secret").input_value() == "", "what was wrong is shown, and the secret is not"
    page.get_by_label("Host").fill("api.openai.com")
    page.get_by_label("Secret").fill(CANARY)
    pressed(page, "Store it")
    page = look(visitor, f"{at}?done=secret-set", axe_source)
    assert "api.openai.com" in page.inner_text("main")
    page = look(visitor, f"{at}/browser/rotate", axe_source)
    page.get_by_label("Secret").fill(f"{CANARY}-2")
    page.get_by_label("Hours of grace").fill("1")
    pressed(page, "Replace it")
    assert page.locator("a[href='/upstream-secrets/browser/back']").count() == 1
    page = look(visitor, f"{at}/browser/remove", axe_source)
    pressed(page, "Forget it")
    assert "browser" not in [each.any.name for each in demo.app.gateway.secrets.listed()]
