"""Verdicts as people write them: owners by name, spans as words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from roadworthy.app import App
from roadworthy.decide.review.model import AskedCondition
from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.foundation.spans import seconds
from roadworthy.interfaces.naming import person_ref


class SaidCondition(Protocol):
    """A condition as somebody wrote it."""

    @property
    def what(self) -> str:
        """What has to be done."""

    @property
    def owner(self) -> str:
        """By whom: an address, an account name or a reference."""

    @property
    def due(self) -> datetime:
        """Until when."""


def conditions_of(app: App, said: Sequence[SaidCondition]) -> tuple[AskedCondition, ...]:
    """Conditions with the references of their owners, numbered.

    Raises:
        InvalidInput: nobody is called so, or an instant has no offset.
    """
    found = []
    for number, each in enumerate(said, 1):
        place = f"conditions.{number - 1}"
        if each.due.tzinfo is None:
            raise InvalidInput(
                "review-verdict-unfit",
                f"`{each.due.isoformat()}` has no offset",
                place=Place(field=f"{place}.due"),
                remedy="write one such as `2027-03-31T17:00:00Z`",
            )
        ref = person_ref(app, each.owner, f"{place}.owner")
        found.append(AskedCondition(f"c{number}", each.what.strip(), ref, each.due))
    return tuple(found)


def lasting(text: str | None) -> int | None:
    """How long a certificate is to hold, in seconds; None where nobody said.

    Raises:
        InvalidInput: it is no span of time.
    """
    if text is None or not text.strip():
        return None
    found = seconds(text)
    if found is None or found < 1:
        raise InvalidInput(
            "review-verdict-unfit",
            f"`{text[:40]}` is no span of time",
            place=Place(field="lasts"),
            remedy="write one such as `180d`",
        )
    return int(found)
