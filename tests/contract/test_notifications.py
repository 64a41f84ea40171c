"""Messages over a store, with a real mail server and a real receiver: told once durable, tried until taken, logged."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from roadworthy.foundation.errors import InvalidInput, NotFound, Unavailable
from roadworthy.foundation.identity.directory import Directory
from roadworthy.foundation.identity.tables import people
from roadworthy.foundation.ledger.appender import appender_for
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.notify import retention
from roadworthy.foundation.notify.kinds import kinds
from roadworthy.foundation.notify.model import DeliveryState, Message, Mode, PreferencesShape, Topic
from roadworthy.foundation.notify.retention import Retention
from roadworthy.foundation.notify.sending import verify
from roadworthy.foundation.notify.service import PERSISTENCE, Notify
from roadworthy.foundation.resources.documents import Source, parse
from roadworthy.foundation.resources.registry import Registry
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime, SimulatedClock
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.letters import DeadLetters, TimerLetters
from roadworthy.foundation.workflow.rules import pause
from roadworthy.foundation.workflow.schedules import Schedules
from roadworthy.foundation.workflow.service import Timers
from tests.harness.post import Mailbox, Receiver, mailbox, receiver

START = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
ADA, BEN = "00000000-0000-7000-8000-00000000000a", "00000000-0000-7000-8000-00000000000b"
BY_ADA = Context(Actor(ActorKind.PERSON, ADA))
KEY = b"a key of the receiver"
WAITS = Message("decision-waits", "Promotion of claims-triage waits", "/decisions/1", (ADA,), ("Until tomorrow.",))

CHANNELS = """
apiVersion: roadworthy.dev/v1alpha1
kind: NotificationChannel
metadata: {name: mail}
spec: {title: Mail, type: person, address: "file:mail.txt"}
---
apiVersion: roadworthy.dev/v1alpha1
kind: NotificationChannel
metadata: {name: hook}
spec: {title: A program, type: webhook, address: "HOOK", secret: "file:hook.txt", topics: [decided]}
"""


@dataclass
class Bench:
    clock: SimulatedClock
    units: Units
    timers: Timers
    schedules: Schedules
    resources: Resources
    notify: Notify
    mailbox: Mailbox
    receiver: Receiver
    home: Path

    def tell(self, message: Message = WAITS) -> None:
        self.units.run(BY_ADA, lambda tx: self.notify.tell(tx, message))

    def pass_by(self, time: dt.timedelta) -> None:
        self.clock.advance(time)
        self.timers.tick()

    def restarted(self, store: Store, runtime: Runtime) -> Bench:
        """The same after the process was killed and another one started."""
        return running(store, runtime, self.home, self.mailbox, self.receiver)

    def locked_away(self) -> None:
        """The channel's address is nowhere to be found, which fails as well as a server that is down, and faster."""
        (self.home / "mail.txt").rename(self.home / "away.txt")

    def brought_back(self) -> None:
        """The address is there again."""
        (self.home / "away.txt").rename(self.home / "mail.txt")

    def letters(self) -> list[str]:
        """Keys of what was given up."""
        return [f"{timer.kind}/{timer.key}" for timer in self.timers.dead()]

    def choose(self, **chosen: object) -> None:
        self.notify.choose(BY_ADA, ADA, PreferencesShape.model_validate(chosen))

    def states(self) -> list[DeliveryState]:
        return [each.state for each in self.notify.log()]


def running(store: Store, runtime: Runtime, home: Path, mails: Mailbox, hook: Receiver) -> Bench:
    """A process that tells people."""
    assert isinstance(runtime.clock, SimulatedClock)
    units = Units(store, appender_for(store, runtime, "test"), runtime)
    timers, schedules = Timers(store, units, runtime), Schedules(store, units, runtime)
    resources = Resources(store, units, Registry(kinds()))
    settings = Settings(home=home / ".roadworthy", inside_hosts="127.0.0.1")
    notify = Notify(store, units, runtime, resources, timers, Directory(store, runtime), settings)
    notify.register((Topic("decision-waits", "A decision waits", always=True), Topic("decided", "A decision was made")))
    Retention(timers, schedules, 30)
    return Bench(runtime.clock, units, timers, schedules, resources, notify, mails, hook, home)


@pytest.fixture
def bench(store: Store, runtime: Runtime, tmp_path: Path) -> Iterator[Bench]:
    assert isinstance(runtime.clock, SimulatedClock)
    runtime.clock.advance(START - runtime.clock.now())
    row = {"issuer": "local", "created_at": START}
    some = [{"ref": ADA, "handle": "ada@bank.example", **row}, {"ref": BEN, "handle": "ben", **row}]
    store.write(lambda connection: connection.execute(people.insert(), some))
    with mailbox() as mails, receiver() as hook:
        (tmp_path / "mail.txt").write_text(mails.address)
        (tmp_path / "hook.txt").write_text(f"whsec_{base64.b64encode(KEY).decode()}")
        made = running(store, runtime, tmp_path, mails, hook)
        source = Source("channels", CHANNELS.replace("HOOK", hook.address))
        declared, faults = parse([source], made.resources.registry)
        assert not faults
        made.resources.apply(BY_ADA, made.resources.plan(declared))
        yield made


def test_a_mail_says_what_waits_and_where_and_cannot_decide(bench: Bench) -> None:
    bench.tell()
    assert not bench.mailbox.mails  # nothing leaves the house inside a unit of work
    bench.pass_by(dt.timedelta(seconds=1))
    [(to, mail)] = bench.mailbox.mails
    assert to == "ada@bank.example"
    assert mail["Subject"] == "Promotion of claims-triage waits"
    content = mail.get_body()
    assert content is not None
    text = content.get_content()
    assert "Until tomorrow." in text
    assert "http://127.0.0.1:8470/decisions/1" in text
    assert "cannot decide" in text
    assert bench.states() == [DeliveryState.SENT]


def test_what_is_rolled_back_is_never_told(bench: Bench) -> None:
    def work(tx: Transaction) -> None:
        bench.notify.tell(tx, WAITS)
        raise Unavailable("test-stop", "stop", remedy="none")

    with pytest.raises(Unavailable):
        bench.units.run(BY_ADA, work)
    bench.pass_by(dt.timedelta(hours=1))
    assert not bench.mailbox.mails
    assert not bench.notify.log()


def test_channels_that_are_down_for_a_day_lose_nothing_and_send_nothing_twice(
    bench: Bench, store: Store, runtime: Runtime
) -> None:
    bench.mailbox.refusing, bench.receiver.status = True, 503
    for number in range(2):
        bench.tell(Message("decided", f"Decision {number}", f"/decisions/{number}", (ADA,)))
        for _ in range(4):
            bench.pass_by(dt.timedelta(hours=3))
        bench = bench.restarted(store, runtime)
    waiting = bench.notify.log(limit=100)
    assert {each.state for each in waiting} == {DeliveryState.FAILED}
    assert len(waiting) == 4
    assert {each.last_error for each in waiting if each.channel == "mail"} == {
        "notification-not-taken: the channel `mail` did not take the message"
    }
    assert bench.letters() == []
    bench.mailbox.refusing, bench.receiver.status = False, 204
    bench.pass_by(dt.timedelta(hours=2))
    assert {each.state for each in bench.notify.log(limit=100)} == {DeliveryState.SENT}
    assert sorted(str(mail["Subject"]) for _, mail in bench.mailbox.mails) == sorted(f"Decision {n}" for n in range(2))
    ids = [headers["webhook-id"] for headers, _ in bench.receiver.requests]
    assert len(ids) == len(set(ids)) == 2
    bench.pass_by(dt.timedelta(days=3))
    assert (len(bench.mailbox.mails), len(bench.receiver.requests)) == (2, 2)


def test_retries_back_off_until_the_declared_limit_and_no_further(bench: Bench) -> None:
    bench.locked_away()
    bench.tell()
    tried: list[dt.datetime] = []
    while not bench.letters():
        bench.clock.advance(max(timer.due_at for timer in bench.timers.ahead()) - bench.clock.now())
        bench.timers.tick()
        tried.append(bench.clock.now())
    assert len(tried) == PERSISTENCE.most
    pauses = [later - earlier for earlier, later in pairwise(tried)]
    for failed, waited in enumerate(pauses, start=1):
        most = pause(PERSISTENCE, failed)
        assert most is not None
        assert most / 2 <= waited <= most
    assert max(pauses) <= PERSISTENCE.longest
    assert tried[-1] - tried[0] > dt.timedelta(days=1.5)
    [given_up] = bench.notify.log()
    assert (given_up.state, given_up.attempts) == (DeliveryState.GIVEN_UP, PERSISTENCE.most)
    bench.pass_by(dt.timedelta(days=30))
    assert bench.notify.log()[0].attempts == PERSISTENCE.most, "nobody tries what was given up"


def test_what_never_arrives_is_given_up_and_can_be_sent_again(bench: Bench) -> None:
    bench.locked_away()
    bench.tell()
    for _ in range(48):
        bench.pass_by(dt.timedelta(hours=3))
    [given_up] = bench.notify.log([DeliveryState.GIVEN_UP])
    assert bench.notify.counts() == {DeliveryState.GIVEN_UP: 1}
    bench.brought_back()
    bench.notify.again(BY_ADA, given_up.id)
    bench.pass_by(dt.timedelta(seconds=1))
    assert len(bench.mailbox.mails) == 1
    with pytest.raises(NotFound):
        bench.notify.again(BY_ADA, given_up.id)


@pytest.mark.parametrize("mode", ["now", "digest"])
def test_what_is_tried_again_as_a_dead_letter_is_sent(bench: Bench, store: Store, mode: str) -> None:
    bench.choose(modes={"decided": mode})
    bench.locked_away()
    bench.tell(Message("decided", "Promoted", "/decisions/3", (ADA,)))
    for _ in range(60):
        bench.pass_by(dt.timedelta(hours=3))
    [key] = bench.letters()
    assert DeliveryState.GIVEN_UP in bench.states()
    bench.brought_back()
    letters = DeadLetters(store, bench.units)
    letters.register(TimerLetters(bench.timers.owner_of))
    letters.retry(BY_ADA, "timer", key)
    bench.pass_by(dt.timedelta(seconds=1))
    assert len(bench.mailbox.mails) == 1
    assert DeliveryState.GIVEN_UP not in bench.states()


def test_quiet_hours_hold_a_message_until_they_end(bench: Bench) -> None:
    bench.choose(quietFrom="11:00", quietTo="15:00")
    bench.tell()
    bench.pass_by(dt.timedelta(hours=2))
    assert bench.states() == [DeliveryState.HELD]
    bench.pass_by(dt.timedelta(hours=1, seconds=1))
    assert bench.states() == [DeliveryState.SENT]


def test_a_digest_carries_everything_of_a_day_in_one_mail(bench: Bench) -> None:
    bench.choose(modes={"decided": "digest"}, digestAt="08:00")
    for number in range(3):
        bench.tell(Message("decided", f"Decision {number}", f"/decisions/{number}", (ADA,)))
        bench.pass_by(dt.timedelta(hours=2))
    assert not bench.mailbox.mails
    bench.pass_by(dt.timedelta(hours=15))
    [(_, mail)] = bench.mailbox.mails
    assert mail["Subject"] == "3 messages from Roadworthy"
    content = mail.get_body()
    assert content is not None
    assert all(f"/decisions/{number}" in content.get_content() for number in range(3))


def test_a_person_without_an_address_has_it_on_their_page_and_the_log_says_so(bench: Bench) -> None:
    bench.tell(Message("decision-waits", "Look", "/decisions/2", (BEN,)))
    assert bench.states() == [DeliveryState.UNREACHABLE]
    assert [each.subject for each in bench.notify.feed(BEN)] == ["Look"]
    assert not bench.notify.feed(ADA)


def test_a_program_gets_a_signed_event_without_names(bench: Bench) -> None:
    bench.tell(Message("decided", "Promoted", "/decisions/3", facts={"request": "r-3", "decision": "approved"}))
    bench.pass_by(dt.timedelta(seconds=1))
    [(headers, content)] = bench.receiver.requests
    now = int(bench.clock.now().timestamp())
    assert verify(KEY, headers, content, now)
    assert not verify(KEY, headers, content + b" ", now)
    assert not verify(b"another key", headers, content, now)
    assert not verify(KEY, headers, content, now + 301)
    event = json.loads(content)
    assert event["specversion"] == "1.0"
    assert event["type"] == "dev.roadworthy.notification.decided"
    assert event["data"]["request"] == "r-3"
    assert event["data"]["link"] == "http://127.0.0.1:8470/decisions/3"


@pytest.mark.parametrize("status", [302, 410, 500])
def test_an_answer_that_is_no_yes_is_a_failure_and_no_redirect_is_followed(bench: Bench, status: int) -> None:
    bench.receiver.status = status
    bench.tell(Message("decided", "Promoted", "/decisions/3"))
    bench.pass_by(dt.timedelta(seconds=1))
    [failed] = bench.notify.log()
    assert failed.state is DeliveryState.FAILED
    assert str(status) in str(failed.last_error)


def test_a_channel_that_was_taken_away_is_named(bench: Bench) -> None:
    bench.tell()
    stored = bench.resources.get("NotificationChannel", "mail")
    bench.resources.remove(BY_ADA, "NotificationChannel", "mail", stored.generation)
    bench.pass_by(dt.timedelta(seconds=1))
    assert "notification-channel-gone" in str(bench.notify.log()[0].last_error)


def test_a_trial_says_at_once_what_is_wrong(bench: Bench, tmp_path: Path) -> None:
    bench.notify.try_channel("mail", ADA)
    assert len(bench.mailbox.mails) == 1
    with pytest.raises(InvalidInput, match="no e-mail address"):
        bench.notify.try_channel("mail", BEN)
    for address, said in {
        "": "there is nothing",
        "no-such-service://x/{address}": "no address that Apprise knows",
        "syslog://?to={address}": "leads to the machine that serves",
        "mailto://127.0.0.1?to=all@bank.example": "cannot lead to one person",
    }.items():
        (tmp_path / "mail.txt").write_text(address)
        with pytest.raises(InvalidInput, match=said):
            bench.notify.try_channel("mail", ADA)
    with pytest.raises(NotFound):
        bench.notify.try_channel("mial", ADA)


@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        ({"modes": {"decision-waits": "off"}}, "notification-topic-needed"),
        ({"modes": {"weather": "now"}}, "notification-topic-unknown"),
        ({"channels": ["hook"]}, "notification-channel-unknown"),
    ],
)
def test_choices_that_cannot_be_kept_are_refused(bench: Bench, chosen: Mapping[str, object], code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        bench.choose(**chosen)
    assert refused.value.code == code
    assert not bench.notify.preferences(ADA).modes


def test_old_messages_are_forgotten_but_for_those_that_can_still_be_sent(bench: Bench) -> None:
    told = Message("decided", "Promoted", "/decisions/3", (BEN,))
    (bench.home / "hook.txt").rename(bench.home / "away.txt")
    bench.tell(told)  # given up in the end, and can be sent again
    while not bench.letters():
        bench.pass_by(dt.timedelta(hours=2))
    (bench.home / "away.txt").rename(bench.home / "hook.txt")
    for _ in range(3):
        bench.tell(told)
    bench.pass_by(dt.timedelta(seconds=1))
    night(bench, 29)
    assert len(bench.notify.log()) == 8
    night(bench, 2)
    kept = bench.notify.log()
    assert {each.state for each in kept} == {DeliveryState.GIVEN_UP, DeliveryState.UNREACHABLE}
    assert len(kept) == 2, "one message: its webhook was given up, and its person has no address"
    [letter] = bench.timers.dead()
    bench.units.run(BY_ADA, lambda tx: bench.timers.cancel(tx, letter.kind, letter.key))
    night(bench, 1)
    assert bench.notify.log() == []


def test_forgetting_goes_on_in_small_units(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    for _ in range(5):
        bench.tell(Message("decision-waits", "Look", "/decisions/2", (BEN,)))
    night(bench, 31)
    assert bench.notify.log() == []


def night(bench: Bench, days: int) -> None:
    """Let days go by, and the schedule of the night do its work."""
    bench.schedules.tick()
    bench.clock.advance(dt.timedelta(days=days))
    bench.schedules.tick()
    for _ in range(4):
        bench.timers.tick()


def test_what_was_chosen_is_kept(bench: Bench) -> None:
    bench.choose(modes={"decided": "off"}, zone="Europe/Berlin", quietFrom="22:00", quietTo="06:30")
    kept = bench.notify.preferences(ADA)
    assert kept.modes == {"decided": Mode.OFF}
    assert (kept.quiet_from, kept.quiet_to, kept.zone) == ("22:00", "06:30", "Europe/Berlin")
