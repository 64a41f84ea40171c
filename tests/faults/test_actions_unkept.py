"""The database goes away, or its disk is full, before an action's intent and between its effect and its outcome.

Nothing is done that was not written down, nothing that was done is forgotten, and the agent is told which it is.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from roadworthy.foundation.errors import Unavailable
from roadworthy.foundation.ledger.unit import Units
from roadworthy.foundation.storage.migrate import migrate_postgres
from roadworthy.operate.actions.model import State, Why
from roadworthy.operate.actions.store import Listed
from roadworthy.operate.actions.tables import agent_actions
from tests.harness.acting import REFUND, Shop, shop
from tests.harness.bad_disk import BadDisk, Fault, beneath
from tests.harness.stopped_postgres import StoppedServer, stopped_server
from tests.harness.upstream import wait_for

SMALL: dict[str, Any] = {**REFUND, "amount": 100}
MAIL = {"to": "ana.novak@customers.example", "subject": "Done", "text": "x"}
FOR_EVER = 1_000_000_000
SLOW = (pytest.mark.postgres, pytest.mark.campaign)
"""To start a server of its own and bring its tables takes longer than all tests together."""


@dataclass
class Trouble:
    """A gateway, and what its database stands on."""

    shop: Shop
    disk: BadDisk | None = None
    server: StoppedServer | None = None

    def begins(self) -> None:
        """Nothing can be written any more."""
        if self.server is not None:
            self.server.stop_at_once()
        if self.disk is not None:
            self.disk.fault, self.disk.first, self.disk.times = Fault.FULL, self.disk.writes + 1, FOR_EVER

    def ends(self) -> None:
        """As before."""
        if self.server is not None and self.server.process.poll() is not None:
            self.server.process = self.server.start()
        if self.disk is not None:
            self.disk.fault = None


@contextmanager
def on_a_disk(folder: Path) -> Iterator[Trouble]:
    with beneath(BadDisk()) as disk, shop(folder / "home") as made:
        yield Trouble(made, disk=disk)


@contextmanager
def on_postgres(folder: Path) -> Iterator[Trouble]:
    with stopped_server() as server:
        migrate_postgres(server.url)
        with shop(folder / "home", database=server.url) as made:
            yield Trouble(made, server=server)


@pytest.fixture(scope="module", params=["disk", pytest.param("postgres", marks=SLOW)])
def troubled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trouble]:
    makes = on_a_disk if request.param == "disk" else on_postgres
    with makes(tmp_path_factory.mktemp(request.param)) as made:
        yield made


@pytest.fixture
def there(troubled: Trouble) -> Iterator[Trouble]:
    troubled.shop.heal()
    try:
        yield troubled
    finally:
        troubled.ends()
        wait_for(lambda: troubled.shop.do("orders.get", {"order": "o-5002"}).status_code == 200)


def test_without_an_intent_nothing_is_done_and_the_agent_is_told(there: Trouble) -> None:
    made = there.shop
    before, known = refunds(made), len(listed(made))
    there.begins()
    said = made.do("payments.refund", SMALL)
    assert (said.status_code, said.json()["state"]) == (503, "refused"), said.text
    assert said.json()["code"] in {"storage-full", "storage-failed", "storage-unavailable", "action-fault"}, said.text
    assert said.json()["remedy"]
    there.ends()
    wait_for(lambda: made.do("orders.get", {"order": "o-5002"}).status_code == 200)
    wait_for(lambda: all(looks for looks in made.running.app.acting.keeping.unsure.values()))
    assert refunds(made) == before
    assert all(each.state is not State.RUNNING for each in listed(made)[known:])


@pytest.mark.parametrize(("action", "given"), [("payments.refund", SMALL), ("mail.send", MAIL)], ids=["key", "nothing"])
def test_an_outcome_waits_until_it_can_be_written_down(there: Trouble, action: str, given: dict[str, Any]) -> None:
    made = there.shop
    name, operation = ("payments", "refund") if action == "payments.refund" else ("mail", "sendMail")
    system = made.systems[name]
    system.fails("late", operation=operation, seconds=0.7)
    before, answers = len(system.did(operation)), list[httpx.Response]()
    asks = threading.Thread(target=lambda: answers.append(made.do(action, given)))
    asks.start()
    wait_for(lambda: len(system.did(operation)) == before + 1)
    there.begins()
    asks.join(1.2)
    assert not answers, "it was told what came of it before that was written down"
    there.ends()
    asks.join(60)
    (said,) = answers
    assert (said.status_code, said.json()["state"]) == (200, "done"), said.text
    assert len(system.did(operation)) == before + 1
    assert made.recorded(said.json()["id"])[-1] == "action.done"


def test_who_knows_late_that_it_was_done_settles_what_was_given_up_for_not_knowing(there: Trouble) -> None:
    """The database was away for longer than the gateway had the action to itself, and another looked at it."""
    made = there.shop
    made.systems["mail"].fails("late", operation="sendMail", seconds=1.0)
    before, answers = len(made.systems["mail"].did("sendMail")), list[httpx.Response]()
    known = {each.id for each in listed(made)}
    asks = threading.Thread(target=lambda: answers.append(made.do("mail.send", MAIL)))
    asks.start()
    wait_for(lambda: len(made.systems["mail"].did("sendMail")) == before + 1)
    (mine,) = (each for each in listed(made) if each.id not in known and each.action == "mail.send")
    made.running.app.store.write(
        lambda connection: connection.execute(
            agent_actions.update()
            .where(agent_actions.c.id == mine.id)
            .values(due_at=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1))
        )
    )
    made.running.app.acting.runner.wake()
    wait_for(lambda: made.running.app.acting.letters.get(mine.id).why is Why.IN_DOUBT)
    asks.join(60)
    assert answers[0].json()["state"] == "done", answers[0].text
    assert made.recorded(mine.id) == ["action.intended", "action.given-up", "action.done"]
    assert len(made.systems["mail"].did("sendMail")) == before + 1


def test_what_was_written_though_the_agent_was_told_otherwise_is_never_done(there: Trouble) -> None:
    made = there.shop
    keeping = made.running.app.acting.keeping
    true, before, known = keeping.ground, refunds(made), {each.id for each in listed(made)}
    keeping.ground = replace(true, units=_Unheard(true.units))
    try:
        said = made.do("payments.refund", SMALL)
    finally:
        keeping.ground = true
    assert (said.status_code, said.json()["code"]) == (503, "storage-failed"), said.text
    (mine,) = (each for each in listed(made) if each.id not in known)
    assert made.ended(mine.id)["state"] == "cancelled"
    assert made.recorded(mine.id) == ["action.intended", "action.cancelled"]
    assert refunds(made) == before


class _Unheard(Units):
    """Units of which the next one is committed, and the answer of the server is lost."""

    def __init__(self, true: Units) -> None:
        self._true = true
        self._left = 1

    def run(self, context: Any, work: Any) -> Any:
        came = self._true.run(context, work)
        if self._left:
            self._left -= 1
            raise _lost()
        return came

    def soon(self, context: Any, work: Any, told: Any) -> None:
        lost, self._left = bool(self._left), 0
        self._true.soon(context, work, lambda came, error: told(came, _lost() if lost and error is None else error))


def _lost() -> Unavailable:
    return Unavailable("storage-failed", "the connection was lost", remedy="try again")


def refunds(made: Shop) -> int:
    return len(made.systems["payments"].did("refund"))


def listed(made: Shop) -> list[Any]:
    return made.running.app.acting.letters.listed(Listed(limit=1_000))
