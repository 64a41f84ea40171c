"""Trials of how fast a system answers and how much it bears, with never more calls than were declared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from roadworthy.measure.integration_probe.declared import Rate
from roadworthy.measure.integration_probe.model import Area, Verdict
from roadworthy.measure.integration_probe.rules import (
    QUANTILES,
    calls_needed,
    latency_verdict,
    quantile,
    told_limit,
)
from roadworthy.measure.integration_probe.trying import Bench, Found, Trials, failed, passed, trial, unknown
from roadworthy.measure.integration_probe.wire import Came

_TOO_MANY = 429
_BUSY = frozenset({_TOO_MANY, 503})


class Calls:
    """The same call, as often as the limits and the declared rate allow."""

    def __init__(
        self, bench: Bench, call: Callable[[], Came | None], seconds: Callable[[], float] | None = None
    ) -> None:
        self._bench = bench
        self._before = seconds
        self._call = call
        self.came: list[Came] = []
        self.seconds = 0.0

    def make(self) -> None:
        """Make the calls; the first that is held back is the last."""
        clock, limits = self._bench.clock, self._bench.limits
        begun = clock.monotonic()
        while len(self.came) < limits.calls and clock.monotonic() - begun < limits.seconds:
            came = self._call()
            if came is None:
                break
            self.came.append(came)
            if came.status in _BUSY:
                break
        self.seconds = clock.monotonic() - begun if self._before is None else self._before()


def trials(bench: Bench, call: Callable[[], Came | None], seconds: Callable[[], float] | None = None) -> Trials:
    """Latency and rate, out of the same calls.

    Args:
        bench: what trials need.
        call: makes one call; None where there is none to make.
        seconds: how long the calls took, where they were made before.
    """
    calls = Calls(bench, call, seconds)
    declared = "no time is declared" if bench.latency is None else f"95 of 100 within {bench.latency:g} ms"
    yield trial(bench, "latency", Area.PACE, did="Called one operation again and again at the declared rate",
                expected=declared, run=lambda: _latency(bench, calls))  # fmt: skip
    rate = bench.target.rate
    yield trial(bench, "rate", Area.PACE, did="Looked whether those calls were held back, never asking more often",
                expected="no rate is declared" if rate is None else f"{rate} are borne",
                run=lambda: _rate(bench, calls))  # fmt: skip


def _latency(bench: Bench, calls: Calls) -> Found:
    calls.make()
    good = [came.seconds for came in calls.came if came.ok]
    if not good:
        return unknown("no call succeeded", "mend what the trials before this one found, then probe again")
    measured = tuple(quantile(good, share) for share in QUANTILES)
    tail = measured[-1]
    said = f"{measured[0].milliseconds:g} ms for half of the calls, {tail.milliseconds:g} ms for 95 of 100"
    more = {"quantiles": measured, "n": len(good), "seconds": round(calls.seconds, 3)}
    if bench.latency is None:
        return unknown(said, "declare under `probe.latency` what it must keep", **more)
    verdict = latency_verdict(tail, bench.latency)
    if verdict is Verdict.PASS:
        return passed(said, **more)
    if verdict is Verdict.FAIL:
        return failed(said, "make the system faster, or declare what the use case can live with", **more)
    needed = calls_needed(QUANTILES[-1])
    if len(good) < needed:
        remedy = f"it takes {needed} calls or more: declare a higher rate, or accept a longer probe"
        return unknown(f"{said}; {len(good)} calls are too few to tell", remedy, **more)
    return unknown(f"{said}; the interval is on both sides of the declared time", "probe again at another hour; it is "
                   "near the limit", **more)  # fmt: skip


def _rate(bench: Bench, calls: Calls) -> Found:
    n, rate = len(calls.came), bench.rate
    more = {"n": n, "seconds": round(calls.seconds, 3)}
    held = next((came for came in calls.came if came.status in _BUSY), None)
    if held is not None:
        after = held.headers.get("retry-after", "")
        told = f"; it says to wait {after[:40]}" if after else "; it does not say for how long"
        remedy = "have the quota raised, or lower the declared rate and queue what is over it"
        return failed(f"status {held.status} at call {n}{told}", remedy, **more)
    if not n:
        return unknown("no call was made", "declare a reading operation", **more)
    if rate is None:
        return unknown(f"{n} calls were not held back", "declare under `probe.rate` what it must bear", **more)
    return _borne(calls, rate, more)


def _borne(calls: Calls, rate: Rate, more: dict[str, Any]) -> Found:
    """No call was held back: whether that says enough about the declared rate."""
    n = len(calls.came)
    allowed, window = next((found for came in calls.came if (found := told_limit(came.headers))), (0, None))
    if window:
        per = f"{allowed} calls in {window:g} s"
        if allowed / window < rate.calls / rate.seconds:
            remedy = "have the quota raised, or lower the declared rate"
            return failed(f"the system says that it allows {per}", remedy, **more)
        return passed(f"{n} calls were not held back, and the system says that it allows {per}", **more)
    if n >= rate.calls:
        return passed(f"{n} calls in {calls.seconds:.1f} s were not held back", **more)
    return unknown(
        f"{n} calls in {calls.seconds:.1f} s were not held back, and the system does not tell its limit",
        f"to be sure, {rate.calls:,} calls in {rate.seconds:g} s would be needed; or have the quota in writing",
        **more,
    )
