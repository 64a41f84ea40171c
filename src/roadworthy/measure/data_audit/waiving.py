"""Waivers: a named person accepts a gap for a time, with a control in its place; a timer ends it.

Who may waive what is for decision rights to say, and so is a vote where more than one has to agree. Their place is
kept: whoever decides comes here in the end, with the approvers in `Oversight`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, Place, Refused
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.draft import ActorKind, Basis, Context, Draft, Oversight
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.workflow.model import Timer
from roadworthy.foundation.workflow.service import Timers
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.measure.data_audit import store as rows
from roadworthy.measure.data_audit.model import Gap, GapStatus, Waiver

KIND = "gap-waiver.expiry"
RULE = "gap-waiver"
"""Names the decision in the ledger; decision rights attach to it."""
LONGEST = dt.timedelta(days=366)
"""A gap that is accepted for longer than a year is not waived but built in. Our own choice."""
LONGEST_TEXT = 2_000


class Waiving:
    """Accepts gaps for a time."""

    def __init__(self, units: Units, timers: Timers) -> None:
        self._units = units
        timers.on(KIND, self._expire)

    def waive(self, context: Context, gap_id: str, reason: str, control: str, expires_at: dt.datetime) -> Gap:
        """Accept a gap until an instant.

        Args:
            context: the approver, who has to be a person.
            gap_id: of an open or waived gap; a new waiver takes the place of the former.
            reason: why it can wait.
            control: what makes up for it meanwhile.
            expires_at: when it blocks again, at most `LONGEST` ahead.

        Raises:
            Refused: no person approves it.
            InvalidInput: reason or control is missing or too long, or the expiry is past, too far, or without offset.
            NotFound: there is no such gap.
            Conflict: it is closed.
        """
        _person_only(context)
        said = {"reason": _text(reason, "reason"), "control": _text(control, "control")}

        def work(tx: Transaction) -> Gap:
            use_case, gap = _held(tx, gap_id)
            if gap.status is GapStatus.CLOSED:
                raise Conflict(
                    "gap-closed", "the gap is closed", remedy="nothing to waive; a later audit reopens it if it returns"
                )
            _check_end(expires_at, tx.now)
            waiver = Waiver(context.actor.ref, tx.now, said["reason"], said["control"], expires_at)
            entry_id = tx.record(
                Draft(
                    "gap.waived",
                    f"{USE_CASE}/{use_case}",
                    decision="waived",
                    basis=Basis(rules=(RULE,)),
                    oversight=Oversight(required=RULE, given=(context.actor.ref,), quorum=1),
                    facts={"gap": gap_id, "rule": gap.rule, "rank": gap.rank, "until": to_text(expires_at)},
                    texts={name: text.encode() for name, text in said.items()},
                )
            )
            rows.end_waivers(tx.connection, gap_id, tx.now)
            rows.insert_waiver(tx.connection, tx.new_id(), gap_id, waiver, entry_id)
            rows.set_status(tx.connection, gap_id, GapStatus.WAIVED)
            Timers.set(tx, KIND, gap_id, expires_at)
            return _held(tx, gap_id)[1]

        return self._units.run(context, work)

    def unwaive(self, context: Context, gap_id: str, reason: str) -> Gap:
        """End a waiver before its time.

        Raises:
            Refused: no person ends it.
            InvalidInput: no reason is given.
            NotFound: there is no such gap.
            Conflict: nobody has waived it.
        """
        _person_only(context)
        said = _text(reason, "reason")

        def work(tx: Transaction) -> Gap:
            use_case, gap = _held(tx, gap_id)
            if not rows.end_waivers(tx.connection, gap_id, tx.now):
                raise Conflict("gap-not-waived", "nobody has waived the gap", remedy="nothing to do: it blocks")
            Timers.cancel(tx, KIND, gap_id)
            _reopen(tx, use_case, gap, "taken-back", {"reason": said.encode()})
            return _held(tx, gap_id)[1]

        return self._units.run(context, work)

    @staticmethod
    def _expire(tx: Transaction, timers: Sequence[Timer]) -> None:
        for timer in timers:
            held = rows.find_gap(tx.connection, timer.key)
            if held is not None and rows.end_waivers(tx.connection, timer.key, tx.now, expired_by=tx.now):
                _reopen(tx, *held, "expired", {})


def _reopen(tx: Transaction, use_case: str, gap: Gap, why: str, texts: dict[str, bytes]) -> None:
    if gap.status is GapStatus.WAIVED:
        rows.set_status(tx.connection, gap.id, GapStatus.OPEN)
    facts = {"gap": gap.id, "rule": gap.rule, "why": why}
    tx.record(Draft("gap.waiver-ended", f"{USE_CASE}/{use_case}", facts=facts, texts=texts))


def _held(tx: Transaction, gap_id: str) -> tuple[str, Gap]:
    held = rows.find_gap(tx.connection, gap_id)
    if held is None:
        raise unknown_gap(gap_id)
    return held


def unknown_gap(gap_id: str) -> NotFound:
    """There is no gap of this id."""
    return NotFound(
        "gap-unknown",
        f"there is no gap `{gap_id[:60]}`",
        remedy="list the gaps of a use case with `roadworthy data gaps USE-CASE`",
    )


def _person_only(context: Context) -> None:
    if context.actor.kind is not ActorKind.PERSON or not context.actor.ref:
        raise Refused(
            "waiver-by-nobody",
            "a gap is accepted by a person who answers for it, not by a program",
            remedy="sign in as the person who approves it",
        )


def _text(said: str, field: str) -> str:
    text = said.strip()
    if not 0 < len(text) <= LONGEST_TEXT:
        raise InvalidInput(
            "waiver-incomplete",
            f"the waiver has no {field}" if not text else f"the {field} is longer than {LONGEST_TEXT:,} characters",
            place=Place(field=field),
            remedy="say in a sentence or two why the gap can wait, and what makes up for it meanwhile",
        )
    return text


def _check_end(expires_at: dt.datetime, now: dt.datetime) -> None:
    if expires_at.tzinfo is None or not now < expires_at <= now + LONGEST:
        raise InvalidInput(
            "waiver-expiry-unfit",
            f"a waiver ends after now and within {LONGEST.days} days",
            place=Place(field="expiresAt"),
            remedy="give a day or an instant in that time; it can be renewed with new reasons",
        )
