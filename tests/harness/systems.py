"""The demo's four systems, served in this process or as one of their own, and a client that speaks to them."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from roadworthy.demo.systems.running import MAKERS, Account
from roadworthy.demo.systems.service import System
from roadworthy.demo.systems.wire import Handler, listen, port_of
from roadworthy.foundation.runtime import Clock, SystemClock, SystemRandomness

_PATIENCE_SECONDS = 60


@dataclass
class Served:
    """One of the systems, where it answers."""

    name: str
    address: str
    account: Account
    system: System

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        *,
        key: str | None = None,
        timeout: float = 10.0,
    ) -> httpx.Response:
        """Ask it.

        Args:
            method: of HTTP.
            path: below its address.
            body: sent as JSON; nothing where it is None.
            headers: further ones.
            key: shown in place of the gateway's.
            timeout: seconds.
        """
        shown = {**(headers or {}), "Authorization": f"Bearer {self.account.gateway if key is None else key}"}
        with httpx.Client(trust_env=False, timeout=timeout) as http:
            return http.request(method, f"{self.address}{path}", json=body, headers=shown)

    def fails(self, fault: str, **more: Any) -> None:
        """Switch a fault on, as its operator."""
        said = self.ask("POST", "/faults", {"fault": fault, **more}, key=self.account.operator)
        assert said.status_code == 200, said.text

    def heals(self) -> None:
        """Switch all faults off."""
        assert self.ask("DELETE", "/faults", key=self.account.operator).status_code == 200

    def did(self, operation: str) -> list[Mapping[str, Any]]:
        """What it was asked to do and did, in its own order: the arguments of each."""
        done = (each for each in self.system.entries if each.operation == operation and each.succeeded)
        return [{**each.named, **each.body} for each in done]


@contextmanager
def served(
    *names: str, clock: Clock | None = None, known: Mapping[str, Account] | None = None
) -> Iterator[dict[str, Served]]:
    """Systems by name, on free ports until the end of the block; all four where none is named.

    Args:
        names: of the systems.
        clock: where they take the time from; the machine's if not said.
        known: by system, its keys; new ones where none are said.
    """
    with ExitStack() as stack:
        found: dict[str, Served] = {}
        for name in names or MAKERS:
            account = (known or {}).get(name) or Account.new(SystemRandomness())
            system = MAKERS[name](account.keys, clock or SystemClock())
            address = stack.enter_context(answering(system))
            found[name] = Served(name, address, account, system)
        yield found


@contextmanager
def answering(handler: Handler) -> Iterator[str]:
    """The address of a handler, served by a loop on a thread of its own."""
    loop = asyncio.new_event_loop()
    started: list[asyncio.Server] = []
    ready = threading.Event()

    async def begin() -> None:
        started.append(await listen(handler))
        ready.set()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(begin())
        loop.run_forever()
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.run_until_complete(asyncio.sleep(0.01))  # connections that were closed are told so in another turn
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(_PATIENCE_SECONDS)
    try:
        yield f"http://127.0.0.1:{port_of(started[0])}"
    finally:
        loop.call_soon_threadsafe(started[0].close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_PATIENCE_SECONDS)


def lines(answer: httpx.Response) -> list[Any]:
    """What stands in an answer of JSON lines."""
    return [json.loads(line) for line in answer.text.splitlines()]
