"""Programs that do with other engines what ours does with a decision: run each in a Python that has the engine.

Each prints one JSON object: workflows or jobs that came to their end, and the seconds from the first start to the last
end. Nothing of set-up and tear-down counts.
"""

from __future__ import annotations

DBOS = """
import json, sqlite3, sys, threading, time
from concurrent.futures import ThreadPoolExecutor
from dbos import DBOS

path, count, threads, wal = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "wal"
DBOS(config={"name": "bench", "system_database_url": f"sqlite:///{path}", "log_level": "ERROR"})

@DBOS.step()
def step(number):
    return number

@DBOS.workflow()
def decision(number):
    return step(number) + step(number) + step(number)

DBOS.launch()
if wal:
    sqlite3.connect(path).execute("PRAGMA journal_mode=WAL")
decision(0)
with ThreadPoolExecutor(threads) as pool:
    begun = time.perf_counter()
    done = sum(1 for _ in pool.map(decision, range(count)))
    seconds = time.perf_counter() - begun
print(json.dumps({"done": done, "seconds": seconds}))
DBOS.destroy()
"""
"""Workflows of three steps, as many at once as there are threads. `wal` sets the journal that the engine does not."""

PROCRASTINATE = """
import asyncio, json, sys, time
import procrastinate

url, count, at_once = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url))

@app.task(name="decision")
async def decision(number):
    return number

async def main():
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        await decision.batch_defer_async(*({"number": number} for number in range(count)))
        begun = time.perf_counter()
        await app.run_worker_async(concurrency=at_once, wait=False, install_signal_handlers=False)
        seconds = time.perf_counter() - begun
    print(json.dumps({"done": count, "seconds": seconds}))

asyncio.run(main())
"""
"""Jobs that do nothing, taken and finished by one worker; putting them into the queue does not count."""
