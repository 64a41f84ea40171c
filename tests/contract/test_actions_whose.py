"""For whom a run is, by what it found out and by what is sealed of its user: the same on both engines."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa

from roadworthy.foundation.errors import IntegrityBroken
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.actions import store as rows
from roadworthy.operate.actions.declared import Whose
from roadworthy.operate.actions.doing.keeping import SALT, Ground, Keeping
from roadworthy.operate.actions.doing.whose import served, served_then
from roadworthy.operate.actions.model import AgentAction, AgentRun, RunState, State
from roadworthy.operate.actions.store import Kept
from roadworthy.operate.calls.later.sealing import Sealing

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
FOUND = Whose.model_validate({"at": "/owner", "knownBy": ["find", "guess"], "knownAt": "/customer"})
CLAIMED = Whose.model_validate({"at": "/owner", "claim": "customer"})
EITHER = Whose.model_validate({**FOUND.model_dump(by_alias=True, exclude_none=True), "claim": "customer"})


class Site:
    """Actions that were kept, with what came of them."""

    def __init__(self, store: Store, home: Path) -> None:
        runtime = Runtime()
        self.store = store
        self.sealing = Sealing(Keys(home / "keys", runtime.clock), runtime.randomness, "agent-actions")
        unused = cast("Any", None)
        self.keeping = Keeping(Ground(store, unused, runtime, self.sealing, unused, unused, unused, unused, []))
        self.places = 0

    def run(self, id_: str, user: str = "u-1", name: str = "errand") -> None:
        made = AgentRun(id_, "support", "pilot", name, "k", None, user, RunState.OPEN, NOON)
        assert self.store.write(lambda connection: rows.insert_run(connection, made))

    def put(self, id_: str, name: str, run: str, state: State = State.DONE, **more: Any) -> AgentAction:
        """An action, with `result` and what is sealed of its user as `behalf`."""
        contents = {each: more.pop(each) for each in (rows.RESULT, rows.BEHALF) if each in more}
        self.places += 1
        action = AgentAction(
            id=id_, use_case="support", stage="pilot", run=run, place=self.places, action=name, system="s",
            effect="read", tier="low", key="k", workload=None, agent=None, user="u-1", state=state, asked_at=NOON,
            due_at=NOON, arguments="", **more,
        )  # fmt: skip

        def work(connection: sa.Connection) -> None:
            assert rows.insert(connection, Kept(action, "", (), None))
            for direction, said in contents.items():
                sealed = self.sealing.seal(bytes(SALT) + json.dumps(said).encode(), id_, direction)
                rows.put(connection, id_, direction, sealed)

        self.store.write(work)
        return action


@pytest.fixture
def site(store: Store, tmp_path: Path) -> Site:
    return Site(store, tmp_path)


def test_the_first_that_was_done_in_the_run_decides(site: Site) -> None:
    site.run("r1")
    site.run("r2", name="another")
    site.run("r3", user="u-2")
    assert served(site.keeping, FOUND, "k", "u-1", "errand") is None
    site.put("a1", "find", "r1", State.FAILED, result={"customer": "c-0"})
    site.put("a2", "other", "r1", result={"customer": "c-0"})
    site.put("a3", "guess", "r2", result={"customer": "c-2"})
    site.put("a4", "find", "r3", result={"customer": "c-3"})
    assert served(site.keeping, FOUND, "k", "u-1", "errand") is None
    site.put("a5", "guess", "r1", result={"customer": 17})
    held = site.put("a6", "find", "r1", result={"customer": "c-9"})
    for key, user, run, who in (
        ("k", "u-1", "errand", "17"), ("k", "u-1", "another", "c-2"), ("k", "u-2", "errand", "c-3"),
        ("other", "u-1", "errand", None), ("k", "", "errand", None), ("k", "u-1", None, None),
    ):  # fmt: skip
        assert served(site.keeping, FOUND, key, user, run) == who
    assert served_then(site.keeping, FOUND, held) == "17"


@pytest.mark.parametrize(
    "result", [{}, {"customer": None}, {"customer": True}, {"customer": ["c-1"]}, {"customer": ""}]
)
def test_what_names_nobody_names_nobody(site: Site, result: dict[str, Any]) -> None:
    site.run("r1")
    action = site.put("a1", "find", "r1", result=result)
    assert served(site.keeping, FOUND, "k", "u-1", "errand") is None
    assert served_then(site.keeping, FOUND, action) is None


def test_what_is_sealed_of_the_user_comes_before_what_was_found_out(site: Site) -> None:
    site.run("r1")
    site.put("a1", "find", "r1", result={"customer": "c-9"})
    of_user = site.put("a2", "x", "r1", behalf={"sub": "ana", "customer": "c-1"})
    of_nobody = site.put("a3", "x", "r1")
    assert [served_then(site.keeping, said, of_user) for said in (CLAIMED, EITHER, FOUND)] == ["c-1", "c-1", "c-9"]
    assert [served_then(site.keeping, said, of_nobody) for said in (CLAIMED, EITHER)] == [None, "c-9"]


def test_whoever_takes_the_place_of_an_action_is_for_the_same_user(site: Site) -> None:
    site.run("r1")
    site.put("a1", "x", "r1", behalf={"customer": "c-1"})
    site.put("a2", "x", "r1", replay_of="a1")
    last = site.put("a3", "x", "r1", replay_of="a2")
    back = site.put("a4", "y", "r1", compensates="a3")
    lost = site.put("a5", "x", "r1", replay_of="gone")
    assert [served_then(site.keeping, CLAIMED, each) for each in (last, back, lost)] == ["c-1", "c-1", None]


def test_what_cannot_be_opened_is_an_error_and_not_another_customer(site: Site) -> None:
    site.run("r1")
    action = site.put("a1", "find", "r1", result={"customer": "c-1"})
    with site.store.read() as connection:
        sealed = rows.get(connection, "a1", rows.RESULT)
    assert sealed is not None
    site.put("a2", "x", "r1", behalf={"customer": "c-1"})
    site.store.write(lambda connection: rows.put(connection, "a2", rows.BEHALF, sealed))
    moved = site.put("a3", "x", "r1", replay_of="a2")
    with pytest.raises(IntegrityBroken):
        served_then(site.keeping, CLAIMED, moved)
    assert served_then(site.keeping, FOUND, action) == "c-1"
