"""What actions need of others, and what surfaces need of actions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from roadworthy.foundation.runtime import Future
from roadworthy.operate.actions.catalogue.compiled import CompiledAction
from roadworthy.operate.actions.model import Receipt, Sent
from roadworthy.operate.admission.model import Agents, Caller, Refusal, Subject

if TYPE_CHECKING:
    from roadworthy.operate.actions.systems.fleet import ReachedSystem


class Acts(Protocol):
    """Asks systems of one way."""

    async def act(self, reached: ReachedSystem, action: CompiledAction, sent: Sent) -> Receipt:
        """Have something done. Never raises for what a system does; cancelled, it lets go of the connection."""

    def changed(self, reached: ReachedSystem, action: CompiledAction) -> str:
        """Why the tool is another than was approved; empty where it is the same, or nothing is pinned."""

    async def ready(self, reached: ReachedSystem, action: CompiledAction) -> None:
        """Have `changed` know what the system says of the tool now; quick where it knows already."""


class Admits(Protocol):
    """Knows who asks."""

    def caller(self, shown: str, endpoint: str | None = None, at: dt.datetime | None = None) -> Caller | Refusal:
        """Whoever shows a key or a workload's access token."""

    def of_workload(self, name: str, at: dt.datetime) -> Caller | Refusal:
        """A declared workload as a caller, where something else than its own token says that it asks."""


class Identities(Protocol):
    """Tokens of users and workloads, checked beside the path and remembered."""

    def subject(self, token: str, audience: str | None, at: dt.datetime) -> Subject | None:
        """The user of a token that was checked; None where it is not believed, or not checked yet."""

    def agents(self, token: str, at: dt.datetime) -> Agents:
        """Which workloads may show a user's token that was checked."""

    def check(self, token: str, at: dt.datetime, *, is_user: bool) -> Future[None] | None:
        """Check a token; None where that was done."""


@dataclass(frozen=True, slots=True)
class Offered:
    """An action as an agent is told of it."""

    name: str
    title: str
    description: str
    input: Mapping[str, Any]
    output: Mapping[str, Any] | None
    effect: str
    tier: str
    idempotent: bool
    system: str
