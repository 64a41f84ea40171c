"""A resource server on loopback: an upstream that answers whoever shows a token for it, and nobody else.

It finds keys where it is told to, checks signature, issuer, audience, times and type with a library that the product
does not use for that, and remembers for whom it was asked.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import jwt

from tests.harness.loopback import ANYWHERE, running

ANSWER = "It is in the file."


@dataclass
class ResourceServer:
    """What it believes, and what it saw."""

    issuer: str
    keys: str
    """Address of the issuer's keys."""
    audience: str
    needs: str = ""
    """A word that the token's scope has to have."""
    header: str = "Authorization"
    address: str = ""
    says: Callable[[Mapping[str, Any], Mapping[str, str]], Any] | None = None
    """What is answered to a body and headers; as a language model would where nothing is named."""
    forbids: bool = False
    """Whether every user is told that he may not."""
    seen: list[dict[str, Any]] = field(default_factory=list)
    """Claims of tokens that were believed."""
    headers: list[Mapping[str, str]] = field(default_factory=list)
    """Of every request, in small letters."""
    faults: list[str] = field(default_factory=list)
    """Why others were not."""
    bodies: list[bytes] = field(default_factory=list)
    """Of every request."""

    def believed(self, headers: Mapping[str, str]) -> dict[str, Any]:
        """Claims of the token that is shown.

        Raises:
            jwt.PyJWTError: it does not hold.
        """
        shown = headers.get(self.header.lower(), "")
        token = shown.removeprefix("Bearer ") if self.header == "Authorization" else shown
        kid = jwt.get_unverified_header(token).get("kid")
        listed = httpx.get(self.keys, trust_env=False, timeout=60).json()["keys"]
        key = next((jwt.PyJWK(each) for each in listed if each.get("kid") == kid), None)
        if key is None:
            raise jwt.InvalidKeyError("no such key is published")
        if str(jwt.get_unverified_header(token).get("typ")).lower() != "at+jwt":
            raise jwt.InvalidTokenError("it is no access token")
        claims: dict[str, Any] = jwt.decode(
            token, key, algorithms=["RS256", "EdDSA"], audience=self.audience, issuer=self.issuer,
            options={"require": ["exp", "iat", "sub", "jti"]},
        )  # fmt: skip
        if self.needs and self.needs not in str(claims.get("scope", "")).split():
            raise jwt.InvalidTokenError("it may not")
        return claims


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves is no error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def resource_server(issuer: str, keys: str, audience: str, **more: Any) -> Iterator[ResourceServer]:
    """One that answers until the end of the block."""
    made = ResourceServer(issuer, keys, audience, **more)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"]))
            made.bodies.append(content)
            body = json.loads(content)
            headers = {name.lower(): value for name, value in self.headers.items()}
            made.headers.append(headers)
            try:
                made.seen.append(made.believed(headers))
            except jwt.PyJWTError as error:
                made.faults.append(str(error))
                self._say(401, {"error": {"message": f"not {headers.get('authorization')}"}})
                return
            if made.forbids:
                self._say(403, {"error": {"message": "not you"}})
                return
            if made.says is not None:
                self._say(200, made.says(body, headers))
                return
            choice = {"index": 0, "message": {"role": "assistant", "content": ANSWER}, "finish_reason": "stop"}
            usage = {"prompt_tokens": 5, "completion_tokens": 5, "total_tokens": 10}
            self._say(200, {"id": "r-1", "object": "chat.completion", "created": 1, "model": body["model"],
                            "choices": [choice], "usage": usage})  # fmt: skip

        def _say(self, status: int, said: Mapping[str, Any]) -> None:
            content = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_told: object) -> None:
            """Keep quiet."""

    with running(_Server(ANYWHERE, Handler)) as server:
        made.address = f"http://127.0.0.1:{server.server_address[1]}"
        yield made
