from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.digests import LARGEST_INTEGER, canonical_bytes, commitment, digest, same
from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.ids import earliest_id, new_id
from roadworthy.foundation.instants import from_text, to_text
from roadworthy.foundation.money import Money
from roadworthy.foundation.runtime import AheadClock, Runtime, SeededRandomness, SimulatedClock, SystemRandomness

instants = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
canonical = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST_INTEGER, LARGEST_INTEGER) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(instants, st.integers())
def test_an_id_is_a_version_7_uuid_that_carries_its_millisecond(now: datetime, seed: int) -> None:
    made = uuid.UUID(new_id(now, SeededRandomness(seed)))
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert made.int >> 80 == int(now.timestamp() * 1000)


@given(instants, st.integers(0, 10**9), st.timedeltas(timedelta(0), timedelta(days=300)))
def test_the_earliest_identifier_parts_what_was_made_before_from_what_comes(
    instant: datetime, seed: int, later: timedelta
) -> None:
    parting, random = earliest_id(instant), SeededRandomness(seed)
    assert new_id(instant + later, random) > parting
    assert new_id(instant - later - timedelta(milliseconds=1), random) < parting


def test_ids_sort_by_time_and_do_not_repeat() -> None:
    clock, randomness = SimulatedClock(), SystemRandomness()
    ids = []
    for _ in range(200):
        ids.append(new_id(clock.now(), randomness))
        clock.advance(timedelta(milliseconds=1))
    assert ids == sorted(ids)
    assert len({new_id(clock.now(), randomness) for _ in range(2_000)}) == 2_000


@given(canonical)
def test_canonical_bytes_do_not_depend_on_key_order(value: object) -> None:
    def turned(item: object) -> object:
        match item:
            case dict():
                return {key: turned(item[key]) for key in reversed(list(item))}
            case list():
                return [turned(each) for each in item]
            case _:
                return item

    assert canonical_bytes(value) == canonical_bytes(turned(value))  # type: ignore[arg-type]  # recursive JSON
    assert canonical_bytes(value).isascii()  # type: ignore[arg-type]  # recursive JSON


@pytest.mark.parametrize("value", [1.5, {"a": 1.0}, [object()], {1: "a"}, b"bytes", {"a": {2, 3}}])
def test_what_has_no_single_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_bytes(value)  # type: ignore[arg-type]  # that is the point


@pytest.mark.parametrize("value", [LARGEST_INTEGER + 1, -LARGEST_INTEGER - 1])
def test_integers_that_others_would_round_are_refused(value: int) -> None:
    with pytest.raises(ValueError, match="2\\^53"):
        canonical_bytes(value)


@given(st.binary(), st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_a_commitment_depends_on_its_salt(content: bytes, salt: bytes, other: bytes) -> None:
    assert (commitment(salt, content) == commitment(other, content)) == (salt == other)
    assert commitment(salt, content) != digest(content)


def test_a_salt_has_one_length() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        commitment(b"short", b"content")


@given(st.text(), st.text())
def test_same_is_equality(left: str, right: str) -> None:
    assert same(left, right) == (left == right)


@given(instants)
def test_an_instant_survives_text_and_sorts_as_text(instant: datetime) -> None:
    later = instant + timedelta(microseconds=1)
    assert from_text(to_text(instant)) == instant
    assert to_text(instant) < to_text(later)
    assert to_text(instant.astimezone(timezone(timedelta(hours=5)))) == to_text(instant)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-01-01T10:00:00", "2026-13-01T00:00:00Z"])
def test_an_instant_without_a_zone_or_a_meaning_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        from_text(text)
    assert caught.value.remedy


def test_a_naive_instant_is_never_written() -> None:
    with pytest.raises(ValueError, match="zone"):
        to_text(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


@given(st.integers(-(10**12), 10**12), st.sampled_from(["EUR", "USD", "JPY", "KWD"]))
def test_money_survives_text(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.parse(str(money)) == money


@pytest.mark.parametrize(
    ("text", "minor"),
    [("1250000 EUR", 125_000_000), ("1,250,000 EUR", 125_000_000), ("0.05 USD", 5), ("-3.5 USD", -350), ("7 JPY", 7)],
)
def test_money_is_read_as_people_write_it(text: str, minor: int) -> None:
    assert Money.parse(text).minor == minor


@pytest.mark.parametrize("text", ["", "12", "EUR 12", "1.005 EUR", "1.5 JPY", "1,25,000 EUR", "1e3 EUR", "NaN EUR"])
def test_what_is_no_amount_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Money.parse(text)
    assert caught.value.remedy


def test_currencies_do_not_mix() -> None:
    assert Money(1, "EUR") + Money(2, "EUR") == Money(3, "EUR")
    with pytest.raises(ValueError, match="USD"):
        Money(1, "EUR") + Money(1, "USD")


def test_a_clock_that_runs_ahead_keeps_its_distance_and_says_so() -> None:
    other = SimulatedClock()
    ahead = AheadClock(timedelta(days=90), other)
    ahead.sleep(60)

    assert ahead.now() - other.now() == timedelta(days=90)
    assert ahead.monotonic() == other.monotonic() == 60
    assert Runtime(clock=ahead).ahead == timedelta(days=90)
    assert Runtime(clock=other).ahead == timedelta(0)
