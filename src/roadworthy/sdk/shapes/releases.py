"""Types of the API: releases. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, TypeAlias

from roadworthy.sdk.shapes.shared import DecisionRequest, Person

Doing: TypeAlias = Literal["deploy", "promote", "roll-back", "retrain"]
"""What is done with releases; each is a class of decisions."""


PartKind: TypeAlias = Literal["model", "prompt", "parameters", "tools", "guardrails", "policy"]
"""What a release is made of."""


ReleasesKnown: TypeAlias = Literal["observed", "asserted"]
"""How a part is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Something that was done with a release."""

    id: str
    use_case: str
    stage: str
    what: Doing
    release: str | None
    release_name: str | None
    before: str | None
    before_name: str | None
    certificate: str | None
    about: str
    """Why."""
    at: dt.datetime
    by: Person
    request: str | None
    """Id of the decision; null where decision rights did not ask."""
    entry_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveWanted:
    """What is to be done with a release."""

    does: Doing
    reason: str
    release: str | None = None
    """Name or digest. Going back finds the one that was certified last by itself."""
    stage: Literal["pilot", "candidate", "production"] | None = None
    reason_code: str | None = None
    urgent: bool | None = None
    emergency: bool | None = None
    reversible: bool | None = None
    model: str | None = None
    trigger: Literal["schedule", "drift", "incident", "request"] | None = None
    new_sources: tuple[str, ...] | None = None
    automatic: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The last that a source said of a part."""

    part: str
    digest: str
    matches: bool
    how: str
    source: str
    version: str | None
    since: dt.datetime
    """Since when it says so."""
    at: dt.datetime
    """When it said so last."""
    by: Person
    entry_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A part, as it was seen or as somebody says that it is."""

    kind: PartKind
    name: str
    digest: str | None = None
    """`sha256:` and 64 hexadecimal digits; null where a registry is asked."""
    how: str | None = None
    """How it was seen: `file`, `folder`, `json`, `git` or `running`."""
    source: str | None = None
    """Where, so that a later look at the same place takes the place of this one."""
    version: str | None = None
    registry: str | None = None
    """`NAME@ALIAS` or `NAME@VERSION` of an MLflow registry, which the server asks by itself."""
    address: str | None = None
    """Of the MLflow server; the one of the setting `mlflow` where it is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseWanted:
    """A release to be recorded."""

    name: str
    parts: tuple[Sight, ...]
    like: str | None = None
    """A release whose other parts it has too, as asserted ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasesMoved:
    """What became of it."""

    done: bool
    """Whether it was done; otherwise people have to decide first."""
    move: Move | None
    request: DecisionRequest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasesPart:
    """A part of a release."""

    kind: PartKind
    name: str
    digest: str
    known: ReleasesKnown
    how: str
    version: str | None
    at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasesRelease:
    """A release with what is known of its parts."""

    use_case: str
    name: str
    digest: str
    parts: tuple[ReleasesPart, ...]
    observed: tuple[str, ...]
    asserted: tuple[str, ...]
    """Parts that somebody only said. They never count as measured."""
    mismatched: tuple[str, ...]
    """Parts that were seen as something else."""
    observations: tuple[Observation, ...]
    runs_at: tuple[str, ...]
    """Stages where it is to run."""
    recorded_at: dt.datetime
    recorded_by: Person
    entry_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SightingsWanted:
    """What was seen of the parts of a release."""

    seen: tuple[Sight, ...]
    release: str | None = None
    """Name or digest; null for the one that is to run at the stage."""
    stage: Literal["pilot", "candidate", "production"] | None = None
