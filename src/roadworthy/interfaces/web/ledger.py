"""The pages of the ledger: what happened, the proof of an entry, and whether the whole verifies."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.responses import PlainTextResponse, Response

from roadworthy.foundation.errors import InvalidInput, Place, RoadworthyError
from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.ledger.draft import ActorKind
from roadworthy.foundation.ledger.service import PlacedEntry
from roadworthy.foundation.ledger.store import Filter
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.showing.ledger import entry_view, ledger_view, verified_view
from roadworthy.interfaces.web.views.parts import Say, Tone
from roadworthy.interfaces.web.visits import Visit, Visiting

router = Routes(prefix="/ledger")
PAGE = 50


@router.get("")
def show(visit: Visiting, what: str = "", resource: str = "", actor: str = "", before: str = "") -> Response:
    """Entries, the newest first."""
    ledger = visit.app.ledger
    wanted = Filter(what=what or None, resource=resource or None, actor=actor or None)
    page = ledger.entries(wanted, before=_position(before), limit=PAGE)
    asked = {name: value for name, value in (("what", what), ("resource", resource), ("actor", actor)) if value}
    view = ledger_view(page, asked, _people(visit, page.entries, actor), ledger.verify(), ledger.vkey, visit.now)
    return visit.answer("ledger", "Ledger", view, place="Ledger")


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
