"""Types of the API: keeping. Written by `python -m scripts.sdk`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, TypeAlias

HoldOn: TypeAlias = Literal["everything", "use-case", "resource", "person"]
"""What a hold can be on."""


Retention: TypeAlias = Literal["record", "personal", "operational", "calls"]
"""What kind of text it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseText:
    """On which ground a text is destroyed."""

    ground: str
    """Such as `gdpr-article-17`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A legal hold."""

    id: str
    on: HoldOn
    name: str
    """Empty for everything."""
    reason: str
    placed_at: dt.datetime
    placed_by: str
    """Reference of whoever placed it."""
    lifted_at: dt.datetime | None
    lifted_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftHold:
    """Why a hold is not needed any more."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHold:
    """A hold to be placed."""

    on: HoldOn
    reason: str
    """Which matter it is for; kept as a text of the record."""
    name: str | None = None
    """Of a use case, a resource as `Kind/name`, or a person's reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionClass:
    """How it stands with one class of texts."""

    kind: Retention
    """The class."""
    kept: int
    erased: int
    made_before: dt.datetime | None
    """What was made, or last in effect, before this instant is erased; null where nothing is."""
    due: int
    """Texts that are older; what of them is in effect or held stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionBody:
    """How long texts are kept."""

    policy: str | None
    """Digest of the retention policy in force; null where nobody declared one."""
    hipaa: bool
    """Whether HIPAA applies, so that records are kept for six years at least."""
    classes: tuple[RetentionClass, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextErased:
    """What is left of a text that was destroyed."""

    ref: str
    entry: str
    """Id of the entry that records it."""
