"""What is used and not registered: look, then decide."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from roadworthy.foundation.errors import InvalidInput, NotFound, RoadworthyError
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.showing.discovery import PAGE, Overview, discovery_view, proposal_view
from roadworthy.interfaces.web.views.parts import Say, Tone
from roadworthy.interfaces.web.visits import Form, Posted, Visit, Visiting, go_to
from roadworthy.inventory.discovery.model import ProposalState

router = Routes(prefix="/discovery")
UPLOADS = 10
MOST_NAMES = 500
"""Names that the field of use cases suggests."""
_SERVER_FAULT = 500


@router.get("")
def show(
    visit: Visiting,
    state: ProposalState = ProposalState.OPEN,
    first: Annotated[int, Query(alias="from", ge=1, le=10**9)] = 1,
) -> Response:
    """Proposals of one state, and vendors of both sides."""
    return _list(visit, state, first, None)


@router.post("")
def look(visit: Visiting, form: Form) -> Response:
    """Take a log in and keep what it adds up to."""
    try:
        if "file" not in form.files:
            raise InvalidInput("upload-without-file", "no file was chosen", remedy="choose a log or an export")
        name, content = form.files["file"]
        looked = visit.app.discovery.usage(visit.signed_in.context, name, io.BytesIO(content))
    except RoadworthyError as error:
        if error.status >= _SERVER_FAULT:
            raise
        return _list(visit, ProposalState.OPEN, 1, _fault(error), error.status)
    return go_to("/discovery?done=unchanged" if looked.upload is None else "/discovery?done=looked")


@router.get("/{proposal}")
def show_one(visit: Visiting, proposal: str) -> Response:
    """One proposal."""
    return _one(visit, proposal, {}, None)


@router.post("/{proposal}")
def decide(visit: Visiting, proposal: str, form: Form) -> Response:
    """Accept, link, dismiss, or take that back."""
    try:
        _decide(visit, proposal, form)
    except RoadworthyError as error:
        known = not isinstance(error, NotFound) or error.code != "discovery-unknown"
        if error.status >= _SERVER_FAULT or not known:
            raise
        return _one(visit, proposal, form.values, _fault(error), error.status)
    return go_to(f"/discovery/{proposal}?done=decided")


def _decide(visit: Visit, proposal: str, form: Posted) -> None:
    context, discovery = visit.signed_in.context, visit.app.discovery
    match form.text("do"):
        case "accept":
            name, title = form.text("name").strip() or None, form.text("title").strip() or None
            discovery.accept(context, proposal, name=name, title=title)
        case "link":
            discovery.link(context, proposal, form.text("useCase").strip(), components=form.text("components") == "yes")
        case "dismiss":
            discovery.dismiss(context, proposal, form.text("reason"))
        case "reopen":
            discovery.reopen(context, proposal, form.text("reason"))
        case other:
            raise InvalidInput(
                "discovery-decision-unknown",
                f"`{other[:40]}` is no decision",
                remedy="accept, link or dismiss the proposal, or take the decision back",
            )


def _list(visit: Visit, state: ProposalState, first: int, fault: Say | None, status: int = 200) -> Response:
    discovery = visit.app.discovery
    found, _ = discovery.proposals(state, limit=PAGE, offset=first - 1)
    most = visit.app.settings.upload_megabytes
    overview = Overview(discovery.counts(), discovery.vendors(), discovery.uploads(UPLOADS), most)
    view = discovery_view(found, overview, state=state, first=first, now=visit.now, fault=fault)
    return visit.answer("discovery", "Discovery", view, place="Discovery", status=status)


def _one(visit: Visit, id_: str, values: Mapping[str, str], fault: Say | None, status: int = 200) -> Response:
    proposal = visit.app.discovery.find(id_)
    who = ""
    if proposal.decision is not None:
        known = visit.app.identity.people({proposal.decision.by})
        who = known[proposal.decision.by].shown if proposal.decision.by in known else proposal.decision.by
    names = visit.app.inventory.names()[:MOST_NAMES]
    view = proposal_view(proposal, names, who, values, fault=fault)
    return visit.answer("discovery_proposal", proposal.title, view, place="Discovery", status=status)


def _fault(error: RoadworthyError) -> Say:
    where = f" ({error.place})" if str(error.place) else ""
    return Say(Tone.STOP, f"{error.message[:1].upper()}{error.message[1:]}.", f"{error.remedy}{where}")
