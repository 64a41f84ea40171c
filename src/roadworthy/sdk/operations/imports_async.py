"""Imports: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from urllib.parse import quote

from roadworthy.sdk.calling import Call, SendAsync
from roadworthy.sdk.shapes.imports import ImportsReport, Preview, Run, SourceRow


class AsyncImportsCalls:
    """Imports, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self._send = send

    async def preview(
        self, file_name: str, content: bytes, *, take: tuple[str, ...] | None = None, mapping: str | None = None
    ) -> Preview:
        """What an import would do; writes nothing."""
        call: Call[Preview] = Call(
            "POST",
            "/imports/preview",
            Preview,
            files={"file": (file_name, content)},
            body={"take": take, "mapping": mapping},
            reads=True,
        )
        return await self._send(call)

    async def listed(self) -> tuple[Run, ...]:
        """Imports that changed something, the newest first."""
        call: Call[tuple[Run, ...]] = Call("GET", "/imports", tuple[Run, ...])
        return await self._send(call)

    async def run(
        self, file_name: str, content: bytes, *, take: tuple[str, ...] | None = None, mapping: str | None = None
    ) -> ImportsReport:
        """Bring a file in, whole or not at all; what people changed since the last import stands."""
        call: Call[ImportsReport] = Call(
            "POST",
            "/imports",
            ImportsReport,
            files={"file": (file_name, content)},
            body={"take": take, "mapping": mapping},
        )
        return await self._send(call)

    async def rows(self, import_id: str) -> tuple[SourceRow, ...]:
        """Every source row of an import, cell by cell."""
        call: Call[tuple[SourceRow, ...]] = Call(
            "GET", f"/imports/{quote(import_id, safe='')}/rows", tuple[SourceRow, ...]
        )
        return await self._send(call)
