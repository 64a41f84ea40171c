"""Readiness reviews as their pages show them. What people wrote is left as it is; templates reveal it."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.exactly import Said
from roadworthy.interfaces.web.views.parts import Badge, Empty, Figure, Link, Moment, Option, Say


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """A review in a list."""

    title: str
    href: str
    stage: str
    state: Badge
    """The verdict, once there is one."""
    opened: Moment
    ended: Moment | None
    note: str = ""
    """What opened it, where that was no person."""
    certificate: Link | None = None


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learned where it did not go on."""

    review: Link
    verdict: Badge
    when: Moment
    words: Said


@dataclass(frozen=True, slots=True)
class ReviewsView:
    """Every review, and what was learned."""

    finding: str
    lede: str
    lines: tuple[ReviewLine, ...]
    states: tuple[Option, ...]
    use_case: str
    lessons: tuple[Lesson, ...]
    empty: Empty | None
    more: Link | None = None


@dataclass(frozen=True, slots=True)
class AgendaLine:
    """One thing to be looked at."""

    state: Badge
    kind: str
    title: str
    says: str
    link: Link


@dataclass(frozen=True, slots=True)
class ConditionLine:
    """A condition of a verdict."""

    what: str
    owner: str
    due: Moment


@dataclass(frozen=True, slots=True)
class FrozenLine:
    """One digest that a verdict is decided on."""

    what: str
    digest: str


@dataclass(frozen=True, slots=True)
class VerdictPart:
    """How a review ended, in the words of those who ended it."""

    deciders: str
    texts: tuple[tuple[str, Said], ...]
    conditions: tuple[ConditionLine, ...]
    request: Link | None


@dataclass(frozen=True, slots=True)
class ReviewView:
    """The page of one review."""

    id: str
    crumbs: tuple[Link, ...]
    title: str
    finding: str
    state: Badge
    lede: str
    why: Said
    figures: tuple[Figure, ...]
    agenda: tuple[AgendaLine, ...]
    agenda_note: str
    envelope: tuple[str, ...]
    """A line for each term."""
    envelope_note: str
    frozen: tuple[FrozenLine, ...]
    frozen_note: str
    verdict: VerdictPart | None
    certificate: Link | None
    notice: tuple[str, ...]
    """The notice, paragraph by paragraph; empty where there is none."""
    notice_note: str
    acts: tuple[Link, ...]
    """What whoever looks can do; the first is the main one."""
    command: str
    sayings: tuple[Say, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseReviews:
    """The section on the page of a use case."""

    finding: str
    lines: tuple[ReviewLine, ...]
    all: Link | None
    open: Link | None
