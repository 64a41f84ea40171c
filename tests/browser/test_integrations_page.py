"""The page of an integration path after real systems were probed: one that holds, one that does not, one gone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from roadworthy.foundation.errors import Place
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.resources.documents import Declared
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import UseCase
from tests.browser.running import Site, context_of, holds_unfolded, serving
from tests.browser.test_every_page import look
from tests.harness.probed_systems import TOKEN, clinic

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

pytestmark = pytest.mark.browser

PAGE = "/use-cases/notes/integrations"
_LONGEST = 120.0
_NOWHERE = "http://127.0.0.1:9"


def _probe(address: str) -> dict[str, Any]:
    return {
        "protocol": "openapi",
        "address": address,
        "credential": "env:CLINIC_TOKEN",
        "operations": ["GET /patients/{id}", "GET /notes"],
        "parameters": {"id": "p-1"},
        "grants": ["GET /patients/{id}", "GET /notes"],
        "rate": "60/s",
        "latency": "5s",
    }


@pytest.fixture(scope="module")
def probed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A deployment whose integrations were probed from the page's own service."""
    home = tmp_path_factory.mktemp("probed") / "home"
    with (
        pytest.MonkeyPatch.context() as environment,
        clinic() as good,
        clinic(takes_any_token=True, traces=True) as bad,
        serving(home, secrets="127.0.0.1=env:CLINIC_TOKEN") as site,
    ):
        environment.setenv("CLINIC_TOKEN", TOKEN)
        systems = (("Records", good.address), ("Scheduling", bad.address), ("Laboratory", _NOWHERE))
        integrations: list[dict[str, Any]] = [
            {"system": name, "direction": "reads", "identity": "workload", "probe": _probe(address)}
            for name, address in systems
        ]
        integrations.append({"system": "Archive", "direction": "writes"})
        spec = UseCase.model_validate({"title": "Notes", "integrations": integrations})
        who = Context(Actor(ActorKind.SYSTEM, "test", "test", "none"))
        declared = Declared(USE_CASE, "notes", {}, spec, Place(source="test"))
        site.app.resources.apply(who, site.app.resources.plan([declared]), source="test")
        site.app.probes.begin(who, "notes", None)
        until = time.monotonic() + _LONGEST
        while site.app.probes.running("notes") or len(site.app.probes.of("notes")) < len(systems):
            assert time.monotonic() < until
            time.sleep(0.1)
        yield site


@pytest.fixture(scope="module")
def engineer(browser: Browser, probed: Site) -> Iterator[BrowserContext]:
    """Somebody signed in there."""
    with context_of(browser) as context:
        probed.sign_in(context).close()
        yield context


def test_page(engineer: BrowserContext, probed: Site, axe_source: str) -> None:
    """What failed stands first and says what to do; also unfolded it holds against every rule."""
    page = look(engineer, probed.address + PAGE, axe_source)
    page.set_viewport_size({"width": 1280, "height": 900})
    assert page.locator("h1").inner_text() == "1 of 4 integrations did not hold"
    bad = page.locator("section", has=page.get_by_role("heading", name="Scheduling"))
    assert "wrong credential refused" in bad.locator("tbody tr").first.inner_text()
    gone = page.locator("section", has=page.get_by_role("heading", name="Laboratory"))
    assert "no answer" in gone.inner_text()
    archive = page.locator("section", has=page.get_by_role("heading", name="Archive"))
    assert archive.get_by_role("link", name="Declare it").get_attribute("href") == "/use-cases/notes/edit"
    holds_unfolded(page, axe_source)
