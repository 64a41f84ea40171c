"""What the exact bytes of the ledger say of decisions: who, what, on what basis, with what oversight; and no names."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from roadworthy.decide.approvals.states import RequestState
from tests.harness.governed import ANA, LEE, SAM, govern
from tests.harness.scim import grouped, made, patch
from tests.unit.interfaces.conftest import ADDRESS, Deployment, deployed

ROOT = "/api/v1alpha1"
EVA, WORDS = "eva.hidden@halden.example", "a sentence that nobody else writes"
STAFF = f"employee id,email,name,department,groups,status\nK-77123,{EVA},Eva Hidden,Quarry,Risk,active\n"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Deployment]:
    with deployed(tmp_path / "home") as opened:
        spec = {"spec": {"title": "Claims triage", "stage": "pilot", "owners": {"product": ANA}}}
        put = api(opened, ANA).put("/resources/UseCase/claims", json=spec, headers={"If-None-Match": "*"})
        assert put.status_code == httpx.codes.OK, put.text
        assert govern(opened.app).state is RequestState.USED
        yield opened


def api(site: Deployment, handle: str) -> httpx.Client:
    client = site.browser(handle)
    client.base_url = httpx.URL(ADDRESS + ROOT)
    client.headers["x-csrf-token"] = client.get("/me").json()["csrf"]
    return client


def did(answer: httpx.Response) -> Any:
    assert answer.status_code < httpx.codes.BAD_REQUEST, answer.text
    return answer.json()


def everything(site: Deployment, client: httpx.Client) -> list[dict[str, Any]]:
    site.app.ledger.settle()
    page = did(client.get("/ledger/entries", params={"limit": 500}))
    assert page.get("next") is None
    return list(page["items"])


def test_every_step_says_who_and_why_and_none_says_a_name(site: Deployment) -> None:
    ana, lee, sam = (api(site, handle) for handle in (ANA, LEE, SAM))
    asked = did(ana.post("/use-cases/claims/decisions", json={"stage": "production", "reason": WORDS}))
    vote = {"digest": asked["digest"], "reason": WORDS}
    did(sam.post(f"/decisions/{asked['id']}/ask", json=vote))
    did(ana.post(f"/decisions/{asked['id']}/answer", json=vote))
    until = (site.app.runtime.clock.now() + dt.timedelta(days=1)).isoformat()
    did(sam.post("/rights/says", json={"to": LEE, "until": until, "reason": WORDS}))
    did(lee.post(f"/decisions/{asked['id']}/approve", json=vote))
    release = {"decides": "deploy", "facts": {"release": "r-1"}}
    declined = did(sam.post("/use-cases/claims/decisions", json={"external": release, "reason": WORDS}))
    did(lee.post(f"/decisions/{declined['id']}/decline", json={"digest": declined["digest"], "reason": WORDS}))
    stop = {"decides": "suspend", "facts": {"urgent": True}}
    refused = sam.post("/use-cases/claims/decisions", json={"external": stop, "reason": WORDS})
    assert refused.json()["code"] == "decision-nobody-may"
    token = did(lee.post("/tokens", json={"name": "directory", "may": ["directory:write"], "owner": SAM}))
    scim = site.client(Authorization=f"Bearer {token['secret']}", **{"Content-Type": "application/scim+json"})
    scim.base_url = httpx.URL(f"{ADDRESS}/scim/v2")
    priya = made(scim)
    grouped(scim, "Readers of secrets", priya["id"])
    patch(scim, f"/Users/{priya['id']}", {"op": "replace", "path": "active", "value": False})
    brought = lee.post("/people/import", files={"file": ("staff.csv", STAFF.encode())})
    did(brought)
    did(lee.post(f"/people/{EVA}/bind", json={"issuer": "https://id.halden.example", "subject": "eva-subject"}))
    did(lee.post("/people/same", json={"people": [EVA, "priya@halden.example"], "reason": WORDS}))
    did(lee.post(f"/people/{EVA}/leave", json={"reason": WORDS}))
    entries = everything(site, lee)

    whole = " ".join(base64.b64decode(each["bytes"]).decode().casefold() for each in entries)
    for name in (ANA, LEE, SAM, EVA, "priya", "raman", "eva hidden", "k-77123", "quarry", "eva-subject", WORDS):
        assert name.casefold() not in whole, name

    of_it = {each["what"]: each["entry"] for each in entries if each["entry"]["facts"].get("request") == asked["id"]}
    refs = {who: api_ref(site, who) for who in (ANA, LEE)}
    assert {"decision.proposed", "decision.voted", "decision.approved", "decision.used"} <= set(of_it)
    for what in ("decision.approved", "decision.used"):
        entry = of_it[what]
        assert entry["actor"]["ref"] == refs[LEE], what
        assert entry["oversight"] == {"required": "promote-production", "given": [refs[LEE]], "quorum": 1}, what
        assert entry["basis"]["rules"] == ["promote-production"]
        assert entry["basis"]["inputs"] == asked["digest"]
        assert entry["basis"]["policy"].startswith("sha256:")
    assert of_it["decision.proposed"]["actor"]["ref"] == refs[ANA]
    (changed,) = [each["entry"] for each in entries if each["what"] == "use-case.applied"][:1]
    assert changed["oversight"]["given"] == [refs[LEE]], "what was carried out says who approved it"
    (denied,) = [each["entry"] for each in entries if each["what"] == "decision.denied"]
    assert denied["decision"] == "denied"


def api_ref(site: Deployment, handle: str) -> str:
    with site.app.store.read() as connection:
        found = site.app.staff.directory.by_handle(connection, handle)
    assert found is not None
    return found
