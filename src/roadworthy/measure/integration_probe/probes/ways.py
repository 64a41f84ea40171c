"""What the use case calls over HTTP, with the values that make calls of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from roadworthy.measure.integration_probe.declared import Operation, operation
from roadworthy.measure.integration_probe.model import Area, Trial
from roadworthy.measure.integration_probe.trying import Bench, Found, trial, unknown
from roadworthy.measure.integration_probe.wire import Came, Wire

Call = tuple[Operation, str]
"""An operation and its path with values."""


@dataclass(frozen=True, slots=True)
class Ways:
    """The declared operations of one system."""

    bench: Bench
    wire: Wire
    operations: tuple[Operation, ...]
    others: tuple[Operation, ...] | None = None
    """What the system offers beside them, where a description tells; None where nobody said."""

    @classmethod
    def of(cls, bench: Bench, wire: Wire) -> Ways:
        """Of an integration that declares operations.

        Raises:
            InvalidInput: one cannot be understood.
        """
        return cls(bench, wire, tuple(operation(each) for each in bench.target.operations))

    @property
    def values(self) -> Mapping[str, str]:
        """Declared values of parameters."""
        return self.bench.target.parameters

    @property
    def reading(self) -> Sequence[Operation]:
        """Operations that only read, by their method."""
        return [each for each in self.operations if each.safe]

    @property
    def calls(self) -> Sequence[Call]:
        """Reading operations of which every parameter has a value."""
        return callable_of(self.reading, self.values)

    @property
    def first(self) -> tuple[str, str]:
        """Method and path of a call that can always be made."""
        return next(((each.method, path) for each, path in self.calls), ("GET", "/"))

    def one(self) -> Came | None:
        """Make one call that should succeed; None where there is none to make."""
        return next((self.wire.own(each.method, path) for each, path in self.calls), None)

    def trial(
        self, name: str, area: Area, did: str, expected: str, run: Callable[[], Found], *, blocks: bool = True
    ) -> Trial:
        """Run one trial."""
        return trial(self.bench, name, area, did=did, expected=expected, run=run, blocks=blocks)


def callable_of(operations: Sequence[Operation], values: Mapping[str, str]) -> list[Call]:
    """Those operations of which every parameter has a value, each with its path."""
    return [(each, path) for each in operations if (path := each.filled(values)) is not None]


def shape_of(each: Operation) -> tuple[str, str]:
    """An operation without the names of its parameters: `{id}` and `{patient}` are the same place."""
    parts = each.path.partition("?")[0].rstrip("/").split("/")
    return each.method, "/".join("{}" if part.startswith("{") else part for part in parts)


def nothing_to_call() -> Found:
    """There is no call to make."""
    return unknown(
        "no reading operation can be called",
        "declare one under `probe.operations`, and values for what stands in braces under `probe.parameters`",
    )
