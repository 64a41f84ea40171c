"""Upstreams: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, Send
from roadworthy.sdk.shapes.shared import Done
from roadworthy.sdk.shapes.upstreams import (
    UpstreamReachPage,
    UpstreamSecret,
    UpstreamSecretPage,
    UpstreamSecretRotation,
    UpstreamSecretSet,
    UpstreamSecretsRewrap,
    UpstreamSecretsRewrapped,
    UpstreamSecretWanted,
)


class UpstreamsCalls:
    """Upstreams."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def upstreams(self) -> UpstreamReachPage:
        """Declared upstreams, and whether the gateway in this process would ask them."""
        call: Call[UpstreamReachPage] = Call("GET", "/upstreams", UpstreamReachPage)
        return self._send(call)

    def listed(self) -> UpstreamSecretPage:
        """What is known about stored secrets."""
        call: Call[UpstreamSecretPage] = Call("GET", "/upstream-secrets", UpstreamSecretPage)
        return self._send(call)

    def new(self, body: UpstreamSecretWanted) -> UpstreamSecretSet:
        """Store a secret for one host. It is sealed before it is kept, and cannot be read back."""
        call: Call[UpstreamSecretSet] = Call("POST", "/upstream-secrets", UpstreamSecretSet, body=body)
        return self._send(call)

    def rewrap(self, body: UpstreamSecretsRewrap | None = None) -> UpstreamSecretsRewrapped:
        """Wrap every data key by the first of the keys that the settings name, and by its newest."""
        call: Call[UpstreamSecretsRewrapped] = Call(
            "POST", "/upstream-secrets/rewrap", UpstreamSecretsRewrapped, body=body or {}
        )
        return self._send(call)

    def rotate(self, name: str, body: UpstreamSecretRotation) -> UpstreamSecret:
        """Put another value in the place of a stored secret, for the same host."""
        call: Call[UpstreamSecret] = Call(
            "POST", f"/upstream-secrets/{quote(name, safe='')}/rotate", UpstreamSecret, body=body
        )
        return self._send(call)

    def back(self, name: str) -> UpstreamSecret:
        """Put the former value back in use, while it is kept."""
        call: Call[UpstreamSecret] = Call("POST", f"/upstream-secrets/{quote(name, safe='')}/back", UpstreamSecret)
        return self._send(call)

    def remove(self, name: str) -> Done:
        """Forget a stored secret, with its former value."""
        call: Call[Done] = Call("POST", f"/upstream-secrets/{quote(name, safe='')}/remove", Done)
        return self._send(call)
