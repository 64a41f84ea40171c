"""The pages of the ledger: what happened, the proof of an entry, and whether the whole verifies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from fastapi import Depends
from starlette.responses import PlainTextResponse, Response

from roadworthy.documents.question.model import Wanted
from roadworthy.foundation.errors import InvalidInput, NotFound, Place, RoadworthyError
from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.ledger.draft import ActorKind
from roadworthy.foundation.ledger.service import EntryPage, PlacedEntry
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.showing.ledger import Searched, entry_view, ledger_view, verified_view
from roadworthy.interfaces.web.views.parts import Say, Tone
from roadworthy.interfaces.web.visits import Visit, Visiting

router = Routes(prefix="/ledger")
PAGE = 50
MOST_SUGGESTED = 300
"""Names of use cases that the filter suggests; any other can be typed."""


@dataclass(frozen=True, slots=True)
class Search:
    """What the filter of the page asks for, as it was entered."""

    what: str = ""
    resource: str = ""
    actor: str = ""
    person: str = ""
    use_case: str = ""
    kind: str = ""
    since: str = ""
    until: str = ""


@router.get("")
def show(visit: Visiting, asked: Annotated[Search, Depends()], before: str = "") -> Response:
    """Entries, the newest first."""
    ledger, questions = visit.app.ledger, visit.app.questions
    entered = {name: value.strip() for name, value in asdict(asked).items() if value.strip()}
    page, sight, faults = EntryPage((), None), None, {}
    try:
        page, sight = questions.search(_wanted(visit, entered), _position(before), PAGE)
    except (InvalidInput, NotFound) as error:
        if error.place.field not in entered:
            raise
        faults = {error.place.field: f"{error.message}; {error.remedy}"}
    people = _people(visit, page.entries, asked.actor)
    searched = Searched(entered, faults, page, sight, tuple(visit.app.inventory.names()[:MOST_SUGGESTED]))
    view = ledger_view(searched, people, ledger.verify(), ledger.vkey, visit.now)
    return visit.answer("ledger", "Ledger", view, place="Ledger", status=422 if faults else 200)


@router.get("/verify")
def verify(visit: Visiting, full: str = "") -> Response:
    """Verify the ledger now."""
    view = verified_view(visit.app.ledger.verify(full=bool(full)))
    return visit.answer("verified", "Verification", view, place="Ledger")


@router.get("/{entry}")
def show_entry(visit: Visiting, entry: str) -> Response:
    """An entry with the proof that it is in the ledger."""
    placed = visit.app.ledger.entry(entry)
    note, proof = None, ""
    try:
        proof = str(visit.app.ledger.prove_inclusion(entry))
    except RoadworthyError as error:
        note = Say(Tone.STOP, f"There is no proof: {error.message}.", error.remedy)
    view = entry_view(placed, _people(visit, [placed]), proof, note, visit.now)
    return visit.answer("entry", f"Entry {placed.position:,}", view, place="Ledger")


@router.get("/{entry}/proof")
def download_proof(visit: Visiting, entry: str) -> Response:
    """The proof as a file that other people's verifiers read (C2SP tlog-proof)."""
    proof = str(visit.app.ledger.prove_inclusion(entry))
    named = f'attachment; filename="{visit.app.ledger.entry(entry).entry.id}.tlog-proof"'
    return PlainTextResponse(proof, headers={"Content-Disposition": named})


def _wanted(visit: Visit, entered: Mapping[str, str]) -> Wanted:
    """What is looked for.

    Raises:
        InvalidInput: a day cannot be read.
        NotFound: nobody is called so.
    """
    person = entered.get("person")
    return Wanted(
        person=None if person is None else visit.app.questions.person(person),
        use_case=entered.get("use_case"),
        kind=entered.get("kind"),
        what=entered.get("what"),
        resource=entered.get("resource"),
        actor=entered.get("actor"),
        since=_day(entered, "since"),
        until=_day(entered, "until"),
    )


def _day(entered: Mapping[str, str], name: str) -> datetime | None:
    """The beginning of the first day, and the end of the last one."""
    if name not in entered:
        return None
    try:
        day = date.fromisoformat(entered[name]) + timedelta(days=name == "until")
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            "day-unreadable", "the day cannot be read", place=Place(field=name), remedy="write it as 2026-11-30"
        ) from error
    return datetime.combine(day, time(), UTC)


def _position(text: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit():
        raise InvalidInput(
            "ledger-position-unusable",
            f"`{text[:40]}` is no position in the ledger",
            place=Place(field="before"),
            remedy="open the ledger and follow `Older`",
        )
    return int(text)


def _people(visit: Visit, entries: Iterable[PlacedEntry], *more: str) -> dict[str, Person]:
    refs = {ref for ref in more if ref}
    for placed in entries:
        entry = placed.entry
        refs.update(entry.oversight.given)
        if entry.actor.kind is ActorKind.PERSON:
            refs.add(entry.actor.ref)
        kind, _, name = entry.resource.partition("/")
        if kind == "Person":
            refs.add(name)
    return visit.app.identity.people(refs)
