"""What the funnel needs of limits and guards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from roadworthy.operate.admission.model import Asking, Text
from roadworthy.operate.telemetry.model import Usage


class Limits(Protocol):
    """Windows over principals; asked by the event loop's thread alone."""

    def reserve(
        self,
        scopes: Mapping[str, str],
        want: Mapping[str, int],
        at: dt.datetime,
        passed: Collection[tuple[str, str]] = (),
    ) -> Any:  # noqa: ANN401 - `Reserved`, `Short` or `Over` of the limits, told apart by their names
        """Set aside what a call may use at most; nothing in windows whose rule and counter are passed."""

    def settle(self, reserved: Any, used: Mapping[str, int]) -> None:  # noqa: ANN401 - see `reserve`
        """Give back what it did not use."""

    def release(self, reserved: Any) -> None:  # noqa: ANN401 - see `reserve`
        """Give everything back."""

    def counts(self, scopes: Mapping[str, str], at: dt.datetime) -> Mapping[str, int]:
        """What the certificate's counters would come to with this call."""

    def cost(self, usage: Usage, model: str, at: dt.datetime) -> Any:  # noqa: ANN401 - `Cost` of the limits, or None
        """What tokens of a model cost."""

    def worst(self, asking: Asking, model: str | Sequence[str]) -> Mapping[str, int]:
        """The most that a call may use, by unit; of several models, by the dearest."""


class AnswerGuard(Protocol):
    """Reads one answer as it comes."""

    @property
    def findings(self) -> tuple[str, ...]:
        """What was found, each `guard:finding:action`."""

    @property
    def blocked(self) -> bool:
        """Whether nothing more may leave."""

    def aside(self) -> None:
        """What it reads is not the answer itself, but a call of a tool, or reasoning: no schema is for it."""

    def feed(self, text: str) -> str:
        """What may leave now."""

    def last(self, text: str) -> str:
        """What may leave in the end of a text that ends with this piece."""

    def end(self) -> str:
        """What may leave in the end."""


class CompiledGuards(Protocol):
    """The guards of one endpoint."""

    def request(self, texts: tuple[Text, ...], unreadable: tuple[str, ...]) -> Any:  # noqa: ANN401 - `Found` of the guards
        """Read a request."""

    def answer(self, recall: Any = None) -> AnswerGuard:  # noqa: ANN401 - `Found.recall` of the same guards
        """Begin to read an answer."""
