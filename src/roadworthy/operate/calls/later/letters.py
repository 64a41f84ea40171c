"""Dead letters of calls: people have them made again, or discard them and say why; and what is kept goes in time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import sqlalchemy as sa

from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.errors import Conflict, InvalidInput, Place, RoadworthyError
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.draft import Basis, Context, Draft
from roadworthy.foundation.ledger.holds import Hold, HoldOn
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.workflow.leases import shared_now
from roadworthy.operate.calls.later import rules
from roadworthy.operate.calls.later import store as rows
from roadworthy.operate.calls.later.model import LaterCall, State
from roadworthy.operate.calls.later.service import Ground, ends, is_held, unknown

MOST_AT_ONCE: Final = 500
"""Dead letters that one command has made again."""
MOST_ERASED: Final = 5_000
"""Of one turn an hour."""
RULE: Final = "retention-expired"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A dead letter that could not be made again, and why."""

    call: str
    error: RoadworthyError


class Letters:
    """Sees to dead letters.

    Args:
        ground: what they stand on.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def replay(self, context: Context, call: str, reason: str) -> LaterCall:
        """Have a dead letter made again: a new call, through the whole funnel, under the same key.

        Two who ask at once get the same call.

        Returns:
            The new call.

        Raises:
            InvalidInput: no reason is given.
            NotFound: there is none of this id.
            Conflict: it is no dead letter, was discarded, or its request is gone.
        """
        said = _reason(reason)
        return self._ground.units.run(context, lambda tx: self._again(tx, call, said))

    def replay_all(self, context: Context, wanted: rows.Wanted, reason: str) -> tuple[list[LaterCall], list[Refusal]]:
        """Have all dead letters made again that are wanted, the oldest first, each in a unit of its own.

        Returns:
            The new calls, and those that could not be made again.

        Raises:
            InvalidInput: no reason is given.
        """
        said = _reason(reason)
        with self._ground.store.read() as connection:
            found = rows.listed(connection, replace(wanted, letters=True, limit=MOST_AT_ONCE))
        made, refused = [], []
        for each in reversed(found):
            try:
                made.append(self._ground.units.run(context, lambda tx, of=each.id: self._again(tx, of, said)))  # type: ignore[misc]  # the default binds this turn's value
            except RoadworthyError as error:
                refused.append(Refusal(each.id, error))
        return made, refused

    def discard(self, context: Context, call: str, reason: str) -> LaterCall:
        """Let a dead letter go, and its request with it unless a legal hold keeps that.

        Raises:
            InvalidInput: no reason is given.
            NotFound: there is none of this id.
            Conflict: it is no dead letter, or somebody saw to it.
        """
        said = _reason(reason)

        def work(tx: Transaction) -> LaterCall:
            letter = self._letter(tx, call)
            now = shared_now(tx.connection, self._ground.runtime)
            gone = replace(letter, seen_to_by=tx.context.actor.ref, seen_to_at=now, keep_until=now)
            rows.change(tx.connection, gone)
            if not is_held(tx.connection, letter.use_case):
                rows.drop(tx.connection, [call])
            facts = _facts(letter)
            tx.record(Draft("call.discarded", f"Call/{call}", facts=facts, texts={"reason": said.encode()}))
            return gone

        return self._ground.units.run(context, work)

    def _again(self, tx: Transaction, call: str, reason: str) -> LaterCall:
        ground = self._ground
        letter = rows.held(tx.connection, call)
        if letter is not None and letter.replayed_as is not None:
            known = rows.find(tx.connection, letter.replayed_as)
            if known is not None:
                return known
        letter = self._letter(tx, call)
        now = shared_now(tx.connection, ground.runtime)
        sealed = rows.get(tx.connection, call, rows.REQUEST)
        if sealed is None or ends(letter, now):
            raise Conflict(
                "later-request-gone",
                "the request is not kept any more",
                place=Place(source=f"Call/{call}"),
                remedy="have the application send it again; `later.keepLetters` says how long it is kept",
            )
        seen_to, made = rules.again(letter, tx.new_id(), tx.context.actor.ref, reason, now)
        opened = ground.sealing.open(sealed, call, rows.REQUEST)
        rows.insert(tx.connection, made)
        rows.put(tx.connection, made.id, rows.REQUEST, ground.sealing.seal(opened, made.id, rows.REQUEST))
        rows.change(tx.connection, seen_to)
        if not is_held(tx.connection, letter.use_case):
            rows.drop(tx.connection, [call])
        facts = _facts(letter) | {"as": made.id}
        tx.record(Draft("call.replayed", f"Call/{call}", facts=facts, texts={"reason": reason.encode()}))
        return made

    @staticmethod
    def _letter(tx: Transaction, call: str) -> LaterCall:
        letter = rows.held(tx.connection, call)
        if letter is None:
            raise unknown(call)
        if not letter.is_letter:
            seen_to = "somebody has seen to it" if letter.state is State.DEAD else f"it is {letter.state.value}"
            raise Conflict(
                "later-no-letter",
                f"the call is no dead letter: {seen_to}",
                place=Place(source=f"Call/{call}"),
                remedy="list those that wait for somebody with `roadworthy call dead-letters`",
            )
        return letter

    # ------------------------------------------------------------ in time

    def due(self, tx: Transaction, before: dt.datetime | None, holds: Sequence[Hold], *, hipaa: bool) -> int:  # noqa: ARG002 - as `Erases` has it; the queue is no archive, so no law's span is its own
        """Erase requests and answers whose time is over, and rows of calls that were over long enough ago.

        Args:
            tx: the unit.
            before: what was over before goes; None where calls are kept for ever.
            holds: legal holds that stand.
            hipaa: whether HIPAA applies.

        Returns:
            How many contents and rows went.
        """
        if any(hold.on is HoldOn.EVERYTHING for hold in holds):
            return 0
        spared = sorted(hold.name for hold in holds if hold.on is HoldOn.USE_CASE)
        now = shared_now(tx.connection, self._ground.runtime)
        gone = rows.over(tx.connection, now, spared, MOST_ERASED)
        rows.erased(tx.connection, gone, now)
        forgotten = 0 if before is None else rows.forget(tx.connection, before, spared, MOST_ERASED)
        if gone or forgotten:
            facts: dict[str, Canonical] = {
                "contents": len(gone), "rows": forgotten, "useCasesHeld": spared,
                "overBefore": None if before is None else to_text(before),
            }  # fmt: skip
            tx.record(Draft("calls.later-erased", "Gateway/later", basis=Basis(rules=(RULE,)), facts=facts))
        return len(gone) + forgotten


def told_since(connection: sa.Connection, letter: LaterCall, since: dt.datetime) -> bool:
    """Whether another call of the endpoint was given up since an instant, so that its owners know already."""
    return rows.letter_since(connection, letter, since)


def _facts(letter: LaterCall) -> dict[str, Canonical]:
    return {
        "useCase": letter.use_case, "endpoint": letter.endpoint, "why": letter.why.value if letter.why else None,
        "rule": letter.rule,
    }  # fmt: skip


def _reason(reason: str) -> str:
    said = reason.strip()
    if not said:
        raise InvalidInput(
            "later-unexplained",
            "this needs a reason",
            place=Place(field="reason"),
            remedy="say in a sentence why it is made again, or why nothing has to be done",
        )
    return said
