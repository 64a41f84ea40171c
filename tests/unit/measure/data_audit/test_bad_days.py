"""Sources that break while they are audited: told with the part and what to do, the rest compared, the audit marked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pyarrow.parquet
import pytest

from roadworthy.foundation.errors import InvalidInput
from roadworthy.measure.data_audit.auditing import audit
from roadworthy.measure.data_audit.model import Audit, Context, Gap, Verdict
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.measuring import measure
from roadworthy.measure.fingerprint.progress import Quiet
from roadworthy.measure.fingerprint.sources.opening import open_source
from roadworthy.measure.fingerprint.terms import UNDECLARED
from tests.harness.fingerprints import NOW

Then = Callable[[], object]


@pytest.fixture
def engine() -> Iterator[DuckEngine]:
    with DuckEngine(threads=2) as one:
        yield one


def _parquet(path: Path, rows: int = 1_000, seed: int = 1) -> Path:
    path.parent.mkdir(exist_ok=True, parents=True)
    columns = f"range AS id, ['north', 'south'][1 + (range * {seed} * 7919) % 2] AS region, range % 97 + 0.5 AS amount"
    duckdb.connect().execute(
        f"COPY (SELECT {columns} FROM range({rows})) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 2048)"
    )
    return path


def _tear(path: Path, group: int, column: int) -> None:
    """Turn the bits of one page over; the footer stays as it is."""
    there = pyarrow.parquet.ParquetFile(path).metadata.row_group(group).column(column)
    begin = there.dictionary_page_offset if there.has_dictionary_page else there.data_page_offset
    content = bytearray(path.read_bytes())
    for place in range(begin, begin + there.total_compressed_size):
        content[place] ^= 0x5A
    path.write_bytes(bytes(content))


class _Meanwhile:
    """Lets something happen to a source at one step of its audit."""

    def __init__(self, at: str, then: Then) -> None:
        self._at = at
        self._then: Then | None = then

    def step(self, what: str, done: float, total: float) -> None:
        """The step that is waited for, once."""
        assert done <= total
        if self._at in what and self._then is not None:
            then, self._then = self._then, None
            then()


def _audit(pilot: Path, production: Path, engine: DuckEngine, meanwhile: _Meanwhile | None = None) -> Audit:
    before, after = (open_source(str(path), engine) for path in (pilot, production))
    return audit(before, after, engine, context=Context("orders"), now=NOW, progress=meanwhile or Quiet())


def _unreadable(found: Audit) -> Gap:
    return next(gap for gap in found.gaps if gap.rule == "source-unreadable")


# ---------------------------------------------------------------- pages that do not hold what the footer promises


def test_of_a_torn_file_the_row_group_is_named_and_the_others_are_compared(engine: DuckEngine, tmp_path: Path) -> None:
    pilot, torn = _parquet(tmp_path / "pilot.parquet"), _parquet(tmp_path / "orders.parquet", 8_192)
    _tear(torn, group=2, column=2)
    found = _audit(pilot, torn, engine)
    assert found.production.rows == 3 * 2_048
    assert _unreadable(found).verdict is Verdict.GAP
    for text in (_unreadable(found).finding, found.partial or ""):
        assert "row group 3 of 4 (2,048 rows from row 4,097 on) cannot be read" in text
        assert "`amount`" in text
        assert "`orders.parquet`" in text


def test_a_torn_file_among_hundreds_costs_only_what_is_torn(engine: DuckEngine, tmp_path: Path) -> None:
    pilot, folder = _parquet(tmp_path / "pilot.parquet"), tmp_path / "orders"
    whole = _parquet(folder / "p000.parquet", 50).read_bytes()
    for number in range(1, 200):
        (folder / f"p{number:03}.parquet").write_bytes(whole)
    _tear(_parquet(folder / "p077.parquet", 8_192), group=0, column=1)
    _tear(_parquet(folder / "p078.parquet", 100), group=0, column=2)
    found = _audit(pilot, folder, engine)
    assert found.production.rows == 198 * 50 + 3 * 2_048
    assert [part.name for part in found.production.parts if part.lost] == ["p077.parquet"]
    assert [part.name for part in found.production.faults] == ["p078.parquet"]
    assert "`p077.parquet`" in _unreadable(found).finding
    assert "`p078.parquet`" in _unreadable(found).finding
    assert found.partial is not None


def test_a_file_of_which_nothing_can_be_read_is_an_error_with_its_name(engine: DuckEngine, tmp_path: Path) -> None:
    torn = _parquet(tmp_path / "orders.parquet", 100)
    _tear(torn, group=0, column=0)
    opened = open_source(str(torn), engine)
    with pytest.raises(InvalidInput) as refused:
        measure(opened, engine, UNDECLARED, now=NOW)
    assert refused.value.code == "source-unreadable"
    assert refused.value.place.source == "orders.parquet"
    assert "`id`" in refused.value.message
    assert refused.value.remedy


# ---------------------------------------------------------------- what is not the same any more


@pytest.mark.parametrize("at", ["sample", "all columns", "laying the two sides"])
def test_a_file_that_is_written_anew_during_the_run_is_a_finding(at: str, engine: DuckEngine, tmp_path: Path) -> None:
    pilot, folder = _parquet(tmp_path / "pilot.parquet"), tmp_path / "orders"
    _parquet(folder / "a.parquet")
    second = _parquet(folder / "b.parquet", 500)
    found = _audit(pilot, folder, engine, _Meanwhile(at, lambda: _parquet(second, 700, seed=3)))
    assert "production changed while it was read: b.parquet" in (found.partial or "")
    assert "1 of 2 parts of production changed or went away" in _unreadable(found).finding
    assert found.live.changed == {"production": ("b.parquet",)}


@pytest.mark.parametrize("at", ["sample", "laying the two sides"])
def test_a_file_that_goes_away_during_the_run_leaves_the_others(at: str, engine: DuckEngine, tmp_path: Path) -> None:
    pilot, folder = _parquet(tmp_path / "pilot.parquet"), tmp_path / "orders"
    _parquet(folder / "a.parquet")
    second = _parquet(folder / "b.parquet", 500)
    found = _audit(pilot, folder, engine, _Meanwhile(at, second.unlink))
    assert "b.parquet" in (found.partial or "")
    assert "`b.parquet`" in _unreadable(found).finding
    assert found.production.rows >= 1_000


def test_a_pilot_that_changes_is_told_too(engine: DuckEngine, tmp_path: Path) -> None:
    pilot, production = _parquet(tmp_path / "pilot.parquet"), _parquet(tmp_path / "orders.parquet", 2_000)
    text = tmp_path / "pilot.csv"
    duckdb.connect().execute(f"COPY (FROM '{pilot}') TO '{text}'")
    found = _audit(text, production, engine, _Meanwhile("pilot: all columns", lambda: text.write_text("id\n1\n")))
    assert "pilot changed while it was read: pilot.csv" in (found.partial or "")
    assert _unreadable(found).verdict is Verdict.UNKNOWN


def test_what_stays_as_it_is_is_whole(engine: DuckEngine, tmp_path: Path) -> None:
    pilot, production = _parquet(tmp_path / "pilot.parquet"), _parquet(tmp_path / "orders.parquet", 2_000)
    found = _audit(pilot, production, engine)
    assert found.partial is None
    assert found.live.changed == {}
    assert [gap for gap in found.gaps if gap.rule == "source-unreadable"] == []
