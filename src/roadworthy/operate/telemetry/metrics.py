"""Metrics of one replica, as Prometheus reads them.

Every call is counted, and somebody asks once in a while: so counts are plain numbers here, and become what Prometheus
reads when it reads. Its library's own counters take several times as long for each call.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from roadworthy.foundation.runtime import Runtime
from roadworthy.operate.telemetry.counting import NOBODY
from roadworthy.operate.telemetry.model import Outcome
from roadworthy.operate.telemetry.rows import Finished

SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_MILLI: Final = 1_000
_BOUNDS: Final = tuple(round(each * _MILLI) for each in SECONDS)
_NAMES: Final = (*(f"{float(each)}" for each in SECONDS), "+Inf")
_WHERE: Final = ("use_case", "endpoint", "stage")
_Where = tuple[str, str, str]


class _Durations:
    """How many took how long."""

    __slots__ = ("buckets", "total")

    def __init__(self) -> None:
        self.buckets = [0] * len(_NAMES)
        self.total = 0

    def add(self, milliseconds: int) -> None:
        """Count one."""
        self.buckets[bisect_left(_BOUNDS, milliseconds)] += 1
        self.total += milliseconds


class _Tally:
    """What was counted of one endpoint in one stage."""

    __slots__ = ("calls", "cost", "first", "refused", "seconds", "tokens")

    def __init__(self) -> None:
        self.calls: dict[tuple[str, ...], int] = {}
        self.refused: dict[tuple[str, ...], int] = {}
        self.tokens: dict[tuple[str, ...], int] = {}
        self.cost: dict[tuple[str, ...], int] = {}
        self.seconds = _Durations()
        self.first = _Durations()

    def add(self, call: Finished) -> None:
        """Count a call."""
        intent, result = call
        enforcement = intent.enforcement.value
        _more(self.calls, (call.outcome.value, enforcement))
        if intent.rule is not None:
            _more(self.refused, (intent.rule, enforcement))
        if result is None:
            return
        if result.outcome is Outcome.ANSWERED:
            self.seconds.add(result.milliseconds)
            if result.first_token_milliseconds is not None:
                self.first.add(result.first_token_milliseconds)
        if result.usage is not None:
            _more(self.tokens, ("input",), result.usage.input)
            _more(self.tokens, ("output",), result.usage.output)
        if result.cost is not None:
            _more(self.cost, (result.currency or "",), result.cost)


class Metrics(Collector):
    """Counts calls under names of which there are few: endpoints, stages, outcomes, rules; never keys or users.

    Args:
        runtime: its locks.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._registry = CollectorRegistry()
        self._lock = runtime.lock()
        self._tallies: dict[_Where, _Tally] = {}
        self._attempts: dict[tuple[str, ...], int] = {}
        self._registry.register(self)

    def gauge(self, name: str, text: str, value: Callable[[], float]) -> None:
        """Show a number that is asked for whenever somebody reads the metrics."""
        Gauge(name, text, registry=self._registry).set_function(value)

    def count(self, finished: Sequence[Finished]) -> None:
        """Count calls."""
        with self._lock:
            for call in finished:
                intent, result = call
                where = (intent.use_case or NOBODY, intent.endpoint or NOBODY, intent.stage or NOBODY)
                tally = self._tallies.get(where)
                if tally is None:
                    tally = self._tallies[where] = _Tally()
                tally.add(call)
                for attempt in () if result is None else result.attempts:
                    _more(self._attempts, (attempt.upstream, attempt.error or ""))

    def collect(self) -> Iterator[Metric]:
        """What was counted, for the library."""
        with self._lock:
            yield from list(self._families())

    def exposition(self) -> bytes:
        """What `/metrics` answers, in the type `CONTENT_TYPE`."""
        return generate_latest(self._registry)

    def _families(self) -> Iterator[Metric]:
        some = self._tallies
        yield _counter("roadworthy_calls", "Calls by what came of them.", ("outcome", "enforcement"),
                       {where: each.calls for where, each in some.items()})  # fmt: skip
        yield _counter("roadworthy_calls_refused",
                       "Calls that a rule refused, held or degraded, or in observe mode would have.",
                       ("rule", "enforcement"), {where: each.refused for where, each in some.items()})  # fmt: skip
        yield _histogram("roadworthy_call_seconds", "Duration of answered calls.",
                         {where: each.seconds for where, each in some.items()})  # fmt: skip
        yield _histogram("roadworthy_call_first_token_seconds", "Time to the first token of streams.",
                         {where: each.first for where, each in some.items()})  # fmt: skip
        yield _counter("roadworthy_tokens", "Tokens, cached ones included.", ("kind",),
                       {where: each.tokens for where, each in some.items()})  # fmt: skip
        yield _counter("roadworthy_cost_micros", "Cost in millionths of the currency's unit.", ("currency",),
                       {where: each.cost for where, each in some.items()})  # fmt: skip
        attempts = CounterMetricFamily(
            "roadworthy_upstream_attempts", "Tries at upstreams.", labels=["upstream", "error"]
        )
        for labels, count in self._attempts.items():
            attempts.add_metric(labels, count)
        yield attempts


def _counter(
    name: str, text: str, labels: Sequence[str], counts: Mapping[_Where, Mapping[tuple[str, ...], int]]
) -> CounterMetricFamily:
    family = CounterMetricFamily(name, text, labels=[*_WHERE, *labels])
    for where, some in counts.items():
        for values, count in some.items():
            family.add_metric([*where, *values], count)
    return family


def _histogram(name: str, text: str, durations: Mapping[_Where, _Durations]) -> HistogramMetricFamily:
    family = HistogramMetricFamily(name, text, labels=list(_WHERE))
    for where, each in durations.items():
        if any(each.buckets):
            buckets = list(zip(_NAMES, accumulate(each.buckets), strict=True))
            family.add_metric(list(where), buckets, each.total / _MILLI)
    return family


def _more(counts: dict[tuple[str, ...], int], labels: tuple[str, ...], by: int = 1) -> None:
    counts[labels] = counts.get(labels, 0) + by
