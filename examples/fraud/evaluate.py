"""The same model on the pilot's last months and on production, side by side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from examples.fraud.features import Cases, pilot, production
from examples.fraud.generate import PILOT_DAYS, PILOT_FROM, PRODUCTION_DAYS, PRODUCTION_FROM
from examples.fraud.model import register, train
from examples.measuring import Share
from examples.output import rows

LEARN_DAYS = 304
"""January to October; the pilot was judged on November and December."""
FALSE_ALARMS = 0.005
"""Share of honest payments that may be stopped: the false positive rate at which recall is reported."""
ROUNDS = 100

Scores = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Figures:
    """How well fraud is told from honest payments."""

    payments: int
    frauds: int
    average_precision: float
    low: float
    high: float
    """Interval of 95 % of the average precision."""
    recall: Share
    """At the fixed false positive rate."""

    def told(self) -> dict[str, Any]:
        """For a file."""
        return {**asdict(self), "recall": self.recall.told(), "false_positive_rate": FALSE_ALARMS}


def average_precision(truth: Truth, weights: Scores) -> float:
    """Average precision of cases in descending order of score: the sum of precisions at each fraud, over frauds.

    Args:
        truth: whether each is a fraud, highest score first.
        weights: how often each counts.
    """
    hits = np.cumsum(weights * truth)
    if not len(hits) or hits[-1] == 0:
        return 0.0
    precision = hits / np.maximum(np.cumsum(weights), 1e-12)
    return float(np.sum(precision * weights * truth) / hits[-1])


def figures(scores: Scores, fraud: Truth, seed: int) -> Figures:
    """Average precision with a Poisson bootstrap's interval, and recall with Wilson's."""
    order = np.argsort(-scores, kind="stable")
    truth = fraud[order]
    generator = np.random.default_rng(seed)
    drawn = sorted(
        average_precision(truth, generator.poisson(1.0, len(truth)).astype(np.float64)) for _ in range(ROUNDS)
    )
    honest = np.sort(scores[~fraud])
    threshold = honest[int(len(honest) * (1 - FALSE_ALARMS))] if len(honest) else 1.0
    return Figures(
        payments=len(fraud),
        frauds=int(fraud.sum()),
        average_precision=average_precision(truth, np.ones(len(truth))),
        low=drawn[int(ROUNDS * 0.025)],
        high=drawn[int(ROUNDS * 0.975)],
        recall=Share(int((scores[fraud] > threshold).sum()), int(fraud.sum())),
    )


def evaluate(folder: Path, seed: int) -> Mapping[str, Any]:
    """Train as the pilot did, register with MLflow, and measure on both sides. Prints a table."""
    learned, live = pilot(folder), production(folder)
    early = learned.days < PILOT_FROM.toordinal() + LEARN_DAYS
    late = ~early
    measured: dict[str, Figures] = {}
    model = train(learned, early, seed, leaking=True)
    measured["pilot, as reported"] = figures(model.score(learned.table[late]), learned.fraud[late], seed)
    honest = train(learned, early, seed, leaking=False)
    measured["pilot, without the column that knows the future"] = figures(
        honest.score(learned.table[late]), learned.fraud[late], seed
    )
    scores = model.score(live.table)
    measured["production, truth as settled a year later"] = figures(scores, live.fraud, seed)
    known = _known_by_the_end(folder, live)
    measured["production, as known at the quarter's end"] = figures(scores, known, seed)
    measured["production, without the column that knows the future"] = figures(
        honest.score(live.table), live.fraud, seed
    )
    first = measured["pilot, as reported"]
    registered = register(
        model,
        folder,
        {"average_precision": first.average_precision, "recall_at_fpr": first.recall.value or 0.0},
        {"seed": str(seed), "learned_from": f"{PILOT_FROM} and {LEARN_DAYS} of {PILOT_DAYS} days"},
    )
    for name, each in measured.items():
        print(
            f"{name:54} AP {each.average_precision:.3f} ({each.low:.3f} to {each.high:.3f}, n={each.payments:,})"
            f"  recall at {FALSE_ALARMS:.1%} {each.recall}"
        )
    print(f"registered with MLflow: {registered.name} version {registered.version}, run {registered.run}")
    return {
        "example": "fraud",
        "figures": {name: each.told() for name, each in measured.items()},
        "registered": asdict(registered),
    }


def _known_by_the_end(folder: Path, live: Cases) -> Truth:
    """Which payments were called fraud by a decided dispute on the quarter's last day."""
    last = PRODUCTION_FROM.toordinal() + PRODUCTION_DAYS
    disputed = {
        row["id"]
        for row in rows(folder / "production" / "disputes.csv")
        if row["outcome"] == "fraud" and _ordinal(row["decided_on"]) < last
    }
    return np.array([name in disputed for name in live.ids], dtype=bool)


def _ordinal(day: str) -> int:
    return dt.date.fromisoformat(day).toordinal()
