"""10,000 actions that wait for people: `python -m bench.holds [--rows N]`.

One process on SQLite, as it ships. N actions of agents are held, each with its request in the inbox of one person, its
deadline and its entry of the ledger; then pages of them are looked at, all are decided about one by one, nine of ten
with a yes, and what was let pass is done by a function of this process. Every part is measured in tenths, so that a
part whose cost grows with how many wait is seen. Times are CPU of the whole process.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from roadworthy.app import App, open_home
from roadworthy.foundation.resources.documents import Declared
from roadworthy.foundation.resources.shape import Shape
from roadworthy.foundation.settings import Settings
from roadworthy.inventory.model import UseCase
from roadworthy.operate.actions.arguments import canonical
from roadworthy.operate.actions.declared import Action, System
from roadworthy.operate.actions.model import State, Wanted
from roadworthy.operate.actions.store import Listed
from roadworthy.operate.admission.keys.model import Wanted as WantedKey
from tests.harness import functions
from tests.harness.acting import ACTIONS, CASE, FUNCTIONS, LETS
from tests.harness.governed import LEE, RULES, govern, rights, signed_in
from tests.harness.upstream import wait_for

ROWS: Final = 10_000
AT_ONCE: Final = 16
PAGE: Final = 50
NOES: Final = 10
"""One of so many is declined."""
FRESH: Final = 500
"""A sign-in is good for so many decisions here: people sign in again after five minutes."""
NAME: Final = "notes.ask"


@dataclass
class Bench:
    """A home in which everything is declared, and an agent's key."""

    app: App
    key: str
    rows: int

    def wanted(self, number: int) -> Wanted:
        """One action."""
        now = self.app.runtime.clock.now()
        return Wanted(NAME, canonical({"text": f"note {number}"}), now, self.key)


@contextmanager
def prepared(home: Path, rows: int) -> Iterator[Bench]:
    """It."""
    settings = Settings(home=home, action_modules=FUNCTIONS)
    with open_home(settings) as (app, _):
        context = app.identity.local_user("bench").context("bench")
        said: list[tuple[str, str, type[Shape], dict[str, Any]]] = [
            ("UseCase", CASE, UseCase, {"title": "Measured", "stage": "pilot"}),
            ("System", "notes", System, {"speaks": "python", "module": FUNCTIONS}),
            ("Action", NAME, Action, {**ACTIONS["notes.add"], "hold": {"always": True}}),
        ]
        declared = [Declared(kind, name, {}, model.model_validate(spec)) for kind, name, model, spec in said]
        app.units.run(context, lambda tx: app.resources.put_all(tx, declared, None, "bench"))
        key, _ = app.admitting.keys.new(context, WantedKey("bench", CASE, stage="pilot"))
        govern(app, rights([*RULES, LETS]))
        app.start()
        app.gateway.start()
        wait_for(lambda: not app.gateway.not_ready())
        yield Bench(app, key, rows)


def tenths(name: str, rows: int, work: Callable[[int], None]) -> None:
    """Do something so often, and print what it took, with the first and the last tenth."""
    step, parts, began = max(1, rows // 10), [], time.perf_counter()
    for start in range(0, rows, step):
        before = time.process_time()
        for number in range(start, min(start + step, rows)):
            work(number)
        parts.append((time.process_time() - before) / step)
    wall = time.perf_counter() - began
    _told(name, rows, parts, wall)


def _told(name: str, rows: int, parts: list[float], wall: float) -> None:
    cpu = 1e3 * sum(parts) / len(parts)
    print(f"{name:34}{rows:>8,} in {wall:7.1f} s, {cpu:6.2f} ms CPU each; "
          f"first tenth {1e3 * parts[0]:.2f}, last {1e3 * parts[-1]:.2f}", flush=True)  # fmt: skip


async def park(made: Bench) -> None:
    """Ask for all of them."""
    actions, step, parts = made.app.acting.actions, max(1, made.rows // 10), []
    began = time.perf_counter()
    for start in range(0, made.rows, step):
        before = time.process_time()
        for first in range(start, start + step, AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, start + step))
            told = await asyncio.gather(*(actions.perform(made.wanted(each)) for each in numbers))
            assert all(each.state is State.HELD for each in told), told
        parts.append((time.process_time() - before) / step)
    _told("held, each with its request", made.rows, parts, time.perf_counter() - began)


def once(name: str, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever it gives
    """Do something three times, and print the least that it took."""
    least, came = float("inf"), None
    for _ in range(3):
        before = time.process_time()
        came = work()
        least = min(least, time.process_time() - before)
    print(f"{name:34}{1e3 * least:8.2f} ms CPU", flush=True)
    return came


def pages(made: Bench) -> int:
    """Page through all that are held; how many pages there were."""
    before, count = None, 0
    while found := made.app.acting.letters.listed(Listed(state=State.HELD.value, before=before, limit=PAGE)):
        before, count = found[-1].id, count + 1
    return count


def decide(made: Bench) -> None:
    """Decide about each of them."""
    app = made.app
    session = [signed_in(app, LEE)]
    ids = [each.request for each in app.acting.letters.listed(Listed(state=State.HELD.value, limit=made.rows))]

    def one(number: int) -> None:
        request = app.approvals.standing(str(ids[number])).request
        says = app.approvals.decline if number % NOES == 0 else app.approvals.approve
        if number % FRESH == 0:
            session[0] = signed_in(app, LEE)
        lee = session[0]
        says(lee.context("web"), lee.proof, request.id, request.digest, "I have looked at it.")

    tenths("decided, one by one", made.rows, one)


async def run(made: Bench) -> None:
    """Let what may pass be done, and what may not be ended."""
    acting, wanted = made.app.acting, made.rows - (made.rows + NOES - 1) // NOES
    functions.CALLED.clear()
    began, before = time.perf_counter(), time.process_time()
    acting.runner.start()
    while len(functions.CALLED) < wanted or acting.letters.counts():  # noqa: ASYNC110 - it ends in the database
        await asyncio.sleep(0.2)
    await acting.runner.stop(10)
    cpu, wall = time.process_time() - before, time.perf_counter() - began
    print(
        f"{'done, and the others ended':34}{made.rows:>8,} in {wall:7.1f} s, {1e3 * cpu / made.rows:6.2f} ms CPU each"
    )
    done, ended = (acting.letters.listed(Listed(state=each, limit=made.rows)) for each in ("done", "cancelled"))
    print(f"{'':34}{len(done):,} done, each once: {len(set(functions.CALLED)) == len(functions.CALLED) == wanted}; "
          f"{len(ended):,} cancelled")  # fmt: skip


def memory(when: str) -> None:
    """What this process has now, in megabytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    now = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024
    print(f"{f'memory {when}':34}{now:8.0f} MB", flush=True)


async def measure(made: Bench) -> None:
    """Everything, in order."""
    memory("before")
    await park(made)
    memory("with all of them held")
    app = made.app
    lee = signed_in(app, LEE).context("web").actor.ref
    once(f"a page of {PAGE} held ones", lambda: app.acting.letters.listed(Listed(state=State.HELD.value, limit=PAGE)))
    once(f"all pages of {PAGE}", lambda: pages(made))
    once("a page of the inbox", lambda: app.approvals.inbox(lee, limit=100))
    once("what is counted for pages, metrics", app.acting.letters.counts)
    once("a look of the gateway at all held", app.acting.runner.ground.holds.look)
    decide(made)
    await run(made)
    memory("in the end")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=ROWS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, prepared(Path(folder) / "home", given.rows) as made:
        asyncio.run(measure(made))


if __name__ == "__main__":
    main()
