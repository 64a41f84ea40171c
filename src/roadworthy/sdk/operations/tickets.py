"""Tickets: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, Send
from roadworthy.sdk.shapes.tickets import Checked, Offers, Sending, Synced, Ticket, Wanted


class TicketsCalls:
    """Tickets."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def listed(self, *, use_case: str | None = None) -> tuple[Ticket, ...]:
        """The tickets, the latest first."""
        call: Call[tuple[Ticket, ...]] = Call("GET", "/tickets", tuple[Ticket, ...], query={"useCase": use_case})
        return self._send(call)

    def send(self, body: Sending | None = None) -> tuple[Ticket, ...]:
        """Send tickets for blockers that have none."""
        call: Call[tuple[Ticket, ...]] = Call("POST", "/tickets", tuple[Ticket, ...], body=body or {})
        return self._send(call)

    def get(self, ticket_id: str) -> Ticket:
        """One ticket."""
        call: Call[Ticket] = Call("GET", f"/tickets/{quote(ticket_id, safe='')}", Ticket)
        return self._send(call)

    def preview(self, body: Wanted | None = None) -> Offers:
        """What would be sent, word by word; sends nothing."""
        call: Call[Offers] = Call("POST", "/tickets/preview", Offers, body=body or {}, reads=True)
        return self._send(call)

    def sync(self) -> Synced:
        """Deliver what waits and look at every ticket now."""
        call: Call[Synced] = Call("POST", "/tickets/sync", Synced)
        return self._send(call)

    def close(self, ticket_id: str) -> Ticket:
        """Close a ticket whose blocker is met."""
        call: Call[Ticket] = Call("POST", f"/tickets/{quote(ticket_id, safe='')}/close", Ticket)
        return self._send(call)

    def retry(self, ticket_id: str) -> Ticket:
        """Have what was given up tried again."""
        call: Call[Ticket] = Call("POST", f"/tickets/{quote(ticket_id, safe='')}/retry", Ticket)
        return self._send(call)

    def check(self, name: str) -> Checked:
        """Sign in to a ticket system and look whether tickets can be made; makes none."""
        call: Call[Checked] = Call("POST", f"/ticket-systems/{quote(name, safe='')}/check", Checked)
        return self._send(call)
