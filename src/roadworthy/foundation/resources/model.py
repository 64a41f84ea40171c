"""What the declared kinds are made of: changes, what was applied, what is stored, and its versions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from pydantic import ValidationError

from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.errors import IntegrityBroken, Place
from roadworthy.foundation.resources.shape import Shape


class Action(StrEnum):
    """What happens to a resource."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    REMOVE = "remove"


class Change(NamedTuple):
    """One field that differs. Values are JSON-ready; None stands for "not there"."""

    path: str
    """Dotted, items of a list by their name where they have one: `spec.data[claims-intake].steward`."""
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Matter:
    """One class of decision that a change of a resource belongs to; the layer that owns the kind says which."""

    decides: str
    """The decision class, such as `promote`."""
    facts: Mapping[str, Canonical] = field(default_factory=dict)
    """What conditions and thresholds may ask about, worked out from the two specs."""
    use_case: str | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of one resource; handed to the projection of the layer that owns the kind."""

    kind: str
    name: str
    uid: str
    generation: int
    action: Action
    labels: Mapping[str, str]
    spec: Shape | None
    """The spec that is now in force; None once removed."""
    digest: str
    changes: tuple[Change, ...] = ()
    entry_id: str | None = None
    """The ledger entry; None when nothing changed."""


@dataclass(frozen=True)
class Stored:
    """A declared resource as it is now. Its spec is validated when first read."""

    kind: str
    name: str
    uid: str
    generation: int
    labels_json: str = field(repr=False)
    spec_json: str = field(repr=False)
    """Canonical JSON; numbers with a fraction are strings in it."""
    digest: str
    changed_at: datetime
    changed_by: str
    entry_id: str
    model: type[Shape] = field(repr=False, compare=False)

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Labels."""
        labels: dict[str, str] = json.loads(self.labels_json)
        return labels

    @cached_property
    def spec(self) -> Shape:
        """The spec in its own type.

        Raises:
            IntegrityBroken: what is stored does not fit the kind's shape.
        """
        try:
            return self.model.model_validate_json(self.spec_json)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise IntegrityBroken(
                "resource-unreadable",
                f"the stored {self.kind} `{self.name}` does not fit its kind",
                place=Place(source=f"{self.kind}/{self.name}", field=".".join(map(str, ("spec", *first["loc"])))),
                remedy="run `roadworthy doctor`; a newer version wrote it, or the database was changed by hand",
            ) from error


@dataclass(frozen=True, slots=True)
class Version:
    """One version in the history of a resource."""

    generation: int
    uid: str
    action: Action
    changes: tuple[Change, ...]
    digest: str
    at: datetime
    actor: str
    """Reference of who changed it, see `ledger.draft.Actor`."""
    via: str
    """The door they came through: web, cli, api, system."""
    source: str
    """What brought the change: a file, a form, an import."""
    entry_id: str
