"""Taking an agent run back: its actions in reverse, one at a time, each exactly once, across systems.

A step is an action of its own, which names what it takes back; the database has one row for each. The next step is
found in the transaction that ends the one before, so that no process has to remember where a rollback stands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from roadworthy.foundation.digests import commitment
from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.workflow.leases import shared_now
from roadworthy.operate.actions import arguments as forms
from roadworthy.operate.actions import recording
from roadworthy.operate.actions import store as rows
from roadworthy.operate.actions.catalogue.compiled import Catalogue
from roadworthy.operate.actions.deciding import charging
from roadworthy.operate.actions.doing.keeping import SALT, Keeping
from roadworthy.operate.actions.model import AgentAction, AgentRun, RunState, State, Why
from roadworthy.operate.actions.store import Kept

_WAITING: Final = frozenset({State.HELD, State.QUEUED, State.PARKED})
_UNDER_WAY: Final = frozenset({State.RUNNING, State.PROBING})
_ENDED: Final = frozenset({RunState.ROLLED_BACK, RunState.PARTLY})


class StepKind(StrEnum):
    """What becomes of one action in a rollback."""

    TAKE_BACK = "take-back"
    CANCEL = "cancel"
    """It was not begun."""
    WAIT = "wait"
    """It is under way; the rollback waits for it."""
    NOTHING = "nothing"
    """It left nothing behind."""
    CANNOT = "cannot"
    """It has left something that nothing declared takes back."""
    IN_DOUBT = "in-doubt"
    """Nobody knows whether it was done."""
    TAKEN_BACK = "taken-back"
    """It was already."""


@dataclass(frozen=True, slots=True)
class Step:
    """One action of a run, with what becomes of it."""

    action: AgentAction
    kind: StepKind
    by: str = ""
    """Name of the action that takes it back."""
    state: State | None = None
    """Of the action that takes it back, where there is one."""


def steps(kept: Sequence[Kept], catalogue: Catalogue) -> list[Step]:
    """What taking a run back comes to, in the order in which it is done: the last action first. Pure.

    Args:
        kept: every action of the run.
        catalogue: what takes which back.
    """
    backs = {each.action.compensates: each.action for each in kept if each.action.compensates is not None}
    replaced = {each.replay_of for each in backs.values() if each.replay_of is not None}
    found = []
    for each in sorted(kept, key=lambda one: one.action.place, reverse=True):
        action = each.action
        if action.compensates is not None or action.id in replaced:
            continue
        back = backs.get(action.id)
        declared = catalogue.actions.get(action.action)
        by = "" if declared is None or declared.spec.compensation is None else declared.spec.compensation.action
        found.append(Step(action, _kind(action, back, by), by, None if back is None else back.state))
    return found


def _kind(action: AgentAction, back: AgentAction | None, by: str) -> StepKind:  # noqa: PLR0911 - a row of questions
    if back is not None and back.state is State.DONE:
        return StepKind.TAKEN_BACK
    if back is not None and back.state in {State.DEAD, State.FAILED, State.REFUSED, State.CANCELLED}:
        return StepKind.CANNOT
    if action.state in _WAITING:
        return StepKind.CANCEL
    if action.state in _UNDER_WAY or back is not None:
        return StepKind.WAIT
    if action.state is State.DEAD and action.why is Why.IN_DOUBT:
        return StepKind.IN_DOUBT
    if action.state is not State.DONE or action.effect == "read":
        return StepKind.NOTHING
    return StepKind.TAKE_BACK if by else StepKind.CANNOT


class Rollbacks:
    """Takes agent runs back.

    Args:
        keeping: where actions are kept.
        catalogue: what is declared now.
    """

    def __init__(self, keeping: Keeping, catalogue: Callable[[], Catalogue]) -> None:
        self._keeping = keeping
        self._catalogue = catalogue

    def preview(self, run: str) -> tuple[AgentRun, list[Step]]:
        """What taking a run back would do.

        Raises:
            NotFound: there is no such run.
        """
        with self._keeping.ground.store.read() as connection:
            found = rows.find_run(connection, run)
            kept = rows.of_run(connection, run)
        if found is None:
            raise unknown_run(run)
        return found, steps(kept, self._catalogue())

    def runs(
        self, *, use_case: str | None = None, state: str | None = None, before: str | None = None, limit: int = 50
    ) -> list[AgentRun]:
        """Agent runs, the latest first."""
        with self._keeping.ground.store.read() as connection:
            return rows.runs(connection, use_case=use_case, state=state, before=before, limit=limit)

    def begin(self, context: Context, run: str, why: str, *, despite_stop: bool = False) -> AgentRun:
        """Begin to take a run back; what is under way is waited for, what waits is cancelled.

        Args:
            context: who wants it.
            run: its id.
            why: a sentence.
            despite_stop: whether stop switches do not keep its steps. One that waits for a stop goes on with that.

        Raises:
            NotFound: there is no such run.
            Conflict: it was taken back already.
        """

        def work(tx: Transaction) -> AgentRun:
            found = rows.run(tx.connection, run)
            if found is None:
                raise unknown_run(run)
            if found.state in _ENDED:
                raise Conflict(
                    "agent-run-taken-back", f"the agent run is {found.state.value} already",
                    remedy="look at its steps; what could not be taken back is a dead letter",
                )  # fmt: skip
            if found.state is not RunState.ROLLING_BACK:
                return self.started(tx, replace(found, despite_stop=despite_stop), why)
            return self._freed(tx, found, why) if despite_stop and not found.despite_stop else found

        return self._keeping.ground.units.run(context, work)

    def complete(self, context: Context, run: str) -> AgentRun:
        """Say that a run is done: nothing of it is taken back by itself any more.

        Raises:
            NotFound: there is no such run.
            Conflict: it is being taken back.
        """

        def work(tx: Transaction) -> AgentRun:
            found = rows.run(tx.connection, run)
            if found is None:
                raise unknown_run(run)
            if found.state is RunState.COMPLETED:
                return found
            if found.state is not RunState.OPEN:
                raise Conflict(
                    "agent-run-taken-back", f"the agent run is {found.state.value}", remedy="begin a new agent run"
                )
            made = replace(found, state=RunState.COMPLETED, ended_at=tx.now)
            rows.change_run(tx.connection, made)
            tx.record(recording.run_completed(made))
            return made

        return self._keeping.ground.units.run(context, work)

    def started(self, tx: Transaction, run: AgentRun, why: str) -> AgentRun:
        """Begin it in a unit that is open already."""
        made = replace(run, state=RunState.ROLLING_BACK)
        rows.change_run(tx.connection, made)
        tx.record(recording.rollback_begun(made, why))
        for each in rows.of_run(tx.connection, run.id):
            if each.action.state in _WAITING and each.action.compensates is None:
                action = replace(each.action, state=State.CANCELLED, ended_at=tx.now, about="the run is taken back")
                charging.give_back(tx.connection, each.charges)
                rows.change(tx.connection, replace(each, action=action, charges=()))
                tx.record(recording.cancelled(action, "the agent run is taken back"))
        return self.next(tx, made)

    def _freed(self, tx: Transaction, run: AgentRun, why: str) -> AgentRun:
        """Let a rollback that is under way go on despite stops."""
        made = replace(run, despite_stop=True)
        rows.change_run(tx.connection, made)
        tx.record(recording.rollback_begun(made, why))
        now = shared_now(tx.connection, self._keeping.ground.runtime)
        for each in rows.of_run(tx.connection, run.id):
            if each.action.state is State.PARKED and each.action.compensates is not None:
                rows.change(tx.connection, replace(each, action=replace(each.action, state=State.QUEUED, due_at=now)))
        return made

    def ended(self, tx: Transaction, kept: Kept) -> None:
        """An action ended: a declared rule may want its run taken back, or a rollback waits for it.

        One that was left half done goes on as well, when somebody has a dead letter of it done again or says what
        became of it.
        """
        run = rows.run(tx.connection, kept.action.run)
        if run is None:
            return
        if run.state in {RunState.ROLLING_BACK, RunState.PARTLY}:
            self.next(tx, run)
            return
        if run.state is not RunState.OPEN or kept.action.compensates is not None:
            return
        declared = self._catalogue().actions.get(kept.action.action)
        if declared is None:
            return
        failed = kept.action.state in {State.FAILED, State.DEAD}
        refused = kept.action.state in {State.REFUSED, State.CANCELLED}
        if (failed and declared.spec.on_failure == "roll-back") or (
            refused and declared.spec.on_refusal == "roll-back"
        ):
            self.started(tx, run, f"`{kept.action.action}` is {kept.action.state.value}")

    def next(self, tx: Transaction, run: AgentRun) -> AgentRun:
        """Take the next step of a rollback, where none is under way; or end it."""
        catalogue = self._catalogue()
        kept = rows.of_run(tx.connection, run.id)
        plan = steps(kept, catalogue)
        if any(each.kind is StepKind.WAIT for each in plan):
            return run
        place = max((each.action.place for each in kept), default=0)
        for step in plan:
            if step.kind is not StepKind.TAKE_BACK:
                continue
            place += 1
            state = self._step(tx, next(each for each in kept if each.action.id == step.action.id), step.by, place)
            rows.placed(tx.connection, run.id, place)
            if state is State.QUEUED:
                return self._on(tx, run)
        plan = steps(rows.of_run(tx.connection, run.id), catalogue)
        whole = all(each.kind in {StepKind.TAKEN_BACK, StepKind.NOTHING, StepKind.CANCEL} for each in plan)
        if run.state is RunState.PARTLY and not whole:
            return run
        made = replace(run, state=RunState.ROLLED_BACK if whole else RunState.PARTLY, ended_at=tx.now)
        rows.change_run(tx.connection, made)
        tx.record(recording.rolled_back(made) if whole else recording.partly_rolled_back(made))
        return made

    def _on(self, tx: Transaction, run: AgentRun) -> AgentRun:
        """A step is under way; of a rollback that had ended, for what it lacked is known now, it goes on with that."""
        if run.state is RunState.ROLLING_BACK:
            return run
        made = replace(run, state=RunState.ROLLING_BACK, ended_at=None)
        rows.change_run(tx.connection, made)
        tx.record(recording.rollback_begun(made, "what was in doubt was done after all"))
        return made

    def _step(self, tx: Transaction, kept: Kept, by: str, place: int) -> State:
        """Put the action in line that takes another one back; one that cannot be made is a dead letter."""
        ground, catalogue = self._keeping.ground, self._catalogue()
        of, back = catalogue.actions[kept.action.action], catalogue.actions.get(by)
        arguments, error = b"{}", None
        if back is None or of.spec.compensation is None:
            error = "compensation-undeclared"
        else:
            try:
                arguments = forms.filled(
                    of.spec.compensation.arguments, arguments=self._read(tx, kept, rows.ARGUMENTS),
                    result=self._read(tx, kept, rows.RESULT), action=kept.action.id,
                )  # fmt: skip
            except InvalidInput as fault:
                error = fault.code
        salt = ground.runtime.randomness.bytes(SALT)
        now = shared_now(tx.connection, ground.runtime)
        action = replace(
            kept.action, id=tx.new_id(), place=place, action=by or kept.action.action,
            system=back.spec.system if back is not None else kept.action.system,
            effect=back.spec.effect.value if back is not None else "write",
            tier=back.spec.tier.value if back is not None else kept.action.tier,
            state=State.QUEUED if error is None else State.DEAD, why=None if error is None else Why.COMPENSATION,
            error=error, asked_at=tx.now, due_at=now, ended_at=None if error is None else now, fence=0, holder=None,
            tries=0, reference=None, request=None, rule="", about="", amount=None, currency=None,
            compensates=kept.action.id, compensated_by=None, replay_of=None,
            arguments=commitment(salt, arguments),
        )  # fmt: skip
        made = Kept(action, "" if back is None else back.digest, (), kept.trace)
        if rows.insert(tx.connection, made):
            sealed = ground.sealing.seal(salt + arguments, action.id, rows.ARGUMENTS)
            rows.put(tx.connection, action.id, rows.ARGUMENTS, sealed)
            rows.change(tx.connection, replace(kept, action=replace(kept.action, compensated_by=action.id)))
            if error is not None:
                tx.record(recording.given_up(action))
        return action.state

    def _read(self, tx: Transaction, kept: Kept, direction: str) -> object:
        sealed = rows.get(tx.connection, kept.action.id, direction)
        if sealed is None:
            return None
        content = self._keeping.ground.sealing.open(sealed, kept.action.id, direction)[SALT:]
        return forms.read(content, len(content))


def unknown_run(run: str) -> NotFound:
    """There is no such run."""
    return NotFound(
        "agent-run-unknown", f"there is no agent run `{run[:80]}`", remedy="list them with `roadworthy agent-run list`"
    )
