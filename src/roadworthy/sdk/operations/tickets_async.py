"""Tickets: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.tickets import Checked, Offers, Sending, Synced, Ticket, Wanted


class AsyncTicketsCalls:
    """Tickets, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def listed(self, *, use_case: str | None = None) -> tuple[Ticket, ...]:
        """The tickets, the latest first."""
        call: Call[tuple[Ticket, ...]] = Call("GET", "/tickets", tuple[Ticket, ...], query={"useCase": use_case})
        return await self._send(call)

    async def send(self, body: Sending | None = None) -> tuple[Ticket, ...]:
        """Send tickets for blockers that have none."""
        call: Call[tuple[Ticket, ...]] = Call("POST", "/tickets", tuple[Ticket, ...], body=body or {})
        return await self._send(call)

    async def get(self, ticket_id: str) -> Ticket:
        """One ticket."""
        call: Call[Ticket] = Call("GET", f"/tickets/{quote(ticket_id, safe='')}", Ticket)
        return await self._send(call)

    async def preview(self, body: Wanted | None = None) -> Offers:
        """What would be sent, word by word; sends nothing."""
        call: Call[Offers] = Call("POST", "/tickets/preview", Offers, body=body or {}, reads=True)
        return await self._send(call)

    async def sync(self) -> Synced:
        """Deliver what waits and look at every ticket now."""
        call: Call[Synced] = Call("POST", "/tickets/sync", Synced)
        return await self._send(call)

    async def close(self, ticket_id: str) -> Ticket:
        """Close a ticket whose blocker is met."""
        call: Call[Ticket] = Call("POST", f"/tickets/{quote(ticket_id, safe='')}/close", Ticket)
        return await self._send(call)

    async def retry(self, ticket_id: str) -> Ticket:
        """Have what was given up tried again."""
        call: Call[Ticket] = Call("POST", f"/tickets/{quote(ticket_id, safe='')}/retry", Ticket)
        return await self._send(call)

    async def check(self, name: str) -> Checked:
        """Sign in to a ticket system and look whether tickets can be made; makes none."""
        call: Call[Checked] = Call("POST", f"/ticket-systems/{quote(name, safe='')}/check", Checked)
        return await self._send(call)
