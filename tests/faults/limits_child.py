"""A replica at the edge of a budget: many calls at the same time, each of which asks, uses and settles."""

from __future__ import annotations

import asyncio
import json
import sys

from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.postgres import PostgresStore
from roadworthy.operate.admission.limits.model import Over, Reserved, Short
from roadworthy.operate.admission.limits.service import Limits
from tests.harness.limits import book

SCOPES = {"use-case": "triage"}
ROUNDS = 200


async def call(limits: Limits, runtime: Runtime, asked: int, used: int) -> tuple[int, bool]:
    """One call; how much it used, and whether it was told no."""
    for _ in range(ROUNDS):
        answer = limits.reserve(SCOPES, {"tokens": asked}, runtime.clock.now())
        if isinstance(answer, Short):
            await asyncio.wrap_future(limits.refill(answer))
            continue
        if isinstance(answer, Over):
            return 0, True
        assert isinstance(answer, Reserved)
        await asyncio.sleep(0.002)
        limits.settle(answer, {"tokens": used})
        return used, False
    raise AssertionError("it asked for ever")


async def calls(limits: Limits, runtime: Runtime, at_once: int, asked: int, used: int) -> tuple[int, int, int]:
    """So many at the same time, again and again until each was told no; how many passed, what they used, and noes."""
    passed = spent = 0

    async def one() -> int:
        nonlocal passed, spent
        while True:
            count, over = await call(limits, runtime, asked, used)
            if over:
                return 1
            passed += 1
            spent += count

    noes = sum(await asyncio.gather(*(one() for _ in range(at_once))))
    return passed, spent, noes


def main(url: str, most: int, at_once: int, asked: int, used: int) -> None:
    """Wait for the word, then call until the budget is used up; `die` instead of an end leaves everything as it is."""
    runtime = Runtime()
    store = PostgresStore(url, runtime)
    limits = Limits(store, runtime, ttl=5)
    limits.take(book(edge={"limits": [{"tokens": most, "per": "year"}]}))
    limits.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    passed, spent, noes = asyncio.run(calls(limits, runtime, at_once, asked, used))
    sys.stdout.write(json.dumps({"passed": passed, "spent": spent, "noes": noes}) + "\n")
    sys.stdout.flush()
    sys.stdin.readline()
    limits.close()
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], *(int(each) for each in sys.argv[2:6]))
