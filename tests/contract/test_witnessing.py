"""Declared witnesses get checkpoints; a signer or a witness that is down holds nothing up, and is an alarm."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from roadworthy.foundation.errors import InvalidInput, NotFound, Unavailable
from roadworthy.foundation.ledger.notes import VerifierKey
from roadworthy.foundation.ledger.outside import store as outside
from roadworthy.foundation.ledger.outside.policy import Policy
from roadworthy.foundation.ledger.outside.witness import Witness, WitnessState
from roadworthy.foundation.ledger.service import Ledger
from roadworthy.foundation.resources.documents import Source, parse
from roadworthy.foundation.resources.registry import Registry
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime, SimulatedClock
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.sqlite import SqliteStore
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.witnessing import kinds
from roadworthy.foundation.witnessing.alarms import Alarm
from roadworthy.foundation.witnessing.comparing import compare
from roadworthy.foundation.witnessing.service import AGAIN, Witnessing
from tests.harness.schema import all_tables
from tests.harness.witnesses import serving
from tests.unit.foundation.ledger.outside.parts import key
from tests.unit.foundation.ledger.samples import CONTEXT, draft, ledger_on, record


@dataclass
class House:
    """A deployment that somebody may watch."""

    store: Store
    ledger: Ledger
    resources: Resources
    clock: SimulatedClock
    folder: Path
    told: list[Alarm] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings = Settings(home=self.folder / "home", witness_roots=str(self.folder / "far"), inside_hosts="127.0.0.1")
        self.watched = Witnessing(
            self.store,
            self.resources,
            self.ledger,
            Runtime(clock=self.clock, threaded=False),
            settings,
            lambda _tx, alarm: self.told.append(alarm),
        )

    def declare(self, kind: str, name: str, **spec: Any) -> None:
        """Put one declaration in force."""
        document = {
            "apiVersion": "roadworthy.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec
        }  # fmt: skip
        declared(self.resources, document)
        self.ledger.settle()

    def pass_time(self, **by: float) -> None:
        """Let time pass, and look once."""
        self.clock.advance(dt.timedelta(**by))
        self.watched.turn()


def declared(resources: Resources, document: dict[str, Any]) -> None:
    found, faults = parse([Source("witness.yaml", json.dumps(document))], resources.registry)
    if faults:
        raise InvalidInput.of(faults, "the declaration")
    resources.apply(CONTEXT, resources.plan(found))


@pytest.fixture
def house(store: Store, tmp_path: Path) -> Iterator[House]:
    clock = SimulatedClock(dt.datetime(2026, 1, 5, 9, 0, tzinfo=dt.UTC))
    ledger = ledger_on(store, tmp_path, Runtime(clock=clock))
    yield House(store, ledger, Resources(store, ledger.units, Registry(kinds.kinds())), clock, tmp_path)
    ledger.close()


def cosigner(house: House, number: int) -> Witness:
    log = VerifierKey.parse(house.ledger.vkey)
    state = WitnessState(house.folder / f"w{number}.json")
    return Witness(key(number), [log], state, Runtime(clock=house.clock))


def test_enough_cosigners_make_a_checkpoint_that_the_published_policy_believes(house: House) -> None:
    one, two = cosigner(house, 1), cosigner(house, 2)
    with serving(one) as first, serving(two) as second:
        house.declare("Witness", "one", type="cosigner", address=first, key=str(one.public))
        house.declare("Witness", "two", type="cosigner", address=second, key=str(two.public))
        house.declare("WitnessPolicy", "default", cosigners=1)
        record(house.ledger, draft(1))
        state = house.watched.now(["one"])
        assert (state.needed, state.witnessed, state.unwitnessed_since) == (1, state.signing.size, None)
        house.declare("WitnessPolicy", "default")
        state = house.watched.state()
        assert (state.needed, state.witnessed) == (2, 0)
        assert state.unwitnessed_since is not None
        record(house.ledger, draft(2))
        house.ledger.checkpoint()
        house.watched.turn()
        house.pass_time(minutes=1)
        state = house.watched.state()
        assert (state.witnessed, state.signing.behind) == (state.signing.size, 0)
        assert [each.size for each in state.witnesses] == [state.signing.size] * 2
    policy = Policy.parse(str(house.watched.policy()))
    published = house.watched.publisher.checkpoint().content.decode()
    assert set(policy.check(published).cosigned) == {"one", "two"}
    with pytest.raises(NotFound, match="no witness `three`"):
        house.watched.now(["three"])


def test_a_witness_that_is_down_holds_nothing_up_and_is_an_alarm_after_an_hour(house: House) -> None:
    one = cosigner(house, 1)
    house.declare("Witness", "one", type="cosigner", address="http://127.0.0.1:9", key=str(one.public))
    record(house.ledger, draft(1))
    state = house.watched.now()
    assert state.witnesses[0].code == "witness-unavailable"
    assert not state.witnesses[0].broken
    house.pass_time(minutes=59)
    assert house.told == []
    house.pass_time(minutes=2)
    house.pass_time(minutes=30)
    assert [each.name for each in house.told] == ["unwitnessed"], "it is told once"
    assert house.watched.state().witnesses[0].failing_since == dt.datetime(2026, 1, 5, 9, 0, tzinfo=dt.UTC)
    with serving(one) as address:
        house.declare("Witness", "one", type="cosigner", address=address, key=str(one.public))
        house.ledger.checkpoint()
        house.pass_time(seconds=AGAIN.total_seconds() + 1)
        state = house.watched.state()
        assert (state.witnesses[0].failing_since, state.unwitnessed_since) == (None, None)
    with house.store.read() as connection:
        assert outside.raised(connection) == {}


def test_a_witness_that_saw_another_history_is_an_alarm_at_once(house: House, tmp_path: Path) -> None:
    one = cosigner(house, 1)
    with serving(one) as address:
        house.declare("Witness", "one", type="cosigner", address=address, key=str(one.public))
        record(house.ledger, draft(1))
        house.watched.now()
        forgetful = Witness(
            key(1), [VerifierKey.parse(house.ledger.vkey)], WitnessState(tmp_path / "lost.json"), Runtime()
        )
    with serving(forgetful) as address:
        house.declare("Witness", "one", type="cosigner", address=address, key=str(one.public))
        house.ledger.checkpoint()
        house.pass_time(minutes=1)
    (broken,) = house.watched.state().broken
    assert broken.code == "witness-rolled-back"
    assert [each.name for each in house.told] == ["witness:one"]


def test_after_a_declared_loss_the_old_witness_never_agrees_again_and_a_new_one_does(
    house: House, tmp_path: Path
) -> None:
    """As docs/operating.md says what to do: the same ledger once with entries that were lost, and once without."""
    (tmp_path / "before").mkdir()
    store = SqliteStore(tmp_path / "before" / "sound.db", Runtime())
    store.write(all_tables().create_all)
    lost = House(
        store,
        before := ledger_on(store, tmp_path / "before", Runtime(clock=house.clock)),
        Resources(store, before.units, Registry(kinds.kinds())),
        house.clock,
        tmp_path / "before",
    )
    one, two = cosigner(house, 1), cosigner(house, 2)
    with serving(one) as first, serving(two) as second:
        for each, entries in ((lost, 9), (house, 1)):
            each.declare("Witness", "one", type="cosigner", address=first, key=str(one.public))
            record(each.ledger, *map(draft, range(entries)))
            each.watched.now()
        before.close()
        store.close()
        assert [each.code for each in house.watched.state().broken] == ["witness-ahead"]
        record(house.ledger, *map(draft, range(20)))
        assert [each.code for each in house.watched.now().broken] == ["witness-disagrees"]

        house.declare("Witness", "one-anew", type="cosigner", address=second, key=str(two.public))
        plan = house.resources.plan_removal("Witness", "one")
        house.resources.apply(CONTEXT, plan)
        house.ledger.settle()
        state = house.watched.now()
        assert (state.broken, state.needed, state.witnessed) == ((), 1, state.signing.size)


def test_a_signer_that_is_down_holds_nothing_up_and_is_an_alarm(house: House, tmp_path: Path) -> None:
    first = record(house.ledger, draft(1))[0]
    house.ledger.checkpoint()
    state_file = tmp_path / "signed.note"
    kept = state_file.read_text()
    state_file.unlink()
    state_file.mkdir()  # the signer can neither read nor write what it signed last
    record(house.ledger, draft(2), draft(3))
    house.ledger.checkpoints.turn()
    house.pass_time(minutes=1)
    signing = house.watched.state().signing
    assert (signing.size, signing.signed, signing.behind, signing.late) == (3, 1, 2, False)
    assert "cannot" in signing.fault
    assert signing.unsigned_since == dt.datetime(2026, 1, 5, 9, 0, tzinfo=dt.UTC)
    assert house.ledger.prove_inclusion(first).index == 0, "what was signed can still be proven"
    with pytest.raises(Unavailable):
        house.watched.now()
    house.pass_time(minutes=2)
    record(house.ledger, draft(4))
    house.pass_time(minutes=2)
    assert [each.name for each in house.told] == ["unsigned"]
    assert "2 entries are not covered" in house.told[0].lines[0]
    state_file.rmdir()
    state_file.write_text(kept)
    house.ledger.checkpoints.turn()
    house.pass_time(minutes=1)
    signing = house.watched.state().signing
    assert (signing.behind, signing.late, signing.fault, signing.unsigned_since) == (0, False, "", None)
    with house.store.read() as connection:
        assert outside.raised(connection) == {}


def test_a_file_gets_a_checkpoint_from_time_to_time_and_only_where_a_setting_allows(house: House) -> None:
    path = house.folder / "far" / "checkpoints.jsonl"
    house.declare("Witness", "file", type="file", address=str(path), everyMinutes=10)
    house.declare("Witness", "elsewhere", type="file", address=str(house.folder / "near"))
    for minutes in (0, 5, 5, 5, 5):
        record(house.ledger, draft(1))
        house.ledger.checkpoint()
        house.pass_time(minutes=minutes)
    assert len(path.read_text().splitlines()) == 3
    states = {each.name: each for each in house.watched.state().witnesses}
    assert states["elsewhere"].code == "witness-folder-not-allowed"
    assert not (house.folder / "near").exists()
    house.watched.now(["file"])
    with house.store.read() as connection:
        assert set(outside.standings(connection)) == {"file", "elsewhere"}


@pytest.mark.parametrize(
    "spec",
    [
        {"type": "cosigner", "address": "http://w.example"},
        {"type": "cosigner", "address": "w.example", "key": "k"},
        {"type": "cosigner", "address": "http://w.example", "key": "w.example+00000000+AAAA"},
        {"type": "file", "address": "relative/path"},
        {"type": "file", "address": "/far/file", "push": True},
        {"type": "webhook", "address": "https://w.example", "secret": "plain"},
        {"type": "timestamp", "address": "https://tsa.example"},
        {"type": "timestamp", "address": "https://tsa.example", "certificates": "none"},
    ],
)
def test_what_cannot_be_a_witness_is_refused(house: House, spec: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        house.declare("Witness", "one", **spec)


def test_kept_checkpoints_are_compared_with_the_ledger_of_today(house: House, tmp_path: Path) -> None:
    record(house.ledger, draft(1), draft(2))
    kept = house.ledger.checkpoint().note
    record(house.ledger, draft(3))
    found = compare(house.store, house.ledger, kept)
    assert (found.continues, found.kept, found.size) == (True, 2, 3)
