"""Operations on what is kept: legal holds, erasing on schedule, how it stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Final, Protocol, cast

import sqlalchemy as sa

from roadworthy.foundation.errors import InvalidInput, NotFound, Place
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.keeping import store as rows
from roadworthy.foundation.keeping.model import DEFAULT_NAME, RETENTION_POLICY, InForce, RetentionPolicy, Standing
from roadworthy.foundation.ledger import payloads
from roadworthy.foundation.ledger.draft import Basis, Context, Draft
from roadworthy.foundation.ledger.holds import SUBJECT, Hold, HoldOn, placed
from roadworthy.foundation.ledger.retention import Retention, made_before
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Clock
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.cadence import Every
from roadworthy.foundation.workflow.schedules import Schedules

NAME: Final = "retention"
"""Of the schedule."""
AT_ONCE: Final = 500
"""Texts of a class that are erased in one turn: each is named in the entry, which has room for so many."""
RULE: Final = "retention-expired"

InUse = Callable[[sa.Connection, Sequence[str]], set[str]]
"""Which of these entries explain something that still counts, given their ids."""


class Erases(Protocol):
    """Something beside texts of entries that is kept for a time."""

    def __call__(self, tx: Transaction, before: dt.datetime | None, holds: Sequence[Hold], *, hipaa: bool) -> int:
        """Erase what was made before an instant, where there is one, and is not held; how much went."""


class Keeping:
    """How long what people wrote is kept.

    Args:
        store: where it lies.
        units: where units of work run.
        resources: the declared policy.
        clock: the present.
        regulated: whether HIPAA applies where the policy does not say.
        in_use: each says what must not go yet, though it is old enough.

    Attributes:
        calls: what else of the class `calls` is erased on schedule, each in the unit of the turn.
    """

    def __init__(
        self,
        store: Store,
        units: Units,
        resources: Resources,
        clock: Clock,
        regulated: Callable[[sa.Connection], bool],
        in_use: Sequence[InUse] = (),
    ) -> None:
        self._store = store
        self._units = units
        self._resources = resources
        self._clock = clock
        self._regulated = regulated
        self._in_use = tuple(in_use)
        self.calls: list[Erases] = []

    def attach(self, schedules: Schedules) -> None:
        """Erase what is due, every hour."""
        schedules.every(NAME, Every(dt.timedelta(hours=1)), self._turn)

    def complete(self) -> None:
        """Find out for texts from before version 0.5 which entry commits to them; cheap where there are none."""
        with self._store.read() as connection:
            if not rows.unplaced(connection):
                return
            portions = list(rows.committed(connection))
        for found in portions:
            self._store.write(lambda connection, each=found: rows.place(connection, each))  # type: ignore[misc]  # mypy cannot infer a lambda with a default

    # ------------------------------------------------------------ holds

    def hold(self, context: Context, on: HoldOn, name: str, reason: str) -> Hold:
        """Place a legal hold: from now on nobody erases what it covers, nor does the schedule.

        Raises:
            InvalidInput: no reason is given, or it is not said on what.
        """
        said, named = reason.strip(), name.strip()
        if not said:
            raise InvalidInput(
                "hold-unexplained",
                "a hold needs a reason",
                place=Place(field="reason"),
                remedy="say in a sentence which matter it is for",
            )
        if bool(named) == (on is HoldOn.EVERYTHING):
            raise InvalidInput(
                "hold-on-nothing",
                "a hold is on everything, or on something that is named",
                place=Place(field="name"),
                remedy="name a use case, a resource as `Kind/name`, or a person's reference; nothing for everything",
            )

        def work(tx: Transaction) -> Hold:
            hold = Hold(tx.new_id(), on, named, said, tx.now, context.actor.ref)
            rows.insert_hold(tx.connection, hold)
            tx.record(Draft("hold.placed", f"{SUBJECT}/{hold.id}", facts=_facts(hold), texts={"reason": said.encode()}))
            return hold

        return self._units.run(context, work)

    def lift(self, context: Context, hold_id: str, reason: str) -> Hold:
        """End a legal hold; what is old enough goes with the next turn of the schedule.

        Raises:
            InvalidInput: no reason is given.
            NotFound: no such hold stands.
        """
        said = reason.strip()
        if not said:
            raise InvalidInput(
                "hold-unexplained",
                "ending a hold needs a reason",
                place=Place(field="reason"),
                remedy="say in a sentence why it is not needed any more",
            )

        def work(tx: Transaction) -> Hold:
            if not rows.end_hold(tx.connection, hold_id, tx.now, context.actor.ref):
                raise NotFound(
                    "hold-unknown", f"no hold `{hold_id[:40]}` stands", remedy="list them with `roadworthy hold list`"
                )
            hold = next(each for each in placed(tx.connection, lifted=True) if each.id == hold_id)
            tx.record(Draft("hold.lifted", f"{SUBJECT}/{hold.id}", facts=_facts(hold), texts={"reason": said.encode()}))
            return hold

        return self._units.run(context, work)

    def holds(self, *, lifted: bool = False) -> tuple[Hold, ...]:
        """The holds that stand, the oldest first; with `lifted` the former ones as well."""
        with self._store.read() as connection:
            return placed(connection, lifted=lifted)

    # ------------------------------------------------------------ spans

    def in_force(self, connection: sa.Connection) -> InForce:
        """The policy in force, and whether HIPAA applies."""
        stored = self._resources.find(RETENTION_POLICY, DEFAULT_NAME, connection)
        policy = RetentionPolicy() if stored is None else cast("RetentionPolicy", stored.spec)
        hipaa = policy.hipaa
        if hipaa is None:
            hipaa = self._regulated(connection)
        return InForce(policy, None if stored is None else stored.digest, hipaa)

    def standing(self) -> tuple[InForce, tuple[Standing, ...]]:
        """How it stands with each class."""
        now = self._clock.now()
        with self._store.read() as connection:
            in_force = self.in_force(connection)
            counted = rows.counts(connection)
            found = []
            for kind in Retention:
                before = made_before(kind, in_force.policy.spans, now, hipaa=in_force.hipaa)
                kept, erased = counted.get(kind.value, (0, 0))
                due = 0 if before is None else rows.older_count(connection, kind, before)
                found.append(Standing(kind, kept, erased, before, due))
        return in_force, tuple(found)

    def erase_due(self, tx: Transaction) -> int:
        """Erase what was kept long enough, is not in effect and not held; records each class by one entry.

        Returns:
            How many texts went; at most `AT_ONCE` of a class.
        """
        in_force = self.in_force(tx.connection)
        holds = placed(tx.connection)
        gone = 0
        for kind in Retention:
            before = made_before(kind, in_force.policy.spans, tx.now, hipaa=in_force.hipaa)
            if before is None:
                continue
            refs, kept = self._erasable(tx.connection, kind, before, holds)
            if not refs:
                continue
            payloads.destroy(tx.connection, refs, tx.now)
            facts = {
                "class": kind.value,
                "erased": len(refs),
                "held": kept,
                "hipaa": in_force.hipaa,
                "madeBefore": to_text(before),
                "refs": refs,
            }
            basis = Basis(policy=in_force.digest, rules=(RULE,))
            tx.record(Draft("retention.erased", f"Retention/{kind.value}", basis=basis, facts=facts))
            gone += len(refs)
        before = made_before(Retention.CALLS, in_force.policy.spans, tx.now, hipaa=in_force.hipaa)
        for erases in self.calls:
            gone += erases(tx, before, holds, hipaa=in_force.hipaa)
        return gone

    # ------------------------------------------------------------ inside

    def _turn(self, tx: Transaction, _instant: dt.datetime) -> None:
        self.erase_due(tx)

    def _erasable(
        self, connection: sa.Connection, kind: Retention, before: dt.datetime, holds: Sequence[Hold]
    ) -> tuple[list[str], int]:
        """References of what may go, and how many were passed over because they are held."""
        refs: list[str] = []
        held = 0
        for page in rows.older(connection, kind, before):
            ids = sorted({text.entry.id for text in page})
            used = rows.in_effect(connection, ids, before)
            for in_use in self._in_use:
                used |= in_use(connection, ids)
            for text in page:
                if any(hold.covers(text.entry) for hold in holds):
                    held += 1
                elif text.entry.id not in used:
                    refs.append(text.ref)
            if len(refs) >= AT_ONCE:
                break
        return refs[:AT_ONCE], held


def _facts(hold: Hold) -> dict[str, str | None]:
    on_use_case = hold.on is HoldOn.USE_CASE
    return {
        "hold": hold.id,
        "on": hold.on.value,
        **({"useCase": hold.name} if on_use_case else {"name": hold.name or None}),
    }
