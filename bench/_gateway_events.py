"""An upstream that answers with events at an even pace: `python -m bench._gateway_events PORT EVENTS MILLISECONDS`.

Each answer is a chat completion in so many deltas, one every so many milliseconds, with its usage at the end.
"""

from __future__ import annotations

import asyncio
import json
import sys

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def events(count: int) -> list[bytes]:
    """The chunks of one answer, framed."""
    common = {"id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1_795_000_000, "model": "small"}
    deltas = [
        {**common, "choices": [{"index": 0, "delta": {"content": f"word{n} of the answer "}, "finish_reason": None}]}
        for n in range(count)
    ]
    usage = {"prompt_tokens": 60, "completion_tokens": count, "total_tokens": 60 + count}
    end = [{**common, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}]
    end.append({**common, "choices": [], "usage": usage})
    lines = [f"data: {json.dumps(each)}\n\n".encode() for each in (*deltas, *end)] + [b"data: [DONE]\n\n"]
    return [f"{len(line):x}\r\n".encode() + line + b"\r\n" for line in lines]


async def serve(port: int, count: int, pause: float) -> None:
    """Answer until it is ended."""
    chunks = events(count)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                if b"content-length:" in head:
                    await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
                writer.write(HEAD)
                for chunk in chunks:
                    writer.write(chunk)
                    await asyncio.sleep(pause)
                writer.write(b"0\r\n\r\n")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 1_000))
