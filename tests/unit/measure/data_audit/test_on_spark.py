"""The same audit on Spark: every check and every gap of DuckDB, on data with a fault for each pass over the rows."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from roadworthy.measure.data_audit.auditing import audit
from roadworthy.measure.data_audit.model import Audit, Context
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.relation import Engine, Opened
from roadworthy.measure.fingerprint.sources.opening import open_source
from roadworthy.measure.fingerprint.terms import Declared

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
DECLARED = Declared(
    key=("id",),
    event_time="made at",
    ingest_time="landed",
    label="good",
    taxonomy=("branch's",),
    filters=("amount > 0 AND \"branch's\" <> 'O''Neill\\Sons'", "nosuch = 1"),
)
BRANCHES = ("O'Neill\\Sons", "Müller & Co", "north", "south")


def rows(count: int, *, seed: int, hard: bool) -> Iterator[dict[str, object]]:
    """Payments; the hard ones have what the pilot did not."""
    draw = random.Random(seed)
    for number in range(count):
        made = dt.datetime(2026, 1, 1, 8, tzinfo=dt.UTC) + dt.timedelta(minutes=37 * number % 80_000)
        branch = draw.choice((*BRANCHES, "west `quoted`") if hard else BRANCHES)
        amount = draw.lognormvariate(3, 0.4) * (100 if hard and branch == "south" else 1)
        good = amount > 20
        yield {
            "id": (number if hard else number * 3) // (2 if hard and number < 60 else 1),
            "made at": f"{made:%Y-%m-%d %H:%M:%S}",
            "landed": f"{made + dt.timedelta(hours=30 if hard and number % 5 == 0 else 1):%Y-%m-%d %H:%M:%S}",
            "branch's": branch,
            "amount": "" if hard and number % 4 == 0 else f"{amount:.2f}",
            "code": f"{draw.randrange(10**6):06d}" if not hard or number % 3 else f"X-{number}",
            "hint": f"{good}".lower(),
            "good": f"{good}".lower(),
        }


def written(path: Path, count: int, *, seed: int, hard: bool) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = list(rows(count, seed=seed, hard=hard))
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)
    return str(path)


def compared(engine: Engine, pilot: Opened, production: Opened) -> Audit:
    try:
        return audit(
            pilot,
            production,
            engine,
            context=Context("payments"),
            now=NOW,
            declared=DECLARED,
            policy=Policy.shipped(),
        )
    finally:
        pilot.close()
        production.close()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> tuple[Audit, Audit]:
    from roadworthy.measure.fingerprint.engines.spark import SparkEngine
    from roadworthy.measure.fingerprint.sources.on_spark import open_on_spark

    folder = tmp_path_factory.mktemp("payments")
    pilot = written(folder / "pilot.csv", 400, seed=1, hard=False)
    production = written(folder / "production.csv", 1_200, seed=2, hard=True)
    with DuckEngine(threads=1) as duck:
        here = compared(duck, open_source(pilot, duck), open_source(production, duck))
    engine = SparkEngine(spark)
    try:
        there = compared(engine, open_on_spark(pilot, engine), open_on_spark(production, engine))
    finally:
        engine.close()
    return here, there


def said(of: Audit) -> set[tuple[str, str, str]]:
    """Rule, column and verdict of every check, matches too."""
    return {(check.rule, check.column or "", str(check.verdict)) for check in of.checks}


def test_every_check_says_the_same(both: tuple[Audit, Audit]) -> None:
    here, there = both

    assert said(here) == said(there)
    assert len({rule for rule, _, verdict in said(here) if verdict == "gap"}) >= 5


def test_every_gap_is_the_same_in_the_same_order(both: tuple[Audit, Audit]) -> None:
    here, there = both

    assert [(gap.rule, gap.column, gap.verdict) for gap in here.gaps] == [
        (gap.rule, gap.column, gap.verdict) for gap in there.gaps
    ]


def test_what_is_looked_at_on_rows_is_the_same(both: tuple[Audit, Audit]) -> None:
    here, there = both

    assert here.headline == there.headline
    # How well a column alone tells the label is learnt on half of the rows, and the engines halve them differently.
    assert dataclasses.replace(here.live, single_column={}) == dataclasses.replace(there.live, single_column={})
    assert there.live.single_column == pytest.approx(here.live.single_column, abs=0.1)
    assert [step.fault is None for step in there.live.attrition] == [True, False]
    assert there.live.single_column
    assert there.live.unproven is not None
    assert there.live.unproven.value
