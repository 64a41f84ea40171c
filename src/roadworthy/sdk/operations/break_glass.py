"""Break-glass: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, Send
from roadworthy.sdk.shapes.break_glass import Emergency, EmergencyConfirmed, EmergencyLink, EmergencyWanted, SealedCode


class BreakGlassCalls:
    """Break-glass."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def listed(self) -> tuple[Emergency, ...]:
        """What is open or waits."""
        call: Call[tuple[Emergency, ...]] = Call("GET", "/break-glass", tuple[Emergency, ...])
        return self._send(call)

    def open_(self, body: EmergencyWanted) -> Emergency:
        """Ask for it, where the home folder is; it opens nothing until another person confirms it."""
        call: Call[Emergency] = Call("POST", "/break-glass", Emergency, body=body)
        return self._send(call)

    def seal(self) -> SealedCode:
        """Make a sealed code of one's own, to be kept away from computers."""
        call: Call[SealedCode] = Call("POST", "/break-glass/codes", SealedCode)
        return self._send(call)

    def confirm(self, emergency_id: str, body: EmergencyConfirmed | None = None) -> EmergencyLink:
        """Confirm what somebody else opened; answers with the link that signs the person in, once."""
        call: Call[EmergencyLink] = Call(
            "POST", f"/break-glass/{quote(emergency_id, safe='')}/confirm", EmergencyLink, body=body or {}
        )
        return self._send(call)

    def end(self, emergency_id: str) -> Emergency:
        """End it, or take back what nobody confirmed."""
        call: Call[Emergency] = Call("POST", f"/break-glass/{quote(emergency_id, safe='')}/end", Emergency)
        return self._send(call)
