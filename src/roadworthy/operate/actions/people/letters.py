"""Dead letters of actions: looked at, done again, settled by what somebody found out, discarded; each with a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from roadworthy.foundation.digests import commitment
from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, Place
from roadworthy.foundation.ledger.draft import Context, Draft
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.workflow.leases import shared_now
from roadworthy.operate.actions import arguments as forms
from roadworthy.operate.actions import recording
from roadworthy.operate.actions import store as rows
from roadworthy.operate.actions.catalogue.compiled import Catalogue
from roadworthy.operate.actions.deciding import charging
from roadworthy.operate.actions.doing.keeping import SALT, Keeping
from roadworthy.operate.actions.model import AgentAction, State, Why
from roadworthy.operate.actions.store import Kept

LONGEST_RECEIPT: Final = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """An action with its contents, for people who may see them."""

    action: AgentAction
    arguments: Any = None
    """JSON; None where they are gone."""
    result: Any = None


class Letters:
    """Sees to dead letters.

    Args:
        keeping: where they are kept.
        catalogue: what is declared now.
        wake: has the runner look.
    """

    def __init__(self, keeping: Keeping, catalogue: Callable[[], Catalogue], wake: Callable[[], None]) -> None:
        self._keeping = keeping
        self._catalogue = catalogue
        self._wake = wake

    def listed(self, wanted: rows.Listed) -> list[AgentAction]:
        """Actions, the latest first."""
        with self._keeping.ground.store.read() as connection:
            return rows.listed(connection, wanted)

    def counts(self) -> list[tuple[str, str, int]]:
        """How many actions of which use case are in which state that is not over, or dead letters."""
        with self._keeping.ground.store.read() as connection:
            return rows.states(connection)

    def windows(self, now: dt.datetime) -> list[Any]:
        """Limit windows that count now, the fullest first."""
        with self._keeping.ground.store.read() as connection:
            return charging.standing(connection, int(now.timestamp()))

    def get(self, id_: str) -> AgentAction:
        """One action.

        Raises:
            NotFound: there is none of this id.
        """
        with self._keeping.ground.store.read() as connection:
            kept = rows.find(connection, id_)
        if kept is None:
            raise unknown(id_)
        return kept.action

    def contents(self, context: Context, id_: str) -> Shown:
        """One action with what was sent and what came of it; that somebody looked is recorded.

        Raises:
            NotFound: there is none of this id.
            IntegrityBroken: they cannot be opened here.
        """
        action = self.get(id_)
        sent, came = (self._keeping.content(id_, each) for each in (rows.ARGUMENTS, rows.RESULT))
        draft = Draft("action.looked-into", f"{recording.ACTION}/{id_}", facts={"action": action.action})
        self._keeping.ground.units.run(context, lambda tx: tx.record(draft))
        return Shown(
            action, None if sent is None else forms.read(sent), None if came is None else forms.read(came, len(came))
        )

    def again(self, context: Context, id_: str, reason: str, arguments: bytes | None = None) -> AgentAction:
        """Have a dead letter done again: the same, under its own key; or with other arguments, as another action.

        Whoever has it done again says with that that it was not done: of one in doubt that has no key, that is what
        the reason is for. It goes through the whole funnel when its turn comes.

        Raises:
            InvalidInput: no reason is given, or the arguments are none.
            NotFound: there is none of this id.
            Conflict: it is no dead letter, somebody saw to it, or its arguments are gone.
        """
        said = reason_of(reason)
        edited = None if arguments is None else forms.canonical(arguments)

        def work(tx: Transaction) -> AgentAction:
            kept = self._letter(tx, id_)
            now = shared_now(tx.connection, self._keeping.ground.runtime)
            if edited is None:
                if rows.get(tx.connection, id_, rows.ARGUMENTS) is None:
                    raise Conflict("action-arguments-gone", "its arguments are not kept any more",
                                   remedy="give the arguments, or have the agent ask again")  # fmt: skip
                charging.give_back(tx.connection, kept.charges)
                made = replace(
                    kept.action, state=State.QUEUED, why=None, error=None, due_at=now, ended_at=None, holder=None
                )
                rows.change(tx.connection, replace(kept, action=made, charges=()))
            else:
                made = self._other(tx, kept, edited)
            tx.record(recording.replayed(kept.action, said, made))
            return made

        made: AgentAction = self._keeping.ground.units.run(context, work)
        self._wake()
        return made

    def settle(
        self, context: Context, id_: str, reason: str, *, done: bool, reference: str | None = None
    ) -> AgentAction:
        """Say of an action in doubt what somebody found out: that it was done, or that it was not.

        Of one that was to take another back, somebody may also say that they have done it themselves.

        Raises:
            InvalidInput: no reason is given, or the receipt is too long.
            NotFound: there is none of this id.
            Conflict: it is no dead letter, or is not in doubt.
        """
        said, receipt = reason_of(reason), _receipt_of(reference)

        def work(tx: Transaction) -> AgentAction:
            kept = self._letter(tx, id_)
            by_hand = done and kept.action.compensates is not None
            if kept.action.why is not Why.IN_DOUBT and not by_hand:
                raise Conflict("action-not-in-doubt", "it is known that it was not done",
                               remedy="have it done again, or discard it")  # fmt: skip
            now = shared_now(tx.connection, self._keeping.ground.runtime)
            made = replace(
                kept.action, state=State.DONE if done else State.FAILED, reference=receipt or kept.action.reference,
                seen_to_by=tx.context.actor.ref, seen_to_at=now, ended_at=now,
            )  # fmt: skip
            if not done:
                charging.give_back(tx.connection, kept.charges)
            after = replace(kept, action=made, charges=kept.charges if done else ())
            rows.change(tx.connection, after)
            tx.record(recording.settled(made, said))
            for each in self._keeping.ground.ended:
                each(tx, after)
            return made

        settled: AgentAction = self._keeping.ground.units.run(context, work)
        self._wake()
        return settled

    def discard(self, context: Context, id_: str, reason: str) -> AgentAction:
        """Let a dead letter go. What it took from limits stays taken where it may have been done.

        Raises:
            InvalidInput: no reason is given.
            NotFound: there is none of this id.
            Conflict: it is no dead letter, or somebody saw to it.
        """
        said = reason_of(reason)

        def work(tx: Transaction) -> AgentAction:
            kept = self._letter(tx, id_)
            now = shared_now(tx.connection, self._keeping.ground.runtime)
            made = replace(kept.action, seen_to_by=tx.context.actor.ref, seen_to_at=now)
            if kept.action.why is not Why.IN_DOUBT:
                charging.give_back(tx.connection, kept.charges)
            rows.change(tx.connection, replace(kept, action=made))
            tx.record(recording.discarded(made, said))
            return made

        gone: AgentAction = self._keeping.ground.units.run(context, work)
        return gone

    def _other(self, tx: Transaction, kept: Kept, arguments: bytes) -> AgentAction:
        """Another action in the place of a dead letter; what that was to take back, this one takes back instead."""
        ground = self._keeping.ground
        rows.hand_over(tx.connection, kept.action.id)
        run = rows.run(tx.connection, kept.action.run)
        assert run is not None  # noqa: S101 - an action has a run
        salt = ground.runtime.randomness.bytes(SALT)
        now = shared_now(tx.connection, ground.runtime)
        made = replace(
            kept.action, id=tx.new_id(), place=run.places + 1, state=State.QUEUED, why=None, error=None, rule="",
            about="", asked_at=tx.now, due_at=now, ended_at=None, fence=0, holder=None, tries=0, reference=None,
            request=None, replay_of=kept.action.id, arguments=commitment(salt, arguments),
        )  # fmt: skip
        declared = self._catalogue().actions.get(made.action)
        definition = kept.definition if declared is None else declared.digest
        rows.insert(tx.connection, Kept(made, definition, (), kept.trace))
        rows.put(tx.connection, made.id, rows.ARGUMENTS, ground.sealing.seal(salt + arguments, made.id, rows.ARGUMENTS))
        rows.placed(tx.connection, run.id, made.place)
        taken_back = None if made.compensates is None else rows.held(tx.connection, made.compensates)
        if taken_back is not None:
            rows.change(tx.connection, replace(taken_back, action=replace(taken_back.action, compensated_by=made.id)))
        seen = replace(kept.action, seen_to_by=tx.context.actor.ref, seen_to_at=now)
        if kept.action.why is not Why.IN_DOUBT:
            charging.give_back(tx.connection, kept.charges)
        rows.change(tx.connection, replace(kept, action=seen))
        return made

    @staticmethod
    def _letter(tx: Transaction, id_: str) -> Kept:
        kept = rows.held(tx.connection, id_)
        if kept is None:
            raise unknown(id_)
        if not kept.action.is_letter:
            state = "somebody has seen to it" if kept.action.state is State.DEAD else f"it is {kept.action.state.value}"
            raise Conflict(
                "action-no-letter", f"the action is no dead letter: {state}", place=Place(source=f"AgentAction/{id_}"),
                remedy="list those that wait for somebody with `roadworthy action dead-letters`",
            )  # fmt: skip
        return kept


def unknown(id_: str) -> NotFound:
    """There is no such action."""
    return NotFound(
        "agent-action-unknown", f"there is no action `{id_[:80]}`", remedy="list them with `roadworthy action list`"
    )


def _receipt_of(reference: str | None) -> str | None:
    """How a system names what was done; None where that is not said."""
    said = (reference or "").strip()
    if len(said) > LONGEST_RECEIPT:
        raise InvalidInput(
            "action-receipt-too-long", f"the receipt has {len(said)} characters, more than {LONGEST_RECEIPT}",
            place=Place(field="reference"), remedy="give the name alone, and the rest as part of the reason",
        )  # fmt: skip
    return said or None


def reason_of(reason: str) -> str:
    """A reason.

    Raises:
        InvalidInput: it says nothing.
    """
    said = reason.strip()
    if not said:
        raise InvalidInput(
            "action-unexplained", "this needs a reason", place=Place(field="reason"),
            remedy="say in a sentence what was found out, or why nothing has to be done",
        )  # fmt: skip
    return said
