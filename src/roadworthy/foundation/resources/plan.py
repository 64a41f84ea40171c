"""A plan: what applying would change, against which state it was made, as a value that survives in a file."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from roadworthy.foundation.digests import Canonical, digest_of, same
from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.foundation.resources.changes import state_changes
from roadworthy.foundation.resources.documents import Declared, declare
from roadworthy.foundation.resources.model import Action, Change
from roadworthy.foundation.resources.registry import Registry
from roadworthy.foundation.storage.prepared import Row

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Step:
    """What the plan does to one resource."""

    kind: str
    name: str
    action: Action
    base_generation: int
    """Of the state that the plan was made against; 0 where there was none."""
    base_digest: str | None
    changes: tuple[Change, ...]
    labels: Mapping[str, str]
    spec: Mapping[str, Any]
    """JSON-ready values, as stored."""
    place: Place = dataclasses.field(default_factory=Place, compare=False)

    @property
    def key(self) -> str:
        """`Kind/name`."""
        return f"{self.kind}/{self.name}"

    def declared(self, registry: Registry) -> Declared:
        """The declaration that the step puts in force.

        Raises:
            InvalidInput: the spec does not fit the kind (any more).
        """
        return declare(registry.get(self.kind), self.name, self.spec, self.labels, self.place)


def step_for(declared: Declared, row: Row | None) -> Step:
    """The step from the current row (None: not there) to what is declared.

    Raises:
        InvalidInput: the spec cannot be kept exactly.
    """
    encoded = declared.encoded
    before = None if row is None else (row.labels, row.spec)
    same_as_now = row is not None and row.digest == encoded.digest
    action = Action.CREATE if row is None else Action.UNCHANGED if same_as_now else Action.UPDATE
    return Step(
        kind=declared.kind,
        name=declared.name,
        action=action,
        base_generation=0 if row is None else row.generation,
        base_digest=None if row is None else row.digest,
        changes=() if action is Action.UNCHANGED else state_changes(before, declared.labels, encoded.values),
        labels=dict(declared.labels),
        spec=encoded.values,
        place=declared.place,
    )


def removal_of(kind: str, row: Row | None) -> Step:
    """The step that takes the resource of a current row out of force.

    Raises:
        ValueError: there is no row.
    """
    if row is None:
        message = "what is not there cannot be removed"
        raise ValueError(message)
    return Step(
        kind=kind,
        name=row.name,
        action=Action.REMOVE,
        base_generation=row.generation,
        base_digest=row.digest,
        changes=tuple(Change(f"spec.{field}", before, None) for field, before in sorted(json.loads(row.spec).items())),
        labels={},
        spec={},
    )


@dataclass(frozen=True)
class Plan:
    """Steps in the order of the declarations."""

    steps: tuple[Step, ...]

    @cached_property
    def digest(self) -> str:
        """Names exactly what would be done."""
        return digest_of(self._values())

    @property
    def pending(self) -> tuple[Step, ...]:
        """The steps that change something."""
        return tuple(step for step in self.steps if step.action is not Action.UNCHANGED)

    def to_text(self) -> str:
        """The plan as a JSON file."""
        return json.dumps(self.to_values(), indent=1, ensure_ascii=True) + "\n"

    def to_values(self) -> dict[str, Canonical]:
        """The plan as values, for whoever keeps it within something larger."""
        return {"version": _VERSION, "digest": self.digest, "steps": self._values()}

    @classmethod
    def from_text(cls, text: str, source: str = "the plan") -> Plan:
        """Read what `to_text` wrote.

        Raises:
            InvalidInput: not a plan, or changed since it was written.
        """
        try:
            content = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise _damaged(source, "is not a plan") from error
        return cls.from_values(content, source)

    @classmethod
    def from_values(cls, content: Mapping[str, Any], source: str = "the plan") -> Plan:
        """Read what `to_values` gave.

        Raises:
            InvalidInput: not a plan, or changed since it was made.
        """
        try:
            plan = cls(tuple(_step(values) for values in content["steps"]))
            intact = content["version"] == _VERSION and same(str(content["digest"]), plan.digest)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise _damaged(source, "is not a plan") from error
        if not intact:
            raise _damaged(source, "was changed after it was written")
        return plan

    def _values(self) -> list[Canonical]:
        return [
            {
                "kind": step.kind,
                "name": step.name,
                "action": step.action.value,
                "base": {"generation": step.base_generation, "digest": step.base_digest},
                "changes": [list(change) for change in step.changes],
                "labels": dict(step.labels),
                "spec": dict(step.spec),
            }
            for step in self.steps
        ]


def _step(values: Mapping[str, Any]) -> Step:
    return Step(
        kind=str(values["kind"]),
        name=str(values["name"]),
        action=Action(values["action"]),
        base_generation=int(values["base"]["generation"]),
        base_digest=values["base"]["digest"],
        changes=tuple(Change(str(path), before, after) for path, before, after in values["changes"]),
        labels=dict(values["labels"]),
        spec=dict(values["spec"]),
    )


def _damaged(source: str, what: str) -> InvalidInput:
    return InvalidInput(
        "plan-damaged",
        f"{source} {what}",
        place=Place(source=source),
        remedy="run `roadworthy plan` again and apply what it writes",
    )
