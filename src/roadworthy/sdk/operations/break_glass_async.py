"""Break-glass: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.break_glass import Emergency, EmergencyConfirmed, EmergencyLink, EmergencyWanted, SealedCode


class AsyncBreakGlassCalls:
    """Break-glass, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def listed(self) -> tuple[Emergency, ...]:
        """What is open or waits."""
        call: Call[tuple[Emergency, ...]] = Call("GET", "/break-glass", tuple[Emergency, ...])
        return await self._send(call)

    async def open_(self, body: EmergencyWanted) -> Emergency:
        """Ask for it, where the home folder is; it opens nothing until another person confirms it."""
        call: Call[Emergency] = Call("POST", "/break-glass", Emergency, body=body)
        return await self._send(call)

    async def seal(self) -> SealedCode:
        """Make a sealed code of one's own, to be kept away from computers."""
        call: Call[SealedCode] = Call("POST", "/break-glass/codes", SealedCode)
        return await self._send(call)

    async def confirm(self, emergency_id: str, body: EmergencyConfirmed | None = None) -> EmergencyLink:
        """Confirm what somebody else opened; answers with the link that signs the person in, once."""
        call: Call[EmergencyLink] = Call(
            "POST", f"/break-glass/{quote(emergency_id, safe='')}/confirm", EmergencyLink, body=body or {}
        )
        return await self._send(call)

    async def end(self, emergency_id: str) -> Emergency:
        """End it, or take back what nobody confirmed."""
        call: Call[Emergency] = Call("POST", f"/break-glass/{quote(emergency_id, safe='')}/end", Emergency)
        return await self._send(call)
