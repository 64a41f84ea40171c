"""For whom a system is asked: what goes along so that it learns for which user an agent acts, never the user's token.

Tokens come about as they do for upstreams of calls (`calls.delegation`). An action may be done when its asker is gone:
after people let it pass, after a gateway died, to take another one back. For that, what the user's token said of the
user is sealed with the action when it is asked for; the token itself is let go of.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from roadworthy.foundation.errors import Refused
from roadworthy.foundation.logs import Secret
from roadworthy.foundation.runtime import Future
from roadworthy.operate.actions.catalogue.compiled import CompiledAction
from roadworthy.operate.actions.declared import Whose
from roadworthy.operate.actions.doing.keeping import Keeping
from roadworthy.operate.actions.model import AgentAction, Outcome, Receipt, Wanted
from roadworthy.operate.actions.store import BEHALF, find
from roadworthy.operate.actions.systems.fleet import ReachedSystem
from roadworthy.operate.actions.systems.veiling import veiled
from roadworthy.operate.admission.configuration import Configuration
from roadworthy.operate.admission.model import Caller, Decision, Subject
from roadworthy.operate.calls.delegation import rules
from roadworthy.operate.calls.delegation.model import Behalf, Carried, IdentityFailure
from roadworthy.operate.calls.wire.failures import FailureClass
from roadworthy.operate.telemetry.model import Enforcement, Ruling

_LEAST_SECRET: Final = 16
_MOST_REPLACED: Final = 100
"""Times that somebody has the same thing done again with other arguments, and it is still known for whom."""
PATIENCE: Final = 10.0
"""Seconds for a token of an identity provider."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Whoever asks for an action and waits for it."""

    caller: Caller
    subject: Subject | None
    user_token: str | None = field(repr=False)
    shown: str = field(repr=False)


def kept_of(user_token: str | None, subject: Subject | None, whose: Whose | None) -> bytes | None:
    """What is sealed of a user whose token is believed; None where there is none.

    Args:
        user_token: the token.
        subject: the user.
        whose: by which claim it is gone for whom the action is, where it is.
    """
    claims = None if user_token is None or subject is None else rules.claims_of(user_token)
    if claims is None:
        return None
    kept = {**rules.worth_keeping(claims)}
    if whose is not None and whose.claim is not None and whose.claim in claims:
        kept[whose.claim] = claims[whose.claim]
    return json.dumps(kept, separators=(",", ":")).encode()


def sealed(keeping: Keeping, action: AgentAction) -> bytes | None:
    """What was sealed of the user of an action, or of the one that it takes back or replaces; None where it is gone.

    Raises:
        IntegrityBroken: it cannot be opened here.
    """
    at: AgentAction | None = action
    for _ in range(_MOST_REPLACED):
        if at is None:
            return None
        found = keeping.content(at.id, BEHALF)
        before = at.compensates or at.replay_of
        if found is not None or before is None:
            return found
        with keeping.ground.store.read() as connection:
            kept = find(connection, before)
        at = None if kept is None else kept.action
    return None


def refusal(reached: ReachedSystem, action: CompiledAction, asker: Asker) -> str:
    """Why a system may not be asked for a user, before anything is done or anybody asked; empty where it may."""
    if reached.delegate is None:
        return ""
    found = reached.delegate.refusal(_behalf(_decision("", asker.caller, asker.subject), action, asker, None))
    return "" if found is None else found.why


def leaks(wanted: Wanted) -> bool:
    """Whether what is asked for holds a credential that came along, or the part of one that nobody else knows."""
    said = None
    for token in (wanted.user_token, wanted.shown):
        for part in (token, token.rpartition(".")[2]) if token else ():
            if len(part) >= _LEAST_SECRET:
                said = said or b"\n".join((wanted.arguments, _bytes(wanted.run or ""), _bytes(wanted.agent or "")))
                if _bytes(part) in said:
                    return True
    return False


def refuse_tokens(wanted: Wanted) -> None:
    """Refuse what holds a credential. Nothing of it is written down, for the credential would stand there too.

    Raises:
        Refused: it does.
    """
    if leaks(wanted):
        raise Refused(
            "action-token-passed",
            "the user's token, or the agent's own key, stands in what is asked for, and nobody is told of either",
            remedy="leave it out; a system learns for whom it is asked by its declared `identity`",
        )


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


async def carried(
    reached: ReachedSystem,
    does: CompiledAction,
    action: AgentAction,
    asker: Asker | None,
    kept: Callable[[], Future[bytes | None]],
    configuration: Configuration,
) -> Carried | None:
    """What goes along to a system, and what must not come back from it; None where it goes with the system's secret.

    Args:
        reached: the system, which declares an identity.
        does: as it is declared; of a look what became of an action, the look.
        action: as it is kept.
        asker: whoever waits for it; None where nobody does any more.
        kept: reads what was sealed of the user; a future.
        configuration: what is declared now.

    Raises:
        IdentityFailure: it may not be asked, or cannot.
    """
    assert reached.delegate is not None  # noqa: S101 - asked for those that have one
    if asker is not None:
        decision = _decision(action.id, asker.caller, asker.subject, action.certificate)
        return await reached.delegate.carried(_behalf(decision, does, asker, None))
    held = configuration.key(action.key)
    caller = held.caller if held is not None else _caller(action)
    subject = None if action.user is None else Subject(action.user, frozenset())
    said = None if subject is None else await asyncio.wrap_future(kept())
    claims = None if said is None else json.loads(said)
    decision = _decision(action.id, caller, subject, action.certificate)
    gone = Asker(caller, subject, None, "")
    return await reached.delegate.carried(_behalf(decision, does, gone, claims))


def failed(failure: IdentityFailure) -> Receipt:
    """What an action came to for which there is no token: nothing was done."""
    passes = failure.kind is FailureClass.IDENTITY_DOWN
    return Receipt(Outcome.NOT_DONE, error=failure.kind.value, passes=passes, retry_after=failure.retry_after)


def cleaned(receipt: Receipt, carried_: Carried) -> Receipt:
    """What a system said, without what only it was shown; a token that it does not take is kept no longer."""
    if receipt.outcome is Outcome.REJECTED or receipt.error == FailureClass.CREDENTIAL.value:
        carried_.forget()
    for each in carried_.secrets:
        receipt = veiled(receipt, Secret(each))
    return receipt


def _caller(action: AgentAction) -> Caller:
    """Whoever asked, where the key is gone: what is taken back is taken back in the name of the same agent."""
    return Caller(action.key, action.key, action.use_case, action.stage, action.workload, None, action.asked_at)


def _decision(id_: str, caller: Caller, subject: Subject | None, certificate: str | None = None) -> Decision:
    return Decision(id_, Ruling.ADMITTED, Enforcement.ENFORCED, caller, subject, None, certificate=certificate)


def _behalf(decision: Decision, does: CompiledAction, asker: Asker, claims: Mapping[str, Any] | None) -> Behalf:
    due = asyncio.get_running_loop().time() + PATIENCE
    needs = frozenset(does.spec.rights) if does.spec.rights else None
    return Behalf(decision, None, asker.user_token, asker.shown, due, does.name, claims, needs)
