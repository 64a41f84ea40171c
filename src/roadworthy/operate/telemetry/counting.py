"""What is counted of calls, in windows that can be added up in any order. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from roadworthy.operate.telemetry.model import Intent, Outcome
from roadworthy.operate.telemetry.rows import Finished

Name = TypeVar("Name", str, int)

STEP = 1.1
"""Times are counted in steps of a tenth: a quantile is right to within that."""
NOBODY = "-"
"""In place of an endpoint, where the caller was not recognised."""


class Counted(msgspec.Struct, omit_defaults=True):
    """What one endpoint did in a time."""

    calls: int = 0
    outcomes: dict[str, int] = {}
    rules: dict[str, int] = {}
    """By rule, what was refused, held or degraded; in observe mode, what would have been."""
    enforcement: dict[str, int] = {}
    stages: dict[str, int] = {}
    errors: dict[str, int] = {}
    latency: dict[int, int] = {}
    """Steps of the duration of answered calls in milliseconds, to how many."""
    first_token: dict[int, int] = {}
    input_tokens: int = 0
    output_tokens: int = 0
    cost: dict[str, int] = {}
    """In millionths, by currency."""
    unpriced: int = 0
    """Answered calls for which no price is known."""

    def add(self, call: Finished) -> None:
        """Count a call."""
        intent, result = call.intent, call.result
        self.calls += 1
        _one(self.outcomes, call.outcome.value)
        _one(self.enforcement, intent.enforcement.value)
        _one(self.stages, intent.stage or NOBODY)
        if intent.rule is not None:
            _one(self.rules, intent.rule)
        if result is None:
            return
        if result.error is not None:
            _one(self.errors, result.error)
        if result.outcome is Outcome.ANSWERED:
            _one(self.latency, step_of(result.milliseconds))
            if result.first_token_milliseconds is not None:
                _one(self.first_token, step_of(result.first_token_milliseconds))
        if result.usage is not None:
            self.input_tokens += result.usage.input
            self.output_tokens += result.usage.output
        if result.cost is not None:
            currency = result.currency or ""
            self.cost[currency] = self.cost.get(currency, 0) + result.cost
        elif result.usage is not None:
            self.unpriced += 1


Window = dict[str, Counted]
"""By use case and endpoint, as `place_of` joins them."""
_decoder = msgspec.json.Decoder(dict[str, Counted])
_encoder = msgspec.json.Encoder()


def place_of(intent: Intent) -> str:
    """Under what a call is counted."""
    return f"{intent.use_case or NOBODY}/{intent.endpoint or NOBODY}"


def encoded(window: Window) -> bytes:
    """As a replica shares it."""
    return _encoder.encode(window)


def decoded(content: bytes) -> Window:
    """As a replica shared it."""
    return _decoder.decode(content)


def total(windows: Iterable[Window]) -> Window:
    """Windows added up."""
    found: Window = {}
    for window in windows:
        for name, counted in window.items():
            found[name] = added(found.get(name, Counted()), counted)
    return found


def added(one: Counted, other: Counted) -> Counted:
    """Both together."""
    return Counted(**{name: _plus(getattr(one, name), getattr(other, name)) for name in Counted.__struct_fields__})


@lru_cache(maxsize=4_096)  # one or two of every call
def step_of(milliseconds: int) -> int:
    """The step in which a time is counted: the least whose end is not below it."""
    return 0 if milliseconds <= 1 else math.ceil(math.log(milliseconds, STEP) - 1e-9)


def quantile(steps: Mapping[int, int], share: float) -> int | None:
    """Milliseconds within which this share of the calls was answered, to within a tenth; None where there is none."""
    wanted, seen = share * sum(steps.values()), 0
    for step in sorted(steps):
        seen += steps[step]
        if seen >= wanted:
            return round(STEP**step)
    return None


def _one(counts: dict[Name, int], name: Name) -> None:
    counts[name] = counts.get(name, 0) + 1


def _plus(one: Any, other: Any) -> Any:  # noqa: ANN401 - numbers, or counts by name
    if isinstance(one, dict):
        return {name: one.get(name, 0) + other.get(name, 0) for name in {**one, **other}}
    return one + other


def most(counts: Mapping[str, int]) -> Sequence[tuple[str, int]]:
    """The most frequent first."""
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))
