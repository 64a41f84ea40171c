"""Metrics of one replica, as Prometheus reads them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from roadworthy.operate.telemetry.counting import NOBODY, Finished
from roadworthy.operate.telemetry.model import Outcome

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_MILLI = 1_000


class Metrics:
    """Counts calls under names of which there are few: endpoints, stages, outcomes, rules; never keys or users."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        where = ["use_case", "endpoint", "stage"]
        self._calls = Counter(
            "roadworthy_calls", "Calls by what came of them.", [*where, "outcome", "enforcement"], registry=registry
        )
        self._refused = Counter(
            "roadworthy_calls_refused", "Calls that a rule refused, held or degraded, or in observe mode would have.",
            [*where, "rule", "enforcement"], registry=registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "roadworthy_call_seconds", "Duration of answered calls.", where, registry=registry, buckets=SECONDS
        )
        self._first = Histogram(
            "roadworthy_call_first_token_seconds", "Time to the first token of streams.", where, registry=registry,
            buckets=SECONDS,
        )  # fmt: skip
        self._tokens = Counter(
            "roadworthy_tokens", "Tokens, cached ones included.", [*where, "kind"], registry=registry
        )
        self._cost = Counter(
            "roadworthy_cost_micros", "Cost in millionths of the currency's unit.", [*where, "currency"],
            registry=registry,
        )  # fmt: skip
        self._attempts = Counter(
            "roadworthy_upstream_attempts", "Tries at upstreams.", ["upstream", "error"], registry=registry
        )

    def gauge(self, name: str, text: str, value: Callable[[], float]) -> None:
        """Show a number that is asked for whenever somebody reads the metrics."""
        Gauge(name, text, registry=self._registry).set_function(value)

    def count(self, finished: Sequence[Finished]) -> None:
        """Count calls."""
        for call in finished:
            intent, result = call.intent, call.result
            where = (intent.use_case or NOBODY, intent.endpoint or NOBODY, intent.stage or NOBODY)
            self._calls.labels(*where, call.outcome.value, intent.enforcement.value).inc()
            if intent.rule is not None:
                self._refused.labels(*where, intent.rule, intent.enforcement.value).inc()
            if result is None:
                continue
            for attempt in result.attempts:
                self._attempts.labels(attempt.upstream, attempt.error or "").inc()
            if result.outcome is Outcome.ANSWERED:
                self._seconds.labels(*where).observe(result.milliseconds / _MILLI)
                if result.first_token_milliseconds is not None:
                    self._first.labels(*where).observe(result.first_token_milliseconds / _MILLI)
            if result.usage is not None:
                self._tokens.labels(*where, "input").inc(result.usage.input)
                self._tokens.labels(*where, "output").inc(result.usage.output)
            if result.cost is not None:
                self._cost.labels(*where, result.currency or "").inc(result.cost)

    def exposition(self) -> bytes:
        """What `/metrics` answers, in the type `CONTENT_TYPE`."""
        return generate_latest(self._registry)
