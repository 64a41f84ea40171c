"""A gateway between a certified identity provider and upstreams that believe nobody but it."""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from joserfc.jwk import RSAKey

from roadworthy.foundation.access.model import Workload
from roadworthy.foundation.settings import Provider
from roadworthy.operate.admission.keys.model import Wanted
from roadworthy.operate.admission.kinds import Endpoint
from roadworthy.operate.calls.delegation.signing import encoded
from roadworthy.operate.calls.upstreams.declared import Upstream
from tests.harness.gateway import CASE, PATIENT, Running, gateway
from tests.harness.oidc.running import BACK, IdentityProvider, identity_provider, secret_of
from tests.harness.resource_server import ResourceServer, resource_server

GATEWAY, TICKETS = "https://gateway.example", "https://tickets.example"
NOTES, MIDDLE = "https://notes.example", "gateway-entra"
WORKLOAD = "nightly"
CHALLENGE = json.dumps({"access_token": {"polids": {"essential": True, "values": ["9ab03e19"]}}})
ACCOUNTS: Mapping[str, Mapping[str, Any]] = {
    "ana": {"email": "ana@halden.example"},
    "ben": {"email": "ben@halden.example"},
    "cleo": {"email": "cleo@halden.example", "may": ["tickets.read"]},
    "dov": {"email": "dov@halden.example", "locked": True},
    "eli": {"email": "eli@halden.example", "steps": CHALLENGE},
    "fay": {"email": "fay@halden.example", "more": {"act": {"sub": "agent-1", "act": {"sub": "agent-2"}}}},
    "gus": {"email": "gus@halden.example", "more": {"may_act": {"sub": "somebody-else"}}},
    "ivo": {"email": "ivo@halden.example", "may": []},
}
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_RIGHTS = [{"name": "tickets.read"}, {"name": "tickets.write"}]


@dataclass
class Delegating:
    """Everything that takes part."""

    running: Running
    provider: IdentityProvider
    tickets: ResourceServer
    notes: ResourceServer
    signed: ResourceServer
    tokens: list[str] = field(default_factory=list)
    """Of users."""

    def token(self, account: str, scope: str = "tickets.read tickets.write", resource: str = GATEWAY) -> str:
        """The access token of somebody who signed in to an application."""
        made = self.provider.user_token(account, "app", resource, scope)
        self.tokens.append(made)
        return made

    def ask(self, model: str, token: str | None = None, shown: str = "", **headers: str) -> httpx.Response:
        """Call as an application does."""
        said = {"Authorization": f"Bearer {shown or self.running.key}", **headers}
        if token is not None:
            said["Roadworthy-User-Token"] = token
        body = {"model": model, "messages": [{"role": "user", "content": "Where is it?"}]}
        return httpx.post(
            f"{self.running.address}/v1/chat/completions", json=body, headers=said, trust_env=False, timeout=60
        )


@contextmanager
def delegating(home: Path) -> Iterator[Delegating]:
    """All of it, until the end of the block."""
    pem, x5t, public = _certified()
    file = home.parent / "client.pem"
    file.write_text(pem)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    os.environ["TEST_CLIENT_SECRET"] = secret_of("gateway")
    with ExitStack() as stack:
        provider = stack.enter_context(
            identity_provider(
                address,
                ACCOUNTS,
                programs=(WORKLOAD,),
                clients=_clients(address, public),
                resources={
                    GATEWAY: {"audience": GATEWAY, "scope": "tickets.read tickets.write"},
                    TICKETS: {"audience": TICKETS, "scope": "tickets.read tickets.write"},
                    "https://middle.example": {"audience": MIDDLE, "scope": "access_as_user", "unmarked": True},
                    NOTES: {"audience": NOTES, "scope": "Notes.Read"},
                },
                delegates={
                    "gateway": {"takes": GATEWAY},
                    "gateway-of-workloads": {"takes": GATEWAY, "actor": "workload"},
                    "gateway-by-key": {"takes": GATEWAY, "actor": "gateway"},
                    MIDDLE: {"x5t": x5t},
                },
                gatewayKeys=f"{address}/.well-known/jwks.json",
            )
        )
        keys = f"{provider.issuer}/jwks"
        tickets = stack.enter_context(resource_server(provider.issuer, keys, TICKETS, needs="tickets.read"))
        notes = stack.enter_context(resource_server(provider.issuer, keys, NOTES))
        signed = stack.enter_context(resource_server(address, f"{address}/.well-known/jwks.json", "files"))
        bound = ["env:TEST_UPSTREAM_SECRET", "env:TEST_CLIENT_SECRET", f"file:{file}"]
        told = Provider(name="staff", issuer=provider.issuer, client_id="roadworthy", access_tokens="unmarked")
        running = stack.enter_context(
            gateway(
                home,
                provider=(told,),
                gateway_port=port,
                gateway_issuer=address,
                upstream_secrets=", ".join(f"127.0.0.1={each}" for each in bound),
            )
        )
        made = Delegating(running, provider, tickets, notes, signed)
        _declare(made, f"file:{file}")
        yield made


def _clients(address: str, public: Mapping[str, Any]) -> list[dict[str, Any]]:
    plain: dict[str, Any] = {"response_types": [], "redirect_uris": [], "grant_types": [_EXCHANGE]}
    return [
        {"client_id": "app", "redirect_uris": [BACK], "token_endpoint_auth_method": "none"},
        {**plain, "client_id": "gateway", "client_secret": secret_of("gateway")},
        {
            **plain,
            "client_id": "gateway-of-workloads",
            "client_secret": secret_of("gateway"),
            "token_endpoint_auth_method": "client_secret_post",
        },
        {
            **plain,
            "client_id": "gateway-by-key",
            "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_signing_alg": "EdDSA",
            "jwks_uri": f"{address}/.well-known/jwks.json",
        },
        {
            **plain,
            "client_id": MIDDLE,
            "grant_types": [_BEARER],
            "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_signing_alg": "PS256",
            "jwks": {"keys": [dict(public)]},
        },
    ]


def _certified() -> tuple[str, str, dict[str, Any]]:
    """A private key with its certificate in PEM, the certificate's thumbprint, and the public key."""
    key = rsa.generate_private_key(65_537, 2_048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, MIDDLE)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = RSAKey.import_key(private).as_dict(private=False, use="sig", alg="PS256")
    pem = certificate.public_bytes(Encoding.PEM) + private
    return pem.decode(), encoded(certificate.fingerprint(hashes.SHA256())), public


def identities(made: Delegating, file: str) -> dict[str, dict[str, Any]]:
    """By name of the upstream, how it learns for whom a call is."""
    asks = {"via": "exchange", "tokenEndpoint": f"{made.provider.issuer}/token", "client": "gateway",
            "clientSecret": "env:TEST_CLIENT_SECRET", "resource": TICKETS, "rights": _RIGHTS}  # fmt: skip
    unasked = {name: said for name, said in asks.items() if name != "clientSecret"}
    return {
        "tickets": asks,
        "tickets-own": {**asks, "withoutUser": "own"},
        "tickets-reading": {**asks, "bounds": [{"of": "key/app", "may": ["tickets.read"]}]},
        "tickets-nothing": {**asks, "bounds": [{"of": "key/another", "may": ["tickets.read"]}]},
        "tickets-of-workloads": {
            **asks,
            "client": "gateway-of-workloads",
            "clientAuth": "secret-post",
            "actor": "workload",
        },
        "tickets-by-key": {
            **unasked,
            "client": "gateway-by-key",
            "clientAuth": "gateway-key",
            "actor": "gateway",
            "requestedTokenType": "access-token",
        },
        "tickets-wrong-secret": {**asks, "clientSecret": "env:TEST_UPSTREAM_SECRET"},
        "notes": {
            "via": "on-behalf-of",
            "tokenEndpoint": f"{made.provider.issuer}/token",
            "client": MIDDLE,
            "clientAuth": "private-key",
            "clientSecret": file,
            "audience": NOTES,
            "rights": [{"name": "access_as_user", "scope": f"{NOTES}/.default"}],
        },
        "files": {"via": "assertion", "audience": "files", "rights": _RIGHTS},
        "files-named": {"via": "assertion", "audience": "files", "subject": "subject", "header": "X-User-Assertion"},
    }


def _declare(made: Delegating, file: str) -> None:
    where = {"notes": made.notes, "files": made.signed, "files-named": made.signed}
    wanted = identities(made, file)
    own = {"tickets-own", "files-named"}
    running = made.running
    running.declare(
        Upstream,
        **{
            name: {
                "adapter": "openai",
                "address": f"{where.get(name, made.tickets).address}/v1",
                "identity": said,
                **({"secret": "env:TEST_UPSTREAM_SECRET"} if name in own else {}),
            }
            for name, said in wanted.items()
        },
    )

    def models(*names: str) -> list[dict[str, Any]]:
        return [{"name": each, "targets": [{"upstream": each, "model": "m"}]} for each in names]

    plain = {"useCase": CASE, "surfaces": ["chat-completions"], "timeouts": PATIENT}
    chain = [{"upstream": each, "model": "m"} for each in ("tickets", "openai")]
    falling = {"name": "falling", "targets": chain}
    running.declare(
        Endpoint,
        delegated={**plain, "audience": GATEWAY, "models": [*models(*(set(wanted) - {"notes"})), falling]},
        middle={**plain, "audience": MIDDLE, "models": models("notes")},
    )
    program = {"title": "Nightly", "owner": "keeper", "may": ["read"], "useCases": [CASE], "audience": GATEWAY,
               "issuer": made.provider.issuer, "subject": WORKLOAD}  # fmt: skip
    running.declare_quietly(Workload, **{WORKLOAD: program})
    context = running.app.identity.local_user("keeper").context("tests")
    running.app.admitting.keys.new(context, Wanted("nightly", CASE, stage="pilot", workload=WORKLOAD))
