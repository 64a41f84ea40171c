"""Every way out goes by `roadworthy.foundation.reaching`; each field that says where something is, is listed here."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from roadworthy.app import open_home
from roadworthy.foundation.settings import Settings
from tests.harness import sources

_NAMED = re.compile(
    r"(?i)address|url|uri|endpoint|issuer|host|proxy|location|link|webhook|server|origin|audience|resource$|jwks|catalog"
    r"|registry"
)
_TOLD = re.compile(r"(?i)\baddress\b|\burl\b|https?://")

GONE_TO = {
    "AgentCallback.address": "by `Guarded`, and to what an agent names below it",
    "EventSink.address": "by `Guarded`",
    "NotificationChannel.address": "a webhook's, by `Guarded`; else it names where Apprise's address stands",
    "ReleaseObserver.address": "MLflow, by `Guarded`",
    "System.address": "the gateway's pool; its audit log by `Guarded`",
    "System.identity.proxy": "the gateway's pool",
    "System.identity.tokenEndpoint": "the gateway's pool",
    "System.proxy": "the gateway's pool",
    "TicketSystem.baseUrl": "by `Guarded`; only to hosts that `ticket_secrets` names",
    "Upstream.address": "the gateway's pool",
    "Upstream.identity.proxy": "the gateway's pool",
    "Upstream.identity.tokenEndpoint": "the gateway's pool",
    "Upstream.proxy": "the gateway's pool",
    "UseCase.integrations[].probe.address": "by `Guarded`, MCP's line, or `hostaddr` of a database",
    "UseCase.integrations[].probe.sandbox": "as its address",
    "Witness.address": "by `Guarded`; paths lie below `witness_roots`",
}
"""Fields of declared kinds to which requests go; `tests/faults/test_outgoing_addresses.py` tries each way."""
NOT_GONE_TO = {
    "Action.http.path": "a path at the system's address",
    "EventSink.address": "by `Guarded`",
    "Budget.endpoints[]": "names of endpoints",
    "Endpoint.audience": "compared with tokens",
    "ReleaseObserver.parts[].registry": "a name at the address",
    "System.audit.poll.path": "a path at the system's address",
    "System.identity.audience": "stands in tokens",
    "System.identity.issuer": "stands in tokens",
    "System.identity.resource": "is told to the token endpoint",
    "Upstream.identity.audience": "stands in tokens",
    "Upstream.identity.issuer": "stands in tokens",
    "Upstream.identity.resource": "is told to the token endpoint",
    "UseCase.integrations[].probe.description": "a path at the probe's address, held against the guard",
    "UseCase.links[]": "shown to people",
    "Vendor.hosts[]": "compared with lines of a log",
    "Workload.audience": "compared with tokens",
    "Workload.issuer": "compared with tokens; keys come from a provider of the settings alone",
    "Workload.owner": "of a person",
}
SETTINGS = {
    "settings.action_audience": "compared with tokens",
    "settings.database": "trusted",
    "settings.gateway_host": "listened on",
    "settings.gateway_issuer": "stands in tokens",
    "settings.host": "listened on",
    "settings.inside_hosts": "says what may be reached",
    "settings.mlflow": "trusted, by `Guarded`",
    "settings.otlp_endpoint": "trusted; redirects are not followed",
    "settings.provider[].issuer": "trusted, by `Guarded`; what it announces is not trusted",
    "settings.public_address": "shown to people",
    "settings.server": "asked by commands, on the machine of whoever types them",
    "settings.upstream_hosts": "says what may be reached",
    "settings.vault_address": "trusted, by `Guarded`",
}
OPENS = re.compile(
    r"(?:^|\W)(?:httpx2?\.(?:Async)?(?:Client|HTTPTransport)|httpx2?\.(?:get|post|put|patch|delete|request|stream)|urlopen"
    r"|create_connection|open_connection|connect_tcp|create_datagram_endpoint|requests\.Session"
    r"|smtplib\.SMTP|HTTPS?Connection|psycopg\.connect|url_to_fs|OTLPSpanExporter|OTLPMetricExporter"
    r"|Apprise)\("
)
WAYS_OUT = {
    "roadworthy/decide/tickets/adapters/exchange.py": "guarded",
    "roadworthy/foundation/identity/oidc/fetching.py": "guarded",
    "roadworthy/foundation/ledger/outside/wire.py": "guarded",
    "roadworthy/foundation/notify/sending.py": "guarded; Apprise goes to an address of the server's own environment",
    "roadworthy/foundation/reaching/transport.py": "guards",
    "roadworthy/interfaces/cli/gateway.py": "a command asks the gateway of its own home",
    "roadworthy/interfaces/client.py": "a command asks the server that its user named",
    "roadworthy/interfaces/mcp_bridge.py": "a command asks the gateway that its user named",
    "roadworthy/inventory/discovery/mlflow_wire.py": "guarded",
    "roadworthy/measure/fingerprint/sources/databases.py": "an address of the server's own environment alone",
    "roadworthy/measure/fingerprint/sources/objects.py": "below `data_roots` alone",
    "roadworthy/measure/integration_probe/conversation.py": "looked at by its line",
    "roadworthy/measure/integration_probe/session.py": "goes to the numbers that were looked at",
    "roadworthy/measure/integration_probe/wire.py": "guarded",
    "roadworthy/operate/actions/callbacks/sending.py": "guarded",
    "roadworthy/operate/actions/trail/fetching.py": "guarded",
    "roadworthy/operate/actions/trail/sinks.py": "guarded",
    "roadworthy/operate/calls/secrets/outside.py": "guarded",
    "roadworthy/operate/calls/wire/pool.py": "guards by itself",
    "roadworthy/operate/telemetry/fan_out.py": "the setting `otlp_endpoint`, without redirects",
}
"""Files that open connections. The SDK runs in the user's own program and is left out."""


def test_every_field_that_says_where_something_is_stands_in_the_list(tmp_path: Path) -> None:
    with open_home(Settings(home=tmp_path / "home")) as (app, _):
        models: dict[str, type[BaseModel]] = {kind.name: kind.model for kind in app.resources.registry.all()}
    models["settings"] = Settings
    found = {path for name, model in models.items() for path in _all_texts(model, name)}
    found = {re.sub(r"^FailureMode\.tests\[\]\.useCase\.", "UseCase.", path) for path in found}
    assert found == set(GONE_TO) | set(NOT_GONE_TO) | set(SETTINGS)


def _all_texts(model: type[BaseModel], name: str) -> Iterator[str]:
    whole = model.model_json_schema(mode="serialization", by_alias=True)
    return _texts(whole, whole, name)


def _texts(whole: Mapping[str, Any], node: Mapping[str, Any], path: str, seen: tuple[str, ...] = ()) -> Iterator[str]:
    """Paths of texts that by their name or description may say where something is."""
    reference = str(node.get("$ref", "")).rpartition("/")[2]
    if reference:
        if reference not in seen:
            yield from _texts(whole, {**whole["$defs"][reference], **_about(node)}, path, (*seen, reference))
        return
    for each in (part for word in ("anyOf", "oneOf", "allOf") for part in node.get(word, ())):
        yield from _texts(whole, {**_about(node), **each}, path, seen)
    free = node.get("type") == "string" and not {"enum", "const"} & set(node)
    if free and (_NAMED.search(path.rpartition(".")[2]) or _TOLD.search(str(node.get("description", "")))):
        yield path
    for name, each in node.get("properties", {}).items():
        yield from _texts(whole, each, f"{path}.{name}", seen)
    for word, mark in (("items", "[]"), ("additionalProperties", "{}")):
        if isinstance(node.get(word), dict):
            yield from _texts(whole, {**_about(node), **node[word]}, path + mark, seen)


def _about(node: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": node["description"]} if "description" in node else {}


def test_no_file_opens_connections_but_those_that_are_known_to() -> None:
    found = {}
    for path in sources.python("src"):
        name = sources.name(path).removeprefix("src/")
        if not name.startswith("roadworthy/") or name.startswith(("roadworthy/sdk/", "roadworthy/demo/")):
            continue
        text = path.read_text("utf-8")
        called = (f"{ast.unparse(each.func)}(" for each in ast.walk(sources.tree(path)) if isinstance(each, ast.Call))
        if any(OPENS.search(each) for each in called):
            found[name] = text
    assert set(found) == set(WAYS_OUT)
    unguarded = [name for name, how in WAYS_OUT.items() if how.startswith("guarded") and "Guarded(" not in found[name]]
    assert unguarded == []


def test_nobody_follows_redirects() -> None:
    follows = re.compile(r"follow_redirects=(?!False)|allow_redirects=(?!False)")
    assert [sources.name(each) for each in sources.python("src") if follows.search(each.read_text("utf-8"))] == []
