"""Imports a generated file into the database it is given, over and over with other titles; is killed by its test."""

from __future__ import annotations

import sys
from pathlib import Path

from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.sqlite import SqliteStore
from tests.unit.inventory.importing.build import csv_of
from tests.unit.inventory.importing.desk import PERSON, desk_on

ROWS = 400


def content(edition: int) -> bytes:
    """Every row of one edition names it, so that a mixture would show."""
    header = ["Use Case ID", "Title", "Purpose", "Has ATO"]
    rows = [[f"AB-{n:04}", f"Use case {n}", f"edition {edition}", "Yes" if edition % 2 else "No"] for n in range(ROWS)]
    return csv_of([header, *rows])


def main(path: Path) -> None:
    """Print `start N` before and `done N` after each import."""
    store = SqliteStore(path, Runtime())
    imports = desk_on(store, Runtime()).imports
    for edition in range(1_000):
        print(f"start {edition}", flush=True)  # noqa: T201 - tells the test how far it is
        imports.run(PERSON, "file.csv", content(edition))
        print(f"done {edition}", flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    main(Path(sys.argv[1]))
