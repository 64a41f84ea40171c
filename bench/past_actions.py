"""How long a replay of past actions takes, and how much memory: `python -m bench.past_actions --actions 100000`.

Actions are decided about and written down by a gateway's own code, without a system behind. Prints seconds, those of
the processor, decisions per second, and by how much the process grew: with `--home` of a run before, filling it does
not count.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time

from roadworthy.app import App, open_home
from roadworthy.foundation.resources.documents import Declared
from roadworthy.foundation.settings import Settings
from roadworthy.inventory.model import UseCase
from roadworthy.operate.actions import arguments as forms
from roadworthy.operate.actions.deciding.verdict import Case
from roadworthy.operate.actions.declared import Action, System
from roadworthy.operate.actions.doing.keeping import Keeping
from roadworthy.operate.actions.model import Wanted
from roadworthy.operate.actions.past.model import Replayed, Span
from roadworthy.operate.actions.past.supposing import supposed
from roadworthy.operate.admission.model import Caller

THREADS = 32
RUNS = 500
CUSTOMERS = 5_000
ACTION = {
    "useCases": ["support"], "system": "payments", "function": "refund", "effect": "write", "tier": "medium",
    "input": {"type": "object", "required": ["customer", "amount", "reason"], "properties": {
        "customer": {"type": "string"}, "amount": {"type": "integer"}, "reason": {"type": "string", "maxLength": 200},
    }},
    "amount": {"path": "/amount", "unit": "minor", "currency": "EUR"}, "customer": "/customer", "reads": "trusted",
    "hold": {"above": "100 EUR"},
    "limits": [{"amount": "450 EUR", "per": "day", "each": ["customer"]}, {"count": 10_000_000, "per": "24h",
                                                                          "window": "sliding"}],
}  # fmt: skip


def declared(**changes: object) -> Declared:
    """The action, with something else in it."""
    return Declared("Action", "payments.refund", {}, Action.model_validate({**ACTION, **changes}))


def fill(app: App, count: int) -> None:
    """Have so many actions decided about and written down."""
    context = app.identity.local_user("keeper").context("bench")
    some = [
        Declared("UseCase", "support", {}, UseCase.model_validate({"title": "Support", "stage": "pilot"})),
        Declared("System", "payments", {}, System.model_validate({"speaks": "python", "module": "os"})),
        declared(),
    ]
    app.units.run(context, lambda tx: app.resources.put_all(tx, some, None, "bench"))
    with app.store.read() as connection:
        action = supposed(app.resources, connection, []).actions["payments.refund"]
    keeping = Keeping(replace(app.acting.keeping.ground, holder=lambda: "bench"))
    ends = app.runtime.clock.now() + dt.timedelta(days=1)

    def one(number: int) -> None:
        given = {
            "customer": f"c-{number % CUSTOMERS}",
            "amount": 500 + number * 7 % 12_000,
            "reason": "The screen is torn.",
        }
        arguments = forms.canonical(given)
        at = app.runtime.clock.now()
        caller = Caller("key-1", "bench", "support", "pilot", None, None, ends)
        case = Case(action=action, caller=caller, arguments=forms.read(arguments), at=at, whose="")
        unit = keeping.beginning(case, Wanted(action.name, arguments, at, "", run=f"run-{number % RUNS}"))
        keeping.ground.units.run(unit.context, unit.work)

    with ThreadPoolExecutor(THREADS) as pool:
        for _ in pool.map(one, range(count)):
            pass
    app.ledger.settle()


def replayed(app: App, *given: Declared) -> tuple[Replayed, float, float]:
    """A replay, its seconds, and those of the processor."""
    now = app.runtime.clock.now()
    span = Span(now - dt.timedelta(days=1), now)
    began, spent = perf_counter(), process_time()
    found = app.acting.replaying.replay(span, given)
    return found, perf_counter() - began, process_time() - spent


def main() -> int:
    """Fill a home, and replay."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--actions", type=int, default=100_000)
    parser.add_argument("--home", type=Path)
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = said.home or Path(folder) / "home"
        with open_home(Settings(home=home)) as (app, _):
            began = perf_counter()
            if said.home is None or not (home / "filled").exists():
                fill(app, said.actions)
                (home / "filled").write_text("yes")
            filled = perf_counter() - began
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            same, seconds, processor = replayed(app)
            lower, again, _ = replayed(app, declared(hold={"above": "30 EUR"}))
            after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({
        "actions": said.actions, "fillSeconds": round(filled, 1), "decisions": same.decisions,
        "differencesUnchanged": same.differences, "seconds": round(seconds, 2), "processorSeconds": round(processor, 2),
        "perSecond": round(same.decisions / seconds), "secondsChanged": round(again, 2),
        "differencesChanged": lower.differences, "memoryGrewMegabytes": round((after - before) / 1024, 1),
    }, indent=1))  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
