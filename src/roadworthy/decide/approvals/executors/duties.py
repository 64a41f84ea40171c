"""The subject `accept-duty`: whoever is named for a duty takes it on, once those who have to agree did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from roadworthy.decide.approvals.executors import titles
from roadworthy.decide.approvals.executors.reading import digests, refuse, refuse_untrue, texts
from roadworthy.foundation.errors import Conflict, Finding, NotFound, Place, Refused, did_you_mean
from roadworthy.foundation.ledger.authority import Act
from roadworthy.foundation.ledger.draft import ActorKind, Context
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources.service import Resources
from roadworthy.inventory.accepting import Accepting, DutyWanted
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import Duty

SUBJECT = "accept-duty"
_ASKED = ("useCase", "duty")
_LOOKED_UP = ("named", "person")


class DutyExecutor:
    """Takes on duties by decision."""

    def __init__(self, accepting: Accepting, resources: Resources) -> None:
        self._accepting = accepting
        self._resources = resources

    def prepare(self, connection: sa.Connection, context: Context, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is decided: that the proposer, who has to be the person named, takes the duty on.

        Raises:
            InvalidInput: a field is missing or unfit.
            NotFound: there is no such use case.
            Refused: somebody else is named, or no person asks.
        """
        asked = texts(content, _ASKED, _LOOKED_UP)
        actor = context.actor
        if actor.kind is not ActorKind.PERSON:
            raise Refused(
                "duty-by-nobody",
                "a duty is taken on by the person who is named for it, not by a program",
                remedy="have the person sign in and accept it",
            )
        return self._accepting.wanted(connection, asked["useCase"], _duty(asked["duty"]), actor.ref).content

    def acts(self, connection: sa.Connection, content: Mapping[str, Any]) -> tuple[Act, ...]:
        """The one act that it is.

        Raises:
            Refused: the duty names somebody else.
            Conflict: the use case is not what the content says any more.
        """
        return (self._wanted(connection, content).act,)

    def base(self, connection: sa.Connection, content: Mapping[str, Any]) -> Mapping[str, str]:
        """The use case, with whom it names."""
        return digests(self._resources, connection, [(USE_CASE, str(content.get("useCase")))])

    def title(self, content: Mapping[str, Any]) -> str:
        """Who takes on what."""
        return titles.shortened(
            f"{content.get('named')} takes on the {content.get('duty')} duty of {content.get('useCase')}"
        )

    def shown(self, content: Mapping[str, Any]) -> Sequence[str]:
        """Everything that the content says."""
        return (
            f"use case: {content.get('useCase')}",
            f"duty: {content.get('duty')}",
            f"named in the record: {content.get('named')}",
            f"person: {content.get('person')}",
        )

    def carry_out(self, tx: Transaction, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take it on.

        Raises:
            Conflict: the use case names somebody else by now.
        """
        try:
            wanted = self._wanted(tx.connection, content)
        except (NotFound, Refused) as error:
            raise Conflict(error.code, error.message, place=error.place, remedy=error.remedy) from error
        self._accepting.carry_out(tx, wanted)
        return {"useCase": wanted.use_case, "duty": wanted.duty.value, "person": wanted.person_ref}

    def _wanted(self, connection: sa.Connection, content: Mapping[str, Any]) -> DutyWanted:
        asked = texts(content, (*_ASKED, *_LOOKED_UP))
        wanted = self._accepting.wanted(connection, asked["useCase"], _duty(asked["duty"]), asked["person"])
        refuse_untrue(content, wanted.content)
        return wanted


def _duty(word: str) -> Duty:
    if word not in set(Duty):
        place = Place(field="content.duty")
        refuse([Finding("duty-unknown", f"there is no duty `{word[:80]}`", place, did_you_mean(word, list(Duty)))])
    return Duty(word)
