"""Attachments: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, Send
from roadworthy.sdk.shapes.shared import Attachment, Reason


class AttachmentsCalls:
    """Attachments."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def keep(self, content: bytes, *, name: str) -> Attachment:
        """Keep a file."""
        call: Call[Attachment] = Call(
            "POST",
            "/attachments",
            Attachment,
            query={"name": name},
            content=content,
            headers={"Content-Type": "application/octet-stream"},
        )
        return self._send(call)

    def show(self, digest: str) -> Attachment:
        """What is known about a file."""
        call: Call[Attachment] = Call("GET", f"/attachments/{quote(digest, safe='')}", Attachment)
        return self._send(call)

    def content(self, digest: str) -> bytes:
        """The file, to be saved."""
        call: Call[bytes] = Call("GET", f"/attachments/{quote(digest, safe='')}/content", bytes)
        return self._send(call)

    def erase(self, digest: str, body: Reason) -> Attachment:
        """Destroy the content; digest, size and type stay, and the ledger still verifies."""
        call: Call[Attachment] = Call("POST", f"/attachments/{quote(digest, safe='')}/erase", Attachment, body=body)
        return self._send(call)
