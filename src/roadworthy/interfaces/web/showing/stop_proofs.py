"""Whether a stop is known to work, in words: the last self-test process by process, and those before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from roadworthy.decide.certificate.proof_rows import Proven, SelfTest
from roadworthy.interfaces.web.views.parts import Badge, Moment, Tone, plural
from roadworthy.interfaces.web.views.stops import Proof, ProofLine

MOST_PROCESSES = 20
MOST_BEFORE = 5
WITHIN: Final = 1_000
"""Milliseconds within which a stop has to reach a process."""
_OLD: Final = dt.timedelta(days=2)
"""A proof is due once a day, if the policy does not say otherwise."""
_STATES: Final[Mapping[Proven, Badge]] = {
    Proven.PROVEN: Badge(Tone.GO, "proven"),
    Proven.SLOW: Badge(Tone.STOP, "slow"),
    Proven.MISSING: Badge(Tone.STOP, "missing"),
}
_RUNS: Final = Badge(Tone.STALE, "runs")


def proof_of(tests: Sequence[SelfTest], now: dt.datetime, *, may_prove: bool) -> Proof:
    """The section of the page.

    Args:
        tests: the newest first.
        now: the present.
        may_prove: whether whoever looks may begin one.
    """
    ended = [each for each in tests if each.ended_at is not None]
    runs = bool(tests) and tests[0].ended_at is None
    path = "/stops/prove" if may_prove and not runs else ""
    if not ended:
        return Proof(
            "Nobody has proven that a stop works here",
            "Once a day something that nobody does is stopped for ten seconds, and every process says when it would "
            "have refused it. Until the first time, nothing is known.",
            _RUNS if runs else Badge(Tone.UNKNOWN, "not proven yet"), None, (), (), path, runs,
        )  # fmt: skip
    last = ended[0]
    at = last.ended_at or last.began_at
    state = _state(last)
    if state.tone is Tone.GO and now - at > _OLD:
        state = Badge(Tone.STALE, "proven, long ago")
    return Proof(
        _finding(last), _text(last), state, Moment.of(at, now), tuple(_processes(last)),
        tuple(_before(each, now) for each in ended[1 : MOST_BEFORE + 1]), path, runs,
    )  # fmt: skip


def _state(test: SelfTest) -> Badge:
    return _STATES[test.outcome] if test.outcome is not None else _RUNS


def _finding(test: SelfTest) -> str:
    if test.outcome is Proven.PROVEN:
        return f"A stop reached {plural(len(test.seen), 'process', 'processes')} within {test.slowest} ms"
    return "A stop did not reach every process" if test.outcome is Proven.MISSING else "A stop took more than a second"


def _text(test: SelfTest) -> str:
    if test.outcome is Proven.PROVEN:
        return "The self-test stopped something that nobody does, and let it go again."
    return "What did not know would have gone on. Look whether that process runs and reaches the database."


def _processes(test: SelfTest) -> Iterator[ProofLine]:
    """The slowest first, and those that never knew before them."""
    for name in test.missing[:MOST_PROCESSES]:
        yield ProofLine(name, "never", Badge(Tone.STOP, "never knew"))
    for name, took in sorted(test.seen.values(), key=lambda one: -one[1])[:MOST_PROCESSES]:
        late = took > WITHIN
        yield ProofLine(name, f"{took:,} ms", Badge(Tone.STOP, "too late") if late else Badge(Tone.GO, "in time"))


def _before(test: SelfTest, now: dt.datetime) -> ProofLine:
    slowest = "" if test.slowest is None else f"slowest {test.slowest:,} ms"
    return ProofLine(Moment.of(test.began_at, now).words, slowest, _state(test))
