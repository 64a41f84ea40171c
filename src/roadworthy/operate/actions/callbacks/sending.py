"""Calling an agent when an action of it is over: one signed request, sent again until it is taken.

That it has to be called is written in the transaction that ends the action. The request is signed after the Standard
Webhooks specification, as notifications are; one that is sent again has the same id.
"""

from __future__ import annotations

import base64
import datetime as dt
from dataclasses import dataclass
from typing import Final, cast

import httpx

from roadworthy.foundation.credentials import Sources
from roadworthy.foundation.errors import Place, Unavailable
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.logs import log
from roadworthy.foundation.notify.sending import SECRET_PREFIX, sign
from roadworthy.foundation.reaching.reach import Reach
from roadworthy.foundation.reaching.transport import Guarded, silence
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.workflow.model import Timer
from roadworthy.foundation.workflow.service import Outcome, Timers
from roadworthy.operate.actions import store as rows
from roadworthy.operate.actions import telling
from roadworthy.operate.actions.callbacks.declared import CALLBACK, AgentCallback
from roadworthy.operate.actions.callbacks.rules import event_of, opened, receiver
from roadworthy.operate.actions.doing.keeping import Keeping

CALL: Final = "agent.call-back"
"""Kind of the timers that call an agent; the key is the action's id, so what is over twice is told as it is now."""
SECONDS: Final = 10.0
_PATIENCE: Final = dt.timedelta(minutes=2)
_TAKEN: Final = range(200, 300)
_log = log("callbacks")


@dataclass(frozen=True, slots=True)
class Ground:
    """What calling agents stands on."""

    keeping: Keeping
    resources: Resources
    timers: Timers
    runtime: Runtime
    sources: Sources
    reach: Reach
    source: str
    """`source` of the events: which deployment calls."""


class Callbacks:
    """Calls agents.

    Args:
        ground: what it stands on.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        ground.timers.act(CALL, self._call, patience=_PATIENCE)

    @staticmethod
    def ended(tx: Transaction, kept: rows.Kept) -> None:
        """Have an agent called that wanted to be, in the unit that ends its action."""
        if not kept.callback:
            return
        told = telling.of_action(kept.action, (), None)
        facts = {"delivery": tx.new_id(), "at": to_text(tx.now), "state": told.state.value, "code": told.code}
        Timers.set(tx, CALL, kept.action.id, tx.now, facts)

    def start(self) -> None:
        """Call whom nobody called meanwhile, then go on."""
        self._ground.timers.start()

    def close(self) -> None:
        """Stop after the call in progress."""
        self._ground.timers.close()

    # ------------------------------------------------------------ inside

    def _call(self, timer: Timer) -> Outcome | None:
        ground = self._ground
        sealed = ground.keeping.content(timer.key, rows.CALLBACK)
        with ground.keeping.ground.store.read() as connection:
            kept = rows.find(connection, timer.key)
            declared = {
                each.name: cast("AgentCallback", each.spec) for each in ground.resources.all(connection, CALLBACK)
            }
        if kept is None or sealed is None:
            _log.info("an agent is not called, for where was erased", action=timer.key)
            return None
        callback = opened(sealed)
        found = receiver(callback.url, declared, kept.action.use_case, ground.reach.allowed)
        if found is None:
            raise _not_called(kept.action.use_case, "its address is not declared any more")
        delivery = str(timer.data["delivery"])
        self._send(
            found, callback.url, delivery, event_of(timer.key, delivery, timer.data, callback.token, ground.source)
        )
        return None

    def _send(self, found: tuple[str, AgentCallback], url: str, delivery: str, content: bytes) -> None:
        name, spec = found
        stamp = str(int(self._ground.runtime.clock.now().timestamp()))
        headers = {
            "Content-Type": "application/cloudevents+json",
            "User-Agent": "Roadworthy",
            "webhook-id": delivery,
            "webhook-timestamp": stamp,
            "webhook-signature": sign(self._key(name, spec), delivery, stamp, content),
        }
        try:
            with (
                httpx.Client(timeout=SECONDS, follow_redirects=False, transport=Guarded(self._ground.reach)) as client,
                client.stream("POST", url, content=content, headers=headers) as answer,
            ):
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _not_called(name, silence(error)) from error
        if status not in _TAKEN:
            raise _not_called(name, f"it answers with status {status}")

    def _key(self, name: str, spec: AgentCallback) -> bytes:
        try:
            found = self._ground.sources.read(spec.secret)
            key = base64.b64decode(found.removeprefix(SECRET_PREFIX), validate=True)
        except (OSError, ValueError) as error:
            raise _not_called(name, "its secret cannot be read") from error
        if not key:
            raise _not_called(name, f"there is nothing at `{spec.secret}`")
        return key


def _not_called(name: str, why: str) -> Unavailable:
    return Unavailable(
        "agent-callback-failed",
        f"an agent was not called at `{name}`: {why}",
        place=Place(source=f"{CALLBACK}/{name}"),
        remedy="it is tried again for some hours; the agent can ask for the action by its id meanwhile",
    )
