"""What moves a release, worked out from what is known, and done in the caller's unit on the authority's grounds.

A move says what is to run at a stage from now on. Whether it does is for observations to say: the two are compared, and
a difference is a mismatch.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa

from roadworthy.foundation.digests import Canonical, digest_of
from roadworthy.foundation.errors import Conflict, Place
from roadworthy.foundation.ledger.authority import Act, Authority, Grounds, Ungoverned
from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources import store as resource_rows
from roadworthy.foundation.resources.documents import Declared
from roadworthy.foundation.resources.model import Stored
from roadworthy.foundation.resources.plan import Plan, step_for
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Clock
from roadworthy.inventory.deciding import facts_of as facts_of_use_case
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import Duty, Stage, UseCase
from roadworthy.operate.releases import store as rows
from roadworthy.operate.releases.asked import Asked
from roadworthy.operate.releases.model import EVENTS, Doing, Move, Recorded
from roadworthy.operate.releases.ports import Certifications
from roadworthy.operate.releases.recording import known_facts, resource_of, unknown
from roadworthy.operate.releases.rules import Certified, last_certified

STAGES = (Stage.PILOT, Stage.CANDIDATE, Stage.PRODUCTION)
"""Where a release can run, from the first to the last."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A move, worked out."""

    asked: Asked
    stored: Stored
    recorded: Recorded | None
    """What runs afterwards; what is trained anew for a retraining; None where nothing is recorded of that."""
    before: Recorded | None
    """What runs at the stage now."""
    certified: Certified | None
    """The certificate that the move rests on, or brings back."""
    plan: Plan | None
    """The change of the use case's stage, where it has one."""
    others: tuple[Certified, ...]
    """Every certificate of the use case at the stage."""
    at: dt.datetime

    @property
    def spec(self) -> UseCase:
        """The declared use case."""
        return cast("UseCase", self.stored.spec)

    @property
    def content(self) -> dict[str, Canonical]:
        """Exactly what is decided: what was asked, with what was looked up for it."""
        recorded, before = self.recorded, self.before
        return {
            **self.asked.values(),
            "release": None if recorded is None else recorded.digest,
            "releaseName": None if recorded is None else recorded.release.name,
            "before": None if before is None else before.digest,
            "certificate": None if self.certified is None else self.certified.serial,
            "known": None if recorded is None else known_facts(recorded),
        }

    @property
    def resource(self) -> str:
        """`Kind/name` of what it happens to."""
        return f"{USE_CASE}/{self.asked.use_case}" if self.recorded is None else resource_of(self.recorded.digest)

    @property
    def act(self) -> Act:
        """As decision rights see it."""
        name = self.asked.use_case
        facts = {**facts_of_use_case(name, self.spec), **self._own()}
        return Act(self.asked.does.value, self.resource, self.content, name, facts)

    @property
    def state(self) -> str:
        """Digest of what it rests on beside the use case, so that a decision about it notices a change."""
        return digest_of(
            {
                "before": None if self.before is None else self.before.digest,
                "certificates": sorted([each.serial, each.permits, each.superseded] for each in self.others),
                "known": None if self.recorded is None else known_facts(self.recorded),
            }
        )

    def _own(self) -> dict[str, Canonical]:
        asked = self.asked
        name = None if self.recorded is None else self.recorded.release.name
        if asked.does is Doing.RETRAIN:
            return asked.facts()
        if asked.does is Doing.ROLL_BACK:
            return {"release": str(name), **asked.facts()}
        if asked.does is Doing.PROMOTE:
            missing: list[str] = [duty.value for duty in Duty if self.spec.owners.of(duty) is None]
            at = None if self.spec.stage is None else self.spec.stage.value
            own: dict[str, Canonical] = {"stage_to": asked.stage, "owners_missing": missing}
            return own | ({} if at is None else {"stage_from": at})
        return {
            "change_kind": "release",
            "release": str(name),
            "environment": asked.stage,
            "reversible": self._can_go_back(),
            "certified": self.certified is not None,
            **asked.facts(),
        }

    def _can_go_back(self) -> bool:
        """Whether there is something to go back to: in production, something that is certified."""
        if self.asked.reversible is False or self.recorded is None:
            return False
        if self.asked.stage != Stage.PRODUCTION:
            return self.before is not None
        return last_certified(self.others, self.recorded.digest, self.at) is not None


class Moving:
    """Works moves out, and does them."""

    def __init__(self, resources: Resources, certifications: Certifications, clock: Clock) -> None:
        self._resources = resources
        self._certifications = certifications
        self._clock = clock
        self._authority: Authority = Ungoverned()

    def governed_by(self, authority: Authority) -> None:
        """From now on a move needs its word."""
        self._authority = authority

    def wanted(self, connection: sa.Connection, asked: Asked) -> Wanted:
        """What somebody asked for, with what is known now.

        Raises:
            NotFound: there is no such use case or release, or none to go back to.
            Conflict: it runs already, the use case is not that far, or nothing certifies it.
        """
        stored = self._resources.get(USE_CASE, asked.use_case, connection)
        others = tuple(self._certifications.of(connection, asked.use_case, asked.stage))
        running = rows.running(connection, asked.use_case, asked.stage)
        before = None if running is None else rows.find(connection, running)
        now = self._clock.now()
        certified: Certified | None
        if asked.does is Doing.ROLL_BACK:
            certified = last_certified(others, running, now)
            if certified is None:
                raise _nothing_to_go_back_to(asked)
            recorded = rows.find(connection, certified.release)
        elif asked.does is Doing.RETRAIN:
            recorded, certified = before, None
        else:
            recorded = released(connection, asked.use_case, asked.release)
            certified = _certificate(others, recorded.digest)
            _refuse_running(recorded, running)
            _refuse_uncertified(asked, recorded, certified)
        plan = self._stage_plan(connection, asked, stored)
        return Wanted(asked, stored, recorded, before, certified, plan, others, now)

    def acts(self, connection: sa.Connection, wanted: Wanted) -> tuple[Act, ...]:
        """Everything that it is to decision rights: the move, and the change of the stage where there is one."""
        staged = () if wanted.plan is None else self._resources.acts(connection, wanted.plan)
        return (wanted.act, *staged)

    def carry_out(self, tx: Transaction, wanted: Wanted) -> Move:
        """Do it in the caller's unit, on whatever grounds the authority gives.

        Raises:
            Refused: decision rights ask for a decision that nobody has made.
            Conflict: another one was quicker.
        """
        asked = wanted.asked
        hold(tx, asked.use_case)
        running = rows.running(tx.connection, asked.use_case, asked.stage)
        if running != (None if wanted.before is None else wanted.before.digest):
            raise Conflict(
                "release-moved",
                f"what runs at `{asked.stage}` is another release since",
                place=Place(source=f"{USE_CASE}/{asked.use_case}"),
                remedy="look at `roadworthy release history`, and ask again",
            )
        grounds = self._authority.require(tx, [wanted.act])
        request = next((grant.request for grant in tx.granted.values()), None)
        if wanted.plan is not None:
            self._resources.carry_out(tx, wanted.plan, "release")
        certificate = None if wanted.certified is None else wanted.certified.serial
        if wanted.certified is not None and not wanted.certified.permits:
            deciders = grounds.oversight.given or (tx.context.actor.ref,)
            certificate = self._certifications.reinstate(tx, wanted.certified.serial, deciders)
        entry = tx.record(_entry(wanted, grounds, certificate))
        move = Move(
            id=tx.new_id(),
            use_case=asked.use_case,
            stage=asked.stage,
            what=asked.does,
            release=None if wanted.recorded is None else wanted.recorded.digest,
            before=running,
            certificate=certificate,
            about=asked.reason,
            at=tx.now,
            by=tx.context.actor.ref,
            request=request,
            entry_id=entry,
        )
        rows.keep_move(tx.connection, move)
        return move

    def _stage_plan(self, connection: sa.Connection, asked: Asked, stored: Stored) -> Plan | None:
        spec = cast("UseCase", stored.spec)
        if asked.does is Doing.RETRAIN or asked.does is Doing.ROLL_BACK:
            return None
        if spec.stage is Stage.RETIRED:
            raise _too_early(asked, "it is retired", "propose that it goes to a stage again")
        behind = _height(spec.stage) < _height(Stage(asked.stage))
        if asked.does is Doing.DEPLOY:
            if behind:
                how = f"use `roadworthy release promote {asked.use_case} {asked.release} --to {asked.stage}`"
                raise _too_early(asked, f"it is at `{spec.stage or 'no stage'}`", how)
            return None
        if not behind:
            return None
        changed = spec.model_copy(update={"stage": Stage(asked.stage)})
        declared = Declared(USE_CASE, asked.use_case, stored.labels, changed)
        row = resource_rows.current(connection, USE_CASE, [asked.use_case]).get(asked.use_case)
        return Plan((step_for(declared, row),))


def hold(tx: Transaction, use_case: str) -> None:
    """Let one change of the releases of a use case come after the other."""
    resource_rows.current(tx.connection, USE_CASE, [use_case], for_update=True)


def released(connection: sa.Connection, use_case: str, called: str) -> Recorded:
    """The release of a use case that is called so: by name, by digest, or by the first digits of its digest.

    Raises:
        NotFound: there is none, or the digits are the first of several.
    """
    recorded = rows.named(connection, use_case, called)
    if recorded is None:
        digits = called.removeprefix("sha256:").lower()
        some = rows.beginning(connection, use_case, digits) if len(digits) >= _FEWEST_DIGITS else []
        recorded = rows.find(connection, some[0]) if len(some) == 1 else None
    if recorded is None:
        raise unknown(called, use_case)
    return recorded


_FEWEST_DIGITS = 6


def _height(stage: Stage | None) -> int:
    return STAGES.index(stage) + 1 if stage in STAGES else 0


def _certificate(known: tuple[Certified, ...], digest: str) -> Certified | None:
    return next((each for each in known if each.release == digest and each.permits), None)


def _entry(wanted: Wanted, grounds: Grounds, certificate: str | None) -> Draft:
    asked, recorded = wanted.asked, wanted.recorded
    facts: Mapping[str, Canonical] = {
        "before": None if wanted.before is None else wanted.before.digest,
        "certificate": certificate,
        "does": asked.does.value,
        "release": None if recorded is None else recorded.digest,
        "stage": asked.stage,
        "useCase": asked.use_case,
        **asked.facts(),
    }
    return Draft(
        EVENTS[asked.does],
        wanted.resource,
        decision=asked.does.value,
        basis=grounds.basis,
        oversight=grounds.oversight,
        facts=facts,
        texts={"reason": asked.reason.encode()},
    )


def _refuse_running(recorded: Recorded, running: str | None) -> None:
    if recorded.digest == running and all(each.matches for each in recorded.observations):
        raise Conflict(
            "release-runs-already",
            f"`{recorded.release.name}` is what runs there",
            place=Place(source=resource_of(recorded.digest)),
            remedy="nothing is left to do",
        )


def _refuse_uncertified(asked: Asked, recorded: Recorded, certified: Certified | None) -> None:
    if certified is None and asked.stage == Stage.PRODUCTION and not asked.emergency:
        raise Conflict(
            "release-not-certified",
            f"no operating certificate permits `{recorded.release.name}` at `{asked.stage}`",
            place=Place(source=resource_of(recorded.digest)),
            remedy=f"have it reviewed: `roadworthy review open {asked.use_case} --release {recorded.release.name}`; "
            "where it cannot wait, say `--emergency`, which the decision shows",
        )


def _nothing_to_go_back_to(asked: Asked) -> Conflict:
    return Conflict(
        "release-none-certified",
        f"no other release of `{asked.use_case}` is certified for `{asked.stage}`",
        place=Place(source=f"{USE_CASE}/{asked.use_case}"),
        remedy="deploy one that has a certificate, or set the stop switch: `roadworthy stop set`",
    )


def _too_early(asked: Asked, why: str, remedy: str) -> Conflict:
    return Conflict(
        "release-stage-ahead",
        f"`{asked.use_case}` is not at `{asked.stage}`: {why}",
        place=Place(source=f"{USE_CASE}/{asked.use_case}"),
        remedy=remedy,
    )
