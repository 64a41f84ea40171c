"""Pure: what an entry mentions, and how evidence stood at an instant."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import Final

from roadworthy.documents.question.model import Wanted
from roadworthy.evidence.model import Item, State
from roadworthy.foundation.ledger.draft import ActorKind
from roadworthy.foundation.ledger.entry import Entry

LONGEST_MENTION = 200
MOST_MENTIONS = 400
"""Of one entry; an expiry lists up to a thousand items, and is found by its own kind."""

_FACTS: Final = (
    ("inPlaceOf", "person"),
    ("to", "person"),
    ("person", "person"),
    ("owner", "person"),
    ("by", "person"),
    ("useCase", "use-case"),
    ("request", "decision"),
    ("review", "review"),
    ("serial", "certificate"),
    ("certificate", "certificate"),
    ("release", "release"),
    ("evidence", "evidence"),
)
"""Facts that name a person, by reference, or something that can be asked about; and what of."""
_RESOURCES: Final[Mapping[str, str]] = {
    "UseCase": "use-case",
    "Decision": "decision",
    "Review": "review",
    "Certificate": "certificate",
    "Release": "release",
    "Person": "person",
}


def mentions_of(entry: Entry) -> frozenset[str]:
    """What an entry speaks of, as the index writes it."""
    found = {each for each in _mentioned(entry) if len(each) <= LONGEST_MENTION}
    if len(found) <= MOST_MENTIONS:
        return frozenset(found)
    crowd = sorted(found, key=lambda each: (each.startswith("evidence/"), each))  # everything else stays
    return frozenset(crowd[:MOST_MENTIONS])


def _mentioned(entry: Entry) -> Iterator[str]:
    for actor in (entry.actor, entry.on_behalf_of):
        if actor is not None and actor.kind is ActorKind.PERSON:
            yield f"person/{actor.ref}"
    for ref in entry.oversight.given:
        yield f"person/{ref}"
    kind, _, name = entry.resource.partition("/")
    if kind in _RESOURCES and name:
        yield f"{_RESOURCES[kind]}/{_plain(_RESOURCES[kind], name)}"
    for fact, thing in _FACTS:
        value = entry.facts.get(fact)
        if isinstance(value, str) and value:
            yield f"{thing}/{_plain(thing, value)}"
    for item in entry.basis.evidence:
        yield f"evidence/{item}"
    if entry.basis.inputs:
        yield f"inputs/{entry.basis.inputs}"


def _plain(thing: str, name: str) -> str:
    """A release is named by its digest, with and without the algorithm before it."""
    return name.removeprefix("sha256:") if thing == "release" else name


def fits(entry: Entry, wanted: Wanted) -> bool:
    """Whether an entry is among those that are looked for."""
    if wanted.kind is not None and not entry.what.startswith(f"{wanted.kind}."):
        return False
    exact = ((wanted.what, entry.what), (wanted.resource, entry.resource), (wanted.actor, entry.actor.ref))
    if any(value is not None and value != there for value, there in exact):
        return False
    if wanted.since is not None and entry.at < wanted.since:
        return False
    if wanted.until is not None and entry.at >= wanted.until:
        return False
    return mentions_of(entry).issuperset(wanted.mentions)


# ---------------------------------------------------------------- evidence as it stood


def state_then(item: Item, at: dt.datetime, superseded_at: dt.datetime | None) -> State | None:
    """What had become of an item at an instant; None where it was not handed in yet.

    Args:
        item: as it is kept now.
        at: the instant that is asked about.
        superseded_at: when a newer item took its place; None where none did.
    """
    if item.recorded_at > at:
        return None
    if item.withdrawal is not None and item.withdrawal.at <= at:
        return State.WITHDRAWN
    if superseded_at is not None and superseded_at <= at:
        return State.SUPERSEDED
    if item.expires_at <= at:
        return State.EXPIRED
    open_ = any(
        contest.at <= at and (contest.settled_at is None or contest.settled_at > at) for contest in item.contests
    )
    return State.CONTESTED if open_ else State.LIVE


def statement_of(envelope: bytes | None) -> str | None:
    """What somebody stated, from the signed envelope of their evidence; None where it states nothing in words."""
    if envelope is None:
        return None
    try:
        payload = json.loads(envelope)["payload"]
        said = json.loads(base64.b64decode(payload))["predicate"].get("statement")
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        return None
    return said if isinstance(said, str) else None
