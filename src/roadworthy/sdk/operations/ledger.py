"""Ledger: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from urllib.parse import quote

from roadworthy.sdk.calling import Call, Send
from roadworthy.sdk.shapes.ledger import (
    AskWitnesses,
    Checkpoint,
    Compared,
    Completeness,
    Consistency,
    Entry,
    EntryPage,
    KeptCheckpoint,
    Outside,
    Verification,
    Verify,
)


class LedgerCalls:
    """Ledger."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def entries(  # noqa: PLR0913 - they are the operation's own
        self,
        *,
        resource: str | None = None,
        what: str | None = None,
        actor: str | None = None,
        person: str | None = None,
        use_case: str | None = None,
        kind: str | None = None,
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
        before: int | None = None,
        limit: int | None = None,
    ) -> EntryPage:
        """Entries, the newest first: by what happened, to what, by person, use case, kind and time."""
        call: Call[EntryPage] = Call(
            "GET",
            "/ledger/entries",
            EntryPage,
            query={
                "resource": resource,
                "what": what,
                "actor": actor,
                "person": person,
                "useCase": use_case,
                "kind": kind,
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

    def complete(self) -> Completeness:
        """Numbers of writers that are missing, and what began and never ended."""
        call: Call[Completeness] = Call("GET", "/ledger/completeness", Completeness)
        return self._send(call)

    def export(self) -> bytes:
        """The whole ledger as one file that can be verified without this server."""
        call: Call[bytes] = Call("GET", "/ledger/export", bytes)
        return self._send(call)

    def outside(self) -> Outside:
        """How far the ledger is signed, and who has seen it."""
        call: Call[Outside] = Call("GET", "/ledger/outside", Outside)
        return self._send(call)

    def ask_now(self, body: AskWitnesses | None = None) -> Outside:
        """Sign what is not signed yet, and give it to witnesses at once."""
        call: Call[Outside] = Call("POST", "/ledger/outside/now", Outside, body=body or {})
        return self._send(call)

    def policy(self) -> str:
        """What a verifier can begin with: the ledger's key, its witnesses and how many of them count."""
        call: Call[str] = Call("GET", "/ledger/outside/policy", str)
        return self._send(call)

    def compare_kept(self, body: KeptCheckpoint) -> Compared:
        """Whether the ledger of today continues a checkpoint that somebody kept."""
        call: Call[Compared] = Call("POST", "/ledger/outside/compare", Compared, body=body)
        return self._send(call)

    def published(self) -> str:
        """The checkpoint that is published, with its cosignatures."""
        call: Call[str] = Call("GET", "/ledger/outside/checkpoint", str)
        return self._send(call)

    def tile(self, path: str) -> bytes:
        """A tile of hashes, or a bundle of entries."""
        call: Call[bytes] = Call("GET", f"/ledger/outside/tile/{quote(path, safe='')}", bytes)
        return self._send(call)
