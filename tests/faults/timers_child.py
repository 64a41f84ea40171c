"""Handles timers by the hundred until it is killed by its test."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from roadworthy.app import App, open_home
from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.workflow.model import Timer

MANY = 3_000
KIND = "test.bell"


def attach(app: App) -> None:
    """Handle the kind: an entry per timer."""

    def ring(tx: Transaction, timers: Sequence[Timer]) -> None:
        for timer in timers:
            tx.record(Draft("bell.rung", f"Bell/{timer.key}"))
        print("batch", flush=True)  # noqa: T201 - tells the test that a unit is in the middle

    app.timers.on(KIND, ring, most=100)


def main(home: Path) -> None:
    """Set the timers, then handle them; prints `batch` inside each unit."""
    with open_home(Settings(home=home)) as (app, _lock):
        context = app.identity.local_user("tester").context("cli")

        def work(tx: Transaction) -> None:
            for number in range(MANY):
                app.timers.set(tx, KIND, f"{number:05}", tx.now)

        app.units.run(context, work)
        attach(app)
        app.timers.tick()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
