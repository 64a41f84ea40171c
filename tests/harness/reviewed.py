"""Reviews on a small desk of certificates, so that what reviews ask of it and give it can be seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from roadworthy.decide.approvals.requests import Request
from roadworthy.decide.readiness.kinds import shipped
from roadworthy.decide.readiness.model import Rubric
from roadworthy.decide.review.model import AskedCondition, ProposedVerdict, Review, Verdict
from roadworthy.decide.review.ports import Issue
from roadworthy.decide.review.service import Reviews
from roadworthy.foundation.errors import Finding
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.model import Duty, Stage
from roadworthy.operate.releases.model import Known, Part, PartKind
from tests.harness.governed import CASE, CHANGE_RIGHTS, Board, ask, governed
from tests.unit.decide.readiness.cases import PERFECT

ASKER = "asker@halden.example"
RITA, ROB = "rita@halden.example", "rob@halden.example"
BUSINESS = "business@halden.example"
REVIEW = ask("review", ["review"], {"group": "risk"}, deadline="9d")
PROMOTE = ask("promote", ["promote"], {"owner": "business"}, deadline="9d")
WHY = "The pilot is over."
ITSELF = Context(Actor(ActorKind.SYSTEM, "reviews"))


@dataclass
class Desk:
    """Keeps certificates in memory: a `Certifying` that shows what it was asked."""

    envelope: dict[str, Any] = field(default_factory=lambda: {"terms": {"volume": {"bound": 10, "evidence": []}}})
    issued: list[Issue] = field(default_factory=list)
    withdrawn: list[tuple[str, str | None]] = field(default_factory=list)
    live: dict[str, str] = field(default_factory=dict)
    conditions: list[AskedCondition] = field(default_factory=list)

    def draft(self, connection: sa.Connection, use_case: str, stage: str, release: str | None) -> Mapping[str, Any]:  # noqa: ARG002 - the protocol's signature
        return self.envelope

    def missing(self, envelope: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(name for name in ("data", "volume", "cost") if name not in envelope["terms"])

    def declared(self, envelope: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(envelope["terms"])

    def shown(self, envelope: Mapping[str, Any]) -> Sequence[str]:
        return tuple(f"{name}: {term['bound']}" for name, term in envelope["terms"].items())

    def faults(self, envelope: Mapping[str, Any]) -> Sequence[Finding]:
        unknown = set(envelope.get("terms", {})) - {"data", "volume", "cost"}
        return [Finding("envelope-term-unknown", f"there is no term `{name}`") for name in sorted(unknown)]

    def issue(self, tx: Transaction, issue: Issue) -> str:  # noqa: ARG002 - the protocol's signature
        self.issued.append(issue)
        return f"oc-{len(self.issued)}"

    def withdraw_all(
        self,
        tx: Transaction,  # noqa: ARG002 - the protocol's signature
        use_case: str,  # noqa: ARG002 - the protocol's signature
        stage: str,  # noqa: ARG002 - the protocol's signature
        cause: str,
        release: str | None = None,
    ) -> tuple[str, ...]:
        self.withdrawn.append((cause, release))
        return tuple(self.live)

    def open_conditions(self, connection: sa.Connection, use_case: str, stage: str) -> Sequence[AskedCondition]:  # noqa: ARG002 - the protocol's signature
        return self.conditions

    def current(self, connection: sa.Connection, use_case: str, stage: str) -> Mapping[str, str]:  # noqa: ARG002 - the protocol's signature
        return self.live


@dataclass
class Reviewing:
    """A board with reviews."""

    board: Board
    desk: Desk

    @property
    def reviews(self) -> Reviews:
        return self.board.app.operation.reviews

    def release(self, *, seen: bool = True, name: str = "r1", model: str = "a") -> str:
        """A release of which the model was seen, or only said; its digest."""
        known = Known.OBSERVED if seen else Known.ASSERTED
        part = Part(PartKind.MODEL, "drafter", f"sha256:{model * 64}", known, "file" if seen else "asker")
        recorded = self.board.app.operation.releases.record(self.board.context(ASKER), CASE, name, [part])
        return recorded.release.digest

    def nothing_blocks(self) -> None:
        """A rubric in force that demands nothing but a title, and recommends the rest."""
        rubric = shipped().model_dump(mode="json", by_alias=True, exclude_defaults=True)
        for criteria in rubric["dimensions"].values():
            for criterion in criteria:
                criterion["level"] = "should"
            criteria[0] |= {"level": "must", "requires": {"fields": {"all": ["title"]}}, "appliesTo": {}}
        self.board.deployment.declare({"default": rubric}, Rubric)

    def open(self, stage: Stage = Stage.PRODUCTION, release: str | None = None) -> Review:
        return self.reviews.open(self.board.context(ASKER), CASE, stage, release, WHY)

    def propose(self, review: Review, verdict: str = "go", by: str = ASKER, **more: Any) -> Request:
        return self.reviews.propose(self.board.context(by), review.id, verdict_of(verdict, **more))

    def decided(self, review: Review, verdict: str = "go", **more: Any) -> Review:
        """Proposed, and approved by everybody whom the rules of this board ask."""
        request = self.propose(review, verdict, **more)
        for handle in (RITA, BUSINESS):
            if self.board.get(request).ended_at is None:
                self.board.approve(handle, request)
        return self.reviews.get(review.id)

    def tick(self) -> None:
        """Whatever follows from entries and from time."""
        self.board.app.ledger.settle()
        self.board.app.consumers.tick()
        self.board.app.timers.tick()

    def later(self, **by: float) -> None:
        """Time passes, and then the cadence has its turn."""
        self.board.later(**by)
        turn = self.reviews.following.turn
        self.board.app.units.run(ITSELF, lambda tx: turn(tx, tx.now))
        self.tick()

    def events(self, review: Review | None = None) -> list[str]:
        entries = self.board.entries("review.")
        return [each.what for each in entries if review is None or each.resource == f"Review/{review.id}"]

    def accepted(self) -> None:
        """All four owners take their duties on."""
        for duty in Duty:
            self.board.deployment.accept(CASE, duty)


def verdict_of(verdict: str, **more: Any) -> ProposedVerdict:
    """A verdict that says what its kind has to say."""
    said: dict[str, Any] = {"reason": "It did what it should."}
    if verdict in {"no-go", "pivot"}:
        said["changes"] = "Measure dictation in other languages."
    if verdict == "stop":
        said["learned"] = "Letters in dialect need another model."
    return ProposedVerdict(Verdict(verdict), **{**said, **more})


@contextmanager
def reviewing(store: Store, home: Path, *rules: Mapping[str, Any], certifying: bool = False) -> Iterator[Reviewing]:
    """A deployment with a use case that leaves nothing unsaid, and reviews; governed by these rules.

    Args:
        store: on which.
        home: its folder.
        rules: those that are signed first; none for a deployment in which nobody is asked.
        certifying: with the certificates of the deployment instead of the desk.
    """
    with governed(store, home) as board:
        board.deployment.declare({CASE: {**PERFECT, "stage": "pilot"}})
        desk = Desk()
        if not certifying:
            object.__setattr__(board.app.operation.reviews._ground, "certifying", desk)
        made = Reviewing(board, desk)
        made.accepted()
        made.tick()
        if rules:
            board.signed(CHANGE_RIGHTS, *rules)
        made.tick()
        yield made
