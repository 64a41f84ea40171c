"""The query beside a gap is run as it stands, on the file that production is, and shows what the gap says."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from roadworthy.measure.data_audit.model import Check, Pair, Verdict
from roadworthy.measure.data_audit.reproducing import query, table
from roadworthy.measure.fingerprint.model import PartState
from roadworthy.measure.fingerprint.terms import Declared
from tests.harness.fingerprints import fingerprint, pair

DAY = dt.datetime(2026, 3, 1, 6)  # noqa: DTZ001 - as files have it, without a zone
DECLARED = Declared(key=("id",), event_time="made", ingest_time="came", label="good")
PILOT: Mapping[str, Sequence[Any]] = {
    "id": list(range(6)),
    "state": ["open", "shut", "open", "shut", "open", "it's"],
    "amount": [1, 2, 3, 4, 5, 6],
    "made": [DAY + dt.timedelta(hours=place) for place in range(6)],
    "came": [DAY + dt.timedelta(hours=place, minutes=1) for place in range(6)],
    "good": ["y", "n", "y", "n", "y", "n"],
}
PRODUCTION: Mapping[str, Sequence[Any]] = {
    "id": [1, 2, 2, 3, 4, 5],
    "state": ["open", "lost", "lost", "it's", "", "N/A"],
    "amount": [3, 600, -4, 5, 6, 7],
    "made": [DAY + dt.timedelta(days=place) for place in (0, 0, 0, 1, 3, 3)],
    "came": [DAY + dt.timedelta(days=place, hours=2) for place in (0, 0, 0, 1, 3, 3)],
    "good": ["y", "y", "y", "n", "y", "y"],
}
OTHERS = (
    "column-missing", "column-extra", "column-renamed", "unit-changed", "meaning-changed", "duplicates",
    "encoding-damaged", "segments-unproven", "volume-unproven", "label-unavailable", "cadence-slower",
)  # fmt: skip


def sides(folder: Path) -> Pair:
    """Both fingerprints, the second of a file that is there."""
    path = folder / "what's live.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(PRODUCTION)
        out.writerows(zip(*PRODUCTION.values(), strict=True))
    live = replace(fingerprint(PRODUCTION, DECLARED), location=str(path))
    return pair(fingerprint(PILOT, DECLARED), live)


def shown(folder: Path, rule: str, column: str | None = None, **detail: Any) -> list[tuple[Any, ...]]:
    """What the query of such a gap gives."""
    sql = query([Check(rule, Verdict.GAP, column, finding="seen", detail=detail)], sides(folder))
    assert sql is not None
    return duckdb.connect().execute(sql).fetchall()


def test_values_that_the_pilot_never_saw_are_listed_with_their_rows(tmp_path: Path) -> None:
    found = shown(tmp_path, "vocabulary-unseen", "state")
    assert ("lost", 2) in found
    assert not {"open", "it's"} & {value for value, _ in found}


def test_what_is_missing_is_counted_with_what_stands_in_for_it(tmp_path: Path) -> None:
    assert shown(tmp_path, "missing-values", "state") == [(6, 2)]


def test_numbers_beyond_the_pilots_are_listed(tmp_path: Path) -> None:
    assert {value for value, _ in shown(tmp_path, "out-of-range", "amount")} == {600, -4, 7}
    assert {value for value, _ in shown(tmp_path, "out-of-range", "amount", low=-10, high=100)} == {600}


def test_keys_that_stand_more_than_once_are_listed(tmp_path: Path) -> None:
    assert shown(tmp_path, "duplicates") == [("2", 2)]


def test_what_does_not_read_as_the_pilots_type_is_listed(tmp_path: Path) -> None:
    given = sides(tmp_path)
    found = query([Check("column-retyped", Verdict.GAP, "state", finding="seen")], given)
    assert found is not None
    numbers = pair(fingerprint({**PILOT, "state": [1, 2, 3, 4, 5, 6]}, DECLARED), given.production)
    sql = query([Check("column-retyped", Verdict.GAP, "state", finding="seen")], numbers)
    assert sql is not None
    assert {value for value, _ in duckdb.connect().execute(sql).fetchall()} == {"open", "lost", "it's", "N/A"}


def test_days_and_delays_are_shown(tmp_path: Path) -> None:
    days = shown(tmp_path, "deliveries-missing")
    assert [(day.day, rows) for day, rows in days] == [(1, 3), (2, 1), (4, 2)]
    ((rows, late),) = shown(tmp_path, "late-records")
    assert (rows, late) == (6, [7_200.0] * 4)
    ((newest_event, newest),) = shown(tmp_path, "stale-now")
    assert (newest_event.day, newest.hour) == (4, 8)
    assert shown(tmp_path, "clock-shifted", "made") == [(6, 6)]


def test_labels_forms_and_spread_are_shown(tmp_path: Path) -> None:
    assert shown(tmp_path, "label-shifted", "good") == [("y", 5), ("n", 1)]
    assert ("lost", "y", 2) in shown(tmp_path, "label-leaked", "state")
    assert ("a", 3) in shown(tmp_path, "format-changed", "state")
    ((rows, quantiles),) = shown(tmp_path, "distribution-shifted", "amount")
    assert rows == 6
    assert quantiles == sorted(quantiles)


def test_every_rule_with_a_query_writes_one_that_runs(tmp_path: Path) -> None:
    given = sides(tmp_path)
    for rule in OTHERS:
        sql = query([Check(rule, Verdict.GAP, "state", finding="seen")], given)
        assert sql is not None, rule
        duckdb.connect().execute(sql).fetchall()


def test_where_nothing_can_be_selected_from_there_is_no_query(tmp_path: Path) -> None:
    given = sides(tmp_path)
    gap = Check("missing-values", Verdict.GAP, "state", finding="seen")
    assert query([replace(gap, verdict=Verdict.UNKNOWN)], given) is None
    assert query([replace(gap, rule="source-unowned")], given) is None
    assert query([replace(gap, column="nosuch")], given) is None
    documents = replace(given.production, location=str(tmp_path), parts=(PartState("a.docx", 1),))
    assert query([gap], replace(given, production=documents)) is None


@pytest.mark.parametrize(
    ("location", "parts", "source"),
    [
        ("sqlite:data.db#claims", (), '"claims"'),
        ("env:PROD#sales.claims", (), '"sales"."claims"'),
        ("env:PROD#SELECT * FROM claims", (), "(SELECT * FROM claims)"),
        ("day/*.parquet", (), "read_parquet('day/*.parquet', union_by_name = true)"),
        ("live.csv.gz", (), "read_csv('live.csv.gz', all_varchar = true, union_by_name = true)"),
        (
            "live/",
            ("a.csv.gz", "b/c.csv.gz"),
            "read_csv('live/**/*.csv.gz', all_varchar = true, union_by_name = true)",
        ),
        ("live.jsonl", (), "read_json('live.jsonl', union_by_name = true)"),
        ("live", ("a.csv", "b.parquet"), None),
        ("live", (), None),
    ],
)
def test_what_stands_after_from_is_what_the_location_says(
    location: str, parts: Sequence[str], source: str | None
) -> None:
    side = replace(fingerprint({"a": [1]}), location=location, parts=tuple(PartState(name, 1) for name in parts))
    assert table(side) == source
