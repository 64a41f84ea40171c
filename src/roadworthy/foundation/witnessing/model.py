"""The declared kinds `Witness` and `WitnessPolicy`, and how it stands with the ledger towards the outside."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator, model_validator

from roadworthy.foundation.credentials import is_source
from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.ledger.outside.cosignatures import WitnessKey
from roadworthy.foundation.ledger.outside.leaving import roots_of
from roadworthy.foundation.resources.shape import Shape

WITNESS, WITNESS_POLICY = "Witness", "WitnessPolicy"
DEFAULT = "default"
"""Name of the one policy."""


class WitnessType(StrEnum):
    """What a witness does with a checkpoint."""

    COSIGNER = "cosigner"
    """Checks that the ledger only grew, and signs that (C2SP tlog-witness)."""
    FILE = "file"
    """A file keeps it, on another machine's file system for instance."""
    GIT = "git"
    """A repository keeps it."""
    WEBHOOK = "webhook"
    """A program gets it."""
    TIMESTAMP = "timestamp"
    """An authority says when it was there at the latest (RFC 3161)."""


_AT_ADDRESS = frozenset({WitnessType.COSIGNER, WitnessType.WEBHOOK, WitnessType.TIMESTAMP})
_EVERY = {WitnessType.COSIGNER: 0, WitnessType.WEBHOOK: 10, WitnessType.FILE: 10}
"""Minutes between two checkpoints that a witness gets where nobody has said; an hour for the others."""


class Witness(Shape):
    """The spec of a declared `Witness`: who is given the ledger's checkpoints."""

    type: WitnessType
    address: Annotated[str, StringConstraints(min_length=1, max_length=600)] = Field(
        description="Where it is: an address with http, or for `file` and `git` an absolute path below one of "
        "`witness_roots`."
    )
    key: Annotated[str, StringConstraints(max_length=500)] | None = Field(
        default=None, description="A cosigner's public key, `NAME+ID+KEY`, got by another way than from itself."
    )
    certificates: Annotated[str, StringConstraints(max_length=50_000)] | None = Field(
        default=None, description="PEM of the root certificates that are trusted for time stamps."
    )
    secret: Annotated[str, StringConstraints(max_length=600)] | None = Field(
        default=None, description="`env:NAME` or `file:PATH` of the secret that seals a webhook's requests."
    )
    push: bool = Field(default=False, description="Whether a commit is pushed at once.")
    every_minutes: Annotated[int, Field(ge=0, le=10_080)] | None = Field(
        default=None, description="It gets a checkpoint no oftener; 0 for each one."
    )

    @field_validator("key")
    @classmethod
    def _of_a_witness(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                WitnessKey.parse(value)
            except RoadworthyError as error:
                raise ValueError(error.message) from error
        return value

    @field_validator("certificates")
    @classmethod
    def _roots(cls, value: str | None) -> str | None:
        if value is not None:
            roots_of(value)
        return value

    @model_validator(mode="after")
    def _fits(self) -> Witness:
        if self.type in _AT_ADDRESS and not self.address.startswith(("http://", "https://")):
            raise ValueError("`address` begins with `http://` or `https://`")
        if self.type not in _AT_ADDRESS and not Path(self.address).is_absolute():
            raise ValueError("`address` is an absolute path")
        wanted = {"key": WitnessType.COSIGNER, "certificates": WitnessType.TIMESTAMP}
        for name, kind in wanted.items():
            if (getattr(self, name) is not None) != (self.type is kind):
                raise ValueError(f"`{name}` belongs to a witness of type `{kind}`, and to no other")
        if self.secret is not None and (self.type is not WitnessType.WEBHOOK or not is_source(self.secret)):
            raise ValueError("`secret` says where the secret of a webhook is, `env:NAME` or `file:PATH`")
        if self.push and self.type is not WitnessType.GIT:
            raise ValueError("`push` belongs to a witness of type `git`, and to no other")
        return self

    @property
    def pause(self) -> dt.timedelta:
        """How long it is left alone after a checkpoint."""
        minutes = self.every_minutes
        return dt.timedelta(minutes=_EVERY.get(self.type, 60) if minutes is None else minutes)


class WitnessPolicy(Shape):
    """The spec of the declared `WitnessPolicy` called `default`: how many must have seen it, when to raise alarm."""

    cosigners: Annotated[int, Field(ge=1, le=32)] | None = Field(
        default=None, description="How many of the declared cosigners must have cosigned; all of them if left out."
    )
    unsigned_minutes: Annotated[int, Field(ge=1, le=10_080)] = Field(
        default=2, description="Alarm when entries are unsigned for longer."
    )
    unwitnessed_minutes: Annotated[int, Field(ge=1, le=43_200)] = Field(
        default=60, description="Alarm when a signed checkpoint is unwitnessed for longer."
    )


@dataclass(frozen=True, slots=True)
class SigningState:
    """How far the ledger is signed."""

    size: int
    signed: int
    unsigned_since: dt.datetime | None
    """When the oldest entry that no checkpoint covers was recorded."""
    late: bool
    """Whether that is longer ago than the policy bears."""
    fault: str = ""
    """What the last attempt in this process failed with."""
    remedy: str = ""

    @property
    def behind(self) -> int:
        """Entries that no checkpoint covers."""
        return self.size - self.signed


@dataclass(frozen=True, slots=True)
class WitnessState:
    """How it stands with one witness."""

    name: str
    type: WitnessType
    address: str
    size: int
    """Entries that the newest checkpoint covers that it has; 0 for none."""
    at: dt.datetime | None
    reference: str
    failing_since: dt.datetime | None
    code: str
    message: str
    remedy: str
    broken: bool
    """Whether it holds something against the ledger, and not merely does not answer."""


@dataclass(frozen=True, slots=True)
class OutsideState:
    """How it stands with the ledger towards the outside."""

    signing: SigningState
    witnesses: tuple[WitnessState, ...]
    needed: int
    """How many cosigners must have seen a checkpoint; 0 where none is declared."""
    witnessed: int
    """Up to how many entries enough cosigners have seen it."""
    unwitnessed_since: dt.datetime | None
    """When the oldest checkpoint was signed that they have not seen."""
    late: bool

    @property
    def broken(self) -> tuple[WitnessState, ...]:
        """Witnesses that hold something against the ledger."""
        return tuple(each for each in self.witnesses if each.broken)
