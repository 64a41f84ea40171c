"""Discovery: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.discovery import (
    Accepting,
    Linking,
    Looked,
    Proposal,
    Proposals,
    ProposalState,
    Reasoned,
    Registry,
    Upload,
    Vendor,
)


class AsyncDiscoveryCalls:
    """Discovery, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def usage(
        self, file_name: str, content: bytes, *, columns: tuple[str, ...] | None = None, dry_run: bool | None = None
    ) -> Looked:
        """Look at a usage export or a log. It is read as a stream; only sums are kept."""
        call: Call[Looked] = Call(
            "POST",
            "/discovery/usage",
            Looked,
            files={"file": (file_name, content)},
            body={"columns": columns, "dryRun": dry_run},
        )
        return await self._send(call)

    async def mlflow(self, body: Registry | None = None) -> Looked:
        """Look at the registered models of an MLflow server; its next look takes the place of this one."""
        call: Call[Looked] = Call("POST", "/discovery/mlflow", Looked, body=body or {})
        return await self._send(call)

    async def proposals(
        self, *, state: ProposalState | None = None, limit: int | None = None, offset: int | None = None
    ) -> Proposals:
        """Proposals of one state or of all, those with the most calls first."""
        call: Call[Proposals] = Call(
            "GET", "/discovery/proposals", Proposals, query={"state": state, "limit": limit, "offset": offset}
        )
        return await self._send(call)

    async def proposal(self, proposal_id: str) -> Proposal:
        """One proposal with what was seen and what it may be."""
        call: Call[Proposal] = Call("GET", f"/discovery/proposals/{quote(proposal_id, safe='')}", Proposal)
        return await self._send(call)

    async def accept(self, proposal_id: str, body: Accepting | None = None) -> Proposal:
        """Register it as a use case of its own, at stage `proposed`."""
        call: Call[Proposal] = Call(
            "POST", f"/discovery/proposals/{quote(proposal_id, safe='')}/accept", Proposal, body=body or {}
        )
        return await self._send(call)

    async def link(self, proposal_id: str, body: Linking) -> Proposal:
        """Say that it is a use case that is registered already."""
        call: Call[Proposal] = Call(
            "POST", f"/discovery/proposals/{quote(proposal_id, safe='')}/link", Proposal, body=body
        )
        return await self._send(call)

    async def dismiss(self, proposal_id: str, body: Reasoned) -> Proposal:
        """Say that it is no use case, and why; it stays so when it is seen again."""
        call: Call[Proposal] = Call(
            "POST", f"/discovery/proposals/{quote(proposal_id, safe='')}/dismiss", Proposal, body=body
        )
        return await self._send(call)

    async def reopen(self, proposal_id: str, body: Reasoned) -> Proposal:
        """Take a decision back."""
        call: Call[Proposal] = Call(
            "POST", f"/discovery/proposals/{quote(proposal_id, safe='')}/reopen", Proposal, body=body
        )
        return await self._send(call)

    async def vendors(self) -> tuple[Vendor, ...]:
        """Every vendor seen or declared, the most used first."""
        call: Call[tuple[Vendor, ...]] = Call("GET", "/discovery/vendors", tuple[Vendor, ...])
        return await self._send(call)

    async def uploads(self, *, limit: int | None = None) -> tuple[Upload, ...]:
        """What was looked at, the newest first."""
        call: Call[tuple[Upload, ...]] = Call("GET", "/discovery/uploads", tuple[Upload, ...], query={"limit": limit})
        return await self._send(call)
