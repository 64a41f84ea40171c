"""Carrying a stream: what an upstream sends is relayed where it arrives, and waits for nothing but a slow client.

What comes in one read is looked at and leaves in one write, within the event loop's own callback: no task wakes for an
event, and no timer is made for one. One timer for each stream looks whether it came to a halt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from roadworthy.operate.admission.model import Manner
from roadworthy.operate.calls.out import Out
from roadworthy.operate.calls.relaying import Relay
from roadworthy.operate.calls.wire.failures import FailureClass
from roadworthy.operate.calls.wire.pool import Answer


class Stream:
    """One stream under way.

    Args:
        answer: of the upstream; whoever has it ends it.
        relay: says what may leave.
        out: the way back.
        manner: how long may pass between two reads.
        deadline: of the whole call, by the event loop's clock.
    """

    def __init__(self, answer: Answer, relay: Relay, out: Out, manner: Manner, deadline: float) -> None:
        self._answer = answer
        self._relay = relay
        self._out = out
        self._idle = manner.idle_milliseconds / 1000
        self._deadline = deadline
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._arrived = 0.0
        """When the last bytes came, by the event loop's clock."""
        self._pours = False
        """Whether the upstream is what is waited for."""
        self._begun = False
        self._keeps_up = True
        self._waits = b""
        """What may leave when the head of the answer has."""

    async def run(self, first: bytes, begin: Callable[[], Awaitable[None]]) -> None:
        """Relay until the stream ends, or a guard blocks.

        Args:
            first: what came already.
            begin: sends the head of the answer; awaited when there is something to send, and not before.

        Raises:
            UpstreamFailure: the stream broke off, stood still, or is none.
        """
        whole = False
        self._look()
        try:
            self._take(first)
            while True:
                if self._waits:
                    await begin()
                    self._begun = True
                    self._keeps_up = self._out.write(self._waits)
                    self._waits = b""
                if whole or self._relay.over:
                    break
                if not self._keeps_up:
                    await self._out.drained()
                    self._keeps_up = True
                whole = await self._poured()
        finally:
            if self._timer is not None:
                self._timer.cancel()
        self._relay.end()

    async def _poured(self) -> bool:
        self._arrived, self._pours = self._loop.time(), True
        try:
            return await self._answer.pour(self._take)
        finally:
            self._pours = False

    def _take(self, data: bytes) -> bool:
        """Relay what came in one read.

        Returns:
            Whether more may come now.
        """
        self._arrived = self._loop.time()
        said = self._relay.feed(data)
        if said and not self._begun:
            self._waits += said
            return False
        if said:
            self._keeps_up = self._out.write(said)
        return self._keeps_up and not self._relay.over

    def _look(self) -> None:
        """End the stream where it stands still or its time is over; else look again when that may be."""
        now = self._loop.time()
        still = (self._arrived if self._pours else now) + self._idle
        if now >= self._deadline:
            self._answer.fail(FailureClass.TOTAL_TIMEOUT)
        elif now >= still:
            self._answer.fail(FailureClass.IDLE_TIMEOUT)
        else:
            self._timer = self._loop.call_at(min(still, self._deadline), self._look)
