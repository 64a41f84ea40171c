"""What follows from numbers and words that came back."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.measure.integration_probe.model import Quantile, Verdict
from roadworthy.measure.integration_probe.rules import (
    calls_needed,
    latency_verdict,
    leaks,
    quantile,
    scrubbed,
    told_limit,
)

times = st.lists(st.floats(0, 100, allow_nan=False), min_size=1, max_size=200)


@given(times, st.sampled_from([0.5, 0.9, 0.95]))
def test_an_interval_holds_its_quantile(seconds: list[float], share: float) -> None:
    found = quantile(seconds, share)

    assert found.low is None or found.low <= found.milliseconds
    assert found.high is None or found.high >= found.milliseconds
    assert min(seconds) * 1000 - 0.01 <= found.milliseconds <= max(seconds) * 1000 + 0.01


@pytest.mark.parametrize(("n", "known"), [(58, False), (59, True)])
def test_fifty_nine_calls_are_the_fewest_that_bound_the_95th_percentile(n: int, known: bool) -> None:
    assert (quantile([0.1] * n, 0.95).high is not None) is known
    assert calls_needed(0.95) == 59


def test_each_end_is_a_bound_at_95_percent() -> None:
    drawn = random.Random(7)
    below = above = 0
    for _ in range(2_000):
        found = quantile([drawn.random() for _ in range(100)], 0.95)
        assert found.low is not None
        assert found.high is not None
        below += found.high < 950
        above += found.low > 950

    assert below / 2_000 < 0.065, "the true percentile is above the upper end more often than was promised"
    assert above / 2_000 < 0.065


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(1, 400, Verdict.PASS), (501, 900, Verdict.FAIL), (300, 900, Verdict.UNKNOWN), (300, None, Verdict.UNKNOWN)],
)
def test_a_time_is_kept_only_where_the_whole_interval_says_so(low: float, high: float | None, verdict: Verdict) -> None:
    assert latency_verdict(Quantile(0.95, 350, low, high), 500) is verdict


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('Traceback (most recent call last):\n  File "app/get.py", line 3, in get', "a Python traceback"),
        ("java.lang.NullPointerException\n at org.x.Y.z(Y.java:12)", "a Java stack trace"),
        ("goroutine 12 [running]:", "a Go stack trace"),
        ('ERROR: syntax error at or near "x"', "an SQL error"),
        ("-----BEGIN RSA PRIVATE KEY-----", "a private key"),
        ("postgresql://app:hunter2@db/prod", "an address with a password"),
    ],
)
def test_what_lets_something_out_is_recognised(text: str, what: str) -> None:
    assert what in leaks(f"<html>{text}</html>")


def test_a_short_error_lets_nothing_out() -> None:
    assert leaks('{"error": "no such patient", "at": "2026-05-01T10:00:00Z", "see": "https://x.example/errors"}') == ()


@given(st.text(), st.lists(st.text(min_size=1), max_size=3))
def test_no_secret_is_left(text: str, secrets: list[str]) -> None:
    rest = scrubbed(text + "".join(secrets), secrets).replace("[redacted]", "\x00")

    assert not any(secret in rest for secret in secrets if "\x00" not in secret)


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"ratelimit-policy": '"default";q=100;w=60'}, (100, 60)),
        ({"ratelimit-limit": "100, 100;w=10"}, (100, 10)),
        ({"x-ratelimit-limit": "5000"}, (5000, None)),
        ({"x-ratelimit-limit": "many"}, None),
        ({}, None),
    ],
)
def test_what_a_system_says_of_its_limit_is_read(headers: dict[str, str], told: tuple[int, float | None]) -> None:
    assert told_limit(headers) == told
