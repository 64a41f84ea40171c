"""Files on their way in and out: never whole in memory, and never run by a browser."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import BinaryIO
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from roadworthy.app import App

PIECE = 256 * 1024
"""Bytes that are read at a time."""
IN_MEMORY = 1_000_000
SANDBOX = "default-src 'none'; sandbox"
"""Content policy of a file that somebody brought: a browser that opens it all the same runs and loads nothing."""


@contextmanager
def spool() -> Iterator[BinaryIO]:
    """A place for a body while it arrives: a slow sender must not hold the database, nor a large file the memory."""
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as file:
        yield file  # type: ignore[misc]  # a spooled file has all of a file's methods, and the stubs say so too late


async def receive(stream: AsyncIterator[bytes], into: BinaryIO) -> None:
    """Write a body down piece by piece and go back to its begin."""
    async for piece in stream:
        await run_in_threadpool(into.write, piece)
    into.seek(0)


def pieces(file: BinaryIO) -> Iterator[bytes]:
    """A file from where it stands to its end."""
    while piece := file.read(PIECE):
        yield piece


def download(app: App, digest: str) -> StreamingResponse:
    """An attachment, to be saved and not to be shown.

    Raises:
        NotFound: there is none, or its content was erased.
    """
    found = app.attachments.find(digest)
    return StreamingResponse(
        app.attachments.open(digest),
        media_type=found.media_type,
        headers={
            "Content-Length": str(found.size),
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
            "Content-Security-Policy": SANDBOX,
            "X-Content-Type-Options": "nosniff",
        },
    )
