"""Values of a release: its parts, how each is known, and the digest that names the whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from roadworthy.foundation.digests import digest_of

SUBJECT = "Release"
"""Kind of the ledger's resources `Release/DIGEST`, the digest without `sha256:`."""


class PartKind(StrEnum):
    """What a release is made of."""

    MODEL = "model"
    PROMPT = "prompt"
    PARAMETERS = "parameters"
    TOOLS = "tools"
    GUARDRAILS = "guardrails"
    POLICY = "policy"


class Known(StrEnum):
    """How a part is known."""

    OBSERVED = "observed"
    """Its bytes were hashed where they run, or a registry was asked for the version."""
    ASSERTED = "asserted"
    """Somebody said so. It never counts as measured."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a release."""

    kind: PartKind
    name: str
    digest: str
    """`sha256:` and 64 hexadecimal digits of what it consists of."""
    known: Known
    how: str
    """How it was seen, one of `rules.WAYS`, such as `file` or `mlflow-model`; `said` for an asserted one."""
    version: str | None = None
    """As its registry counts."""
    at: dt.datetime | None = None
    """When it was seen."""


@dataclass(frozen=True, slots=True)
class Release:
    """What can go live together."""

    use_case: str
    name: str
    """What people call it, such as `2026-11-22`; unique in its use case."""
    parts: tuple[Part, ...]
    """By kind and name."""

    @property
    def digest(self) -> str:
        """Names the parts and nothing else: how they are known, and what people call them together, is not in it."""
        return release_digest(self.use_case, self.parts)


def release_digest(use_case: str, parts: Sequence[Part]) -> str:
    """SHA-256 over use case, kinds, names and digests of the parts, in one order."""
    listed = sorted([part.kind.value, part.name, part.digest] for part in parts)
    return digest_of({"parts": listed, "useCase": use_case})


# ---------------------------------------------------------------- what was recorded and seen


@dataclass(frozen=True, slots=True)
class Recorded:
    """A release as it was recorded, with what is known of its parts now."""

    release: Release
    at: dt.datetime
    by: str
    """Reference of whoever recorded it."""
    entry_id: str
    observations: tuple[Observation, ...] = ()
    """What each source last saw of each part, by part and source."""

    @property
    def digest(self) -> str:
        """Names it."""
        return self.release.digest


@dataclass(frozen=True, slots=True)
class Sighting:
    """A part as somebody or something saw it."""

    kind: PartKind
    name: str
    digest: str
    how: str
    """One of `rules.WAYS`."""
    source: str = ""
    """Where, so that a later look at the same place takes the place of this one: an address, a path, a replica."""
    version: str | None = None
    hashed_at: dt.datetime | None = None
    """When the bytes were read, where that may be longer ago than it is said."""


@dataclass(frozen=True, slots=True)
class Observation:
    """The last that a source said of a part, held against a release."""

    release: str
    """Digest of the release."""
    seen: Sighting
    matches: bool
    since: dt.datetime
    """Since when it says so."""
    at: dt.datetime
    """When it said so last."""
    by: str
    entry_id: str

    @property
    def key(self) -> str:
        """`kind/name` of the part."""
        return key_of(self.seen.kind, self.seen.name)


def key_of(kind: PartKind, name: str) -> str:
    """A part as people and entries name it: `kind/name`."""
    return f"{kind.value}/{name}"


@dataclass(frozen=True, slots=True)
class Look:
    """The last time that an observer looked at a registry."""

    observer: str
    use_case: str
    at: dt.datetime
    failed: str | None
    """Why nothing was seen; None where something was."""
    failed_code: str | None
    release: str | None
    """Digest of the release that it was held against; None where nothing is to run."""


# ---------------------------------------------------------------- what runs


class Doing(StrEnum):
    """What is done with releases; each is a class of decisions."""

    DEPLOY = "deploy"
    PROMOTE = "promote"
    ROLL_BACK = "roll-back"
    RETRAIN = "retrain"


EVENTS = {
    Doing.DEPLOY: "release.deployed",
    Doing.PROMOTE: "release.deployed",
    Doing.ROLL_BACK: "release.rolled-back",
    Doing.RETRAIN: "release.retrained",
}


@dataclass(frozen=True, slots=True)
class Move:
    """Something that was done with a release at a stage."""

    id: str
    use_case: str
    stage: str
    what: Doing
    release: str | None
    """Digest of the release that runs there from now on; of the one that is to be trained anew for a retraining."""
    before: str | None
    """Digest of the one that ran there until then."""
    certificate: str | None
    """Serial of the certificate under which it was done; None where there was none."""
    about: str
    """Free text: why."""
    at: dt.datetime
    by: str
    request: str | None
    """Id of the decision request; None where decision rights did not ask."""
    entry_id: str
