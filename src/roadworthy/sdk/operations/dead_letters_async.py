"""Dead letters: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.dead_letters import DeadLetter, DeadLetters, ResolvedLetter, WhichLetter


class AsyncDeadLettersCalls:
    """Dead letters, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def dead_letters(self) -> DeadLetters:
        """Everything that was given up and that nobody has seen to."""
        call: Call[DeadLetters] = Call("GET", "/dead-letters", DeadLetters)
        return await self._send(call)

    async def retry(self, body: WhichLetter) -> DeadLetter:
        """Have one tried again, soon; it comes back where it fails again."""
        call: Call[DeadLetter] = Call("POST", "/dead-letters/retry", DeadLetter, body=body)
        return await self._send(call)

    async def resolve(self, body: ResolvedLetter) -> DeadLetter:
        """Take one off the list without another try, and say why."""
        call: Call[DeadLetter] = Call("POST", "/dead-letters/resolve", DeadLetter, body=body)
        return await self._send(call)
