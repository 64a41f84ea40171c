"""Text is read to the same values on DuckDB and Spark; where it is not, the difference stands here."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import duckdb

from roadworthy.measure.fingerprint.emit.spark import SparkEmitter
from roadworthy.measure.fingerprint.model import Form
from roadworthy.measure.fingerprint.sources import duckdb_casts, spark_casts
from roadworthy.measure.fingerprint.sources.forms import Reading

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NUMBERS = (
    "1.5", "2.5", "-2.5", "1e3", "+5", " 7 ", "\t7", "1d", "1.5f", "2F", "NaN", "inf", "-inf", "Infinity", ".5", "5.",
    "1e400", "1e-400", "\u0661\u0662", "1,5", "1,234.5", "1.234,5", "", "-", "9223372036854775808",
    "-0", "99999999999999999999",
)  # fmt: skip
MOMENTS = (
    "2024", "2024-02", "2024-2-3", "10:00", "2024-01-01 24:00:00", "2024-01-01T00:00:00Z", "2024-06-15 12:00:00+02:00",
    "2024-06-15 12:00:00.123456789", "2024-06-15 12:00:60", "2024-02-30", "0001-01-01", "9999-12-31", "today",
    "1582-10-10", "2024-06-15T12:00", "2024-06-15 1:02:03", "20240615", "1900-02-29", "1900-01-01", "1700000000",
    "1883-11-18 12:00:00", "2024-03-10 02:30:00",
)  # fmt: skip
WRITTEN = (
    "1/2/1985", "1/2/2024", "13/13/2024", "29/02/2023", "1/2/2024 1:05 PM", "1/2/2024 12:00 am", "3 Feb 2024",
    "3-Feb-2024", "Feb 3, 2024", "3 February 2024", "20240229", "20230229", "202402291230", "20240229123059",
    "28.02.2024 7:05", "28.2.2024", "2024/2/3", "15/10/1582", "1/1/0001",
)  # fmt: skip
SHORT = ("1/2/85", "01/02/69", "31/12/68", "29/02/24", "29/02/23", "1/2/85 10:30", "28.02.24")
DATES = ("%d/%m/%Y", "%m/%d/%Y", "%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%d %B %Y", "%Y%m%d", "%d.%m.%Y", "%Y/%m/%d")
CLOCKS = ("%d/%m/%Y %I:%M %p", "%Y%m%d%H%M", "%Y%m%d%H%M%S", "%d.%m.%Y %H:%M")
CASES: tuple[tuple[Reading, tuple[str, ...]], ...] = (
    (Reading(Form.INTEGER, "integer"), NUMBERS),
    *((Reading(Form.DECIMAL, way), NUMBERS) for way in ("decimal", "thousands", "comma")),
    (Reading(Form.BOOLEAN, "boolean"), ("t", "F", "TRUE ", " false", "yes", "1", "")),
    *(
        (Reading(Form.TIMESTAMP, way), (*NUMBERS, *MOMENTS, "9223372036854775807"))
        for way in ("seconds", "milliseconds")
    ),
    (Reading(Form.DATE, "dates", ("iso",)), MOMENTS),
    *(
        (Reading(Form.TIMESTAMP, "dates", names), MOMENTS)
        for names in (("iso-time",), ("iso-zoned", "iso-time"), ("seconds", "iso-zoned"), ("milliseconds", "iso-time"))
    ),
    *((Reading(Form.DATE, "dates", (name,)), WRITTEN) for name in DATES),
    *((Reading(Form.TIMESTAMP, "dates", (name,)), WRITTEN) for name in CLOCKS),
    *((Reading(Form.DATE, "dates", (name,)), SHORT) for name in ("%d/%m/%y", "%m/%d/%y", "%d.%m.%y")),
    (Reading(Form.TIMESTAMP, "dates", ("%d/%m/%y %H:%M",)), SHORT),
)
WHOLE, DAY = Reading(Form.INTEGER, "integer"), Reading(Form.DATE, "dates", ("%d/%m/%Y",))
APART: tuple[tuple[str, Reading, object, object], ...] = (
    ("1_000", WHOLE, 1000, None),
    ("0x1F", WHOLE, 31, None),
    ("1/2/85", DAY, -688_450, None),
    ("epoch", Reading(Form.DATE, "dates", ("iso",)), 0, None),
    ("2024-06-15 12:00:00 +02", Reading(Form.TIMESTAMP, "dates", ("iso-zoned",)), None, 1_718_445_600_000_000),
)
"""What DuckDB reads and what Spark reads, where they differ."""
SCALES = {Form.DATE: ("({} - DATE '1970-01-01')", "unix_date({})"), Form.TIMESTAMP: ("epoch_us({})", "unix_micros({})")}


def on_duckdb(reading: Reading, texts: tuple[str, ...]) -> list[object]:
    expression = SCALES.get(reading.form, ("{}", "{}"))[0].format(duckdb_casts.value_of("v", reading))
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        rows = connection.execute(f"SELECT {expression} FROM (SELECT unnest(?::VARCHAR[]) AS v)", [list(texts)])
        return [row[0] for row in rows.fetchall()]


def on_spark(cases: tuple[tuple[Reading, tuple[str, ...]], ...], session: SparkSession) -> list[list[object]]:
    """All cases in one statement."""
    from roadworthy.measure.fingerprint.engines.spark import SparkEngine

    engine, literal = SparkEngine(session), SparkEmitter().literal
    try:
        selects = []
        for case, (reading, texts) in enumerate(cases):
            expression = SCALES.get(reading.form, ("{}", "{}"))[1].format(spark_casts.value_of("v", reading))
            values = ", ".join(f"({place}, {literal(text)})" for place, text in enumerate(texts))
            rows = f"(SELECT * FROM VALUES {values} AS t (place, v))"
            selects.append(f"SELECT {case} AS c, place, CAST({expression} AS STRING) AS x FROM {rows}")
        found: dict[tuple[int, int], object] = {
            (case, place): text for case, place, text in engine.rows(" UNION ALL ".join(selects))
        }
    finally:
        engine.close()
    return [[found[case, place] for place in range(len(texts))] for case, (_, texts) in enumerate(cases)]


def plain(value: object, form: Form) -> object:
    """A value of either engine, or its text, in one notation."""
    if value is None:
        return None
    if isinstance(value, dt.timedelta):
        return value.days
    text = str(value).lower()
    if form is Form.BOOLEAN:
        return text
    return repr(float(text)) if form is Form.DECIMAL else int(text)


def test_text_is_read_alike(spark: SparkSession) -> None:
    there = on_spark(CASES, spark)

    for (reading, texts), spark_values in zip(CASES, there, strict=True):
        here = on_duckdb(reading, texts)
        assert [(text, plain(value, reading.form)) for text, value in zip(texts, here, strict=True)] == [
            (text, plain(value, reading.form)) for text, value in zip(texts, spark_values, strict=True)
        ], reading


def test_what_is_read_apart_is_known(spark: SparkSession) -> None:
    there = on_spark(tuple((reading, (text,)) for text, reading, _, _ in APART), spark)

    assert [
        (text, plain(on_duckdb(reading, (text,))[0], reading.form), plain(found[0], reading.form))
        for (text, reading, _, _), found in zip(APART, there, strict=True)
    ] == [(text, here, spark_value) for text, _, here, spark_value in APART]
