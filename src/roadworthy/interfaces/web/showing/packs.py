"""Evidence packs in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from roadworthy.documents.evidence_pack.model import PackOf
from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.ledger.service import PlacedEntry
from roadworthy.interfaces.web.showing.decision_words import called
from roadworthy.interfaces.web.views.form import FaultLink
from roadworthy.interfaces.web.views.packs import PackLine, PacksView
from roadworthy.interfaces.web.views.parts import Empty, Field, Link, Moment, Option, plural

OF: Final[Mapping[PackOf, str]] = {
    PackOf.DECISION: "A decision: everything that it rests on, and everything that it caused",
    PackOf.CERTIFICATE: "An operating certificate: from its review to what became of it",
    PackOf.USE_CASE: "A use case: every entry that speaks of it",
    PackOf.PERIOD: "A period: everything that was recorded in it",
}
_WORDS: Final[Mapping[str, str]] = {
    PackOf.DECISION: "a decision",
    PackOf.CERTIFICATE: "a certificate",
    PackOf.USE_CASE: "a use case",
    PackOf.PERIOD: "a period",
}


@dataclass(frozen=True, slots=True)
class Looked:
    """All that the page is made of."""

    packs: Sequence[PlacedEntry]
    """Entries of packs that were made, the newest first."""
    people: Mapping[str, Person]
    titles: Mapping[str, str]
    names: Sequence[str]
    """Of use cases, to be suggested."""
    key: str
    now: dt.datetime


def packs_view(looked: Looked, values: Mapping[str, str], faults: Sequence[FaultLink] = ()) -> PacksView:
    """The page, with what was entered."""
    wrong = {each.field: each.text for each in faults}
    chosen = values.get("of", "")
    return PacksView(
        finding="Take proof to somebody without access here",
        lede="An evidence pack is one file with the entries, their proofs, the signed state that they lead to, the "
        "certificates and the evidence. Whoever gets it needs nothing but Python and the public key. That it was made, "
        "by whom and about what is recorded.",
        faults=tuple(faults),
        about=(
            Field(
                "of", "What it is about", "radio", chosen,
                options=tuple(Option(each.value, words, each.value == chosen) for each, words in OF.items()),
                fault=wrong.get("of", ""), required=True, wide=True,
            ),
            Field(
                "name", "Which one", value=values.get("name", ""), suggestions=tuple(looked.names),
                hint="Id of the decision, serial of the certificate, or name of the use case; empty for a period.",
                fault=wrong.get("name", ""), wide=True,
            ),
        ),
        period=tuple(
            Field(name, f"Of a period: {day} day, in UTC", "date", values.get(name, ""), fault=wrong.get(name, ""))
            for name, day in (("since", "first"), ("until", "last"))
        ),
        texts=Field(
            "texts", "Put in the texts that entries commit to, and who people are", "check", values.get("texts", "yes"),
            "Without them the pack proves the same and discloses no words.",
        ),
        key=looked.key,
        packs=tuple(_line(each, looked) for each in looked.packs),
        empty=None if looked.packs else _nothing(),
    )  # fmt: skip


def _line(placed: PlacedEntry, looked: Looked) -> PackLine:
    entry = placed.entry
    facts = entry.facts
    of = str(facts.get("of", ""))
    link: Link | None = None
    about = _WORDS.get(of, of)
    name = facts.get("useCase") or facts.get("serial") or facts.get("request")
    if isinstance(name, str):
        place = {"certificate": "/certificates/", "decision": "/decisions/"}.get(of, "/use-cases/")
        link = Link(looked.titles.get(name, name), f"{place}{name}")
    elif of == PackOf.PERIOD:
        about = f"{about}: {_day(facts.get('since'), 'the beginning')} to {_day(facts.get('until'), 'its making')}"
    return PackLine(
        about=about,
        link=link,
        at=Moment.of(entry.at, looked.now),
        by=called(entry.actor.ref, looked.people, entry.actor.kind),
        entries=plural(int(str(facts.get("entries", 0))), "entry", "entries"),
        disclosed=plural(int(str(facts.get("payloads", 0))), "text") + " disclosed",
        digest=str(facts.get("digest", "")),
        entry=Link("ledger entry", f"/ledger/{entry.id}"),
    )


def _day(said: object, unset: str) -> str:
    return f"{said[:16].replace('T', ' ')} UTC" if isinstance(said, str) else unset


def _nothing() -> Empty:
    return Empty(
        title="No pack was made yet",
        sentence="Fill in the form, or write one from the command line:",
        command="roadworthy pack write FILE --use-case NAME",
    )
