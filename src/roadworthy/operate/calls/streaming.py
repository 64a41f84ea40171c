"""Carrying a stream: what an upstream sends is relayed where it arrives, and waits for nothing but a slow client.

What comes in one read is looked at and leaves in one write, within the event loop's own callback: no task wakes for an
event, and no timer is made for one. The connection's own looks whether the stream came to a halt.
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
                self._answer.expect((self._deadline, FailureClass.TOTAL_TIMEOUT))
                await self._out.drained()
                self._keeps_up = True
            self._wait_on()
            whole = await self._answer.pour(self._take)
        self._relay.end()

    def _take(self, data: bytes) -> bool:
        """Relay what came in one read.

        Returns:
            Whether more may come now.
        """
        self._wait_on()
        said = self._relay.feed(data)
        if said and not self._begun:
            self._waits += said
            return False
        if said:
            self._keeps_up = self._out.write(said)
        return self._keeps_up and not self._relay.over

    def _wait_on(self) -> None:
        """Wait for the next bytes, as long as the upstream may take for them and the call as a whole."""
        still = self._loop.time() + self._idle
        late = still < self._deadline
        self._answer.expect(
            (still, FailureClass.IDLE_TIMEOUT) if late else (self._deadline, FailureClass.TOTAL_TIMEOUT)
        )
