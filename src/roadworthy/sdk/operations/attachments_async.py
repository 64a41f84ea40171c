"""Attachments: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.shared import Attachment, Reason


class AsyncAttachmentsCalls:
    """Attachments, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def keep(self, content: bytes, *, name: str) -> Attachment:
        """Keep a file."""
        call: Call[Attachment] = Call(
            "POST",
            "/attachments",
            Attachment,
            query={"name": name},
            content=content,
            headers={"Content-Type": "application/octet-stream"},
        )
        return await self._send(call)

    async def show(self, digest: str) -> Attachment:
        """What is known about a file."""
        call: Call[Attachment] = Call("GET", f"/attachments/{quote(digest, safe='')}", Attachment)
        return await self._send(call)

    async def content(self, digest: str) -> bytes:
        """The file, to be saved."""
        call: Call[bytes] = Call("GET", f"/attachments/{quote(digest, safe='')}/content", bytes)
        return await self._send(call)

    async def erase(self, digest: str, body: Reason) -> Attachment:
        """Destroy the content; digest, size and type stay, and the ledger still verifies."""
        call: Call[Attachment] = Call("POST", f"/attachments/{quote(digest, safe='')}/erase", Attachment, body=body)
        return await self._send(call)
