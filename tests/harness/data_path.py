"""A use case whose data path can be audited: claims of one line of business in the pilot, of three in production."""

from __future__ import annotations

import csv
import datetime as dt
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING

from roadworthy.foundation.errors import Place
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.resources.documents import Declared
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import DataColumns, DataSource, Owners, UseCase
from roadworthy.measure.data_audit.runs import Run, RunStatus

if TYPE_CHECKING:
    from roadworthy.app import App

NAME = "claims-triage"
TITLE = "Claims triage"
_FIRST = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)
_LONGEST_WAIT = 120.0


def write(folder: Path) -> tuple[Path, Path]:
    """The two sides as files: amounts in euro and in cent, one line and three, half an hour late and half a day."""
    draws = random.Random(7)
    folder.mkdir(parents=True, exist_ok=True)
    pilot, production = folder / "pilot.csv", folder / "production.csv"
    _write(pilot, draws, 600, ("motor",), scale=1, late=1_800, lacking=0)
    _write(production, draws, 6_000, ("motor", "motor", "home", "travel"), scale=100, late=43_200, lacking=4)
    return pilot, production


def _write(
    path: Path, draws: random.Random, rows: int, lines: tuple[str, ...], *, scale: int, late: int, lacking: int
) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(("claim_id", "opened_at", "received_at", "line", "amount", "note"))
        for number in range(rows):
            opened = _FIRST + dt.timedelta(minutes=20 * number * 600 // rows, seconds=draws.randrange(60))
            received = opened + dt.timedelta(seconds=draws.randrange(60, late))
            amount = "" if lacking and number % lacking == 0 else round(draws.lognormvariate(6, 0.6) * scale, 2)
            line = draws.choice(lines)
            out.writerow(
                (
                    f"C{number:07d}",
                    f"{opened:%Y-%m-%d %H:%M:%S}",
                    f"{received:%Y-%m-%d %H:%M:%S}",
                    line,
                    amount,
                    f"{line} claim",
                )
            )


def register(app: App, folder: Path, name: str = NAME) -> None:
    """The use case with three sources: one to audit, one without production, one that nobody can read."""
    pilot, production = write(folder)
    claims = DataSource(
        name="claims",
        pilot=str(pilot),
        production=str(production),
        refresh="1h",
        steward="omar@halden.example",
        columns=DataColumns(
            key=("claim_id",),
            event_time="opened_at",
            ingest_time="received_at",
            decision_time="1h",
            taxonomy=("line",),
        ),
    )
    spec = UseCase(
        title=TITLE,
        owners=Owners(product="dana@halden.example"),
        data=(
            claims,
            DataSource(name="policies", pilot=str(pilot)),
            DataSource(name="partners", pilot=str(pilot), production=str(folder / "gone.parquet")),
        ),
    )
    declared = Declared(USE_CASE, name, {}, spec, Place(source="test"))
    app.resources.apply(_context(), app.resources.plan([declared]), source="test")


def _context() -> Context:
    return Context(Actor(ActorKind.SYSTEM, "test", "test", "none"))


def audited(app: App, name: str = NAME) -> Run:
    """Audit it, and wait for the end."""
    return finished(app, app.audits.start(_context(), name))


def finished(app: App, run: Run) -> Run:
    """The run once it has ended."""
    until = time.monotonic() + _LONGEST_WAIT
    while (found := app.audits.run(run.id)).status is RunStatus.RUNNING:
        assert time.monotonic() < until, found
        time.sleep(0.05)
    return found
