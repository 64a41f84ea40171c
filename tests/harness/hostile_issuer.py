"""An identity provider on this machine that lies as told: for the attacks that no honest provider would carry out.

It signs with real keys and speaks the real protocol. A test changes one thing (a claim, a header, the key, an answer)
and everything else stays right, so that what is refused is refused for that one thing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.jwk import ECKey, Key, RSAKey

from tests.harness.loopback import ANYWHERE, running

Claims = dict[str, Any]
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


@cache
def rsa(kid: str = "one") -> RSAKey:
    """A key pair; making one takes long, so they are shared."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})


@dataclass
class Answer:
    """What is sent for a path instead of the right thing."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    """Before the first byte."""
    drips: bool = False
    """Without end: a byte every few hundredths of a second."""


@dataclass
class HostileIssuer:
    """What the issuer says, and what it was asked."""

    address: str = ""
    client_id: str = "roadworthy"
    subject: str = "ana-1"
    key: Key = field(default_factory=rsa)
    keys: list[Key] = field(default_factory=lambda: [rsa()])
    """What it announces; the one that it signs with need not be among them."""
    announced: Claims = field(default_factory=dict)
    """Changes to the announcement; None takes a name out."""
    instead: dict[str, Answer] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    forms: list[dict[str, str]] = field(default_factory=list)
    """What the token endpoint was sent."""
    tokens: dict[str, str] = field(default_factory=dict)
    """Identity token by code; each is given once."""
    access_token: str = "an access token"
    over: threading.Event = field(default_factory=threading.Event)
    """Ends answers that are still late."""

    def announcement(self) -> Claims:
        """Its discovery document."""
        said: Claims = {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "end_session_endpoint": f"{self.address}/end",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "none"],
        }
        said |= self.announced
        return {name: value for name, value in said.items() if value is not None}

    def claims(self, nonce: str, /, **changes: Any) -> Claims:
        """A right identity token's claims with changes; None takes a claim out."""
        now = int(time.time())
        said: Claims = {
            "iss": self.address,
            "sub": self.subject,
            "aud": self.client_id,
            "exp": now + 300,
            "iat": now,
            "auth_time": now,
            "nonce": nonce,
            "acr": "urn:example:silver",
            "amr": ["pwd", "otp"],
            "sid": "session-1",
            "name": "Ana Ito",
            "email": "ana@halden.example",
            "email_verified": True,
        }
        said |= changes
        return {name: value for name, value in said.items() if value is not None}

    def logout_claims(self, **changes: Any) -> Claims:
        """A right logout token's claims with changes."""
        now = int(time.time())
        said: Claims = {
            "iss": self.address,
            "sub": self.subject,
            "aud": self.client_id,
            "exp": now + 120,
            "iat": now,
            "jti": f"jti-{time.monotonic_ns()}",
            "sid": "session-1",
            "events": {LOGOUT_EVENT: {}},
        }
        said |= changes
        return {name: value for name, value in said.items() if value is not None}

    def sign(self, claims: Claims, **header: Any) -> str:
        """A token signed with its key; further headers are put in unchecked."""
        algorithm = header.pop("alg", "RS256")
        head = {"alg": algorithm, "kid": self.key.kid, "typ": "JWT", **header}
        head = {name: value for name, value in head.items() if value is not None}
        content = f"{_encoded(json.dumps(head).encode())}.{_encoded(json.dumps(claims).encode())}"
        model = jws.JWSRegistry.algorithms[algorithm]
        return f"{content}.{_encoded(model.sign(content.encode(), self.key))}"

    def unsigned(self, claims: Claims, algorithm: str = "none") -> str:
        """A token that nobody signed."""
        return f"{_encoded(json.dumps({'alg': algorithm}).encode())}.{_encoded(json.dumps(claims).encode())}."

    def confused(self, claims: Claims) -> str:
        """A token whose HMAC has the public key as its secret (the confusion of HS256 with RS256)."""
        assert isinstance(self.key, RSAKey)
        public = self.key.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        head = {"alg": "HS256", "kid": self.key.kid}
        content = f"{_encoded(json.dumps(head).encode())}.{_encoded(json.dumps(claims).encode())}"
        return f"{content}.{_encoded(hmac.new(public, content.encode(), hashlib.sha256).digest())}"

    def hash_of(self, access_token: str) -> str:
        """`at_hash` for RS256."""
        return _encoded(hashlib.sha256(access_token.encode()).digest()[:16])


def nonce_of(address: str) -> str:
    """The nonce in the address to which a browser was sent."""
    return parse_qs(urlsplit(address).query)["nonce"][0]


def state_of(address: str) -> str:
    """The state in it."""
    return parse_qs(urlsplit(address).query)["state"][0]


@contextmanager
def hostile_issuer() -> Iterator[HostileIssuer]:
    """An issuer on a free port of this machine."""
    issuer = HostileIssuer()
    handler = type("Handler", (_Handler,), {"issuer": issuer})
    with running(ThreadingHTTPServer(ANYWHERE, handler)) as server:
        issuer.address = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield issuer
        finally:
            issuer.over.set()


class _Handler(BaseHTTPRequestHandler):
    issuer: HostileIssuer

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        said: dict[str, Callable[[], Claims]] = {
            "/.well-known/openid-configuration": self.issuer.announcement,
            "/keys": lambda: {"keys": [key.as_dict(private=False) for key in self.issuer.keys]},
            "/userinfo": lambda: {"sub": self.issuer.subject, "email": "ana@halden.example", "name": "Ana Ito"},
        }
        self._send(path, said.get(path, dict)())

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        content = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        form = {name: values[-1] for name, values in parse_qs(content).items()}
        self.issuer.forms.append(form | {"authorization": self.headers.get("authorization", "")})
        token = self.issuer.tokens.pop(form.get("code", ""), None)
        if token is None:
            self._send(path, {"error": "invalid_grant"}, 400)
            return
        self._send(path, {"access_token": self.issuer.access_token, "token_type": "Bearer", "id_token": token})

    def _send(self, path: str, said: Claims, status: int = 200) -> None:
        self.issuer.asked[path] += 1
        answer = self.issuer.instead.get(path) or Answer(status, json.dumps(said).encode())
        self.issuer.over.wait(answer.seconds)
        try:
            self.send_response(answer.status)
            self.send_header("content-type", "application/json")
            if not answer.drips:
                self.send_header("content-length", str(len(answer.body)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)
            while answer.drips:
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.02)
        except OSError:
            self.close_connection = True  # the client has had enough


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


__all__ = ["Answer", "ECKey", "HostileIssuer", "hostile_issuer", "nonce_of", "rsa", "state_of"]
