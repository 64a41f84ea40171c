"""Which kinds can be declared. Layers above register theirs; this layer knows none of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from roadworthy.foundation.errors import Finding, InvalidInput, did_you_mean
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources.model import Applied, Matter
from roadworthy.foundation.resources.shape import Shape

API_VERSION = "roadworthy.dev/v1alpha1"


def _nothing_wrong(_name: str, _spec: Shape) -> Sequence[Finding]:
    return ()


def _free(_name: str, _before: Shape | None, _after: Shape | None) -> Sequence[Matter]:
    return ()


def _no_projection(_transaction: Transaction, _applied: Sequence[Applied]) -> None:
    return


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind that people can declare.

    The shape holds no floats (use `Decimal`: what was written is what is kept and hashed). Fields at their
    default are not stored, so a default must mean "nobody has said", and the field that tells the members
    of a union apart has no default.
    """

    name: str
    """As in YAML: `UseCase`."""
    plural: str
    """As in addresses and commands: `use-cases`."""
    event: str
    """Prefix of its ledger events: `use-case` gives `use-case.applied` and `use-case.removed`."""
    model: type[Shape]
    check: Callable[[str, Shape], Sequence[Finding]] = _nothing_wrong
    """Rules beyond the shape, given name and spec. `Place.field` is a dotted path that starts with `spec`; the
    file and the line are added here."""
    project: Callable[[Transaction, Sequence[Applied]], None] = _no_projection
    """Keeps the owning layer's index rows, in the same unit. Called once for all resources of the kind that
    changed (created, updated, removed), never with one that did not."""
    decides: Callable[[str, Shape | None, Shape | None], Sequence[Matter]] = _free
    """Which decisions a change is, given the name and the specs before and after (None: not there). Pure, so that
    what was approved and what is carried out come to the same. Asked only of what changes."""
    weighs: frozenset[str] = frozenset()
    """Fields of the spec, as in YAML, without a change of which `decides` has nothing to say of an update; empty for
    all. It saves reading the former spec of ten thousand use cases of which an import changed the contact."""

    @property
    def is_free(self) -> bool:
        """Whether no change of it is ever a decision."""
        return self.decides is _free


def always(kind: str, decides: str) -> Callable[[str, Shape | None, Shape | None], Sequence[Matter]]:
    """Of a kind of which every change is one class of decision, a removal and a mere label included.

    The facts are `kind`, `name` and `change` (created, updated, removed).
    """

    def matters(name: str, before: Shape | None, after: Shape | None) -> Sequence[Matter]:
        change = "created" if before is None else "removed" if after is None else "updated"
        return (Matter(decides, {"kind": kind, "name": name, "change": change}),)

    return matters


class Registry:
    """The kinds of a deployment."""

    def __init__(self, kinds: Sequence[Kind] = ()) -> None:
        self._kinds: dict[str, Kind] = {}
        for kind in kinds:
            self.register(kind)

    def register(self, kind: Kind) -> None:
        """Make a kind known.

        Raises:
            ValueError: its name is taken, or its shape cannot be kept exactly.
        """
        if kind.name in self._kinds:
            message = f"the kind {kind.name} is registered twice"
            raise ValueError(message)
        inexact = _inexact(kind.model)
        if inexact is not None:
            message = f"{kind.name}{inexact} is a float and has no canonical form; make it a Decimal"
            raise ValueError(message)
        self._kinds[kind.name] = kind

    def get(self, name: str) -> Kind:
        """The kind called `name`, by its name or plural in any case.

        Raises:
            InvalidInput: unknown; the remedy suggests the nearest.
        """
        if name in self._kinds:
            return self._kinds[name]
        wanted = name.lower()
        for kind in self._kinds.values():
            if wanted in {kind.name.lower(), kind.plural.lower(), kind.event.lower()}:
                return kind
        raise InvalidInput(
            "resource-unknown-kind", f"there is no kind `{name}`", remedy=did_you_mean(name, self._kinds)
        )

    def all(self) -> tuple[Kind, ...]:
        """Every kind, by name."""
        return tuple(self._kinds[name] for name in sorted(self._kinds))


@cache
def _inexact(model: type[Shape]) -> str | None:
    """The first field of a shape that is a float, as a path. Shapes do not change, so each is looked through once.

    The JSON Schema names the field and takes a tenth of a second for all kinds, which every command would wait for;
    whether there is any float at all, the schema that pydantic has made already says in a twentieth of that.
    """
    waiting: list[Any] = [model.__pydantic_core_schema__]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Mapping):
            if part.get("type") == "float":
                return next(_floats(model.model_json_schema(mode="serialization"), ""), None)
            waiting.extend(part.values())
        elif isinstance(part, list | tuple):
            waiting.extend(part)
    return None


def _floats(schema: Mapping[str, Any] | Sequence[Any], path: str) -> Iterator[str]:
    """Paths in a JSON Schema (of what is written out) whose type is a float."""
    if isinstance(schema, Mapping):
        if schema.get("type") == "number":
            yield path
        for key, value in schema.items():
            if isinstance(value, Mapping | list):
                yield from _floats(value, f"{path}.{key}")
    else:
        for index, value in enumerate(schema):
            if isinstance(value, Mapping | list):
                yield from _floats(value, f"{path}[{index}]")
