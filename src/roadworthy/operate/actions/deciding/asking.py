"""Who asks: an agent by its key or its own access token, and the user for whom, by the user's.

A client that a user signed in to may show the user's token alone, as the authorization of the Model Context Protocol
has it: the token then says both, for whom it is and to which client its provider gave it. Either way the agent is one
that is declared, and a token that was made for one agent is no good in the hands of another.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Future
from roadworthy.foundation.workflow.rules import said_of
from roadworthy.operate.actions.ports import Admits, Identities
from roadworthy.operate.admission.model import Caller, Refusal, Subject

WAIT_SECONDS: Final = 5.0
_DOTS: Final = 2
"""In a compact JWS (RFC 7515, section 7.1)."""
_log = log("actions")


@dataclass(frozen=True, slots=True)
class Asks:
    """Whoever asks."""

    caller: Caller
    user_token: str | None = field(repr=False)
    own: str = field(repr=False)
    """The agent's key or access token; empty where the user's token says which agent it is."""


@dataclass(frozen=True, slots=True)
class Known:
    """By what it is known who asks.

    Args:
        admission: knows agents.
        identities: knows tokens; None where none is believed.
        audience: `aud` of users' tokens that are taken here; with `/SYSTEM` behind it, for actions of that one system.
            Empty, and no user is believed: a token that was made for another program would open this one.
    """

    admission: Admits
    identities: Identities | None
    audience: str

    async def asks(self, shown: str, user_token: str | None, at: dt.datetime, systems: Iterable[str]) -> Asks | Refusal:
        """Whoever asks, once what was shown is checked.

        Args:
            shown: what stands as the bearer's secret.
            user_token: what stands beside it as the user's, where something does.
            at: the instant.
            systems: those that are declared.
        """
        identities = self.identities
        if identities is not None:
            for token, is_user in ((user_token, True), (shown, False)):
                if token and (is_user or token.count(".") == _DOTS):
                    waits = identities.check(token, at, is_user=is_user)
                    if waits is not None:
                        await settled(waits)
        caller = self.admission.caller(shown, None, at)
        if not isinstance(caller, Refusal):
            return Asks(caller, user_token, shown)
        if identities is None or user_token is not None or shown.count(".") != _DOTS:
            return caller
        waits = identities.check(shown, at, is_user=True)
        if waits is not None:
            await settled(waits)
        agent = identities.agents(shown, at).own
        if agent is None or self.user(shown, at, systems) is None:
            return caller
        found = self.admission.of_workload(agent, at)
        return found if isinstance(found, Refusal) else Asks(found, shown, "")

    def user(self, token: str, at: dt.datetime, systems: Iterable[str]) -> Subject | None:
        """The user of a token that was checked and opens some of the systems; None where it is not believed."""
        if self.identities is None or not self.audience:
            return None
        for each in (self.audience, *(f"{self.audience}/{name}" for name in systems)):
            found = self.identities.subject(token, each, at)
            if found is not None:
                return found
        return None

    def misused(self, asks: Asks, at: dt.datetime) -> bool:
        """Whether the user's token was made for another agent than the one that shows it."""
        if self.identities is None or not asks.user_token:
            return False
        only = self.identities.agents(asks.user_token, at).only
        return only is not None and asks.caller.workload not in only


async def settled(future: Future[None]) -> None:
    """Wait for a check, for a while; where it fails, what is known then decides."""
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            await asyncio.wrap_future(future)
    except Exception as error:  # noqa: BLE001 - what it was for is decided by what is known then
        _log.warning("something that a decision waited for failed", error=said_of(error))
