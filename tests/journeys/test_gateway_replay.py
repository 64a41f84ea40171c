"""A piece of a published trace through a whole gateway: limits and records add up to the trace's own tokens."""

from __future__ import annotations

import asyncio
from pathlib import Path

import sqlalchemy as sa

from roadworthy.operate.admission.kinds import Endpoint
from roadworthy.operate.admission.limits.kinds import Budget, PriceTable
from roadworthy.operate.calls.upstreams.declared import Upstream as Declaration
from roadworthy.operate.telemetry.tables import calls
from tests.harness.gateway import CASE, Running, gateway
from tests.harness.trace import Asked, Replayed, micro_cost, model, replay, rows
from tests.harness.upstream import wait_for

CALLS, SPEED, HASTE = 40, 60.0, 20.0
PRICE_IN, PRICE_OUT = 200_000, 800_000


def declare(running: Running, port: int) -> None:
    running.declare_quietly(Declaration, replayed={"adapter": "openai", "address": f"http://127.0.0.1:{port}/v1"})
    running.declare_quietly(
        PriceTable,
        replayed={
            "currency": "EUR",
            "prices": [{"upstream": "replayed", "model": "*", "input": "0.2", "output": "0.8"}],
        },
    )
    ceilings = [{"tokens": 10**9, "per": "year"}, {"money": "1000 EUR", "per": "year"}, {"calls": CALLS, "per": "year"}]
    running.declare_quietly(Budget, replayed={"endpoints": ["replayed"], "limits": ceilings})
    served = {"name": "replayed", "targets": [{"upstream": "replayed", "model": "real"}]}
    running.declare(Endpoint, replayed={"useCase": CASE, "surfaces": ["chat-completions"], "models": [served]})


async def replayed(running: Running, some: list[Asked]) -> Replayed:
    async with model(HASTE) as port:
        await asyncio.to_thread(declare, running, port)
        headers = {"Authorization": f"Bearer {running.key}"}
        address = f"{running.address}/v1/chat/completions"
        return await replay(address, headers, some, speed=SPEED, haste=HASTE, name="replayed")


def test_what_was_counted_is_what_the_trace_says(tmp_path: Path, shared_data: Path) -> None:
    some = rows(shared_data, CALLS)
    wanted = (sum(each.tokens_in for each in some), sum(each.tokens_out for each in some))
    cost = sum(micro_cost(each, PRICE_IN, PRICE_OUT) for each in some)
    with gateway(tmp_path) as running:
        found = asyncio.run(replayed(running, some))
        assert found.statuses == {200: CALLS}, "a ceiling of exactly so many calls refuses none"
        listed = sa.select(
            sa.func.sum(calls.c.input_tokens), sa.func.sum(calls.c.output_tokens), sa.func.sum(calls.c.cost)
        )

        def recorded() -> tuple[int, ...]:
            running.app.telemetry.flush()
            with running.app.store.read() as connection:
                return tuple(connection.execute(listed.where(calls.c.endpoint == "replayed")).one())

        def used() -> list[int]:
            running.app.admitting.limits.turn()
            return [each.standing.used for each in running.app.admitting.budgets.get("replayed").gauges]

        wait_for(lambda: recorded() == (*wanted, cost))
        wait_for(lambda: used() == [sum(wanted), cost, CALLS])
