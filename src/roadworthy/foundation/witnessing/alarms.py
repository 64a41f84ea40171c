"""Alarms about the ledger towards the outside: each is told once, and again only after it was over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.outside import store as rows
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.logs import log
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.witnessing.model import OutsideState

UNSIGNED, UNWITNESSED = "unsigned", "unwitnessed"
_ITSELF = Context(Actor(ActorKind.SYSTEM, "witnesses"))
_log = log("witnesses")


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something about the ledger that somebody must look at."""

    name: str
    since: dt.datetime
    subject: str
    lines: tuple[str, ...]


Tell = Callable[[Transaction, Alarm], object]
"""Tells people of an alarm in the unit that is given."""


class Alarms:
    """Raises and ends alarms.

    Args:
        store: where it is kept that people were told.
        units: in which that is written.
        tell: tells them.
    """

    def __init__(self, store: Store, units: Units, tell: Tell) -> None:
        self._store = store
        self._units = units
        self._tell = tell

    def look(self, state: OutsideState) -> None:
        """Tell what is new, and forget what is over."""
        found = {each.name: each for each in alarms_of(state)}

        def work(tx: Transaction) -> list[Alarm]:
            known = rows.raised(tx.connection)
            for name in known.keys() - found.keys():
                rows.drop_alarm(tx.connection, name)
            fresh = [each for name, each in found.items() if name not in known]
            for each in fresh:
                rows.put_alarm(tx.connection, each.name, each.since, tx.now)
                self._tell(tx, each)
            return fresh

        with self._store.read() as connection:
            unchanged = rows.raised(connection).keys() == found.keys()
        if not unchanged:
            for each in self._units.run(_ITSELF, work):
                _log.error(each.subject, alarm=each.name, since=to_text(each.since))


def alarms_of(state: OutsideState) -> Iterator[Alarm]:
    """What is not as it should be."""
    signing = state.signing
    if signing.late and signing.unsigned_since is not None:
        lines = [f"{signing.behind} entries are not covered by a signed checkpoint. Work goes on."]
        lines += [signing.fault] if signing.fault else []
        yield Alarm(UNSIGNED, signing.unsigned_since, "The ledger is not being signed", tuple(lines))
    if state.late and state.unwitnessed_since is not None:
        line = f"Witnesses have seen {state.witnessed} entries; {signing.signed} are signed. Work goes on."
        yield Alarm(UNWITNESSED, state.unwitnessed_since, "The ledger is not being witnessed", (line,))
    for each in state.broken:
        if each.failing_since is not None:
            subject = f"The witness {each.name} holds something against the ledger"
            yield Alarm(f"witness:{each.name}"[:40], each.failing_since, subject, (each.message, each.remedy))
