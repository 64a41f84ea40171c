"""Signing in at a certified provider in a real browser, whose rules about cookies and forms no client imitates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from roadworthy.foundation.settings import Provider
from tests.browser.running import Complaints, Site, axe, context_of, overflow, serving
from tests.harness.oidc.running import IdentityProvider, identity_provider, missing
from tests.harness.ports import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Street:
    """A site, and the provider at which its people sign in."""

    site: Site
    provider: IdentityProvider

    def at_provider(self, page: Page, account: str) -> None:
        """Fill the provider's form."""
        page.wait_for_url(f"{self.provider.issuer}/interaction/**")
        page.get_by_label("Account").fill(account)
        page.get_by_role("button", name="Continue").click()


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """A deployment with a provider; skips, saying so, where none is installed."""
    absent = missing()
    if absent is not None:
        pytest.skip(absent)
    port = free_port()
    with identity_provider(f"http://127.0.0.1:{port}") as provider:
        told = Provider(name="staff", title="Halden", issuer=provider.issuer, client_id="roadworthy", trust_email=True)
        with serving(tmp_path_factory.mktemp("street") / "home", port=port, providers=(told,)) as site:
            yield Street(site, provider)


def holds(page: Page, axe_source: str) -> None:
    """Hold a page against every rule."""
    assert page.locator("h1").count() == 1
    assert axe(page, axe_source) == ([], [])
    page.set_viewport_size({"width": 320, "height": 640})
    assert overflow(page) == 0
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_person_signs_in_confirms_and_signs_out(browser: Browser, street: Street, axe_source: str) -> None:
    address = street.site.address
    with context_of(browser) as context:
        page = context.new_page()
        complaints = Complaints()
        page.goto(f"{address}/sessions")
        holds(page, axe_source)
        complaints.listen(page)
        page.get_by_role("link", name="Sign in with Halden").click()
        street.at_provider(page, "ana")
        page.wait_for_url(f"{address}/sessions")
        assert page.get_by_role("heading", name="You are signed in at 1 place").is_visible()
        holds(page, axe_source)

        before = {each["name"]: each["value"] for each in context.cookies(address)}
        page.goto(f"{address}/sign-in/again?go_to=/device")
        holds(page, axe_source)
        page.get_by_role("link", name="Confirm with Halden").click()
        street.at_provider(page, "ana")
        page.wait_for_url(f"{address}/device")
        after = {each["name"]: each["value"] for each in context.cookies(address)}
        name = next(each for each in after if "begun" not in each and "go-to" not in each)
        assert after[name] != before[name]

        page.get_by_role("button", name="Sign out").click()
        assert page.get_by_role("heading", name="You are signed out").is_visible()
        holds(page, axe_source)
        assert page.get_by_role("link", name="Sign out at Halden too").is_visible()
        assert complaints.said == []


def test_a_person_lets_a_command_line_in(browser: Browser, street: Street, axe_source: str) -> None:
    asked = street.site.app.devices.begin("roadworthy on desk-7 as ana")
    with context_of(browser, scripts=False) as context:
        page = context.new_page()
        page.goto(f"{street.site.address}/device")
        page.get_by_role("link", name="Sign in with Halden").click()
        street.at_provider(page, "ana")
        page.wait_for_url(f"{street.site.address}/device")
        page.get_by_label("Code").fill(asked.waiting.user_code.lower())
        page.get_by_role("button", name="Look it up").click()
        assert page.get_by_text("roadworthy on desk-7 as ana").is_visible()
    with context_of(browser) as context:
        page = enter(street, context, f"/device?code={asked.waiting.user_code}")
        holds(page, axe_source)
        page.get_by_role("button", name="Let it in").click()
        assert page.get_by_role("heading", name="The command line is in").is_visible()
        holds(page, axe_source)
    heard = street.site.app.devices.ask(asked.device_code)
    assert heard.session is not None
    assert heard.session.person.shown == "Ana Ito"


def enter(street: Street, context: BrowserContext, path: str) -> Page:
    """Open a page, signing in on the way."""
    page = context.new_page()
    page.goto(f"{street.site.address}{path}")
    page.get_by_role("link", name="Sign in with Halden").click()
    street.at_provider(page, "ana")
    page.wait_for_url(f"{street.site.address}{path}")
    return page
