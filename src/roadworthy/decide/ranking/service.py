"""Operations of the ranking: rank the portfolio, now or under a supposition. Nothing of it is stored."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, cast

import sqlalchemy as sa

from roadworthy.decide.ranking import store as rows
from roadworthy.decide.ranking.estimating import Compiled, compile_policy, estimate
from roadworthy.decide.ranking.flipping import Against, flips_in, flips_out
from roadworthy.decide.ranking.kinds import DEFAULT_NAME, RANKING_POLICY, policy_digest, shipped
from roadworthy.decide.ranking.model import (
    Case,
    Estimate,
    Flip,
    Moved,
    NotRankable,
    Place,
    PolicyInForce,
    Ranked,
    RankingPolicy,
    Sensitivity,
    WhatIf,
    WhyNot,
)
from roadworthy.decide.ranking.picking import picks_of, placed
from roadworthy.decide.ranking.sensitivity import SCENARIOS, staying
from roadworthy.decide.ranking.supposing import Known, suppose
from roadworthy.decide.readiness.rules import Compiled as CompiledRubric
from roadworthy.decide.readiness.rules import compile_rubric
from roadworthy.decide.readiness.service import Readiness
from roadworthy.foundation.errors import InvalidInput, NotFound, closest
from roadworthy.foundation.errors import Place as At
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store

MOST_NEAR = 5
"""Use cases beside the picks for which it is worked out what would move them in."""


class Ranking:
    """Which pilots to push next, and why."""

    def __init__(self, store: Store, resources: Resources, readiness: Readiness, runtime: Runtime) -> None:
        self._store = store
        self._resources = resources
        self._readiness = readiness
        self._runtime = runtime
        self._compiled: dict[str, CompiledRubric] = {}

    def policy(self) -> PolicyInForce:
        """The policy in force: the declared one called `default`, else the one that ships."""
        with self._store.read() as connection:
            return self._in_force(connection)

    def rank(self, what_if: WhatIf | None = None) -> Ranked:
        """Rank the portfolio as it is at this instant.

        Args:
            what_if: facts that are supposed to be otherwise; nothing of it is stored.

        Raises:
            NotFound: a use case that is supposed to be otherwise does not exist.
            InvalidInput: a criterion that is supposed to be met does not exist.
        """
        self._readiness.refresh()
        now = self._runtime.clock.now()
        rubric = self._rubric()
        with self._store.read() as connection:
            look = _Look(connection, self._in_force(connection), rubric, now)
            cases = list(rows.cases(connection))
            before = self._ranked(look, cases, flips=what_if is None)
            if what_if is None:
                return before
            supposed = self._supposed(look, cases, what_if)
            after = self._ranked(look, [supposed.get(case.name, case) for case in cases], flips=False)
        return _compared(before, after, supposed)

    # ------------------------------------------------------------ inside

    def _in_force(self, connection: sa.Connection) -> PolicyInForce:
        stored = self._resources.find(RANKING_POLICY, DEFAULT_NAME, connection)
        policy = shipped() if stored is None else cast("RankingPolicy", stored.spec)
        return PolicyInForce(policy, policy_digest(policy), None if stored is None else stored.generation)

    def _rubric(self) -> CompiledRubric:
        in_force = self._readiness.rubric()
        if in_force.digest not in self._compiled:
            self._compiled = {in_force.digest: compile_rubric(in_force.rubric)}
        return self._compiled[in_force.digest]

    def _ranked(self, look: _Look, cases: Sequence[Case], *, flips: bool) -> Ranked:
        by = compile_policy(look.in_force.policy, cases)
        found = [estimate(case, by) for case in cases]
        estimates = [each for each in found if isinstance(each, Estimate)]
        places = placed(estimates, by)
        stays = staying(estimates, by.policy.pick, by.factors)
        refused = tuple(each for each in found if isinstance(each, NotRankable))
        return Ranked(
            at=look.now,
            policy=look.in_force,
            currency=by.currency,
            places=places,
            picks=picks_of(places, stays, SCENARIOS, by),
            not_rankable=refused,
            near=_near(places, stays, by),
            scenarios=SCENARIOS,
            flips=tuple(self._flips(look, by, places, refused)) if flips else (),
            total=len(cases),
        )

    def _flips(
        self, look: _Look, by: Compiled, places: Sequence[Place], refused: Sequence[NotRankable]
    ) -> Iterator[Flip]:
        pick = by.policy.pick
        near = [place.estimate.case.name for place in places[: pick + MOST_NEAR]]
        willing = [each.case for each in refused if each.reasons == (WhyNot.COMMITMENT,)]
        silent = [each.case for each in refused if each.reasons == (WhyNot.VALUE,)]
        silent.sort(key=lambda case: (case.effort.doubled, case.name))
        names = [*near, *(case.name for case in (*_best(willing, by)[:MOST_NEAR], *silent[:MOST_NEAR]))]
        known = self._known(look, names)
        for rank, name in enumerate(names):
            best = [place.estimate.point for place in places[: pick + 1] if place.estimate.case.name != name]
            against = Against(best, by, look.rubric, look.now)
            if name in known:
                yield from (flips_out if rank < min(pick, len(places)) else flips_in)(known[name], against)

    def _supposed(self, look: _Look, cases: Sequence[Case], what_if: WhatIf) -> dict[str, Case]:
        names = {case.name for case in cases}
        criteria = {criterion.id for _, criterion in look.rubric.rubric.criteria()}
        for position, change in enumerate(what_if.changes):
            if change.use_case not in names:
                near = closest(change.use_case, names)
                remedy = f"did you mean `{near}`?" if near else "list them with `roadworthy get use-cases`"
                raise NotFound("use-case-unknown", f"there is no use case `{change.use_case}`", remedy=remedy)
            unknown = next((criterion for criterion in change.meets if criterion not in criteria), None)
            if unknown is not None:
                near = closest(unknown, criteria)
                raise InvalidInput(
                    "ranking-criterion-unknown",
                    f"the rubric has no criterion `{unknown}`",
                    place=At(field=f"changes.{position}.meets"),
                    remedy=f"did you mean `{near}`?" if near else "see `roadworthy get rubrics` or the rubric's page",
                )
        known = self._known(look, [change.use_case for change in what_if.changes])
        return {
            change.use_case: suppose(known[change.use_case], change, look.rubric, look.now)
            for change in what_if.changes
        }

    def _known(self, look: _Look, names: Sequence[str]) -> Mapping[str, Known]:
        found = self._readiness.each(look.connection, names)
        return {subject.name: Known(subject, handed, assessment) for subject, handed, assessment in found}


class _Look(NamedTuple):
    """One look at the portfolio: a snapshot, an instant, and what is judged by."""

    connection: sa.Connection
    in_force: PolicyInForce
    rubric: CompiledRubric
    now: dt.datetime


def _near(places: Sequence[Place], stays: Counter[str], by: Compiled) -> tuple[Sensitivity, ...]:
    picked = {place.estimate.case.name for place in places[: by.policy.pick]}
    return tuple(Sensitivity(name, count, SCENARIOS) for name, count in stays.most_common() if name not in picked)


def _best(cases: Sequence[Case], by: Compiled) -> list[Case]:
    """Those that only lack a commitment, the most promising first: as if everything were committed."""
    whole = frozenset(by.shares)
    supposed = {case.name: estimate(case._replace(parts=whole), by) for case in cases}
    able = [each for each in supposed.values() if isinstance(each, Estimate)]
    order = {place.estimate.case.name: place.rank for place in placed(able, by)}
    return sorted((case for case in cases if case.name in order), key=lambda case: order[case.name])


def _compared(before: Ranked, after: Ranked, supposed: Mapping[str, Case]) -> Ranked:
    """The ranking under the supposition, with what it moved: what was supposed, and every pick that came or went."""
    was = {place.estimate.case.name: place.rank for place in before.places}
    now = {place.estimate.case.name: place.rank for place in after.places}
    picked_before = {pick.place.estimate.case.name for pick in before.picks}
    picked_after = {pick.place.estimate.case.name for pick in after.picks}
    names = [*supposed, *sorted((picked_before ^ picked_after) - supposed.keys())]
    moved = tuple(
        Moved(name, was.get(name), now.get(name), name in picked_before, name in picked_after) for name in names
    )
    return replace(after, moved=moved)
