"""When a message goes out: quiet hours, digests, and what nobody can switch off."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.notify.model import (
    ChannelType,
    DeliveryState,
    Message,
    Mode,
    NotificationChannel,
    Preferences,
    Topic,
)
from roadworthy.foundation.notify.rules import (
    address_of,
    filled,
    for_person,
    for_places,
    next_digest,
    one_line,
    quiet_until,
)

WAITS = Topic("decision-waits", "A decision waits for you", always=True)
NEWS = Topic("decided", "A decision was made")
MAIL = NotificationChannel(title="Mail", type=ChannelType.PERSON, address="env:MAIL")
ROOM = NotificationChannel(title="Risk", type=ChannelType.ROOM, address="env:ROOM", groups=("risk",))
NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "Australia/Lord_Howe")

hours = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
moments = st.integers(0, 6 * 366 * 1440).map(lambda minutes: NOON.replace(year=2024) + dt.timedelta(minutes=minutes))
choices = st.builds(Preferences, quiet_from=hours, quiet_to=hours, zone=st.sampled_from(ZONES), digest_at=hours)


@given(choices, moments)
def test_quiet_hours_end_and_are_over_when_they_do(chosen: Preferences, now: dt.datetime) -> None:
    until = quiet_until(chosen, now)
    if until is not None:
        assert now < until <= now + dt.timedelta(hours=26)
        assert quiet_until(chosen, until) is None


@given(choices, moments)
def test_a_digest_goes_out_later_and_within_two_days(chosen: Preferences, now: dt.datetime) -> None:
    due = next_digest(chosen, now)
    assert now < due <= now + dt.timedelta(hours=49)  # a zone once left out a whole day
    wall = due.astimezone(ZoneInfo(chosen.zone))
    assert wall.tzinfo is not None


def test_quiet_hours_reach_over_midnight_in_the_persons_own_zone() -> None:
    chosen = Preferences(quiet_from="22:00", quiet_to="07:00", zone="Europe/Berlin")
    late = dt.datetime(2026, 6, 1, 21, 30, tzinfo=dt.UTC)  # 23:30 in Berlin
    early = dt.datetime(2026, 6, 2, 4, 59, tzinfo=dt.UTC)  # 06:59
    assert quiet_until(chosen, late) == quiet_until(chosen, early) == dt.datetime(2026, 6, 2, 5, tzinfo=dt.UTC)
    assert quiet_until(chosen, dt.datetime(2026, 6, 2, 5, tzinfo=dt.UTC)) is None


def test_an_urgent_message_waits_for_nothing() -> None:
    chosen = Preferences(modes={"decided": Mode.OFF}, quiet_from="00:00", quiet_to="23:59", zone="UTC")
    message = Message("decided", "s", "/", urgent=True)
    [planned] = for_person(message, NEWS, "p", "a@b.example", chosen, {"mail": MAIL}, NOON)
    assert (planned.state, planned.due_at) == (DeliveryState.QUEUED, NOON)


@pytest.mark.parametrize(
    ("topic", "mode", "address", "state"),
    [
        (NEWS, Mode.OFF, "a@b.example", DeliveryState.OFF),
        (WAITS, Mode.OFF, "a@b.example", DeliveryState.QUEUED),
        (NEWS, Mode.DIGEST, "a@b.example", DeliveryState.IN_DIGEST),
        (NEWS, Mode.NOW, "a@b.example", DeliveryState.QUEUED),
        (NEWS, Mode.NOW, None, DeliveryState.UNREACHABLE),
    ],
)
def test_what_becomes_of_a_message(topic: Topic, mode: Mode, address: str | None, state: DeliveryState) -> None:
    chosen = Preferences(modes={topic.name: mode})
    [planned] = for_person(Message(topic.name, "s", "/"), topic, "p", address, chosen, {"mail": MAIL}, NOON)
    assert planned.state is state


def test_a_person_who_chose_a_channel_that_is_gone_is_reached_by_the_others() -> None:
    chosen = Preferences(channels=("pigeon",))
    [planned] = for_person(Message("decided", "s", "/"), NEWS, "p", "a@b.example", chosen, {"mail": MAIL}, NOON)
    assert planned.channel == "mail"


def test_a_room_hears_of_its_own_groups_only() -> None:
    assert [each.channel for each in for_places(NEWS, frozenset({"risk"}), {"risk": ROOM, "mail": MAIL}, NOON)] == [
        "risk"
    ]
    assert not for_places(NEWS, frozenset({"sales"}), {"risk": ROOM}, NOON)


@pytest.mark.parametrize(
    "handle",
    [
        "ada", "ada@localhost", "a b@c.example", "a@b.example,c@d.example", "a@b.example?to=c@d.example", "@b.example",
        "a@b.example\r\nBcc: c@d.example", "a&to=x@b.example", "ada<x@b.example>", "a@b.example/../x", "ä@b.example",
    ],
)  # fmt: skip
def test_only_a_plain_address_is_one(handle: str) -> None:
    assert address_of(handle) is None


@given(st.text(max_size=40))
def test_an_address_stays_one_value_whatever_it_holds(address: str) -> None:
    whole = filled("mailto://mail.example?to={address}&from=x", address)
    assert whole.startswith("mailto://mail.example?to=")
    inside = whole.removeprefix("mailto://mail.example?to=").removesuffix("&from=x")
    assert not set(inside) & set("&?#/ \r\n")


@given(st.text(max_size=400))
def test_a_subject_is_one_short_line(text: str) -> None:
    line = one_line(text)
    assert len(line) <= 200
    assert line.isprintable()
