"""Decisions: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.decisions import (
    DecisionRequestPage,
    DecisionStanding,
    HandingOn,
    ProposalWanted,
    SpendWanted,
    Spent,
    UseCaseProposal,
    VoteWanted,
    WaitingPage,
)
from roadworthy.sdk.shapes.shared import DecisionRequest, Reason, RequestState


class AsyncDecisionsCalls:
    """Decisions, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def propose(self, body: ProposalWanted) -> DecisionRequest:
        """Ask for a decision. What rules approve beforehand is done at once; for the rest people vote."""
        call: Call[DecisionRequest] = Call("POST", "/decisions", DecisionRequest, once=True, body=body)
        return await self._send(call)

    async def listed(
        self,
        *,
        state: RequestState | None = None,
        use_case: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> DecisionRequestPage:
        """Every request, the newest first; of one state or about one use case."""
        call: Call[DecisionRequestPage] = Call(
            "GET",
            "/decisions",
            DecisionRequestPage,
            query={"state": state, "useCase": use_case, "cursor": cursor, "limit": limit},
        )
        return await self._send(call)

    async def propose_about(self, name: str, body: UseCaseProposal) -> DecisionRequest:
        """Ask for a decision about one use case: that it goes to a stage, or something that is done."""
        call: Call[DecisionRequest] = Call(
            "POST", f"/use-cases/{quote(name, safe='')}/decisions", DecisionRequest, once=True, body=body
        )
        return await self._send(call)

    async def withdraw(self, request_id: str, body: Reason) -> DecisionRequest:
        """Take back what one asked for, for as long as it was not done."""
        call: Call[DecisionRequest] = Call(
            "POST", f"/decisions/{quote(request_id, safe='')}/withdraw", DecisionRequest, body=body
        )
        return await self._send(call)

    async def use(self, request_id: str, body: SpendWanted) -> Spent:
        """Use an approval, once, for exactly what was approved. Ask before doing it, not afterwards."""
        call: Call[Spent] = Call("POST", f"/decisions/{quote(request_id, safe='')}/use", Spent, body=body)
        return await self._send(call)

    async def inbox(self, *, cursor: str | None = None, limit: int | None = None) -> WaitingPage:
        """What waits for the caller, the oldest deadline first."""
        call: Call[WaitingPage] = Call("GET", "/decisions/inbox", WaitingPage, query={"cursor": cursor, "limit": limit})
        return await self._send(call)

    async def read(self, request_id: str) -> DecisionStanding:
        """One request whole: exactly what is decided, by which rules, who voted, and whether the caller."""
        call: Call[DecisionStanding] = Call("GET", f"/decisions/{quote(request_id, safe='')}", DecisionStanding)
        return await self._send(call)

    async def approve(self, request_id: str, body: VoteWanted) -> DecisionStanding:
        """Say yes to exactly what the digest names; by people, freshly signed in."""
        call: Call[DecisionStanding] = Call(
            "POST", f"/decisions/{quote(request_id, safe='')}/approve", DecisionStanding, body=body
        )
        return await self._send(call)

    async def decline(self, request_id: str, body: VoteWanted) -> DecisionStanding:
        """Say no."""
        call: Call[DecisionStanding] = Call(
            "POST", f"/decisions/{quote(request_id, safe='')}/decline", DecisionStanding, body=body
        )
        return await self._send(call)

    async def ask(self, request_id: str, body: VoteWanted) -> DecisionStanding:
        """Put a question to whoever asked; the request stays open."""
        call: Call[DecisionStanding] = Call(
            "POST", f"/decisions/{quote(request_id, safe='')}/ask", DecisionStanding, body=body
        )
        return await self._send(call)

    async def answer(self, request_id: str, body: VoteWanted) -> DecisionStanding:
        """Answer a question about a request of one's own."""
        call: Call[DecisionStanding] = Call(
            "POST", f"/decisions/{quote(request_id, safe='')}/answer", DecisionStanding, body=body
        )
        return await self._send(call)

    async def delegate(self, request_id: str, body: HandingOn) -> DecisionStanding:
        """Give one's say in this request to somebody else for a time, where the rule allows it."""
        call: Call[DecisionStanding] = Call(
            "POST", f"/decisions/{quote(request_id, safe='')}/delegate", DecisionStanding, body=body
        )
        return await self._send(call)
