"""What was tried without a decision and refused is in the ledger, and cannot fill it; on both engines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from roadworthy.foundation.errors import Refused, Unavailable
from roadworthy.foundation.ledger.attempts import MOST_ACTORS, MOST_AN_HOUR, Attempted, Attempts
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Draft
from roadworthy.foundation.ledger.unit import Recorded, Transaction, Units
from roadworthy.foundation.resources.documents import declare
from roadworthy.foundation.runtime import Runtime, SimulatedClock
from roadworthy.foundation.storage.store import Store
from tests.harness.governed import CASE, DEPLOY, Board, ask, governed

EVE, MAL = "eve@halden.example", "mal@halden.example"
PROMOTE = ask("promote", ["promote"], {"group": "risk"})
NOW = dt.datetime(2026, 11, 22, 10, 30, tzinfo=dt.UTC)


@dataclass
class Kept:
    """Keeps what units recorded; where it is full, nothing can be."""

    full: bool = False
    drafts: list[Draft] = field(default_factory=list)

    def append(
        self, _connection: sa.Connection, recorded: Sequence[Recorded], _context: Context, _now: dt.datetime
    ) -> None:
        if self.full:
            raise Unavailable("storage-full", "the disk is full", remedy="free some room")
        self.drafts += [each.draft for each in recorded]


def refused(units: Units, resource: str = "UseCase/claims") -> None:
    """Somebody is refused."""

    def work(_tx: Transaction) -> None:
        raise Attempted(Refused("decision-needed", "not without a decision", remedy="ask"), draft)

    draft = Draft("decision.refused", resource)
    with pytest.raises(Refused, match="not without"):
        units.run(Context(Actor(ActorKind.PERSON, "eve", "web", "oidc")), work)


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    with governed(store, tmp_path, PROMOTE, DEPLOY) as found:
        yield found


def tries(board: Board, handle: str, name: str = CASE, stage: str = "production") -> None:
    """Somebody raises a stage at the direct door."""
    resources = board.app.resources
    declared = declare(board.app.registry.get("UseCase"), name, {"title": "Claims triage", "stage": stage})
    with pytest.raises(Refused):
        resources.apply(board.context(handle), resources.plan([declared]))


def test_who_tried_what_is_in_the_ledger_and_nothing_else_happened(board: Board) -> None:
    tries(board, EVE)
    (entry,) = board.entries("decision.refused")
    assert (entry.actor.ref, entry.actor.kind) == (board.ref(EVE), "person")
    assert (entry.decision, entry.resource) == ("refused", f"UseCase/{CASE}")
    assert entry.basis.rules == ("promote",)
    assert entry.facts == {
        "acts": 3,
        "classes": ["promote"],
        "outcome": "asks",
        "resources": [f"UseCase/{CASE}"],
    }
    assert board.app.inventory.subject(CASE).spec.stage is None


def test_what_nobody_may_is_recorded_as_that(board: Board) -> None:
    with pytest.raises(Refused, match="nobody may"):
        board.app.resources.remove(board.context(EVE), "UseCase", CASE, 1)
    (entry,) = board.entries("decision.refused")
    assert (entry.facts["classes"], entry.facts["outcome"]) == (["retire"], "uncovered")


def test_trying_again_is_recorded_once_an_hour_and_for_each_who_tries(board: Board) -> None:
    for _ in range(4):
        tries(board, EVE)
    tries(board, MAL)
    assert [entry.actor.ref for entry in board.entries("decision.refused")] == [board.ref(EVE), board.ref(MAL)]
    board.deployment.clock.advance(dt.timedelta(hours=1))
    tries(board, EVE)
    tries(board, EVE)
    assert len(board.entries("decision.refused")) == 3


def test_nobody_fills_the_ledger_by_trying_many_things(store: Store) -> None:
    kept = Kept()
    units = Units(store, kept, Runtime())
    for number in range(MOST_AN_HOUR + 20):
        refused(units, f"UseCase/case-{number}")
    assert len(kept.drafts) == MOST_AN_HOUR
    assert [each.resource for each in kept.drafts if "furtherUnrecorded" in each.facts] == [
        f"UseCase/case-{MOST_AN_HOUR - 1}"
    ]


def test_a_refusal_of_another_process_within_the_hour_is_the_same(store: Store) -> None:
    kept = Kept()
    clock = SimulatedClock()
    for _ in range(2):
        refused(Units(store, kept, Runtime(clock=clock)))
    assert len(kept.drafts) == 1
    clock.advance(dt.timedelta(hours=1))
    refused(Units(store, kept, Runtime(clock=clock)))
    assert len(kept.drafts) == 2


def test_a_refusal_stands_where_it_cannot_be_recorded_and_the_next_one_is(store: Store) -> None:
    kept = Kept(full=True)
    units = Units(store, kept, Runtime())
    refused(units)
    assert kept.drafts == []
    kept.full = False
    refused(units)
    refused(units)
    assert len(kept.drafts) == 1


def test_actors_are_forgotten_in_the_order_of_their_last_attempt() -> None:
    attempts = Attempts(Runtime())
    draft = Draft("decision.refused", "UseCase/claims")
    first = Actor(ActorKind.PERSON, "first")
    assert attempts.worth(first, draft, NOW) is not None
    assert attempts.worth(first, draft, NOW) is None
    for number in range(MOST_ACTORS):
        assert attempts.worth(Actor(ActorKind.PERSON, str(number)), draft, NOW) is not None
    assert attempts.worth(first, draft, NOW) is not None  # the ledger still knows, by the key that comes with it
