"""Types of the API: dead letters. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """Something that was given up because it failed too often."""

    kind: str
    """What gave it up: timer, consumer, schedule and others."""
    key: str
    owner: str
    """Reference of a person, or a role, whose task it is."""
    since: dt.datetime
    reason: str
    attempts: int
    again: bool
    """Whether somebody asked for another try, which has not come yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetters:
    """Everything that was given up."""

    letters: tuple[DeadLetter, ...]
    """The oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedLetter:
    """Which one, and why nothing is tried any more."""

    kind: str
    key: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WhichLetter:
    """Which one."""

    kind: str
    key: str
