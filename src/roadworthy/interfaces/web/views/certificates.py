"""Operating certificates as their pages show them."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.parts import Badge, Empty, Figure, Link, Moment, Option, Say


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """A certificate in the list."""

    title: str
    href: str
    stage: str
    state: Badge
    note: str
    """What brought it where it stands, and what comes next."""
    release: str
    terms: str
    """How its envelope is known."""
    expires: Moment


@dataclass(frozen=True, slots=True)
class CertificatesView:
    """The list."""

    finding: str
    lede: str
    figures: tuple[Figure, ...]
    sayings: tuple[Say, ...]
    lines: tuple[CertificateLine, ...]
    states: tuple[Option, ...]
    use_case: str
    empty: Empty | None = None
    more: Link | None = None


@dataclass(frozen=True, slots=True)
class TermLine:
    """A term of the envelope."""

    name: str
    bound: str
    source: Badge
    evidence: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class ConditionState:
    """A condition, and how far it is."""

    what: str
    owner: str
    due: Moment
    state: Badge
    evidence: Link | None
    act: Link | None = None
    """Where whoever may says that it is met."""


@dataclass(frozen=True, slots=True)
class TroubleLine:
    """What stands or stood against it."""

    what: str
    about: tuple[Link, ...]
    """What exactly; an address is empty where there is nothing to read."""
    more: tuple[Link, ...]
    """The same, folded."""
    state: Badge
    since: Moment
    told: str
    next: str


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version, with its signed statement."""

    name: str
    at: Moment
    cause: str
    digest: str
    statement: str
    """Address of the file."""
    entry: Link


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code: dark squares as one path on a field of `size` by `size`."""

    size: int
    path: str
    text: str
    """What it says."""


@dataclass(frozen=True, slots=True)
class CertificateView:
    """One certificate."""

    crumbs: tuple[Link, ...]
    finding: str
    state: Badge
    lede: str
    acts: tuple[Link, ...]
    changes: tuple[Link, ...]
    """What whoever looks can ask for, from where it stands."""
    sayings: tuple[Say, ...]
    facts: tuple[tuple[str, str], ...]
    """What it is, in pairs: the paper's upper part."""
    deciders: tuple[str, ...]
    review: Link
    request: Link | None
    code: Code
    digest: str
    terms: tuple[TermLine, ...]
    missing: tuple[str, ...]
    narrowed: str
    conditions: tuple[ConditionState, ...]
    troubles: tuple[TroubleLine, ...]
    evidence: tuple[str, ...]
    versions: tuple[VersionLine, ...]
    status: str
    verify: str
    """The command that verifies it elsewhere."""
