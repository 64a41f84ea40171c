"""Connections to one upstream: never more at a time than were declared, and how they say that time is over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from contextlib import suppress
from typing import Any

import pytest

from roadworthy.operate.calls.wire.addresses import origin
from roadworthy.operate.calls.wire.failures import FailureClass, UpstreamFailure
from roadworthy.operate.calls.wire.pool import Pool, Way
from tests.harness.upstream import upstream

ASKED = b'{"model": "m", "messages": []}'


def test_those_that_are_being_opened_count_too() -> None:
    with upstream(wait=0.2) as behind:
        where = origin(f"{behind.address}/v1")

        async def ask(pool: Pool) -> FailureClass | None:
            try:
                answer = await pool.ask("POST", "/chat/completions", {"Content-Type": "application/json"}, ASKED, 5.0)
            except UpstreamFailure as failure:
                return failure.kind
            await answer.whole(1_000_000)
            answer.done()
            return None

        async def all_at_once() -> list[FailureClass | None]:
            pool = Pool(Way(where, frozenset({"127.0.0.1"})), most=3)
            came = [*await asyncio.gather(*(ask(pool) for _ in range(10))), await ask(pool)]
            pool.close()
            await asyncio.sleep(0)  # connections that were closed learn of it in the loop's next round
            return came

        came = asyncio.run(all_at_once())
        assert came.count(None) == 4, "three at once, and one after them"
        assert came.count(FailureClass.BUSY) == 7
        assert behind.opened == 3


# ---------------------------------------------------------------- a machine that stands still


class Stalled(asyncio.SelectorEventLoop):
    """A loop whose clock jumps, as if the machine had stood still: whatever timers there are come due in one round."""

    def __init__(self) -> None:
        super().__init__()
        self.stood = 0.0

    def time(self) -> float:
        """Its clock."""
        return super().time() + self.stood


async def stood_still(waiting: Awaitable[object], so_far: asyncio.Event) -> FailureClass:
    """How something fails where the machine stands still for an hour as soon as it came so far."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, Stalled)
    task = asyncio.ensure_future(waiting)
    await so_far.wait()
    loop.stood += 3_600
    with pytest.raises(UpstreamFailure) as failed:
        await task
    return failed.value.kind


def ran_on_stalled(work: Coroutine[Any, Any, FailureClass]) -> FailureClass:
    """What a coroutine says on such a loop."""
    with asyncio.Runner(loop_factory=Stalled) as runner:
        return runner.run(work)


def pool_at(port: int) -> Pool:
    """To a port of this machine."""
    return Pool(Way(origin(f"http://127.0.0.1:{port}/v1"), frozenset({"127.0.0.1"})))


def test_a_connection_that_never_stood_is_no_answer_that_came_too_late() -> None:
    async def ask() -> FailureClass:
        loop, connecting = asyncio.get_running_loop(), asyncio.Event()

        async def deaf(*_way: object, **_how: object) -> None:
            connecting.set()
            await asyncio.Event().wait()

        loop.create_connection = deaf  # type: ignore[assignment,method-assign]  # nothing on this machine is deaf for sure
        due = loop.time() + 0.002, FailureClass.FIRST_TOKEN_TIMEOUT
        return await stood_still(pool_at(9).ask("POST", "/x", {}, b"{}", 0.001, due), connecting)

    assert ran_on_stalled(ask()) is FailureClass.CONNECT_TIMEOUT


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc"])
def test_an_answer_that_is_not_whole_in_time_is_late_however_long_the_machine_stood(said: bytes) -> None:
    async def ask() -> FailureClass:
        loop = asyncio.get_running_loop()

        async def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(said)
            writers.append(writer)
            begun.set()

        begun, writers = asyncio.Event(), list[asyncio.StreamWriter]()
        async with await asyncio.start_server(begin, "127.0.0.1", 0) as server:
            due = loop.time() + 5, FailureClass.FIRST_TOKEN_TIMEOUT
            pool = pool_at(server.sockets[0].getsockname()[1])

            async def whole() -> None:
                answer = await pool.ask("POST", "/x", {}, b"{}", 5, due)
                await answer.whole(100)

            failed = await stood_still(whole(), begun)
            writers[0].close()
            with suppress(ConnectionError):
                await writers[0].wait_closed()
        return failed

    assert ran_on_stalled(ask()) is FailureClass.FIRST_TOKEN_TIMEOUT


def test_bytes_that_lie_in_the_socket_were_in_time() -> None:
    async def ask() -> bytes:
        loop, gone = asyncio.get_running_loop(), asyncio.Event()
        assert isinstance(loop, Stalled)

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")
            loop.stood += 3_600  # from here to the socket, nobody else has a turn
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            gone.set()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            pool = pool_at(server.sockets[0].getsockname()[1])
            came = await pool.ask("POST", "/x", {}, b"{}", 5, (loop.time() + 5, FailureClass.FIRST_TOKEN_TIMEOUT))
            whole = await came.whole(100)
            await gone.wait()
            return whole

    with asyncio.Runner(loop_factory=Stalled) as runner:
        assert runner.run(ask()) == b"hi"
