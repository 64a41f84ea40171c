"""What the page of upstreams and their stored secrets shows."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.parts import Badge, Empty, Link, Moment


@dataclass(frozen=True, slots=True)
class UpstreamLine:
    """One declared upstream."""

    name: str
    speaks: str
    address: str
    secret: str
    state: Badge
    why: str


@dataclass(frozen=True, slots=True)
class StoredSecretLine:
    """One stored secret, without its value."""

    name: str
    host: str
    state: Badge
    note: str
    fingerprint: str
    set_at: Moment
    set_by: str
    used: Moment | None
    actions: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class UpstreamSecretsView:
    """Upstreams, and what is stored for them."""

    finding: str
    upstreams: tuple[UpstreamLine, ...]
    secrets: tuple[StoredSecretLine, ...]
    new: Link
    empty: Empty | None
