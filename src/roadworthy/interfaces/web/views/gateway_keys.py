"""What the page of gateway keys shows."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.parts import Badge, Empty, Link, Moment


@dataclass(frozen=True, slots=True)
class GatewayKeyLine:
    """One key."""

    id: str
    name: str
    use_case: str
    stage: str
    opens: str
    state: Badge
    note: str
    ends: Moment
    used: Moment | None
    actions: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class GatewayKeysView:
    """The keys, and the secret of the one that was just made."""

    finding: str
    secret: str
    """Empty where none was made."""
    secret_name: str
    keys: tuple[GatewayKeyLine, ...]
    makes: tuple[Link, ...]
    """Where a key is made, for each use case that has an endpoint."""
    empty: Empty | None
