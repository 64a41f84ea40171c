"""False gaps between samples of one source, and planted gaps that are found: python -m bench.audit_quality."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import duckdb

from roadworthy.measure.data_audit.auditing import audit
from roadworthy.measure.data_audit.model import Audit, Context, Verdict
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.sources.opening import open_source
from roadworthy.measure.fingerprint.terms import Declared

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
PILOTS = (50, 200, 1_000, 10_000, 100_000)
PLANTED = ((200, 20_000), (2_000, 50_000), (20_000, 100_000))
DECLARED = Declared(
    key=("id",),
    event_time="occurred",
    ingest_time="ingested",
    label="fraud",
    taxonomy=("channel", "country"),
    personal=None,
)

COLUMNS = {
    "id": "'T' || lpad(cast((i * 104729 + {seed} * 7) % 99999989 as varchar), 9, '0')",
    "occurred": "timestamptz '2026-03-01 00:00:00+00' + to_seconds(cast(floor({u1} * 180) * 86400 + "
    "least(86399, greatest(0, (13 + 4 * {normal2}) * 3600)) as bigint))",
    "ingested": "occurred + to_seconds(cast(exp(4 + 1.5 * {normal3}) as bigint))",
    "customer_id": "cast(1 + floor({u4} * 40000) as bigint)",
    "terminal": "'W' || lpad(cast(cast(floor(pow(900, {u5})) as int) as varchar), 5, '0')",
    "amount": "round(exp(3 + 1.2 * {normal6}), 2)",
    "fee": "round(1 / pow(1 - {u7}, 0.75), 2)",
    "balance": "round(100 + 400 * {normal8}, 2)",
    "weight": "round(exp(5.1 + 0.2 * {normal9}), 1)",
    "score": "{u10} * {u11}",
    "age": "cast(least(99, greatest(18, 45 + 16 * {normal12})) as int)",
    "visits": "cast(-3 * ln(1 - {u13}) as int)",
    "extras": "case when {u14} < 0.6 then 0 else cast({u15} * 2000 as int) end",
    "channel": "case when {u16} < 0.5 then 'web' when {u16} < 0.8 then 'app' when {u16} < 0.98 then 'pos' else 'atm' end",
    "country": "'C' || lpad(cast(cast(floor(pow(20, {u17})) as int) as varchar), 2, '0')",
    "category": "'cat ' || cast(cast(floor(pow(200, {u18})) as int) as varchar)",
    "merchant": "'Shop ' || cast(cast(floor(pow(3000, {u19})) as int) as varchar)",
    "mcc": "4000 + 17 * cast(floor(pow(60, {u20})) as int)",
    "device_age": "case when {u21} < 0.08 then null else cast(-200 * ln(1 - {u22}) as int) end",
    "note": "case when {u23} < 0.3 then null else "
    "array_to_string(list_transform(range(1, 2 + cast({u24} * 7 as int)), lambda k: "
    "['asked', 'again', 'about', 'the', 'late', 'box', 'and', 'refund', 'by', 'phone'][1 + (hash(i * 31 + k + {seed}) % 10)::int])"
    ", ' ') end",
    "fraud": "case when {u25} < 0.03 then 1 else 0 end",
}
"""SQL of each column of the source, over `i` from 0 on; `{uN}` is even from 0 to 1, `{normalN}` standard normal."""


def source(rows: int, seed: int) -> str:
    """A query that gives so many rows of the source, other ones for each seed."""
    uniform = {
        f"u{n}": f"((hash(i * 1000 + {n} + {seed} * 1000000000::bigint) >> 11) / 9007199254740992.0)" for n in range(30)
    }
    normal = {
        f"normal{n}": f"(sqrt(-2 * ln(1 - {uniform[f'u{n}']})) * cos(2 * pi() * "
        f"((hash(i * 1000 + {n} + 500 + {seed} * 1000000000::bigint) >> 11) / 9007199254740992.0)))"
        for n in range(30)
    }
    listed = ", ".join(f"{sql.format(seed=seed, **uniform, **normal)} as {name}" for name, sql in COLUMNS.items())
    return f"select {listed} from range({rows}) as r(i)"


@dataclass(frozen=True, slots=True)
class Plant:
    """Something that is wrong with production, and the rule that has to say so."""

    rule: str
    column: str | None
    production: str = "select * from source"
    pilot: str = "select * from source"
    name: str = ""
    declared: Declared = field(default=DECLARED)
    decision_after: str | None = None


def _some(share: float, salt: int) -> str:
    return f"(hash(id, {salt}) % 10000) < {share * 10000:.0f}"


def _with(column: str, sql: str) -> str:
    return f"select * replace ({sql} as {column}) from source"


PLANTS = (
    Plant("unit-changed", "amount", _with("amount", "amount * 100"), name="minor units"),
    Plant("unit-changed", "weight", _with("weight", "round(weight * 0.45359237, 1)"), name="kilograms"),
    Plant(
        "unit-changed",
        "amount",
        _with("amount", "case when country in ('C02', 'C03') then amount * 100 else amount end"),
        name="minor units in two countries",
    ),
    Plant(
        "vocabulary-unseen", "channel", _with("channel", f"case when {_some(0.16, 1)} then 'wallet' else channel end")
    ),
    Plant(
        "vocabulary-unseen",
        "country",
        _with("country", f"case when {_some(0.3, 2)} then lower(country) else country end"),
        name="spelling",
    ),
    Plant("missing-values", "age", _with("age", f"case when {_some(0.15, 3)} then null else age end")),
    Plant(
        "missing-values",
        "category",
        _with("category", f"case when {_some(0.15, 4)} then 'n/a' else category end"),
        name="stand-ins",
    ),
    Plant(
        "missing-values",
        "visits",
        _with("visits", f"case when country = 'C02' and {_some(0.6, 5)} then null else visits end"),
        name="in one country",
    ),
    Plant("out-of-range", "score", _with("score", f"case when {_some(0.06, 6)} then score + 3 else score end")),
    Plant("out-of-range", "age", _with("age", f"case when {_some(0.06, 7)} then -1 else age end"), name="impossible"),
    Plant(
        "keys-unmatched",
        "terminal",
        _with("terminal", f"case when {_some(0.1, 8)} then lower(terminal) else terminal end"),
    ),
    Plant(
        "format-changed",
        "merchant",
        _with("merchant", f"case when {_some(0.2, 9)} then 'shop-no:' || merchant else merchant end"),
    ),
    Plant(
        "clock-shifted",
        "occurred",
        "select * replace (occurred + interval 5 hour as occurred, ingested + interval 5 hour as ingested) from source",
    ),
    Plant(
        "encoding-damaged",
        "note",
        _with("note", f"case when {_some(0.1, 10)} then note || ' cafÃ© crÃ¨me' else note end"),
    ),
    Plant("distribution-shifted", "balance", _with("balance", "balance + 350")),
    Plant(
        "meaning-changed", "country", _with("balance", "case when country = 'C01' then balance + 900 else balance end")
    ),
    Plant("column-missing", "score", "select * exclude (score) from source"),
    Plant("column-renamed", "device_age", "select * exclude (device_age), device_age as dev_age from source"),
    Plant("column-retyped", "visits", _with("visits", "cast(visits as varchar) || ' visits'")),
    Plant("duplicates", "id", f"select * from source union all select * from source where {_some(0.03, 11)}"),
    Plant("segments-unproven", "country", _with("country", f"case when {_some(0.3, 12)} then 'C77' else country end")),
    Plant(
        "entities-unseen", "terminal", _with("terminal", "'W' || lpad(cast(hash(terminal) % 90000 as varchar), 5, '0')")
    ),
    Plant(
        "late-records",
        "ingested",
        _with("ingested", f"case when {_some(0.08, 13)} then occurred + interval 50 hour else ingested end"),
    ),
    Plant("deliveries-missing", None, "select * from source where occurred::date not in ('2026-05-12', '2026-05-13')"),
    Plant(
        "personal-data-unexpected",
        "note",
        _with("note", f"case when {_some(0.1, 14)} then 'write to ann@mail.example' else note end"),
    ),
    Plant("label-shifted", "fraud", _with("fraud", f"case when {_some(0.25, 15)} then 1 else fraud end")),
    Plant("label-unavailable", "fraud", _with("fraud", f"case when {_some(0.4, 16)} then null else fraud end")),
    Plant(
        "volume-unproven",
        None,
        "select * from source",
        "select * replace (occurred - interval 400 day as occurred, ingested - interval 400 day as ingested) from source "
        f"where {_some(0.1, 17)}",
    ),
    Plant(
        "curated-out",
        None,
        "select * from source",
        "select * from source where device_age is not null and note is not null and extras > 0 and country = 'C01'",
    ),
    Plant("schema-varies", None, name="parts"),
)


def compared(pilot: str, production: Sequence[str], folder: Path, plant: Plant | None = None) -> Audit:
    """Both queries written as Parquet and audited; several queries for production are several parts."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "production").mkdir(exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"copy ({pilot}) to '{folder}/pilot.parquet'")
        for number, query in enumerate(production):
            connection.execute(f"copy ({query}) to '{folder}/production/part-{number}.parquet'")
    context = Context("source", now=NOW, decision_after=plant.decision_after if plant else None)
    with DuckEngine() as engine:
        return audit(
            open_source(f"{folder}/pilot.parquet", engine),
            open_source(f"{folder}/production", engine),
            engine,
            context=context,
            now=NOW,
            declared=plant.declared if plant else DECLARED,
        )


@dataclass(frozen=True, slots=True)
class Told:
    """What was said of one pair of samples."""

    size: int
    seed: int
    gaps: tuple[tuple[str, int], ...]
    """Rule and rank."""
    unknown: tuple[str, ...]
    seconds: float
    """Of the processor."""


def of_pair(size: int, seed: int) -> Told:
    """Two samples of one source; anything that is called a gap is false."""
    started = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        made = compared(source(size, 2 * seed + 1), [source(max(20_000, 2 * size), 2 * seed + 2)], Path(folder))
    return Told(
        size,
        seed,
        tuple((gap.rule, gap.rank) for gap in made.gaps if gap.verdict is Verdict.GAP),
        tuple(gap.rule for gap in made.gaps if gap.verdict is not Verdict.GAP),
        time.process_time() - started,
    )


def kept(results: Path | None) -> dict[tuple[int, int], Told]:
    """Pairs that were done before, by size and seed."""
    if results is None or not results.exists():
        return {}
    lines = [json.loads(line) for line in results.read_text().splitlines()]
    return {
        (each["size"], each["seed"]): Told(
            each["size"],
            each["seed"],
            tuple((rule, rank) for rule, rank in each["gaps"]),
            tuple(each["unknown"]),
            each["seconds"],
        )
        for each in lines
    }


def false_gaps(pairs: int, sizes: Sequence[int], results: Path | None = None) -> Iterator[str]:
    """Pairs of each size, those that `results` holds not again; a line for each false gap and one for each size."""
    known = kept(results)
    for size in sizes:
        told = []
        for seed in range(pairs):
            one = known.get((size, seed))
            if one is None:
                one = of_pair(size, seed)
                if results is not None:
                    with results.open("a") as file:
                        file.write(json.dumps(asdict(one)) + "\n")
            told.append(one)
            for rule, rank in one.gaps:
                yield f"  {size:,}, pair {seed}: {rule}, rank {rank}"
        yield summary(size, told)


def summary(size: int, told: Sequence[Told]) -> str:
    """The line of a size."""
    found = Counter(rule for one in told for rule, _ in one.gaps)
    first = sum(rank == 1 for one in told for _, rank in one.gaps)
    unknown = Counter(rule for one in told for rule in one.unknown)
    listed = ", ".join(f"{rule} {count}" for rule, count in found.most_common()) or "none"
    return (
        f"pilot of {size:>7,}, {len(told)} pairs: {found.total() / len(told):.2f} false gaps a pair ({listed}), "
        f"{first} of rank 1, {unknown.total() / len(told):.1f} unknown a pair "
        f"({', '.join(sorted(unknown)) or 'none'}); {sum(one.seconds for one in told) / len(told):.1f} CPU s a pair"
    )


def planted(sizes: Sequence[tuple[int, int]]) -> Iterator[str]:
    """Each gap on its own at each size: whether its rule names its column, and what else is said."""
    for n, m in sizes:
        missed, told, also = [], 0, 0
        for number, plant in enumerate(PLANTS):
            one = (
                f"with source as ({source(n if plant.rule != 'curated-out' else 40 * n, 1000 + number)}) {plant.pilot}"
            )
            two = [f"with source as ({source(m, 2000 + number)}) {plant.production}"]
            if plant.rule == "schema-varies":
                two.append(
                    f"with source as ({source(m // 4, 3000)}) select * exclude (fee), 1 as surcharge from source"
                )
            with tempfile.TemporaryDirectory() as folder:
                made = compared(one, two, Path(folder), plant)
            checks = [check for gap in made.gaps if gap.verdict is Verdict.GAP for check in gap.checks]
            hit = any(check.rule == plant.rule and plant.column in {None, check.column} for check in checks)
            others = [
                gap
                for gap in made.gaps
                if gap.verdict is Verdict.GAP and plant.rule not in {c.rule for c in gap.checks}
            ]
            told += hit
            also += len(others)
            if not hit:
                missed.append(f"{plant.rule} {plant.name or plant.column or ''}".strip())
        yield (
            f"pilot of {n:,} against {m:,}: {told} of {len(PLANTS)} planted gaps found, "
            f"missed {', '.join(missed) or 'none'}; {also} other gaps beside them"
        )


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--sizes", type=int, nargs="*", default=list(PILOTS))
    parser.add_argument("--only", choices=("false", "planted"))
    parser.add_argument(
        "--results", type=Path, help="pairs that were done are kept here, one a line, and not done again"
    )
    chosen = parser.parse_args()
    if chosen.only != "planted":
        for line in false_gaps(chosen.pairs, chosen.sizes, chosen.results):
            print(line, flush=True)
    if chosen.only != "false":
        for line in planted(PLANTED):
            print(line, flush=True)


if __name__ == "__main__":
    main()
