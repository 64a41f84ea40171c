"""On which terms something is accepted for a time: why, what makes up for it, from when and until when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.errors import InvalidInput, Place, Refused
from roadworthy.foundation.instants import from_text, to_text
from roadworthy.foundation.ledger.draft import ActorKind, Context

LONGEST = dt.timedelta(days=366)
"""What is accepted for longer than a year is not waived but built in. Our own choice."""
LONGEST_TEXT = 2_000


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a waiver."""

    reason: str
    """Why it can wait."""
    control: str
    """What makes up for it meanwhile."""
    since: dt.datetime
    """When it was asked for; how long it lasts counts from here, whenever it is decided."""
    until: dt.datetime

    @classmethod
    def asked(cls, reason: str, control: str, until: dt.datetime, now: dt.datetime) -> Terms:
        """Terms that somebody asks for now.

        Raises:
            InvalidInput: reason or control is missing or too long, or the end is past, too far, or without offset.
        """
        terms = cls(_text(reason, "reason"), _text(control, "control"), now, until)
        terms.refuse_end(now)
        return terms

    def refuse_end(self, now: dt.datetime) -> None:
        """Raises InvalidInput where the terms cannot begin now: they end before, last too long, or are of later."""
        if self.until.tzinfo is None or not now < self.until <= self.since + LONGEST or self.since > now:
            raise InvalidInput(
                "waiver-expiry-unfit",
                f"a waiver ends after now and within {LONGEST.days} days",
                place=Place(field="expiresAt"),
                remedy="give a day or an instant in that time; it can be renewed with new reasons",
            )

    @property
    def seconds(self) -> int:
        """How long it lasts, in whole seconds, rounded up."""
        return -((self.since - self.until) // dt.timedelta(seconds=1))

    def values(self) -> dict[str, Canonical]:
        """As they stand in what is decided."""
        return {
            "reason": self.reason,
            "control": self.control,
            "since": to_text(self.since),
            "expiresAt": to_text(self.until),
        }

    @classmethod
    def of_values(cls, content: Mapping[str, Any]) -> Terms:
        """Read what `values` wrote.

        Raises:
            InvalidInput: they do not say what is wanted.
        """
        since, until = (from_text(str(content.get(field, ""))) for field in ("since", "expiresAt"))
        return cls(
            _text(str(content.get("reason", "")), "reason"),
            _text(str(content.get("control", "")), "control"),
            since,
            until,
        )

    def texts(self) -> dict[str, bytes]:
        """The free text, for a ledger entry."""
        return {"reason": self.reason.encode(), "control": self.control.encode()}


def by_person(context: Context) -> None:
    """Raises Refused where no person acts."""
    if context.actor.kind is not ActorKind.PERSON or not context.actor.ref:
        raise Refused(
            "waiver-by-nobody",
            "what is missing is accepted by a person who answers for it, not by a program",
            remedy="sign in as the person who approves it",
        )


def reason_of(said: str) -> str:
    """A reason that was given.

    Raises:
        InvalidInput: it is missing or too long.
    """
    return _text(said, "reason")


def _text(said: str, field: str) -> str:
    text = said.strip()
    if not 0 < len(text) <= LONGEST_TEXT:
        raise InvalidInput(
            "waiver-incomplete",
            f"the waiver has no {field}" if not text else f"the {field} is longer than {LONGEST_TEXT:,} characters",
            place=Place(field=field),
            remedy="say in a sentence or two why it can wait, and what makes up for it meanwhile",
        )
    return text
