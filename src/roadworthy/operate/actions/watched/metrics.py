"""What actions come to in this replica, and what stands open everywhere, as Prometheus reads it.

Labels are use case, stage and declared action, verdict, state and limit, of which there are few: never a key, a user, a
customer or an agent's words. Counts are plain numbers and become what Prometheus reads when it reads.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from roadworthy.foundation.runtime import Runtime
from roadworthy.operate.actions.model import AgentAction

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_NAMES: Final = (*(f"{each}" for each in SECONDS), "+Inf")
DECISION, SYSTEM, TOTAL = "decision", "system", "total"
_WHERE: Final = ("use_case", "stage", "action")
_WORDS: Final = {
    DECISION: "Until an action was decided about and that was durable.",
    SYSTEM: "Until a system had answered, with every try, and the outcome was durable.",
    TOTAL: "From an agent's asking to its answer.",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands open in the database: the same in every replica."""

    states: Sequence[tuple[str, str, int]] = ()
    """Use case, state, how many: of those that are not over, and dead letters that nobody has seen to."""
    oldest: Sequence[tuple[str, str, float]] = ()
    """Use case, state, age of the oldest in seconds: of held actions, and of dead letters."""
    filling: Sequence[tuple[str, str, float]] = ()
    """Limit, counter, how full its fullest window is: 1 is full."""


class ActionMetrics(Collector):
    """Counts actions.

    Args:
        runtime: its locks.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._registry = CollectorRegistry()
        self._lock = runtime.lock()
        self._decided: Counter[tuple[str, ...]] = Counter()
        self._ended: Counter[tuple[str, ...]] = Counter()
        self._buckets: dict[tuple[str, str, str, str], list[int]] = {}
        self._sums: Counter[tuple[str, str, str, str]] = Counter()
        self._standing = Standing()
        self._registry.register(self)

    def decided(self, action: AgentAction, says: str) -> None:
        """An action was decided about: `allow`, `hold` or `deny`."""
        with self._lock:
            self._decided[action.use_case, action.stage, action.action, says, action.rule, action.enforcement] += 1

    def ended(self, action: AgentAction) -> None:
        """A system was asked, and that is how the action stands."""
        with self._lock:
            self._ended[action.use_case, action.stage, action.action, action.state.value, action.error or ""] += 1

    def took(self, what: str, where: tuple[str, str, str], seconds: float) -> None:
        """So long took `decision`, `system` or `total` of an action, by use case, stage and name."""
        with self._lock:
            buckets = self._buckets.setdefault((what, *where), [0] * len(_NAMES))
            buckets[bisect_left(SECONDS, seconds)] += 1
            self._sums[what, *where] += seconds  # type: ignore[assignment]  # a counter adds whatever adds

    def stands(self, standing: Standing) -> None:
        """Show this from now on."""
        self._standing = standing

    def collect(self) -> Iterator[Metric]:
        """What was counted, for the library."""
        with self._lock:
            yield from list(self._families())

    def exposition(self) -> bytes:
        """What `/metrics` answers."""
        return generate_latest(self._registry)

    def _families(self) -> Iterator[Metric]:
        decided = CounterMetricFamily(
            "roadworthy_actions_decided", "Decisions about actions of agents.",
            labels=[*_WHERE, "verdict", "rule", "enforcement"],
        )  # fmt: skip
        ended = CounterMetricFamily(
            "roadworthy_actions_ended", "Actions by what their system came to.", labels=[*_WHERE, "state", "error"]
        )
        for family, counts in ((decided, self._decided), (ended, self._ended)):
            for labels, count in counts.items():
                family.add_metric(labels, count)
            yield family
        for what, words in _WORDS.items():
            times = HistogramMetricFamily(f"roadworthy_action_{what}_seconds", words, labels=list(_WHERE))
            for key, buckets in self._buckets.items():
                if key[0] == what:
                    times.add_metric(
                        key[1:], list(zip(_NAMES, accumulate(buckets), strict=True)), float(self._sums[key])
                    )
            yield times
        yield from self._gauges()

    def _gauges(self) -> Iterator[Metric]:
        standing = self._standing
        for name, words, labels, rows in (
            ("actions_standing", "Actions that are not over, and dead letters.", ("use_case", "state"),
             standing.states),
            ("actions_oldest_seconds", "Age of the oldest held action and of the oldest dead letter.",
             ("use_case", "state"), standing.oldest),
            ("action_limit_used_ratio", "How full the fullest window of a limit is.", ("limit", "counter"),
             standing.filling),
        ):  # fmt: skip
            gauge = GaugeMetricFamily(f"roadworthy_{name}", words, labels=list(labels))
            for first, second, value in rows:
                gauge.add_metric([first, second], value)
            yield gauge
