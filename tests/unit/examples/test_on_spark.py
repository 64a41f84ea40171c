"""The worked pilots, audited on Spark: the same planted gaps as inside this process, all of them and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from examples.auditing import Opening, audited, outcome
from examples.command import SEED
from roadworthy.measure.data_audit.model import Audit
from roadworthy.measure.fingerprint.relation import Engine, Opened
from tests.unit.examples.test_auditing import SCALED

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def inside(session: SparkSession) -> Opening:
    """Each source in an engine of its own over the one session."""
    from roadworthy.measure.fingerprint.engines.spark import SparkEngine
    from roadworthy.measure.fingerprint.sources.on_spark import open_on_spark

    @contextmanager
    def opening() -> Iterator[tuple[Engine, Callable[[str], Opened]]]:
        engine = SparkEngine(session)
        try:
            yield engine, lambda location: open_on_spark(location, engine)
        finally:
            engine.close()

    return opening


def gaps(of: Audit) -> list[tuple[str, str | None]]:
    """Without what nobody can tell: of many documents each engine looks at others, so a share may cross a bound."""
    return [(gap.rule, gap.column) for gap in of.gaps if gap.verdict == "gap"]


def the_same_on_both(name: str, folder: Path, session: SparkSession) -> None:
    generate, land, scale = SCALED[name]
    generate(folder, SEED, scale)
    land(folder)
    package = f"examples.{name}"

    here, there = audited(package, folder), audited(package, folder, inside(session))

    result = outcome(package, there)
    assert result.missed == {}
    assert result.unplanted == ()
    assert {source: gaps(each) for source, each in here.items()} == {
        source: gaps(each) for source, each in there.items()
    }


@pytest.mark.campaign
@pytest.mark.parametrize("name", sorted(SCALED))
def test_all_that_was_planted_is_shown_and_nothing_else(name: str, tmp_path: Path, spark: SparkSession) -> None:
    the_same_on_both(name, tmp_path, spark)
