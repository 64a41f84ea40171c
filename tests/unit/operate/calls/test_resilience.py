"""What is done when an upstream fails, as laws."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from roadworthy.operate.calls.resilience import rules
from roadworthy.operate.calls.resilience.breaker import FAILURES, LONGEST, Breaker, BreakerState, RetryBudget
from roadworthy.operate.calls.resilience.replies import Known, Remembered, Replies, Telling
from roadworthy.operate.calls.wire.failures import DECLINED, UNTOUCHED, FailureClass, UpstreamFailure

failures = st.builds(
    UpstreamFailure,
    st.sampled_from(FailureClass),
    retry_after=st.none() | st.floats(0, 1_000),
)


@given(failures)
def test_nothing_that_may_have_begun_is_repeated_where_effects_are_possible(failure: UpstreamFailure) -> None:
    if rules.may_repeat(failure, effects=True):
        assert failure.kind in UNTOUCHED | DECLINED
        assert rules.may_repeat(failure, effects=False)


@given(failures, st.integers(1, 20), st.integers(1, 11))
def test_tries_of_a_target_are_bounded(failure: UpstreamFailure, tries: int, most: int) -> None:
    if rules.same_again(failure, tries, most):
        assert tries < most


@given(st.integers(1, 100), st.none() | st.floats(0, 1_000), st.floats(0, 1))
def test_a_pause_is_never_longer_than_the_longest(tries: int, retry_after: float | None, chance: float) -> None:
    assert 0 < rules.pause(tries, retry_after, chance) <= rules.LONGEST_PAUSE


@given(st.lists(st.booleans(), max_size=300))
def test_repeats_stay_a_share_of_the_calls(steps: list[bool]) -> None:
    budget, calls, repeats = RetryBudget(), 0, 0
    for is_call in steps:
        if is_call:
            budget.earn()
            calls += 1
        else:
            repeats += budget.spend()
    assert repeats <= 10 + calls / 5 + 1e-6


@given(st.lists(st.tuples(st.floats(0, 30), st.sampled_from(["well", "sick", "ended"])), max_size=100))
def test_a_breaker_lets_one_call_try_at_a_time_and_rests_at_most_a_minute(steps: list[tuple[float, str]]) -> None:
    breaker, now = Breaker(), 0.0
    for seconds, how in steps:
        now += seconds
        if not breaker.lets(now):
            assert breaker.state(now) is not BreakerState.CLOSED
            assert breaker.seconds_left(now) <= LONGEST
            continue
        if breaker.state(now) is BreakerState.HALF_OPEN:
            assert not breaker.lets(now)
        if how == "well":
            breaker.well()
            assert breaker.state(now) is BreakerState.CLOSED
        elif how == "sick":
            breaker.sick(now)
        else:
            breaker.ended()


def test_a_breaker_opens_after_failures_in_a_row() -> None:
    breaker = Breaker()
    for _ in range(FAILURES):
        assert breaker.lets(1.0)
        breaker.sick(1.0)
    assert not breaker.lets(1.5)
    assert breaker.lets(3.5)


class Nowhere:
    async def answer(self, *_told: object) -> None: ...
    async def begin(self, *_told: object) -> None: ...
    async def drained(self) -> None: ...
    def write(self, _data: bytes) -> bool:
        return True

    async def end(self, *_told: object) -> None: ...


def test_what_may_end_differently_is_not_remembered() -> None:
    replies, key = Replies(), ("k", "chat", "1")
    assert replies.begin(key, b"a", 0.0) is Known.NEW
    assert replies.begin(key, b"a", 0.0) is Known.UNDER_WAY
    assert replies.begin(key, b"b", 0.0) is Known.OTHER
    told = Telling(Nowhere())
    told.status, told.whole = 502, True
    replies.end(key, told)
    assert replies.begin(key, b"a", 0.0) is Known.NEW
    told.status = 200
    replies.end(key, told)
    assert isinstance(replies.begin(key, b"a", 1.0), Remembered)
    assert replies.begin(key, b"a", 90_000.0) is Known.NEW
