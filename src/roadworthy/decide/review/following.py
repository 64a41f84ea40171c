"""What happens to reviews by itself: they follow their requests, and begin again by cadence or by what happened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import sqlalchemy as sa

from roadworthy.decide.approvals import store as requests
from roadworthy.decide.approvals.requests import Request
from roadworthy.decide.review import store as rows
from roadworthy.decide.review.drafting import SUBJECT
from roadworthy.decide.review.ground import Ground, about, named
from roadworthy.decide.review.model import Opening, Review
from roadworthy.decide.review.opening import Openings, Wanted
from roadworthy.decide.review.policy import EVENTS, OF_EVIDENCE, Trigger
from roadworthy.decide.review.rules import concerns, due_at
from roadworthy.decide.review.states import ReviewEvent, ReviewState
from roadworthy.decide.review.telling import Telling
from roadworthy.evidence import store as evidence
from roadworthy.foundation.errors import NotFound
from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import Stage
from roadworthy.inventory.rules import tier_of

PROPOSED: Final = "decision.proposed"
OVER: Final = ("decision.declined", "decision.withdrawn", "decision.voided", "decision.expired", "decision.lapsed")
REQUESTS: Final = (PROPOSED, *OVER)
"""Events of requests after which their review stands elsewhere."""
TRIGGERS: Final = tuple(EVENTS)
AT_ONCE = 200
"""Reviews that one turn of the cadence opens at most; the next turn opens more."""

_WHY: Final = {
    Trigger.EVIDENCE_EXPIRED: "Evidence that the last verdict rests on has expired.",
    Trigger.EVIDENCE_WITHDRAWN: "Evidence that the last verdict rests on was taken back.",
    Trigger.EVIDENCE_CONTESTED: "Evidence that the last verdict rests on is disputed.",
    Trigger.WAIVER_ENDED: "A waiver has ended.",
    Trigger.OWNER_LEFT: "A duty has lost its owner.",
    Trigger.RELEASE_MISMATCHED: "A part of the release was seen as something else.",
    Trigger.CERTIFICATE_NARROWED: "The certificate was narrowed.",
    Trigger.CERTIFICATE_SUSPENDED: "The certificate was suspended.",
    Trigger.CERTIFICATE_EXPIRED: "The certificate has expired.",
}


class Following:
    """Handles entries of the ledger, and the turns of the cadence."""

    def __init__(self, ground: Ground, openings: Openings, telling: Telling) -> None:
        self._ground = ground
        self._openings = openings
        self._telling = telling

    # ------------------------------------------------------------ requests

    def requested(self, tx: Transaction, entries: Sequence[Entry]) -> None:
        """Move reviews whose request was made or came to nothing: for a consumer of `REQUESTS`."""
        for entry in entries:
            if entry.facts.get("subject") != SUBJECT:
                continue
            request = requests.get(tx.connection, entry.resource.partition("/")[2])
            if request is None:
                continue
            if entry.what == PROPOSED:
                self.proposed(tx, request)
            else:
                self._reopen(tx, request, entry)

    def proposed(self, tx: Transaction, request: Request) -> None:
        """A verdict waits for a decision; nothing where the review knows it, or is over already."""
        review = rows.find(tx.connection, str(request.content.get("review")), hold=True)
        if review is None or review.state is not ReviewState.OPEN or request.ended_at is not None:
            return
        self._ground.runs.move(tx, review.id, ReviewEvent.PROPOSE.value)
        rows.replace(tx.connection, replace(review, state=ReviewState.PROPOSED, request=request.id))
        facts = {**about(review), "verdict": request.content["verdict"], "request": request.id}
        tx.record(Draft("review.proposed", named(review), facts=facts))

    def _reopen(self, tx: Transaction, request: Request, entry: Entry) -> None:
        review = rows.find(tx.connection, str(request.content.get("review")), hold=True)
        if review is None or review.state is not ReviewState.PROPOSED or review.request != request.id:
            return
        self._ground.runs.move(tx, review.id, ReviewEvent.REOPEN.value)
        reopened = replace(review, state=ReviewState.OPEN, request=None)
        rows.replace(tx.connection, reopened)
        why = entry.what.partition(".")[2]
        facts = {**about(review), "verdict": request.content["verdict"], "request": request.id, "why": why}
        tx.record(Draft("review.reopened", named(review), facts=facts))
        self._telling.reopened(tx, reopened)

    # ------------------------------------------------------------ triggers

    def happened(self, tx: Transaction, entries: Sequence[Entry]) -> None:
        """Open reviews of what cannot wait: for a consumer of `TRIGGERS`."""
        wanted = self._ground.policy(tx.connection).triggers
        for entry in entries:
            trigger = EVENTS.get(entry.what)
            if trigger is None or trigger not in wanted:
                continue
            names = self._about(tx.connection, entry, trigger)
            for review in rows.standing(tx.connection, names) if names else ():
                if trigger in OF_EVIDENCE and not concerns(_frozen(review), _items(entry)):
                    continue
                self._again(tx, review, Opening.TRIGGER, _WHY[trigger], trigger, entry.id)

    def _about(self, connection: sa.Connection, entry: Entry, trigger: Trigger) -> frozenset[str]:
        """Use cases that an entry speaks of."""
        kind, _, name = entry.resource.partition("/")
        if entry.what == "person.left":
            return frozenset(self._ground.seats.of(connection, name))
        if trigger in OF_EVIDENCE and (items := _items(entry)):
            return frozenset(evidence.use_cases_of(connection, items))
        about_it = entry.facts.get("useCase")
        if isinstance(about_it, str):
            return frozenset({about_it})
        return frozenset({name}) if kind == USE_CASE else frozenset()

    # ------------------------------------------------------------ cadence

    def turn(self, tx: Transaction, fire_at: dt.datetime) -> None:
        """Open reviews of verdicts whose time is over: for a schedule."""
        del fire_at  # what is due follows from when it was decided
        cadence = self._ground.policy(tx.connection).cadence
        opened = 0
        for review in rows.standing(tx.connection):
            if opened >= AT_ONCE:
                return
            try:
                _, spec = self._ground.use_case(tx.connection, review.use_case)
            except NotFound:
                continue
            assert review.decided_at is not None  # noqa: S101 - only what was decided stands
            due = due_at(review.decided_at, cadence.of(tier_of(spec.risk, spec.class_).tier))
            if due is not None and due <= tx.now and spec.stage is not Stage.RETIRED:
                why = f"The verdict of {review.decided_at:%Y-%m-%d} has had its time."
                self._again(tx, review, Opening.CADENCE, why)
                opened += 1

    def _again(
        self,
        tx: Transaction,
        review: Review,
        opening: Opening,
        why: str,
        trigger: Trigger | None = None,
        entry: str | None = None,
    ) -> None:
        """Another review of the same use case, stage and release; none where there is nothing left to be reviewed."""
        found = self._ground.resources.find(USE_CASE, review.use_case, tx.connection)
        if found is None or self._ground.use_case(tx.connection, review.use_case)[1].stage is Stage.RETIRED:
            return
        if rows.going(tx.connection, review.use_case, review.stage_to) is not None:
            return
        wanted = Wanted(review.use_case, review.stage_to, review.release, why, opening, trigger, entry)
        self._openings.open(tx, wanted)


def _frozen(review: Review) -> dict[str, object] | None:
    return None if review.content is None else dict(review.content.get("frozen") or {})


def _items(entry: Entry) -> list[str]:
    """Ids of the evidence that an entry speaks of."""
    one = entry.facts.get("evidence")
    return list(dict.fromkeys([*entry.basis.evidence, *([one] if isinstance(one, str) else [])]))
