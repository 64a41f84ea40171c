"""The pages of evidence: the list with what runs out, the evidence of one use case, one item, its files."""

from __future__ import annotations

from starlette.responses import Response

from roadworthy.decide.readiness.assessment import Verdict
from roadworthy.evidence import listing
from roadworthy.evidence.model import Item, Method, State
from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.interfaces import files
from roadworthy.interfaces.api.evidence import DSSE_TYPE
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.showing.evidence import PAGE, Found, evidence_view, question_of
from roadworthy.interfaces.web.showing.evidence_item import Whole, item_view
from roadworthy.interfaces.web.showing.timeline import DAYS
from roadworthy.interfaces.web.showing.words import verdict
from roadworthy.interfaces.web.views.evidence import OpenQuestion
from roadworthy.interfaces.web.views.parts import Link
from roadworthy.interfaces.web.visits import Visit, Visiting, head_of

router = Routes()
_WORDS = {"state": State, "method": Method}
_LONGEST_NUMBER = 7


@router.get("/evidence")
def show_all(visit: Visiting) -> Response:
    """The evidence of the portfolio."""
    found = _found(visit, None)
    view = evidence_view(found, visit.now)
    return visit.answer("evidence", "Evidence", view, place="Evidence")


@router.get("/use-cases/{name}/evidence")
def show_about(visit: Visiting, name: str) -> Response:
    """The evidence of a use case."""
    visit.app.inventory.subject(name)
    view = evidence_view(_found(visit, name), visit.now, about=name)
    return visit.answer("evidence", view.title, view, place="Evidence", head=head_of(visit))


@router.get("/evidence/{item_id}")
def show(visit: Visiting, item_id: str) -> Response:
    """One item."""
    view = item_view(_whole(visit, visit.app.evidence.find(item_id)), visit.now)
    return visit.answer("evidence_item", view.question, view, place="Evidence", head=head_of(visit))


@router.get("/evidence/{item_id}/envelope")
def envelope(visit: Visiting, item_id: str) -> Response:
    """The signed statement, to be saved."""
    item = visit.app.evidence.find(item_id)
    name = {"Content-Disposition": f'attachment; filename="{item.id}.dsse.json"'}
    return Response(visit.app.evidence.envelope(item.id), media_type=DSSE_TYPE, headers=name)


@router.get("/attachments/{digest}")
def attachment(visit: Visiting, digest: str) -> Response:
    """A file, to be saved."""
    return files.download(visit.app, digest)


def _found(visit: Visit, about: str | None) -> Found:
    asked = _asked(visit, about)
    first = _number(visit, "first") or 1
    app = visit.app
    kinds = [(name, kind.title) for name, kind in app.evidence.kinds()]
    among = listing.Asked(use_case=about)
    with app.store.read() as connection:
        listed = listing.page(connection, asked, visit.now, first=max(1, first), most=PAGE)
        counts = listing.counts(connection, visit.now, among)
        ends = listing.expiries(connection, visit.now, DAYS, among)
        names = sorted({line.use_case for line in listed.lines} | ({about} if about else set()))
        titles = {subject.name: subject.spec.title for subject in app.inventory.subjects(connection, names)}
    people = app.identity.people({line.recorded_by for line in listed.lines})
    questions = _questions(visit, about) if about else ()
    return Found(asked, listed, counts, ends, people, titles, kinds, questions)


def _asked(visit: Visit, about: str | None) -> listing.Asked:
    query = visit.request.query_params
    state, method = (_word(name, query.get(name, "")) for name in _WORDS)
    return listing.Asked(
        use_case=about or query.get("about", "").strip()[:200] or None,
        kind=query.get("kind") or None,
        method=Method(method) if method else None,
        state=State(state) if state else None,
        text=query.get("text", "").strip()[:200] or None,
        expires_within=_number(visit, "within"),
    )


def _word(name: str, said: str) -> str:
    known = [word.value for word in _WORDS[name]]
    if said and said not in known:
        raise InvalidInput(
            "filter-unusable",
            f"`{said[:60]}` is no {name} of evidence",
            place=Place(field=name),
            remedy=f"use one of: {', '.join(known)}",
        )
    return said


def _number(visit: Visit, name: str) -> int | None:
    said = visit.request.query_params.get(name, "")
    if not said:
        return None
    if not (said.isascii() and said.isdigit() and len(said) < _LONGEST_NUMBER):
        raise InvalidInput(
            "filter-unusable",
            f"`{said[:60]}` is no number",
            place=Place(field=name),
            remedy="take the parameter out of the address",
        )
    return int(said)


def _questions(visit: Visit, name: str) -> tuple[OpenQuestion, ...]:
    """What the rubric asks and nothing that counts answers, one line per question."""
    found: dict[str, OpenQuestion] = {}
    for judgement in visit.app.readiness.of(name).judgements:
        fact = judgement.fact
        if fact is None or fact in found or judgement.verdict in {Verdict.MET, Verdict.NOT_APPLICABLE}:
            continue
        found[fact] = OpenQuestion(
            question=question_of(fact),
            duty=f"{judgement.criterion.duty} owner",
            state=verdict(judgement.verdict),
            add=Link("Add evidence", f"/use-cases/{name}/evidence/new?fact={fact}"),
        )
    return tuple(found.values())


def _whole(visit: Visit, item: Item) -> Whole:
    app = visit.app
    everything = app.evidence.of(item.use_case)
    refs = {item.recorded_by, *(each.by for each in item.contests)}
    refs |= {each.settled_by for each in item.contests if each.settled_by}
    return Whole(
        item=item,
        title=app.inventory.subject(item.use_case).spec.title,
        kind=dict(app.evidence.kinds()).get(item.kind),
        assessment=app.readiness.of(item.use_case),
        without=app.readiness.without(item.use_case, item.id),
        people=app.identity.people(refs),
        replaced=[each for each in everything if each.superseded_by == item.id],
        viewer=visit.signed_in.session.person,
    )
