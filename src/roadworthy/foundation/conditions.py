"""Conditions in CEL over typed values: checked whole when they are loaded, a plain yes or no when they are asked.

A condition is checked here against the names, types and words it may use before CEL sees it, because CEL itself
answers `false` where text is compared with a number, and never reaches the part behind a false `&&`. What is accepted
is a subset of CEL without floats, maps, times and conversions. CEL then evaluates exactly the text that was written.

Anything that goes wrong while it is asked raises `ConditionFailed`, and whoever asks denies. A part whose value nobody
knows is passed over only where the answer is the same whatever it is: `known || unknown` with the first true.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from roadworthy.foundation.condition_checks import Checker, fault
from roadworthy.foundation.condition_types import FactType, ValueKind, fault_of
from roadworthy.foundation.errors import InvalidInput

if TYPE_CHECKING:
    import cel

__all__ = ["Condition", "ConditionFailed", "FactType", "ValueKind", "Values", "compile_condition", "fault_of"]


@cache
def _engine() -> ModuleType:
    """CEL, whose package brings a terminal interface along."""
    import cel  # noqa: PLC0415 - a quarter of a second, and only whoever reads rights needs it

    return cel


class ConditionFailed(InvalidInput):
    """A condition could not be answered; whoever asked has to deny."""


class Values:
    """Values of one case, checked against their types once and ready for any number of conditions.

    Raises:
        ConditionFailed: one of them is of another type than it is declared with, or is not declared.
    """

    def __init__(self, schema: Mapping[str, FactType], values: Mapping[str, Any]) -> None:
        self.given = {name: value for name, value in values.items() if value is not None}
        for name, value in self.given.items():
            fault = fault_of(schema[name], value) if name in schema else "is not a name that is known here"
            if fault is not None:
                raise _failed(f"`{name}` {fault}")
        self.context: Final[cel.Context] = _engine().Context(_plain(self.given))


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """As CEL takes them: plain lists, dictionaries and texts, no subclasses."""
    return {name: _plain_one(value) for name, value in values.items()}


def _plain_one(value: Any) -> Any:  # noqa: ANN401 - whatever the values are
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Mapping):
        return _plain(value)
    return [_plain_one(each) for each in value]


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """A condition that was checked and compiled."""

    text: str
    names: frozenset[str]
    """The values that it asks about."""
    _program: cel.Program

    def holds(self, values: Values) -> bool:
        """Whether it is true of these values.

        Raises:
            ConditionFailed: no answer; a value is not known, or a sum or an index went wrong.
        """
        try:
            answer = self._program.execute(values.context)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # a panic of the library is no Exception; all of it denies
            unknown = sorted(self.names - set(values.given))
            if unknown:
                raise _failed(f"nobody has said {_listed(unknown)}") from error
            raise _failed(f"it cannot be worked out from what is known ({type(error).__name__})") from error
        if answer is True or answer is False:
            return bool(answer)
        raise _failed("it gave no yes or no")


def _listed(names: Sequence[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)


def _failed(message: str) -> ConditionFailed:
    return ConditionFailed(
        "condition-failed", message, remedy="say what is not known, or let the condition ask about it first"
    )


def compile_condition(text: str, schema: Mapping[str, FactType]) -> Condition:
    """Check a condition and make it ready.

    Raises:
        InvalidInput: it cannot be read, names something unknown, compares what cannot be compared, or is no yes or no.
    """
    checker = Checker(text, schema)
    names = checker.check()
    try:
        for pattern in checker.patterns:
            _engine().compile(f"''.matches({pattern})").execute()
        program: cel.Program = _engine().compile(text)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the library is no Exception; it is refused all the same
        what = "one of its patterns cannot be matched" if checker.patterns else "it is not CEL"
        raise fault("condition-unreadable", what, "mend it, or say it in a simpler way") from error
    return Condition(text, names, program)
