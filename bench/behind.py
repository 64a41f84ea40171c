"""What is done behind calls: `python -m bench.behind [--rate CALLS] [--seconds N]`.

So many calls a second are recorded, each with an intent and, a twentieth of a second later, a result, as the gateway
does it; nothing is asked of an upstream. What the kernel charged to each thread is divided by the calls: records are
written to the journal, sealed each second, put into the index, counted in windows and metrics. On SQLite.
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
import threading
import time
from collections import deque
from pathlib import Path

from msgspec.structs import replace

from bench._gateway_rig import TICK, resident_of
from roadworthy.app import open_home
from roadworthy.foundation.ids import new_id
from roadworthy.foundation.settings import Settings
from roadworthy.operate.telemetry.model import (
    Attempt,
    Enforcement,
    Intent,
    Outcome,
    Result,
    Ruling,
    Surface,
    Usage,
)
from roadworthy.operate.telemetry.service import Ground, Telemetry

STEP = 0.01
LATER = 5
"""Steps between an intent and its result."""


def cpu_by_thread() -> dict[str, float]:
    """Seconds of CPU of each thread of this process, by name."""
    found: dict[str, float] = {}
    for each in threading.enumerate():
        fields = Path(f"/proc/self/task/{each.native_id}/stat").read_text().rpartition(")")[2].split()
        found[each.name] = found.get(each.name, 0.0) + (int(fields[11]) + int(fields[12])) / TICK
    return found


def drive(telemetry: Telemetry, rate: int, seconds: float, ids: list[str]) -> int:
    """Record calls at an even pace; how many."""
    under_way: deque[list[Intent]] = deque()
    begun, done = time.monotonic(), 0
    pattern = Intent(
        id="", at=dt.datetime.now(dt.UTC), surface=Surface.CHAT, ruling=Ruling.ADMITTED,
        enforcement=Enforcement.ENFORCED, key="key-1", use_case="benched", stage="production",
        release="sha256:" + "1" * 64, certificate="oc-2026-1", status_seq=7, endpoint="benched", model="small",
        stream=False, trace="0af7651916cd43dd8448eb211c80319c", reserved={"calls": 1, "tokens": 260},
    )  # fmt: skip
    for step in range(round(seconds / STEP)):
        some = [replace(pattern, id=ids.pop(), at=dt.datetime.now(dt.UTC)) for _ in range(round(rate * STEP))]
        kept = [telemetry.recorder.intend(each) for each in some]
        under_way.append(some)
        kept += [telemetry.recorder.conclude(_result(each)) for each in (under_way.popleft() if step >= LATER else ())]
        done += len(some)
        time.sleep(max(0.0, begun + (step + 1) * STEP - time.monotonic()))
    for last in [telemetry.recorder.conclude(_result(each)) for some in under_way for each in some]:
        last.result()
    return done


def _result(of: Intent) -> Result:
    return Result(
        of.id, dt.datetime.now(dt.UTC), Outcome.ANSWERED, 200, 52,
        attempts=(Attempt("benched", "small", 200, None, 50),),
        usage=Usage(60, 90), cost=84, currency="EUR", prices="sha256:" + "2" * 64, response_model="small",
        response_id="chatcmpl-bench", finish="stop",
    )  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=1_000, help="calls in a second")
    parser.add_argument("--seconds", type=float, default=10.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, open_home(Settings(home=Path(name))) as (app, _):
        ground = Ground(app.store, app.ledger, app.runtime, Path(name) / "calls", lambda _connection, _case: None)
        telemetry = Telemetry(ground)
        telemetry.start()
        ids = [
            new_id(dt.datetime.now(dt.UTC), app.runtime.randomness) for _ in range(round(given.rate * given.seconds))
        ]
        ids.reverse()
        before = cpu_by_thread()
        calls = drive(telemetry, given.rate, given.seconds, ids)
        time.sleep(2.5)
        after = cpu_by_thread()
        told = sorted(((after[each] - before.get(each, 0.0), each) for each in after), reverse=True)
        print(f"{calls:,} calls, {given.rate:,} a second, {telemetry.waiting} records not in the index in the end")
        for spent, thread in told:
            if spent > 0 and thread != "MainThread":
                print(f"  {spent * 1e6 / calls:6.1f} us of CPU for a call  {thread}")
        print(f"  {resident_of(threading.get_native_id()):.0f} MB")
        telemetry.close()


if __name__ == "__main__":
    main()
