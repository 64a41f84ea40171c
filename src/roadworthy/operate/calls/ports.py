"""What the flow of a call asks of admission and of the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from roadworthy.foundation.handover import Later
from roadworthy.foundation.ledger.segments.journal import Receipt
from roadworthy.foundation.runtime import Future
from roadworthy.operate.admission.model import Asking, Caller, Decision, Refusal, Text
from roadworthy.operate.admission.ports import AnswerGuard
from roadworthy.operate.calls.model import Head, Question
from roadworthy.operate.calls.out import Out
from roadworthy.operate.calls.surfaces.dialect import Dialect
from roadworthy.operate.telemetry.model import Intent, Result, Usage


class Admits(Protocol):
    """The funnel, as the flow of a call needs it."""

    def ready(self, asking: Asking) -> Future[None] | None:
        """What has to be waited for before `decide`; None nearly always."""

    def decide(self, asking: Asking) -> Decision:
        """Whether and where a call may go. Never raises for what is asked."""

    def settle(self, decision: Decision, usage: Usage | None, model: str) -> tuple[int | None, str | None, str | None]:
        """Count what was used: cost in millionths, currency, digest of the price table."""

    def release(self, decision: Decision) -> None:
        """Give back what was reserved; nothing was used."""

    def guard(self, decision: Decision) -> AnswerGuard:
        """What looks at one stream of text of the answer."""

    def caller(self, shown: str, endpoint: str | None = None) -> Caller | Refusal:
        """Who shows a key."""

    def models(self, caller: Caller, endpoint: str | None = None) -> tuple[str, ...] | Refusal:
        """Models that a caller may name; at one endpoint, where it is named."""


class Records(Protocol):
    """The record, as the flow of a call needs it."""

    def intend(self, intent: Intent) -> Later[Receipt]:
        """Keep an intent; it is durable when the receipt came."""

    def conclude(self, result: Result) -> Later[Receipt]:
        """Keep what came of a call."""


@dataclass(frozen=True, slots=True)
class Coming:
    """A request that was admitted."""

    decision: Decision
    question: Question
    dialect: Dialect
    body: bytes
    """As it came."""
    head: Head


class AnswersLater(Protocol):
    """Keeps requests whose answers are fetched later."""

    def takes(self, decision: Decision, asking: Asking) -> bool:
        """Whether this one may be answered later; where not, it is answered now."""

    async def take(self, coming: Coming, out: Out) -> None:
        """Keep it, and tell the client where the answer is going to be."""


class Contents(Protocol):
    """Keeps what was asked and answered, where an endpoint says so."""

    def content(self, decision: Decision, direction: str, texts: Sequence[Text]) -> str | None:
        """Keep texts; the commitment that stands in the record, or None where they are not kept."""
