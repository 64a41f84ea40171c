"""The one door of declared state: validate, plan, apply, read, history, remove, export."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import sqlalchemy as sa

from roadworthy.foundation.errors import Finding, InvalidInput, NotFound, Place, closest
from roadworthy.foundation.ledger.authority import Act, Authority, Ungoverned
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.resources import store as rows
from roadworthy.foundation.resources.applying import (
    Putting,
    refuse_double_claims,
    refuse_moved,
    refuse_stale,
    take_away,
)
from roadworthy.foundation.resources.documents import Declared, Source, parse
from roadworthy.foundation.resources.emitting import document
from roadworthy.foundation.resources.faults import shown
from roadworthy.foundation.resources.guarding import Acts, Changing
from roadworthy.foundation.resources.model import Action, Applied, Stored, Version
from roadworthy.foundation.resources.plan import Plan, Step, removal_of, step_for
from roadworthy.foundation.resources.reading import stored_from, versions_from
from roadworthy.foundation.resources.registry import Kind, Registry
from roadworthy.foundation.resources.tables import resources
from roadworthy.foundation.storage.memory import remembered
from roadworthy.foundation.storage.store import Store

_MOST_NAMES_TO_SUGGEST_FROM = 2_000


class Resources:
    """Declared resources of every registered kind. Kinds are named by name or plural, in any case."""

    def __init__(self, store: Store, units: Units, registry: Registry) -> None:
        self.registry = registry
        self._store = store
        self._units = units
        self._authority: Authority = Ungoverned()

    def governed_by(self, authority: Authority) -> None:
        """From now on changes that are decisions need its word. It stands above this layer and is built later."""
        self._authority = authority

    # ------------------------------------------------------------ declare

    def validate(self, sources: Iterable[Source]) -> builtins.list[Finding]:
        """Everything that is wrong with the sources."""
        return parse(sources, self.registry)[1]

    def plan(self, declared: Sequence[Declared]) -> Plan:
        """What applying these declarations would change now.

        Raises:
            InvalidInput: two of them claim one resource.
        """
        refuse_double_claims(declared)
        steps: dict[str, Step] = {}
        with self._store.read() as connection:
            for kind, some in _by_kind(declared).items():
                known = rows.current(connection, kind, [one.name for one in some])
                for one in some:
                    steps[one.key] = step_for(one, known.get(one.name))
        return Plan(tuple(steps[one.key] for one in declared))

    def plan_removal(self, kind: str, name: str) -> Plan:
        """A plan that takes a resource out of force, for those removals that somebody has to decide.

        Raises:
            NotFound: there is no such resource.
        """
        of = self.registry.get(kind)
        with self._store.read() as connection:
            row = rows.one(connection, of.name, name)
            if row is None:
                raise _missing(connection, of, name)
        return Plan((removal_of(of.name, row),))

    def plan_again(self, connection: sa.Connection, plan: Plan) -> Plan:
        """The same plan made against the present state: what it shows is what it does.

        Raises:
            Conflict: a resource is not in the state that the plan was made against.
            InvalidInput: a spec does not fit its kind (any more), or two steps claim one resource.
        """
        return Plan(
            tuple(
                removal_of(each.kind.name, each.row) if each.declared is None else step_for(each.declared, each.row)
                for each in self._steps(connection, plan)
            )
        )

    def acts(self, connection: sa.Connection, plan: Plan) -> tuple[Act, ...]:
        """What a plan is to decision rights: the same acts, digest by digest, that carrying it out will ask for.

        Raises:
            Conflict: a resource is not in the state that the plan was made against.
            InvalidInput: a spec does not fit its kind (any more), or two steps claim one resource.
        """
        return tuple(Acts([each for each in self._steps(connection, plan) if each.changes]))

    def apply(self, context: Context, plan: Plan, source: str = "plan") -> builtins.list[Applied]:
        """Do what the plan says, whole or not at all; what is already so is left alone.

        Raises:
            Conflict: a resource changed since the plan was made; nothing was applied.
            Refused: it holds a decision that nobody has made.
        """
        if not plan.steps:
            return []
        return self._units.run(context, lambda tx: self.carry_out(tx, plan, source))

    def carry_out(self, tx: Transaction, plan: Plan, source: str) -> builtins.list[Applied]:
        """Do what a plan says inside the caller's unit, see `apply`."""
        puts = [step for step in plan.steps if step.action is not Action.REMOVE]
        declared = [step.declared(self.registry) for step in puts]
        applied = {
            f"{done.kind}/{done.name}": done
            for done in self.put_all(tx, declared, {step.key: step.base_generation for step in puts}, source)
        }
        for step in plan.steps:
            if step.action is Action.REMOVE:
                applied[step.key] = self._take(tx, step.kind, step.name, step.base_generation, source)
        return [applied[step.key] for step in plan.steps]

    def put_all(
        self, tx: Transaction, declared: Sequence[Declared], expected: Mapping[str, int] | None, source: str
    ) -> builtins.list[Applied]:
        """Put declarations in force inside the caller's unit: the one door through which declared state changes.

        Args:
            tx: the caller's unit.
            declared: any number, of any kinds; each resource once.
            expected: generation that each `Kind/name` must still have, 0 for "must not exist"; those not named
                are not checked. None checks nothing: the caller has compared the values itself.
            source: what brings the change, for the history: a file, a form, an import.

        Returns:
            One value per declaration, in their order, the unchanged ones included.

        Raises:
            Conflict: a generation is not the expected one.
            InvalidInput: a rule of the kind refuses a spec, or two declarations claim one resource.
            Refused: a change is a decision that nobody has made.
        """
        refuse_double_claims(declared)
        by_kind = {self.registry.get(kind): some for kind, some in _by_kind(declared).items()}
        findings = [
            Finding(found.code, found.message, replace(one.place, field=found.place.field), found.remedy)
            for kind, some in by_kind.items()
            for one in some
            for found in kind.check(one.name, one.spec)
        ]
        if findings:
            raise InvalidInput.of(findings, "the declarations")
        known = {
            kind.name: rows.current(tx.connection, kind.name, [one.name for one in some], for_update=True)
            for kind, some in by_kind.items()
        }
        refuse_stale(declared, known, expected or {})
        changing = [
            Changing(kind, one.name, known[kind.name].get(one.name), one)
            for kind, some in by_kind.items()
            if not kind.is_free
            for one in some
        ]
        acts = Acts([each for each in changing if each.changes])
        grounds = acts.on(self._authority.require(tx, acts))
        applied: dict[str, Applied] = {}
        for kind, some in by_kind.items():
            for done in Putting(tx, kind, source, grounds).put(some, known[kind.name]):
                applied[f"{done.kind}/{done.name}"] = done
        return [applied[one.key] for one in declared]

    def remove(self, context: Context, kind: str, name: str, generation: int, source: str = "remove") -> Applied:
        """Take a resource out of force; its history stays.

        Raises:
            NotFound: there is no such resource.
            Conflict: it is not at `generation` any more.
            Refused: removing it is a decision that nobody has made.
        """
        return self._units.run(context, lambda tx: self._take(tx, kind, name, generation, source))

    # ------------------------------------------------------------ read

    def get(self, kind: str, name: str, connection: sa.Connection | None = None) -> Stored:
        """The resource; in the caller's snapshot or unit where `connection` is given.

        Raises:
            NotFound: there is no such resource; the remedy suggests the nearest.
        """
        of = self.registry.get(kind)
        with _reading(self._store, connection) as snapshot:
            stored = self._stored(snapshot, of.name, name)
            if stored is None:
                raise _missing(snapshot, of, name)
        return stored

    def find(self, kind: str, name: str, connection: sa.Connection | None = None) -> Stored | None:
        """The resource, or None."""
        of = self.registry.get(kind)
        with _reading(self._store, connection) as snapshot:
            return self._stored(snapshot, of.name, name)

    @remembered(resources)
    def _stored(self, connection: sa.Connection, kind: str, name: str) -> Stored | None:
        row = rows.one(connection, kind, name)
        return None if row is None else stored_from(row, self.registry.get(kind))

    def list(self, kind: str, after: str | None = None, limit: int = 100) -> builtins.list[Stored]:
        """A page of a kind by name; the name of its last is the `after` of the next."""
        of = self.registry.get(kind)
        with self._store.read() as snapshot:
            return [stored_from(row, of) for row in rows.page(snapshot, of.name, after, limit)]

    def all(self, connection: sa.Connection, kind: str, names: Sequence[str] | None = None) -> Iterator[Stored]:
        """Every resource of a kind, or those named that exist, by name, in the caller's snapshot."""
        of = self.registry.get(kind)
        found = rows.every(connection, of.name) if names is None else rows.current(connection, of.name, names).values()
        return (stored_from(row, of) for row in found)

    def history(self, kind: str, name: str) -> builtins.list[Version]:
        """Every version that ever stood under the name, the newest first.

        Raises:
            NotFound: the name was never used.
        """
        of = self.registry.get(kind)
        with self._store.read() as snapshot:
            found = rows.versions(snapshot, of.name, name)
            if not found:
                raise _missing(snapshot, of, name)
        return versions_from(found)

    def export(self, kinds: Iterable[str] | None = None, names: Iterable[str] | None = None) -> str:
        """YAML that applies back without a change."""
        chosen = [self.registry.get(kind) for kind in kinds] if kinds is not None else self.registry.all()
        wanted = None if names is None else set(names)
        with self._store.read() as snapshot:
            return "".join(
                document(stored)
                for kind in chosen
                for stored in self.all(snapshot, kind.name)
                if wanted is None or stored.name in wanted
            )

    # ------------------------------------------------------------ inside

    def _take(self, tx: Transaction, kind: str, name: str, generation: int, source: str) -> Applied:
        of = self.registry.get(kind)
        row = rows.current(tx.connection, of.name, [name], for_update=True).get(name)
        if row is None:
            raise _missing(tx.connection, of, name)
        refuse_moved(f"{of.name}/{name}", row, generation)
        grounds = self._authority.require(tx, Acts([Changing(of, name, row, None)]))
        return take_away(tx, of, row, source, grounds)

    def _steps(self, connection: sa.Connection, plan: Plan) -> builtins.list[Changing]:
        wanted = [None if step.action is Action.REMOVE else step.declared(self.registry) for step in plan.steps]
        refuse_double_claims([one for one in wanted if one is not None])
        steps = []
        for step, declared in zip(plan.steps, wanted, strict=True):
            kind = self.registry.get(step.kind)
            row = rows.one(connection, kind.name, step.name)
            refuse_moved(step.key, row, step.base_generation)
            if row is None and declared is None:
                raise _missing(connection, kind, step.name)
            steps.append(Changing(kind, step.name, row, declared))
        return steps


def _reading(store: Store, connection: sa.Connection | None) -> AbstractContextManager[sa.Connection]:
    return store.read() if connection is None else nullcontext(connection)


def _missing(connection: sa.Connection, kind: Kind, name: str) -> NotFound:
    known = rows.names(connection, kind.name, _MOST_NAMES_TO_SUGGEST_FROM)
    near = closest(name, known)
    return NotFound(
        "resource-not-found",
        f"there is no {kind.name} {shown(name)}",
        place=Place(source=f"{kind.name}/{name}"),
        remedy=f"did you mean `{near}`?" if near else f"see `roadworthy get {kind.plural}` for those there are",
    )


def _by_kind(declared: Sequence[Declared]) -> dict[str, list[Declared]]:
    by_kind: dict[str, list[Declared]] = {}
    for one in declared:
        by_kind.setdefault(one.kind, []).append(one)
    return by_kind
