"""One list over everything that was given up, on both engines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from roadworthy.foundation.errors import InvalidInput, NotFound, Unavailable
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.letters import LetterBox
from roadworthy.foundation.workflow.model import DeadLetter, Retries, Timer
from tests.contract.waiting import DANA, HOUR, START, Deployment, deployment


@pytest.fixture
def at(store: Store) -> Deployment:
    made = deployment(store)

    def fails(_tx: Transaction, _timers: Sequence[Timer]) -> None:
        raise Unavailable("bell-cracked", "the bell is cracked", remedy="cast a new one")

    made.timers.on("bell", fails, retries=Retries(most=1), owner="person-7")
    made.units.run(DANA, lambda tx: made.timers.set(tx, "bell", "a/b", tx.now))
    made.timers.tick()
    return made


def test_timers_that_were_given_up_stand_in_the_list_with_their_owner(at: Deployment) -> None:
    assert at.letters.all() == [
        DeadLetter("timer", "bell/a/b", "person-7", START, "bell-cracked: the bell is cracked", 1)
    ]


def test_retrying_has_it_handled_again_and_is_recorded(at: Deployment) -> None:
    rung: list[str] = []
    at.timers.on("bell", lambda _tx, timers: rung.extend(each.key for each in timers))
    at.letters.retry(DANA, "timer", "bell/a/b")

    assert at.timers.tick() == 1
    assert (rung, at.letters.all()) == (["a/b"], [])
    assert at.recorded() == ["timer.given-up Timer/bell", "dead-letter.retried DeadLetter/timer"]


def test_resolving_takes_it_away_for_good_and_keeps_the_reason_out_of_the_entry(at: Deployment) -> None:
    with pytest.raises(InvalidInput):
        at.letters.resolve(DANA, "timer", "bell/a/b", "  ")
    at.letters.resolve(DANA, "timer", "bell/a/b", "Dana rang it by hand")
    at.pass_by(HOUR)

    assert at.letters.all() == []
    assert at.recorded()[-1] == "dead-letter.resolved DeadLetter/timer"
    with at.store.read() as connection:
        entries = connection.exec_driver_sql("SELECT bytes FROM ledger_entries").scalars()
        assert not any(b"by hand" in bytes(each) for each in entries)


@pytest.mark.parametrize(("kind", "key"), [("timer", "bell/x"), ("timer", "bell"), ("letter", "bell/a/b")])
def test_what_was_not_given_up_cannot_be_ended(at: Deployment, kind: str, key: str) -> None:
    with pytest.raises(NotFound):
        at.letters.retry(DANA, kind, key)
    with pytest.raises(NotFound):
        at.letters.resolve(DANA, kind, key, "because")


def test_other_capabilities_put_theirs_into_a_box(at: Deployment) -> None:
    box = LetterBox("message")
    at.letters.register(box)
    letter = DeadLetter("message", "m1", "platform-administrator", START - HOUR, "channel-down: no answer", 9)
    at.units.run(DANA, lambda tx: box.put(tx, letter, {"to": "m1"}))

    assert [each.key for each in at.letters.all()] == ["m1", "bell/a/b"], "the oldest first"
    at.letters.retry(DANA, "message", "m1")
    sent: list[object] = []

    def send(_tx: Transaction, data: Mapping[str, object]) -> bool:
        sent.append(data["to"])
        return True

    assert box.work_off(at.store, at.units, send) == 1
    assert sent == ["m1"]
    assert box.work_off(at.store, at.units, lambda _tx, _data: True) == 0
