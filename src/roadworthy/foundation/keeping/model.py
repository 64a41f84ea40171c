"""The declared kind `RetentionPolicy`: how long texts are kept that entries of the ledger commit to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from roadworthy.foundation.ledger.retention import Retention
from roadworthy.foundation.resources.shape import Shape
from roadworthy.foundation.spans import seconds

RETENTION_POLICY = "RetentionPolicy"
DEFAULT_NAME = "default"
"""The one policy in force."""
_SHORTEST = 86_400


def _readable(text: str) -> str:
    said = seconds(text)
    if said is None or said < _SHORTEST:
        message = "write a number and a unit of at least a day, such as `90d` or `7y`"
        raise ValueError(message)
    return text


Kept = Annotated[str, StringConstraints(min_length=1, max_length=20), AfterValidator(_readable)]


class RetentionPolicy(Shape):
    """How long texts are kept. What nobody says a span for is kept for ever."""

    record: Kept | None = Field(
        default=None, description="What explains decisions: reasons, declarations, evidence, reports."
    )
    personal: Kept | None = Field(default=None, description="What says something about people and decides nothing.")
    operational: Kept | None = Field(default=None, description="Errors, names of files, texts of tickets.")
    calls: Kept | None = Field(default=None, description="What went into models and came out.")
    hipaa: bool | None = Field(
        default=None,
        description="Whether HIPAA applies, and records are kept for six years at least; where nobody says, it does as "
        "soon as a use case of the sector healthcare was ever declared.",
    )

    @property
    def spans(self) -> Mapping[Retention, dt.timedelta]:
        """How long each class is kept that somebody spoke of."""
        said = {kind: getattr(self, kind.value) for kind in Retention}
        return {kind: dt.timedelta(seconds=seconds(text) or 0) for kind, text in said.items() if text is not None}


@dataclass(frozen=True, slots=True)
class InForce:
    """What holds now."""

    policy: RetentionPolicy
    digest: str | None
    """None where nobody declared one."""
    hipaa: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with one class."""

    kind: Retention
    kept: int
    """Texts that are there."""
    erased: int
    made_before: dt.datetime | None
    """What was made before is erased unless it is in effect or held; None where nothing is."""
    due: int
    """Texts that are older."""
