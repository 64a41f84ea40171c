"""People, leavers and emergency access over HTTP, with the seats, roles and pages that they touch."""

from __future__ import annotations

import httpx
import pytest

from roadworthy.foundation.ledger.store import Filter
from tests.harness.scim import made, patch
from tests.unit.interfaces.conftest import ADDRESS, Deployment

STAFF = """employee id,email,name,department,groups,status
1,priya@halden.example,Priya,Claims,Risk,active
2,ben@halden.example,Ben,Claims,,active
"""


def declare(owner: httpx.Client, product: str) -> None:
    spec = {"title": "Sort the mail", "owners": {"product": product}}
    answer = owner.put("/resources/UseCase/mail", json={"spec": spec}, headers={"If-None-Match": "*"})
    assert answer.status_code == 200, answer.text


def bring(owner: httpx.Client, text: str, address: str = "/people/import", **fields: str) -> httpx.Response:
    return owner.post(address, files={"file": ("staff.csv", text.encode())}, data=fields)


def test_a_leaver_among_the_owners_is_a_finding_at_once(
    deployment: Deployment, owner: httpx.Client, scim: httpx.Client
) -> None:
    priya = made(scim)
    declare(owner, "priya@halden.example")
    browser = deployment.browser("priya@halden.example")
    page = browser.get("/use-cases/mail")
    csrf = browser.get("/api/v1alpha1/me").json()["csrf"]
    accepted = browser.post(
        "/api/v1alpha1/use-cases/mail/owners/product/accept", headers={"X-CSRF-Token": csrf, "Origin": ADDRESS}
    )
    assert accepted.status_code == 200, accepted.text
    assert page.status_code == 200
    seat = owner.get("/use-cases/mail").json()["seats"][0]
    assert (seat["state"], seat["left"]) == ("accepted", False)
    patch(scim, f"/Users/{priya['id']}", {"op": "Replace", "path": "active", "value": "False"})
    seat = owner.get("/use-cases/mail").json()["seats"][0]
    assert (seat["state"], seat["left"]) == ("unconfirmed", True)
    (finding,) = owner.get("/people/findings").json()
    assert (finding["what"], finding["resource"], finding["person"]["ref"]) == ("seat", "UseCase/mail", priya["id"])
    assert finding["message"] == "accepted the product duty of `mail`"
    assessment = owner.get("/use-cases/mail/assessment").json()
    assert "is named and has left" in str(assessment)
    assert "has left" in deployment.browser("ben@halden.example").get("/use-cases/mail").text
    deployment.app.ledger.settle()
    (left,) = deployment.app.ledger.entries(Filter(what="person.left"), limit=5).entries
    assert left.entry.facts["held"] == ["seat: UseCase/mail"]
    refused = owner.post(f"/people/{priya['id']}/erase", json={"reason": "asked for"})
    assert (refused.status_code, refused.json()["code"]) == (403, "person-still-holds")


def test_an_erased_person_leaves_every_proof_whole(deployment: Deployment, owner: httpx.Client) -> None:
    browser = deployment.browser("ana@example.org")
    ana = browser.get("/api/v1alpha1/me").json()["person"]["ref"]
    before = deployment.app.ledger.verify()
    erased = owner.post("/people/ana@example.org/erase", json={"reason": "asked for by the person"}).json()
    assert (erased["person"]["handle"], erased["person"]["name"]) == (None, None)
    assert erased["erasedAt"] is not None
    assert browser.get("/api/v1alpha1/me").status_code == 401
    deployment.app.ledger.settle()
    after = deployment.app.ledger.verify()
    assert after.size > before.size
    entries = deployment.app.ledger.entries(Filter(actor=ana), limit=50).entries
    assert entries, "what they did stays, under their reference"
    proved = owner.get(f"/ledger/entries/{entries[0].entry.id}/proof")
    assert proved.status_code == 200


def test_a_file_of_staff_is_shown_and_then_brought_in(owner: httpx.Client) -> None:
    plan = bring(owner, STAFF, "/people/import/plan").json()
    assert plan["counts"]["joins"] == 2
    assert owner.get("/people/priya@halden.example").status_code == 404
    done = bring(owner, STAFF + "3,,Nobody,,,\n").json()
    assert [(fault["code"], fault["place"]["line"]) for fault in done["faults"]] == [("staff-row-without-handle", 4)]
    priya = owner.get("/people/Priya@Halden.example").json()
    assert (priya["person"]["unit"], priya["groups"]) == ("Claims", ["Risk"])
    listed = owner.get("/people", params={"search": "halden", "limit": 1}).json()
    assert len(listed["items"]) == 1
    more = owner.get("/people", params={"search": "halden", "cursor": listed["next"]}).json()
    handles = sorted(each["handle"] for each in listed["items"] + more["items"])
    assert handles == ["ben@halden.example", "priya@halden.example"]
    (group,) = owner.get("/groups").json()
    assert (group["name"], group["source"], group["members"]) == ("Risk", "hr", 1)
    assert [each["shown"] for each in owner.get("/groups/risk").json()["people"]] == ["Priya"]
    latin = "employee id;email;name\n4;eva@halden.example;Eva Müller\n".encode("latin-1")
    answer = owner.post("/people/import", files={"file": ("staff.csv", latin)})
    assert answer.json()["counts"]["joins"] == 1
    assert owner.get("/people/eva@halden.example").json()["person"]["name"] == "Eva Müller"


def test_administrators_bind_join_and_part(owner: httpx.Client) -> None:
    bring(owner, STAFF)
    account = {"issuer": "https://id.halden.example", "subject": "s-1"}
    bound = owner.post("/people/priya@halden.example/bind", json=account).json()
    assert [each["subject"] for each in bound["accounts"]] == ["s-1"]
    assert owner.post("/people/ben@halden.example/bind", json=account).status_code == 409
    owner.post("/people/unbind", json={**account, "reason": "a mistake"})
    assert owner.get("/people/priya@halden.example").json()["accounts"][0]["endedAt"]
    both = ["priya@halden.example", "ben@halden.example"]
    joined = owner.post("/people/same", json={"people": both, "reason": "two contracts"}).json()
    assert [each["handle"] for each in joined["same"]] == ["ben@halden.example"]
    parted = owner.post("/people/ben@halden.example/different", json={"reason": "they are two"}).json()
    assert parted["same"] == []
    gone = owner.post("/people/ben@halden.example/leave", json={"reason": "resigned"}).json()
    assert gone["person"]["leftAt"]
    assert [each["handle"] for each in owner.get("/people", params={"left": True}).json()["items"]] == [
        "ben@halden.example"
    ]
    assert owner.post("/people/ben@halden.example/return", json={"reason": "back"}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/people"), ("GET", "/people/findings"), ("POST", "/people/import"), ("POST", "/people/x/leave")],
)
def test_a_program_manages_nobody_here(deployment: Deployment, owner: httpx.Client, method: str, path: str) -> None:
    secret = owner.post("/tokens", json={"name": "reader", "may": ["read", "directory:write"]}).json()["secret"]
    client = deployment.client(Authorization=f"Bearer {secret}")
    answer = client.request(method, f"/api/v1alpha1{path}", json={"reason": "x"} if method == "POST" else None)
    assert answer.status_code == 403


def test_emergency_access_is_said_on_every_page(deployment: Deployment, owner: httpx.Client) -> None:
    bring(owner, STAFF)
    wanted = {"person": "priya@halden.example", "reason": "the provider is down", "hours": 1}
    opened = owner.post("/break-glass", json=wanted)
    assert opened.status_code == 201, opened.text
    ben = deployment.browser("ben@halden.example")
    assert "Emergency access is open" in ben.get("/").text
    csrf = ben.get("/api/v1alpha1/me").json()["csrf"]
    address = f"/api/v1alpha1/break-glass/{opened.json()['id']}/confirm"
    confirmed = ben.post(address, json={}, headers={"X-CSRF-Token": csrf})
    assert confirmed.status_code == 200, confirmed.text
    link = confirmed.json()["url"].removeprefix(ADDRESS)
    token = link.partition("token=")[2]
    browser = deployment.client(Origin=ADDRESS)
    assert "Emergency access for Priya" in browser.get(link).text
    assert browser.get(link).status_code == 200, "looking uses nothing up"
    assert browser.post("/break-glass", data={"token": token}).status_code == 303
    me = browser.get("/api/v1alpha1/me").json()
    assert (me["authenticated"], me["person"]["shown"]) == ("break-glass", "Priya")
    assert "the provider is down" in browser.get("/ledger").text
    assert browser.post("/break-glass", data={"token": token}).status_code == 401
    (going_on,) = owner.get("/break-glass").json()
    assert (going_on["state"], going_on["confirmedBy"]["shown"]) == ("open", "Ben")
    assert owner.post(f"/break-glass/{opened.json()['id']}/end").json()["state"] == "over"
    assert browser.get("/api/v1alpha1/me").status_code == 401
    assert "Emergency access" not in ben.get("/").text
