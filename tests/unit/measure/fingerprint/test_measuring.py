"""What is measured of a source on DuckDB: exact where it is said to be, and whole on input that is odd."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from roadworthy.foundation.errors import InvalidInput
from roadworthy.measure.fingerprint import drawing, histogram, relating
from roadworthy.measure.fingerprint.emit.base import TALLIED
from roadworthy.measure.fingerprint.emit.duckdb import DuckEmitter
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.measuring import measure
from roadworthy.measure.fingerprint.model import Column, Fingerprint, Form
from roadworthy.measure.fingerprint.relation import Field, Opened, Relation
from roadworthy.measure.fingerprint.sources.fields import fields_of
from roadworthy.measure.fingerprint.terms import Declared

NOW = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)


@pytest.fixture
def engine() -> Iterator[DuckEngine]:
    with DuckEngine(threads=2, memory="500MB") as made:
        yield made


def opened(engine: DuckEngine, sql: str) -> Opened:
    """A table of the engine, opened as a reader would."""
    source = engine.keep("source", sql)
    return Opened("source", "memory", Relation(source, tuple(fields_of(engine.describe(source))), "rowid"))


def measured(engine: DuckEngine, sql: str, declared: Declared = Declared()) -> Fingerprint:  # noqa: B008 - the default is a frozen value
    return measure(opened(engine, sql), engine, declared, now=NOW)


def only(found: Fingerprint, name: str = "x") -> Column:
    column = found.column(name)
    assert column is not None
    return column


def test_missing_not_a_number_and_infinite_are_told_apart(engine: DuckEngine) -> None:
    found = only(measured(engine, "SELECT unnest(['1.5', NULL, 'nan', 'inf', '-inf', '0', '-2']::DOUBLE[]) AS x"))

    assert (found.rows, found.missing, found.present) == (7, 1, 6)
    assert found.numbers is not None
    assert (found.numbers.not_a_number, found.numbers.infinite, found.numbers.whole) == (1, 2, 2)
    assert (found.numbers.least, found.numbers.greatest, found.numbers.total) == (-2.0, 1.5, -0.5)
    assert found.numbers.squares == pytest.approx(6.25)
    assert found.numbers.histogram.count == 3


def test_sums_beyond_double_precision_stay_finite(engine: DuckEngine) -> None:
    found = only(measured(engine, "SELECT unnest([1.7e308, 1.7e308, 1.7e308]::DOUBLE[]) AS x"))

    assert found.numbers is not None
    assert math.isfinite(found.numbers.total)
    assert math.isfinite(found.numbers.squares)


@pytest.mark.parametrize("longest", [TALLIED - 1, TALLIED, 5_000])
def test_lengths_are_counted_whether_they_are_tallied_or_not(engine: DuckEngine, longest: int) -> None:
    short = "SELECT CASE i % 3 WHEN 0 THEN 'é' || i WHEN 1 THEN '' END AS x FROM range(3000) t(i)"
    found = only(measured(engine, f"{short} UNION ALL SELECT repeat('é', {longest})")).texts

    assert found is not None
    assert (found.empty, found.beyond_ascii) == (1_000, 1_001)
    assert found.total_length == longest + sum(1 + len(str(number)) for number in range(0, 3_000, 3))
    assert found.lengths.count == 2_001


def test_empty_missing_and_placeholders_are_three_things(engine: DuckEngine) -> None:
    found = only(measured(engine, "SELECT unnest(['', NULL, 'N/A', ' n/a ', 'here', '-']) AS x"))

    assert found.missing == 1
    assert found.texts is not None
    assert (found.texts.empty, found.texts.padded) == (1, 1)
    assert found.looks is not None
    assert found.looks.placeholders == {" n/a ": 1, "-": 1, "N/A": 1}


def test_lengths_are_code_points(engine: DuckEngine) -> None:
    found = only(measured(engine, "SELECT unnest(['e\u0301', '\U0001f600', 'ß', 'abc']) AS x"))

    assert found.texts is not None
    assert found.texts.total_length == 7
    assert found.texts.beyond_ascii == 3
    assert found.looks is not None
    assert found.looks.decomposed == 1


def test_a_line_break_at_the_end_makes_a_number_none(engine: DuckEngine) -> None:
    found = only(measured(engine, "SELECT unnest(['12', '12' || chr(10), '007']) AS x"))

    assert found.looks is not None
    assert found.looks.parses["integer"] == 2
    assert found.looks.leading_zeros == 1


def test_masks_tell_shapes(engine: DuckEngine) -> None:
    found = only(measured(engine, "SELECT unnest(['AB-12', 'CD-999', 'Ünal', 'x']) AS x"))

    assert found.looks is not None
    assert found.looks.masks == {"A+-9+": 2, "Aa+": 1, "a": 1}


def test_damage_of_wrong_decoding_is_seen(engine: DuckEngine) -> None:
    damaged = ["José", "José".encode().decode("latin-1"), "José".encode().decode("cp1252"), "tab\there"]
    listed = ", ".join(f"'{value}'" for value in damaged)
    found = only(measured(engine, f"SELECT unnest([{listed}]) AS x"))

    assert found.looks is not None
    assert found.looks.damaged == 2


def test_days_before_1900_and_after_9999_are_counted(engine: DuckEngine) -> None:
    sql = "SELECT unnest(['0001-01-01', '1850-06-01', '9999-12-31', '20000-01-01', 'infinity', NULL]::DATE[]) AS x"
    found = only(measured(engine, sql))

    assert found.missing == 1
    assert found.moments is not None
    assert found.moments.least == dt.datetime(1, 1, 1, tzinfo=dt.UTC)
    assert found.moments.greatest.year == 9999
    assert sum(found.moments.days.values()) == 3
    assert found.moments.other_days == 1
    assert found.looks is not None
    assert found.looks.placeholders == {"0001-01-01": 1, "9999-12-31": 1}


def test_hours_and_weekdays_are_those_of_utc(engine: DuckEngine) -> None:
    sql = "SELECT unnest(['2026-01-05 00:00:00', '2026-01-05 23:59:59', '2026-01-11 12:00:00']::TIMESTAMP[]) AS x"
    moments = only(measured(engine, sql)).moments

    assert moments is not None
    assert moments.weekdays == (2, 0, 0, 0, 0, 0, 1)
    assert (moments.hours[0], moments.hours[23], moments.hours[12]) == (1, 1, 1)
    assert (moments.at_midnight, moments.future) == (1, 2)


def test_nothing_but_missing_values_has_no_form(engine: DuckEngine) -> None:
    found = only(measured(engine, "SELECT NULL::VARCHAR AS x FROM range(3)"))

    assert (found.form, found.missing, found.vocabulary) == (Form.EMPTY, 3, None)


def test_a_source_without_rows_is_measured(engine: DuckEngine) -> None:
    found = measured(engine, "SELECT 1 AS x, 'a' AS y, now() AS z, [1] AS w WHERE false", Declared(key=("x",)))

    assert found.rows == 0
    assert found.key is None
    assert [column.rows for column in found.columns] == [0] * len(found.columns)


def test_structs_become_paths_and_lists_their_lengths(engine: DuckEngine) -> None:
    found = measured(engine, "SELECT {'a': {'b': 7}} AS x, [1, 2] AS y, map {'k': 'v'} AS z FROM range(2)")

    names = {column.name: column.form for column in found.columns}
    assert names["x.a.b"] is Form.INTEGER
    assert names["y.count"] is Form.INTEGER
    assert names["x"] is Form.NESTED


def test_four_hundred_columns_and_a_cell_of_five_megabytes(engine: DuckEngine) -> None:
    columns = ["repeat('x', 5000000) AS big", *(f"i + {place} AS c{place}" for place in range(400))]
    found = measured(engine, f"SELECT {', '.join(columns)} FROM range(5) t(i)")

    assert len(found.columns) == 401
    big = only(found, "big")
    assert big.texts is not None
    assert big.texts.total_length == 25_000_000
    assert big.vocabulary is None


def test_a_large_source_is_measured_as_a_small_one(engine: DuckEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    sql = """SELECT i AS id, i % 7 AS few, (i * 7919) % 30011 AS many, (i % 997) / 10.0 AS part,
        'v' || (i * 31 % 20011) AS word, TIMESTAMP '2025-01-01' + to_minutes(i) AS at, i % 3 = 0 AS truth
        FROM range(60000) t(i)"""
    declared = Declared(key=("id",), event_time="at", taxonomy=("few",))
    small = measured(engine, sql, declared)
    monkeypatch.setattr(drawing, "WHOLE", 5_000)
    monkeypatch.setattr("roadworthy.measure.fingerprint.measuring.WHOLE", 5_000)
    monkeypatch.setattr(relating, "CLASS_ROWS", 10_000)
    large = measured(engine, sql, declared)

    assert large.sampling is not None
    assert 4_000 < large.sampling.rows < 6_000
    assert large.key == small.key
    for first, second in zip(small.columns, large.columns, strict=True):
        plain = dataclasses.replace(first, looks=None, distinct=None)
        assert plain == dataclasses.replace(second, looks=None, distinct=None)
        assert first.distinct is not None
        assert second.distinct is not None
        assert second.distinct.low <= first.distinct.value <= second.distinct.high


def test_the_same_rows_are_drawn_every_time(engine: DuckEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "WHOLE", 1_000)
    monkeypatch.setattr("roadworthy.measure.fingerprint.measuring.WHOLE", 1_000)
    sql = "SELECT i AS id, 'w' || (i % 5000) AS word, i % 3 AS few FROM range(20000) t(i)"

    assert measured(engine, sql) == measured(engine, sql)


def test_keys_copies_and_rows_sent_again(engine: DuckEngine) -> None:
    sql = """SELECT * FROM (VALUES
        (1, 'a', TIMESTAMP '2026-01-01 10:00:00'), (1, 'a', TIMESTAMP '2026-01-01 10:00:03'),
        (1, 'a', TIMESTAMP '2026-01-01 11:00:00'), (2, 'b', TIMESTAMP '2026-01-01 10:00:00'),
        (2, 'b', TIMESTAMP '2026-01-01 10:00:00'), (NULL, 'c', TIMESTAMP '2026-01-01 10:00:00')) t(k, v, moment)"""
    found = measured(engine, sql, Declared(key=("k",), event_time="moment"))

    assert found.key is not None
    assert (found.key.rows, found.key.distinct, found.key.missing, found.key.repeated_soon) == (6, 2, 1, 2)
    assert sorted(found.key.hashes.values()) == [2, 3]
    assert found.copies is not None
    assert (found.copies.count, found.copies.of) == (1, 6)


def test_whole_numbers_of_any_width_have_the_same_sketch(engine: DuckEngine) -> None:
    prints = []
    for kind in ("INTEGER", "BIGINT", "UBIGINT", "HUGEINT"):
        sql = f"SELECT i::{kind} AS id FROM range(1000) t(i)"
        found = measured(engine, sql, Declared(key=("id",)))
        assert found.key is not None
        prints.append(found.key.hashes)

    assert prints[0]
    assert all(each == prints[0] for each in prints)


def test_lags_are_signed_and_in_seconds(engine: DuckEngine) -> None:
    sql = """SELECT TIMESTAMP '2026-01-01' AS event, TIMESTAMP '2026-01-01' + to_seconds(s) AS ingest
        FROM (VALUES (-60), (0), (60), (3600)) t(s)"""
    found = measured(engine, sql, Declared(event_time="event", ingest_time="ingest")).arrival

    assert found is not None
    assert found.lags == histogram.of([(-60.0, 1), (0.0, 1), (60.0, 1), (3600.0, 1)])
    assert sum(found.loads.values()) == 4


def test_a_breakdown_has_every_column_within_each_value(engine: DuckEngine) -> None:
    sql = """SELECT i % 2 = 0 AS even, CASE WHEN i % 4 > 0 THEN i END AS x,
        TIMESTAMP '2026-01-01' + to_hours(i) AS at FROM range(48) t(i)"""
    found = measured(engine, sql, Declared(event_time="at", taxonomy=("even",))).breakdowns

    assert [each.by for each in found] == ["even"]
    cells = found[0].cells
    assert {value: cell.rows for value, cell in cells.items()} == {"false": 24, "true": 24}
    assert cells["true"].missing == {"x": 12}
    assert cells["false"].histograms["x"].count == 24
    assert sum(cells["true"].days.values()) == 24
    assert sum(cells["true"].hours[0::2]) == 24


def test_governed_values_are_counted_together(engine: DuckEngine) -> None:
    sql = "SELECT 'g' || i % 2 AS a, 'k' || i % 3 AS b FROM range(12) t(i)"
    found = measured(engine, sql, Declared(taxonomy=("a", "b"))).pairs

    assert found[0].columns == ("a", "b")
    assert found[0].counts == {(f"g{a}", f"k{b}"): 2 for a in range(2) for b in range(3)}


def test_what_progress_raises_ends_the_measuring(engine: DuckEngine) -> None:
    class Enough(Exception):
        """Somebody asked for an end."""

    class Stopping:
        def step(self, what: str, done: float, total: float) -> None:
            if done > total / 10:
                raise Enough(what)

    with pytest.raises(Enough):
        measure(opened(engine, "SELECT i AS x FROM range(10) t(i)"), engine, Declared(), now=NOW, progress=Stopping())


def test_an_engine_that_fails_says_what_it_named(engine: DuckEngine) -> None:
    source = engine.keep("source", "SELECT 'abc' AS x")
    field = Field("x", "CAST(x AS INTEGER)", "INTEGER", Form.INTEGER)

    with pytest.raises(InvalidInput, match="abc") as failed:
        measure(Opened("s", "memory", Relation(source, (field,), "rowid")), engine, Declared(), now=NOW)
    assert failed.value.code == "engine-refused-data"


def test_an_engine_leaves_nothing_behind(tmp_path: Path) -> None:
    with DuckEngine(folder=tmp_path) as engine:
        engine.keep("t", "SELECT 1 AS x")
        assert any(tmp_path.iterdir())

    assert list(tmp_path.iterdir()) == []


def test_rows_are_drawn_from_all_over_the_source(engine: DuckEngine) -> None:
    drawn = DuckEmitter().sampled("i", drawing.share_of(20_000_000))
    rows = engine.rows(
        "SELECT count(*), max(n), min(n), max(pairs) FROM ("
        "SELECT i // 1000000 AS part, count(*) AS n, count(*) FILTER (WHERE gap = 1) AS pairs FROM ("
        f"SELECT i, i - lag(i) OVER (ORDER BY i) AS gap FROM range(4000000) t(i) WHERE {drawn}) AS s GROUP BY 1) AS p"
    )
    parts, most, least, neighbours = rows[0]

    assert parts == 4
    assert 9_500 < least <= most < 10_500
    assert neighbours < 200
