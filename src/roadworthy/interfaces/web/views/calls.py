"""Calls as their pages show them: the live gateway, the list, and one call with its proof."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.evidence import Stroke
from roadworthy.interfaces.web.views.parts import Badge, Empty, Figure, Link, Moment, Option, Say


@dataclass(frozen=True, slots=True)
class Chart:
    """Calls over time: a bar for each ten seconds."""

    width: int
    height: int
    bar: float
    strokes: tuple[Stroke, ...]
    marks: tuple[str, ...]
    most: str
    legend: tuple[Badge, ...]


@dataclass(frozen=True, slots=True)
class EndpointLine:
    """What went through one endpoint."""

    name: str
    href: str
    use_case: Link | None
    certificate: Badge
    certificate_href: str
    calls: str
    answered: str
    refused: str
    failed: str
    p50: str
    p99: str
    first_token: str
    tokens: str
    cost: str
    note: str
    """What the figures alone would hide: that nothing was enforced, that no price is known."""


@dataclass(frozen=True, slots=True)
class RuleLine:
    """What a rule kept out."""

    rule: str
    count: str
    endpoint: str
    href: str


@dataclass(frozen=True, slots=True)
class ReplicaLine:
    """A replica that records calls."""

    host: str
    pid: str
    since: Moment
    seen: Moment
    state: Badge


@dataclass(frozen=True, slots=True)
class GatewayView:
    """How the gateway fares."""

    finding: str
    lede: str
    says: tuple[Say, ...]
    figures: tuple[Figure, ...]
    chart: Chart | None
    endpoints: tuple[EndpointLine, ...]
    rules: tuple[RuleLine, ...]
    replicas: tuple[ReplicaLine, ...]
    empty: Empty | None


@dataclass(frozen=True, slots=True)
class CallLine:
    """One call of the list."""

    href: str
    at: Moment
    state: Badge
    about: str
    endpoint: str
    use_case: Link | None
    stage: str
    model: str
    upstream: str
    milliseconds: str
    tokens: str
    cost: str
    short: str


@dataclass(frozen=True, slots=True)
class CallsView:
    """The list."""

    finding: str
    lede: str
    outcomes: tuple[Option, ...]
    use_case: str
    endpoint: str
    rule: str
    certificate: str
    lines: tuple[CallLine, ...]
    older: str | None
    empty: Empty | None
    filtered: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a call, in the order in which they came."""

    title: str
    state: Badge
    pairs: tuple[tuple[str, str | Link], ...]


@dataclass(frozen=True, slots=True)
class ProofLine:
    """A record and where it is proven."""

    what: str
    segment: str
    place: str
    entry: Link | None
    state: Badge


@dataclass(frozen=True, slots=True)
class ContentLine:
    """A content that was kept."""

    direction: str
    size: str
    commitment: str
    kept: Moment
    until: str
    state: Badge
    read: str
    """Where a form reads it; empty where it is gone or may not be read."""


@dataclass(frozen=True, slots=True)
class CallView:
    """One call, from endpoint to upstream and back."""

    id: str
    finding: str
    lede: str
    says: tuple[Say, ...]
    figures: tuple[Figure, ...]
    steps: tuple[Step, ...]
    proofs: tuple[ProofLine, ...]
    proof_href: str
    contents: tuple[ContentLine, ...]
    content_note: str
    raw: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ContentView:
    """A content that somebody reads."""

    back: Link
    finding: str
    lede: str
    texts: tuple[tuple[str, str], ...]
    commitment: str
    salt: str
