"""Waivers: a gap is accepted for a time, with a control in its place; a timer ends it.

Who may waive what is for decision rights to say, and so is a vote where more than one has to agree. Where nobody
declared any, a named person accepts a gap directly. Both ways end in `Waiving.carry_out`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa

from roadworthy.foundation.digests import Canonical, digest_of
from roadworthy.foundation.errors import Conflict, NotFound
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.authority import Act, Authority, Grounds, Ungoverned
from roadworthy.foundation.ledger.draft import Basis, Context, Draft, Oversight
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.workflow.model import Timer
from roadworthy.foundation.workflow.service import Timers
from roadworthy.inventory.deciding import facts_of
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import UseCase
from roadworthy.inventory.waiver_terms import Terms, by_person, reason_of
from roadworthy.measure.data_audit import store as rows
from roadworthy.measure.data_audit.model import Gap, GapStatus, Waiver

KIND = "gap-waiver.expiry"
TELL = "gap-waiver.tell"
"""After a decision, the evidence of the audit is handed in anew, outside of the unit that carried it out."""
RULE = "gap-waiver"
"""Names in the ledger what asked for a person's word where no decision rights are in force."""
WAIVE = "waive"
"""The decision class."""


@dataclass(frozen=True, slots=True)
class GapWaiver:
    """A gap that somebody wants accepted, as it stands, and on which terms."""

    use_case: str
    spec: UseCase | None
    """None where the use case was removed since the audit."""
    gap: Gap
    renewal: bool
    """Whether it was waived before."""
    terms: Terms

    @property
    def content(self) -> dict[str, Canonical]:
        """Exactly what is decided: what the gap says, and the terms."""
        gap = self.gap
        return {
            "useCase": self.use_case,
            "gap": gap.id,
            "rule": gap.rule,
            "rank": gap.rank,
            "title": gap.title,
            "finding": gap.finding,
            **self.terms.values(),
        }

    @property
    def act(self) -> Act:
        """As decision rights see it."""
        common = {"use_case": self.use_case} if self.spec is None else facts_of(self.use_case, self.spec)
        own: dict[str, Canonical] = {
            "what": "gap",
            "rank": self.gap.rank,
            "area": self.gap.area.value,
            "lasts": self.terms.seconds,
            "renewal": self.renewal,
        }
        return Act(WAIVE, f"{USE_CASE}/{self.use_case}", self.content, self.use_case, {**common, **own})

    @property
    def state(self) -> str:
        """Digest of the gap as it stands, so that a decision about it notices a change."""
        waiver = self.gap.waiver
        standing = None if waiver is None else {"at": to_text(waiver.at), "until": to_text(waiver.expires_at)}
        return digest_of({"status": self.gap.status.value, "verdict": self.gap.verdict.value, "waiver": standing})


class Waiving:
    """Accepts gaps for a time."""

    def __init__(self, units: Units, timers: Timers, resources: Resources) -> None:
        self._units = units
        self._resources = resources
        self._authority: Authority = Ungoverned()
        timers.on(KIND, self._expire)

    def governed_by(self, authority: Authority) -> None:
        """From now on a waiver needs its word."""
        self._authority = authority

    def waive(self, context: Context, gap_id: str, reason: str, control: str, expires_at: dt.datetime) -> Gap:
        """Accept a gap until an instant.

        Args:
            context: the approver, who has to be a person.
            gap_id: of an open or waived gap; a new waiver takes the place of the former.
            reason: why it can wait.
            control: what makes up for it meanwhile.
            expires_at: when it blocks again, at most `LONGEST` ahead.

        Raises:
            Refused: no person approves it, or decision rights ask for somebody else's word.
            InvalidInput: reason or control is missing or too long, or the expiry is past, too far, or without offset.
            NotFound: there is no such gap.
            Conflict: it is closed.
        """
        by_person(context)

        def work(tx: Transaction) -> Gap:
            terms = Terms.asked(reason, control, expires_at, tx.now)
            return self.carry_out(tx, self.wanted(tx.connection, gap_id, terms))

        return self._units.run(context, work)

    def wanted(self, connection: sa.Connection, gap_id: str, terms: Terms) -> GapWaiver:
        """The waiver that somebody wants, with the gap as it stands.

        Raises:
            NotFound: there is no such gap.
            Conflict: it is closed.
        """
        use_case, gap = _held(connection, gap_id)
        if gap.status is GapStatus.CLOSED:
            raise Conflict(
                "gap-closed", "the gap is closed", remedy="nothing to waive; a later audit reopens it if it returns"
            )
        stored = self._resources.find(USE_CASE, use_case, connection)
        spec = None if stored is None else cast("UseCase", stored.spec)
        return GapWaiver(use_case, spec, gap, rows.was_waived(connection, gap_id), terms)

    def carry_out(self, tx: Transaction, wanted: GapWaiver) -> Gap:
        """Accept a gap inside the caller's unit, on whatever grounds the authority gives.

        Raises:
            Refused: decision rights ask for a decision that nobody has made.
            InvalidInput: the terms cannot begin now.
        """
        terms, gap = wanted.terms, wanted.gap
        terms.refuse_end(tx.now)
        grounds = self._authority.require(tx, [wanted.act])
        actor = tx.context.actor.ref
        if grounds == Grounds():
            oversight = Oversight(required=RULE, given=(actor,), quorum=1)
            grounds = Grounds(Basis(rules=(RULE,)), oversight)
        waiver = Waiver(actor, tx.now, terms.reason, terms.control, terms.until)
        entry_id = tx.record(
            Draft(
                "gap.waived",
                f"{USE_CASE}/{wanted.use_case}",
                decision="waived",
                basis=grounds.basis,
                oversight=grounds.oversight,
                facts={"gap": gap.id, "rule": gap.rule, "rank": gap.rank, "until": to_text(terms.until)},
                texts=terms.texts(),
            )
        )
        rows.end_waivers(tx.connection, gap.id, tx.now)
        rows.insert_waiver(tx.connection, tx.new_id(), gap.id, waiver, entry_id)
        rows.set_status(tx.connection, gap.id, GapStatus.WAIVED)
        Timers.set(tx, KIND, gap.id, terms.until)
        return _held(tx.connection, gap.id)[1]

    def unwaive(self, context: Context, gap_id: str, reason: str) -> Gap:
        """End a waiver before its time.

        Raises:
            Refused: no person ends it.
            InvalidInput: no reason is given.
            NotFound: there is no such gap.
            Conflict: nobody has waived it.
        """
        by_person(context)
        said = reason_of(reason)

        def work(tx: Transaction) -> Gap:
            use_case, gap = _held(tx.connection, gap_id)
            if not rows.end_waivers(tx.connection, gap_id, tx.now):
                raise Conflict("gap-not-waived", "nobody has waived the gap", remedy="nothing to do: it blocks")
            Timers.cancel(tx, KIND, gap_id)
            _reopen(tx, use_case, gap, "taken-back", {"reason": said.encode()})
            return _held(tx.connection, gap_id)[1]

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


def _held(connection: sa.Connection, gap_id: str) -> tuple[str, Gap]:
    held = rows.find_gap(connection, gap_id)
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
