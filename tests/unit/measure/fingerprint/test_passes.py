"""Sources of very many columns come to the same numbers as if they were measured at once."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from roadworthy.measure.fingerprint import passes
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.measuring import measure
from roadworthy.measure.fingerprint.model import Fingerprint
from roadworthy.measure.fingerprint.sources.opening import open_source
from roadworthy.measure.fingerprint.terms import Declared
from tests.harness.fingerprints import NOW


def _measured(path: Path) -> Fingerprint:
    with DuckEngine(threads=1) as engine:
        return measure(open_source(str(path), engine), engine, Declared(key=("c11",)), now=NOW)


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_columns_in_passes_are_those_measured_at_once(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Rows 0 to 9 stand twice; those of 10 to 19 differ from them in the last column only.
    columns = ", ".join(f"(range % 10) * {place} AS c{place}" for place in range(12))
    rows = f"SELECT {columns}, range < 10 OR range >= 20 AS last FROM range(30)"
    path = tmp_path / f"a.{ending}"
    duckdb.connect().execute(f"COPY ({rows}) TO '{path}'")
    whole = _measured(path)
    monkeypatch.setattr(passes, "WIDTH", 4)
    apart = _measured(path)
    assert apart.columns == whole.columns
    assert apart.key == whole.key
    assert whole.copies is not None
    assert apart.copies == whole.copies
    assert whole.copies.count == 10
