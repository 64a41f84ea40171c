"""Notifications: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, Send
from roadworthy.sdk.shapes.notifications import (
    Delivery,
    DeliveryPage,
    DeliveryState,
    Preferences,
    PreferencesShape,
    Ways,
)
from roadworthy.sdk.shapes.shared import Done


class NotificationsCalls:
    """Notifications."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def feed(self, *, cursor: str | None = None, limit: int | None = None) -> DeliveryPage:
        """What the caller was told, the latest first."""
        call: Call[DeliveryPage] = Call("GET", "/notifications", DeliveryPage, query={"cursor": cursor, "limit": limit})
        return self._send(call)

    def ways(self) -> Ways:
        """Topics that people can choose about, and the declared channels."""
        call: Call[Ways] = Call("GET", "/notifications/ways", Ways)
        return self._send(call)

    def preferences(self) -> Preferences:
        """How the caller wants to be told."""
        call: Call[Preferences] = Call("GET", "/notifications/preferences", Preferences)
        return self._send(call)

    def choose(self, body: PreferencesShape | None = None) -> Preferences:
        """Keep how the caller wants to be told."""
        call: Call[Preferences] = Call("PUT", "/notifications/preferences", Preferences, body=body or {})
        return self._send(call)

    def deliveries(
        self, *, state: tuple[DeliveryState, ...] | None = None, cursor: str | None = None, limit: int | None = None
    ) -> DeliveryPage:
        """The delivery log of everybody, the latest first."""
        call: Call[DeliveryPage] = Call(
            "GET", "/notifications/deliveries", DeliveryPage, query={"state": state, "cursor": cursor, "limit": limit}
        )
        return self._send(call)

    def again(self, delivery: str) -> Delivery:
        """Send a delivery again that was given up."""
        call: Call[Delivery] = Call("POST", f"/notifications/deliveries/{quote(delivery, safe='')}/again", Delivery)
        return self._send(call)

    def try_channel(self, name: str) -> Done:
        """Send a trial by a channel now; where it leads to people, to the caller."""
        call: Call[Done] = Call("POST", f"/notifications/channels/{quote(name, safe='')}/test", Done)
        return self._send(call)
