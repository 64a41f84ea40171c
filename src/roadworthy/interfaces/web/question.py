"""The pages of questions to the record: where one begins to ask, and the whole answer."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

from roadworthy.documents.question.model import Asked, Wanted
from roadworthy.foundation.errors import NotFound, did_you_mean
from roadworthy.foundation.ledger.draft import ActorKind
from roadworthy.foundation.ledger.service import PlacedEntry
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.inbox import titles_of
from roadworthy.interfaces.web.showing.question import CALLED, asking_view, question_view
from roadworthy.interfaces.web.visits import Visiting, go_to, head_of

router = Routes(prefix="/question")
NEWEST = 12


@router.get("")
def begin(visit: Visiting, about: str = "", name: str = "") -> Response:
    """What to ask about; with both words, straight to the answer."""
    if about and name.strip():
        return go_to(f"/question/{quote(about, safe='')}/{quote(name.strip(), safe='')}")
    found: list[PlacedEntry] = []
    for event in CALLED:
        found += visit.app.questions.search(Wanted(what=event), None, NEWEST)[0].entries
    newest = sorted(found, key=lambda placed: -placed.position)[:NEWEST]
    refs = {each.entry.actor.ref for each in newest if each.entry.actor.kind is ActorKind.PERSON}
    names = [case for each in newest if isinstance(case := each.entry.facts.get("useCase"), str)]
    view = asking_view(newest, visit.app.identity.people(refs), titles_of(visit.app, names), visit.now)
    return visit.answer("asking", "Ask the record", view, place="Ledger")


@router.get("/{kind}/{name}")
def show(visit: Visiting, kind: str, name: str) -> Response:
    """Who let this happen, knowing what; print-ready."""
    asked = visit.app.questions.ask(kind_of(kind), name)
    titles = titles_of(visit.app, [asked.use_case])
    view = question_view(asked, titles.get(asked.use_case or "", ""), visit.now)
    return visit.answer("question", asked.title.replace("`", ""), view, place="Ledger", head=head_of(visit))


def kind_of(said: str) -> Asked:
    """What kind of thing is asked about.

    Raises:
        NotFound: nothing of this kind can be asked about.
    """
    try:
        return Asked(said)
    except ValueError as error:
        raise NotFound(
            "question-kind-unknown",
            f"`{said[:40]}` is nothing that can be asked about",
            remedy=did_you_mean(said[:40], [each.value for each in Asked]),
        ) from error
