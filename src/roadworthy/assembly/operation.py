"""From a verdict to what runs: reviews, certificates, their status on every replica, releases."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.assembly.ground import Ground
from roadworthy.assembly.judgement import Judgement
from roadworthy.assembly.people import PeopleServices


@dataclass(frozen=True, slots=True)
class Operation:
    """What lets a use case run, and ends it."""


def operation_of(ground: Ground, people: PeopleServices, found: Judgement) -> Operation:
    """Put it together."""
    del ground, people, found
    return Operation()
