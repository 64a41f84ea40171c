"""From a record to what the model looks at: the pilot's way, and the way production was wired to it.

The wiring is what a careful team writes in an afternoon from the interface's description: minor units become units,
codes become words. It does not know about yen, local time, lost zeros or a channel that did not exist; that is the
point of the example, and mending it is the data work that the pilot left.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from examples.fraud.population import CATEGORIES
from examples.output import records, rows

NAMES = (
    "amount", "amount_to_mean", "payments_today", "hour", "weekday", "category", "channel", "abroad",
    "device_age", "disputes_28d",
)  # fmt: skip
_CATEGORY = {name: number for number, name in enumerate(CATEGORIES)}
_WORDS = {str(code): name for name, code in CATEGORIES.items()}
_CHANNEL = {"chip": 0, "contactless": 1, "online": 2}
UNKNOWN = -1.0

Table = npt.NDArray[np.float64]


@dataclass(slots=True)
class _Habit:
    many: int = 0
    total: float = 0.0
    day: int = -1
    today: int = 0


@dataclass(slots=True)
class Histories:
    """What the cardholders did so far, in the order in which it arrived."""

    _habits: dict[str, _Habit] = field(default_factory=lambda: defaultdict(_Habit))

    def seen(self, card: str, day: int, amount: float) -> tuple[float, int]:
        """The amount against the card's mean so far, and how many payments it made that day; then remembers."""
        habit = self._habits[card]
        if habit.day != day:
            habit.day, habit.today = day, 0
        mean = habit.total / habit.many if habit.many else amount
        habit.today += 1
        habit.many += 1
        habit.total += amount
        return (amount / mean if mean else 1.0), habit.today


@dataclass(frozen=True, slots=True)
class Cases:
    """Payments as the model sees them."""

    ids: list[str]
    days: npt.NDArray[np.int64]
    """Day of each, as a proleptic Gregorian ordinal."""
    table: Table
    """One row per payment, one column per name of `NAMES`."""
    fraud: npt.NDArray[np.bool_]


def pilot(folder: Path) -> Cases:
    """The pilot's months, in order."""
    histories = Histories()
    files = sorted((folder / "pilot").glob("transactions-*.csv"))
    return _cases(_pilot_row(row, histories) for file in files for row in rows(file))


def production(folder: Path) -> Cases:
    """Production, in order of arrival, with the truth that nobody had at the time."""
    frauds = {row["id"] for row in rows(folder / "reference" / "fraud.csv")}
    histories = Histories()
    files = sorted((folder / "production" / "authorisations").glob("*.jsonl"))
    return _cases(_production_row(record, histories, frauds) for file in files for record in records(file))


_Row = tuple[str, int, tuple[float, ...], bool]


def _cases(found: Iterable[_Row]) -> Cases:
    ids: list[str] = []

    def told() -> Iterator[tuple[float, ...]]:
        for name, day, values, fraud in found:
            ids.append(name)
            yield (day, fraud, *values)

    flat = np.fromiter((value for row in told() for value in row), dtype=np.float64)
    table = flat.reshape(-1, len(NAMES) + 2)
    return Cases(ids, table[:, 0].astype(np.int64), table[:, 2:], table[:, 1].astype(bool))


def _pilot_row(row: Mapping[str, str], histories: Histories) -> _Row:
    at = dt.datetime.fromisoformat(row["occurred_at"])
    day, amount = at.toordinal(), float(row["amount_eur"])
    ratio, today = histories.seen(row["customer_id"], day, amount)
    values = (
        amount, ratio, today, at.hour, at.weekday(), _CATEGORY[row["category"]], _CHANNEL[row["channel"]],
        float(row["customer_country"] != row["terminal_country"]), float(row["device_age_days"]),
        float(row["disputes_at_terminal_28d"]),
    )  # fmt: skip
    return row["transaction_id"], day, values, row["is_fraud"] == "1"


def _production_row(record: Mapping[str, Any], histories: Histories, frauds: set[str]) -> _Row:
    stamp = record["ts"]
    if isinstance(stamp, int):
        at = dt.datetime.fromtimestamp(stamp / 1000, dt.UTC)
    else:
        at = dt.datetime.fromisoformat(stamp).replace(tzinfo=dt.UTC)  # what it says is local time; nobody asked
    day, amount = at.toordinal(), record["amount_minor"] / 100
    ratio, today = histories.seen(record["card"], day, amount)
    age, country = record["device_age_days"], record.get("country")
    values = (
        amount, ratio, today, at.hour, at.weekday(),
        _CATEGORY.get(_WORDS.get(record["mcc"], ""), UNKNOWN), _CHANNEL.get(record["channel"], UNKNOWN),
        float(record["card_country"] != country), float("nan") if age is None else float(age),
        float(record["disputes_28d"]),
    )  # fmt: skip
    return record["id"], day, values, record["id"] in frauds
