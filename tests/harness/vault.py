"""A server that answers as HashiCorp Vault and OpenBao do, written from the published description of their HTTP API.

No package of a real one could be installed where this was written. It keeps what matters here: tokens with times of
life that are renewed or end, AppRole and Kubernetes logins, namespaces, versions of KV 2 that are deleted at a time, a
sealed state, and a transit engine with associated data and versions of keys.
"""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ROLE, SECRET_ID = "role-1", "secret-id-CANARY-1"
JWT = "eyJhbGciOiJSUzI1NiJ9.service-account-CANARY.sig"
NAMESPACE = "team/ai"


@dataclass
class Token:
    """A token that was given out."""

    ttl: int
    renewable: bool = True
    renewed: int = 0


@dataclass
class FakeVault:
    """What it keeps, and how it fares."""

    address: str = ""
    secrets: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By `mount/path`, versions with `data` and `metadata`."""
    tokens: dict[str, Token] = field(default_factory=dict)
    sealed: bool = False
    garbled: bool = False
    ttl: int = 3600
    logins: int = 0
    requests: list[tuple[str, str]] = field(default_factory=list)
    transit: list[bytes] = field(default_factory=lambda: [os.urandom(32)])

    def put(self, path: str, deletion_time: str = "", **fields: Any) -> None:
        """A newer version."""
        versions = self.secrets.setdefault(path, [])
        about = {"version": len(versions) + 1, "deletion_time": deletion_time, "destroyed": False}
        versions.append({"data": fields, "metadata": about})

    def token(self, ttl: int | None = None, *, renewable: bool = True) -> str:
        """A token that opens everything."""
        made = f"hvs.CANARY{len(self.tokens)}"
        self.tokens[made] = Token(self.ttl if ttl is None else ttl, renewable)
        return made

    def answer(  # noqa: PLR0911 - one for each address that is described
        self, method: str, path: str, headers: Any, body: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        """One request."""
        self.requests.append((method, path))
        if self.sealed:
            return 503, {"errors": ["Vault is sealed"]}
        if headers.get("X-Vault-Request") != "true" or headers.get("X-Vault-Namespace") != NAMESPACE:
            return 412, {"errors": ["required header"]}
        if path.startswith("/v1/auth/") and path.endswith("/login") and method == "POST":
            return self._login(path, body)
        known = self.tokens.get(headers.get("X-Vault-Token", ""))
        if known is None:
            return 403, {"errors": ["permission denied"]}
        if (method, path) == ("GET", "/v1/auth/token/lookup-self"):
            return 200, {"data": {"ttl": known.ttl, "renewable": known.renewable}}
        if (method, path) == ("POST", "/v1/auth/token/renew-self"):
            if not known.renewable:
                return 400, {"errors": ["lease is not renewable"]}
            known.renewed += 1
            return 200, {"auth": self._auth(headers["X-Vault-Token"], known)}
        if "/data/" in path and method == "GET":
            return self._read(path.removeprefix("/v1/").replace("/data/", "/", 1))
        if path.startswith("/v1/transit/") and method == "POST":
            return self._transit(path.split("/")[3], body)
        return 404, {"errors": []}

    def _login(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.logins += 1
        good = {
            "/v1/auth/approle/login": {"role_id": ROLE, "secret_id": SECRET_ID},
            "/v1/auth/clusters/eu/login": {"role": "gateway", "jwt": JWT},
        }
        if good.get(path) != body:
            return 400, {"errors": ["invalid role or secret ID"]}
        made = self.token()
        return 200, {"auth": self._auth(made, self.tokens[made])}

    @staticmethod
    def _auth(token: str, about: Token) -> dict[str, Any]:
        return {"client_token": token, "lease_duration": about.ttl, "renewable": about.renewable}

    def _read(self, path: str) -> tuple[int, dict[str, Any]]:
        versions = self.secrets.get(path)
        if not versions:
            return 404, {"errors": []}
        newest = versions[-1]
        if newest["data"] is None:
            return 404, {"data": newest}
        return 200, {"data": newest}

    def _transit(self, what: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        about = base64.b64decode(body.get("associated_data", ""))
        if what == "encrypt":
            nonce = os.urandom(12)
            sealed = nonce + AESGCM(self.transit[-1]).encrypt(nonce, base64.b64decode(body["plaintext"]), about)
            return 200, {"data": {"ciphertext": f"vault:v{len(self.transit)}:{base64.b64encode(sealed).decode()}"}}
        try:
            _, version, text = body["ciphertext"].split(":")
            sealed = base64.b64decode(text, validate=True)
            plain = AESGCM(self.transit[int(version[1:]) - 1]).decrypt(sealed[:12], sealed[12:], about)
        except (InvalidTag, ValueError, IndexError):
            return 400, {"errors": ["cipher: message authentication failed"]}
        return 200, {"data": {"plaintext": base64.b64encode(plain).decode()}}


@contextmanager
def fake_vault() -> Iterator[FakeVault]:
    """A server that runs until the end of the block."""
    vault = FakeVault()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._do("GET")

        def do_POST(self) -> None:
            self._do("POST")

        def _do(self, method: str) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, said = vault.answer(method, self.path, self.headers, json.loads(content or b"{}"))
            body = b"<html>hvs.CANARY</html>" if vault.garbled else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            del args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    vault.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield vault
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
