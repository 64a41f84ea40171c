"""SCIM over HTTP: requests as directories send them, written after their public documentation, and the answers."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from roadworthy.foundation.identity.scim.attributes import ENTERPRISE, GROUP, USER
from roadworthy.foundation.ledger.store import Filter
from roadworthy.interfaces.client import PREFIX
from tests.harness.scim import NOBODY, grouped, made, patch, person, refused
from tests.unit.interfaces.conftest import ADDRESS, Deployment


def events(deployment: Deployment) -> list[str]:
    deployment.app.ledger.settle()
    return [record.entry.what for record in deployment.app.ledger.entries(Filter(), limit=500).entries]


# ---------------------------------------------------------------- who may, and what is offered


def test_only_a_token_for_the_directory_opens_it(deployment: Deployment, owner: httpx.Client) -> None:
    for address in ("/scim/v2/Users", "/scim/v2/ServiceProviderConfig"):
        nobody = refused(deployment.client().get(address), 401)
        assert "WWW-Authenticate" in deployment.client().get(address).headers
        assert nobody["detail"]
        refused(deployment.owner().get(address), 403)
        refused(deployment.browser().get(address), 403)
    other = owner.post("/tokens", json={"name": "reader", "may": ["read"]}).json()["secret"]
    refused(deployment.client(Authorization=f"Bearer {other}").get("/scim/v2/Users"), 403)
    owner.put("/resources/UseCase/claims", json={"spec": {"title": "C"}}, headers={"If-None-Match": "*"})
    limited = owner.post("/tokens", json={"name": "few", "may": ["directory:write"], "useCases": ["claims"]})
    refused(deployment.client(Authorization=f"Bearer {limited.json()['secret']}").get("/scim/v2/Users"), 403)


def test_it_says_what_it_offers(scim: httpx.Client) -> None:
    config = scim.get("/ServiceProviderConfig").json()
    offered = {
        name: config[name]["supported"] for name in ("patch", "bulk", "filter", "sort", "etag", "changePassword")
    }
    assert offered == {
        "patch": True,
        "bulk": False,
        "filter": True,
        "sort": False,
        "etag": True,
        "changePassword": False,
    }
    types = scim.get("/ResourceTypes").json()
    assert [each["id"] for each in types["Resources"]] == ["User", "Group"]
    assert types["Resources"][0]["schemaExtensions"] == [{"schema": ENTERPRISE, "required": False}]
    assert scim.get("/ResourceTypes/Group").json()["endpoint"] == "/Groups"
    listed = scim.get("/Schemas").json()
    assert [each["id"] for each in listed["Resources"]] == [USER, GROUP, ENTERPRISE]
    assert scim.get(f"/Schemas/{USER}").json()["name"] == "User"
    refused(scim.get("/Schemas/urn:nothing"), 404)
    refused(scim.get("/ResourceTypes/Printer"), 404)
    refused(scim.get("/Printers"), 404)
    refused(scim.post("/Bulk", json={}), 501)
    refused(scim.get("/Me"), 501)
    refused(scim.put("/Users", json={}), 405)


# ---------------------------------------------------------------- a person comes, changes, goes


def test_a_directory_asks_first_and_brings_somebody_then(scim: httpx.Client, deployment: Deployment) -> None:
    nobody = scim.get("/Users", params={"filter": 'userName eq "priya@halden.example"'}).json()
    assert (nobody["totalResults"], nobody["Resources"]) == (0, [])
    answer = scim.post("/Users", json=person())
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/scim+json"
    priya = answer.json()
    assert answer.headers["Location"] == priya["meta"]["location"] == f"{ADDRESS}/scim/v2/Users/{priya['id']}"
    assert answer.headers["ETag"] == priya["meta"]["version"] == 'W/"1"'
    assert priya["userName"] == "Priya@Halden.example", "as it was written"
    for text in (
        'userName eq "PRIYA@halden.example"',
        'externalId eq "priya-key"',
        f'id eq "{priya["id"]}"',
        'emails[type eq "work" and value eq "priya@halden.example"]',
        'userName sw "pri" and active eq true',
    ):
        found = scim.get("/Users", params={"filter": text}).json()
        assert [each["id"] for each in found["Resources"]] == [priya["id"]], text
    with deployment.app.store.read() as connection:
        assert deployment.app.staff.directory.by_handle(connection, "priya@halden.example") == priya["id"]
    assert {"person.created"} <= set(events(deployment))
    refused(scim.post("/Users", json=person(externalId="other")), 409, "uniqueness")
    refused(scim.post("/Users", json=person("another", externalId="priya-key")), 409, "uniqueness")


def test_somebody_named_here_is_found_and_taken_over(scim: httpx.Client, deployment: Deployment) -> None:
    deployment.browser("ana@example.org")
    (ana,) = scim.get("/Users", params={"filter": 'userName eq "ana@example.org"'}).json()["Resources"]
    assert ana["meta"]["version"] == 'W/"0"'
    refused(scim.post("/Users", json={**person(), "userName": "ana@example.org"}), 409, "uniqueness")
    changed = patch(scim, f"/Users/{ana['id']}", {"op": "Add", "path": "externalId", "value": "ana-key"})
    assert changed.json()["externalId"] == "ana-key"
    assert changed.json()["id"] == ana["id"]


def test_entra_changes_somebody(scim: httpx.Client) -> None:
    priya = made(scim)
    boss = made(scim, "boss")
    changed = patch(
        scim,
        f"/Users/{priya['id']}",
        {"op": "Replace", "path": "displayName", "value": "Priya R."},
        {"op": "Add", "path": "title", "value": "Actuary"},
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "p.raman@halden.example"},
        {"op": "Add", "path": 'phoneNumbers[type eq "mobile"].value', "value": "555"},
        {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": boss["id"]},
        {"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Claims"},
        {"op": "Add", "path": f"{ENTERPRISE}:employeeNumber", "value": 701984},
    ).json()
    assert changed["displayName"] == "Priya R."
    assert changed["emails"][0]["value"] == "p.raman@halden.example"
    assert "phoneNumbers" not in changed
    assert changed[ENTERPRISE] == {
        "manager": {"value": boss["id"]},
        "department": "Claims",
        "employeeNumber": "701984",
    }
    assert changed["meta"]["version"] != priya["meta"]["version"]
    again = patch(scim, f"/Users/{priya['id']}", {"op": "Add", "path": "title", "value": "Actuary"}).json()
    assert again["meta"]["version"] == changed["meta"]["version"], "nothing changed"
    found = scim.get("/Users", params={"filter": f'{ENTERPRISE}:employeeNumber eq "701984"'}).json()
    assert found["totalResults"] == 1


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "replace", "path": "active", "value": False},
        {"op": "replace", "value": {"active": False}},
    ],
)
def test_somebody_who_leaves_is_gone_at_once(
    scim: httpx.Client, deployment: Deployment, operation: dict[str, Any]
) -> None:
    priya = made(scim)
    browser = deployment.browser("priya@halden.example")
    assert browser.get(f"{PREFIX}/me").status_code == 200
    link = deployment.app.identity.offer("priya@halden.example")
    answer = patch(scim, f"/Users/{priya['id']}", operation)
    assert answer.json()["active"] is False
    assert browser.get(f"{PREFIX}/me").status_code == 401
    assert browser.post("/sign-in", data={"token": link, "handle": "", "name": ""}).status_code == 401
    assert events(deployment).count("person.left") == 1
    assert scim.get("/Users", params={"filter": "active eq false"}).json()["totalResults"] == 1
    patch(scim, f"/Users/{priya['id']}", operation)
    assert events(deployment).count("person.left") == 1
    back = patch(scim, f"/Users/{priya['id']}", {"op": "Replace", "path": "active", "value": "True"})
    assert back.json()["active"] is True
    assert events(deployment).count("person.returned") == 1


def test_okta_puts_somebody_whole_and_takes_them_away(scim: httpx.Client, deployment: Deployment) -> None:
    priya = made(scim, title="Actuary")
    body = person(active=False, title=None, password="secret", locale="en-US", groups=[])
    changed = scim.put(f"/Users/{priya['id']}", json={**body, "id": priya["id"]}).json()
    assert changed["active"] is False
    assert "title" not in changed
    assert scim.delete(f"/Users/{priya['id']}").status_code == 204
    refused(scim.get(f"/Users/{priya['id']}"), 404)
    refused(scim.delete(f"/Users/{priya['id']}"), 404)
    refused(scim.put(f"/Users/{priya['id']}", json=body), 404)
    assert scim.get("/Users", params={"filter": 'userName sw "priya"'}).json()["totalResults"] == 0
    assert {"person.left", "person.dropped"} <= set(events(deployment))


def test_an_address_goes_to_somebody_new_and_the_record_does_not(scim: httpx.Client, deployment: Deployment) -> None:
    first = made(scim, "priya", **{ENTERPRISE: {"employeeNumber": "1"}})
    scim.delete(f"/Users/{first['id']}")
    second = made(scim, "priya", **{ENTERPRISE: {"employeeNumber": "2"}})
    assert second["id"] != first["id"], "another human has the address now"
    scim.delete(f"/Users/{second['id']}")
    again = made(scim, "priya", **{ENTERPRISE: {"employeeNumber": "2"}})
    assert again["id"] == second["id"], "the same human is back"
    scim.delete(f"/Users/{again['id']}")
    third = made(scim)
    assert third["id"] not in {first["id"], second["id"]}, "nobody says that it is the same human"
    shown = deployment.app.identity.people([first["id"]])[first["id"]]
    assert (shown.handle, shown.shown) == (None, "Priya")


def test_two_accounts_with_one_employee_key_are_one_human(scim: httpx.Client, deployment: Deployment) -> None:
    usual = made(scim, "priya", **{ENTERPRISE: {"employeeNumber": "7"}})
    admin = made(scim, "adm-priya", **{ENTERPRISE: {"employeeNumber": "7"}})
    other = made(scim, "ana")
    directory = deployment.app.staff.directory
    with deployment.app.store.read() as connection:
        assert directory.same_human(connection, [usual["id"]]) == {usual["id"], admin["id"]}
        assert directory.same_human(connection, [other["id"]]) == {other["id"]}
    patch(scim, f"/Users/{admin['id']}", {"op": "remove", "path": f"{ENTERPRISE}:employeeNumber"})
    with deployment.app.store.read() as connection:
        assert directory.same_human(connection, [admin["id"]]) == {usual["id"], admin["id"]}, "once one, always one"


# ---------------------------------------------------------------- groups


def test_groups_hold_people_and_groups(scim: httpx.Client, deployment: Deployment) -> None:
    ana, ben, eva = (made(scim, name)["id"] for name in ("ana", "ben", "eva"))
    inner = grouped(scim, "Claims actuaries", ana, ben)
    outer = grouped(scim, "Claims", inner["id"], eva)
    assert [each["type"] for each in sorted(outer["members"], key=lambda each: each["type"])] == ["Group", "User"]
    patch(scim, f"/Groups/{inner['id']}", {"op": "add", "path": "members", "value": [{"value": outer["id"]}]})
    directory = deployment.app.staff.directory
    with deployment.app.store.read() as connection:
        assert directory.members(connection, "Claims") == {ana, ben, eva}
        assert directory.members(connection, "Claims actuaries") == {ana, ben, eva}, "a circle is no end"
        assert directory.groups_of(connection, ana) == {"Claims", "Claims actuaries"}
    of_ana = scim.get(f"/Users/{ana}").json()["groups"]
    assert [each["display"] for each in of_ana] == ["Claims actuaries"]
    patch(scim, f"/Users/{eva}", {"op": "replace", "path": "active", "value": False})
    with deployment.app.store.read() as connection:
        assert directory.members(connection, "Claims") == {ana, ben}
        assert directory.groups_of(connection, eva) == frozenset()
    assert scim.delete(f"/Groups/{inner['id']}").status_code == 204
    refused(scim.get(f"/Groups/{inner['id']}"), 404)
    assert [each["value"] for each in scim.get(f"/Groups/{outer['id']}").json()["members"]] == [eva]


def test_entra_and_okta_change_groups(scim: httpx.Client) -> None:
    ana, ben = (made(scim, name)["id"] for name in ("ana", "ben"))
    group = grouped(scim, "Approvers")
    address = f"/Groups/{group['id']}"

    def members() -> set[str]:
        return {each["value"] for each in scim.get(address).json().get("members", [])}

    patch(scim, address, {"op": "Add", "path": "members", "value": [{"value": ana}, {"value": ben}]})
    assert members() == {ana, ben}
    patch(scim, address, {"op": "Remove", "path": "members", "value": [{"value": ben}]})
    assert members() == {ana}
    patch(scim, address, {"op": "remove", "path": f'members[value eq "{ana}"]'})
    assert members() == set()
    patch(scim, address, {"op": "add", "path": "members", "value": [{"value": ana, "display": "ana@halden.example"}]})
    renamed = patch(scim, address, {"op": "replace", "value": {"id": group["id"], "displayName": "Deciders"}})
    assert (renamed.json()["displayName"], members()) == ("Deciders", {ana})
    patch(scim, address, {"op": "replace", "path": "members", "value": [{"value": ben}]})
    assert members() == {ben}
    put = scim.put(address, json={"schemas": [GROUP], "displayName": "Deciders", "members": [{"value": ana}]})
    assert {each["value"] for each in put.json()["members"]} == {ana}
    found = scim.get("/Groups", params={"filter": 'displayName eq "deciders"', "excludedAttributes": "members"})
    (shown,) = found.json()["Resources"]
    assert shown["id"] == group["id"]
    assert "members" not in shown
    within = scim.get("/Groups", params={"filter": f'members[value eq "{ana}"]', "attributes": "displayName"}).json()
    assert within["Resources"] == [{"schemas": [GROUP], "id": group["id"], "displayName": "Deciders"}]
    refused(scim.post("/Groups", json={"schemas": [GROUP], "displayName": "DECIDERS"}), 409, "uniqueness")
    refused(scim.post("/Groups", json={"schemas": [GROUP]}), 400, "invalidValue")
    refused(patch(scim, address, {"op": "add", "path": "members", "value": [{"value": NOBODY}]}), 400, "invalidValue")
    assert members() == {ana}, "nothing of a refused change is kept"
