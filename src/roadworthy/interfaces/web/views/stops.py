"""Stop switches as their page shows them."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.parts import Badge, Empty, Link, Moment, Say


@dataclass(frozen=True, slots=True)
class StopLine:
    """A stop switch."""

    what: str
    href: str
    """Where one reads more about what is stopped."""
    why: str
    at: Moment
    by: str
    lifted: Moment | None
    lifted_by: str
    act: Link | None
    """Where whoever may asks for the other thing."""


@dataclass(frozen=True, slots=True)
class RunsLine:
    """A use case that runs under certificates."""

    title: str
    href: str
    stages: str
    until: Moment
    act: Link | None


@dataclass(frozen=True, slots=True)
class NarrowLine:
    """An agent or an action that is not stopped."""

    what: str
    title: str
    use_cases: str
    act: Link | None


@dataclass(frozen=True, slots=True)
class ProofLine:
    """A process, or an earlier self-test."""

    name: str
    said: str
    state: Badge


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether a stop is known to work."""

    finding: str
    text: str
    state: Badge
    at: Moment | None
    """When it was proven last; None where it never was."""
    processes: tuple[ProofLine, ...]
    before: tuple[ProofLine, ...]
    prove: str
    """Where it is proven now; empty for whoever may not."""
    runs: bool
    """Whether a self-test is under way."""


@dataclass(frozen=True, slots=True)
class StopsView:
    """What is stopped, what runs, and what was stopped before."""

    finding: str
    lede: str
    everything: Link | None
    """Where everything is stopped, for whoever may."""
    proof: Proof
    says: tuple[Say, ...]
    stops: tuple[StopLine, ...]
    empty: Empty | None
    runs: tuple[RunsLine, ...]
    narrow: tuple[NarrowLine, ...]
    lifted: tuple[StopLine, ...]
