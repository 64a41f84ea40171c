"""An audit as a real one would be, made by hand: claims of one region in the pilot, of a country in production."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace

from roadworthy.measure.data_audit.model import (
    Area,
    Audit,
    Check,
    Context,
    Effort,
    Example,
    Gap,
    GapStatus,
    Headline,
    Live,
    Matching,
    Measure,
    Pairing,
    Unproven,
    Verdict,
    Waiver,
)
from roadworthy.measure.fingerprint.model import (
    Arrival,
    Breakdown,
    Cell,
    Column,
    Distinct,
    Fingerprint,
    Form,
    KeyPrint,
    LogHistogram,
    Moments,
    Numbers,
    Pairs,
    PartState,
    Share,
    Texts,
    Vocabulary,
)
from roadworthy.measure.fingerprint.terms import Declared, Sampling, Waterfall

NOW = dt.datetime(2026, 11, 20, 9, 30, tzinfo=dt.UTC)
_SPECIALTIES = ("motor", "home", "travel", "liability", "health")
DECLARED = Declared(
    key=("claim_id",),
    event_time="opened_at",
    ingest_time="received_at",
    decision_time="1h",
    label="fraud",
    taxonomy=("line", "region"),
    units={"amount": "EUR"},
)


def bell(centre: float, spread: float, count: int) -> LogHistogram:
    """So many values around a centre, bell-shaped in the logarithm."""
    middle = math.log(centre) * 20
    wide = int(spread * 20)
    weights = {int(middle) + at: math.exp(-0.5 * (3 * at / wide) ** 2) for at in range(-wide, wide + 1)}
    total = sum(weights.values())
    return LogHistogram(positive={b: n for b, w in weights.items() if (n := round(count * w / total))})


def fingerprint(side: str, rows: int, *, lines: dict[str, int], centre: float, days: int) -> Fingerprint:
    """One side."""
    first = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
    last = first + dt.timedelta(days=days, hours=-2)
    missing = rows // 100 if side == "pilot" else rows // 5
    amounts = bell(centre, 2.0, rows - missing)
    every_day = {first.date() + dt.timedelta(days=day): rows // days for day in range(days)}
    hours = tuple(
        rows * weight // 100 for weight in (1, 1, 1, 1, 1, 1, 2, 4, 7, 9, 10, 9, 8, 9, 9, 8, 7, 5, 3, 1, 1, 1, 1, 1)
    )
    shifted = hours if side == "pilot" else hours[-2:] + hours[:-2]
    lags = bell(300, 1.5, rows) if side == "pilot" else bell(2_400, 3.0, rows)
    return Fingerprint(
        name=side,
        location=f"/data/claims/{side}",
        engine="duckdb 2.0.0",
        measured_at=NOW - dt.timedelta(minutes=5),
        rows=rows,
        columns=(
            Column(
                "claim_id",
                "VARCHAR",
                Form.TEXT,
                rows,
                distinct=Distinct(rows, rows, rows),
                texts=Texts(bell(12, 0.1, rows)),
            ),
            Column(
                "amount",
                "DOUBLE",
                Form.DECIMAL,
                rows,
                missing,
                numbers=Numbers(1.0, 250_000.0, rows * centre, rows * centre**2, amounts),
            ),
            Column(
                "line",
                "VARCHAR",
                Form.TEXT,
                rows,
                distinct=Distinct(len(lines), len(lines), len(lines)),
                vocabulary=Vocabulary(lines),
            ),
            Column(
                "region",
                "VARCHAR",
                Form.TEXT,
                rows,
                vocabulary=Vocabulary({"north": rows} if side == "pilot" else {"north": rows // 2, "south": rows // 2}),
            ),
            Column(
                "opened_at",
                "TIMESTAMP",
                Form.TIMESTAMP,
                rows,
                moments=Moments(first, last, zoned=False, days=every_day, hours=shifted),
            ),
            Column("received_at", "TIMESTAMP", Form.TIMESTAMP, rows, moments=Moments(first, last, zoned=False)),
            Column(
                "note" if side == "pilot" else "adjuster_note",
                "VARCHAR",
                Form.TEXT,
                rows,
                texts=Texts(bell(220, 1.0, rows)),
            ),
        ),
        declared=DECLARED,
        parts=(PartState(f"{side}-0.parquet", rows, rows * 90),)
        + (
            (PartState("2026-10-03.parquet", 0, 0, fault="it ends in the middle of a row group"),)
            if side == "production"
            else ()
        ),
        key=KeyPrint(("claim_id",), rows, rows, 0),
        copies=Share(0, rows),
        arrival=Arrival("opened_at", "received_at", lags),
        breakdowns=(Breakdown("line", rows, {line: Cell(n) for line, n in lines.items()}),),
        pairs=(
            Pairs(
                ("line", "region"),
                {
                    (line, region): n // (1 if side == "pilot" else 2)
                    for line, n in lines.items()
                    for region in (("north",) if side == "pilot" else ("north", "south"))
                },
            ),
        ),
        sampling=Sampling(min(rows, 100_000), rows, "hash of the row"),
        size=rows * 90,
    )


PILOT = fingerprint("pilot", 5_000, lines={"motor": 4_200, "home": 780, "travel": 20}, centre=900.0, days=30)
PRODUCTION = fingerprint(
    "production",
    1_200_000,
    lines={"motor": 520_000, "home": 300_000, "travel": 180_000, "liability": 140_000, "health": 60_000},
    centre=90_000.0,
    days=60,
)
CHECKS = (
    Check(
        "unit-changed",
        Verdict.GAP,
        "amount",
        finding="`amount` is 100 times larger in production: the middle value is 90,000 where the pilot had 900.",
        pilot=Measure(900.0, "", 4_950),
        production=Measure(90_000.0, "", 960_000),
        affected=0.8,
        detail={"factor": 100},
    ),
    Check(
        "vocabulary-unseen",
        Verdict.GAP,
        "line",
        finding="17% of production's rows carry 2 values of `line` that the pilot never saw: `liability`, `health`.",
        pilot=Measure(0.0, "share", 5_000, 0.0, 0.0006),
        production=Measure(1 / 6, "share", 1_200_000),
        affected=1 / 6,
        detail={"unseen": {"liability": 140_000, "health": 60_000}},
    ),
    Check(
        "missing-values",
        Verdict.GAP,
        "amount",
        finding="`amount` is missing in 20% of production and in 1.0% of the pilot.",
        pilot=Measure(0.01, "share", 5_000, 0.007, 0.014),
        production=Measure(0.2, "share", 1_200_000, 0.199, 0.201),
        affected=0.2,
    ),
    Check(
        "late-records",
        Verdict.GAP,
        "received_at",
        finding="34% of production's records arrive more than 1 hour after the event, when the decision is due.",
        pilot=Measure(0.0, "share", 5_000),
        production=Measure(0.34, "share", 1_200_000),
        affected=0.34,
    ),
    Check(
        "clock-shifted",
        Verdict.GAP,
        "opened_at",
        finding="The hours of `opened_at` are shifted by 2: production seems to be written in another zone.",
        affected=1.0,
        detail={"hours": 2},
    ),
    Check("source-unowned", Verdict.GAP, finding="Nobody is named as the steward of production."),
    Check(
        "segments-unproven",
        Verdict.UNKNOWN,
        "line",
        "travel",
        finding="The pilot has 20 rows of `travel`, too few to tell.",
        pilot=Measure(20.0, "rows", 5_000),
        production=Measure(180_000.0, "rows", 1_200_000),
        affected=0.15,
        needed=1_800,
    ),
    Check("curated-out", Verdict.GAP, finding="The pilot's filters drop 12% of production.", affected=0.12),
    Check("column-renamed", Verdict.MATCH, "note", finding="`note` is `adjuster_note`."),
    *(Check("format-changed", Verdict.MATCH, name, finding="Same.") for name in ("claim_id", "line", "region", "note")),
    *(Check("missing-values", Verdict.MATCH, name, finding="Same.") for name in ("claim_id", "line", "region")),
    Check("duplicates", Verdict.MATCH, finding="No key occurs twice on either side."),
)
_TITLES = {
    "unit-changed": ("The unit or scale changed", Area.VALUES, 1, Effort.S),
    "vocabulary-unseen": ("Values that the pilot never saw", Area.VALUES, 1, Effort.M),
    "missing-values": ("Values are missing", Area.VALUES, 2, Effort.M),
    "late-records": ("Records come too late for the decision", Area.TIME, 1, Effort.L),
    "clock-shifted": ("The clock is shifted", Area.VALUES, 1, Effort.S),
    "source-unowned": ("Nobody owns the source", Area.SOURCES, 1, Effort.S),
    "segments-unproven": ("Segments that the pilot cannot speak for", Area.POPULATION, 2, Effort.M),
    "curated-out": ("The pilot threw these rows away", Area.POPULATION, 1, Effort.M),
}
WAIVER = Waiver(
    "person:ana@corp.example",
    NOW - dt.timedelta(days=3),
    "The adjusters work the rows by hand until March.",
    "A daily count of rows that were routed to adjusters.",
    NOW + dt.timedelta(days=90),
)


def gap_of(check: Check) -> Gap:
    """The gap that a check alone makes."""
    title, area, rank, effort = _TITLES[check.rule]
    waived = check.rule == "curated-out"
    return Gap(
        id=f"claims-{check.rule}",
        rule=check.rule,
        area=area,
        verdict=check.verdict,
        rank=rank,
        title=title,
        finding=check.finding,
        source="claims",
        column=check.column,
        scope=check.scope,
        checks=(check,),
        affected=check.affected,
        rows_a_day=20_000 * check.affected if check.affected else None,
        consequence="The model scores amounts a hundred times too large; its threshold no longer means anything.",
        remediation="Write the unit into the contract, convert at the boundary, and refuse rows without one.",
        effort=effort,
        owner=None if check.rule == "source-unowned" else "person:omar@corp.example",
        proof="A later fingerprint in which the rule finds a match.",
        query=f"SELECT count(*)\nFROM production\nWHERE {check.column or 'true'} IS NULL -- `{check.rule}`",
        examples=(
            Example("pilot", "motor", 4_200),
            Example("production", "liability", 140_000),
            Example("production", "health", 60_000),
        )
        if check.rule == "vocabulary-unseen"
        else (),
        status=GapStatus.WAIVED if waived else GapStatus.OPEN,
        first_seen=NOW - dt.timedelta(days=12),
        last_seen=NOW,
        waiver=WAIVER if waived else None,
    )


def claims() -> Audit:
    """Seven things that stand in the way, one of them unknown, and one that is waived."""
    gaps = tuple(gap_of(check) for check in CHECKS if check.verdict is not Verdict.MATCH)
    return Audit(
        source="claims",
        pilot=PILOT,
        production=PRODUCTION,
        matching=Matching(
            (
                *(
                    Pairing(name, name, 1.0)
                    for name in ("claim_id", "amount", "line", "region", "opened_at", "received_at")
                ),
                Pairing("note", "adjuster_note", 0.86, ("same lengths", "names are alike")),
            ),
        ),
        checks=CHECKS,
        gaps=gaps,
        headline=Headline(
            Unproven(0.307, 0.31, 0.313, 100_000, {"new value of line": 0.167, "amount out of range": 0.2}, 0.15),
            Share(58, 100),
            gaps=7,
            unknown=1,
            matches=9,
            pieces_never_done=8,
            pieces=17,
        ),
        live=Live(
            attrition=(
                Waterfall("amount IS NOT NULL", 1_200_000, 960_000),
                Waterfall("line IN ('motor', 'home')", 960_000, 655_000),
                Waterfall("reviewed", 655_000, 655_000, "there is no column `reviewed` in production"),
            ),
        ),
        context=Context(
            "claims", registered=True, use_case_class="predictive", steward="person:omar@corp.example", now=NOW
        ),
        policy_digest="sha256:4f6d0c1e",
        notes=("`received_at` was read as UTC, since it carries no zone.",),
    )


def clean() -> Audit:
    """One in which nothing was found."""
    found = claims()
    checks = tuple(check for check in found.checks if check.verdict is Verdict.MATCH)
    return replace(
        found,
        source="policies",
        production=replace(found.production, parts=()),
        checks=checks,
        gaps=(),
        headline=Headline(Unproven(0.0, 0.0, 0.0001, 5_000), Share(0, 40), 0, 0, len(checks), 0, len(checks)),
        live=Live(),
        notes=(),
    )
