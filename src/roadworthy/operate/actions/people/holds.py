"""The subject `agent-actions`: a person decides about one action, with exactly its arguments, and those run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol, cast

import sqlalchemy as sa

from roadworthy.decide.approvals.executors.reading import digests, texts
from roadworthy.decide.approvals.proposing import Check, any_use_case
from roadworthy.decide.approvals.requests import Proposal, Request
from roadworthy.decide.approvals.states import WAITING, RequestState
from roadworthy.decide.approvals.tables import requests
from roadworthy.foundation.digests import Canonical, digest
from roadworthy.foundation.errors import Conflict, RoadworthyError
from roadworthy.foundation.ledger.authority import Act
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.logs import log
from roadworthy.foundation.money import Money
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.spans import seconds
from roadworthy.foundation.workflow.leases import shared_now
from roadworthy.inventory.deciding import facts_of
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import UseCase
from roadworthy.operate.actions import recording
from roadworthy.operate.actions import store as rows
from roadworthy.operate.actions.catalogue.compiled import Catalogue
from roadworthy.operate.actions.deciding import charging
from roadworthy.operate.actions.declared import ACTION
from roadworthy.operate.actions.doing import waiting_store as waiting
from roadworthy.operate.actions.doing.keeping import SALT, Keeping
from roadworthy.operate.actions.model import SUBJECT, AgentAction, Reason, State
from roadworthy.operate.actions.store import Kept

_NEEDED: Final = ("action", "id", "arguments", "definition")
_ENDED: Final = sorted(set(RequestState) - WAITING - {RequestState.APPROVED, RequestState.USED})
_OVER: Final = sa.select(requests.c.id, requests.c.state).where(
    requests.c.subject == SUBJECT, requests.c.state.in_([each.value for each in _ENDED])
)
"""Requests that ended without a yes, with how; an approved one carries itself out."""
_log = log("actions")


class Asks(Protocol):
    """Takes proposals."""

    def propose(self, context: Context, proposal: Proposal, check: Check = any_use_case) -> Request:
        """Ask for a decision; what waits already is not asked twice."""

    def withdraw(self, context: Context, request_id: str, reason: str) -> Request:
        """Take a request back."""


class ActionExecutor:
    """Lets one action pass by decision.

    Args:
        resources: actions and use cases.
        keeping: where the action waits.
    """

    def __init__(self, resources: Resources, keeping: Keeping) -> None:
        self._resources = resources
        self._keeping = keeping

    def prepare(self, connection: sa.Connection, context: Context, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is decided: the stored action with its stored arguments, and nothing that is handed in beside it.

        Whoever may propose could otherwise have people read one thing and let another pass, or have a rule look at an
        amount of their own.

        Raises:
            InvalidInput: a field is missing.
            Conflict: no such action waits, it has other arguments, or those are not kept any more.
        """
        del context
        said = texts({name: content.get(name) for name in _NEEDED}, _NEEDED)
        kept = rows.find(connection, said["id"])
        _refuse_changed(kept, said)
        assert kept is not None  # noqa: S101 - refused above
        sealed = rows.get(connection, kept.action.id, rows.ARGUMENTS)
        if sealed is None:
            raise Conflict(
                "action-arguments-gone", "its arguments are not kept any more", remedy="have the agent ask again"
            )
        arguments = self._keeping.ground.sealing.open(sealed, kept.action.id, rows.ARGUMENTS)[SALT:]
        made = _content(kept, arguments, kept.action.about)
        if any(made.get(name) != value for name, value in content.items() if name != "why"):
            raise _changed()
        return made

    def acts(self, connection: sa.Connection, content: Mapping[str, Any]) -> tuple[Act, ...]:
        """One action of an agent, with what rules may ask about it.

        Raises:
            NotFound: there is no such use case.
        """
        name = str(content["useCase"])
        spec = cast("UseCase", self._resources.get(USE_CASE, name, connection).spec)
        facts = {
            **facts_of(name, spec), "tool": content["action"], "system": content["system"],
            "reversible": content["effect"] != "irreversible", "amount": content.get("amount"),
        }  # fmt: skip
        said = {key: value for key, value in facts.items() if value is not None}
        return (Act("agent-action", f"{ACTION}/{content['action']}", dict(content), name, said),)

    def base(self, connection: sa.Connection, content: Mapping[str, Any]) -> Mapping[str, str]:
        """The use case and the declared action as they stand: another definition is another decision."""
        keys = [(USE_CASE, str(content["useCase"])), (ACTION, str(content["action"]))]
        return digests(self._resources, connection, keys)

    def title(self, content: Mapping[str, Any]) -> str:
        """What is done, where, and for how much."""
        amount = content.get("amount")
        much = f", {Money(amount['minor'], amount['currency'])}" if isinstance(amount, Mapping) else ""
        return f"Let {content.get('useCase')} do {content.get('action')}{much}"

    def shown(self, content: Mapping[str, Any]) -> Sequence[str]:
        """Every argument, as it is going to be sent."""
        return (
            f"action: {content.get('action')} in {content.get('system')}, {content.get('effect')}",
            f"use case: {content.get('useCase')}, {content.get('stage')}",
            f"why it is asked: {content.get('why')}",
            "arguments, exactly as they are sent:",
            f"  {content.get('sent')}",
        )

    def carry_out(self, tx: Transaction, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Let the stored action have its turn.

        Raises:
            Conflict: it does not wait any more, or is another than was decided about.
        """
        kept = rows.held(tx.connection, str(content["id"]))
        _refuse_changed(kept, content)
        assert kept is not None  # noqa: S101 - refused above
        request = next((grant.request for grant in tx.granted.values()), kept.action.request)
        now = shared_now(tx.connection, self._keeping.ground.runtime)
        action = replace(kept.action, state=State.QUEUED, due_at=now, request=request)
        rows.change(tx.connection, replace(kept, action=action))
        return {"id": kept.action.id, "action": kept.action.action}


def _refuse_changed(kept: Kept | None, said: Mapping[str, Any]) -> None:
    if kept is None or kept.action.state is not State.HELD:
        raise Conflict(
            "action-not-held", "no such action waits for a person",
            remedy="it was decided about, cancelled, or never asked for",
        )  # fmt: skip
    if (kept.action.arguments, kept.definition, kept.action.action) != (
        said["arguments"], said["definition"], said["action"],
    ):  # fmt: skip
        raise _changed()


def _changed() -> Conflict:
    return Conflict(
        "action-changed-since", "the action that waits is another than the one that is decided about",
        remedy="decide about the request that names the stored one",
    )  # fmt: skip


class Holds:
    """Asks people about held actions, and looks what became of it.

    Args:
        keeping: where they wait.
        approvals: who is asked.
        catalogue: of declared actions, which say how long people have.
    """

    def __init__(self, keeping: Keeping, approvals: Asks, catalogue: Callable[[], Catalogue]) -> None:
        self._keeping = keeping
        self._approvals = approvals
        self._catalogue = catalogue

    def ask(self, kept: Kept, arguments: bytes, reasons: tuple[Reason, ...]) -> Kept:
        """Ask about one action; where nobody may decide, it is refused.

        Returns:
            The action as it is now: held with its request, let pass by a rule beforehand, or refused.
        """
        why = next((each.about for each in reasons if each.says == "hold"), kept.action.about)
        try:
            request = self._approvals.propose(
                recording.GATEWAY,
                Proposal(
                    SUBJECT,
                    _content(kept, arguments, why),
                    f"an agent's action is held: {why}"[:500],
                    seconds=self._within(kept.action.action),
                ),
            )
        except RoadworthyError as error:
            _log.warning("nobody could be asked about a held action", action=kept.action.id, code=error.code)
            return self._ended(
                kept.action.id, State.REFUSED, "hold", f"{why}; nobody may decide about it ({error.code})"
            )
        return self._asked(kept.action.id, request.id)

    def _within(self, name: str) -> float | None:
        """How many seconds people have to decide about an action; None where the rules alone say so."""
        action = self._catalogue().actions.get(name)
        held = None if action is None else action.spec.hold
        return None if held is None or held.within is None else seconds(held.within)

    def look(self, most: int = 100) -> int:
        """End held actions whose requests ended without a yes, and ask anew where nobody was asked; how many ended."""
        ground = self._keeping.ground
        with ground.store.read() as connection:
            if not waiting.any_in(connection, State.HELD):
                return 0
            ended = waiting.held_by(connection, _OVER, most)
            unasked = waiting.unasked(connection, most)
        for id_, state in ended:
            self._ended(id_, State.CANCELLED, "hold", f"the request was {state}")
        for each in unasked:
            arguments = self._keeping.content(each.action.id, rows.ARGUMENTS)
            if arguments is not None:
                self.ask(each, arguments, ())
        return len(ended)

    def withdraw(self, id_: str, why: str) -> None:
        """End an action that nobody has decided about yet, and take its request back; any other stays as it is."""
        kept = self._ended(id_, State.CANCELLED, "hold", why)
        if kept.action.state is not State.CANCELLED or kept.action.request is None:
            return
        try:
            self._approvals.withdraw(recording.GATEWAY, kept.action.request, why)
        except RoadworthyError as error:
            _log.info("the request of an action that was withdrawn is over", action=id_, code=error.code)

    def _asked(self, id_: str, request: str) -> Kept:
        def work(tx: Transaction) -> Kept:
            kept = rows.held(tx.connection, id_)
            assert kept is not None  # noqa: S101 - rows of actions that are under way stay
            changed = replace(kept, action=replace(kept.action, request=request))
            rows.change(tx.connection, changed)
            return changed

        return self._keeping.ground.units.run(recording.GATEWAY, work)

    def _ended(self, id_: str, state: State, rule: str, about: str) -> Kept:
        ground = self._keeping.ground

        def work(tx: Transaction) -> Kept:
            kept = rows.held(tx.connection, id_)
            assert kept is not None  # noqa: S101 - rows of actions that are under way stay
            if kept.action.state is not State.HELD:
                return kept
            action = replace(kept.action, state=state, rule=rule, about=about, ended_at=tx.now)
            changed = replace(kept, action=action, charges=())
            charging.give_back(tx.connection, kept.charges)
            rows.change(tx.connection, changed)
            if state is State.REFUSED:
                reason = Reason(rule, "deny", about)
                tx.record(recording.refused(action, recording.basis_of(kept.definition, (reason,), action.arguments)))
            else:
                tx.record(recording.cancelled(action, about))
            for each in ground.ended:
                each(tx, changed)
            return changed

        return ground.units.run(recording.GATEWAY, work)


def _content(kept: Kept, arguments: bytes, why: str) -> dict[str, Canonical]:
    action: AgentAction = kept.action
    content: dict[str, Canonical] = {
        "action": action.action, "id": action.id, "useCase": action.use_case, "stage": action.stage,
        "system": action.system, "effect": action.effect, "arguments": action.arguments,
        "sent": arguments.decode("utf-8"), "sentDigest": digest(arguments), "definition": kept.definition, "why": why,
    }  # fmt: skip
    if action.amount is not None and action.currency is not None:
        content["amount"] = {"minor": action.amount, "currency": action.currency}
    return content
