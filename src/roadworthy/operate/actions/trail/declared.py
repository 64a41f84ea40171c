"""The declared shape of a system's audit log: in which format, how it is had, where in an event what stands."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints

from roadworthy.foundation.resources.shape import Shape
from roadworthy.foundation.spans import seconds
from roadworthy.operate.calls.upstreams.declared import Address

SINK: Final = "EventSink"


def _span(text: str) -> str:
    if seconds(text) is None:
        message = "write a number and a unit, such as `30s` or `5m`"
        raise ValueError(message)
    return text


Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", max_length=120)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Span = Annotated[str, StringConstraints(min_length=1, max_length=20), AfterValidator(_span)]
Pointer = Annotated[str, StringConstraints(pattern=r"^(/([^~/]|~0|~1)*)+$", max_length=200)]
"""A JSON pointer (RFC 6901) into an event."""
Parameter = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_$][\w.$-]*$", max_length=60)]


class AuditFormat(StrEnum):
    """How a system writes its audit log."""

    OCSF = "ocsf"
    """Open Cybersecurity Schema Framework 1.x, class API Activity (6003)."""
    CLOUD_EVENTS = "cloudevents"
    """CloudEvents 1.0 in its JSON format, one or a batch."""
    FHIR = "fhir-audit-event"
    """FHIR AuditEvent of R4 or R5, one or a Bundle of them."""
    JSON_LINES = "json-lines"
    """A line of JSON each, of which `fields` says where what stands."""


class AuditFields(Shape):
    """Where in an event what stands; what the format itself says where nothing is declared.

    Of FHIR, `/details/NAME` is the detail of that type, whichever entity has it.
    """

    id: Pointer | None = None
    at: Pointer | None = None
    clock: Literal["rfc3339", "seconds", "milliseconds"] | None = Field(
        default=None, description="How `at` is written, where a format leaves it open; `rfc3339` if not said."
    )
    operation: Pointer | None = None
    principal: Pointer | None = None
    action: Pointer | None = Field(default=None, description="Our action's id, as we sent it in `Roadworthy-Action`.")
    trace: Pointer | None = Field(default=None, description="Our `traceparent`, or its trace id.")
    reference: Pointer | None = Field(default=None, description="What the system itself calls that which was done.")
    subject: Pointer | None = Field(default=None, description="Whom it is about, as `customer` of the action says it.")
    arguments: Pointer | None = Field(
        default=None, description="The object that holds what was asked; what it and ours both name is compared."
    )
    amount: Pointer | None = None
    unit: Literal["minor", "major"] | None = Field(default=None, description="Of `amount`; `minor` if not said.")
    currency: Pointer | None = None
    status: Pointer | None = Field(
        default=None, description="Whether it was done: a status of HTTP, below 400, or one of `done`."
    )
    done: Annotated[tuple[Line, ...], Field(max_length=50)] = Field(
        default=(), description="Words at `status` that say that it was done."
    )


class AuditPoll(Shape):
    """How a log is fetched."""

    path: Annotated[str, StringConstraints(pattern=r"^/[^\s?#]*$", max_length=500)] = Field(
        description="Below the system's address."
    )
    parameter: Parameter | None = Field(
        default=None, description="Of the query, in which the place goes from which on events are wanted."
    )
    by: Literal["time", "id", "token"] | None = Field(
        default=None,
        description="What the place is: the time of the latest event, the id of the last one, or what stands at "
        "`next` in the answer. The time if not said.",
    )
    next: Pointer | None = Field(default=None, description="With `by: token`, where the answer says how it goes on.")
    every: Span | None = Field(default=None, description="A minute if not said.")


class Audit(Shape):
    """A system's audit log."""

    format: AuditFormat
    poll: AuditPoll | None = Field(
        default=None, description="How it is fetched; it is pushed to the API or brought as a file if not said."
    )
    fields: AuditFields | None = None
    operations: dict[Line, Name] = Field(
        default_factory=dict,
        description="By the log's word for an operation, the declared action that it is. Where any is named, the "
        "others are kept and not watched.",
    )
    reads: Annotated[tuple[Line, ...], Field(max_length=500)] = Field(
        default=(), description="Operations that change nothing, where the format does not tell."
    )
    others: Annotated[tuple[Line, ...], Field(max_length=500)] = Field(
        default=(), description="Principals who act there by right without us, such as the people of the back office."
    )
    skew: Span | None = Field(default=None, description="By how much its clock may differ from ours; 2 s if not said.")
    delay: Span | None = Field(
        default=None, description="After how long at the latest what was done stands in its log; 5 m if not said."
    )
    keep: Span | None = Field(default=None, description="For how long events are kept as they came; 90 d if not said.")


class EventSink(Shape):
    """The spec of a declared `EventSink`: a place outside that is told what agents did, were refused and had held."""

    title: Line | None = None
    address: Address = Field(
        description="Takes POST requests. What is not public is reached only where the setting `inside_hosts` names "
        "its host. Redirects are not followed."
    )
    format: Literal["ocsf", "cloudevents"]
    secret: Annotated[str, StringConstraints(pattern=r"^(env:[^\s,=]+|file:[^,]+)$", max_length=500)] = Field(
        description="Where the key is with which requests are signed: `env:VARIABLE` or `file:PATH`, `whsec_` and "
        "base64 as Standard Webhooks has it."
    )
    batch: Annotated[int, Field(ge=1, le=500)] | None = Field(
        default=None, description="The most events in one request; 100 if not said."
    )
    use_cases: Annotated[tuple[Name, ...], Field(max_length=200)] = Field(
        default=(), description="Of which it is told; every one where none is named."
    )
