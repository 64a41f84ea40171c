"""Dates in another order are told by how they are written; codes, postcodes and flags are never held to be units."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from roadworthy.measure.data_audit.auditing import audit
from roadworthy.measure.data_audit.model import Context, Verdict
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.sources.opening import open_source
from tests.harness.fingerprints import NOW, fingerprint, pair
from tests.unit.measure.data_audit.rules.source_of_rows import judged

DAYS = [dt.datetime(2026, 3, 1, tzinfo=dt.UTC) + dt.timedelta(hours=31 * place) for place in range(200)]


def _units(name: str, pilot: Sequence[float], production: Sequence[float]) -> list[str]:
    sides = pair(fingerprint({name: list(pilot)}), fingerprint({name: list(production)}))
    return [check.finding for check in judged(sides, Verdict.GAP) if check.rule == "unit-changed"]


@pytest.mark.parametrize(
    ("written", "is_gap"), [("%d/%m/%Y %H:%M", True), ("%d.%m.%Y", True), ("%Y-%m-%dT%H:%M:%SZ", False)]
)
def test_days_in_another_order_are_another_form(tmp_path: Path, written: str, is_gap: bool) -> None:
    for side, form in (("pilot", "%Y-%m-%d"), ("production", written)):
        (tmp_path / f"{side}.csv").write_text("\n".join(["seen,n", *(f"{d.strftime(form)},1" for d in DAYS)]) + "\n")
    with DuckEngine() as engine:
        pilot, production = (open_source(str(tmp_path / f"{side}.csv"), engine) for side in ("pilot", "production"))
        made = audit(pilot, production, engine, context=Context("days", now=NOW), now=NOW)
    found = [check.column for check in made.checks if check.rule == "format-changed" and check.verdict is Verdict.GAP]
    assert found == (["seen"] if is_gap else [])


def test_what_is_measured_may_change_its_unit() -> None:
    random_ = random.Random(1)
    lengths = [random_.randrange(50, 900) for _ in range(300)]
    assert _units("length", lengths, [value * 100 for value in lengths])
    numbers = [10_000 + 100 * (value // 4) for value in lengths]
    assert _units("distance", numbers, [value * 1000 for value in numbers])


def test_what_only_lies_far_out_is_in_no_other_unit() -> None:
    random_ = random.Random(3)
    pilot, production = ([random_.random() * random_.random() for _ in range(8_000)] for _ in range(2))
    beyond = [value + 3 if place % 16 == 0 else value for place, value in enumerate(production)]
    assert not _units("score", pilot, beyond)
    converted = [value * 60 if place % 5 == 0 else value for place, value in enumerate(production)]
    assert "60 times" in _units("score", pilot, converted)[0]


def test_what_cannot_be_is_in_no_other_unit() -> None:
    random_ = random.Random(4)
    pilot, production = ([int(min(99, max(18, random_.gauss(45, 16)))) for _ in range(8_000)] for _ in range(2))
    assert not _units("age", pilot, [-1 if place % 16 == 0 else value for place, value in enumerate(production)])


@pytest.mark.parametrize("name", ["zip", "ZipCode", "owner", "cancelled", "status_code"])
def test_codes_postcodes_and_flags_have_no_unit(name: str) -> None:
    random_ = random.Random(2)
    flag = name == "cancelled"
    pilot = [random_.randrange(2) if flag else random_.randrange(10_000, 20_000) for _ in range(300)]
    production = [10 * value if flag else 35_000 + value // 2 for value in pilot]
    assert _units(name, pilot, production) == []
