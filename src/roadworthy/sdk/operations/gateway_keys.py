"""Gateway keys: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, Send
from roadworthy.sdk.shapes.gateway_keys import (
    GatewayKey,
    GatewayKeyPage,
    GatewayKeyRotation,
    GatewayKeyWanted,
    NewGatewayKey,
)
from roadworthy.sdk.shapes.shared import Reason


class GatewayKeysCalls:
    """Gateway keys."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def listed(
        self, *, use_case: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> GatewayKeyPage:
        """Gateway keys of a use case or of all, the newest first."""
        call: Call[GatewayKeyPage] = Call(
            "GET", "/gateway-keys", GatewayKeyPage, query={"useCase": use_case, "limit": limit, "cursor": cursor}
        )
        return self._send(call)

    def new(self, name: str, body: GatewayKeyWanted) -> NewGatewayKey:
        """Make a key for a use case."""
        call: Call[NewGatewayKey] = Call(
            "POST", f"/use-cases/{quote(name, safe='')}/gateway-keys", NewGatewayKey, body=body
        )
        return self._send(call)

    def rotate(self, key: str, body: GatewayKeyRotation | None = None) -> NewGatewayKey:
        """Make a key that may what another may, and let the other one end after a while."""
        call: Call[NewGatewayKey] = Call(
            "POST", f"/gateway-keys/{quote(key, safe='')}/rotate", NewGatewayKey, body=body or {}
        )
        return self._send(call)

    def revoke(self, key: str, body: Reason) -> GatewayKey:
        """End a key at once; every replica refuses it within a second."""
        call: Call[GatewayKey] = Call("POST", f"/gateway-keys/{quote(key, safe='')}/revoke", GatewayKey, body=body)
        return self._send(call)
