"""How many calls wait and how many are dead, as Prometheus reads it; counted now and then, everywhere the same."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from roadworthy.operate.calls.later.store import Count


class Waiting:
    """Shows what was counted last."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        where = ["use_case", "endpoint"]
        self._waiting = Gauge(
            "roadworthy_calls_waiting", "Calls that are answered later and wait or run.", where, registry=self._registry
        )
        self._dead = Gauge(
            "roadworthy_calls_dead", "Dead letters of calls that nobody has seen to.", where, registry=self._registry
        )

    def take(self, counts: Sequence[Count]) -> None:
        """Show these from now on; what is not among them is gone."""
        self._waiting.clear()
        self._dead.clear()
        for each in counts:
            self._waiting.labels(each.use_case, each.endpoint).set(each.waiting)
            self._dead.labels(each.use_case, each.endpoint).set(each.dead)

    def exposition(self) -> bytes:
        """What `/metrics` answers."""
        return generate_latest(self._registry)
