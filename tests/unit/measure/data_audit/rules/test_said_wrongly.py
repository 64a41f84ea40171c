"""What an audit used to say wrongly of real tables, each shown on rows that are made up."""

from __future__ import annotations

import csv
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from roadworthy.measure.data_audit.auditing import audit
from roadworthy.measure.data_audit.judging import judge
from roadworthy.measure.data_audit.model import Audit, Check, Context, Verdict
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.predicates import moved_on
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.model import Fingerprint
from roadworthy.measure.fingerprint.sources.opening import open_source
from roadworthy.measure.fingerprint.terms import Declared
from tests.harness.fingerprints import NOW, fingerprint, pair

Columns = Mapping[str, Sequence[Any]]


def judged(pilot: Fingerprint, production: Fingerprint, rule: str) -> list[Check]:
    """What a rule says of two fingerprints, but its matches."""
    found = judge(pair(pilot, production), Policy.shipped())
    return [check for check in found if check.rule == rule and check.verdict is not Verdict.MATCH]


def compared(folder: Path, pilot: Columns, production: Columns, declared: Declared | None = None) -> Audit:
    """Both written as CSV and audited."""
    for name, columns in (("pilot", pilot), ("production", production)):
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(zip(*columns.values(), strict=True))
    with DuckEngine(threads=1) as engine:
        before, after = (open_source(str(folder / f"{name}.csv"), engine) for name in ("pilot", "production"))
        return audit(before, after, engine, context=Context("made", now=NOW), now=NOW, declared=declared or Declared())


# ---------------------------------------------------------------- numbers far from zero


def _longitudes(middle: float, rows: int, seed: int) -> list[float]:
    rng = random.Random(seed)
    return [round(rng.gauss(middle, 1.5), 3) for _ in range(rows)]


def test_a_move_that_is_small_beside_the_numbers_and_large_beside_their_spread_is_told() -> None:
    found = judged(
        fingerprint({"longitude": _longitudes(-118.5, 2000, 1)}),
        fingerprint({"longitude": _longitudes(-120.0, 3000, 2)}),
        "distribution-shifted",
    )
    assert [check.verdict for check in found] == [Verdict.GAP]
    assert "its mean is -1" in found[0].finding
    assert "standard deviations off" in found[0].finding


@pytest.mark.parametrize("seed", range(20))
def test_two_samples_of_such_numbers_give_no_gap(seed: int) -> None:
    found = judged(
        fingerprint({"acidity": _longitudes(74, 200, seed)}),
        fingerprint({"acidity": _longitudes(74, 900, seed + 100)}),
        "distribution-shifted",
    )
    assert all(check.verdict is not Verdict.GAP for check in found)


def test_what_double_precision_has_lost_is_not_told() -> None:
    one, two = ([1e12 + seed + place % 7 for place in range(500)] for seed in (0, 40))
    found = judged(fingerprint({"counter_x": one}), fingerprint({"counter_x": two}), "distribution-shifted")
    assert all(check.verdict is not Verdict.GAP for check in found)


def test_a_flag_is_told_by_its_mean_where_its_middle_stays() -> None:
    one, two = ([int(place % 100 < share) for place in range(4000)] for share in (32, 4))
    found = judged(fingerprint({"chosen": one}), fingerprint({"chosen": two}), "distribution-shifted")
    assert "its mean is 0.04, in the pilot 0.32" in found[0].finding


# ---------------------------------------------------------------- counters


def test_a_day_that_is_counted_on_is_said_to_be_counted_on_and_comes_last() -> None:
    pilot = fingerprint({"day": [place % 30 for place in range(3000)]})
    production = fingerprint({"day": [30 + place % 31 for place in range(3100)]})
    found = judged(pilot, production, "out-of-range")
    assert found[0].rank == 3
    assert "goes on counting" in found[0].finding
    assert not judged(pilot, production, "distribution-shifted")


def test_amounts_that_are_all_larger_are_no_counter_and_lie_outside_of_what_was_proven(tmp_path: Path) -> None:
    rng = random.Random(4)
    small = [round(100 * rng.random() ** 3) + 1 for _ in range(1000)]
    large = [round(800 * rng.random() ** 3) + 120 for _ in range(1500)]
    one, two = fingerprint({"amount": small}), fingerprint({"amount": large})
    assert not moved_on(one.columns[0], two.columns[0])
    made = compared(tmp_path, {"amount": small}, {"amount": large})
    assert made.headline.unproven.value == 1.0


# ---------------------------------------------------------------- segments and codes


def test_what_does_not_read_is_not_called_missing_in_a_segment(tmp_path: Path) -> None:
    rng = random.Random(5)

    def rows(count: int, damaged: float) -> dict[str, list[Any]]:
        zips = [str(rng.randint(35000, 36999)) for _ in range(count)]
        return {
            "zip": [text.replace("5", "x") if rng.random() < damaged else text for text in zips],
            "state": ["al" if rng.random() < 0.95 else "ak" for _ in range(count)],
        }

    made = compared(tmp_path, rows(1000, 0), rows(1000, 0.04), Declared(taxonomy=("state",)))
    said = [check for gap in made.gaps if gap.column == "zip" for check in gap.checks]
    rules = {check.rule for check in said}
    assert "column-retyped" in rules
    assert "missing-values" not in rules


def test_a_code_keeps_its_meaning_where_the_other_codes_moved_too() -> None:
    rng = random.Random(6)

    def rows(count: int, one: float, other: float) -> dict[str, list[Any]]:
        before = [rng.random() < 0.6 for _ in range(count)]
        return {
            "before": ["yes" if each else "no" for each in before],
            "value": [round(rng.lognormvariate(0, 0.5) * (one if each else other), 3) for each in before],
        }

    pilot = fingerprint(rows(6000, 20, 20), by=("before",))
    for factors, verdicts in (((32, 26), []), ((40, 20), [Verdict.GAP])):
        production = fingerprint(rows(6000, *factors), by=("before",))
        assert [check.verdict for check in judged(pilot, production, "meaning-changed")] == verdicts


# ---------------------------------------------------------------- nested records


def test_a_part_of_records_that_is_gone_is_one_gap_and_no_outcome(tmp_path: Path) -> None:
    names = ("recordTarget.patient.city", "recordTarget.patient.state", "recordTarget.patient.name.given")
    pilot = {"id": [f"k{place}" for place in range(60)], **{name: ["x", "y", "z"] * 20 for name in names}}
    made = compared(tmp_path, pilot, {"id": [f"m{place}" for place in range(60)]})
    gaps = [gap for gap in made.gaps if gap.verdict is Verdict.GAP and gap.rule in {"column-missing", "label-leaked"}]
    assert [(gap.rule, len(gap.checks)) for gap in gaps] == [("column-missing", 3)]


# ---------------------------------------------------------------- documents

_WORDS = "the card has not arrived and my account shows another charge from last week please help".split()  # noqa: SIM905 - a sentence reads better than fifteen strings


def _talk(rng: random.Random, turns: int) -> str:
    lines = [" ".join(rng.choices(_WORDS, k=12)).capitalize() + "." for _ in range(turns)]
    return "\n".join(f"{('Doctor', 'Patient')[place % 2]}: {line}" for place, line in enumerate(lines))


def _visits(seed: int, rows: int, repeated: float) -> dict[str, list[Any]]:
    """Summaries and what was said. Where summaries repeat each other they are not taken for the documents."""
    rng = random.Random(seed)
    summary = [" ".join(rng.choices(_WORDS, k=60)).capitalize() + "." for _ in range(rows)]
    return {
        "visit": list(range(seed * 10_000, seed * 10_000 + rows)),
        "summary": [summary[0] if rng.random() < repeated else text for text in summary],
        "dialogue": [_talk(rng, 8) for _ in range(rows)],
    }


def test_both_sides_are_compared_by_the_same_column_of_texts(tmp_path: Path) -> None:
    made = compared(tmp_path, _visits(1, 120, 0), _visits(2, 500, 0.5))
    assert made.production.corpus is not None
    assert made.production.corpus.column == "dialogue"
    assert made.pilot.corpus is not None
    assert made.pilot.corpus.column == "dialogue"
    gaps = [gap.finding for gap in made.gaps if gap.verdict is Verdict.GAP and gap.rule.startswith("text")]
    assert gaps == []


def test_texts_of_columns_that_nobody_paired_are_asked_about_and_not_compared(tmp_path: Path) -> None:
    pilot, production = _visits(1, 120, 0), _visits(2, 300, 0)
    rng = random.Random(9)
    notes = {"visit": production["visit"], "said": [_talk(rng, 20).upper() for _ in range(300)]}
    made = compared(tmp_path, {name: pilot[name] for name in ("visit", "summary")}, notes)
    assert "said" in made.matching.new
    assert not [gap for gap in made.gaps if gap.rule.startswith("text")]
    asked = next(gap for gap in made.gaps if gap.rule == "column-renamed")
    assert asked.verdict is Verdict.UNKNOWN
    assert "were not compared" in asked.finding
