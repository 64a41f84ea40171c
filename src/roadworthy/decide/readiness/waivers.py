"""Waivers of criteria: it is accepted for a time that a use case does not meet one, with a control in its place.

A waived criterion is partly met, never met, so no tone turns green by it. A timer ends it. It is bound to what the
rubric asked when it was waived: where the rubric asks something else, it counts for nothing from that instant, and is
ended.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa

from roadworthy.decide.readiness import waiver_store as rows
from roadworthy.decide.readiness.model import Criterion, Dimension
from roadworthy.decide.readiness.rules import asked_digest
from roadworthy.decide.readiness.service import Readiness
from roadworthy.decide.readiness.waiver_store import Bound, CriterionWaiver
from roadworthy.foundation.digests import Canonical, digest_of
from roadworthy.foundation.errors import Conflict, NotFound, Place, did_you_mean
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.authority import Act, Authority, Grounds, Ungoverned
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Basis, Context, Draft, Oversight
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.model import Timer
from roadworthy.foundation.workflow.service import Timers
from roadworthy.inventory import store as inventory
from roadworthy.inventory.deciding import facts_of
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import UseCase
from roadworthy.inventory.waiver_terms import Terms, by_person, reason_of

KIND = "criterion-waiver.expiry"
SWEEP = "criterion-waiver.sweep"
"""Ends waivers of criteria that the rubric does not ask in this way any more, some at a time."""
RUBRIC_CHANGES = ("rubric.",)
"""Events after which a criterion may ask something else."""
AT_ONCE = 200
RULE = "criterion-waiver"
"""Names in the ledger what asked for a person's word where no decision rights are in force."""
WAIVE = "waive"
"""The decision class."""

_ITSELF = Context(Actor(ActorKind.SYSTEM, "criterion-waivers"))


@dataclass(frozen=True, slots=True)
class CriterionWanted:
    """A criterion that somebody wants accepted as missing, and on which terms."""

    use_case: str
    spec: UseCase
    criterion: Criterion
    dimension: Dimension
    renewal: bool
    rubric: str
    """Digest of the rubric that asks it."""
    standing: str
    """Until when it is waived already; empty where it is not."""
    terms: Terms

    @property
    def content(self) -> dict[str, Canonical]:
        """Exactly what is decided: what the rubric asks, and the terms."""
        return {
            "useCase": self.use_case,
            "criterion": self.criterion.id,
            "title": self.criterion.title,
            "level": self.criterion.level.value,
            "dimension": self.dimension.value,
            "why": self.criterion.why,
            **self.terms.values(),
        }

    @property
    def act(self) -> Act:
        """As decision rights see it."""
        own: dict[str, Canonical] = {
            "what": "criterion",
            "criterion": self.criterion.id,
            "level": self.criterion.level.value,
            "lasts": self.terms.seconds,
            "renewal": self.renewal,
        }
        facts = {**facts_of(self.use_case, self.spec), **own}
        return Act(WAIVE, f"{USE_CASE}/{self.use_case}", self.content, self.use_case, facts)

    @property
    def state(self) -> str:
        """Digest of what a decision rests on beside the use case: the rubric, and the waiver that stands."""
        return digest_of({"rubric": self.rubric, "standing": self.standing})


@dataclass(frozen=True, slots=True)
class Ground:
    """What the waivers stand on."""

    store: Store
    units: Units
    resources: Resources
    timers: Timers
    readiness: Readiness


class Waivers:
    """Accepts for a time that criteria are not met."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._authority: Authority = Ungoverned()
        ground.timers.on(KIND, self._expire, after=ground.readiness.refresh)
        ground.timers.on(SWEEP, self._sweep, after=ground.readiness.refresh)

    def governed_by(self, authority: Authority) -> None:
        """From now on a waiver needs its word."""
        self._authority = authority

    def waive(
        self, context: Context, use_case: str, criterion: str, reason: str, control: str, expires_at: dt.datetime
    ) -> CriterionWaiver:
        """Accept until an instant that a use case does not meet a criterion.

        Args:
            context: whoever accepts it, who has to be a person.
            use_case: its name.
            criterion: id of a criterion of the rubric in force; a new waiver takes the place of the former.
            reason: why it can wait.
            control: what makes up for it meanwhile.
            expires_at: when it counts as not met again, at most a year ahead.

        Raises:
            Refused: no person accepts it, or decision rights ask for somebody else's word.
            InvalidInput: reason or control is missing or too long, or the end is past, too far, or without offset.
            NotFound: there is no such use case, or no such criterion.
        """
        by_person(context)

        def work(tx: Transaction) -> CriterionWaiver:
            terms = Terms.asked(reason, control, expires_at, tx.now)
            return self.carry_out(tx, self.wanted(tx.connection, use_case, criterion, terms))

        return self._ground.units.run(context, work)

    def wanted(self, connection: sa.Connection, use_case: str, criterion: str, terms: Terms) -> CriterionWanted:
        """The waiver that somebody wants, with the criterion as the rubric has it.

        Raises:
            NotFound: there is no such use case, or no such criterion.
        """
        spec = cast("UseCase", self._ground.resources.get(USE_CASE, use_case, connection).spec)
        in_force = self._ground.readiness.rubric(connection)
        asked = {each.id: (dimension, each) for dimension, each in in_force.rubric.criteria()}
        if criterion not in asked:
            raise NotFound(
                "criterion-unknown",
                f"the rubric in force has no criterion `{criterion[:80]}`",
                place=Place(field="criterion"),
                remedy=did_you_mean(criterion, asked),
            )
        dimension, found = asked[criterion]
        stands = rows.standing(connection, [use_case]).get(use_case, {}).get(criterion)
        return CriterionWanted(
            use_case=use_case,
            spec=spec,
            criterion=found,
            dimension=dimension,
            renewal=rows.was_waived(connection, use_case, criterion),
            rubric=in_force.digest,
            standing="" if stands is None else to_text(stands.until),
            terms=terms,
        )

    def carry_out(self, tx: Transaction, wanted: CriterionWanted) -> CriterionWaiver:
        """Accept it inside the caller's unit, on whatever grounds the authority gives.

        Raises:
            Refused: decision rights ask for a decision that nobody has made.
            InvalidInput: the terms cannot begin now.
        """
        terms, name, criterion = wanted.terms, wanted.use_case, wanted.criterion.id
        terms.refuse_end(tx.now)
        grounds = self._authority.require(tx, [wanted.act])
        actor = tx.context.actor.ref
        if grounds == Grounds():
            grounds = Grounds(Basis(rules=(RULE,)), Oversight(required=RULE, given=(actor,), quorum=1))
        entry = tx.record(
            Draft(
                "criterion.waived",
                f"{USE_CASE}/{name}",
                decision="waived",
                basis=grounds.basis,
                oversight=grounds.oversight,
                facts={"criterion": criterion, "level": wanted.criterion.level.value, "until": to_text(terms.until)},
                texts=terms.texts(),
            )
        )
        asked = asked_digest(wanted.criterion, wanted.dimension)
        waiver = CriterionWaiver(
            tx.new_id(), name, criterion, asked, actor, tx.now, terms.reason, terms.control, terms.until, None, entry
        )
        rows.end(tx.connection, name, criterion, tx.now)
        rows.insert(tx.connection, waiver)
        Timers.set(tx, KIND, _key(name, criterion), terms.until)
        inventory.touch(tx.connection, [name])
        return waiver

    def unwaive(self, context: Context, use_case: str, criterion: str, reason: str) -> None:
        """End a waiver before its time; what it held back is asked for again.

        Raises:
            Refused: no person ends it.
            InvalidInput: no reason is given.
            Conflict: nobody has waived it.
        """
        by_person(context)
        said = reason_of(reason)

        def work(tx: Transaction) -> None:
            if not rows.end(tx.connection, use_case, criterion, tx.now):
                raise Conflict(
                    "criterion-not-waived",
                    f"nobody has waived `{criterion[:80]}` for `{use_case[:120]}`",
                    remedy="nothing to do: it counts as it is",
                )
            Timers.cancel(tx, KIND, _key(use_case, criterion))
            _ended(tx, use_case, criterion, "taken-back", {"reason": said.encode()})

        self._ground.units.run(context, work)

    def of(self, use_case: str) -> list[CriterionWaiver]:
        """Every waiver of a use case, the latest first."""
        with self._ground.store.read() as connection:
            return rows.all_of(connection, use_case)

    # ------------------------------------------------------------ what is asked changes

    def rubric_changed(self, tx: Transaction, _entries: Sequence[Entry]) -> None:
        """Look which waivers are for something else than what is asked now: for a consumer of `RUBRIC_CHANGES`."""
        Timers.set(tx, SWEEP, "rubric", tx.now)

    def complete(self) -> int:
        """Have ended what an upgrade of the rubric that ships has overtaken; how many waivers that are."""
        with self._ground.store.read() as connection:
            found = len(self._overtaken(connection))
        if found:
            self._ground.units.run(_ITSELF, lambda tx: Timers.set(tx, SWEEP, "rubric", tx.now))
        return found

    def _overtaken(self, connection: sa.Connection) -> list[Bound]:
        criteria = self._ground.readiness.rubric(connection).rubric.criteria()
        asked = {each.id: asked_digest(each, dimension) for dimension, each in criteria}
        return [each for each in rows.all_asked(connection) if asked.get(each.criterion) != each.asked]

    def _sweep(self, tx: Transaction, timers: Sequence[Timer]) -> None:
        found = self._overtaken(tx.connection)
        for each in found[:AT_ONCE]:
            rows.end(tx.connection, each.use_case, each.criterion, tx.now)
            Timers.cancel(tx, KIND, _key(each.use_case, each.criterion))
            _ended(tx, each.use_case, each.criterion, "criterion-changed", {})
        if len(found) > AT_ONCE:
            Timers.set(tx, SWEEP, timers[0].key, tx.now)

    @staticmethod
    def _expire(tx: Transaction, timers: Sequence[Timer]) -> None:
        for timer in timers:
            use_case, _, criterion = timer.key.partition(" ")
            if rows.end(tx.connection, use_case, criterion, tx.now, expired_only=True):
                _ended(tx, use_case, criterion, "expired", {})


def _ended(tx: Transaction, use_case: str, criterion: str, why: str, texts: dict[str, bytes]) -> None:
    facts = {"criterion": criterion, "why": why}
    tx.record(Draft("criterion.waiver-ended", f"{USE_CASE}/{use_case}", facts=facts, texts=texts))
    inventory.touch(tx.connection, [use_case])


def _key(use_case: str, criterion: str) -> str:
    return f"{use_case} {criterion}"
