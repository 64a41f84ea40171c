"""People, accounts, groups, humans, leavers and erasure, on both engines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, Refused, RoadworthyError, Unauthenticated
from roadworthy.foundation.identity import binding, groups, humans
from roadworthy.foundation.identity.groups import Member
from roadworthy.foundation.identity.joiners import Step
from roadworthy.foundation.identity.provisioning import Wanted
from roadworthy.foundation.identity.roster import Page
from roadworthy.foundation.identity.service import Identity
from roadworthy.foundation.identity.staff import Staff, staff
from roadworthy.foundation.identity.staff_file import read_staff
from roadworthy.foundation.identity.tables import accounts, group_members, people
from roadworthy.foundation.identity.tables import groups as groups_table
from roadworthy.foundation.identity.tokens import Tokens
from roadworthy.foundation.identity.tokens import Wanted as WantedToken
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.runtime import Runtime, SimulatedClock, simulated
from roadworthy.foundation.storage.store import Store
from tests.contract.test_identity import Heard

Result = TypeVar("Result")
ADMIN = Context(Actor(ActorKind.PERSON, "admin", "tests"))
IDP, OTHER = "https://id.halden.example", "https://id.other.example"
TODAY = dt.date(2026, 1, 5)
HEADER = ("employee id", "email", "name", "department", "manager", "groups", "status")


class World:
    """A directory with what stands around it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = SimulatedClock()
        self.runtime = Runtime(clock=self.clock, randomness=simulated(7).randomness)
        self.heard = Heard()
        self.units = Units(store, self.heard, self.runtime)
        self.staff: Staff = staff(store, self.units, self.runtime)
        self.identity = Identity(store, self.units, self.runtime)
        self.tokens = Tokens(store, self.units, self.runtime, {"read": "read"})

    def run(self, work: Callable[[Transaction], Result]) -> Result:
        self.clock.advance(dt.timedelta(seconds=1))
        return self.units.run(ADMIN, work)

    def person(self, handle: str, employee: str | None = None) -> str:
        return self.run(lambda tx: self.staff.provisioning.create(tx, Wanted(handle, None, employee), "hr"))

    def bind(self, subject: str, issuer: str = IDP, *, trust: bool = True, **claims: Any) -> str:
        return self.run(lambda tx: binding.bind(tx, issuer, subject, claims, trust))

    def group(self, name: str, *members: Member) -> str:
        def work(tx: Transaction) -> str:
            group = groups.create(tx, name, "scim")
            groups.add_and_remove(tx, group, members, ())
            return group.ref

        return self.run(work)

    def claim(self, ref: str, named: Sequence[str]) -> None:
        self.run(lambda tx: groups.keep_claimed(tx, IDP, ref, named))

    def ask(self, question: Callable[..., Result], *arguments: Any) -> Result:
        with self.store.read() as connection:
            return question(connection, *arguments)

    def bring(self, *rows: Sequence[str], header: Sequence[str] = HEADER, **options: Any) -> dict[Step, int]:
        file = read_staff("staff.csv", [header, *rows], TODAY)
        plan = self.staff.joiners.apply(ADMIN, file, **options)
        return {step: plan.count(step) for step in Step if plan.count(step)}

    @property
    def events(self) -> list[str]:
        return [what for what, _ in self.heard.recorded]


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


# ---------------------------------------------------------------- accounts


def test_the_first_sign_in_makes_a_person_and_the_next_ones_find_them(world: World) -> None:
    ana = world.bind("s-1", email="ana@halden.example", email_verified=True, name="Ana")
    assert world.bind("s-1", email="changed@halden.example", email_verified=True) == ana
    assert world.ask(world.staff.directory.by_handle, "ANA@halden.example ") == ana
    assert world.bind("s-2", email="ana@halden.example", email_verified=True) != ana, "the address is somebody's"
    assert world.bind("s-1", issuer=OTHER) != ana, "another issuer's subject is another account"
    assert world.events.count("account.bound") == 3


@pytest.mark.parametrize(
    ("trust", "claims"),
    [
        (True, {"email": "ana@halden.example"}),
        (True, {"email": "ana@halden.example", "email_verified": False}),
        (True, {"email": "ana@halden.example", "email_verified": "true"}),
        (True, {"email": ["ana@halden.example"], "email_verified": True}),
        (False, {"email": "ana@halden.example", "email_verified": True}),
    ],
)
def test_an_address_that_nobody_vouches_for_binds_nobody(world: World, trust: bool, claims: dict[str, Any]) -> None:
    ana = world.person("ana@halden.example")
    stranger = world.bind("s-1", trust=trust, **claims)
    assert stranger != ana
    with world.store.read() as connection:
        handle = connection.execute(sa.select(people.c.handle).where(people.c.ref == stranger)).scalar_one()
    assert handle == f"{IDP}#s-1", "nobody is named for a duty by an address that is not vouched for"


def test_a_verified_address_binds_to_the_record_that_a_directory_keeps(world: World) -> None:
    ana = world.person("Ana@Halden.example")
    assert world.bind("s-1", email="ana@halden.example", email_verified=True) == ana
    second = world.bind("s-2", email="ana@halden.example", email_verified=True)
    assert second != ana, "the record has a live account of this issuer"
    assert world.bind("x", issuer=OTHER, email="ana@halden.example", email_verified=True) == ana


def test_an_unbound_account_opens_nothing_until_somebody_binds_it(world: World) -> None:
    ana = world.bind("s-1", email="ana@halden.example", email_verified=True)
    ben = world.person("ben@halden.example")
    world.run(lambda tx: binding.unbind(tx, IDP, "s-1", "a mistake"))
    with pytest.raises(Refused, match="taken from its person"):
        world.bind("s-1", email="ana@halden.example", email_verified=True)
    with pytest.raises(NotFound):
        world.run(lambda tx: binding.unbind(tx, IDP, "s-1", "again"))
    world.run(lambda tx: binding.bind_to(tx, IDP, "s-1", ben))
    assert world.bind("s-1") == ben
    with pytest.raises(Conflict):
        world.run(lambda tx: binding.bind_to(tx, IDP, "s-1", ana))
    with pytest.raises(InvalidInput):
        world.bind("")
    assert world.events.count("account.unbound") == 1


def test_somebody_who_left_signs_in_by_no_way(world: World) -> None:
    ana = world.person("ana@halden.example")
    world.bind("s-1", email="ana@halden.example", email_verified=True)
    link = world.identity.offer("ana@halden.example")
    secret, _ = world.identity.sign_in(world.identity.offer("ana@halden.example"), None, None, "web")
    assert world.staff.roster.leave(ADMIN, "ana@halden.example", "resigned") == ana
    assert world.identity.session(secret) is None
    with pytest.raises(Refused) as refused:
        world.bind("s-1")
    assert refused.value.code == "person-left"
    with pytest.raises(Refused):
        world.bind("s-9", issuer=OTHER, email="ana@halden.example", email_verified=True)
    with pytest.raises(Unauthenticated):
        world.identity.sign_in(link, None, None, "web")
    with pytest.raises(Refused):
        world.identity.sign_in(world.identity.offer("ana@halden.example"), None, None, "web")
    with pytest.raises(Refused):
        world.identity.local_user("ana@halden.example")
    with pytest.raises(Conflict):
        world.staff.roster.leave(ADMIN, ana, "again")
    assert world.ask(world.staff.directory.here, [ana]) == frozenset()
    world.staff.roster.come_back(ADMIN, ana, "is back")
    assert world.bind("s-1") == ana
    assert world.identity.session(secret) is None, "what ended stays ended"
    with pytest.raises(InvalidInput):
        world.staff.roster.leave(ADMIN, ana, " ")


def test_a_token_rests_while_its_owner_is_gone(world: World) -> None:
    ana, ben = world.person("ana@halden.example"), world.person("ben@halden.example")
    of_ana = Context(Actor(ActorKind.PERSON, ana, "tests"))
    secret, token = world.tokens.new(of_ana, WantedToken("ci", ("read",)))
    world.staff.roster.leave(ADMIN, ana, "resigned")
    (left,) = world.staff.leavers.findings()
    assert (left.holding.what, left.holding.resource, left.holding.person) == ("token", f"Token/{token.id}", ana)
    with pytest.raises(Unauthenticated, match="rests"):
        world.tokens.recognise(secret)
    world.tokens.own(Context(Actor(ActorKind.PERSON, ben, "tests")), "ci")
    assert world.tokens.recognise(secret).owner == ben
    assert world.staff.leavers.findings() == []


# ---------------------------------------------------------------- humans


def test_records_are_joined_by_key_or_by_word_and_stay_so(world: World) -> None:
    first, second = world.person("a@halden.example", "1"), world.person("adm-a@halden.example", "1")
    third, other = world.person("c@halden.example", "3"), world.person("d@halden.example")
    same = world.staff.directory.same_human
    assert world.ask(same, [second]) == {first, second}
    assert world.staff.roster.same(ADMIN, "adm-a@halden.example", third, "one person, two contracts")
    assert not world.staff.roster.same(ADMIN, first, third, "known")
    assert world.ask(same, [first]) == world.ask(same, [third]) == {first, second, third}
    world.run(lambda tx: humans.note_employee(tx, second, "9"))
    assert world.ask(same, [second]) == {first, second, third}, "a key that changes parts nobody"
    world.staff.roster.different(ADMIN, second, "the key was wrong")
    assert world.ask(same, [second]) == {second}
    assert world.ask(same, [first, other]) == {first, third, other}
    world.staff.roster.different(ADMIN, third, "no")
    assert world.ask(same, [first]) == {first}
    with pytest.raises(Conflict):
        world.staff.roster.different(ADMIN, other, "stands alone")
    with pytest.raises(InvalidInput):
        world.staff.roster.same(ADMIN, first, "a@halden.example", "one")
    with pytest.raises(NotFound):
        world.staff.roster.same(ADMIN, first, "nobody", "x")
    again = world.person("e@halden.example", "1")
    with pytest.raises(Conflict, match="one employee key"):
        world.staff.roster.different(ADMIN, again, "no")


# ---------------------------------------------------------------- groups

SIZE = 6
EDGES = st.sets(st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)), max_size=14)
PEOPLE = st.sets(st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)), max_size=10)


def closure(edges: set[tuple[int, int]], begin: int) -> set[int]:
    """Groups within a group, itself among them: the model."""
    found, front = {begin}, [begin]
    while front:
        at = front.pop()
        for outer, inner in edges:
            if outer == at and inner not in found:
                found.add(inner)
                front.append(inner)
    return found


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(edges=EDGES, within=PEOPLE, gone=st.sets(st.integers(0, SIZE - 1), max_size=2))
def test_nested_groups_are_their_closure(
    store: Store, edges: set[tuple[int, int]], within: set[tuple[int, int]], gone: set[int]
) -> None:
    world = World(store)
    now = world.clock.now()

    def fill(connection: sa.Connection) -> None:
        for table in (group_members, groups_table, people):
            connection.execute(table.delete())
        for at in range(SIZE):
            person = {"ref": f"p{at}", "handle": f"p{at}", "issuer": "t", "created_at": now}
            connection.execute(people.insert(), {**person, "left_at": now if at in gone else None})
            group = {"ref": f"g{at}", "name": f"G{at}", "folded": f"g{at}", "source": "scim", "version": 1}
            connection.execute(groups_table.insert(), {**group, "created_at": now, "changed_at": now})
        rows = [{"group_ref": f"g{outer}", "kind": "group", "member_ref": f"g{inner}"} for outer, inner in edges]
        rows += [{"group_ref": f"g{group}", "kind": "person", "member_ref": f"p{person}"} for group, person in within]
        if rows:
            connection.execute(group_members.insert(), [{**row, "since": now} for row in rows])

    store.write(fill)
    directory = world.staff.directory
    with store.read() as connection:
        for at in range(SIZE):
            inside = closure(edges, at)
            expected = {f"p{person}" for group, person in within if group in inside and person not in gone}
            assert directory.members(connection, f"G{at}") == expected
        for person in range(SIZE):
            of = {f"G{at}" for at in range(SIZE) if f"p{person}" in directory.members(connection, f"G{at}")}
            assert directory.groups_of(connection, f"p{person}") == of
    assert world.ask(directory.members, "nothing") == frozenset()


def test_a_provider_fills_only_the_groups_that_it_names_itself(world: World) -> None:
    ana = world.person("ana@halden.example")
    world.group("Approvers")
    for named in (["Staff", "approvers", "Night shift", "\x00"], ["Staff"], []):
        world.claim(ana, named)
        expected = frozenset(named) & {"Staff", "Night shift"}
        assert world.ask(world.staff.directory.groups_of, ana) == expected
    assert world.ask(world.staff.directory.members, "Approvers") == frozenset()


# ---------------------------------------------------------------- files of staff


ROWS = [
    ("1", "ana@halden.example", "Ana", "Claims", "ben@halden.example", "Risk;Claims", "active"),
    ("2", "ben@halden.example", "Ben", "Claims", "", "Claims", "active"),
    ("3", "eva@halden.example", "Eva", "Audit", "", "", "active"),
]


def test_a_file_brings_people_once(world: World) -> None:
    assert world.bring(*ROWS) == {Step.JOINS: 3}
    assert world.ask(world.staff.directory.members, "Claims") == {
        world.staff.roster.find(handle) for handle in ("ana@halden.example", "ben@halden.example")
    }
    before = len(world.events)
    assert world.bring(*ROWS) == {Step.UNCHANGED: 3}
    assert world.events[before:] == ["staff.imported"]


def test_movers_and_leavers(world: World) -> None:
    world.bring(*ROWS)
    ana = world.staff.roster.find("ana@halden.example")
    moved = ("1", "ana.diaz@halden.example", "Ana", "Audit", "eva@halden.example", "Audit", "active")
    left = (*ROWS[1][:6], "left")
    assert world.bring(moved, left, ROWS[2]) == {Step.CHANGES: 1, Step.LEAVES: 1, Step.UNCHANGED: 1}
    profile = world.staff.roster.profile("ana.diaz@halden.example")
    assert (profile.record.ref, profile.record.unit, profile.record.manager) == (ana, "Audit", "eva@halden.example")
    assert profile.groups == ("Audit",)
    assert [each.handle for each in world.staff.roster.list(Page(left=True))] == ["ben@halden.example"]
    assert world.bring(ROWS[1]) == {Step.RETURNS: 1}


def test_a_complete_file_says_who_is_absent_and_the_brake_holds(world: World) -> None:
    many = [(str(at), f"p{at}@halden.example", f"P{at}", "", "", "", "") for at in range(40)]
    world.bring(*many)
    local = world.identity.sign_in(world.identity.offer(), "here@halden.example", None, "web")[1].person.ref
    assert world.bring(*many[:38], complete=True) == {Step.UNCHANGED: 38, Step.LEAVES: 2}
    file = read_staff("staff.csv", [HEADER, *many[:30]], TODAY)
    assert world.staff.joiners.plan(file, complete=True).brakes
    for really in (None, 7, 9):
        with pytest.raises(Refused) as refused:
            world.staff.joiners.apply(ADMIN, file, complete=True, really=really)
        assert refused.value.code == "staff-many-leave"
    assert world.bring(*many[:30], complete=True, really=8) == {Step.UNCHANGED: 30, Step.LEAVES: 8}
    assert world.ask(world.staff.directory.here, [local]) == {local}, "files keep only whom files brought"
    faulty = (*many[0][:6], "perhaps")
    assert world.bring(faulty, *many[1:30], complete=True) == {Step.UNCHANGED: 29}, "a faulty row is not an absent one"
    nameless = read_staff("staff.csv", [HEADER, ("", "", "Somebody", "", "", "", "")], TODAY)
    with pytest.raises(InvalidInput) as unclear:
        world.staff.joiners.plan(nameless, complete=True)
    assert unclear.value.code == "staff-file-not-complete"


def test_an_address_that_went_to_another_human_is_another_record(world: World) -> None:
    world.bring(ROWS[0])
    first = world.staff.roster.find("ana@halden.example")
    clash = read_staff("staff.csv", [HEADER, ("9", *ROWS[0][1:])], TODAY)
    assert [fault.code for fault in world.staff.joiners.plan(clash).faults] == ["staff-key-differs"]
    world.bring((*ROWS[0][:6], "left"))
    assert world.bring(("9", *ROWS[0][1:])) == {Step.JOINS: 1}
    assert world.staff.roster.find("ana@halden.example") != first


# ---------------------------------------------------------------- erasure


def test_an_erased_person_is_gone_and_what_they_did_stays(world: World) -> None:
    ana = world.bind("s-1", email="ana@halden.example", email_verified=True, name="Ana")
    world.group("Risk", Member("person", ana))
    world.staff.roster.erase(ADMIN, ana, "asked for by the person")
    with world.store.read() as connection:
        row = connection.execute(sa.select(people).where(people.c.ref == ana)).one()
        assert (row.handle, row.name, row.employee) == (None, None, None)
        assert row.erased_at is not None
        account = connection.execute(sa.select(accounts).where(accounts.c.person_ref == ana)).one()
        assert account.handle is None
        assert connection.execute(sa.select(sa.func.count()).select_from(group_members)).scalar_one() == 0
    with pytest.raises(Refused):
        world.bind("s-1", email="ana@halden.example", email_verified=True)
    new = world.bind("s-2", email="ana@halden.example", email_verified=True)
    assert new != ana
    with pytest.raises(Refused, match="erased before"):
        world.staff.roster.erase(ADMIN, ana, "again")
    assert world.events.count("person.erased") == 1
    with pytest.raises(RoadworthyError):
        world.staff.roster.come_back(ADMIN, ana, "no")
