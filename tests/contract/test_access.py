"""Roles and permissions, from the declared map to the verdict, on both engines."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from roadworthy.foundation.access.kinds import kinds
from roadworthy.foundation.access.permissions import HOME, PERMITS, Permission
from roadworthy.foundation.access.roles import EMBEDDED, OWNERS, Role
from roadworthy.foundation.access.service import Access
from roadworthy.foundation.access.store import workload_of
from roadworthy.foundation.errors import Conflict, Refused
from roadworthy.foundation.identity.directory import Directory
from roadworthy.foundation.identity.model import Method, Person, Proof, Session
from roadworthy.foundation.identity.tables import group_members, groups, people
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.unit import Units
from roadworthy.foundation.resources.documents import declare
from roadworthy.foundation.resources.registry import Registry
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime, SimulatedClock
from roadworthy.foundation.storage.store import Store
from tests.contract.test_identity import Heard

MAP: Mapping[str, Any] = {
    "groups": {"risk": ["approver", "auditor"], "builders": ["contributor"]},
    "people": {"Ada@Example.org": ["platform-administrator", "viewer"]},
}
BY = Context(Actor(ActorKind.SYSTEM, "tests", "system"))


@dataclass
class Seats:
    """Duties by use case, in place of the inventory."""

    held: dict[str, dict[str, str]] = field(default_factory=dict)

    def of(
        self,
        connection: sa.Connection,  # noqa: ARG002 - the protocol's signature
        person_ref: str,
        use_case: str | None = None,
    ) -> Mapping[str, frozenset[str]]:
        return {
            name: frozenset(duty for duty, ref in duties.items() if ref == person_ref)
            for name, duties in self.held.items()
            if use_case in {None, name}
        }

    def holder(self, connection: sa.Connection, use_case: str, duty: str) -> str | None:  # noqa: ARG002 - see above
        return self.held.get(use_case, {}).get(duty)


class World:
    """A deployment's people, groups, map and duties."""

    def __init__(self, store: Store, *, embedded: bool = False) -> None:
        self.store = store
        self.clock = SimulatedClock()
        runtime = Runtime(clock=self.clock)
        self.units = Units(store, Heard(), runtime)
        self.resources = Resources(store, self.units, Registry(kinds()))
        self.seats = Seats()
        self.access = Access(store, self.resources, Directory(store, runtime), self.seats, embedded=embedded)

    def person(self, ref: str, *, gone: bool = False) -> Session:
        now = self.clock.now()
        row = {
            "ref": ref,
            "handle": f"{ref}@example.org",
            "name": ref.title(),
            "issuer": "local",
            "created_at": now,
            "left_at": now if gone else None,
        }
        self.store.write(lambda connection: connection.execute(people.insert(), row))
        return self.session(ref)

    def session(self, ref: str, method: str = Method.OIDC) -> Session:
        handle = f"{ref}@example.org"
        return Session(Person(ref, handle, ref.title()), Proof(method), self.clock.now() + timedelta(hours=1))

    def group(self, name: str, members: Sequence[str] = (), within: Sequence[str] = ()) -> None:
        now = self.clock.now()
        rows = [{"group_ref": name, "kind": "person", "member_ref": ref, "since": now} for ref in members]
        rows += [{"group_ref": each, "kind": "group", "member_ref": name, "since": now} for each in within]
        row = {
            "ref": name, "name": name, "folded": name, "source": "local", "version": 1,
            "created_at": now, "changed_at": now,
        }  # fmt: skip

        def work(connection: sa.Connection) -> None:
            connection.execute(groups.insert(), row)
            if rows:
                connection.execute(group_members.insert(), rows)

        self.store.write(work)

    def leave(self, ref: str) -> None:
        gone = people.update().where(people.c.ref == ref).values(left_at=self.clock.now())
        self.store.write(lambda connection: connection.execute(gone))

    def put(self, kind: str, name: str, spec: Mapping[str, Any], generation: int = 0) -> None:
        declared = declare(self.resources.registry.get(kind), name, dict(spec), {})
        expected = {declared.key: generation}
        self.units.run(BY, lambda tx: self.resources.put_all(tx, [declared], expected, "tests"))

    def roles(self, ref: str, use_case: str | None = None) -> frozenset[Role]:
        with self.store.read() as connection:
            return self.access.roles_of(connection, ref, use_case)

    def holders(self, role: Role, use_case: str | None = None) -> frozenset[str]:
        with self.store.read() as connection:
            return self.access.holders(connection, role, use_case)


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def test_who_is_not_named_may_see_their_own_account_and_nothing_else(world: World) -> None:
    dana = world.person("dana")
    world.put("RoleMap", "default", MAP)
    assert world.roles("dana") == frozenset()
    allowed = {each for each in Permission if world.access.permitted(dana, each).allowed}
    assert allowed == {Permission.OWN}
    assert world.access.all_of(dana) == {Permission.OWN}


def test_roles_come_by_group_and_by_name_and_through_groups_in_groups(world: World) -> None:
    for ref in ("ada", "ben", "cleo"):
        world.person(ref)
    world.group("risk", ["ben"])
    world.group("risk-north", ["cleo"], within=["risk"])
    world.put("RoleMap", "default", MAP)
    assert world.roles("ada") == {Role.PLATFORM_ADMINISTRATOR, Role.VIEWER}
    assert world.roles("ben") == world.roles("cleo") == {Role.APPROVER, Role.AUDITOR}
    assert world.holders(Role.APPROVER) == {"ben", "cleo"}
    assert world.holders(Role.PLATFORM_ADMINISTRATOR) == {"ada"}
    assert world.holders(Role.CONTRIBUTOR) == frozenset(), "a group that nobody knows has no members"
    with world.store.read() as connection:
        assert [each.source for each in world.access.holdings(connection, "ben")] == [
            "group `risk` in the role map"
        ] * 2


def test_a_changed_map_counts_from_the_next_question_on(world: World) -> None:
    ada = world.person("ada")
    world.put("RoleMap", "default", MAP)
    assert world.access.permitted(ada, Permission.CONFIGURE).allowed
    world.put("RoleMap", "default", {"people": {"eve@example.org": ["platform-administrator"]}}, 1)
    assert not world.access.permitted(ada, Permission.CONFIGURE).allowed


def test_who_left_holds_nothing_by_any_way(world: World) -> None:
    ada = world.person("ada")
    world.group("risk", ["ada"])
    world.seats.held["triage"] = {"product": "ada"}
    world.put("RoleMap", "default", MAP)
    assert world.roles("ada", "triage") == {*PERMITS} & {
        Role.PLATFORM_ADMINISTRATOR, Role.VIEWER, Role.APPROVER, Role.AUDITOR, Role.PRODUCT_OWNER,
    }  # fmt: skip
    world.leave("ada")
    assert world.roles("ada", "triage") == frozenset()
    assert all(world.holders(role, "triage") == frozenset() for role in Role)
    for permission in set(Permission) - {Permission.OWN}:
        assert not world.access.permitted(ada, permission, "triage").allowed


def test_an_owner_may_more_for_their_use_case_and_only_for_it(world: World) -> None:
    dana = world.person("dana")
    world.put("RoleMap", "default", MAP)
    world.seats.held["triage"] = {"governance": "dana"}
    assert world.access.permitted(dana, Permission.WRITE_USE_CASES, "triage").allowed
    assert not world.access.permitted(dana, Permission.WRITE_USE_CASES, "other").allowed
    assert not world.access.permitted(dana, Permission.WRITE_USE_CASES).allowed
    assert world.roles("dana", "triage") == {Role.GOVERNANCE_OWNER}
    assert world.holders(Role.GOVERNANCE_OWNER, "triage") == {"dana"}
    assert world.holders(Role.GOVERNANCE_OWNER) == frozenset()
    assert {OWNERS["governance"]} == world.roles("dana", "triage")


def test_whom_a_decision_waits_for_may_vote_on_it_without_a_role(world: World) -> None:
    dana, ben = world.person("dana"), world.person("ben")
    world.access.attach(lambda _connection, ref: ref == "dana")
    assert world.access.permitted(dana, (Permission.READ, Permission.VOTE)).permission is Permission.VOTE
    assert not world.access.permitted(dana, Permission.READ).allowed
    assert not world.access.permitted(ben, Permission.VOTE).allowed


def test_a_refusal_names_the_permission_the_roles_and_the_people(world: World) -> None:
    dana = world.person("dana")
    for ref in ("ada", "ben", "cleo"):
        world.person(ref)
    world.group("builders", ["ben", "cleo"])
    world.put("RoleMap", "default", MAP)
    with pytest.raises(Refused) as refused:
        world.access.require(dana, Permission.IMPORT)
    assert (refused.value.code, refused.value.status) == ("permission-missing", 403)
    assert "`import`" in refused.value.message
    assert "`contributor`" in refused.value.message
    assert refused.value.remedy == ("Ben or Cleo can do it; Ada can propose to give it to you in the role map")


def test_without_a_map_the_refusal_says_how_to_begin(world: World) -> None:
    with pytest.raises(Refused) as refused:
        world.access.require(world.person("dana"), Permission.READ)
    assert "roadworthy rights genesis" in refused.value.remedy
    with pytest.raises(Refused) as refused:
        World(world.store, embedded=True).access.require(world.session("dana"), Permission.VOTE)
    assert "role map" in refused.value.remedy


def test_without_a_provider_everybody_who_signs_in_holds_the_embedded_roles(store: Store) -> None:
    world = World(store, embedded=True)
    world.person("ana")
    wanted = HOME.union(*(PERMITS[role] for role in EMBEDDED))
    for method in (Method.ONE_TIME_TOKEN, Method.LOCAL_USER):
        assert world.access.all_of(world.session("ana", method)) == wanted
    assert world.roles("ana") == frozenset(), "the role map gives none, and decision rights ask only that"


def test_with_a_provider_the_home_folder_opens_only_what_looks_after_it(world: World) -> None:
    world.person("ana")
    assert world.access.all_of(world.session("ana", Method.LOCAL_USER)) == HOME
    assert world.access.all_of(world.session("ana", Method.ONE_TIME_TOKEN)) == {Permission.OWN}
    glass = world.session("ana", Method.BREAK_GLASS)
    assert world.access.all_of(glass) >= PERMITS[Role.PLATFORM_ADMINISTRATOR]
    assert not world.access.permitted(glass, Permission.VOTE).allowed, "break-glass decides nothing"


def test_one_identity_is_one_workload(world: World) -> None:
    spec = {
        "title": "Nightly", "owner": "ada@example.org", "may": ["read"],
        "issuer": "https://idp.example", "subject": "job-1", "audience": "roadworthy",
    }  # fmt: skip
    world.put("Workload", "nightly", spec)
    with pytest.raises(Conflict, match="`nightly`"):
        world.put("Workload", "weekly", spec)
    world.put("Workload", "weekly", {**spec, "subject": "job-2"})
    world.put("Workload", "nightly", {**spec, "subject": "job-3"}, 1)
    with world.store.read() as connection:
        assert workload_of(connection, "https://idp.example", "job-1") is None
        assert workload_of(connection, "https://idp.example", "job-3") == "nightly"
    world.resources.remove(BY, "Workload", "nightly", 2)
    with world.store.read() as connection:
        assert workload_of(connection, "https://idp.example", "job-3") is None


def test_a_verdict_takes_few_statements(world: World) -> None:
    ben = world.person("ben")
    world.group("builders", ["ben"])
    world.put("RoleMap", "default", MAP)
    asked: list[str] = []

    def heard(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    with world.store.read() as connection:
        engine = connection.engine
    sa.event.listen(engine, "before_cursor_execute", heard)
    try:
        assert world.access.permitted(ben, Permission.IMPORT).allowed
    finally:
        sa.event.remove(engine, "before_cursor_execute", heard)
    assert len([each for each in asked if each.startswith(("SELECT", "WITH"))]) <= 3, asked


def test_a_verdict_is_quick(world: World) -> None:
    ben = world.person("ben")
    world.group("builders", ["ben"])
    world.put("RoleMap", "default", MAP)
    world.access.permitted(ben, Permission.IMPORT)
    best = min(_seconds(world, ben) for _ in range(50))
    assert best < 0.01, "a bound against accidents; the measured time stands in docs/permissions.md"


def _seconds(world: World, session: Session) -> float:
    begun = time.perf_counter()
    assert world.access.permitted(session, Permission.IMPORT).allowed
    return time.perf_counter() - begun
