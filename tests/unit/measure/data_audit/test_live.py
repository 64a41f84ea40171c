"""What is measured on rows of production: outside of what the pilot proved, kept by its filters, told by one column."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.measure.data_audit.alone import area
from roadworthy.measure.data_audit.live import look, overlap
from roadworthy.measure.data_audit.matching import matched
from roadworthy.measure.data_audit.model import Live
from roadworthy.measure.data_audit.predicates import closed_list, literal, possible_outside
from roadworthy.measure.data_audit.unproven import bounded
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.measuring import measure
from roadworthy.measure.fingerprint.model import KeyPrint
from roadworthy.measure.fingerprint.sources.opening import open_source
from roadworthy.measure.fingerprint.terms import Declared
from tests.harness.fingerprints import NOW, fingerprint

Rows = Mapping[str, Sequence[object]]


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    """One for all tests here."""
    with DuckEngine(threads=1) as made:
        yield made


def _live(folder: Path, engine: DuckEngine, pilot: Rows, production: Rows, declared: Declared) -> Live:
    opened = []
    for name, rows in (("pilot", pilot), ("production", production)):
        path = folder / f"{name}.csv"
        lines = [
            ",".join(rows),
            *(",".join("" if x is None else str(x) for x in row) for row in zip(*rows.values(), strict=True)),
        ]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        opened.append(open_source(str(path), engine))
    one, two = (measure(each, engine, declared, now=NOW) for each in opened)
    return look(one, two, matched(one, two), declared, opened=(opened[0], opened[1]), engine=engine)


def _rows(seed: int, count: int) -> dict[str, list[object]]:
    rng = random.Random(seed)
    return {
        "site": [rng.choice("abcd") for _ in range(count)],
        "amount": [round(rng.lognormvariate(3, 0.5), 2) for _ in range(count)],
        "note": [None if rng.random() < 0.3 else f"n{rng.randint(1, 10**6)}" for _ in range(count)],
    }


def test_two_samples_of_one_source_leave_nothing_unproven(tmp_path: Path, engine: DuckEngine) -> None:
    found = _live(tmp_path, engine, _rows(1, 300), _rows(2, 3_000), Declared()).unproven
    assert found is not None
    assert found.value == 0.0


def test_rows_outside_are_counted_once_and_told_by_every_reason(tmp_path: Path, engine: DuckEngine) -> None:
    production = _rows(2, 1_000)
    production["site"][:200] = ["it's new"] * 200
    production["amount"][100:300] = [5_000.0] * 200
    found = _live(tmp_path, engine, _rows(1, 500), production, Declared(taxonomy=("site",))).unproven
    assert found is not None
    assert found.value == pytest.approx(0.3, abs=0.01)
    assert found.reasons["new value of `site`"] == pytest.approx(0.2)
    assert found.reasons["`amount` out of range"] >= 0.2
    assert found.thin == pytest.approx(0.2)


def test_a_column_that_became_text_is_no_number_and_no_fault(tmp_path: Path, engine: DuckEngine) -> None:
    production = _rows(2, 500)
    production["amount"] = [f"{value} EUR" for value in production["amount"]]
    found = _live(tmp_path, engine, _rows(1, 500), production, Declared()).unproven
    assert found is not None
    assert found.reasons["`amount` is no number"] == 1.0


def test_bounds_without_rows_hold_what_rows_would_say() -> None:
    pilot, production = fingerprint(_rows(1, 500)), _rows(2, 1_000)
    production["site"][:200] = ["new"] * 200
    there = fingerprint(production)
    found = bounded(pilot, there, matched(pilot, there), Declared())
    assert found.value is None
    assert found.low == pytest.approx(0.2)
    assert found.high >= found.low


def test_filters_leave_what_they_leave_one_after_the_other(tmp_path: Path, engine: DuckEngine) -> None:
    production: Rows = {"amount": [1, 5, None, 20, 30, 40], "site": ["a", "a", "a", "b", "b", "b"]}
    declared = Declared(filters=("amount > 2", "nothing = 1", "site = 'b'"))
    steps = _live(tmp_path, engine, production, production, declared).attrition
    assert [(step.before, step.after) for step in steps] == [(6, 4), (4, 4), (4, 3)]
    assert [bool(step.fault) for step in steps] == [False, True, False]


def test_the_same_rows_twice_are_identical(tmp_path: Path, engine: DuckEngine) -> None:
    assert _live(tmp_path, engine, _rows(1, 200), _rows(1, 200), Declared()).identical
    assert not _live(tmp_path, engine, _rows(1, 200), _rows(2, 200), Declared()).identical


def test_a_column_filled_after_the_fact_tells_the_label_and_an_idle_one_does_not(
    tmp_path: Path, engine: DuckEngine
) -> None:
    rng = random.Random(6)
    label = [int(rng.random() < 0.2) for _ in range(2_000)]
    rows: Rows = {
        "label": label,
        "refund": [each * 10 + rng.random() for each in label],
        "reason": ["dispute" if each else "none" for each in label],
        "idle": [rng.random() for _ in label],
        "shop": [f"s{rng.randint(1, 900)}" for _ in label],
    }
    found = _live(tmp_path, engine, rows, rows, Declared(label="label")).single_column
    assert found["refund"] == pytest.approx(1.0, abs=0.001)
    assert found["reason"] == pytest.approx(1.0)
    assert found["idle"] < 0.6
    assert found["shop"] < 0.6


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=6))
def test_the_area_is_the_share_of_pairs_in_order(cells: list[tuple[int, int]]) -> None:
    negatives = [place for place, (count, _) in enumerate(cells) for _ in range(count)]
    positives = [place for place, (_, count) in enumerate(cells) for _ in range(count)]
    pairs = [(one > other) + (one == other) / 2 for one in positives for other in negatives]
    expected = sum(pairs) / len(pairs) if pairs else None
    assert area(cells) == (None if expected is None else pytest.approx(expected))


def test_shared_keys_are_counted_below_the_lower_threshold_and_scaled() -> None:
    space = 2**31
    one = KeyPrint(
        ("id",), 4_000, 4_000, 0, hashes={step * (space // 4_000): 1 for step in range(2_000)}, threshold=space // 2
    )
    two = KeyPrint(
        ("id",), 4_000, 4_000, 0, hashes={step * (space // 4_000): 1 for step in range(1_000)}, threshold=space // 4
    )
    found = overlap(one, two)
    assert found is not None
    assert found.sampled
    assert found.both == pytest.approx(4_000, rel=0.01)
    assert overlap(one, None) is None


@given(st.text(max_size=30))
def test_text_comes_back_from_the_engine_as_it_went_in(engine: DuckEngine, text: str) -> None:
    if "\0" in text:
        return
    assert engine.rows(f"SELECT {literal(text, 'duckdb')}") == [(text,)]


def test_names_of_people_are_no_list_and_a_governed_column_always_is() -> None:
    side = fingerprint({"name": [f"name {number}" for number in range(200)], "kind": ["a", "b"] * 100})
    name, kind = side.columns
    assert closed_list(name) is None
    assert closed_list(name, governed=True) is not None
    assert closed_list(kind) == frozenset({"a", "b"})


def test_a_small_pilot_leaves_more_possible() -> None:
    assert possible_outside(50) == pytest.approx(0.176, abs=0.001)
    assert possible_outside(50) > possible_outside(500) > possible_outside(5_000) > 0
    assert possible_outside(0) == 1.0
