"""Changes of one person that a directory sends at the same time: none of them undoes another."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from roadworthy.foundation.identity.provisioning import Wanted
from roadworthy.foundation.identity.scim.patch import PATCH_OP
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.storage.store import Store
from tests.contract.test_directory import ADMIN, World

ROUNDS = 8


def create(world: World, wanted: Wanted, tx: Transaction) -> str:
    return world.staff.provisioning.create(tx, wanted, "scim")


def operation(path: str, *, value: object) -> dict[str, object]:
    return {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": path, "value": value}]}


def test_two_records_that_come_at_once_with_one_employee_key_are_one_human(store: Store) -> None:
    """Directories send in parallel; one who came in twice like that could approve what they proposed."""
    world = World(store)
    for number in range(ROUNDS):
        wanted = [Wanted(f"{name}{number}@halden.example", None, f"K-{number}") for name in ("a", "b", "c")]
        at_once(*(partial(world.units.run, ADMIN, partial(create, world, each)) for each in wanted))
        refs = {world.ask(world.staff.directory.by_handle, each.handle) for each in wanted}
        assert world.ask(world.staff.directory.same_human, sorted(map(str, refs))[:1]) == refs, number


def at_once(*works: Callable[[], object]) -> None:
    """Do all of them at the same moment, as far as there is one."""
    together = threading.Barrier(len(works))

    def begin(work: Callable[[], object]) -> None:
        together.wait()
        work()

    threads = [threading.Thread(target=begin, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_nobody_comes_back_because_something_else_changed_at_the_same_time(store: Store) -> None:
    """A change that was read before somebody was deactivated, and is written after it, must not take it back."""
    world = World(store)
    users = world.staff.users
    for number in range(ROUNDS):
        wanted = Wanted(f"ana{number}@halden.example", "Ana", None)
        ref = world.run(partial(create, world, wanted))
        changes = [operation("active", value=False), *(operation("title", value=f"title {each}") for each in range(4))]
        at_once(*(partial(users.patch, ADMIN, ref, change, "base") for change in changes))
        assert world.ask(world.staff.directory.here, [ref]) == frozenset(), number
