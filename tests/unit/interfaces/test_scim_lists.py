"""SCIM over HTTP: lists, versions, what cannot be read, and many members at once."""

from __future__ import annotations

import json
import time

import httpx
import pytest

from roadworthy.foundation.identity.scim.attributes import GROUP, USER
from roadworthy.foundation.identity.tables import people
from tests.harness.scim import NOBODY, grouped, made, patch, person, refused
from tests.unit.interfaces.conftest import Deployment

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


def test_lists_come_in_pages_and_parts(scim: httpx.Client) -> None:
    for name in ("ana", "ben", "eva", "leo"):
        made(scim, name)
    whole = scim.get("/Users").json()
    names = [each["userName"] for each in whole["Resources"]]
    assert whole["totalResults"] >= 4
    for start in (1, 3):
        page = scim.get("/Users", params={"startIndex": start, "count": 2}).json()
        assert [each["userName"] for each in page["Resources"]] == names[start - 1 : start + 1]
        assert (page["startIndex"], page["itemsPerPage"], page["totalResults"]) == (start, 2, whole["totalResults"])
        filtered = scim.get("/Users", params={"startIndex": start, "count": 2, "filter": "userName pr"}).json()
        assert filtered == page
    assert scim.get("/Users", params={"count": 0}).json()["Resources"] == []
    assert scim.get("/Users", params={"count": -3, "startIndex": -1}).json()["startIndex"] == 1
    found = scim.get("/Users", params={"filter": 'userName sw "ana"', "attributes": "userName,emails.value"}).json()
    (ana,) = found["Resources"]
    assert set(ana) == {"schemas", "id", "userName", "emails"}
    assert ana["emails"] == [{"value": "ana@halden.example"}]
    shown = scim.get(f"/Users/{ana['id']}", params={"excludedAttributes": "emails,name.familyName"}).json()
    assert "emails" not in shown
    assert shown["name"] == {"formatted": "Ana", "givenName": "Ana"}
    searched = scim.post(
        "/Users/.search", json={"schemas": [SEARCH], "filter": 'userName sw "b"', "attributes": ["userName"]}
    )
    assert [each["userName"] for each in searched.json()["Resources"]] == ["Ben@Halden.example"]
    assert scim.post("/Groups/.search", json={"startIndex": 1, "count": 5}).json()["totalResults"] == 0


def test_a_change_against_an_old_version_is_refused(scim: httpx.Client) -> None:
    priya = made(scim)
    address = f"/Users/{priya['id']}"
    version = priya["meta"]["version"]
    operation = {"op": "replace", "path": "title", "value": "A"}
    changed = patch(scim, address, operation, **{"If-Match": version})
    assert changed.status_code == 200
    refused(patch(scim, address, {**operation, "value": "B"}, **{"If-Match": version}), 412)
    refused(scim.put(address, json=person(), headers={"If-Match": version}), 412)
    refused(scim.request("DELETE", address, headers={"If-Match": version}), 412)
    assert scim.get(address, headers={"If-None-Match": changed.headers["ETag"]}).status_code == 304
    assert patch(scim, address, {**operation, "value": "C"}, **{"If-Match": "*"}).status_code == 200
    group = grouped(scim, "Approvers")
    patch(scim, f"/Groups/{group['id']}", {"op": "replace", "path": "displayName", "value": "X"})
    refused(scim.request("DELETE", f"/Groups/{group['id']}", headers={"If-Match": group["meta"]["version"]}), 412)


@pytest.mark.parametrize(
    ("method", "path", "body", "kind"),
    [
        ("GET", "/Users?filter=userName", None, "invalidFilter"),
        ("GET", "/Users?filter=" + "(" * 5_000, None, "invalidFilter"),
        ("GET", "/Users?startIndex=one", None, "invalidValue"),
        ("GET", "/Users?attributes=a%20b", None, "invalidValue"),
        ("POST", "/Users", b"{", "invalidSyntax"),
        ("POST", "/Users", b"[" * 50_000, "invalidSyntax"),
        ("POST", "/Users", b"[]", "invalidSyntax"),
        ("POST", "/Users", b"\xff", "invalidSyntax"),
        ("POST", "/Users", json.dumps({"schemas": [USER]}).encode(), "invalidValue"),
        ("POST", "/Users", json.dumps({"schemas": [GROUP], "userName": "x"}).encode(), "invalidSyntax"),
        ("POST", "/Users", json.dumps({"userName": "a\nb"}).encode(), "invalidValue"),
        ("POST", "/Users", json.dumps({"userName": "x" * 400}).encode(), "invalidValue"),
        ("POST", "/Users", b'{"userName": "\\ud800"}', "invalidValue"),
        ("POST", "/Users", json.dumps({"userName": "x", "externalId": "k" * 500}).encode(), "invalidValue"),
        ("POST", "/Users", json.dumps({"userName": "x", "active": "maybe"}).encode(), "invalidValue"),
        ("POST", "/Groups", json.dumps({"displayName": "x" * 201}).encode(), "invalidValue"),
        ("POST", "/Users/.search", b'{"filter": 4}', "invalidSyntax"),
    ],
)
def test_what_cannot_be_read_is_refused_in_the_standards_words(
    shared_scim: httpx.Client, method: str, path: str, body: bytes | None, kind: str
) -> None:
    refused(shared_scim.request(method, path, content=body), 400, kind)


def test_paths_that_lead_nowhere_are_refused(scim: httpx.Client) -> None:
    address = f"/Users/{made(scim)['id']}"
    refused(patch(scim, address, {"op": "add", "path": "shoeSize", "value": 1}), 400, "invalidPath")
    refused(patch(scim, address, {"op": "remove"}), 400, "noTarget")
    refused(patch(scim, address, {"op": "replace", "path": "id", "value": "x"}), 400, "mutability")
    refused(patch(scim, f"/Users/{NOBODY}", {"op": "add", "path": "title", "value": "x"}), 404)


def test_ten_thousand_members_take_seconds(scim: httpx.Client, deployment: Deployment) -> None:
    import_many(deployment, 10_000)
    with deployment.app.store.read() as connection:
        refs = sorted(deployment.app.staff.directory.here(connection, (f"m{at:05}" for at in range(10_000))))
    group = grouped(scim, "Everybody")
    address = f"/Groups/{group['id']}"
    began = time.process_time()
    body = {"op": "add", "path": "members", "value": [{"value": ref} for ref in refs]}
    assert len(patch(scim, address, body).json()["members"]) == 10_000
    away = [{"op": "remove", "path": f'members[value eq "{ref}"]'} for ref in refs]
    assert "members" not in patch(scim, address, *away).json()
    assert time.process_time() - began < 8


def import_many(deployment: Deployment, count: int) -> None:
    """People straight into the table, for measuring what comes after."""
    now = deployment.app.runtime.clock.now()
    rows = [
        {"ref": f"m{at:05}", "handle": f"m{at:05}@halden.example", "issuer": "test", "created_at": now}
        for at in range(count)
    ]
    deployment.app.store.write(lambda connection: connection.execute(people.insert(), rows))
