"""What follows from numbers and words that came back. Pure functions."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from roadworthy.measure.integration_probe.model import Probe, Quantile, Verdict

CONFIDENCE = 0.95
QUANTILES = (0.5, 0.95)


# ---------------------------------------------------------------- times


def quantile(seconds: Sequence[float], share: float) -> Quantile:
    """A quantile of times with an interval that assumes nothing about how they are distributed.

    The ends are order statistics: of n independent calls, the number that is faster than the true quantile is binomial
    (n, share), so the k-th smallest is below the quantile with a chance that can be counted. Each side leaves out at
    most 5 percent, so each end is a bound at 95 percent by itself. (Conover, Practical Nonparametric Statistics, 3.2.)

    Args:
        seconds: at least one.
        share: between 0 and 1.
    """
    ordered = sorted(seconds)
    n = len(ordered)
    middle = ordered[min(n - 1, math.ceil(share * n) - 1)] if share > 0 else ordered[0]
    low, high = _ends(n, share)
    return Quantile(
        share,
        _ms(middle),
        None if low is None else _ms(ordered[low]),
        None if high is None else _ms(ordered[high]),
    )


def _ends(n: int, share: float) -> tuple[int | None, int | None]:
    """Positions of the order statistics that bound a quantile from below and from above, each at 95 percent."""
    alpha = 1 - CONFIDENCE
    low, high, below = None, None, 0.0
    for k in range(n + 1):
        if below > alpha:
            break
        # The (k+1)-th smallest is above the quantile where at most k calls are below it.
        below += math.comb(n, k) * share**k * (1 - share) ** (n - k)
        if below <= alpha and k < n:
            low = k
    above = 0.0
    for k in range(n, -1, -1):
        above += math.comb(n, k) * share**k * (1 - share) ** (n - k)
        if above > alpha:
            break
        high = k - 1
    return low, high if high is not None and 0 <= high < n else None


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)


def calls_needed(share: float) -> int:
    """Fewest calls of which the slowest bounds a quantile from above at 95 percent."""
    return math.ceil(math.log(1 - CONFIDENCE) / math.log(share))


def latency_verdict(measured: Quantile, declared_ms: float) -> Verdict:
    """Whether a declared time is kept: only where the whole interval is on one side of it."""
    if measured.high is not None and measured.high <= declared_ms:
        return Verdict.PASS
    if measured.low is not None and measured.low > declared_ms:
        return Verdict.FAIL
    return Verdict.UNKNOWN


# ---------------------------------------------------------------- words


_TRACES = (
    ("a Python traceback", re.compile(r"Traceback \(most recent call last\)|File \"[^\"\n]+\", line \d+")),
    ("a Java stack trace", re.compile(r"\bat [\w$.]+\([\w$]+\.java:\d+\)|java\.lang\.\w+(?:Exception|Error)")),
    ("a .NET stack trace", re.compile(r"\bat [\w.<>`]+\(.*\) in .+:line \d+|System\.\w+Exception")),
    ("a JavaScript stack trace", re.compile(r"\bat .+ \(.+\.(?:js|ts):\d+:\d+\)")),
    ("a Go stack trace", re.compile(r"goroutine \d+ \[running\]")),
    ("a PHP error", re.compile(r"(?:Fatal error|Warning): .+ in .+\.php on line \d+")),
    ("an SQL error", re.compile(r"SQLSTATE\[|ORA-\d{5}|syntax error at or near|psycopg|sqlite3\.\w+Error")),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("an address with a password", re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@]+:[^\s/@]+@")),
)  # fmt: skip


def leaks(text: str, secrets: Sequence[str] = ()) -> tuple[str, ...]:
    """What an answer lets out that is no business of a caller; the text itself is never repeated.

    Args:
        text: of the answer.
        secrets: that were shown to the system; an answer that repeats one lets it out.
    """
    found = [what for what, pattern in _TRACES if pattern.search(text)]
    if any(secret and secret in text for secret in secrets):
        found.append("the credential that was shown")
    return tuple(found)


def scrubbed(text: str, secrets: Sequence[str]) -> str:
    """Text in which no secret is left, whatever path it took into it."""
    for secret in sorted(secrets, key=len, reverse=True):
        if secret:
            text = text.replace(secret, "[redacted]")
    return text


_LIMITS = ["ratelimit-limit", "x-ratelimit-limit", "x-rate-limit-limit"]
_POLICY = re.compile(r"q=(\d+)(?:.*?w=(\d+))?")


def told_limit(headers: Mapping[str, str]) -> tuple[int, float | None] | None:
    """The rate that a system says it allows: calls, and the seconds they are for where it says so.

    Reads `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers: `"default";q=100;w=60`) and the older
    `RateLimit-Limit` (`100, 100;w=60`) with its `X-` forms.
    """
    policy = _POLICY.search(headers.get("ratelimit-policy", ""))
    if policy:
        return int(policy[1]), float(policy[2]) if policy[2] else None
    for name in _LIMITS:
        found = re.match(r"\s*(\d{1,12})", headers.get(name, ""))
        if found:
            window = re.search(r"w=(\d{1,9})", headers[name])
            return int(found[1]), float(window[1]) if window else None
    return None


# ---------------------------------------------------------------- what it says about the use case


def headline(probes: Sequence[Probe], declared: Sequence[str]) -> Verdict:
    """How the integrations of a use case stand together.

    Args:
        probes: the latest of each system that was tried as it is declared now.
        declared: names of all systems that the use case declares.
    """
    if any(probe.verdict is Verdict.FAIL for probe in probes):
        return Verdict.FAIL
    tried = {probe.system for probe in probes if probe.verdict is Verdict.PASS}
    return Verdict.PASS if declared and tried >= set(declared) else Verdict.UNKNOWN
