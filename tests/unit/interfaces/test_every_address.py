"""What holds for every address of the application: asked by a browser of somebody who may everything."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.resources.documents import declare
from roadworthy.interfaces.permitting.gate import Address, addresses
from roadworthy.interfaces.security import HEADERS
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import Duty
from roadworthy.measure.data_audit.tables import audit_runs
from tests.unit.interfaces.conftest import Deployment, deployed

PARTS = {"name": "claims", "kind": "UseCase", "duty": Duty.PRODUCT.value}
ADMIN = Context(Actor(ActorKind.PERSON, "admin", "tests"))
OTHER = "fraud"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with deployed(tmp_path_factory.mktemp("every") / "home") as made:
        kind = made.app.registry.get(USE_CASE)
        declared = [declare(kind, name, {"title": name.title()}) for name in (PARTS["name"], OTHER)]
        made.app.units.run(ADMIN, lambda tx: made.app.resources.put_all(tx, declared, None, "test"))
        yield made


def path_of(address: Address) -> str:
    """An address with something in its parts; what does not exist there is not found, and nothing changes."""
    parts = [part for part in address.path.split("/") if part]
    filled = [PARTS.get(part[1:-1].partition(":")[0], "nothing") if part.startswith("{") else part for part in parts]
    return "/" + "/".join(filled)


def size(site: Deployment) -> int:
    site.app.ledger.settle()
    return site.app.ledger.verify().size


def guarded(site: Deployment) -> list[Address]:
    found = [each for each in addresses(site.api) if each.rule is not None and not each.rule.is_open]
    assert len(found) > 250, "the application is enumerated whole"
    return found


def test_no_change_goes_without_the_token_of_our_pages(site: Deployment) -> None:
    """Whatever a foreign page makes a browser send: it does not know the token."""
    browser = site.browser()
    before = size(site)
    let_through = []
    for address in guarded(site):
        if address.method == "GET" or address.path.startswith("/scim/"):
            continue
        answer = browser.request(address.method, path_of(address), data={"reason": "x"})
        if answer.status_code < httpx.codes.BAD_REQUEST:
            let_through.append((address.key, answer.status_code))
    assert let_through == []
    assert size(site) == before, "and nothing was recorded"


def test_with_the_token_the_first_thing_that_is_wrong_is_something_else(site: Deployment) -> None:
    """That the test above is refused for the token, and not for its empty bodies alone."""
    browser = site.browser()
    refused = browser.post("/api/v1alpha1/use-cases/claims/owners/product/accept")
    assert refused.json()["code"] == "csrf-token-wrong"
    browser.headers["x-csrf-token"] = browser.get("/api/v1alpha1/me").json()["csrf"]
    assert browser.post("/api/v1alpha1/use-cases/claims/owners/product/accept").json()["code"] != "csrf-token-wrong"


def test_nothing_is_changed_by_opening_an_address(site: Deployment) -> None:
    browser = site.browser()
    for page in ("/ranking", "/failure-modes"):  # the system's own work that is done when it is first asked for
        assert browser.get(page).status_code == httpx.codes.OK
    before = size(site)
    broken = []
    for address in guarded(site):
        if address.method == "GET" and not address.path.startswith("/scim/"):
            answer = browser.get(
                path_of(address), params={"done": "proposed", "token": "x", "do": "ask", "reason": "y"}
            )
            if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
                broken.append((address.key, answer.status_code))
    assert broken == []
    assert size(site) == before


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_other_methods_open_nothing(site: Deployment, method: str) -> None:
    browser = site.browser()
    paths = sorted({path_of(address) for address in guarded(site)})
    opened = []
    before = size(site)
    for path in paths:
        answer = browser.request(method, path)
        if answer.status_code not in {httpx.codes.METHOD_NOT_ALLOWED, httpx.codes.NOT_FOUND}:
            opened.append((method, path, answer.status_code))
        assert all(answer.headers.get(name) for name in HEADERS), path
    assert opened == []
    assert size(site) == before


# ---------------------------------------------------------------- one use case's address and another's things


def test_a_run_is_stopped_and_resumed_at_its_own_use_case_only(site: Deployment) -> None:
    """Whoever owns one use case has its addresses; the runs of another are not reached through them."""
    now = site.app.runtime.clock.now()
    row = {"id": "run-1", "use_case": OTHER, "status": "running", "requested_at": now, "requested_by": "admin"}
    site.app.store.write(lambda connection: connection.execute(audit_runs.insert(), row))
    browser = site.browser()
    csrf = browser.get("/api/v1alpha1/me").json()["csrf"]
    browser.headers["x-csrf-token"] = csrf
    for do in ("cancel", "resume"):
        page = browser.post(f"/use-cases/claims/data/runs/run-1/{do}", data={"csrf": csrf})
        assert page.status_code == httpx.codes.NOT_FOUND, do
        assert browser.post(f"/api/v1alpha1/use-cases/claims/audits/run-1/{do}").status_code == httpx.codes.NOT_FOUND
    assert not site.app.audits.run("run-1").cancel_requested
