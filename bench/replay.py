"""A published trace through the gateway: `python -m bench.replay [--speed TIMES] [--minutes N] [--no-floor]`.

Requests of the Azure LLM trace come as they came then, or so many times as quick, each of its own size; half of them
stream. The upstream answers with the trace's own tokens and takes as long as is assumed (`tests/harness/trace.py`): the
trace does not say. Clients and upstream have the first core, the gateway with everything on has the second. The same
without the gateway is the floor. In the end, what budgets and the index say is held against the trace. Without the data
it says so and ends.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path

import sqlalchemy as sa

from bench._gateway_ours import CASE, governed
from bench._gateway_rig import CLIENTS_CORE, MEASURED_CORE, cpu_of, resident_of
from roadworthy.app import App, open_home
from roadworthy.foundation.settings import Settings
from roadworthy.operate.telemetry.tables import calls
from tests.harness import data
from tests.harness.trace import FOLDER, Asked, Replayed, micro_cost, model, replay, rows

PRICE_IN, PRICE_OUT = 200_000, 800_000
"""As `_gateway_ours` declares them."""


def told(name: str, found: Replayed, more: str = "") -> None:
    """Print what came of a replay."""
    added = sorted(found.added)
    middle, late = (1e3 * added[share * len(added) // 100] for share in (50, 99))
    refused = sum(count for status, count in found.statuses.items() if status != HTTPStatus.OK)
    asked = sum(found.statuses.values())
    print(f"  {name:10} {asked:,} calls, {refused} not answered, at most {found.peak} at once{more};")
    print(f"  {'':10} beyond the upstream p50 {middle:.1f} ms, p99 {late:.1f} ms")
    if refused:
        print(f"  statuses: {found.statuses}")


async def run(folder: Path, some: Sequence[Asked], speed: float, *, floor: bool) -> None:
    """Through the gateway, and before that without it."""
    async with model(1.0) as port:
        if floor:
            direct = await replay(
                f"http://127.0.0.1:{port}/v1/chat/completions", {}, some, speed=speed, haste=1.0, name="small"
            )
            told("no gateway", direct)
        await asyncio.to_thread(_through, folder, port, some, speed)


def _through(folder: Path, port: int, some: Sequence[Asked], speed: float) -> None:
    with governed(folder, port, MEASURED_CORE) as (gateway, pid, headers):
        before, cpu = resident_of(pid), cpu_of(pid)
        address = f"http://127.0.0.1:{gateway}/v1/chat/completions"
        found = asyncio.run(replay(address, headers, some, speed=speed, haste=1.0, name="small"))
        spent = (cpu_of(pid) - cpu) / max(1, len(some))
        told(
            "Roadworthy",
            found,
            f"; {1e3 * spent:.1f} ms of CPU a call, {before:.0f} MB, then {resident_of(pid):.0f} MB",
        )


def account(home: Path, some: Sequence[Asked]) -> None:
    """Hold what was counted against the trace."""
    wanted = {
        "tokens in": sum(each.tokens_in for each in some),
        "tokens out": sum(each.tokens_out for each in some),
        "cost in millionths of EUR": sum(micro_cost(each, PRICE_IN, PRICE_OUT) for each in some),
    }
    with open_home(Settings(home=home, upstream_hosts="127.0.0.1")) as (app, _):
        with app.store.read() as connection:
            listed = sa.select(
                sa.func.sum(calls.c.input_tokens), sa.func.sum(calls.c.output_tokens), sa.func.sum(calls.c.cost)
            )
            recorded = connection.execute(listed).one()
        used = _used(app)
    for (name, count), counted in zip(wanted.items(), recorded, strict=True):
        print(f"  {name}: {count:,} in the trace, {counted:,} recorded")
    cost = wanted["cost in millionths of EUR"]
    print(f"  the budget counted {used['micro-EUR']:,} millionths of EUR: {used['micro-EUR'] - cost:+,} to the trace")


def _used(app: App) -> Mapping[str, int]:
    gauges = [gauge for budget in app.admitting.budgets.listed() for gauge in budget.gauges]
    return {each.standing.unit: each.standing.used + each.standing.unknown for each in gauges}


def main() -> None:
    """Replay and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speed", type=float, default=20.0, help="times as quick as it was")
    parser.add_argument("--minutes", type=float, help="of the trace, from its beginning; all of it by default")
    parser.add_argument("--no-floor", action="store_true", help="only through the gateway, in half of the time")
    given = parser.parse_args()
    folder = data.find()
    if folder is None or not (folder / FOLDER).is_dir():
        print(f"not measured: {data.ABSENT}")
        return
    os.sched_setaffinity(0, {CLIENTS_CORE})
    some = rows(folder, minutes=given.minutes)
    print(f"{len(some):,} calls of {some[-1].after / 60:.0f} minutes, {given.speed:g} times as quick")
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(run(Path(name) / CASE, some, given.speed, floor=not given.no_floor))
        account(Path(name) / CASE / "home", some)


if __name__ == "__main__":
    main()
