"""Messages: what somebody was told, how they want to be told, and what became of every delivery."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import Field

from roadworthy.foundation.notify.model import ChannelType, Delivery, DeliveryState, Mode, PreferencesShape
from roadworthy.interfaces.api.wire import (
    Application,
    Cursor,
    Done,
    Limit,
    Page,
    Signed,
    Wire,
    decode_cursor,
    encode_cursor,
)
from roadworthy.interfaces.routes import Routes

router = Routes(tags=["notifications"])


class TopicBody(Wire):
    """A sort of message."""

    name: str
    title: str
    always: bool = Field(description="Whether it cannot be switched off.")


class ChannelBody(Wire):
    """A way by which messages leave the house; where its address is kept stands in the declaration."""

    name: str
    title: str
    type: ChannelType
    topics: list[str] = Field(description="Topics that it carries; all where none is named.")
    groups: list[str]


class DeliveryBody(Wire):
    """One message on its way by one channel."""

    id: str
    topic: str
    subject: str
    path: str = Field(description="Of the page, from the root.")
    lines: list[str]
    urgent: bool
    channel: str = Field(description="Empty where no channel leads to the person.")
    person_ref: str | None = Field(description="Absent for a room or a program.")
    state: DeliveryState
    created_at: datetime
    due_at: datetime
    attempts: int
    last_error: str | None
    sent_at: datetime | None


class PreferencesBody(Wire):
    """How a person wants to be told."""

    modes: dict[str, Mode] = Field(default={}, description="By topic; at once where nothing is said.")
    channels: list[str] = Field(default=[], description="Person channels to use; all where none is named.")
    quiet_from: str | None = Field(default=None, description="`22:00` in the person's zone.")
    quiet_to: str | None = None
    zone: str = "UTC"
    digest_at: str = "08:00"


class Ways(Wire):
    """What can be chosen about, and by which channels messages go."""

    topics: list[TopicBody]
    channels: list[ChannelBody]


@router.get("/notifications")
def feed(app: Application, caller: Signed, cursor: Cursor = None, limit: Limit = 50) -> Page[DeliveryBody]:
    """What the caller was told, the latest first."""
    found = app.notify.feed(caller.session.person.ref, decode_cursor(cursor), limit)
    return _page(found, limit)


@router.get("/notifications/ways")
def ways(app: Application, _caller: Signed) -> Ways:
    """Topics that people can choose about, and the declared channels."""
    return Ways(
        topics=[TopicBody.model_validate(topic) for topic in app.notify.topics()],
        channels=[
            ChannelBody(
                name=name,
                title=channel.title,
                type=channel.type,
                topics=list(channel.topics),
                groups=list(channel.groups),
            )
            for name, channel in app.notify.channels().items()
        ],
    )


@router.get("/notifications/preferences")
def preferences(app: Application, caller: Signed) -> PreferencesBody:
    """How the caller wants to be told."""
    return PreferencesBody.model_validate(app.notify.preferences(caller.session.person.ref))


@router.put("/notifications/preferences")
def choose(given: PreferencesShape, app: Application, caller: Signed) -> PreferencesBody:
    """Keep how the caller wants to be told."""
    kept = app.notify.choose(caller.context, caller.session.person.ref, given)
    return PreferencesBody.model_validate(kept)


@router.get("/notifications/deliveries")
def deliveries(
    app: Application,
    _caller: Signed,
    state: Annotated[list[DeliveryState] | None, Query(description="Only those that stand so.")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[DeliveryBody]:
    """The delivery log of everybody, the latest first."""
    return _page(app.notify.log(state or (), decode_cursor(cursor), limit), limit)


@router.post("/notifications/deliveries/{delivery}/again")
def again(delivery: str, app: Application, caller: Signed) -> DeliveryBody:
    """Send a delivery again that was given up."""
    return DeliveryBody.model_validate(app.notify.again(caller.context, delivery))


@router.post("/notifications/channels/{name}/test")
def try_channel(name: str, app: Application, caller: Signed) -> Done:
    """Send a trial by a channel now; where it leads to people, to the caller."""
    app.notify.try_channel(name, caller.session.person.ref)
    return Done()


def _page(found: Sequence[Delivery], limit: int) -> Page[DeliveryBody]:
    items = [DeliveryBody.model_validate(each) for each in found]
    return Page(items=items, next=encode_cursor(items[-1].id) if len(items) == limit else None)
