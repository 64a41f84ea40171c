"""Reviews: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.reviews import (
    AgendaItem,
    NoticeWanted,
    Review,
    ReviewDraft,
    ReviewPage,
    ReviewState,
    ReviewWanted,
    VerdictWanted,
)
from roadworthy.sdk.shapes.shared import DecisionRequest, Reason


class AsyncReviewsCalls:
    """Reviews, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def open_review(self, name: str, body: ReviewWanted) -> Review:
        """Open a review of a use case for a stage. One at a time goes on for each stage."""
        call: Call[Review] = Call("POST", f"/use-cases/{quote(name, safe='')}/reviews", Review, body=body)
        return await self._send(call)

    async def list_reviews(
        self,
        *,
        state: ReviewState | None = None,
        use_case: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> ReviewPage:
        """Every review, the newest first; of one state or of one use case."""
        call: Call[ReviewPage] = Call(
            "GET", "/reviews", ReviewPage, query={"state": state, "useCase": use_case, "cursor": cursor, "limit": limit}
        )
        return await self._send(call)

    async def lessons(self, *, cursor: str | None = None, limit: int | None = None) -> ReviewPage:
        """Reviews that ended otherwise than in a go: what has to change, and what was learned."""
        call: Call[ReviewPage] = Call("GET", "/reviews/lessons", ReviewPage, query={"cursor": cursor, "limit": limit})
        return await self._send(call)

    async def read_review(self, review_id: str) -> Review:
        """One review."""
        call: Call[Review] = Call("GET", f"/reviews/{quote(review_id, safe='')}", Review)
        return await self._send(call)

    async def agenda(self, review_id: str) -> tuple[AgendaItem, ...]:
        """What there is to look at, what blocks a go first: as it was decided with, else as it is now."""
        call: Call[tuple[AgendaItem, ...]] = Call(
            "GET", f"/reviews/{quote(review_id, safe='')}/agenda", tuple[AgendaItem, ...]
        )
        return await self._send(call)

    async def draft(self, review_id: str) -> ReviewDraft:
        """What a verdict would be decided on now: the agenda, the digests that would be frozen, the."""
        call: Call[ReviewDraft] = Call("GET", f"/reviews/{quote(review_id, safe='')}/draft", ReviewDraft)
        return await self._send(call)

    async def propose_verdict(self, review_id: str, body: VerdictWanted) -> DecisionRequest:
        """Ask for a decision about a verdict, on what is frozen now."""
        call: Call[DecisionRequest] = Call(
            "POST", f"/reviews/{quote(review_id, safe='')}/propose", DecisionRequest, body=body
        )
        return await self._send(call)

    async def decide(self, review_id: str, body: VerdictWanted) -> Review:
        """Decide at once, where no decision rights were ever in force, or where they ask nobody."""
        call: Call[Review] = Call("POST", f"/reviews/{quote(review_id, safe='')}/decide", Review, body=body)
        return await self._send(call)

    async def close(self, review_id: str, body: Reason) -> Review:
        """End a review without a verdict; one that waits for a decision is void then."""
        call: Call[Review] = Call("POST", f"/reviews/{quote(review_id, safe='')}/close", Review, body=body)
        return await self._send(call)

    async def notice(self, review_id: str) -> str:
        """The notice of a stop, as a text that can be sent to the business."""
        call: Call[str] = Call("GET", f"/reviews/{quote(review_id, safe='')}/notice", str)
        return await self._send(call)

    async def send_notice(self, review_id: str, body: NoticeWanted) -> Review:
        """Send the notice of a stop to people, through the channels by which they are told."""
        call: Call[Review] = Call("POST", f"/reviews/{quote(review_id, safe='')}/notice", Review, body=body)
        return await self._send(call)
