"""What a pack says to people: how to verify it, what is in it, who is who. Nothing of this is proven by it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from roadworthy.documents.evidence_pack.model import Asked, Chosen, PackOf
from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.draft import ActorKind
from roadworthy.foundation.ledger.entry import Entry

_HOW = """\
EVIDENCE PACK
{title}
Ledger {origin}, as signed over {size} entries.

How to verify it: any Python from 3.9 on is enough, nothing has to be installed.

  python3 -I -S verify.py THIS-FILE --key 'KEY'

Take verify.py and the key from somewhere else than this file: whoever made it could have changed the copies in it.
The key is published by whoever runs the ledger. A witness's key is given with --witness, a checkpoint that you kept
from an earlier day with --checkpoint. Without --key it is only checked that everything fits together; the verifier
then says "unauthenticated".

What it proves: that these entries stand in the ledger, unchanged and at these places, and that the texts and documents
are what they committed to.
{complete}
What it does not prove: that an entry is true, nor anything in this file, in people.json, or in the pack's description.
"""
_CHOSEN = "They were chosen by whoever made the pack: that there are no others is proven by a pack of a period only."
_WHOLE = "Between the first of them and the last nothing is left out."
LISTED = 2_000
"""Entries that are listed for people."""


def title_of(asked: Asked) -> str:
    """What the pack is about, in a line."""
    if asked.of is not PackOf.PERIOD:
        return f"The {asked.of.value.replace('-', ' ')} {asked.name}"
    since = "the beginning" if asked.since is None else to_text(asked.since)
    until = "when it was made" if asked.until is None else to_text(asked.until)
    return f"Everything recorded from {since} until {until}"


def readme(asked: Asked, chosen: Chosen, origin: str, size: int) -> bytes:
    """The file that is read first."""
    complete = _WHOLE if chosen.whole else _CHOSEN
    head = _HOW.format(title=title_of(asked), origin=origin, size=f"{size:,}", complete=complete)
    listed = sorted(chosen.entries.items())[:LISTED]
    return "\n".join([head, *(_line(position, entry) for position, entry in listed), ""]).encode()


def _line(position: int, entry: Entry) -> str:
    decided = f", {entry.decision}" if entry.decision else ""
    texts = "".join(f"\n           {payload.name}: payloads/{payload.ref}" for payload in entry.payloads)
    return f"{position:>9}  {to_text(entry.at)}  {entry.what}  {entry.resource}{decided}, by {entry.actor.ref}{texts}"


def people_of(entries: Iterable[Entry]) -> set[str]:
    """References of the people that entries name."""
    found: set[str] = set()
    for entry in entries:
        found |= {each.ref for each in (entry.actor, entry.on_behalf_of) if each and each.kind is ActorKind.PERSON}
        found |= set(entry.oversight.given)
    return found


def names(people: Mapping[str, Person]) -> bytes:
    """Who is who, as the register of people says when the pack is made."""
    said = {ref: {"name": person.name, "handle": person.handle} for ref, person in sorted(people.items())}
    return json.dumps(said, indent=1, ensure_ascii=False).encode()
