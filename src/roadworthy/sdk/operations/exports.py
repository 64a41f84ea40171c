"""Exports: a method for each operation. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from roadworthy.sdk.calling import Call, Send
from roadworthy.sdk.shapes.exports import GapBody


class ExportsCalls:
    """Exports."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def as_csv(self, *, name: tuple[str, ...] | None = None) -> bytes:
        """The use cases as one flat table."""
        call: Call[bytes] = Call("GET", "/exports/use-cases.csv", bytes, query={"name": name})
        return self._send(call)

    def as_xlsx(self, *, name: tuple[str, ...] | None = None) -> bytes:
        """The use cases as a workbook."""
        call: Call[bytes] = Call("GET", "/exports/use-cases.xlsx", bytes, query={"name": name})
        return self._send(call)

    def as_omb_csv(self, *, name: tuple[str, ...] | None = None) -> bytes:
        """The use cases in the shape of the US federal inventory of 2025."""
        call: Call[bytes] = Call("GET", "/exports/omb.csv", bytes, query={"name": name})
        return self._send(call)

    def as_omb_xlsx(self, *, name: tuple[str, ...] | None = None) -> bytes:
        """The same as a workbook, with a second sheet that lists the gaps."""
        call: Call[bytes] = Call("GET", "/exports/omb.xlsx", bytes, query={"name": name})
        return self._send(call)

    def omb_gaps(self, *, name: tuple[str, ...] | None = None) -> tuple[GapBody, ...]:
        """What the federal shape requires and nobody has said yet."""
        call: Call[tuple[GapBody, ...]] = Call("GET", "/exports/omb/gaps", tuple[GapBody, ...], query={"name": name})
        return self._send(call)
