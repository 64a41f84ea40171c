"""What a change of declared state asks of whoever may decide: the acts that it is, worked out in one place.

The door that puts declarations in force and the executor that carries out an approved plan both ask here, so an act
that was approved and the act that is done have the same digest exactly when they are the same change of the same state.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import overload

from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.ledger.authority import Act, Grounds
from roadworthy.foundation.resources.documents import Declared
from roadworthy.foundation.resources.model import Matter
from roadworthy.foundation.resources.reading import stored_from
from roadworthy.foundation.resources.registry import Kind
from roadworthy.foundation.storage.prepared import Row


@dataclass(frozen=True)
class Changing:
    """One resource that is about to change."""

    kind: Kind
    name: str
    row: Row | None
    """The current row; None where it is made."""
    declared: Declared | None
    """What it is to be; None where it is removed."""

    @property
    def key(self) -> str:
        """`Kind/name`."""
        return f"{self.kind.name}/{self.name}"

    @property
    def changes(self) -> bool:
        """Whether the state afterwards is another."""
        return self.declared is None or self.row is None or self.row.digest != self.declared.encoded.digest

    @cached_property
    def acts(self) -> tuple[Act, ...]:
        """What this change is to decision rights; nothing where it is free."""
        matters = self._matters()
        if not matters:
            return ()
        content = self._content()
        return tuple(Act(each.decides, self.key, content, each.use_case, each.facts) for each in matters)

    def _matters(self) -> Sequence[Matter]:
        if self._is_beside():
            return ()
        before = None if self.row is None else stored_from(self.row, self.kind).spec
        return self.kind.decides(self.name, before, None if self.declared is None else self.declared.spec)

    def _is_beside(self) -> bool:
        """Whether nothing that the kind weighs changes."""
        if not self.kind.weighs or self.row is None or self.declared is None:
            return False
        before, after = json.loads(self.row.spec), self.declared.encoded.values
        return all(before.get(field) == after.get(field) for field in self.kind.weighs)

    def _content(self) -> Mapping[str, Canonical]:
        """Exactly what will be done to exactly which state."""
        after = self.declared
        return {
            "kind": self.kind.name,
            "name": self.name,
            "generation": 0 if self.row is None else self.row.generation,
            "before": None if self.row is None else self.row.digest,
            "after": None if after is None else {"labels": dict(after.labels), "spec": dict(after.encoded.values)},
        }


class Acts(Sequence[Act]):
    """The acts of many changes, worked out when somebody looks: where nobody decides, they cost nothing."""

    def __init__(self, changing: Sequence[Changing]) -> None:
        self._changing = changing

    @cached_property
    def _all(self) -> tuple[Act, ...]:
        return tuple(act for each in self._changing for act in each.acts)

    @overload
    def __getitem__(self, index: int) -> Act: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Act]: ...
    def __getitem__(self, index: int | slice) -> Act | Sequence[Act]:
        """By place."""
        return self._all[index]

    def __len__(self) -> int:
        """How many."""
        return len(self._all)

    def __iter__(self) -> Iterator[Act]:
        """In the order of the changes."""
        return iter(self._all)

    def on(self, grounds: Grounds) -> Mapping[str, Grounds]:
        """The grounds by resource, for those that needed any."""
        if grounds == Grounds():
            return {}
        return {each.key: grounds for each in self._changing if each.acts}
