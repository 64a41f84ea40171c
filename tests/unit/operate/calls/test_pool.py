"""Connections to one upstream: never more at a time than were declared."""

from __future__ import annotations

import asyncio

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
