"""What of an action goes into the ledger: single entries, without personal data."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Basis, Context, Draft, Oversight
from roadworthy.operate.actions.model import AgentAction, AgentRun, Charge, Reason

GATEWAY: Final = Context(Actor(ActorKind.SYSTEM, "gateway"))
ACTION: Final = "AgentAction"
RUN: Final = "AgentRun"
"""Kinds of the ledger's resources."""


def context_for(who: str, user: str | None, trace: str | None = None) -> Context:
    """Who acts, and for whom: the agent's workload or key, on behalf of the user's pseudonym."""
    return Context(_agent(who), None if user is None else Actor(ActorKind.PERSON, user, via="gateway"), trace)


@lru_cache(maxsize=1024)
def _agent(who: str) -> Actor:
    return Actor(ActorKind.WORKLOAD, who, via="gateway", authenticated="gateway-key")


def intended(action: AgentAction, basis: Basis, charges: Iterable[Charge], oversight: Oversight) -> Draft:
    """It is going to be done."""
    taken: Canonical = [{"limit": each.limit, "amount": each.amount, "unit": each.unit} for each in charges]
    return Draft("action.intended", _of(action), decision="allow", basis=basis, oversight=oversight,
                 facts={**_facts(action), "charged": taken})  # fmt: skip


def held(action: AgentAction, basis: Basis) -> Draft:
    """A person decides."""
    return Draft("action.held", _of(action), decision="hold", basis=basis, facts=_facts(action))


def refused(action: AgentAction, basis: Basis) -> Draft:
    """It is not done."""
    return Draft("action.refused", _of(action), decision="deny", basis=basis, facts=_facts(action))


def done(action: AgentAction, tries: int) -> Draft:
    """The system did it."""
    facts: dict[str, Canonical] = {"action": action.action, "tries": tries, "reference": action.reference}
    return Draft("action.done", _of(action), facts=facts)


def failed(action: AgentAction, tries: int) -> Draft:
    """The system did not do it, and nothing was changed."""
    facts: dict[str, Canonical] = {"action": action.action, "tries": tries, "error": action.error}
    return Draft("action.failed", _of(action), facts=facts)


def given_up(action: AgentAction) -> Draft:
    """It is a dead letter."""
    facts: dict[str, Canonical] = {
        "action": action.action, "tries": action.tries, "error": action.error,
        "why": action.why.value if action.why is not None else None,
    }  # fmt: skip
    return Draft("action.given-up", _of(action), facts=facts)


def cancelled(action: AgentAction, why: str) -> Draft:
    """Nobody wants it any more, or nobody let it pass in time."""
    return Draft("action.cancelled", _of(action), facts={"action": action.action, "why": why})


def parked(action: AgentAction) -> Draft:
    """A stop keeps it."""
    return Draft("action.parked", _of(action), facts={"action": action.action, "about": action.about})


def replayed(action: AgentAction, reason: str, made: AgentAction) -> Draft:
    """Somebody had a dead letter done again."""
    facts: dict[str, Canonical] = {"action": action.action, "useCase": action.use_case, "as": made.id}
    return Draft("action.replayed", _of(action), facts=facts, texts={"reason": reason.encode()})


def settled(action: AgentAction, reason: str) -> Draft:
    """Somebody found out whether it was done."""
    facts: dict[str, Canonical] = {
        "action": action.action, "useCase": action.use_case, "state": action.state.value, "reference": action.reference,
    }  # fmt: skip
    return Draft("action.settled", _of(action), facts=facts, texts={"reason": reason.encode()})


def discarded(action: AgentAction, reason: str) -> Draft:
    """Somebody let a dead letter go."""
    facts: dict[str, Canonical] = {"action": action.action, "useCase": action.use_case}
    return Draft("action.discarded", _of(action), facts=facts, texts={"reason": reason.encode()})


def run_completed(run: AgentRun) -> Draft:
    """Its agent says that it is done."""
    return Draft("agent-run.completed", f"{RUN}/{run.id}", facts=_of_run(run))


def rollback_begun(run: AgentRun, why: str) -> Draft:
    """It is being taken back."""
    return Draft("agent-run.rollback-begun", f"{RUN}/{run.id}", facts=_of_run(run), texts={"reason": why.encode()})


def rolled_back(run: AgentRun) -> Draft:
    """It was taken back, all of it."""
    return Draft("agent-run.rolled-back", f"{RUN}/{run.id}", facts=_of_run(run))


def partly_rolled_back(run: AgentRun) -> Draft:
    """It was taken back as far as that was possible."""
    return Draft("agent-run.partly-rolled-back", f"{RUN}/{run.id}", facts=_of_run(run))


def _of_run(run: AgentRun) -> dict[str, Canonical]:
    despite: dict[str, Canonical] = {"despiteStop": True} if run.despite_stop else {}
    return {"useCase": run.use_case, "state": run.state.value, "actions": run.places, **despite}


def basis_of(definition: str, reasons: Iterable[Reason], arguments: str) -> Basis:
    """On what it was decided: the declared action, the rules that were looked at, the arguments' commitment."""
    return Basis(policy=definition, rules=tuple(f"{each.rule}={each.says}" for each in reasons), inputs=arguments)


def _of(action: AgentAction) -> str:
    return f"{ACTION}/{action.id}"


def _facts(action: AgentAction) -> dict[str, Canonical]:
    return {
        "action": action.action, "system": action.system, "useCase": action.use_case, "stage": action.stage,
        "run": action.run, "place": action.place, "effect": action.effect, "amount": action.amount,
        "currency": action.currency, "certificate": action.certificate, "rule": action.rule or None,
        "compensates": action.compensates, "enforcement": action.enforcement,
    }  # fmt: skip
