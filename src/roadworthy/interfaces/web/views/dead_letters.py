"""What the page of dead letters says."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.parts import Badge, Empty, Moment


@dataclass(frozen=True, slots=True)
class LetterLine:
    """Something that was given up."""

    kind: str
    key: str
    what: str
    owner: str
    since: Moment
    reason: str
    attempts: str
    waits: Badge | None
    resolve: str


@dataclass(frozen=True, slots=True)
class DeadLettersView:
    """Everything that was given up."""

    finding: str
    letters: tuple[LetterLine, ...]
    empty: Empty | None
