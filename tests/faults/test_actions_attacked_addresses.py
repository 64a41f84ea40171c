"""Addresses of systems, their tools, documents and schemas: a canary inside hears nothing, and arguments lead nowhere.

How addresses are looked at is tried in `test_gateway_addresses.py`; here it is what actions do with theirs. Logs of
systems are fetched and sinks told through what `test_outgoing_addresses.py` tries.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from roadworthy.foundation.errors import Refused, Unavailable
from roadworthy.foundation.logs import Secret
from roadworthy.foundation.settings import Settings
from roadworthy.operate.actions.catalogue import openapi
from roadworthy.operate.actions.catalogue.compiled import CompiledAction, compiled
from roadworthy.operate.actions.declared import Action, Speaks, System
from roadworthy.operate.actions.kinds import check_action
from roadworthy.operate.actions.model import Outcome, Receipt, Sent
from roadworthy.operate.actions.systems.fleet import ReachedSystem
from roadworthy.operate.actions.systems.http import HttpSystems
from roadworthy.operate.actions.systems.learning import Learning
from roadworthy.operate.actions.systems.mcp import McpSystems
from roadworthy.operate.calls.upstreams.secrets import UpstreamSecrets
from roadworthy.operate.calls.wire.addresses import origin
from roadworthy.operate.calls.wire.failures import UpstreamFailure
from roadworthy.operate.calls.wire.pool import Pool, Way
from tests.faults.test_gateway_addresses import INSIDE, NEVER, OTHER, PUBLIC, SPELLED, Names, canary
from tests.harness.acting import Shop, action, shop
from tests.harness.saying import KEY, VARIABLE, Saying, saying

Asking = Callable[[ReachedSystem], Awaitable[Any]]
SENT = Sent("01a206b6-ae82-7da3-bd19-17aba801bdb4", "s.x", b"{}", 1, 1.0, f"00-{'a' * 32}-{'b' * 16}-01")


def act(way: dict[str, Any]) -> CompiledAction:
    said = {"useCases": ["x"], "system": "s", "input": {"type": "object"}, "effect": "write", "tier": "low", **way}
    return compiled("s.x", Action.model_validate(said), "sha256:0", [])


HTTP = act({"http": {"method": "POST", "path": "/do"}})
TOOL = act({"tool": "do"})
PINNED = act({"tool": "do", "pin": dict.fromkeys(("schema", "description", "annotations"), "sha256:" + "0" * 64)})


ASKED: dict[str, tuple[Speaks, Asking]] = {
    "http": (Speaks.HTTP, lambda reached: HttpSystems().act(reached, HTTP, SENT)),
    "tool": (Speaks.MCP, lambda reached: McpSystems().act(reached, TOOL, SENT)),
    "tools": (Speaks.MCP, lambda reached: McpSystems().tools(reached)),
    "pinned tool": (Speaks.MCP, lambda reached: McpSystems().act(reached, PINNED, SENT)),
}


def gone(name: str, address: str, *answers: tuple[str, ...], allowed: str = "") -> Names:
    """Ask a system of an address; nothing of it may have been done. The loop, which knows where it went."""
    loop = Names(*answers)
    speaks, asking = ASKED[name]
    try:
        pool = Pool(Way(origin(address), frozenset(filter(None, [allowed]))))
        spec = System.model_construct(speaks=speaks, address=address)
        came = loop.run_until_complete(asyncio.wait_for(asking(ReachedSystem("s", spec, Secret(KEY), pool)), 2))
        assert not isinstance(came, Receipt) or came.outcome is Outcome.NOT_DONE, came
    except (Refused, UpstreamFailure):
        pass  # which is how an address that may not be gone to ends
    finally:
        loop.close()
    return loop


@pytest.mark.parametrize("name", ASKED)
def test_a_system_that_is_inside_is_not_reached_however_it_is_spelled_or_pointed_to(name: str) -> None:
    with canary() as listening:
        for spelled in SPELLED:
            assert gone(name, spelled.replace("$", str(listening.port))).connected == [], spelled
        for each in NEVER:
            host = each.partition("://")[2].strip("[]").rstrip(".").lower()
            assert gone(name, each, *[("169.254.169.254",)] * 4, allowed=host).connected == [], each
        for each in INSIDE:
            assert gone(name, each).connected == [], each
        rebinding = gone(name, f"http://rebinds.example:{listening.port}", (PUBLIC,), ("127.0.0.1",))
        assert set(rebinding.connected) <= {PUBLIC}
        mixed = gone(name, f"http://mixed.example:{listening.port}", (PUBLIC, OTHER, "127.0.0.1"))
        assert mixed.connected == []
    assert listening.heard == 0


def test_what_is_imported_is_asked_where_its_system_is_and_nowhere_inside(tmp_path: Path) -> None:
    learning = Learning(UpstreamSecrets(Settings(home=tmp_path)), "", tmp_path, {})
    with canary() as listening:
        for spelled in SPELLED:
            address = spelled.replace("$", str(listening.port))
            for speaks in (Speaks.HTTP, Speaks.MCP):
                spec = System.model_construct(speaks=speaks, address=address)
                with pytest.raises(Unavailable):
                    learning.document("s", spec, "/o.json") if speaks is Speaks.HTTP else learning.tools("s", spec)
    assert listening.heard == 0


def test_a_document_leads_nowhere_else(tmp_path: Path) -> None:
    """Its servers, its references, what explains it and whoever makes tokens for it are its own words."""
    with saying() as elsewhere:
        address = f"{elsewhere.address}/x"
        operation = {
            "operationId": "pay", "servers": [{"url": address}], "externalDocs": {"url": address},
            "callbacks": {"done": {address: {"post": {"responses": {}}}}},
            "requestBody": {"content": {"application/json": {"schema": {
                "type": "object", "properties": {"a": {"type": "string"}, "b": {"$ref": f"{address}#/b"}}}}}},
        }  # fmt: skip
        document = {
            "openapi": "3.1.0", "info": {"title": "x", "version": "1", "termsOfService": address},
            "servers": [{"url": address}], "externalDocs": {"url": address}, "jsonSchemaDialect": address,
            "components": {"securitySchemes": {"o": {"type": "oauth2", "flows": {"clientCredentials": {
                "tokenUrl": address, "scopes": {}}}}}},
            "paths": {"/pay": {"$ref": address}, "/do": {"post": operation},
                      "/ok": {"post": {**operation, "requestBody": {"content": {"application/json": {"schema": {
                          "type": "object", "properties": {"a": {"type": "string"}}}}}}}}},
        }  # fmt: skip
        drafts = openapi.of_document("other", ["x"], document)
        assert elsewhere.address not in json.dumps([each.spec for each in drafts if not each.faults], default=str)
        for schema in (
            {"type": "object", "properties": {"a": {"$ref": address}}},
            {"type": "object", "$id": address, "properties": {"a": {"$ref": "y"}}},
            {"type": "object", "properties": {"a": {"$dynamicRef": address}}},
            {
                "type": "object",
                "$defs": {"b": {"$ref": "file:///etc/passwd"}},
                "properties": {"a": {"$ref": "#/$defs/b"}},
            },
        ):
            made = act({"tool": "do", "input": schema})
            assert [each.code for each in check_action("s.x", made.spec)] == ["action-schema-unusable"], schema
            assert made.faults({"a": {"b": 1}}), "and where it is declared already, nothing passes"
        assert elsewhere.heard == []


# ------------------------------------------------------------ arguments


@pytest.fixture(scope="module")
def other() -> Iterator[Saying]:
    os.environ[VARIABLE] = KEY
    with saying() as made:
        yield made


@pytest.fixture(scope="module")
def there(other: Saying, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    anything = {"type": "object", "additionalProperties": True}
    placed = action("other", "POST", "/things/{id}/pay", "write", input=anything, attempts=1)
    placed["http"]["query"] = ["q"]
    with shop(tmp_path_factory.mktemp("addresses") / "home", more=other.declared(**{"other.pay": placed})) as made:
        yield made


def odd(port: int) -> list[str]:
    """Values that would lead elsewhere, if they could leave their place."""
    return [
        "..", ".", "../admin", "..%2fadmin", "%2e%2e", "x/../../admin", "//evil.example", f"@127.0.0.1:{port}/",
        "x?q=admin", "x#y", "x;y=z", "\\..\\admin", "x\r\nHost: evil.example", "x HTTP/1.1\r\n\r\nGET /admin",
        "x\u0000", "\u2025", "\uff0e\uff0e", f"http://127.0.0.1:{port}/", "x&q=2", "q=2&id=3", "\u017f", "a b", "%00",
        "\ud7ff", "x/pay", "",
    ]  # fmt: skip


def test_arguments_stay_in_their_place_of_an_address(there: Shop, other: Saying) -> None:
    other.says(b"{}")
    with canary() as listening:
        for value in odd(listening.port):
            other.heard.clear()
            said = there.do("other.pay", {"id": value, "q": value or "x", "rest": value})
            if value in {"", ".", ".."}:
                assert (said.json()["state"], other.heard) == ("failed", [])
                continue
            assert said.status_code == 200, (value, said.text)
            (heard,) = other.heard
            parts = urlsplit(heard.path)
            assert parts.path.split("/")[1:2] + parts.path.split("/")[3:] == ["things", "pay"], heard.path
            assert parse_qs(parts.query, keep_blank_values=True) == {"q": [value]}
            assert heard.headers["host"] == f"127.0.0.1:{other.port}"
            assert json.loads(heard.body) == {"rest": value}
    assert listening.heard == 0
