"""The page of evidence packs: where one is made and taken away, and who took which."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from starlette.responses import Response

from roadworthy.documents.evidence_pack.model import Asked, PackOf
from roadworthy.documents.question.model import Wanted
from roadworthy.foundation.errors import InvalidInput, Place, RoadworthyError, did_you_mean
from roadworthy.foundation.ledger.draft import ActorKind
from roadworthy.foundation.ledger.pack.reading import VERIFIER
from roadworthy.interfaces.api.files import made_for_now
from roadworthy.interfaces.api.packs import MEDIA_TYPE, file_name
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.deciding_alone import faults_of
from roadworthy.interfaces.web.inbox import titles_of
from roadworthy.interfaces.web.showing.packs import Looked, packs_view
from roadworthy.interfaces.web.visits import Form, Visit, Visiting
from roadworthy.interfaces.web.wanted import end_of_day

router = Routes(prefix="/packs")
PLACE = "Ledger"
NEWEST = 20
MOST_SUGGESTED = 300
_SERVER_FAULT = 500


@router.get("")
def show(visit: Visiting, of: str = "", name: str = "") -> Response:
    """Asks what a pack is wanted of; an address can say it already."""
    return _page(visit, {"of": of, "name": name} if of else {})


@router.post("")
def make(visit: Visiting, form: Form) -> Response:
    """The pack as a file, made now."""
    try:
        asked = _asked(form.values)
        packs, context = visit.app.packs, visit.signed_in.context
        return made_for_now(visit.app, file_name(asked), lambda path: packs.write(context, asked, path), MEDIA_TYPE)
    except RoadworthyError as error:
        if error.status >= _SERVER_FAULT:
            raise
        return _page(visit, {"texts": "", **form.values}, error)


@router.get("/verifier")
def verifier(_visit: Visiting) -> Response:
    """The verifier as one file, to be handed on with a pack."""
    headers = {"Content-Disposition": f'attachment; filename="{VERIFIER.name}"'}
    return Response(VERIFIER.read_bytes(), media_type="text/x-python; charset=utf-8", headers=headers)


def _asked(values: Mapping[str, str]) -> Asked:
    said, name = values.get("of", ""), values.get("name", "").strip()
    if said not in set(PackOf):
        raise InvalidInput(
            "pack-of-nothing",
            "it is not said what the pack is about",
            place=Place(field="of"),
            remedy=did_you_mean(said[:40], list(PackOf)) or "choose one of the four",
        )
    of = PackOf(said)
    if bool(name) == (of is PackOf.PERIOD):
        raise InvalidInput(
            "pack-of-nothing",
            "a period has no name" if name else "it is not said which one",
            place=Place(field="name"),
            remedy="leave it empty" if name else "write its id, serial or name",
        )
    if of is not PackOf.PERIOD:
        return Asked(of, name, texts=bool(values.get("texts")))
    since = _begin(values.get("since", ""))
    until = end_of_day(values["until"]) if values.get("until", "").strip() else None
    return Asked(of, "", since, until, bool(values.get("texts")))


def _begin(day: str) -> dt.datetime | None:
    if not day.strip():
        return None
    try:
        return dt.datetime.combine(dt.date.fromisoformat(day.strip()), dt.time(), dt.UTC)
    except ValueError as error:
        raise InvalidInput(
            "day-unreadable", "the day cannot be read", place=Place(field="since"), remedy="write it as 2026-11-30"
        ) from error


def _page(visit: Visit, values: Mapping[str, str], error: RoadworthyError | None = None) -> Response:
    app = visit.app
    made = app.questions.search(Wanted(what="pack.made"), None, NEWEST)[0].entries
    looked = Looked(
        packs=made,
        people=app.identity.people(
            {each.entry.actor.ref for each in made if each.entry.actor.kind is ActorKind.PERSON}
        ),
        titles=titles_of(app, [name for each in made if isinstance(name := each.entry.facts.get("useCase"), str)]),
        names=app.inventory.names()[:MOST_SUGGESTED],
        key=app.ledger.vkey,
        now=visit.now,
    )
    fields = (*(blank := packs_view(looked, values)).about, *blank.period)
    view = packs_view(looked, values, faults_of(error, fields))
    return visit.answer("packs", view.finding, view, place=PLACE, status=200 if error is None else error.status)
