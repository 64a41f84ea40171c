"""Server-sent events, as far as MCP uses them: the data of each event."""

from __future__ import annotations

from collections.abc import Iterator

from roadworthy.operate.calls.wire.failures import FailureClass, UpstreamFailure


class EventsReader:
    """Reads a stream piece by piece.

    Args:
        most: bytes of the whole stream.
    """

    def __init__(self, most: int) -> None:
        self._left = most
        self._line = bytearray()
        self._data: list[bytes] = []
        self._after_return = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The data of each event that ends in a piece; events without any are left out.

        Raises:
            UpstreamFailure: the stream is too long.
        """
        self._left -= len(chunk)
        if self._left < 0:
            raise UpstreamFailure(FailureClass.TOO_LARGE)
        if self._after_return and chunk.startswith(b"\n"):
            chunk = chunk[1:]
        self._after_return = chunk.endswith(b"\r") if chunk else self._after_return
        self._line += chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *lines, rest = bytes(self._line).split(b"\n")
        self._line = bytearray(rest)
        for line in lines:
            if line:
                self._field(line)
            elif self._data:
                data, self._data = b"\n".join(self._data), []
                if data:
                    yield data

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))
