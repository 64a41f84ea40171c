"""Run the systems: `python -m roadworthy.demo.systems`, told on its standard input what to run.

The first line is JSON: by system, its `port`, the `principals` by key, and the key of its `operator`. It says on one
line where each listens, and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import json
import sys

from roadworthy.demo.systems.running import MAKERS
from roadworthy.demo.systems.service import Keys
from roadworthy.demo.systems.wire import listen, port_of
from roadworthy.foundation.runtime import SystemClock


async def _run() -> None:
    told = json.loads(sys.stdin.readline())
    clock, addresses, servers = SystemClock(), {}, []
    for name, said in told.items():
        system = MAKERS[name](Keys(said["principals"], said["operator"]), clock)
        try:
            server = await listen(system, said["port"])
        except OSError:
            continue  # its port is taken, which whoever started us sees from its missing address
        servers.append(server)
        addresses[name] = f"http://127.0.0.1:{port_of(server)}"
    sys.stdout.write(json.dumps(addresses) + "\n")
    sys.stdout.flush()
    alone = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), alone.set)
    await alone.wait()
    for server in servers:
        server.close()


if __name__ == "__main__":
    asyncio.run(_run())
