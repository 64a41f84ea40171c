"""Writing down what becomes of actions: decided, intended, done. Each step is one transaction with its ledger entry."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from roadworthy.foundation.digests import commitment
from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.ledger.draft import Oversight
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.leases import shared_now
from roadworthy.operate.actions import recording
from roadworthy.operate.actions import store as rows
from roadworthy.operate.actions.besides import Unit
from roadworthy.operate.actions.deciding import charging
from roadworthy.operate.actions.deciding.rules import taints
from roadworthy.operate.actions.deciding.verdict import (
    ALLOW,
    DENY,
    HOLD,
    STOP,
    Case,
    KnownAs,
    Status,
    Verdict,
    decide,
    full,
)
from roadworthy.operate.actions.doing.answered_store import came_out
from roadworthy.operate.actions.doing.concluding import OVER, came, draft_of, kept_of
from roadworthy.operate.actions.doing.decided import Turn, as_decided, changes
from roadworthy.operate.actions.model import (
    AgentAction,
    AgentRun,
    Heard,
    Outcome,
    Reason,
    Receipt,
    RunState,
    State,
    Wanted,
    Why,
)
from roadworthy.operate.actions.store import Kept
from roadworthy.operate.admission.configuration import Configuration
from roadworthy.operate.calls.later.sealing import Sealing

SALT: Final = 32


class Ended(Protocol):
    """Is told, in the unit that ends an action."""

    def __call__(self, tx: Transaction, kept: Kept) -> None:
        """It ended: done, failed, refused, given up or cancelled."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What keeping stands on."""

    store: Store
    units: Units
    runtime: Runtime
    sealing: Sealing
    status: Status
    configuration: Callable[[], Configuration]
    known_as: KnownAs
    holder: Callable[[], str]
    """What this gateway is called."""
    ended: list[Ended]
    """Told one after the other."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What came of asking for an action."""

    kept: Kept
    verdict: Verdict | None
    """None where it was asked for before under the same key."""


class Meanwhile(Exception):
    """The same idempotency key came by another process at the same moment; nothing is kept."""


class Keeping:
    """Keeps actions.

    Args:
        ground: what it stands on.
    """

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.unsure: dict[str, int] = {}
        """Ids of what may have been written down though it was said that it was not; how often each was looked for."""

    # ------------------------------------------------------------ asked for

    def beginning(self, case: Case, wanted: Wanted) -> Unit[Begun]:
        """The unit that decides about an action and writes down what was decided; allowed, its intent is durable then.

        Raises, when it is run:
            InvalidInput: other arguments came under this idempotency key.
            Meanwhile: it is to be run once more.
            Unavailable: nothing could be written, so nothing may be done.
        """
        begun = dict[str, int]()
        repeated = _repeated(case, wanted)

        def work(tx: Transaction) -> Begun:
            before = None if repeated is None else rows.repeated(tx.connection, repeated)
            if before is not None:
                self._same(tx, before, wanted)
                return Begun(before, None)
            run = self._run(tx, case, wanted)
            settled = replace(case, run=run.id, tainted=run.tainted_by is not None)
            verdict = self._decided(tx, settled, run)
            id_ = tx.new_id()
            begun[id_] = 0
            return Begun(self._written(tx, (id_, run), verdict, settled, wanted, repeated), verdict)

        caller, user = case.caller, None if case.subject is None else case.subject.pseudonym
        context = recording.context_for(caller.workload or caller.key, user, wanted.trace)
        return Unit(context, work, lambda: self.unsure.update(begun))

    def again(self, id_: str, fence: int, case: Case) -> Begun | None:
        """Decide once more about an action whose turn it is; None where it is somebody else's by now."""
        ground = self.ground

        def work(tx: Transaction) -> Begun | None:
            kept = rows.held(tx.connection, id_)
            if kept is None or kept.action.fence != fence or kept.action.state is not State.RUNNING:
                return None
            run = rows.run(tx.connection, kept.action.run)
            assert run is not None  # noqa: S101 - an action has a run
            despite = case.takes_back and run.despite_stop
            settled = replace(case, run=run.id, tainted=kept.action.tainted, despite_stop=despite)
            verdict = self._decided(tx, settled, run, charged=bool(kept.charges))
            now = shared_now(tx.connection, ground.runtime)
            if verdict.says == DENY and verdict.deciding.rule == STOP:
                return Begun(self._parked(tx, kept), None)
            if verdict.says == DENY:
                charging.give_back(tx.connection, kept.charges)
            changed = as_decided(kept, verdict, settled, Turn(now, ground.holder()))
            rows.change(tx.connection, changed)
            self._say(tx, changed, verdict)
            return Begun(replace(changed, action=replace(changed.action, despite_stop=despite)), verdict)

        return ground.units.run(recording.GATEWAY, work)

    def _same(self, tx: Transaction, before: Kept, wanted: Wanted) -> None:
        sealed = rows.get(tx.connection, before.action.id, rows.ARGUMENTS)
        if before.action.action != wanted.action or (
            sealed is not None and self._open(sealed, before.action.id, rows.ARGUMENTS) != wanted.arguments
        ):
            raise InvalidInput(
                "action-key-reused",
                "this idempotency key came with another action or other arguments before",
                remedy="take a new key for each thing that is to be done",
            )

    def _run(self, tx: Transaction, case: Case, wanted: Wanted) -> AgentRun:
        """The run that an action belongs to, with the place that it takes there."""
        user = case.subject.pseudonym if case.subject is not None else ""
        name = wanted.run or f"single-{tx.new_id()}"
        found = rows.run_named(tx.connection, case.caller.key, user, name) if wanted.run else None
        if found is None:
            made = AgentRun(
                id=tx.new_id(), use_case=case.caller.use_case, stage=case.caller.stage, name=name, key=case.caller.key,
                agent=wanted.agent, user=user, state=RunState.OPEN, began_at=tx.now, places=1,
            )  # fmt: skip
            if rows.insert_run(tx.connection, made):
                return made
            found = rows.run_named(tx.connection, case.caller.key, user, name)
            assert found is not None  # noqa: S101 - another transaction put it there, and it is committed
        rows.placed(tx.connection, found.id, found.places + 1)
        return replace(found, places=found.places + 1)

    def refuse(self, id_: str, fence: int, reason: Reason, why: Why = Why.REFUSED) -> None:
        """Give an action up whose turn it was, for a reason that was found before it could be decided about."""

        def work(tx: Transaction) -> None:
            kept = rows.held(tx.connection, id_)
            if kept is None or kept.action.fence != fence:
                return
            now = shared_now(tx.connection, self.ground.runtime)
            action = replace(kept.action, state=State.DEAD, why=why, rule=reason.rule, about=reason.about, ended_at=now)
            rows.change(tx.connection, replace(kept, action=action))
            tx.record(recording.given_up(action))
            self._ended(tx, replace(kept, action=action))

        self.ground.units.run(recording.GATEWAY, work)

    def park(self, id_: str, fence: int) -> None:
        """Keep an action that a stop switch keeps, until that is lifted."""

        def work(tx: Transaction) -> None:
            kept = rows.held(tx.connection, id_)
            if kept is None or kept.action.fence != fence:
                return
            self._parked(tx, kept)

        self.ground.units.run(recording.GATEWAY, work)

    def _parked(self, tx: Transaction, kept: Kept) -> Kept:
        action = replace(kept.action, state=State.PARKED, about="a stop switch is set", holder=None)
        rows.change(tx.connection, replace(kept, action=action))
        tx.record(recording.parked(action))
        return replace(kept, action=action)

    def later(self, id_: str, fence: int, wait: dt.timedelta) -> None:
        """Leave an action in doubt for now; whoever finds it when its time has come goes on with it."""

        def work(tx: Transaction) -> None:
            kept = rows.held(tx.connection, id_)
            if kept is None or not _has(kept.action, fence):
                return
            due = shared_now(tx.connection, self.ground.runtime) + wait
            rows.change(tx.connection, replace(kept, action=replace(kept.action, due_at=due, holder=None)))

        self.ground.units.run(recording.GATEWAY, work)

    def _decided(self, tx: Transaction, case: Case, run: AgentRun, *, charged: bool = False) -> Verdict:
        ground = self.ground
        if run.state is not RunState.OPEN and not case.takes_back:
            reason = Reason("run", DENY, f"the agent run is {run.state.value}", "nobody", "begin a new agent run")
            return Verdict(DENY, (reason,))
        verdict = decide(case, ground.status, ground.configuration(), ground.known_as)
        if verdict.says == DENY or case.takes_back or charged:
            return replace(verdict, charges=()) if case.takes_back or charged else verdict
        takes = charging.charge if verdict.says == ALLOW else charging.without_room
        over = takes(tx.connection, verdict.charges)
        if over is None:
            return verdict
        reasons = (*verdict.reasons, full(over.charge, over.used))
        return replace(verdict, says=DENY, reasons=reasons, charges=())

    def _written(
        self,
        tx: Transaction,
        at: tuple[str, AgentRun],
        verdict: Verdict,
        case: Case,
        wanted: Wanted,
        repeated: str | None,
    ) -> Kept:
        ground, (id_, run) = self.ground, at
        salt = ground.runtime.randomness.bytes(SALT)
        now, caller, spec = shared_now(tx.connection, ground.runtime), case.caller, case.action.spec
        made = AgentAction(
            id=id_, use_case=caller.use_case, stage=caller.stage, run=run.id, place=run.places,
            action=case.action.name, system=spec.system, effect=spec.effect.value, tier=spec.tier.value, key=caller.key,
            workload=caller.workload, agent=wanted.agent, user=None if case.subject is None else case.subject.pseudonym,
            asked_at=case.at, arguments=commitment(salt, wanted.arguments), tainted=case.tainted,
            enforcement="advisory" if wanted.advisory else "enforced",
            **changes(None, verdict, case, Turn(now, ground.holder())),
        )  # fmt: skip
        charges = charging.said(verdict.charges) if verdict.says == ALLOW else ()
        kept = Kept(made, case.action.digest, charges, wanted.trace, repeated, callback=wanted.callback is not None)
        if not rows.insert(tx.connection, kept):
            raise Meanwhile
        sealed = ground.sealing.seal(salt + wanted.arguments, made.id, rows.ARGUMENTS)
        rows.put(tx.connection, made.id, rows.ARGUMENTS, sealed)
        for what, said in ((rows.BEHALF, wanted.behalf), (rows.CALLBACK, wanted.callback)):
            if said is not None:
                rows.put(tx.connection, made.id, what, ground.sealing.seal(bytes(SALT) + said, made.id, what))
        self._say(tx, kept, verdict)
        return kept

    def _say(self, tx: Transaction, kept: Kept, verdict: Verdict) -> None:
        action = kept.action
        basis = recording.basis_of(kept.definition, verdict.reasons, action.arguments)
        if verdict.says == ALLOW:
            oversight = Oversight() if action.request is None else Oversight(required=f"request/{action.request}")
            tx.record(recording.intended(action, basis, verdict.charges, oversight))
        elif verdict.says == HOLD:
            tx.record(recording.held(action, basis))
        else:
            tx.record(recording.refused(action, basis))
            self._ended(tx, kept)

    # ------------------------------------------------------------ came of it

    def concluding(self, before: Kept, receipt: Receipt, spec: Any, tries: int) -> Unit[Kept | None]:  # noqa: ANN401 - `Action`
        """The unit that writes down what a system came to.

        Args:
            before: the action as it was when the system was asked.
            receipt: what the system said.
            spec: the declared action.
            tries: how often the system was asked in this turn.

        Returns:
            What comes to the action as it is then; to None where somebody else has it, and nothing is changed. That it
            was done is written down of one that was given up for not knowing that, however late somebody knows.
        """
        ground, id_ = self.ground, before.action.id
        result = kept_of(receipt.result)
        heard = Heard(None if result is None else receipt.result)

        def work(tx: Transaction) -> Kept | None:
            now = shared_now(tx.connection, ground.runtime)
            kept, after = before, came(before, receipt, spec, tries, now)
            if kept.action.state not in _ASKED or not came_out(tx.connection, kept, after.action):
                found = rows.held(tx.connection, id_)  # it was taken over under another state, or ended by somebody
                if found is None or not (_has(found.action, kept.action.fence) or _late(found.action, receipt)):
                    return None
                kept, after = found, came(found, receipt, spec, tries, now)
                rows.change(tx.connection, after)
            action = after.action
            if action.state is State.FAILED:
                charging.give_back(tx.connection, kept.charges)
            if result is not None and action.state in {State.DONE, State.FAILED}:
                sealed = ground.sealing.seal(bytes(SALT) + result, id_, rows.RESULT)
                rows.put(tx.connection, id_, rows.RESULT, sealed)
            if action.state is State.DONE and taints(spec):
                self._taint(tx, action)
            draft = draft_of(action)
            if draft is not None:
                tx.record(draft)
            if action.state in OVER:
                self._ended(tx, after)
            return replace(after, heard=heard)

        return Unit(recording.GATEWAY, work)

    def conclude(self, before: Kept, receipt: Receipt, spec: Any, tries: int) -> Kept | None:  # noqa: ANN401 - `Action`
        """Write it down here and now; see `concluding`."""
        unit = self.concluding(before, receipt, spec, tries)
        return self.ground.units.run(unit.context, unit.work)

    def _taint(self, tx: Transaction, action: AgentAction) -> None:
        run = rows.run(tx.connection, action.run)
        if run is not None and run.tainted_by is None:
            rows.change_run(tx.connection, replace(run, tainted_by=action.id))

    def _ended(self, tx: Transaction, kept: Kept) -> None:
        for each in self.ground.ended:
            each(tx, kept)

    # ------------------------------------------------------------ contents

    def content(self, id_: str, direction: str) -> bytes | None:
        """Arguments or result of an action, as they were sealed; None where they are gone.

        Raises:
            IntegrityBroken: they cannot be opened here.
        """
        with self.ground.store.read() as connection:
            sealed = rows.get(connection, id_, direction)
        return None if sealed is None else self._open(sealed, id_, direction)

    def _open(self, sealed: bytes, id_: str, direction: str) -> bytes:
        return self.ground.sealing.open(sealed, id_, direction)[SALT:]


_ASKED: Final = frozenset({State.RUNNING, State.PROBING})


def _has(action: AgentAction, fence: int) -> bool:
    return action.fence == fence and action.state in _ASKED


def _late(action: AgentAction, receipt: Receipt) -> bool:
    return action.is_letter and action.why is Why.IN_DOUBT and receipt.outcome is Outcome.DONE


def _repeated(case: Case, wanted: Wanted) -> str | None:
    if wanted.key is None:
        return None
    user = case.subject.pseudonym if case.subject is not None else ""
    said = "\n".join((case.caller.key, user, wanted.run or "", wanted.key))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
