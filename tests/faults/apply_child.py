"""Applies a folder's worth of declarations over and over, each time with another purpose; is killed by its test."""

from __future__ import annotations

import sys
from pathlib import Path

from roadworthy.app import App, open_home
from roadworthy.foundation.resources.documents import Declared, declare
from roadworthy.foundation.settings import Settings
from roadworthy.inventory.kinds import USE_CASE

MANY = 300


def edition(app: App, number: int) -> list[Declared]:
    """Every declaration of one edition names it, so that a mixture would show."""
    kind = app.registry.get(USE_CASE)
    spec = {"purpose": f"edition {number}"}
    return [declare(kind, f"case-{n:04}", {"title": f"Case {n}", **spec}) for n in range(MANY)]


def main(home: Path) -> None:
    """Print `start N` before and `done N` after each apply."""
    with open_home(Settings(home=home)) as (app, _lock):
        context = app.identity.local_user("tester").context("cli")
        for number in range(1_000):
            print(f"start {number}", flush=True)  # noqa: T201 - tells the test how far it is
            app.resources.apply(context, app.resources.plan(edition(app, number)))
            print(f"done {number}", flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    main(Path(sys.argv[1]))
