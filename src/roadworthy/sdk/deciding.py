"""Waiting until people have decided, for programs that must not go on before."""

from __future__ import annotations

import asyncio
import time  # noqa: TID251 - see `roadworthy.sdk.calling`
from typing import Final

from roadworthy.sdk.client import AsyncClient, Client
from roadworthy.sdk.shapes.shared import DecisionRequest

WAITING: Final = frozenset({"open", "escalated"})
"""States of a request that people still have to decide."""
MAY: Final = frozenset({"approved", "used"})
"""States in which the answer is yes; every other end is a no."""
USUAL_POLL_SECONDS: Final = 5.0


def wait_for_decision(
    client: Client, request_id: str, *, within: float, poll: float = USUAL_POLL_SECONDS
) -> DecisionRequest:
    """Wait until a request is decided, or over for another reason.

    Args:
        client: of the server.
        request_id: of the request.
        within: seconds to wait at most; people take hours, so wait in a job that may.
        poll: seconds between two looks.

    Returns:
        The request as it stands then; its answer is yes where its `state` is in `MAY`.

    Raises:
        TimeoutError: it still waits.
        ApiError: the server cannot be asked.
    """
    end = time.monotonic() + within
    while True:
        request = client.decisions.read(request_id).request
        if request.state not in WAITING:
            return request
        time.sleep(_pause(request, end - time.monotonic(), poll))


async def wait_for_decision_async(
    client: AsyncClient, request_id: str, *, within: float, poll: float = USUAL_POLL_SECONDS
) -> DecisionRequest:
    """As `wait_for_decision`, without blocking the event loop."""
    end = time.monotonic() + within
    while True:
        request = (await client.decisions.read(request_id)).request
        if request.state not in WAITING:
            return request
        await asyncio.sleep(_pause(request, end - time.monotonic(), poll))


def _pause(request: DecisionRequest, left: float, poll: float) -> float:
    if left <= 0:
        message = f"nobody has decided about “{request.title}” yet ({request.id})"
        raise TimeoutError(message)
    return min(poll, left)
