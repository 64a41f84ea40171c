"""What was tried and refused: it leaves nothing where it was tried, and still somebody has to be able to see it.

A unit that raises is rolled back whole, the entry that would say why included. So an error that should be on record
carries its draft, and `Units.run` records it in a unit of its own after the rollback. Whoever is refused over and over
must not be able to fill the ledger that way: the same thing of the same actor is recorded once an hour, and of
one actor only so many things.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from datetime import datetime

from roadworthy.foundation.digests import digest_of
from roadworthy.foundation.errors import Refused
from roadworthy.foundation.ledger.draft import Actor, Draft, Once
from roadworthy.foundation.runtime import Runtime

MOST_AN_HOUR = 30
"""Different things of one actor that are recorded within an hour, by one process."""
MOST_ACTORS = 10_000
"""Actors that are remembered; the one that was quiet for longest is forgotten first."""
_HOUR = 3_600


class Attempted(Refused):
    """A refusal that is recorded although its unit leaves nothing.

    Args:
        refusal: what whoever tried is told.
        draft: what the ledger says of it.
    """

    def __init__(self, refusal: Refused, draft: Draft) -> None:
        super().__init__(
            refusal.code, refusal.message, remedy=refusal.remedy, place=refusal.place, findings=refusal.findings
        )
        self.draft = draft


class Attempts:
    """Says which attempts are worth an entry.

    Args:
        runtime: its lock.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._lock = runtime.lock()
        self._seen: OrderedDict[str, tuple[int, set[str]]] = OrderedDict()
        """Actor to the hour and what was recorded in it."""

    def worth(self, actor: Actor, draft: Draft, now: datetime) -> tuple[Draft, Once] | None:
        """What to record, once across all processes; None for what was recorded, or is too much."""
        hour = int(now.timestamp()) // _HOUR
        what = _named(draft)
        with self._lock:
            since, seen = self._seen.pop(actor.ref, (hour, set[str]()))
            if since != hour:
                seen = set()
            self._seen[actor.ref] = (hour, seen)
            while len(self._seen) > MOST_ACTORS:
                self._seen.popitem(last=False)
            if what in seen or len(seen) >= MOST_AN_HOUR:
                return None
            seen.add(what)
            is_last = len(seen) == MOST_AN_HOUR
        told = replace(draft, facts={**draft.facts, "furtherUnrecorded": True}) if is_last else draft
        return told, Once(f"attempt {hour} {what}", what)

    def forget(self, actor: Actor, draft: Draft) -> None:
        """It could not be recorded: the next time it is tried again."""
        with self._lock:
            _, seen = self._seen.get(actor.ref, (0, set[str]()))
            seen.discard(_named(draft))


def _named(draft: Draft) -> str:
    return digest_of(
        {
            "facts": dict(draft.facts),
            "policy": draft.basis.policy,
            "resource": draft.resource,
            "rules": list(draft.basis.rules),
            "what": draft.what,
        }
    )
