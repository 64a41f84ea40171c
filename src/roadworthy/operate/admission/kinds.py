"""The declared kind `Endpoint`: what applications of a use case can reach, and what happens outside the certificate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Final, Literal, cast

from pydantic import AfterValidator, Field, StringConstraints

from roadworthy.foundation.errors import Finding, InvalidInput, Place
from roadworthy.foundation.resources.registry import Kind, always
from roadworthy.foundation.resources.shape import Shape
from roadworthy.foundation.spans import seconds
from roadworthy.operate.admission.generation import changed
from roadworthy.operate.admission.guards.conforming import conforming
from roadworthy.operate.admission.guards.shapes import Guards
from roadworthy.operate.releases.model import PartKind
from roadworthy.operate.telemetry.model import Surface

ENDPOINT: Final = "Endpoint"
MOST_OBSERVING: Final = dt.timedelta(days=90)
"""Observe mode is a transition. Whoever needs it for longer declares it again, and has it decided again."""


def _span(text: str) -> str:
    if seconds(text) is None:
        message = "write a number and a unit, such as `30s` or `5m`"
        raise ValueError(message)
    return text


def _part(text: str) -> str:
    kind, slash, name = text.partition("/")
    if not slash or not name or kind not in {each.value for each in PartKind}:
        message = "write kind and name of a part of the release, such as `prompt/triage`"
        raise ValueError(message)
    return text


Line = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", max_length=120)]
ModelName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@+/ -]{0,119}$")]
Span = Annotated[str, StringConstraints(min_length=1, max_length=20), AfterValidator(_span)]
PartKey = Annotated[str, StringConstraints(max_length=140), AfterValidator(_part)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
Spoken = Literal[
    "chat-completions", "responses", "embeddings", "messages", "infer", "invocations", "decide"
]  # the values of `telemetry.model.Surface`, which a test compares


class Target(Shape):
    """An upstream and a model of it."""

    upstream: Name
    model: ModelName = Field(description="As the upstream names it.")
    release: Line | None = Field(
        default=None,
        description="Name or digest of the release that it is; what runs at the stage where it is not said.",
    )
    use_case: Name | None = Field(
        default=None, description="Whose release and certificate that is; the endpoint's own where it is not said."
    )
    weight: Annotated[int, Field(ge=1, le=1_000)] | None = Field(
        default=None,
        description="Share of the traffic among neighbours with a weight; those without are for falling back.",
    )


class ServedModel(Shape):
    """A model as clients name it."""

    name: ModelName
    targets: Annotated[tuple[Target, ...], Field(min_length=1, max_length=20)] = Field(
        description="The first is tried first; the others when it fails."
    )


class Observed(Shape):
    """Which parts of the release the gateway sees in a call. What it sees must be what the release says."""

    prompt: PartKey | None = Field(default=None, description="The system prompt, such as `prompt/triage`.")
    tools: PartKey | None = Field(default=None, description="The list of tools, such as `tools/lookup`.")
    parameters: PartKey | None = Field(default=None, description="Temperature and the like.")
    model: PartKey | None = Field(
        default=None, description="The upstream's name of the model; the part's digest is that of the name as text."
    )


class Pilot(Shape):
    """How far pilot and candidate traffic goes."""

    calls_per_day: Count


class Observe(Shape):
    """Live traffic goes on whatever the verdict is, until a date that somebody approved."""

    until: dt.date = Field(description="The last day, in UTC.")
    transition: Line = Field(description="Id of the approved decision request.")


class Degrade(Shape):
    """What is answered from instead, where the envelope or a limit does not have a call."""

    to: ModelName = Field(description="A model of this endpoint.")


class Content(Shape):
    """What is kept of what goes in and comes out, in the store from which it can be erased."""

    keep: Literal["none", "sampled", "all"]
    sample: Annotated[int, Field(ge=1, le=10_000)] | None = Field(
        default=None, description="Of ten thousand calls, where a sample is kept."
    )
    retention: Span | None = Field(default=None, description="How long, where that is shorter than calls are kept.")


class Timeouts(Shape):
    """How long is waited for an upstream."""

    connect: Span | None = None
    first_token: Span | None = None
    idle: Span | None = None
    total: Span | None = None


class Later(Shape):
    """Calls may be answered later, where a client asks for that with `Prefer: respond-async`."""

    tries: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None,
        description="Runs that may have begun something upstream, before a call is given up; 5 if not said.",
    )
    within: Span | None = Field(
        default=None, description="How long after the request a run may begin; 6 hours if not said."
    )
    keep_answers: Span | None = Field(default=None, description="How long an answer can be fetched; a day if not said.")
    keep_letters: Span | None = Field(
        default=None, description="How long the request of a dead letter is kept to be made again; 14 days if not said."
    )
    most: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        default=None, description="Calls that wait or run at a time; 1,000 if not said."
    )


class Retries(Shape):
    """How often a call is tried again."""

    attempts: Annotated[int, Field(ge=0, le=10)] | None = Field(
        default=None, description="Beyond the first, per target."
    )
    budget: Annotated[int, Field(ge=0, le=100)] | None = Field(
        default=None, description="Of a hundred calls of late, how many may be repeats."
    )


class Endpoint(Shape):
    """The spec of a declared `Endpoint`."""

    use_case: Name
    title: Line | None = None
    surfaces: Annotated[tuple[Spoken, ...], Field(min_length=1, max_length=7)]
    models: Annotated[tuple[ServedModel, ...], Field(min_length=1, max_length=100)]
    max_output_tokens: Count | None = Field(
        default=None,
        description="The most that an answer may have, asked of the upstream where the client asks for more or says "
        "nothing; 4096 if not said. Limits set it aside.",
    )
    max_input_tokens: Count | None = None
    observes: Observed | None = None
    outside: Literal["refuse", "hold", "degrade"] | None = Field(
        default=None, description="What becomes of a call that the certificate does not have; refused if not said."
    )
    degrade: Degrade | None = None
    pilot: Pilot | None = None
    observe: Observe | None = None
    unreadable: Annotated[tuple[Line, ...], Field(max_length=50)] = Field(
        default=(),
        description="Kinds of content that no guard can read and that may pass in production, such as `image`.",
    )
    guards: Guards | None = None
    users: Literal["required", "optional"] | None = Field(
        default=None, description="Whether a call has to be on behalf of a user; optional if not said."
    )
    audience: Line | None = Field(
        default=None, description="`aud` that users' access tokens must carry; none is taken where it is not said."
    )
    content: Content | None = None
    timeouts: Timeouts | None = None
    retries: Retries | None = None
    later: Later | None = None
    beside: bool | None = Field(
        default=None, description="Whether the intent may commit beside the call, which only a low risk allows."
    )
    risk: Literal["low", "high"] | None = Field(default=None, description="High if not said.")

    def served(self, model: str) -> ServedModel | None:
        """The model that clients name so."""
        return next((each for each in self.models if each.name == model), None)


def check_endpoint(name: str, spec: Shape) -> Sequence[Finding]:
    """What no single field can know."""
    endpoint = cast("Endpoint", spec)
    findings = []
    names = [each.name for each in endpoint.models]
    for index, each in enumerate(names):
        if each in names[:index]:
            findings.append(
                Finding(
                    "endpoint-model-twice",
                    f"two models are called `{each}`",
                    Place(field=f"spec.models[{index}].name"),
                    "give each a name of its own",
                )
            )
    if endpoint.outside == "degrade" and endpoint.degrade is None:
        findings.append(
            Finding(
                "endpoint-degrades-nowhere",
                "it does not say to which model it degrades",
                Place(field="spec.degrade"),
                "name a model of this endpoint as `degrade.to`",
            )
        )
    if endpoint.degrade is not None and endpoint.degrade.to not in names:
        findings.append(
            Finding(
                "endpoint-degrades-elsewhere",
                f"`{endpoint.degrade.to}` is no model of this endpoint",
                Place(field="spec.degrade.to"),
                f"one of {', '.join(names)}",
            )
        )
    findings += _schema_faults(name, endpoint)
    if endpoint.beside and endpoint.risk != "low":
        findings.append(
            Finding(
                "endpoint-beside-risky",
                "the intent commits beside the call only where the risk is declared as low",
                Place(field="spec.beside"),
                "say `risk: low`, or leave `beside` out",
            )
        )
    if endpoint.content is not None and (endpoint.content.keep == "sampled") != (endpoint.content.sample is not None):
        findings.append(
            Finding(
                "endpoint-sample-unsaid",
                "`sample` goes with `keep: sampled`, and with nothing else",
                Place(field="spec.content.sample"),
                "say of how many in ten thousand calls the content is kept",
            )
        )
    return findings


def _schema_faults(name: str, endpoint: Endpoint) -> list[Finding]:
    """What no gateway could use, said before it is in force: there it would keep everything else from coming in."""
    if endpoint.guards is None or endpoint.guards.schema_ is None:
        return []
    try:
        conforming(name, endpoint.guards.schema_)
    except InvalidInput as error:
        return [Finding(error.code, error.message, error.place, error.remedy)]
    return []


def kinds() -> tuple[Kind, ...]:
    """What `app.py` registers."""
    return (
        Kind(
            ENDPOINT,
            "endpoints",
            "endpoint",
            Endpoint,
            check=check_endpoint,
            project=changed,
            decides=always(ENDPOINT, "change-policy"),
        ),
    )


SURFACES: Final = tuple(each.value for each in Surface)
