"""The pages of tickets: those that were sent, and what would be sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from starlette.responses import Response

from roadworthy.decide.tickets.model import Offers
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.web.showing.tickets import preview_view, tickets_view
from roadworthy.interfaces.web.visits import Form, Visit, Visiting, go_to

router = Routes(prefix="/tickets")


@router.get("")
def show(visit: Visiting) -> Response:
    """The tickets, the latest first."""
    tickets = visit.app.tickets
    systems = {name: (system, tickets.has_secret(system)) for name, system in tickets.systems().items()}
    view = tickets_view(tickets.all(), systems, visit.now)
    return visit.answer("tickets", "Tickets", view, place="Tickets")


@router.get("/new")
def preview(
    visit: Visiting, use_case: str, criterion: Annotated[list[str] | None, Query()] = None, again: str = ""
) -> Response:
    """What would leave the house."""
    offers = visit.app.tickets.offers(use_case, criterion or (), again=bool(again))
    return _preview(visit, use_case, criterion or (), offers, again=bool(again))


@router.post("")
def send(visit: Visiting, form: Form) -> Response:
    """Send what was shown."""
    criteria = [name for name in form.text("criteria").split(",") if name]
    use_case, again = form.text("use_case"), bool(form.text("again"))
    visit.app.tickets.send(visit.signed_in.context, use_case, criteria, again=again, agreed=form.text("agreed") or None)
    return go_to(f"/tickets?{urlencode({'done': 'tickets-queued'})}")


@router.post("/sync")
def sync(visit: Visiting, form: Form) -> Response:  # noqa: ARG001 - asking for the form checks its token
    """Look at every ticket now."""
    found = visit.app.tickets.sync()
    return go_to(f"/tickets?{urlencode({'done': 'tickets-failed' if found.failed else 'tickets-synced'})}")


@router.post("/{ticket}/close")
def close(visit: Visiting, ticket: str, form: Form) -> Response:  # noqa: ARG001 - asking for the form checks its token
    """Close a ticket whose blocker is met."""
    visit.app.tickets.close_ticket(visit.signed_in.context, ticket)
    return go_to("/tickets?done=ticket-closing")


@router.post("/{ticket}/retry")
def retry(visit: Visiting, ticket: str, form: Form) -> Response:  # noqa: ARG001 - asking for the form checks its token
    """Try what was given up again."""
    visit.app.tickets.retry(visit.signed_in.context, ticket)
    return go_to("/tickets?done=ticket-retried")


def _preview(visit: Visit, use_case: str, criteria: Sequence[str], offers: Offers, *, again: bool) -> Response:
    title = visit.app.inventory.subject(use_case).spec.title
    view = preview_view(title, use_case, criteria, offers, again=again)
    return visit.answer("ticket_preview", "Send tickets", view, place="Tickets")
