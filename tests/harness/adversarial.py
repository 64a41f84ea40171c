"""A file on which engines are known to disagree, and the rows of which a fingerprint must not depend on the engine."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

ROWS = 600
"""A few hundred: more would only take longer."""

TEXTS = (
    "plain", "", " padded ", "\tpadded", "hard\N{NO-BREAK SPACE}", "\N{NO-BREAK SPACE}hard", "12\n", "12", "007", "0",
    "stra\u00dfe", "STRASSE", "e\u0301te\u0301", "\u00e9t\u00e9", "\U0001f600", "a\U0001f600b", "\u0661\u0662\u0663",
    "\u00c3\u00a9t\u00c3\u00a9", "\ufffd", "\ufeffmark", "n/a", "N/A ", "NULL", "-", "2024-02-30", "2024-02-28",
    "28.02.2024", "1,234.5", "1.234,5", "TRUE", "<b>bold</b>", "&amp;", "back\\slash", "quo'te", 'quo"te', "per%cent",
    "nul\x01inside", "jane.doe@example.org", "4111 1111 1111 1111", "\u01c5", "\u0130stanbul", "a" * 300,
    "12\r\n", "\r", "12\u2028", "a\x85b", " ", "\u3000wide\u3000", "zero\u200bwidth", "\u202eturned", "nul\x00inside",
    "\uff11\uff12", "\u1e9e", "\ufb01ne", "\u0131", "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2", "\U00010400",
    "\U0001d400\U0001d41a", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f1e9\U0001f1ea",
    "\u1112\u1161\u11ab", "a\u0334\u0321\u0337", "\U0010ffff",
    "1e5", "+7", "-0", "-0.0", "Infinity", "1d", "0x1F", "1_000", "12:30", "2024-02-29", "1900-02-29", "1582-10-10",
    "DE89370400440532013000", "\\u0041", "\\", "${x}", "%s", "{0}", "'", "''", "`", "--", "/* no */", ";",
)  # fmt: skip
NUMBERS: tuple[float | None, ...] = (
    None, math.nan, math.inf, -math.inf, 0.0, -0.0, 1.0, -1.0, 1.5, -2.5, 1e-300, -1e-300, 5e-324, 1e300, -1e300,
    1.7976931348623157e308, 0.1, 1 / 3, math.e, 100.0, 9999.0, -1e15, 2.0**53, 12345.678,
)  # fmt: skip
MOMENTS: tuple[dt.datetime | None, ...] = (
    None,
    dt.datetime(1970, 1, 1, tzinfo=dt.UTC),
    dt.datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC),
    dt.datetime(1899, 12, 31, 12, 30, tzinfo=dt.UTC),
    dt.datetime(1582, 10, 10, 5, tzinfo=dt.UTC),
    dt.datetime(1, 1, 1, tzinfo=dt.UTC),
    dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC),
    dt.datetime(2024, 3, 10, 2, 30, tzinfo=dt.UTC),
    dt.datetime(2024, 11, 3, 1, 30, tzinfo=dt.UTC),
    dt.datetime(2026, 1, 5, tzinfo=dt.UTC),
    dt.datetime(2024, 2, 29, 23, 59, 59, 999_999, tzinfo=dt.UTC),
    dt.datetime(2000, 2, 29, tzinfo=dt.UTC),
    dt.datetime(1900, 3, 1, tzinfo=dt.UTC),
    dt.datetime(1883, 11, 18, 17, 0, 1, tzinfo=dt.UTC),
    dt.datetime(1582, 10, 4, 23, 59, 59, tzinfo=dt.UTC),
    dt.datetime(1582, 10, 15, tzinfo=dt.UTC),
    dt.datetime(4, 2, 29, tzinfo=dt.UTC),
)
FAR = (None, -1_000_000, -719_529, -719_528, 2_932_896, 2_932_897, 6_000_000, 0)
"""Days since 1970 beyond both ends of a calendar of four-digit years."""


def table(rows: int = ROWS) -> pa.Table:
    """The rows, in columns named for what is hard about them."""

    def cycle(values: tuple[Any, ...], step: int = 1) -> list[Any]:
        return [values[(place * step) % len(values)] for place in range(rows)]

    whole = (None, 0, 1, -1, 2**31 - 1, -(2**31), 7, 9999)
    long = (None, 0, -1, 2**63 - 1, -(2**63), 2**53 + 1, 3, 48271)
    unsigned = (None, 0, 2**64 - 1, 2**63, 5, 1)
    decimals = (None, Decimal("0.00"), Decimal("-99999999999999999999.99"), Decimal("1.10"), Decimal("-1.00"))
    huge = (None, Decimal(10**38 - 1), Decimal(1 - 10**38), Decimal(2**64), Decimal(0))
    fine = (None, Decimal("1e-18"), Decimal("-0.3"), Decimal("123456789.5"))
    days = tuple(None if moment is None else moment.date() for moment in MOMENTS)
    base = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
    zone = pa.timestamp("us", tz="UTC")
    events = [base + dt.timedelta(minutes=7 * place) for place in range(rows)]
    ingests = [event + dt.timedelta(seconds=place % 90 - 5) for place, event in enumerate(events)]
    return pa.table({
        "id": pa.array(range(-5, rows - 5), pa.int64()),
        "code": pa.array([f"K{place % 550:04d}" for place in range(rows)]),
        "text": pa.array(cycle((*TEXTS, None))),
        "empty": pa.array([None] * rows, pa.string()),
        "float": pa.array(cycle(NUMBERS), pa.float64()),
        "small": pa.array(cycle((None, math.nan, 1.5, -0.25)), pa.float32()),
        "whole": pa.array(cycle(whole), pa.int32()),
        "tiny": pa.array(cycle((None, -128, 127, 0)), pa.int8()),
        "long": pa.array(cycle(long), pa.int64()),
        "unsigned": pa.array(cycle(unsigned), pa.uint64()),
        "decimal": pa.array(cycle(decimals), pa.decimal128(22, 2)),
        "huge": pa.array(cycle(huge), pa.decimal128(38)),
        "fine": pa.array(cycle(fine), pa.decimal128(38, 18)),
        "byte": pa.array(cycle((None, 0, 255, 128)), pa.uint8()),
        "overflowing": pa.array(cycle((1.7e308, 1.7e308, -1.7e308, None, 1.7e308)), pa.float64()),
        "zeros": pa.array(cycle((0.0, -0.0, None)), pa.float64()),
        "nothing": pa.array(cycle((math.nan, None)), pa.float64()),
        "bytes": pa.array(cycle((b"", b"\x00\xff", None, b"text")), pa.binary()),
        "far": pa.array(cycle(FAR), pa.date32()),
        "milli": pa.array(cycle(MOMENTS), zone).cast(pa.timestamp("ms"), safe=False),
        "truth": pa.array(cycle((True, False, None))),
        "day": pa.array(cycle(days), pa.date32()),
        "naive": pa.array(cycle(MOMENTS), zone).cast(pa.timestamp("us")),
        "instant": pa.array(cycle(MOMENTS), zone),
        "event": pa.array(events, zone),
        "ingest": pa.array(ingests, zone),
        "group": pa.array(cycle(("a", "b", "ß", "c'd", None))),
        "kind": pa.array(cycle(("x", "y"), 3)),
        "nested": pa.array([{"zip": f"{place % 7:05d}", "geo": {"lat": place / 7}} for place in range(rows)]),
        "list": pa.array(cycle((["a"], [], None, ["b", "c"]))),
        "lines": pa.array(cycle(([{"sku": "x", "n": 1}], [], None, [{"sku": None, "n": -2}, {"sku": "y", "n": None}]))),
        "pairs": pa.array(cycle(([("a", 1)], [], None, [("b", None)])), pa.map_(pa.string(), pa.int32())),
    })  # fmt: skip


def write(path: Path, rows: int = ROWS, columns: Sequence[str] = ()) -> Path:
    """The rows as one Parquet file; with all columns, or with those that are named."""
    whole = table(rows)
    parquet.write_table(whole.select(list(columns)) if columns else whole, path)
    return path


def write_nanoseconds(path: Path) -> Path:
    """A file with moments to the nanosecond, which Spark does not read as such."""
    moments = pa.array([1_700_000_000_123_456_100, 1_700_000_000_123_456_101], pa.timestamp("ns"))
    parquet.write_table(pa.table({"id": [1, 2], "at": moments}), path, version="2.6")
    return path


def write_int96(path: Path) -> Path:
    """Moments as they were written before Parquet had a type for them."""
    moments = pa.array([each for each in MOMENTS if each is None or each.year > 1_900] * 30, pa.timestamp("us"))
    whole = pa.table({"id": list(range(len(moments))), "at": moments})
    parquet.write_table(whole, path, use_deprecated_int96_timestamps=True)
    return path
