"""Programs with an identity of their own, over HTTP, with access tokens of a certified provider."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from roadworthy.app import open_home
from roadworthy.decide.approvals.states import RequestState
from roadworthy.foundation.errors import Refused
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.resources.documents import declare
from roadworthy.foundation.settings import Provider, Settings
from roadworthy.interfaces.client import PREFIX
from tests.harness.governed import LEE, SAM, govern, signed_in
from tests.harness.homes import fresh
from tests.harness.oidc.running import IdentityProvider, identity_provider, missing
from tests.unit.interfaces.conftest import ADDRESS, Deployment, answering

AUDIENCE = "https://roadworthy.halden.example"
NIGHTLY, STRANGER = "nightly", "stranger"
ADMIN = Context(Actor(ActorKind.PERSON, "admin", "tests"))


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    absent = missing()
    if absent is not None:
        pytest.skip(absent)
    with identity_provider(ADDRESS, programs=(NIGHTLY, STRANGER)) as running:
        yield running


@pytest.fixture
def site(provider: IdentityProvider, tmp_path: Path) -> Iterator[Deployment]:
    """Rights in force, two use cases, and a workload for one of them for which Lee answers."""
    told = Provider(name="staff", issuer=provider.issuer, client_id="roadworthy", trust_email=True)
    settings = Settings(home=fresh(tmp_path / "home"), provider=(told,))
    with open_home(settings) as (app, _), answering(app) as made:
        app.identity.local_user(LEE)
        workload = {
            "title": "Nightly",
            "owner": LEE,
            "may": ["read", "decisions:propose", "evidence:submit"],
            "useCases": ["claims"],
            "issuer": provider.issuer,
            "subject": NIGHTLY,
            "audience": AUDIENCE,
        }
        declared = [
            declare(app.registry.get("UseCase"), "claims", {"title": "Claims"}),
            declare(app.registry.get("UseCase"), "fraud", {"title": "Fraud"}),
            declare(app.registry.get("Workload"), NIGHTLY, workload),
        ]
        app.units.run(ADMIN, lambda tx: app.resources.put_all(tx, declared, None, "test"))
        assert govern(app).state is RequestState.USED
        yield made


def program(site: Deployment, token: str) -> httpx.Client:
    client = site.client(Authorization=f"Bearer {token}")
    client.base_url = httpx.URL(ADDRESS + PREFIX)
    return client


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_workload_does_what_its_declaration_says_and_nothing_else(
    site: Deployment, provider: IdentityProvider
) -> None:
    token = provider.access_token(NIGHTLY, AUDIENCE)
    nightly = program(site, token)
    assert nightly.get("/use-cases/claims").status_code == httpx.codes.OK
    assert code_of(nightly.get("/use-cases/fraud")) == (403, "token-for-other-use-cases")
    assert code_of(nightly.get("/people")) == (403, "program-not-a-person")
    assert code_of(nightly.post("/tokens", json={"name": "more", "may": ["directory:write"]})) == (
        403,
        "program-not-a-person",
    )
    spec = {"spec": {"title": "Mine now"}}
    assert code_of(nightly.put("/resources/UseCase/claims", json=spec)) == (403, "token-scope-missing")
    assert site.client(Authorization=f"Bearer {token}").get("/scim/v2/Users").status_code == httpx.codes.FORBIDDEN
    assert site.client(Authorization=f"Bearer {token}").get("/").status_code == httpx.codes.UNAUTHORIZED, "no pages"


def test_who_answers_for_a_workload_does_not_approve_what_it_asks_for(
    site: Deployment, provider: IdentityProvider
) -> None:
    nightly = program(site, provider.access_token(NIGHTLY, AUDIENCE))
    content = {"decides": "deploy", "useCase": "fraud", "facts": {"release": "2026-11"}}
    body = {"subject": "external", "content": content, "reason": "The pipeline is green."}
    assert code_of(nightly.post("/decisions", json=body)) == (403, "token-for-other-use-cases")
    made = nightly.post("/decisions", json={**body, "content": {**content, "useCase": "claims"}})
    assert made.status_code == httpx.codes.CREATED, made.text
    asked = made.json()
    assert (asked["proposerKind"], asked["proposer"]["ref"]) == ("workload", NIGHTLY)
    vote = {"digest": asked["digest"], "reason": "yes"}
    assert code_of(nightly.post(f"/decisions/{asked['id']}/approve", json=vote)) == (403, "program-not-a-person")
    lee = signed_in(site.app, LEE)
    with pytest.raises(Refused) as refused:
        site.app.approvals.approve(lee.context("web"), lee.proof, asked["id"], asked["digest"], "yes")
    assert refused.value.code == "decision-own-request"


def test_only_the_declared_identity_for_the_declared_audience_comes_in(
    site: Deployment, provider: IdentityProvider
) -> None:
    for token in (
        provider.access_token(STRANGER, AUDIENCE),
        provider.access_token(NIGHTLY, "https://other.halden.example"),
    ):
        assert code_of(program(site, token).get("/use-cases/claims")) == (401, "workload-unusable")
    token = provider.access_token(NIGHTLY, AUDIENCE)
    head, payload, signature = token.split(".")
    for forged in (f"{head}.{payload}.", f"{head}.{payload}x.{signature}", f"e30.{payload}.{signature}"):
        assert program(site, forged).get("/use-cases/claims").status_code == httpx.codes.UNAUTHORIZED


def test_a_workload_rests_from_the_moment_on_in_which_its_owner_leaves(
    site: Deployment, provider: IdentityProvider
) -> None:
    nightly = program(site, provider.access_token(NIGHTLY, AUDIENCE))
    assert nightly.get("/use-cases/claims").status_code == httpx.codes.OK
    site.app.staff.roster.leave(ADMIN, LEE, "resigned")
    assert code_of(nightly.get("/use-cases/claims")) == (401, "workload-unusable")
    held = {(each.holding.what, each.holding.message.split(" ")[0]) for each in site.app.staff.leavers.findings()}
    assert {("workload", "answers"), ("right", "is"), ("role", "is")} <= held, "what a leaver leaves behind"
    assert SAM not in str(held)
