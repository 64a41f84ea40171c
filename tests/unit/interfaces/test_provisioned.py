"""People whom a staff directory brings and who then sign in: found by the directory's key, out at its word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from roadworthy.app import open_home
from roadworthy.foundation.identity.tokens import Wanted
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.settings import Provider, Settings
from tests.harness.homes import fresh
from tests.harness.hostile_issuer import HostileIssuer, hostile_issuer, nonce_of, state_of
from tests.harness.scim import made, patch
from tests.unit.interfaces.conftest import ADDRESS, Deployment, answering

ROOT = "/api/v1alpha1"
ADMIN = Context(Actor(ActorKind.PERSON, "admin", "tests"))


@pytest.fixture
def issuer() -> Iterator[HostileIssuer]:
    with hostile_issuer() as running:
        yield running


@pytest.fixture
def site(issuer: HostileIssuer, tmp_path: Path) -> Iterator[Deployment]:
    """People sign in at a provider whose subjects the directory knows."""
    told = Provider(name="staff", issuer=issuer.address, client_id="roadworthy", subject_is_external_id=True)
    settings = Settings(home=fresh(tmp_path / "home"), provider=(told,))
    with open_home(settings) as (app, _), answering(app) as opened:
        yield opened


@pytest.fixture
def scim(site: Deployment) -> httpx.Client:
    secret, _ = site.app.tokens.new(ADMIN, Wanted("staff-directory", ("directory:write",)))
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/scim+json"}
    client = site.client(**headers)
    client.base_url = httpx.URL(f"{ADDRESS}/scim/v2")
    return client


def comes(site: Deployment, issuer: HostileIssuer) -> tuple[httpx.Client, httpx.Response]:
    """A browser that went to the provider and came back, and what it saw then."""
    browser = site.client(Origin=ADDRESS)
    address = browser.get("/sign-in/with/staff").headers["location"]
    issuer.tokens["code"] = issuer.sign(issuer.claims(nonce_of(address)))
    return browser, browser.get(f"/sign-in/with/staff/return?state={state_of(address)}&code=code")


def test_who_is_deactivated_is_out_with_the_next_request(
    site: Deployment, issuer: HostileIssuer, scim: httpx.Client
) -> None:
    brought = made(scim, "ana", externalId=issuer.subject)
    browser, back = comes(site, issuer)
    assert back.status_code == httpx.codes.OK
    assert browser.get(f"{ROOT}/me").json()["handle"] == "ana@halden.example", "one person, and not a second record"
    off = patch(scim, f"/Users/{brought['id']}", {"op": "replace", "path": "active", "value": False})
    assert off.status_code == httpx.codes.OK
    assert browser.get(f"{ROOT}/me").status_code == httpx.codes.UNAUTHORIZED
    again, refused = comes(site, issuer)
    assert refused.status_code == httpx.codes.FORBIDDEN
    assert again.get(f"{ROOT}/me").status_code == httpx.codes.UNAUTHORIZED
    assert scim.delete(f"/Users/{brought['id']}").status_code == httpx.codes.NO_CONTENT
    assert comes(site, issuer)[1].status_code == httpx.codes.FORBIDDEN, "the account stays its person's"


def test_an_address_alone_makes_nobody_whom_the_directory_brought(
    site: Deployment, issuer: HostileIssuer, scim: httpx.Client
) -> None:
    made(scim, "ana", externalId="another-account")
    browser, back = comes(site, issuer)
    assert back.status_code == httpx.codes.OK
    assert browser.get(f"{ROOT}/me").json()["handle"] == f"{issuer.address}#{issuer.subject}"
