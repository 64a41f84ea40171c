"""What audits of real data find and miss, held against what is known of it: python -m bench.audit_real [--data DIR].

Nothing is read from the network. What lies in no reach is left out with a line that says so.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from roadworthy.measure.data_audit.auditing import audit
from roadworthy.measure.data_audit.model import Audit, Context, Gap, Verdict
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.sources.opening import open_source
from roadworthy.measure.fingerprint.terms import Declared

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
BESIDE = Path(__file__).parents[2] / "shared" / "data"
NOTHING = Declared()
PRECISE = frozenset({"vocabulary-unseen", "column-retyped", "missing-values"})
"""Rules whose gaps name rows: a value the pilot never had, that does not read, that is not there."""


def audited(pilot: Path | str, production: Path | str, declared: Declared = NOTHING) -> Audit:
    """Two paths laid side by side, as `roadworthy data diff` does."""
    with DuckEngine() as engine:
        before, after = open_source(str(pilot), engine), open_source(str(production), engine)
        return audit(before, after, engine, context=Context("real", now=NOW), now=NOW, declared=declared)


# ---------------------------------------------------------------- tables with a clean twin


@dataclass(frozen=True, slots=True)
class Cells:
    """Wrong cells of a dirty table, and those that its gaps reach."""

    rows: int
    wrong: int
    named: int
    """In a column that a gap names."""
    shown: int
    """In a row that a gap is about: the value is new, does not read, or is not there."""
    missed: dict[str, int]
    """Columns that no gap names, with their wrong cells."""
    renamed: tuple[int, int]
    """Columns whose name changed, and those of them that were paired rightly."""
    wrongly: int
    """Columns that were paired wrongly."""


def cells(folder: Path) -> tuple[Audit, Cells]:
    """`clean.csv` as the pilot and `dirty.csv` as production, cell by cell in the same order."""
    made = audited(folder / "clean.csv", folder / "dirty.csv")
    clean, dirty = _table(folder / "clean.csv"), _table(folder / "dirty.csv")
    truth = dict(zip(clean[0], dirty[0], strict=True))
    found = {pair.pilot: pair.production for pair in made.matching.pairs}
    gaps = [check for gap in made.gaps if gap.verdict is Verdict.GAP for check in gap.checks]
    named = {check.column for check in gaps if check.rule != "column-renamed" and check.verdict is Verdict.GAP}
    precise = {(check.rule, check.column) for check in gaps if check.rule in PRECISE}
    wrong: Counter[str] = Counter()
    shown = 0
    for place, column in enumerate(clean[0]):
        known = {row[place] for row in clean[1:]}
        whole = all(_number(value) for value in known if value)
        for before, after in zip(clean[1:], dirty[1:], strict=True):
            if before[place] == after[place]:
                continue
            wrong[column] += 1
            shown += (
                (("vocabulary-unseen", column) in precise and after[place] not in known)
                or (("column-retyped", column) in precise and whole and not _number(after[place]))
                or (("missing-values", column) in precise and not after[place])
            )
    return made, Cells(
        rows=len(clean) - 1,
        wrong=wrong.total(),
        named=sum(count for column, count in wrong.items() if column in named),
        shown=shown,
        missed={column: count for column, count in wrong.most_common() if column not in named},
        renamed=(sum(a != b for a, b in truth.items()), sum(a != b and found.get(a) == b for a, b in truth.items())),
        wrongly=sum(found[a] != truth[a] for a in found),
    )


def _table(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def _number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


# ---------------------------------------------------------------- an inventory under other names

INVENTORY = "federal-ai-inventory-2023-2024"
EDITIONS = {
    "2023": "2023_consolidated_ai_inventory_raw.csv",
    "2024": "2024_consolidated_ai_inventory_raw.csv",
    "2024 v2": "2024_consolidated_ai_inventory_raw_v2.csv",
}
HANDED_ON = {"Department": "Agency", "Agency": "Bureau", "Department_Code": "Agency Abbreviation"}
"""From 2023 to the second edition of 2024, told by the values that the columns hold."""


def renamed(folder: Path) -> tuple[Audit, int, int, int]:
    """The audit of both editions of 2024, columns, those paired rightly, and wrongly.

    Both editions ask the same questions in the same order, so that the place of a column is the truth.
    """
    made = audited(folder / EDITIONS["2024"], folder / EDITIONS["2024 v2"])
    here, there = ([column.name for column in side.columns] for side in (made.pilot, made.production))
    truth = dict(zip(here, there, strict=True))
    found = {pair.pilot: pair.production for pair in made.matching.pairs}
    right = sum(found.get(name) == other for name, other in truth.items())
    return made, len(truth), right, len(found) - right


# ---------------------------------------------------------------- letters, year by year

LETTERS = "docs-dmca-notices/notices_2011-2018.parquet"
QUESTION = "What files should be taken down"
YEARS = ((2015, 2016), (2016, 2017), (2017, 2018))


def letters(path: Path, year: int) -> tuple[int, float, float, float]:
    """Letters of a year, the share with the form's question, the share with a curly apostrophe, middle length."""
    with duckdb.connect() as connection:
        found = connection.execute(
            "SELECT count(*), avg(CAST(contains(text, ?) AS INT)), avg(CAST(contains(text, '\u2019') AS INT)), "
            "median(length(text)) FROM read_parquet(?) WHERE year(CAST(date AS DATE)) = ?",
            [QUESTION, str(path), year],
        ).fetchone()
    assert found is not None
    return int(found[0]), float(found[1]), float(found[2]), float(found[3])


def years(path: Path, before: int, after: int) -> Audit:
    """The letters of one year against those of another."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        for year in (before, after):
            connection.execute(
                f"COPY (SELECT * FROM read_parquet(?) WHERE year(CAST(date AS DATE)) = {year}) "  # noqa: S608 - a whole number of our own
                f"TO '{folder}/{year}.parquet'",
                [str(path)],
            )
        return audited(Path(folder) / f"{before}.parquet", Path(folder) / f"{after}.parquet", Declared(text="text"))


def _letters(data: Path, wanted: str) -> Iterator[str]:
    path = data / LETTERS
    if wanted not in "letters" or not path.exists():
        return
    for year in sorted({year for pair in YEARS for year in pair}):
        count, asked, curly, length = letters(path, year)
        yield f"letters of {year}: {count:,}, {asked:.1%} with the question, {curly:.1%} curly, {length:,.0f} long"
    for before, after in YEARS:
        made = years(path, before, after)
        yield f"letters, {before} against {after}: {told(made.gaps, Verdict.GAP)}"
        yield from (
            f"    {gap.rank} {gap.rule}: {gap.finding[:500]}" for gap in made.gaps if gap.verdict is Verdict.GAP
        )


# ---------------------------------------------------------------- everything


@dataclass(frozen=True, slots=True)
class Compared:
    """Two sides that make a pair."""

    name: str
    folder: str
    pilot: str
    production: str
    declared: Declared = NOTHING


PAIRS = (
    Compared("fraud, April against May", "fraud-transactions", "tx_2018-04.parquet", "tx_2018-05.parquet"),
    Compared(
        "fraud, with label and times",
        "fraud-transactions",
        "tx_2018-04.parquet",
        "tx_2018-05.parquet",
        Declared(key=("TRANSACTION_ID",), event_time="TX_DATETIME", label="TX_FRAUD"),
    ),
    Compared(
        "housing, reference against analysis",
        "drift-nannyml",
        "california_housing_reference.csv",
        "california_housing_analysis.csv",
    ),
    Compared(
        "car loans, reference against analysis",
        "drift-nannyml",
        "synthetic_car_loan_dq_reference.csv",
        "synthetic_car_loan_dq_analysis.csv",
    ),
    Compared(
        "flights, first half of 2015 against second",
        "drift-flight-delays",
        "flight_delays_reference.csv.gz",
        "flight_delays.csv.gz",
    ),
    Compared(
        "visits, corrected against recognised",
        "clinical-aci-bench/src_experiment_data",
        "test1_aci_asrcorr.csv",
        "test1_aci_asr.csv",
    ),
    Compared(
        "visits, written by hand against recognised",
        "clinical-aci-bench/src_experiment_data",
        "test1_virtscribe_humantrans.csv",
        "test1_virtscribe_asr.csv",
    ),
    Compared(
        "summaries, test against training",
        "clinical-mts-dialog/Main-Dataset",
        "MTS-Dialog-TestSet-1-MEDIQA-Chat-2023.csv",
        "MTS-Dialog-TrainingSet.csv",
    ),
    Compared("inventory, 2023 against 2024", INVENTORY, EDITIONS["2023"], EDITIONS["2024"]),
    Compared("inventory, 2023 against 2024 v2", INVENTORY, EDITIONS["2023"], EDITIONS["2024 v2"]),
    Compared("records, HL7 against EMERGE", "clinical-ccda-vendors", "HL7 Samples", "EMERGE"),
    Compared("records, HL7 against mTuitive", "clinical-ccda-vendors", "HL7 Samples", "mTuitive OpNote Samples"),
    Compared("records, EMERGE against PracticeFusion", "clinical-ccda-vendors", "EMERGE", "PracticeFusion Samples"),
)


def told(gaps: Sequence[Gap], verdict: Verdict) -> str:
    """How many entries there are of each rule."""
    counts = Counter(gap.rule for gap in gaps if gap.verdict is verdict)
    return ", ".join(f"{rule} {count}" for rule, count in sorted(counts.items())) or "none"


def _pairs(data: Path, wanted: str) -> Iterator[str]:
    for each in PAIRS:
        if wanted not in each.name:
            continue
        sides = data / each.folder / each.pilot, data / each.folder / each.production
        if not all(side.exists() for side in sides):
            yield f"{each.name}: not in reach"
            continue
        begun, cpu = time.monotonic(), time.process_time()
        made = audited(*sides, each.declared)
        yield (
            f"{each.name}: {made.pilot.rows:,} and {made.production.rows:,} rows; gaps: "
            f"{told(made.gaps, Verdict.GAP)}; unknown: {told(made.gaps, Verdict.UNKNOWN)}; "
            f"{time.monotonic() - begun:.1f} s, {time.process_time() - cpu:.1f} of a processor"
        )
        for gap in made.gaps[:12]:
            if gap.verdict is Verdict.GAP:
                yield f"    {gap.rank} {gap.rule}: {gap.finding[:240]}"


def _twins(data: Path, wanted: str) -> Iterator[str]:
    for name in ("hospital", "beers"):
        folder = data / "dirty-clean-pairs" / name
        if wanted in name and folder.is_dir():
            found = cells(folder)[1]
            yield (
                f"{name}: {found.rows:,} rows, {found.wrong:,} wrong cells, {found.named:,} in a column that a gap "
                f"names, {found.shown:,} in a row that it is about; missed {found.missed}; "
                f"{found.renamed[1]} of {found.renamed[0]} other names paired rightly, {found.wrongly} wrongly"
            )
    if wanted in "inventory" and (data / INVENTORY).is_dir():
        _, columns, right, wrong = renamed(data / INVENTORY)
        yield f"inventory, 2024 against 2024 v2: {right} of {columns} columns paired rightly, {wrong} wrongly"


def main() -> int:
    """Print every line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("ROADWORTHY_DATA", BESIDE)))
    parser.add_argument("--only", default="", help="part of a name")
    chosen = parser.parse_args()
    if not chosen.data.is_dir():
        print(f"no real data at {chosen.data}: nothing to measure")
        return 0
    parts: tuple[Callable[[Path, str], Iterator[str]], ...] = (_twins, _letters, _pairs)
    for part in parts:
        for line in part(chosen.data, chosen.only):
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
