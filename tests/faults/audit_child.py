"""Audits a use case with a small and a large source, and says when the first is done; is killed by its test."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from roadworthy.app import App, open_home
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.resources.documents import Declared
from roadworthy.foundation.settings import Settings
from roadworthy.inventory.model import UseCase

SMALL, LARGE = 500, 150_000


def settings(folder: Path, database: str = "") -> Settings:
    """A home, and a folder of data beside it; its records in a PostgreSQL database where one is named."""
    return Settings(home=folder / "home", data_folder=folder / "data", database=database)


def actor(app: App) -> Context:
    """Who audits."""
    return app.identity.local_user("tester").context("cli")


def declare(app: App) -> None:
    """A use case with both sources; the small one comes first."""
    sources = [{"name": name, "pilot": "small.csv", "production": f"{name}.csv"} for name in ("small", "large")]
    spec = UseCase.model_validate({"title": "mail", "data": sources})
    declared = Declared("UseCase", "mail", {}, spec)
    app.units.run(actor(app), lambda tx: app.resources.put_all(tx, [declared], None, "test"))


def write(folder: Path) -> None:
    """The data."""
    (folder / "data").mkdir(parents=True)
    for name, count in (("small", SMALL), ("large", LARGE)):
        lines = (f"{number},{number % 7},text {number % 11}\n" for number in range(count))
        (folder / "data" / f"{name}.csv").write_text("id,group,note\n" + "".join(lines))


def main(folder: Path, database: str = "") -> None:
    """Print the run's id once its first source is kept, then go on."""
    with open_home(settings(folder, database)) as (app, _lock):
        declare(app)
        run = app.audits.start(actor(app), "mail")
        while not app.audits.results(run.id):
            time.sleep(0.01)
        print(run.id, flush=True)  # noqa: T201 - tells the test how far it is
        while app.audits.run(run.id).status.value == "running":
            time.sleep(0.01)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
