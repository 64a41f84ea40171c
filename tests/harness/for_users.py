"""A gateway whose agents act for users of a certified identity provider, in systems that believe nobody but them."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from roadworthy.foundation.access.model import Workload
from roadworthy.foundation.settings import Provider
from roadworthy.operate.actions.declared import Action, System
from roadworthy.operate.admission.keys.model import Wanted
from tests.harness.acting import CASE, FUNCTIONS, LETS, OVER
from tests.harness.gateway import Running, gateway
from tests.harness.governed import LEE, RULES, govern, rights, signed_in
from tests.harness.named_mcp import named
from tests.harness.oidc.running import BACK, IdentityProvider, identity_provider, secret_of
from tests.harness.resource_server import ResourceServer, resource_server
from tests.harness.upstream import wait_for

TICKETS = "https://tickets.example"
ROBOT, OTHER, DESKTOP = "support-bot", "night-bot", "desktop"
ACCOUNTS: Mapping[str, Mapping[str, Any]] = {
    "ana": {"email": "ana@halden.example", "more": {"groups": ["support"], "customer": "c-1001"}},
    "ben": {"email": "ben@halden.example", "more": {"customer": "c-1002"}},
    "cleo": {"email": "cleo@halden.example", "locked": True},
    "gus": {"email": "gus@halden.example", "more": {"may_act": {"sub": ROBOT}}},
    "ivo": {"email": "ivo@halden.example", "may": []},
}
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_RIGHTS = [{"name": "tickets.read"}, {"name": "tickets.write"}]
_ANY: dict[str, Any] = {"type": "object", "properties": {"what": {"type": "string", "maxLength": 60}}}


@dataclass
class ForUsers:
    """Everything that takes part."""

    running: Running
    provider: IdentityProvider
    files: ResourceServer
    """Believes what the gateway signs."""
    tickets: ResourceServer
    """Believes what the provider signs."""
    desk: str
    """An MCP server that believes what `files` does."""
    owners: dict[str, str]
    """Whose each thing is that is there."""
    tokens: list[str] = field(default_factory=list)
    """Of users."""

    @property
    def resource(self) -> str:
        """What clients of the gateway ask tokens for."""
        return f"{self.running.address}/mcp"

    def token(
        self, account: str, scope: str = "tickets.read tickets.write", resource: str = "", client: str = "app"
    ) -> str:
        """The access token of somebody who signed in to an application."""
        made = self.provider.user_token(account, client, resource or self.resource, scope)
        self.tokens.append(made)
        return made

    def robot(self, program: str = ROBOT) -> str:
        """The access token of an agent."""
        return self.provider.access_token(program, self.resource)

    def do(self, action: str, token: str | None = None, shown: str = "", **more: Any) -> httpx.Response:
        """Ask for an action as an agent does; what else is named stands in the body."""
        headers = {"Authorization": f"Bearer {shown or self.running.key}", "Content-Type": "application/json"}
        headers |= more.pop("headers", {})
        if token is not None:
            headers["Roadworthy-User-Token"] = token
        body = {"action": action, "arguments": more.pop("arguments", {}), **more}
        return httpx.post(
            f"{self.running.address}/v1/actions", content=json.dumps(body), headers=headers, trust_env=False, timeout=30
        )

    def ended(self, id_: str) -> dict[str, Any]:
        """An action, once nothing becomes of it any more."""

        def over() -> dict[str, Any] | None:
            headers = {"Authorization": f"Bearer {self.running.key}"}
            address = f"{self.running.address}/v1/actions/{id_}"
            said: dict[str, Any] = httpx.get(address, headers=headers, trust_env=False, timeout=30).json()
            return said if said["state"] in OVER else None

        found: dict[str, Any] = wait_for(over)
        return found

    def decide(self, request: str, *, yes: bool) -> None:
        """Have Lee decide about a held action."""
        app = self.running.app
        session = signed_in(app, LEE)
        asked = app.approvals.standing(request).request
        decides = app.approvals.approve if yes else app.approvals.decline
        decides(session.context("web"), session.proof, asked.id, asked.digest, "I have looked at it.")


def does(system: str, effect: str = "write", **more: Any) -> dict[str, Any]:
    """An action that posts to a system."""
    return {
        "useCases": [CASE], "system": system, "http": {"method": "POST", "path": "/do"}, "effect": effect,
        "tier": "low", "reads": "trusted", "input": _ANY, "attempts": 1, **more,
    }  # fmt: skip


@contextmanager
def for_users(home: Path) -> Iterator[ForUsers]:
    """All of it, until the end of the block."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    os.environ["TEST_CLIENT_SECRET"] = secret_of("gateway")
    plain: dict[str, Any] = {"response_types": [], "redirect_uris": [], "grant_types": [_EXCHANGE]}
    with ExitStack() as stack:
        provider = stack.enter_context(
            identity_provider(
                address,
                ACCOUNTS,
                programs=(ROBOT, OTHER),
                clients=[
                    *(
                        {"client_id": name, "redirect_uris": [BACK], "token_endpoint_auth_method": "none"}
                        for name in ("app", DESKTOP)
                    ),
                    *(
                        {**plain, "client_id": name, "client_secret": secret_of("gateway")}
                        for name in ("gateway", "gateway-speaks")
                    ),
                ],
                resources={
                    f"{address}/mcp": {"audience": f"{address}/mcp", "scope": "tickets.read tickets.write"},
                    f"{address}/mcp/files": {"audience": f"{address}/mcp/files", "scope": "tickets.read"},
                    "https://elsewhere.example": {"audience": "https://elsewhere.example", "scope": "tickets.read"},
                    TICKETS: {"audience": TICKETS, "scope": "tickets.read tickets.write"},
                },
                delegates={
                    "gateway": {"takes": f"{address}/mcp"},
                    "gateway-speaks": {"takes": f"{address}/mcp", "spoken": True},
                },
                gatewayKeys=f"{address}/.well-known/jwks.json",
            )
        )
        files = stack.enter_context(resource_server(address, f"{address}/.well-known/jwks.json", "files"))
        tickets = stack.enter_context(resource_server(provider.issuer, f"{provider.issuer}/jwks", TICKETS))

        def echoed(body: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
            """As a careless system answers: with what it was shown."""
            owner = owners.get(body.get("what", ""))
            return {"did": dict(body), "shown": headers.get("authorization"), "id": "f-1", "owner": owner}

        for each in (files, tickets):
            each.says = echoed
        desk = stack.enter_context(named(files))
        owners: dict[str, str] = {}
        told = Provider(name="staff", issuer=provider.issuer, client_id="roadworthy")
        running = stack.enter_context(
            gateway(
                home, provider=(told,), gateway_port=port, gateway_issuer=address, action_modules=FUNCTIONS,
                action_commands=f"named={sys.executable} -m tests.harness.named_mcp",
                upstream_secrets="127.0.0.1=env:TEST_UPSTREAM_SECRET, 127.0.0.1=env:TEST_CLIENT_SECRET",
            )
        )  # fmt: skip
        made = ForUsers(running, provider, files, tickets, desk, owners)
        _declare(made)
        govern(running.app, rights([*RULES, LETS]))
        wait_for(lambda: made.do("files.do", dryRun=True).status_code != httpx.codes.NOT_FOUND)
        yield made


def _owned() -> dict[str, dict[str, Any]]:
    """Actions about things that are somebody's."""
    looks = {"action": "own.look", "arguments": {"what": "$.arguments/what"}, "at": "/owner"}
    found = {"knownBy": ["own.find"], "knownAt": "/owner"}
    return {
        "own.look": does("named", "read"),
        "own.find": does("named", "read"),
        "own.change": does("named", whose={**looks, "claim": "customer"}),
        "own.either": does("named", whose={**looks, "claim": "customer", **found}),
        "own.held": does("named", whose={**looks, "claim": "customer"}, hold={"always": True}),
        "own.later": does("named", whose={**looks, **found}, hold={"always": True}),
        "own.read": does("named", "read", whose={"of": "result", "at": "/owner", "claim": "customer"}),
        "own.told": does("named", "read", whose={"of": "result", "at": "/owner", **found}),
    }


def _declare(made: ForUsers) -> None:
    asks = {"via": "exchange", "tokenEndpoint": f"{made.provider.issuer}/token", "client": "gateway",
            "clientSecret": "env:TEST_CLIENT_SECRET", "resource": TICKETS, "rights": _RIGHTS}  # fmt: skip
    signs = {"via": "assertion", "audience": "files"}
    running = made.running
    systems = {
        "files": (made.files, {**signs, "rights": _RIGHTS}),
        "named": (made.files, {**signs, "subject": "subject"}),
        "tickets": (made.tickets, asks),
        "spoken": (made.tickets, {**asks, "client": "gateway-speaks", "afterwards": "gateway"}),
        "bounded": (made.tickets, {**asks, "bounds": [{"of": f"workload/{ROBOT}", "may": ["tickets.read"]}]}),
    }
    running.declare_quietly(
        System,
        **{
            name: {"speaks": "http", "address": server.address, "identity": identity}
            for name, (server, identity) in systems.items()
        },
    )
    back = {"action": "files.undo", "arguments": {"what": "$.result/id"}}
    running.declare_quietly(
        System,
        desk={"speaks": "mcp", "address": made.desk, "identity": {**signs, "subject": "subject"}},
        process={"speaks": "mcp-stdio", "command": "named", "identity": {**signs, "subject": "subject"}},
    )
    running.declare_quietly(System, told={"speaks": "python", "module": FUNCTIONS, "identity": signs})
    running.declare(
        Action,
        **{
            **{f"{name}.do": does(name) for name in systems},
            "files.held": does("files", hold={"always": True}),
            "named.held": does("named", hold={"always": True}),
            "tickets.held": does("tickets", hold={"always": True}),
            "spoken.held": does("spoken", hold={"always": True}),
            "tickets.read": does("tickets", rights=["tickets.read"]),
            "tickets.both": does("tickets", rights=["tickets.read", "tickets.write"]),
            "files.read": does("files", rights=["tickets.read"]),
            **{
                f"{name}.who": {
                    "useCases": [CASE],
                    "system": name,
                    "tool": "who",
                    "effect": "read",
                    "tier": "low",
                    "input": _ANY,
                    "reads": "trusted",
                    "attempts": 1,
                }
                for name in ("desk", "process")
            },
            **_owned(),
            "told.who": {
                "useCases": [CASE],
                "system": "told",
                "function": "for_whom",
                "effect": "read",
                "tier": "low",
                "input": _ANY,
                "reads": "trusted",
            },
            "files.step": does("files", compensation=back),
            "files.undo": does("files"),
            "files.robot": does("files", agents=[ROBOT]),
            "files.staff": does("files", groups=["support"]),
        },
    )
    programs = {
        name: {"title": name, "owner": "keeper", "may": ["read"], "useCases": [CASE], "audience": made.resource,
               "issuer": made.provider.issuer, "subject": name}
        for name in (ROBOT, OTHER, DESKTOP)
    }  # fmt: skip
    running.declare_quietly(Workload, **programs)
    context = running.app.identity.local_user("keeper").context("tests")
    for name in (ROBOT, OTHER, DESKTOP):
        running.app.admitting.keys.new(context, Wanted(f"of-{name}", CASE, stage="pilot", workload=name))
