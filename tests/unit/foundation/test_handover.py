"""What one thread says and another waits for."""

from __future__ import annotations

import asyncio
import threading

import pytest

from roadworthy.foundation.errors import Unavailable
from roadworthy.foundation.handover import Later, tell

FAULT = Unavailable("journal-unwritable", "no", remedy="none")


def test_everybody_who_waits_on_a_loop_is_woken_by_one_telling() -> None:
    async def wait(some: list[Later[int]]) -> list[int]:
        async def one(each: Later[int]) -> int:
            return await each

        waiting = asyncio.gather(*(one(each) for each in some))
        await asyncio.sleep(0)
        teller = threading.Thread(target=settle, args=(some,))
        teller.start()
        found = await waiting
        teller.join()
        return list(found)

    def settle(some: list[Later[int]]) -> None:
        for number, each in enumerate(some):
            each.settle(number)
        tell(some)

    assert asyncio.run(wait([Later() for _ in range(50)])) == list(range(50))


def test_an_error_is_raised_where_the_value_was_waited_for() -> None:
    failed: Later[int] = Later()
    failed.fail(FAULT)
    with pytest.raises(Unavailable):
        failed.result()

    async def wait() -> int:
        return await failed

    with pytest.raises(Unavailable):
        asyncio.run(wait())
    assert failed.error is FAULT


def test_who_comes_too_late_does_not_wait_and_who_left_is_not_missed() -> None:
    async def run() -> int:
        later: Later[int] = Later()

        async def wait() -> int:
            return await later

        left = asyncio.ensure_future(wait())
        await asyncio.sleep(0)
        left.cancel()
        later.settle(7)
        tell([later])
        return await later

    assert asyncio.run(run()) == 7


def test_threads_and_tellers_never_miss_each_other() -> None:
    rounds = [[Later[int]() for _ in range(8)] for _ in range(200)]
    found: list[int] = []

    def wait() -> None:
        found.extend(each.result() for some in rounds for each in some)

    waiting = threading.Thread(target=wait)
    waiting.start()
    for some in rounds:
        for number, each in enumerate(some):
            each.settle(number)
        tell(some)
    waiting.join(30)
    assert not waiting.is_alive()
    assert found == [*range(8)] * 200


def test_a_loop_that_is_gone_is_told_nothing() -> None:
    later: Later[int] = Later()
    loop = asyncio.new_event_loop()

    async def wait() -> int:
        return await later

    task = loop.create_task(wait())
    loop.run_until_complete(asyncio.sleep(0))
    task.cancel()
    loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    loop.close()
    later.settle(1)
    tell([later])
    assert later.result() == 1
