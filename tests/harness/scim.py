"""A staff directory that speaks SCIM: what it sends, and what it expects back."""

from __future__ import annotations

from typing import Any

import httpx

from roadworthy.foundation.identity.scim.attributes import ENTERPRISE, GROUP, USER
from roadworthy.foundation.identity.scim.patch import PATCH_OP

NOBODY = "00000000-0000-7000-8000-000000000000"
"""A reference of nobody."""
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


def person(name: str = "priya", **more: Any) -> dict[str, Any]:
    """A user as Entra sends one."""
    return {
        "schemas": [USER, ENTERPRISE],
        "externalId": f"{name}-key",
        "userName": f"{name.capitalize()}@Halden.example",
        "active": True,
        "displayName": name.capitalize(),
        "emails": [{"primary": True, "type": "work", "value": f"{name}@halden.example"}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": name.capitalize(), "familyName": "Raman", "givenName": name.capitalize()},
        **more,
    }


def made(scim: httpx.Client, name: str = "priya", **more: Any) -> dict[str, Any]:
    answer = scim.post("/Users", json=person(name, **more))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def grouped(scim: httpx.Client, name: str, *refs: str) -> dict[str, Any]:
    body = {"schemas": [GROUP], "displayName": name, "members": [{"value": ref} for ref in refs]}
    answer = scim.post("/Groups", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def patch(scim: httpx.Client, path: str, *operations: dict[str, Any], **headers: str) -> httpx.Response:
    return scim.patch(path, json={"schemas": [PATCH_OP], "Operations": list(operations)}, headers=headers)


def refused(answer: httpx.Response, status: int, kind: str | None = None) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/scim+json"
    body: dict[str, Any] = answer.json()
    assert body["schemas"] == [ERROR]
    assert body["status"] == str(status)
    assert body.get("scimType") == kind
    assert body["detail"]
    return body
