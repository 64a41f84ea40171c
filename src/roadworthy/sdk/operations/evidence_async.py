"""Evidence: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.evidence import (
    Batch,
    EvidenceKind,
    Fact,
    LinePage,
    Settlement,
    StateInput,
    Submission,
    Supersession,
)
from roadworthy.sdk.shapes.shared import Evidence, Method, Reason


class AsyncEvidenceCalls:
    """Evidence, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def kinds(self) -> tuple[EvidenceKind, ...]:
        """Every kind in force, those that ship and those that are declared here."""
        call: Call[tuple[EvidenceKind, ...]] = Call("GET", "/evidence-kinds", tuple[EvidenceKind, ...])
        return await self._send(call)

    async def schema(self, name: str) -> Mapping[str, Any]:
        """The JSON Schema of what `result` holds in a kind."""
        call: Call[Mapping[str, Any]] = Call("GET", f"/evidence-kinds/{quote(name, safe='')}/schema", Mapping[str, Any])
        return await self._send(call)

    async def facts(self) -> tuple[Fact, ...]:
        """The questions that evidence can answer."""
        call: Call[tuple[Fact, ...]] = Call("GET", "/facts", tuple[Fact, ...])
        return await self._send(call)

    async def everything(  # noqa: PLR0913 - they are the operation's own
        self,
        *,
        use_case: str | None = None,
        fact: str | None = None,
        kind: str | None = None,
        method: Method | None = None,
        state: StateInput | None = None,
        collector: str | None = None,
        text: str | None = None,
        expires_within: int | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> LinePage:
        """The evidence of the portfolio: what counts by how soon it runs out, then what no longer counts."""
        call: Call[LinePage] = Call(
            "GET",
            "/evidence",
            LinePage,
            query={
                "useCase": use_case,
                "fact": fact,
                "kind": kind,
                "method": method,
                "state": state,
                "collector": collector,
                "text": text,
                "expiresWithin": expires_within,
                "cursor": cursor,
                "limit": limit,
            },
        )
        return await self._send(call)

    async def submit_all(self, body: Batch) -> tuple[Evidence, ...]:
        """Hand in several items, all of them or none; all their faults are told at once."""
        call: Call[tuple[Evidence, ...]] = Call("POST", "/evidence", tuple[Evidence, ...], once=True, body=body)
        return await self._send(call)

    async def ahead(self, *, days: int | None = None, use_case: str | None = None) -> tuple[Evidence, ...]:
        """What counts now and runs out within so many days, the soonest first."""
        call: Call[tuple[Evidence, ...]] = Call(
            "GET", "/evidence/ahead", tuple[Evidence, ...], query={"days": days, "useCase": use_case}
        )
        return await self._send(call)

    async def show(self, item_id: str) -> Evidence:
        """One item."""
        call: Call[Evidence] = Call("GET", f"/evidence/{quote(item_id, safe='')}", Evidence)
        return await self._send(call)

    async def envelope(self, item_id: str) -> bytes:
        """The signed statement, as it was handed in or as this deployment signed it (in-toto statement."""
        call: Call[bytes] = Call("GET", f"/evidence/{quote(item_id, safe='')}/envelope", bytes)
        return await self._send(call)

    async def listed(self, name: str) -> tuple[Evidence, ...]:
        """Everything handed in about a use case, withdrawn and expired items included, the latest first."""
        call: Call[tuple[Evidence, ...]] = Call(
            "GET", f"/use-cases/{quote(name, safe='')}/evidence", tuple[Evidence, ...]
        )
        return await self._send(call)

    async def submit(self, name: str, body: Submission) -> Evidence:
        """Hand in evidence."""
        call: Call[Evidence] = Call(
            "POST", f"/use-cases/{quote(name, safe='')}/evidence", Evidence, once=True, body=body
        )
        return await self._send(call)

    async def withdraw(self, item_id: str, body: Reason) -> Evidence:
        """Take a claim back; it stays readable and no longer counts."""
        call: Call[Evidence] = Call("POST", f"/evidence/{quote(item_id, safe='')}/withdraw", Evidence, body=body)
        return await self._send(call)

    async def contest(self, item_id: str, body: Reason) -> Evidence:
        """Dispute an item; until that is settled it counts as doubtful."""
        call: Call[Evidence] = Call("POST", f"/evidence/{quote(item_id, safe='')}/contest", Evidence, body=body)
        return await self._send(call)

    async def settle(self, item_id: str, body: Settlement) -> Evidence:
        """End a dispute; neither for who handed the item in nor for who alone disputes it."""
        call: Call[Evidence] = Call("POST", f"/evidence/{quote(item_id, safe='')}/settle", Evidence, body=body)
        return await self._send(call)

    async def supersede(self, item_id: str, body: Supersession) -> Evidence:
        """Let a newer item about the same fact take its place."""
        call: Call[Evidence] = Call("POST", f"/evidence/{quote(item_id, safe='')}/supersede", Evidence, body=body)
        return await self._send(call)
