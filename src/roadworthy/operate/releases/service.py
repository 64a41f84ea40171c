"""Releases: recorded, seen, held against each other, and moved from stage to stage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from roadworthy.decide.approvals.proposing import Check, any_use_case
from roadworthy.decide.approvals.requests import Proposal, Request
from roadworthy.decide.approvals.service import Approvals
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.operate.releases import store as rows
from roadworthy.operate.releases.asked import Asked
from roadworthy.operate.releases.executor import SUBJECT, ReleaseExecutor
from roadworthy.operate.releases.expected import Expected
from roadworthy.operate.releases.model import Move, Part, Recorded, Release
from roadworthy.operate.releases.moving import Moving, hold, released
from roadworthy.operate.releases.ports import Certifications
from roadworthy.operate.releases.recording import record

MOST_LISTED = 500


@dataclass(frozen=True)
class Ground:
    """What the service stands on."""

    store: Store
    units: Units
    resources: Resources
    runtime: Runtime
    approvals: Approvals
    certifications: Certifications


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of asking for a move: it was done, or people have to decide first."""

    move: Move | None
    request: Request | None


class Releases(Expected):
    """What can go live, what does, and what was seen of it.

    What is to run somewhere, and what does, is held against each other in `Expected`.
    """

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground.units, ground.certifications)
        self._ground = ground
        self.moving = Moving(ground.resources, ground.certifications, ground.runtime.clock)
        self.moving.governed_by(ground.approvals)
        ground.approvals.on(SUBJECT, ReleaseExecutor(self.moving, ground.resources))

    # ------------------------------------------------------------ what there is

    def record(self, context: Context, use_case: str, name: str, parts: Sequence[Part]) -> Recorded:
        """Keep a release; recorded again, parts that were only asserted may be known better.

        Raises:
            NotFound: there is no such use case.
            InvalidInput: its name or a part is unfit.
            Conflict: the name stands for another release, or the release has another name.
        """

        def work(tx: Transaction) -> Recorded:
            self._ground.resources.get(USE_CASE, use_case, tx.connection)
            hold(tx, use_case)
            return record(tx, Release(use_case, name, tuple(parts)))

        return self._ground.units.run(context, work)

    def get(self, use_case: str, called: str) -> Recorded:
        """A release of a use case by name, digest, or the first digits of its digest.

        Raises:
            NotFound: there is none.
        """
        with self._ground.store.read() as connection:
            return released(connection, use_case, called)

    def by_digest(self, digest: str, connection: sa.Connection | None = None) -> Recorded | None:
        """A release of whatever use case."""
        if connection is not None:
            return rows.find(connection, digest)
        with self._ground.store.read() as snapshot:
            return rows.find(snapshot, digest)

    def names(self, digests: Iterable[str]) -> Mapping[str, str]:
        """Digest to what people call the release."""
        with self._ground.store.read() as connection:
            return rows.names(connection, digests)

    def listed(self, use_case: str, limit: int = 100) -> list[Recorded]:
        """Releases of a use case, the newest first."""
        with self._ground.store.read() as connection:
            return rows.all_of(connection, use_case, max(1, min(limit, MOST_LISTED)))

    # ------------------------------------------------------------ what runs

    def running(self, use_case: str) -> Mapping[str, str]:
        """Stage to the digest of what is to run there."""
        with self._ground.store.read() as connection:
            return rows.stages(connection, use_case)

    def history(self, use_case: str, stage: str | None = None, limit: int = 100) -> list[Move]:
        """What was done with releases of a use case, the latest first."""
        with self._ground.store.read() as connection:
            return rows.moves(connection, use_case, stage, max(1, min(limit, MOST_LISTED)))

    def move(self, context: Context, wanted: Mapping[str, Any], check: Check = any_use_case) -> Answered:
        """Deploy, promote, go back or train anew: at once where the rights say so, else by decision.

        Args:
            context: who asks.
            wanted: the fields of `Asked`, as the content of a request has them.
            check: raises where the asker may ask nothing about a use case.

        Raises:
            Refused: nobody may decide this; recorded.
            InvalidInput: it does not say what is wanted.
            NotFound: there is no such use case or release.
            Conflict: it cannot be done as things stand.
        """
        asked = Asked.of(wanted)
        check(asked.use_case)
        if self._ground.approvals.rights() is None:
            return Answered(self._ground.units.run(context, lambda tx: self._now(tx, asked)), None)
        request = self._ground.approvals.propose(context, Proposal(SUBJECT, dict(wanted), asked.reason), check)
        return Answered(self._made_by(request), request)

    def _now(self, tx: Transaction, asked: Asked) -> Move:
        return self.moving.carry_out(tx, self.moving.wanted(tx.connection, asked))

    def _made_by(self, request: Request) -> Move | None:
        with self._ground.store.read() as connection:
            return rows.move_of_request(connection, request.id)
