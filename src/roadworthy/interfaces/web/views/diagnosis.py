"""The diagnosis as pages show it: findings with their reasons, questions, and how often what occurs."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.parts import Badge, Bar, Empty, Figure, Link, Pager


@dataclass(frozen=True, slots=True)
class Reason:
    """A fact behind a finding."""

    says: str
    method: str
    where: str
    """Where it stands: a path, a cell, an item."""
    link: Link | None
    alone: bool


@dataclass(frozen=True, slots=True)
class FindingView:
    """A failure mode that is there."""

    mode: Link
    state: Badge
    family: str
    severity: str
    goes_wrong: str
    where: str
    when: str
    overdue: bool
    whose: str
    owned: bool
    reasons: tuple[Reason, ...]
    disproved_by: str


@dataclass(frozen=True, slots=True)
class QuestionView:
    """Something to ask."""

    asks: str
    who: str
    owned: bool
    bits: str
    tells: str
    act: Link | None = None


@dataclass(frozen=True, slots=True)
class DiagnosisSection:
    """The section on the page of a use case."""

    finding: str
    """One sentence: what is there and what cannot be told."""
    present: tuple[FindingView, ...]
    open: tuple[Link, ...]
    absent: tuple[Link, ...]
    questions: tuple[QuestionView, ...]
    more: tuple[QuestionView, ...]


@dataclass(frozen=True, slots=True)
class ModeRow:
    """A failure mode with how often it occurs."""

    mode: Link
    family: str
    present: str
    cannot_tell: str
    absent: str
    critical: str
    reported: str
    bar: Bar
    duty: str


@dataclass(frozen=True, slots=True)
class ModesView:
    """The page of all failure modes."""

    finding: str
    basis: str
    figures: tuple[Figure, ...]
    rows: tuple[ModeRow, ...]
    questions: tuple[QuestionView, ...]
    command: str
    empty: Empty | None = None


@dataclass(frozen=True, slots=True)
class SignView:
    """A condition in words, with what it combines."""

    words: str
    parts: tuple[SignView, ...] = ()


@dataclass(frozen=True, slots=True)
class SurfacingView:
    """Where it surfaces, for some stages."""

    stages: str
    where: str
    when: str


@dataclass(frozen=True, slots=True)
class TestView:
    """A row of the rule's test table."""

    name: str
    then: Badge


@dataclass(frozen=True, slots=True)
class StruckRow:
    """A use case with the status that is listed."""

    case: Link
    organisation: str
    stage: str
    severity: str
    reported: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A list that can be chosen."""

    link: Link
    count: str
    here: bool


@dataclass(frozen=True, slots=True)
class ModeView:
    """The page of one failure mode."""

    title: str
    finding: str
    basis: str
    goes_wrong: str
    disproved_by: str
    severity: str
    duty: str
    signs: SignView
    surfaces: tuple[SurfacingView, ...]
    tests: tuple[TestView, ...]
    choices: tuple[Choice, ...]
    listed: str
    rows: tuple[StruckRow, ...]
    pager: Pager | None
