"""Ledger: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from urllib.parse import quote

from roadworthy.sdk.calling import Call, Send
from roadworthy.sdk.shapes.ledger import Checkpoint, Consistency, Entry, EntryPage, Verification, Verify


class LedgerCalls:
    """Ledger."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def entries(
        self,
        *,
        resource: str | None = None,
        what: str | None = None,
        actor: str | None = None,
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
        before: int | None = None,
        limit: int | None = None,
    ) -> EntryPage:
        """Entries, the newest first."""
        call: Call[EntryPage] = Call(
            "GET",
            "/ledger/entries",
            EntryPage,
            query={
                "resource": resource,
                "what": what,
                "actor": actor,
                "since": since,
                "until": until,
                "before": before,
                "limit": limit,
            },
        )
        return self._send(call)

    def entry(self, entry_id: str) -> Entry:
        """One entry."""
        call: Call[Entry] = Call("GET", f"/ledger/entries/{quote(entry_id, safe='')}", Entry)
        return self._send(call)

    def proof(self, entry_id: str) -> str:
        """The proof that an entry is in the signed ledger, as a C2SP `.tlog-proof` file."""
        call: Call[str] = Call("GET", f"/ledger/entries/{quote(entry_id, safe='')}/proof", str)
        return self._send(call)

    def consistency(self, *, old: int, new: int | None = None) -> Consistency:
        """The proof that the ledger only grew from `old` entries to `new`, or to all there are."""
        call: Call[Consistency] = Call("GET", "/ledger/consistency", Consistency, query={"old": old, "new": new})
        return self._send(call)

    def checkpoint(self) -> Checkpoint:
        """The signed state as it is now; signed anew only where the ledger grew."""
        call: Call[Checkpoint] = Call("POST", "/ledger/checkpoint", Checkpoint)
        return self._send(call)

    def verify(self, body: Verify | None = None) -> Verification:
        """Verify the ledger against itself, its checkpoints and what the signer remembers."""
        call: Call[Verification] = Call("POST", "/ledger/verify", Verification, body=body or {})
        return self._send(call)

    def export(self) -> bytes:
        """The whole ledger as one file that can be verified without this server."""
        call: Call[bytes] = Call("GET", "/ledger/export", bytes)
        return self._send(call)
