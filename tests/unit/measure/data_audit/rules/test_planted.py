"""Each rule finds what is planted for it, in the column in which it is, and says the numbers."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from roadworthy.measure.data_audit.model import Check, Context, Live, Overlap, Verdict
from roadworthy.measure.fingerprint.terms import Declared, Waterfall
from tests.harness.fingerprints import NOW, fingerprint, pair
from tests.unit.measure.data_audit.rules.source_of_rows import DECLARED, START, drawn, judged

Rows = dict[str, list[Any]]
Plant = Callable[[Rows], Rows]

PILOT, PRODUCTION = 1500, 2000


def changed(column: str, change: Callable[[Any, random.Random], Any]) -> Plant:
    """Each value of a column through a function that may throw dice."""

    def plant(rows: Rows) -> Rows:
        random_ = random.Random(7)
        return {**rows, column: [change(value, random_) for value in rows[column]]}

    return plant


def some(share: float, other: Callable[[Any], Any]) -> Callable[[Any, random.Random], Any]:
    """Only so many of the values, by chance."""
    return lambda value, random_: other(value) if random_.random() < share else value


def where(rows: Rows, by: str, value: str, column: str, change: Callable[[Any], Any]) -> Rows:
    """A column changed where another has a value."""
    return {**rows, column: [change(v) if b == value else v for v, b in zip(rows[column], rows[by], strict=True)]}


def kept(rows: Rows, keep: Callable[[Mapping[str, Any]], bool]) -> Rows:
    """Only some of the rows."""
    records = [dict(zip(rows, record, strict=True)) for record in zip(*rows.values(), strict=True)]
    left = [record for record in records if keep(record)]
    return {name: [record[name] for record in left] for name in rows}


def _naive(rows: Rows) -> Rows:
    return {name: [at.replace(tzinfo=None) for at in rows[name]] for name in ("paid", "arrived")}


PLANTS: dict[str, tuple[str, str | None, Plant, str]] = {
    "minor units": ("unit-changed", "amount", changed("amount", lambda v, _: round(v * 100)), "100 times"),
    "kilograms": ("unit-changed", "weight", changed("weight", lambda v, _: v * 0.45359237), "pounds to kilograms"),
    "a third in kilograms": ("unit-changed", "weight", changed("weight", some(0.3, lambda v: v / 2.2046)), "of the rows"),
    "minor units in one country": (
        "unit-changed", "amount", lambda rows: where(rows, "country", "C01", "amount", lambda v: v * 100), "`C01`"
    ),
    "the other sign": ("unit-changed", "weight", changed("weight", lambda v, _: -v), "the other sign"),
    "a new channel": ("vocabulary-unseen", "channel", changed("channel", some(0.16, lambda _: "wallet")), "`wallet`"),
    "another spelling": ("vocabulary-unseen", "channel", changed("channel", some(0.2, str.upper)), "spell"),
    "nulls": ("missing-values", "age", changed("age", some(0.15, lambda _: None)), "says nothing"),
    "stand-ins": ("missing-values", "shop", changed("shop", some(0.15, lambda _: "n/a")), "`n/a`"),
    "nulls in one country": (
        "missing-values", "age", lambda rows: where(rows, "country", "C03", "age", lambda _: None), "`C03`"
    ),
    "far above": ("out-of-range", "balance", changed("balance", some(0.06, lambda v: v + 9000)), "above it"),
    "negative ages": ("out-of-range", "age", changed("age", some(0.05, lambda _: -1)), "negative"),
    "lower case": ("keys-unmatched", "terminal", changed("terminal", some(0.1, str.lower)), "a9+"),
    "another form": ("format-changed", "shop", changed("shop", some(0.2, lambda v: f"no:{v.lower()}")), "form"),
    "another clock": ("clock-shifted", "paid", changed("paid", lambda v, _: v + dt.timedelta(hours=4)), "4 hours later"),
    "no zone": ("clock-shifted", "paid", lambda rows: {**rows, **_naive(rows)}, "zone"),
    "mojibake": ("encoding-damaged", "note", changed("note", some(0.1, lambda v: f"{v} cafÃ©")), "damaged"),
    "entities left over": ("encoding-damaged", "note", changed("note", some(0.1, lambda v: f"{v} &amp;")), "HTML"),
    "older": ("distribution-shifted", "age", changed("age", lambda v, _: v + 12), "middle value"),
    "richer": ("distribution-shifted", "balance", changed("balance", lambda v, _: v + 350), "middle value"),
    "other channels": ("distribution-shifted", "channel", changed("channel", some(0.6, lambda _: "pos")), "`pos`"),
    "a code that means something else": (
        "meaning-changed", "country", lambda rows: where(rows, "country", "C02", "balance", lambda v: v + 900), "`C02`"
    ),
    "gone": ("column-missing", "age", lambda rows: {k: v for k, v in rows.items() if k != "age"}, "no column"),
    "text": ("column-retyped", "age", changed("age", lambda v, _: f"{v} years"), "text in production"),
    "sent twice": ("duplicates", "id", lambda rows: {k: [*v, *v[:60]] for k, v in rows.items()}, "60 rows"),
    "a new country": ("segments-unproven", "country", changed("country", some(0.3, lambda _: "C77")), "`C77`"),
    "other terminals": ("entities-unseen", "terminal", changed("terminal", lambda v, _: f"W9{v[2:]}"), "never met"),
    "late": ("late-records", "arrived", changed("arrived", some(0.08, lambda v: v + dt.timedelta(days=2))), "1 day"),
    "a silent day": (
        "deliveries-missing",
        None,
        lambda rows: kept(rows, lambda row: row["paid"].date() != dt.date(2026, 3, 25)),
        "2026-03-25",
    ),
    "e-mail": ("personal-data-unexpected", "note", changed("note", some(0.1, lambda v: f"{v} a@b.example")), "`email`"),
    "more fraud": ("label-shifted", "fraud", changed("fraud", some(0.25, lambda _: 1)), "`1`"),
    "no label yet": ("label-unavailable", "fraud", changed("fraud", some(0.4, lambda _: None)), "missing"),
    "no label at all": ("label-unavailable", "fraud", lambda r: {k: v for k, v in r.items() if k != "fraud"}, "no `fraud`"),
    "a year later": (
        "volume-unproven",
        None,
        lambda rows: {
            **rows, **{k: [START + dt.timedelta(days=400, hours=i % 48) for i in range(len(rows[k]))] for k in ("paid",)}
        },
        "a day",
    ),
}  # fmt: skip


def _gaps(pilot: Rows, production: Rows, **more: Any) -> list[Check]:
    named = [fingerprint(side, _only(side)) for side in (pilot, production)]
    return judged(pair(*named, **more), Verdict.GAP)


def _only(rows: Rows) -> Declared:
    return DECLARED if "fraud" in rows else Declared(DECLARED.key, DECLARED.event_time, DECLARED.ingest_time)


@pytest.mark.parametrize("name", PLANTS)
def test_what_is_planted_is_found(name: str) -> None:
    rule, column, plant, words = PLANTS[name]
    found = _gaps(drawn(PILOT, 11), plant(drawn(PRODUCTION, 12)))
    mine = [check for check in found if check.rule == rule and check.column == column]
    assert mine, [(check.rule, check.column) for check in found]
    assert any(words in check.finding for check in mine), [check.finding for check in mine]


@pytest.mark.parametrize("name", ["minor units", "nulls", "a new channel", "mojibake", "e-mail", "another clock"])
def test_hardly_anything_else_is_said(name: str) -> None:
    rule, _, plant, _ = PLANTS[name]
    found = _gaps(drawn(PILOT, 11), plant(drawn(PRODUCTION, 12)))
    beside = {check.rule for check in found} - {rule}
    allowed = {
        "minor units": {"column-retyped"},
        "a new channel": {"segments-unproven", "distribution-shifted"},
        "another clock": {"late-records"},
    }
    assert beside <= allowed.get(name, set()), [check.finding for check in found]


def test_a_curated_pilot_is_recognised_by_what_it_has_none_of() -> None:
    whole = drawn(4000, 21)
    pilot = kept(whole, lambda row: row["device_age"] is not None and row["country"] == "C00")
    found = [check for check in _gaps(pilot, drawn(2000, 22)) if check.rule == "curated-out"]
    assert found
    assert "`country` than `C00`" in found[0].finding


def test_declared_filters_are_replayed() -> None:
    live = Live(attrition=(Waterfall("amount > 10", 1000, 800), Waterfall("age < 60", 800, 700)))
    found = [check for check in _gaps(drawn(500, 1), drawn(1000, 2), live=live) if check.rule == "curated-out"]
    assert "30%" in found[0].finding
    assert "`amount > 10` alone 20%" in found[0].finding


def test_a_filter_that_cannot_be_applied_leaves_the_question_open() -> None:
    live = Live(attrition=(Waterfall("amount >", 0, 0, fault="it does not end"),))
    sides = pair(fingerprint(drawn(500, 1)), fingerprint(drawn(500, 2)), live=live)
    unknown = [check for check in judged(sides, Verdict.UNKNOWN) if check.rule == "curated-out"]
    assert "it does not end" in unknown[0].finding


def test_a_column_that_tells_the_label_alone_is_a_leak() -> None:
    found = _gaps(drawn(500, 1), drawn(1000, 2), live=Live(single_column={"balance": 0.99, "age": 0.6}))
    assert [check.column for check in found if check.rule == "label-leaked"] == ["balance"]


def test_an_outcome_that_only_the_pilot_has_is_a_leak() -> None:
    pilot = {**drawn(500, 1), "dispute_outcome": ["won"] * 500}
    found = _gaps(pilot, drawn(1000, 2))
    assert {check.rule for check in found if check.column == "dispute_outcome"} == {"label-leaked", "column-missing"}


# ---------------------------------------------------------------- what only the register knows


def _registered(context: Context, live: Live | None = None) -> dict[str, Check]:
    sides = pair(
        fingerprint(drawn(500, 1), DECLARED), fingerprint(drawn(1000, 2), DECLARED), context=context, live=live
    )
    return {check.rule: check for check in judged(sides, Verdict.GAP, Verdict.UNKNOWN)}


def test_two_bare_paths_are_not_asked_what_the_register_knows() -> None:
    found = _registered(Context("payments", now=NOW))
    assert not {"source-unowned", "source-of-truth", "lineage-hole", "cadence-slower", "retention-exceeded"} & set(
        found
    )


def test_a_registered_source_needs_an_owner_and_a_truth() -> None:
    found = _registered(Context("payments", registered=True, steward="TBD", now=NOW))
    assert found["source-unowned"].verdict is Verdict.GAP
    assert found["source-of-truth"].verdict is Verdict.UNKNOWN
    assert found["cadence-slower"].verdict is Verdict.UNKNOWN


def test_a_source_that_was_named_is_no_gap() -> None:
    context = Context("payments", registered=True, steward="Ada", source_of_truth=True, refresh="15m", now=NOW)
    found = _registered(context)
    assert not {"source-unowned", "source-of-truth", "cadence-slower"} & set(found)


def test_a_source_that_stopped_is_stale() -> None:
    found = _registered(Context("payments", registered=True, steward="Ada", refresh="daily", now=NOW))
    assert "days old" in found["stale-now"].finding


def test_a_contract_slower_than_the_decision_is_a_gap() -> None:
    found = _registered(Context("payments", refresh="5m to nightly", decision_after="5m", now=NOW))
    assert found["cadence-slower"].scope == "decision"


def test_what_is_not_there_at_the_deadline_is_late() -> None:
    found = _registered(Context("payments", decision_after="1m", now=NOW))
    assert "when the system must act" in found["late-records"].finding


def test_columns_of_unknown_origin_are_holes_first_where_the_model_reads_them() -> None:
    known = dict.fromkeys(drawn(1, 1), "the switch")
    context = Context("payments", registered=True, origins={**known, "age": ""}, required=("age",), now=NOW)
    assert _registered(context)["lineage-hole"].rank == 1
    assert "lineage-hole" not in _registered(Context("payments", registered=True, origins=known, now=NOW))


def test_rows_older_than_allowed_are_kept_too_long() -> None:
    found = _registered(Context("payments", retention_days=30, now=NOW))
    assert "30 days" in found["retention-exceeded"].finding


def test_the_pilots_own_rows_in_production_are_a_gap_of_a_registered_source_only() -> None:
    live = Live(overlap=Overlap(pilot=500, production=1000, both=400))
    assert {"pilot-in-production", "keys-unmatched"} <= set(_registered(Context("p", registered=True, now=NOW), live))
    assert not {"pilot-in-production", "keys-unmatched"} & set(_registered(Context("p", now=NOW), live))


def test_the_same_data_twice_is_said_first() -> None:
    found = _registered(Context("payments", now=NOW), Live(identical=True))
    assert found["source-identical"].verdict is Verdict.GAP


def test_rows_that_may_be_kept_for_longer_than_there_is_a_calendar_are_no_gap() -> None:
    assert "retention-exceeded" not in _registered(Context("payments", retention_days=10**12, now=NOW))
