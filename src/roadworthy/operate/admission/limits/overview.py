"""How budgets stand over all processes, and what is said once nobody else can: for people, not for the hot path."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa

from roadworthy.foundation.errors import NotFound
from roadworthy.foundation.ledger.draft import Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.admission.limits import store as rows
from roadworthy.operate.admission.limits.book import counted, limits_of, pilot_cap
from roadworthy.operate.admission.limits.forecast import Forecast, forecast
from roadworthy.operate.admission.limits.kinds import BUDGET, Budget
from roadworthy.operate.admission.limits.model import Limit, Standing, currency_of, micro_per_minor
from roadworthy.operate.admission.limits.tables import limit_leases, limit_subjects, limit_windows

MOST_SUBJECTS = 200
"""Of one budget, the fullest first."""
BEFORE = 7
"""Former windows that a forecast is held against."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """A ceiling and how its present window stands, for one subject."""

    limit: Limit
    standing: Standing
    forecast: Forecast

    @property
    def percent(self) -> int:
        """Of the ceiling, what is used or in doubt; rounded down."""
        return 100 * (self.standing.used + self.standing.unknown) // max(1, self.limit.most)


@dataclass(frozen=True, slots=True)
class Budgeted:
    """A declared budget, with its gauges."""

    name: str
    spec: Budget
    gauges: tuple[Gauge, ...]
    subjects: int
    """How many there are; at most `MOST_SUBJECTS` of each ceiling are among the gauges."""


class Budgets:
    """Reads budgets, and settles what is in doubt.

    Args:
        store: which all processes share.
        units: records.
        resources: where budgets are declared.
        runtime: clock.
    """

    def __init__(self, store: Store, units: Units, resources: Resources, runtime: Runtime) -> None:
        self._store = store
        self._units = units
        self._resources = resources
        self._clock = runtime.clock

    def listed(self, check: Callable[[str], bool] | None = None) -> list[Budgeted]:
        """Every budget with its gauges.

        Args:
            check: whether somebody may see a use case; all are shown where it is left out.
        """
        with self._store.read() as connection:
            found = []
            for stored in self._resources.all(connection, BUDGET):
                spec = cast("Budget", stored.spec)
                if check is not None and not all(check(name) for name in spec.use_cases):
                    continue
                found.append(self._budgeted(connection, stored.name, spec))
            return found

    def get(self, name: str) -> Budgeted:
        """A budget by its name.

        Raises:
            NotFound: there is none.
        """
        with self._store.read() as connection:
            stored = self._resources.get(BUDGET, name, connection)
            return self._budgeted(connection, stored.name, cast("Budget", stored.spec))

    def others(self) -> list[Gauge]:
        """What certificates and pilots bound, and how it stands."""
        bounded = limit_subjects.c.rule.like("envelope:%") | limit_subjects.c.rule.like("limit:pilot-of-%")
        with self._store.read() as connection:
            known = connection.execute(sa.select(limit_subjects).where(bounded).limit(MOST_SUBJECTS)).all()
            limits = [(row, limit) for row in known for limit in (_again(row),) if limit is not None]
            return [self._gauge(connection, limit, row) for row, limit in limits]

    def _budgeted(self, connection: sa.Connection, name: str, spec: Budget) -> Budgeted:
        gauges: list[Gauge] = []
        subjects = 0
        for limit in limits_of(name, spec):
            chosen = sa.select(limit_subjects).where(
                limit_subjects.c.name == name, limit_subjects.c.counter == limit.counter
            )
            known = [row for row in connection.execute(chosen.limit(5 * MOST_SUBJECTS)) if _same(row, limit)]
            subjects += len(known)
            found = [self._gauge(connection, limit, row) for row in known]
            if not found and not limit.each:
                found = [self._gauge(connection, limit, None)]
            gauges += sorted(found, key=lambda each: -each.percent)[:MOST_SUBJECTS]
        return Budgeted(name, spec, tuple(gauges), subjects)

    def _gauge(self, connection: sa.Connection, limit: Limit, row: sa.Row[tuple[object, ...]] | None) -> Gauge:
        now = self._clock.now().timestamp()
        starts, ends = limit.window.piece_at(now)
        since = starts - limit.window.back
        id_ = "" if row is None else str(row.id)
        spent = leased = used = unknown = 0
        before: list[int] = []
        if row is not None:
            windows = limit_windows.c
            counted_in = sa.select(sa.func.sum(windows.spent), sa.func.sum(windows.leased)).where(
                windows.id == id_, windows.starts >= since
            )
            spent, leased = (int(each or 0) for each in connection.execute(counted_in).one())
            leases = limit_leases.c
            held = sa.select(leases.amount, leases.used, leases.lapsed_at).where(
                leases.id == id_, leases.starts >= since
            )
            for lease in connection.execute(held):
                if lease.lapsed_at is None:
                    used += lease.used
                else:
                    unknown += lease.amount
            if not limit.window.slides and ends is not None:
                former = sa.select(windows.spent + windows.leased).where(windows.id == id_, windows.starts < starts)
                before = list(connection.execute(former.order_by(windows.starts.desc()).limit(BEFORE)).scalars())
        standing = Standing(
            id=id_,
            budget=limit.name,
            rule=limit.rule,
            counter=limit.counter,
            unit=limit.unit,
            most=limit.most,
            subject={} if row is None else json.loads(str(row.subject)),
            use_case=limit.use_case,
            starts=since if limit.window.slides else starts,
            ends=ends,
            used=spent + used,
            leased=leased,
            unknown=unknown,
        )
        return Gauge(limit, standing, forecast(standing, now, before))

    def reconcile(self, context: Context, budget: str, used: int, reason: str) -> int:
        """Say what dead processes really used of a budget; the rest of what they held is given back.

        Args:
            context: who says so.
            budget: its name.
            used: of all that is in doubt, in the unit of its ceilings.
            reason: how that is known; kept beside the ledger.

        Returns:
            How much was given back.

        Raises:
            NotFound: nothing of it is in doubt.
        """

        def work(tx: Transaction) -> int:
            ids = sa.select(limit_subjects.c.id).where(limit_subjects.c.name == budget)
            held = ids.order_by(limit_subjects.c.id).with_for_update()
            known = list(tx.connection.execute(held).scalars())
            given, count = rows.reconcile(tx.connection, known, used)
            if not count:
                raise NotFound(
                    "budget-nothing-in-doubt",
                    f"nothing of the budget `{budget[:120]}` is in doubt",
                    remedy="see `roadworthy budget show`: only what a dead process held can be reconciled",
                )
            tx.record(
                Draft(
                    "limit.reconciled",
                    f"Limit/{budget}",
                    facts={"leases": count, "used": used, "given_back": given},
                    texts={"reason": reason.encode()},
                )
            )
            return given

        return self._units.run(context, work)


def _same(row: sa.Row[tuple[object, ...]], limit: Limit) -> bool:
    return set(json.loads(str(row.subject))) == set(limit.each)


def _again(row: sa.Row[tuple[object, ...]]) -> Limit | None:
    """The limit of a certificate or a pilot, from what the store has of it."""
    first, _, second = str(row.name).rpartition("/")
    most, unit = int(str(row.most)), str(row.unit)
    if str(row.rule).startswith("limit:"):
        return pilot_cap(first, second, most)
    currency = currency_of(unit)
    scale = 1 if currency is None else micro_per_minor(currency)
    found = counted(first, second, {str(row.counter): most // scale})
    return found[0].limit if found else None
