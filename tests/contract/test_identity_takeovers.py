"""Ways to become somebody else, or to stop being oneself: accounts that move, records that are parted, addresses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from roadworthy.foundation.access.model import ROLE_MAP, ROLE_MAP_NAME
from roadworthy.foundation.errors import Conflict, InvalidInput, Refused
from roadworthy.foundation.identity import binding
from roadworthy.foundation.identity.provisioning import Wanted, find
from roadworthy.foundation.identity.tokens import Wanted as WantedToken
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources.documents import declare
from roadworthy.foundation.storage.store import Store
from tests.contract.test_directory import ADMIN, IDP, World
from tests.harness.governed import CHANGE_RIGHTS, DEPLOY, SECOND, Board, governed

ANA, LEE, NEW = (f"{name}@halden.example" for name in ("ana", "lee", "lee.new"))
DIRECTORY = Context(Actor(ActorKind.WORKLOAD, "staff-directory", "api", "program-token"))


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


# ---------------------------------------------------------------- records and accounts


def test_nobody_parts_their_own_records(world: World) -> None:
    """Else an administrator would approve under one record what they proposed under the other."""
    mine, other = world.person(ANA, "1"), world.person(f"adm.{ANA}")
    world.staff.roster.same(ADMIN, mine, other, "one person, two accounts")
    for record in (mine, other):
        context = Context(Actor(ActorKind.PERSON, record, "web"))
        with pytest.raises(Refused) as refused:
            world.staff.roster.different(context, other, "we are two")
        assert refused.value.code == "parting-own"
    assert world.ask(world.staff.directory.same_human, [mine]) == {mine, other}
    world.staff.roster.different(ADMIN, other, "somebody else has looked")
    assert world.ask(world.staff.directory.same_human, [mine]) == {mine}


def test_an_account_that_moves_makes_one_human_of_both_records(world: World) -> None:
    """Whoever signs in by it was the one and is the other: they must not count twice."""
    ana = world.bind("s-1", email=ANA, email_verified=True)
    lee = world.person(LEE)
    world.run(lambda tx: binding.unbind(tx, IDP, "s-1", "it is Lee's, I say"))
    world.run(lambda tx: binding.bind_to(tx, IDP, "s-1", lee))
    assert world.bind("s-1") == lee
    assert world.ask(world.staff.directory.same_human, [ana]) == {ana, lee}
    assert "person.joined" in world.events


def test_an_account_that_comes_back_to_its_person_joins_nobody(world: World) -> None:
    ana = world.bind("s-1")
    world.run(lambda tx: binding.unbind(tx, IDP, "s-1", "lost device"))
    world.run(lambda tx: binding.bind_to(tx, IDP, "s-1", ana))
    assert world.ask(world.staff.directory.same_human, [ana]) == {ana}


def brought(world: World, handle: str, key: str | None) -> str:
    wanted = Wanted(handle, None, None, external_id=key)
    return world.run(lambda tx: world.staff.provisioning.create(tx, wanted, "scim"))


def arrives(world: World, subject: str, issuer: str = IDP, *, trust: bool = False) -> str:
    claims = {"email": ANA, "email_verified": True}
    return world.run(lambda tx: binding.bind(tx, issuer, subject, claims, trust, by_external_id=True))


def test_an_account_finds_the_person_whom_the_directory_knows_by_its_subject(world: World) -> None:
    ana = brought(world, ANA, "s-1")
    assert arrives(world, "s-1") == ana
    assert arrives(world, "s-1") == ana
    assert world.ask(world.staff.directory.here, [ana]) == {ana}


def test_the_key_of_the_directory_counts_and_an_address_alone_does_not(world: World) -> None:
    ana = brought(world, ANA, "s-1")
    assert arrives(world, "s-2") != ana, "a verified address, of an issuer whose word about addresses is not taken"
    assert world.bind("s-1", trust=False, email=ANA, email_verified=True) != ana, "an issuer without such keys"


def test_who_left_by_the_directorys_word_does_not_come_in_as_somebody_new(world: World) -> None:
    ana = brought(world, ANA, "s-1")
    world.staff.roster.leave(ADMIN, ana, "resigned")
    with pytest.raises(Refused) as refused:
        arrives(world, "s-1")
    assert refused.value.code == "person-left"


def test_a_key_that_the_directory_moves_takes_no_account_along(world: World) -> None:
    """A bound account stays who it is: else whoever keeps the directory could make anybody anybody."""
    ana = brought(world, ANA, "s-1")
    assert arrives(world, "s-1") == ana
    brought(world, LEE, None)
    world.run(lambda tx: world.staff.provisioning.write(tx, find(tx.connection, ana), Wanted(ANA, None, None), "scim"))
    lee = world.run(lambda tx: world.staff.provisioning.create(tx, Wanted(NEW, None, None, external_id="s-1"), "scim"))
    assert arrives(world, "s-1") == ana
    assert ana != lee


# ---------------------------------------------------------------- addresses that mean something


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    """Rights that name Lee, whom the directory keeps."""
    with governed(store, tmp_path) as opened:
        made = opened.app.units.run(
            DIRECTORY, lambda tx: opened.app.staff.provisioning.create(tx, Wanted(LEE, None, "7"), "scim")
        )
        opened.refs[LEE] = made
        opened.signed({**CHANGE_RIGHTS, "approvers": [{"person": LEE}, {"person": SECOND}]}, DEPLOY)
        yield opened


def create(board: Board, handle: str, employee: str | None = None) -> str:
    provisioning = board.app.staff.provisioning
    return board.app.units.run(DIRECTORY, lambda tx: provisioning.create(tx, Wanted(handle, None, employee), "scim"))


def rename(board: Board, ref: str, handle: str, *, active: bool = True) -> None:
    def work(tx: Transaction) -> None:
        known = find(tx.connection, ref)
        wanted = Wanted(handle, None, known.employee, active=active)
        board.app.staff.provisioning.write(tx, known, wanted, "scim")

    board.app.units.run(DIRECTORY, work)


def test_an_address_that_rights_name_does_not_go_to_somebody_new(board: Board) -> None:
    """A leaver's address is given anew; what the rights give to it is not."""
    board.app.staff.users.delete(DIRECTORY, board.refs[LEE])
    for employee in (None, "8"):
        with pytest.raises(Conflict) as refused:
            create(board, LEE, employee)
        assert refused.value.code == "handle-still-named"
    assert create(board, LEE, "7") == board.refs[LEE], "the same human comes back"


def test_an_address_that_rights_name_cannot_be_handed_on_by_renaming(board: Board) -> None:
    friend = create(board, ANA)
    rename(board, board.refs[LEE], NEW)
    with pytest.raises(Conflict) as refused:
        rename(board, friend, LEE)
    assert refused.value.code == "handle-still-named"
    with pytest.raises(Conflict):
        create(board, LEE)
    rename(board, board.refs[LEE], LEE)
    with board.app.store.read() as connection:
        assert board.app.staff.directory.by_handle(connection, LEE) == board.refs[LEE]


def test_a_sign_in_does_not_take_an_address_that_was_somebody_elses(board: Board) -> None:
    rename(board, board.refs[LEE], NEW)
    claims = {"email": LEE, "email_verified": True}
    ref = board.app.units.run(DIRECTORY, lambda tx: binding.bind(tx, IDP, "s-9", claims, trust_email=True))
    with board.app.store.read() as connection:
        assert board.app.staff.directory.by_handle(connection, LEE) is None
        assert ref != board.refs[LEE]


def test_an_address_that_nothing_names_is_given_anew(board: Board) -> None:
    friend = create(board, ANA)
    rename(board, friend, f"former.{ANA}")
    other = create(board, ANA)
    assert other != friend


def test_somebody_whom_a_directory_renames_as_it_takes_them_out_is_out(board: Board) -> None:
    """Some directories spoil the name of those whom they deactivate; that must not keep anybody in."""
    rename(board, board.refs[LEE], f"gone.{LEE}", active=False)
    with board.app.store.read() as connection:
        assert board.app.staff.directory.here(connection, [board.refs[LEE]]) == frozenset()


def test_nobody_is_erased_whom_roles_name(store: Store, tmp_path: Path) -> None:
    """Their address would stay in the declaration, and would go on giving the roles to whoever has it next."""
    with governed(store, tmp_path) as board:
        lee = create(board, LEE)
        kind = board.app.registry.get(ROLE_MAP)
        declared = declare(kind, ROLE_MAP_NAME, {"people": {LEE: ["platform-administrator"]}})
        board.app.units.run(ADMIN, lambda tx: board.app.resources.put_all(tx, [declared], None, "test"))
        with pytest.raises(Refused) as refused:
            board.app.staff.roster.erase(ADMIN, lee, "asked for it")
        assert refused.value.code == "person-still-holds"


# ---------------------------------------------------------------- emergencies


def test_a_token_made_in_an_emergency_does_not_outlive_it_by_long(world: World) -> None:
    ana = world.person(ANA)
    emergency = Context(Actor(ActorKind.PERSON, ana, "web", "break-glass"))
    with pytest.raises(InvalidInput) as refused:
        world.tokens.new(emergency, WantedToken("back-door", ("read",), days=2))
    assert refused.value.code == "token-days-unfit"
    world.tokens.new(emergency, WantedToken("bridge", ("read",), days=1))
