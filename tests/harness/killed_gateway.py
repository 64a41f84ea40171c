"""Gateways that die at a chosen moment: a process that has done the imports forks one for each line that it is sent.

A line says which home, what to ask for, and before which turn between waiting and going on the process kills itself.
The turns are all that there are: every piece of work that goes to the database, before it is begun and after it was
done; of what is written down, also within its transaction, before and after it was written; and every question to a
system, before it is sent and after it was answered. What the gateway looks after by
itself in the meantime has its turns too, so that their number differs from one life to the next.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import httpx

from roadworthy.app import open_home
from roadworthy.foundation.runtime import AheadClock, Future, Runtime
from roadworthy.foundation.settings import Settings
from roadworthy.interfaces.gateway.serving import GatewayServer
from roadworthy.operate.actions.besides import Besides, Unit, Writes
from roadworthy.operate.actions.model import OPEN
from roadworthy.operate.actions.store import Listed
from roadworthy.operate.actions.systems.http import HttpSystems

PATIENCE_SECONDS = 60.0


def main() -> None:
    """Serve until standard input ends: of each line, how many turns there were, or that the process died."""
    for line in sys.stdin:
        said = json.loads(line)
        reads, writes = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reads)
            _be(said, writes)
        os.close(writes)
        with os.fdopen(reads) as told:
            turns = told.read()
        died = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(json.dumps({"died": died, "turns": int(turns) if turns else None}), flush=True)  # noqa: T201 - the answer


class Turns:
    """Counts turns, and ends the process before one of them."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.count = 0

    def next(self) -> None:
        """One more."""
        self.count += 1
        if self.count == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


def _be(said: dict[str, Any], writes: int) -> NoReturn:
    """Be the gateway: ask for one action, or let what is left of former ones come to its end."""
    os.environ.update(said["environment"])
    turns = Turns(said["at"])
    runtime = Runtime(clock=AheadClock(dt.timedelta(seconds=said["ahead"])))
    settings = Settings(home=Path(said["home"]), gateway_port=0, **said["settings"])
    try:
        with open_home(settings, runtime) as (app, _):
            app.start()
            server = GatewayServer(app)
            server.start()
            _wait(lambda: app.admitting.reloading.current.keys)
            wanted = said["wanted"]
            if wanted is not None:
                for each in wanted.get("before", ()):
                    _ask(app.gateway.address, {**wanted, **each})
                _watch(turns)
                _ask(app.gateway.address, wanted)
            _wait(lambda: not any(each.state in OPEN for each in app.acting.letters.listed(Listed(limit=1_000))))
            server.close()
        os.write(writes, str(turns.count).encode())
    except BaseException as error:  # noqa: BLE001 - the parent reads the code, and people the words
        print(repr(error), file=sys.stderr)  # noqa: T201 - see above
        os._exit(3)
    os._exit(0)


def _watch(turns: Turns) -> None:
    """Count every turn of the database and of systems from now on."""
    beside, write, act = Besides.__call__, Writes.__call__, HttpSystems.act

    def counted(self: Besides, work: Any) -> Future[Any]:
        def turned() -> Any:
            turns.next()
            came = work()
            turns.next()
            return came

        return beside(self, turned)

    def written(self: Writes, unit: Unit[Any]) -> Any:
        def turned(tx: Any) -> Any:
            turns.next()
            came = unit.work(tx)
            turns.next()
            return came

        turns.next()
        waits = write(self, replace(unit, work=turned))
        waits.add_done_callback(lambda _: turns.next())
        return waits

    async def asked(self: HttpSystems, *given: Any) -> Any:
        turns.next()
        came = await act(self, *given)
        turns.next()
        return came

    Besides.__call__ = counted  # type: ignore[method-assign]  # in this process alone
    Writes.__call__ = written  # type: ignore[method-assign]  # see above
    HttpSystems.act = asked  # type: ignore[method-assign,assignment]  # see above


def _ask(address: str, said: dict[str, Any]) -> None:
    """Ask for an action as an agent does, or for a run to be taken back, and wait for the answer."""
    headers = {"authorization": f"Bearer {said['key']}"}
    body = {name: said[name] for name in ("action", "arguments", "run") if name in said}
    path = "/v1/actions" if "action" in said else f"/v1/agent-runs/{said['run']}/rollback"
    httpx.post(f"{address}{path}", json=body, headers=headers, timeout=PATIENCE_SECONDS).raise_for_status()


def _wait(what: Any) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not what():
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.02)


if __name__ == "__main__":
    main()
