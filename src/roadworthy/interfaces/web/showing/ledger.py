"""The ledger in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from roadworthy.documents.question.model import Sight
from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.ledger.recount import Verification
from roadworthy.foundation.ledger.service import EntryPage, PlacedEntry
from roadworthy.interfaces.web.showing.history import actor_shown, value_shown
from roadworthy.interfaces.web.views.ledger import EntryLine, EntryView, LedgerView, VerifiedView
from roadworthy.interfaces.web.views.parts import (
    Badge,
    Empty,
    Field,
    Link,
    Moment,
    Option,
    Say,
    Tone,
    plural,
    shortened,
)
from roadworthy.inventory.kinds import USE_CASE

LONGEST_FACT = 120
_LONG = frozenset({"evidence", "key", "digest", "issuer", "authTime", "resources", "trouble", "troubles"})
"""Facts that a line of the list leaves to the entry's own page."""

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_LEADS = {
    USE_CASE: "/use-cases/",
    "Import": "/import/runs/",
    "Decision": "/question/decision/",
    "Review": "/question/review/",
    "Certificate": "/question/certificate/",
    "Release": "/question/release/",
}
"""What entries are about and has a page: its kind, and what its address begins with."""

EVENTS = (
    "use-case.applied",
    "use-case.removed",
    "owner.accepted",
    "owner.released",
    "evidence.submitted",
    "evidence.withdrawn",
    "import.applied",
    "readiness.assessed",
    "rubric.applied",
    "platform-profile.applied",
    "person.signed-in",
    "person.created",
    "payload.erased",
)
"""Events that the filter offers; any other can be asked for in the address."""

KINDS = (
    "audit",
    "certificate",
    "criterion",
    "decision",
    "evidence",
    "gap",
    "owner",
    "person",
    "readiness",
    "release",
    "review",
    "rights",
    "stop",
    "use-case",
)
"""Kinds of events that the filter offers: what stands before the dot."""


@dataclass(frozen=True, slots=True)
class Searched:
    """What was looked for, and what was found."""

    asked: Mapping[str, str]
    """What was entered, by field."""
    faults: Mapping[str, str]
    page: EntryPage
    sight: Sight | None
    use_cases: tuple[str, ...]
    """Names that the filter suggests."""


def ledger_view(
    found: Searched, people: Mapping[str, Person], state: Verification, key: str, now: datetime
) -> LedgerView:
    """The list of entries."""
    page, asked = found.page, found.asked
    filtered = bool(asked)
    older = None if page.older is None else f"/ledger?{urlencode({**asked, 'before': str(page.older)})}"
    return LedgerView(
        finding=_finding(state),
        basis=f"{plural(state.size, 'entry', 'entries')}, root {state.root.hex()[:16]}…; a checkpoint signed "
        f"{plural(state.confirmed, 'of them', 'of them')}.",
        origin=f"{state.size:,} entries" if not filtered else "the entries that fit",
        key=key,
        filters=_filters(found, people),
        filtered=filtered,
        missing=_missing(found.sight),
        entries=tuple(entry_line(placed, people, now) for placed in page.entries),
        older=older,
        empty=None if page.entries else _empty(found.faults, filtered=filtered),
    )


def _missing(sight: Sight | None) -> Say | None:
    """That the search did not see everything, where it did not."""
    if sight is None or sight.missing is None:
        return None
    first, end = sight.missing
    text = f"Entries {first:,} to {end - 1:,} were not looked through. Load the page again in a minute."
    return Say(Tone.STALE, "The index of the ledger is being made.", text)


def entry_line(placed: PlacedEntry, people: Mapping[str, Person], now: datetime) -> EntryLine:
    """One entry of the list."""
    entry = placed.entry
    kind, _, name = entry.resource.partition("/")
    led = _LEADS.get(kind)
    link = Link(name if kind == USE_CASE else entry.resource, f"{led}{name}") if led and name else None
    shown = people[name].shown if kind == "Person" and name in people else entry.resource
    return EntryLine(
        position=f"{placed.position:,}",
        href=f"/ledger/{entry.id}",
        at=Moment.of(entry.at, now),
        what=entry.what,
        resource=link,
        resource_name=shown,
        who=actor_shown(entry.actor.kind, entry.actor.ref, people),
        via=entry.actor.via,
        decision=entry.decision or "",
        ask=f"/question/entry/{entry.id}",
        facts=tuple(
            (name, shortened(said, LONGEST_FACT))
            for name, value in entry.facts.items()
            if name not in _LONG and (said := _fact(value))
        ),
    )


def _fact(value: object) -> str:
    """A fact on a line of the list; an instant to the minute, with its zone."""
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        return f"{value[:16].replace('T', ' ')} UTC"
    return value_shown(value).replace("spec.", "")


def entry_view(
    placed: PlacedEntry, people: Mapping[str, Person], proof: str, note: Say | None, now: datetime
) -> EntryView:
    """One entry with everything that is in it."""
    entry = placed.entry
    given = ", ".join(people[ref].shown if ref in people else "an erased person" for ref in entry.oversight.given)
    pairs = (
        ("Entry", entry.id),
        ("Position", f"{placed.position:,}"),
        ("At", Moment.of(entry.at, now).exact),
        ("Who", f"{actor_shown(entry.actor.kind, entry.actor.ref, people)}, through {entry.actor.via}"),
        ("Proved who they are by", entry.actor.authenticated.replace("-", " ")),
        ("On behalf of", "" if entry.on_behalf_of is None else entry.on_behalf_of.ref),
        ("What", entry.what),
        ("To", entry.resource),
        ("Decision", entry.decision or ""),
        ("Policy", entry.basis.policy or ""),
        ("Rules", ", ".join(entry.basis.rules)),
        ("Evidence", ", ".join(entry.basis.evidence)),
        ("Inputs", entry.basis.inputs or ""),
        ("Oversight required", entry.oversight.required or ""),
        ("Oversight given by", given),
        *((f"Fact: {name}", value_shown(value)) for name, value in entry.facts.items()),
        ("Tenant", entry.tenant),
        ("Writer", f"{entry.writer.id}, number {entry.writer.seq:,}"),
    )
    return EntryView(
        line=entry_line(placed, people, now),
        pairs=tuple((name, value) for name, value in pairs if value),
        payloads=tuple((each.name, each.commitment, plural(each.size, "byte")) for each in entry.payloads),
        raw=placed.raw.decode(),
        proof=proof,
        note=note,
    )


def verified_view(found: Verification) -> VerifiedView:
    """What a verification found."""
    pairs = (
        ("Kind", "every byte" if found.mode == "full" else "the edges; choose full for every byte"),
        ("Entries", f"{found.size:,}"),
        ("Hashed anew", f"{found.checked:,}"),
        ("Covered by a signed checkpoint", f"{found.confirmed:,}"),
        ("Checkpoints checked", f"{found.checkpoints:,}"),
        ("Root", found.root.hex()),
        ("Waiting for a position", f"{found.waiting:,}" if found.waiting else ""),
        ("Keys believed", ", ".join(found.signed_by)),
    )
    state = Badge(Tone.GO, "verifies") if found.ok else Badge(Tone.STOP, "broken")
    shown = tuple((name, value) for name, value in pairs if value)
    return VerifiedView(_finding(found), state, shown, tuple(str(fault) for fault in found.faults))


def _finding(state: Verification) -> str:
    if not state.ok:
        return "The ledger does not verify"
    if state.size == 0:
        return "The ledger is empty"
    return "The ledger verifies"


def _filters(found: Searched, people: Mapping[str, Person]) -> tuple[Field, ...]:
    asked = found.asked

    def chosen(name: str, anything: str, values: Sequence[str]) -> tuple[Option, ...]:
        said = asked.get(name, "")
        known = values if not said or said in values else (*values, said)
        return (Option("", anything), *(Option(each, each, each == said) for each in known))

    fields = [
        Field("person", "Person, by address", value=asked.get("person", "")),
        Field("use_case", "Use case", value=asked.get("use_case", ""), suggestions=found.use_cases),
        Field("kind", "Kind", "select", options=chosen("kind", "any kind", KINDS)),
        Field("since", "From", "date", asked.get("since", "")),
        Field("until", "To", "date", asked.get("until", "")),
        Field("what", "What happened", "select", options=chosen("what", "anything", EVENTS)),
        Field("resource", "To what, Kind/name", value=asked.get("resource", "")),
    ]  # fmt: skip
    actor = asked.get("actor", "")
    if actor:
        shown = people[actor].shown if actor in people else actor
        fields.append(
            Field("actor", "Who", "select", options=(Option("", "anybody"), Option(actor, shown, chosen=True)))
        )
    return tuple(fields)


def _empty(faults: Mapping[str, str], *, filtered: bool) -> Empty:
    for fault in faults.values():
        said = fault.replace("`", "")
        all_ = Link("All entries", "/ledger")
        return Empty("This cannot be looked for", f"{said[:1].upper()}{said[1:]}.", None, all_)
    if filtered:
        return Empty("No entry fits", "Take a filter away.", None, Link("All entries", "/ledger"))
    return Empty(
        "Nothing has been recorded yet",
        "Every change will stand here with who made it, on what basis, and a proof that it was not altered since.",
        "roadworthy ledger verify",
        Link("Import a sheet", "/import"),
    )
