"""Tickets: blockers handed to ServiceNow and Jira, and what came back from there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request
from pydantic import Field

from roadworthy.app import App
from roadworthy.decide.readiness.assessment import Verdict
from roadworthy.decide.readiness.model import Dimension
from roadworthy.decide.tickets.model import Content, Offers, Standing, Ticket, TicketState
from roadworthy.decide.tickets.rules import content_values
from roadworthy.foundation.errors import TooLarge
from roadworthy.interfaces.api import people
from roadworthy.interfaces.api.people import PersonBody
from roadworthy.interfaces.api.wire import Application, Done, Signed, Wire
from roadworthy.interfaces.routes import Routes
from roadworthy.inventory.model import Duty

router = Routes(tags=["tickets"])

LARGEST_WEBHOOK = 2_000_000
"""Bytes; whoever sends one is not known before it was read."""

TicketId = Annotated[str, Path(max_length=100)]
SystemName = Annotated[str, Path(max_length=200)]
Name = Annotated[str, Field(max_length=200)]


class PartBody(Wire):
    """A heading with its text."""

    heading: str
    text: str


class ContentBody(Wire):
    """What leaves the house with a ticket."""

    title: str
    parts: list[PartBody]
    link: str
    fields: dict[str, Any] = Field(description="Further fields, as the system gets them.")

    @classmethod
    def of(cls, content: Content) -> ContentBody:
        """From the ticket's own value."""
        values: Mapping[str, Any] = content_values(content)
        parts = [PartBody(heading=heading, text=text) for heading, text in content.parts]
        return cls(title=content.title, parts=parts, link=content.link, fields=values["fields"])


class TicketBody(Wire):
    """A blocker that was handed to another system."""

    id: str
    system: str
    use_case: str
    criterion: str
    title: str
    dimension: Dimension
    duty: Duty
    standing: Standing = Field(description="Both sides together: where the ticket is and whether the blocker is met.")
    state: TicketState | None = Field(description="In its own system; null until it was sent.")
    word: str | None = Field(description="The system's own word for the state.")
    number: str | None
    url: str | None
    met: bool
    verdict: Verdict | None
    correlation: str = Field(description="What the ticket carries in the other system, by which it is found again.")
    content: ContentBody
    queued_at: datetime
    queued_by: PersonBody
    sent_at: datetime | None
    read_at: datetime | None = Field(description="When its system was last asked.")
    failed: str | None = Field(description="Why something could not be delivered; null where nothing is stuck.")
    failed_code: str | None
    waiting: int = Field(description="Messages that are still to be delivered.")
    entry_id: str


class OfferBody(Wire):
    """A blocker with the ticket that would be sent about it, or that is there already."""

    use_case: str
    criterion: str
    title: str
    dimension: Dimension
    duty: Duty
    system: str | None = Field(description="Null where no declared system takes it.")
    content: ContentBody | None
    ticket: str | None = Field(description="Id of the ticket that is there already; null where one would be made.")
    number: str | None
    standing: Standing | None


class OffersBody(Wire):
    """What would be sent."""

    items: list[OfferBody]
    new: int = Field(description="How many tickets would be made.")
    digest: str = Field(description="Send with it as `agreed`, to say that this was looked at.")
    first: list[str] = Field(description="Systems to which nothing was sent yet as they are declared now.")


class Wanted(Wire):
    """Which blockers."""

    use_case: Name | None = Field(default=None, description="All use cases without it.")
    criteria: Annotated[list[Name], Field(max_length=1_000)] = Field(default=[], description="All blockers without it.")
    system: Name | None = Field(default=None, description="Send all of them there.")
    again: bool = Field(default=False, description="Make a new ticket where the former one is closed.")


class Sending(Wanted):
    """Which blockers, and that what leaves the house was looked at."""

    agreed: Annotated[str, Field(max_length=100)] | None = Field(
        default=None, description="`digest` of the preview; needed for the first tickets to a system."
    )


class SyncedBody(Wire):
    """What a look at the ticket systems brought."""

    read: int
    changed: int
    queued: int
    failed: dict[str, str]


class CheckedBody(Wire):
    """What a look at a ticket system found."""

    account: str
    place: str


@router.get("/tickets")
def listed(
    app: Application,
    _caller: Signed,
    use_case: Annotated[str | None, Query(alias="useCase", max_length=200)] = None,
) -> list[TicketBody]:
    """The tickets, the latest first."""
    return _bodies(app, app.tickets.all(use_case))


@router.get("/tickets/{ticket_id}")
def get(ticket_id: TicketId, app: Application, _caller: Signed) -> TicketBody:
    """One ticket."""
    return _bodies(app, [app.tickets.find(ticket_id)])[0]


@router.post("/tickets/preview")
def preview(given: Wanted, app: Application, _caller: Signed) -> OffersBody:
    """What would be sent, word by word; sends nothing."""
    return _offers(app.tickets.offers(given.use_case, given.criteria, system=given.system, again=given.again))


@router.post("/tickets", status_code=201)
def send(given: Sending, app: Application, caller: Signed) -> list[TicketBody]:
    """Send tickets for blockers that have none. They are delivered by and by; a blocker never gets two."""
    made = app.tickets.send(
        caller.context,
        given.use_case,
        given.criteria,
        system=given.system,
        again=given.again,
        agreed=given.agreed,
    )
    return _bodies(app, made)


@router.post("/tickets/sync")
def sync(app: Application, _caller: Signed) -> SyncedBody:
    """Deliver what waits and look at every ticket now."""
    return SyncedBody.model_validate(app.tickets.sync())


@router.post("/tickets/{ticket_id}/close")
def close(ticket_id: TicketId, app: Application, caller: Signed) -> TicketBody:
    """Close a ticket whose blocker is met."""
    return _bodies(app, [app.tickets.close_ticket(caller.context, ticket_id)])[0]


@router.post("/tickets/{ticket_id}/retry")
def retry(ticket_id: TicketId, app: Application, caller: Signed) -> TicketBody:
    """Have what was given up tried again."""
    return _bodies(app, [app.tickets.retry(caller.context, ticket_id)])[0]


@router.post("/ticket-systems/{name}/check")
def check(name: SystemName, app: Application, _caller: Signed) -> CheckedBody:
    """Sign in to a ticket system and look whether tickets can be made; makes none."""
    return CheckedBody.model_validate(app.tickets.check(name))


async def webhook_body(request: Request) -> bytes:
    """The bytes of a webhook, exactly as they came.

    Raises:
        TooLarge: they are too many.
    """
    gathered = bytearray()
    async for chunk in request.stream():
        gathered += chunk
        if len(gathered) > LARGEST_WEBHOOK:
            raise TooLarge(
                "webhook-too-large",
                f"a webhook has at most {LARGEST_WEBHOOK // 1_000_000} megabytes",
                remedy="send fewer fields; the number of the ticket is enough",
            )
    return bytes(gathered)


@router.post("/tickets/webhooks/{name}", status_code=202)
def webhook(
    name: SystemName, request: Request, app: Application, body: Annotated[bytes, Depends(webhook_body)]
) -> Done:
    """Take a signed webhook of a ticket system. It needs no sign-in; its signature is what lets it in."""
    app.tickets.receive(name, dict(request.headers), body)
    return Done()


def _bodies(app: App, tickets: Iterable[Ticket]) -> list[TicketBody]:
    some = list(tickets)
    who = people.shown(app, {each.queued_by for each in some})
    return [
        TicketBody(
            **{name: getattr(each, name) for name in _SAME},
            content=ContentBody.of(each.content),
            queued_by=who[each.queued_by],
        )
        for each in some
    ]


_SAME = tuple(name for name in TicketBody.model_fields if name not in {"content", "queued_by"})


def _offers(offers: Offers) -> OffersBody:
    items = [
        OfferBody(
            use_case=each.use_case,
            criterion=each.blocker.criterion,
            title=each.blocker.title,
            dimension=each.blocker.dimension,
            duty=each.blocker.duty,
            system=each.system,
            content=None if each.content is None else ContentBody.of(each.content),
            ticket=each.ticket,
            number=each.number,
            standing=each.standing,
        )
        for each in offers.items
    ]
    return OffersBody(items=items, new=len(offers.new), digest=offers.digest, first=list(offers.first))
