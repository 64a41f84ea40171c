"""Actions of agents: asked for, explained, polled. The only way to a system."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from roadworthy.foundation.errors import InvalidInput, NotFound, RoadworthyError, Unavailable
from roadworthy.foundation.logs import log
from roadworthy.foundation.resources.schemas import told
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.workflow.rules import said_of
from roadworthy.operate.actions import arguments as forms
from roadworthy.operate.actions import telling
from roadworthy.operate.actions.besides import Writes
from roadworthy.operate.actions.callbacks.rules import refuse_undeclared
from roadworthy.operate.actions.catalogue.compiled import CATALOGUE, Catalogue, CompiledAction
from roadworthy.operate.actions.deciding import charging
from roadworthy.operate.actions.deciding.asking import Asks, Known
from roadworthy.operate.actions.deciding.sides import is_in_process, refuse_mismatch
from roadworthy.operate.actions.deciding.verdict import ALLOW, DENY, HOLD, Case, decide, full
from roadworthy.operate.actions.declared import Effect
from roadworthy.operate.actions.doing import whose as owners
from roadworthy.operate.actions.doing.flow import Beside, Flow
from roadworthy.operate.actions.doing.identity import Asker, kept_of, refusal, refuse_tokens
from roadworthy.operate.actions.doing.keeping import Begun, Keeping, Meanwhile
from roadworthy.operate.actions.model import AgentAction, Reason, State, Told, Wanted
from roadworthy.operate.actions.ports import Admits, Identities, Offered
from roadworthy.operate.actions.store import RESULT, Kept, find
from roadworthy.operate.admission.configuration import Configuration
from roadworthy.operate.admission.model import Caller, Refusal, Subject
from roadworthy.operate.calls.delegation.rules import claims_of

_EMPTY: Final = Catalogue()
_log = log("actions")


@dataclass(frozen=True, slots=True)
class Ground:
    """What actions stand on."""

    admission: Admits
    identities: Identities | None
    configuration: Callable[[], Configuration]
    keeping: Keeping
    flow: Flow
    beside: Beside
    writes: Writes
    runtime: Runtime
    hold: Callable[[Kept, bytes, tuple[Reason, ...]], Kept]
    """Asks people about an action that is held; runs beside the event loop."""
    audience: str = ""
    """`aud` of users' tokens that are taken here."""
    inside: frozenset[str] = frozenset()
    """Hosts inside the house to which agents' callbacks may go, as `inside_hosts` names them."""

    @property
    def known(self) -> Known:
        """By what it is known who asks."""
        return Known(self.admission, self.identities, self.audience)


class Actions:
    """Does actions of agents. For the thread of one event loop.

    Args:
        ground: what they stand on.
    """

    def __init__(self, ground: Ground) -> None:
        self.ground = ground

    def catalogue(self) -> Catalogue:
        """What is declared now."""
        found = self.ground.configuration().others.get(CATALOGUE)
        return found if isinstance(found, Catalogue) else _EMPTY

    def offered(self, shown: str) -> tuple[Offered, ...] | Refusal:
        """What whoever shows a key may do, by name."""
        caller = self.ground.admission.caller(shown)
        return caller if isinstance(caller, Refusal) else self.offered_to(caller)

    def offered_to(self, caller: Caller) -> tuple[Offered, ...]:
        """What somebody may have the gateway do, by name."""
        found = self.catalogue()
        return tuple(
            _offered(each)
            for _name, each in sorted(found.actions.items())
            if _may(each, caller) and not is_in_process(found, each)
        )

    async def perform(self, wanted: Wanted) -> Told:
        """Do an action, or say why not, or who decides. A no is no error; it is told as what it is.

        Cancelled once the intent is durable, the action is finished all the same.
        """
        asks = await self.asks(wanted.shown, wanted.user_token, wanted.at)
        if isinstance(asks, Refusal):
            return telling.of_refusal(asks)
        caller, wanted = asks.caller, wanted if asks.own else replace(wanted, user_token=asks.user_token)
        action = self.catalogue().actions.get(wanted.action)
        if action is None or not _may(action, caller):
            return telling.unknown(wanted.action, [each.name for each in self.offered_to(caller)])
        try:
            refuse_mismatch(wanted, self.catalogue(), action)
            refuse_tokens(wanted)
            refuse_undeclared(wanted.callback, self.catalogue().callbacks, caller.use_case, self.ground.inside)
            case = await self._case(wanted, asks, action)
            if wanted.dry:
                return await self._explained(case)
            if case.subject is not None:
                wanted = replace(wanted, behalf=kept_of(wanted.user_token, case.subject, action.spec.whose))
            begun = await self._begun(case, wanted)
        except RoadworthyError as error:
            return telling.of_error(error)
        except Exception as error:  # noqa: BLE001 - errors deny, whatever they are; the cause is in the log
            _log.exception("an action could not be decided about", action=wanted.action, error=said_of(error))
            return telling.of_error(
                Unavailable("action-fault", "the action could not be decided about", remedy="try again")
            )
        return await self._went(begun, action, wanted, Asker(caller, case.subject, asks.user_token, asks.own))

    async def _begun(self, case: Case, wanted: Wanted) -> Begun:
        """Have it decided about and written down."""
        unit = self.ground.keeping.beginning(case, wanted)
        try:
            return await self.ground.writes(unit)
        except Meanwhile:
            return await self.ground.writes(unit)

    async def _went(self, begun: Begun, action: CompiledAction, wanted: Wanted, asker: Asker) -> Told:
        """What became of an action that was decided about."""
        ground, kept, verdict = self.ground, begun.kept, begun.verdict
        if verdict is None:
            return replace(await self.told(kept), repeated=True)
        if verdict.says == ALLOW and wanted.advisory:
            return await self.told(kept, verdict.reasons)
        if verdict.says == ALLOW:
            after = await ground.flow.do(kept, action, wanted.arguments, asker)
            if after.action.state is State.PROBING:
                after = await ground.flow.probe(after, action, self.catalogue(), asker)
            return await self.told(after, verdict.reasons)
        if verdict.says == HOLD:
            try:
                kept = await asyncio.wrap_future(
                    ground.beside(lambda: ground.hold(kept, wanted.arguments, verdict.reasons))
                )
            except Exception as error:  # noqa: BLE001 - it stays held, and whoever looks after held ones asks again
                _log.error("nobody could be asked about a held action yet", action=kept.action.id, error=said_of(error))
        return await self.told(kept, verdict.reasons)

    async def told(self, kept: Kept, reasons: tuple[Reason, ...] = ()) -> Told:
        """What is told of an action, with its result where there is one."""
        ground, result = self.ground, None
        if kept.action.state not in {State.DONE, State.FAILED}:
            return telling.of_action(kept.action, reasons, None)
        if kept.heard is not None:
            result = kept.heard.result
        else:
            content = await asyncio.wrap_future(ground.beside(lambda: ground.keeping.content(kept.action.id, RESULT)))
            result = None if content is None else forms.read(content, len(content))
        return telling.of_action(kept.action, reasons, result)

    async def get(self, shown: str, id_: str, user_token: str | None = None) -> Told:
        """An action, for the agent that asked for it, and for no other user than the one for whom it was asked.

        Args:
            shown: the key or token of the agent.
            id_: of the action.
            user_token: of the user for whom the agent asks now, where it shows one.
        """
        ground, now = self.ground, self.ground.runtime.clock.now()
        asks = await self.asks(shown, user_token, now)
        if isinstance(asks, Refusal):
            return telling.of_refusal(asks)

        def look() -> Kept | None:
            with ground.keeping.ground.store.read() as connection:
                return find(connection, id_)

        kept = await asyncio.wrap_future(ground.beside(look))
        if kept is None or not (_asked(kept.action, asks.caller) and self._is_user(kept.action, asks.user_token, now)):
            return telling.of_error(
                NotFound("action-id-unknown", "this agent asked for no action of this id, or for another user",
                         remedy="take the id from the answer, and show the same key, or a token of the same workload")
            )  # fmt: skip
        return await self.told(kept)

    def user(self, token: str, at: dt.datetime) -> Subject | None:
        """The user of a token that was checked and opens anything here; None where it is not believed."""
        return self.ground.known.user(token, at, self.catalogue().systems)

    def _is_user(self, action: AgentAction, token: str | None, at: dt.datetime) -> bool:
        """Whether nobody says that it is for another user than it was asked for."""
        if not token:
            return True
        subject = self.ground.known.user(token, at, (action.system,))
        return subject is not None and subject.pseudonym == action.user

    # ------------------------------------------------------------ reading what is asked

    async def asks(self, shown: str, user_token: str | None, at: dt.datetime) -> Asks | Refusal:
        """Whoever asks, once what was shown is checked."""
        return await self.ground.known.asks(shown, user_token, at, self.catalogue().systems)

    async def _case(self, wanted: Wanted, asks: Asks, action: CompiledAction) -> Case:
        ground, caller, subject = self.ground, asks.caller, None
        if wanted.user_token:
            subject = ground.known.user(wanted.user_token, wanted.at, (action.spec.system,))
        changed, unnamed, found = "", "", ground.flow.way(action)
        if found is not None:
            reached, acts = found
            await acts.ready(reached, action)
            changed = acts.changed(reached, action)
            unnamed = refusal(reached, action, Asker(caller, subject, asks.user_token, asks.own))
        given = forms.read(wanted.arguments)
        if not isinstance(given, dict):
            raise InvalidInput("action-arguments-unfit", "the arguments are no JSON object", remedy="send an object")
        return Case(
            action=action, caller=caller, arguments=given, at=wanted.at, subject=subject,
            unproved=bool(wanted.user_token) and subject is None, misused=ground.known.misused(asks, wanted.at),
            population=wanted.population, run=wanted.run or "",
            changed=changed, unnamed=unnamed,
            whose=await self._whose(wanted, caller, subject, action, given),
        )  # fmt: skip

    async def _whose(
        self, wanted: Wanted, caller: Caller, subject: Subject | None, action: CompiledAction, given: dict[str, Any]
    ) -> str:
        """Why what it is about may be somebody else's; empty where it is theirs, or can be everybody's."""
        ground, said = self.ground, action.spec.whose
        if said is None or action.faults(given):  # what is none of its arguments is refused for that
            return ""
        user = "" if subject is None else subject.pseudonym
        who = None if subject is None else owners.claimed(said, claims_of(wanted.user_token or ""))
        if who is None:
            who = await asyncio.wrap_future(
                ground.beside(lambda: owners.served(ground.keeping, said, caller.key, user, wanted.run))
            )

        async def look(name: str, arguments: bytes) -> Any:  # noqa: ANN401 - any JSON, or `MISSING`
            looks = self.catalogue().actions.get(name)
            if looks is None or looks.spec.effect is not Effect.READ or looks.spec.whose is not None:
                return forms.MISSING
            asked = replace(wanted, action=name, arguments=arguments, run=None, key=None, dry=False)
            told = await self.perform(asked)
            return told.result if told.state is State.DONE else forms.MISSING

        return await owners.fault(said, given, who, look)

    async def _explained(self, case: Case) -> Told:
        """What would become of it now; nothing is written, nothing is charged."""
        ground = self.ground
        verdict = decide(case, ground.keeping.ground.status, ground.configuration(), ground.keeping.ground.known_as)
        if verdict.says == DENY or not verdict.charges:
            return telling.of_verdict(verdict.says, verdict.reasons)

        def look() -> list[Any]:
            with ground.keeping.ground.store.read() as connection:
                return charging.room(connection, verdict.charges)

        room = await asyncio.wrap_future(ground.beside(look))
        over = [full(charge, used) for charge, used in room if used + charge.amount > charge.most]
        said = [
            Reason(charge.rule, ALLOW, f"{charge.counter}: {used:,} of {charge.most:,} used")
            for charge, used in room if used + charge.amount <= charge.most
        ]  # fmt: skip
        return telling.of_verdict(DENY if over else verdict.says, (*verdict.reasons, *said, *over))


def _may(action: CompiledAction, caller: Caller) -> bool:
    return caller.use_case in action.spec.use_cases


def _offered(action: CompiledAction) -> Offered:
    spec = action.spec
    return Offered(
        name=action.name, title=spec.title or action.name, description=spec.description or "", input=told(spec.input),
        output=None if spec.output is None else told(spec.output), effect=spec.effect.value, tier=spec.tier.value,
        idempotent=spec.idempotency is not None and spec.idempotency.by == "key", system=spec.system,
    )  # fmt: skip


def _asked(action: AgentAction, caller: Caller) -> bool:
    """Whether it is the agent that asked for an action: the same key, or the same workload whatever token it shows."""
    same = action.key == caller.key if action.workload is None else action.workload == caller.workload
    return same and (action.use_case, action.stage) == (caller.use_case, caller.stage)
