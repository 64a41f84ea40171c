"""What happens to requests by itself: deadlines pass, what they rest on changes, what was missing comes."""

from __future__ import annotations

from collections.abc import Sequence

from roadworthy.decide.approvals import store as rows
from roadworthy.decide.approvals.deadlines import steps
from roadworthy.decide.approvals.ending import REMIND, TIMER, Ending, about, basis_of, named
from roadworthy.decide.approvals.ground import ITSELF, Answer, Ground
from roadworthy.decide.approvals.in_force import KEY, RightsInForce
from roadworthy.decide.approvals.inboxes import Inboxes
from roadworthy.decide.approvals.requests import Request
from roadworthy.decide.approvals.states import WAITING, RequestEvent, RequestState
from roadworthy.decide.approvals.using import Using, WorldMoved
from roadworthy.decide.approvals.voting import Voting
from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.workflow.model import Timer

SETTLE = "decision-settle"
"""Looks again at one request whose votes are there: in a unit of its own, for carrying it out may fail."""
SWEEP = "decision-sweep"
"""Voids requests that were proposed under rights that are not in force any more, some at a time."""
AT_ONCE = 200
CHANGES = ("*.applied", "*.removed", "certificate.", "stop.")
"""Events after which what a request rests on may be another."""
ARRIVALS = ("evidence.submitted", "evidence.received", "evidence.contest-settled")
"""Events after which what a request misses may have come."""


class Watching:
    """Handles timers and follows the ledger."""

    def __init__(
        self,
        ground: Ground,
        rights: RightsInForce,
        ending: Ending,
        inboxes: Inboxes,
        voting: Voting,
        using: Using,
    ) -> None:
        self._ground = ground
        self._rights = rights
        self._ending = ending
        self._inboxes = inboxes
        self._voting = voting
        self._using = using

    def attach(self) -> None:
        """Announce who handles the timers."""
        self._ground.timers.on(TIMER, self.due, most=AT_ONCE)
        self._ground.timers.on(REMIND, self.remind, most=AT_ONCE)
        self._ground.timers.on(SWEEP, self.sweep)
        self._ground.timers.act(SETTLE, self.settle)

    # ------------------------------------------------------------ time

    def due(self, tx: Transaction, timers: Sequence[Timer]) -> None:
        """Escalate, expire, lapse, or look again."""
        for timer in timers:
            request = rows.get(tx.connection, timer.key, hold=True)
            if request is not None:
                self._due(tx, request)

    def _due(self, tx: Transaction, request: Request) -> None:
        if request.state is RequestState.APPROVED:
            if request.valid_until is not None and tx.now >= request.valid_until:
                self._ending.lapse(tx, request)
            else:
                self._ending.wind(tx, request)
            return
        if request.state not in WAITING:
            return
        reached = sum(tx.now >= request.created_at + after for after in steps(request))
        while request.level < reached:
            request = self._escalate(tx, request)
        if tx.now >= request.deadline_at:
            self._ending.expire(tx, request)
            return
        if any(rule.evidence or rule.external for rule in request.rules):
            self._ground.timers.set(tx, SETTLE, request.id, tx.now)
        self._ending.wind(tx, request)

    def remind(self, tx: Transaction, timers: Sequence[Timer]) -> None:
        """The time to decide is nearly over: those who are asked and said nothing are told."""
        for timer in timers:
            request = rows.get(tx.connection, timer.key)
            if request is not None and request.state in WAITING:
                said = {vote.person_ref for vote in rows.votes_on(tx.connection, request.id)}
                asked = self._inboxes.asked(tx.connection, request)
                self._ending.tell(tx, request, "decision.deadline", asked - said, urgent=True)

    def _escalate(self, tx: Transaction, request: Request) -> Request:
        """It waited too long: more people may approve, and they are told."""
        before = self._inboxes.asked(tx.connection, request)
        moved = self._ending.move(tx, request, RequestEvent.ESCALATE, level=request.level + 1)
        rows.take_out(tx.connection, request.id)
        self._inboxes.reaches(tx, moved, self._inboxes.given(tx.connection, request))
        asked = self._inboxes.asked(tx.connection, moved)
        facts = about(request) | {"level": moved.level, "asked": len(asked), "newlyAsked": len(asked - before)}
        tx.record(
            Draft("decision.escalated", named(request), decision="escalated", basis=basis_of(request), facts=facts)
        )
        self._ending.tell(tx, moved, "decision.escalated", asked | request.excluded, urgent=True)
        return moved

    # ------------------------------------------------------------ the world

    def changed(self, tx: Transaction, entries: Sequence[Entry]) -> None:
        """Void what rests on something that is another now: for a consumer of `CHANGES`."""
        touched = {entry.resource for entry in entries}
        for request_id in rows.resting_on(tx.connection, touched):
            self._void_stale(tx, request_id)
        if KEY in touched:
            self._ground.timers.set(tx, SWEEP, "rights", tx.now)

    def sweep(self, tx: Transaction, timers: Sequence[Timer]) -> None:
        """Void some of what was proposed under other rights, and come again while there is more."""
        found = rows.under_other_rights(tx.connection, self._rights.digest(tx.connection), AT_ONCE)
        for request_id in found:
            self._void_stale(tx, request_id)
        if len(found) == AT_ONCE:
            self._ground.timers.set(tx, SWEEP, timers[0].key, tx.now)

    def _void_stale(self, tx: Transaction, request_id: str) -> None:
        request = rows.get(tx.connection, request_id, hold=True)
        if request is None or (request.state not in WAITING and request.state is not RequestState.APPROVED):
            return
        changed = self._ending.changed(tx.connection, request, self._rights.digest(tx.connection))
        if changed:
            self._ending.void(tx, request, changed)

    def void_all(self, tx: Transaction, changed: str) -> int:
        """Void every request that is not over, because all that was known of the world changed; how many it were."""
        found = rows.going(tx.connection)
        for request_id in found:
            request = rows.get(tx.connection, request_id, hold=True)
            if request is not None:
                self._ending.void(tx, request, (changed,))
        return len(found)

    def arrived(self, tx: Transaction, entries: Sequence[Entry]) -> None:
        """Look again at requests about use cases for which evidence came: for a consumer of `ARRIVALS`."""
        names = {entry.resource.partition("/")[2] for entry in entries if entry.resource.startswith("UseCase/")}
        for request_id in rows.waiting_about(tx.connection, names):
            self._ground.timers.set(tx, SETTLE, request_id, tx.now)

    # ------------------------------------------------------------ looking again

    def settle(self, timer: Timer) -> None:
        """Decide a request whose votes are there, if what was missing has come."""
        self.look_again(timer.key)

    def look_again(self, request_id: str) -> None:
        """The same for whoever knows that something has come; does nothing where nothing has."""

        def work(tx: Transaction) -> Answer:
            request = rows.get(tx.connection, request_id, hold=True)
            if request is None or request.state not in WAITING:
                return Answer()
            changed = self._ending.changed(tx.connection, request, self._rights.digest(tx.connection))
            if changed:
                self._ending.void(tx, request, changed)
            else:
                self._voting.settle(tx, request)
            return Answer()

        try:
            self._ground.run(ITSELF, work)
        except WorldMoved as moved:
            self._using.void_after(ITSELF, request_id, moved)
