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
    """What saw it, such as `mlflow-registry`, `file`, `prompt-registry`, `running`; for an asserted one who said so."""
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
