"""What the parts of reviews stand on, and the small things that all of them need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa

from roadworthy.decide.approvals.service import Approvals
from roadworthy.decide.readiness.service import Readiness
from roadworthy.decide.review import store as rows
from roadworthy.decide.review.model import SUBJECT, Review
from roadworthy.decide.review.policy import POLICY_NAME, REVIEW_POLICY, SHIPPED, ReviewPolicy
from roadworthy.decide.review.ports import Certifying, ReleaseView
from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.errors import NotFound
from roadworthy.foundation.identity.directory import Directory
from roadworthy.foundation.identity.tables import people
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.notify.service import Notify
from roadworthy.foundation.resources.model import Stored
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.runs import Machines
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import UseCase
from roadworthy.inventory.seating import AcceptedSeats


@dataclass(frozen=True)
class Ground:
    """Everything that the parts share."""

    store: Store
    units: Units
    runtime: Runtime
    resources: Resources
    runs: Machines
    readiness: Readiness
    approvals: Approvals
    notify: Notify
    people: Directory
    seats: AcceptedSeats
    certifying: Certifying
    releases: ReleaseView

    def use_case(self, connection: sa.Connection, name: str) -> tuple[Stored, UseCase]:
        """A use case as it is declared.

        Raises:
            NotFound: there is none of this name.
        """
        stored = self.resources.get(USE_CASE, name, connection)
        return stored, cast("UseCase", stored.spec)

    def policy(self, connection: sa.Connection) -> ReviewPolicy:
        """The review policy in force: the declared one, else the one that ships."""
        stored = self.resources.find(REVIEW_POLICY, POLICY_NAME, connection)
        return SHIPPED if stored is None else cast("ReviewPolicy", stored.spec)

    def owners(self, connection: sa.Connection, use_case: str) -> frozenset[str]:
        """References of the owners of a use case who are here."""
        found = self.seats.owners(connection, [use_case]).get(use_case, frozenset())
        return self.people.here(connection, found)

    def called(self, refs: Sequence[str]) -> Mapping[str, str]:
        """What people are called, by reference; those who were erased are left out."""
        if not refs:
            return {}
        with self.store.read() as connection:
            query = sa.select(people.c.ref, people.c.handle).where(people.c.ref.in_(sorted(set(refs))))
            return {ref: handle for ref, handle in connection.execute(query) if handle}


def held(tx: Transaction, review_id: str) -> Review:
    """A review that nobody else moves until the unit ends.

    Raises:
        NotFound: there is none of this id.
    """
    return known(rows.find(tx.connection, review_id, hold=True), review_id)


def known(review: Review | None, review_id: str) -> Review:
    """The review that was found.

    Raises:
        NotFound: none was.
    """
    if review is None:
        raise NotFound(
            "review-unknown",
            f"there is no review `{review_id[:80]}`",
            remedy="take the id from `roadworthy review list`",
        )
    return review


def named(review: Review) -> str:
    """`Kind/name`, as entries say it."""
    return f"{SUBJECT}/{review.id}"


def about(review: Review) -> dict[str, Canonical]:
    """What every entry about a review says: nothing about people."""
    facts: dict[str, Canonical] = {"useCase": review.use_case, "stage": review.stage_to.value}
    if review.release is not None:
        facts["release"] = review.release
    return facts
