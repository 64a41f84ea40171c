"""Admission: decides about every call, whatever it came by, from what is in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, cast

from roadworthy.foundation.ids import Ids
from roadworthy.foundation.logs import log
from roadworthy.foundation.runtime import Future, Runtime
from roadworthy.foundation.workflow.rules import said_of
from roadworthy.operate.admission import funnel, refusals
from roadworthy.operate.admission.configuration import Configuration, HeldKey, secret_key
from roadworthy.operate.admission.funnel import Case, Judging, Seen, StatusOf
from roadworthy.operate.admission.keys.model import PREFIX
from roadworthy.operate.admission.limits.model import money_unit
from roadworthy.operate.admission.model import Asking, Caller, Decision, Refusal, Subject
from roadworthy.operate.admission.passes import Outside, Stands, Waits
from roadworthy.operate.admission.ports import AnswerGuard, Limits
from roadworthy.operate.telemetry.model import Enforcement, Ruling, Usage

_DEGRADES = ("envelope:", "limit:")
_HELD = ("envelope:",)
_log = log("gateway")


class Identities(Protocol):
    """Tokens of users and workloads, checked beside the path and remembered."""

    def workload(self, token: str, at: dt.datetime) -> str | None:
        """The workload of an access token that was checked; None where it is not believed, or not checked yet."""

    def subject(self, token: str, audience: str | None, at: dt.datetime) -> Subject | None:
        """The user of a token that was checked; None where it is not believed, not meant for this, or not checked."""

    def check(self, token: str, at: dt.datetime, *, is_user: bool) -> Future[None] | None:
        """Check a token; None where that was done."""


class Nobody:
    """No token is believed."""

    def workload(self, token: str, at: dt.datetime) -> None:
        """Nobody's."""

    def subject(self, token: str, audience: str | None, at: dt.datetime) -> None:
        """Nobody's."""

    def check(self, token: str, at: dt.datetime, *, is_user: bool) -> None:
        """There is nothing to check."""


class HoldsCalls(Protocol):
    """Asks people about calls that are held."""

    def held(self, outside: Outside, at: dt.datetime) -> Waits:
        """What a call waits for."""


class NobodyAsked:
    """Held calls wait for nobody."""

    def held(self, outside: Outside, at: dt.datetime) -> Waits:  # noqa: ARG002 - the protocol's
        """Nobody is asked."""
        return Waits(Stands.NOBODY)


class Unseen:
    """Nobody wants to know which parts were seen."""

    def seen(self, *_told: object) -> None:
        """It is forgotten."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What admission stands on."""

    runtime: Runtime
    configuration: Callable[[], Configuration]
    """The newest one."""
    status: StatusOf
    limits: Callable[[], Limits]
    identities: Identities = field(default_factory=Nobody)
    holds: HoldsCalls = field(default_factory=NobodyAsked)
    seen: Seen = field(default_factory=Unseen)


class Admission:
    """Decides about calls. For the thread of one event loop; nothing in it waits.

    Args:
        ground: what it stands on.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._judging = Judging(ground.status, ground.limits, ground.seen)
        self._ids = Ids(ground.runtime.randomness)
        self._used: dict[str, dt.datetime] = {}

    # ------------------------------------------------------------ who asks

    def caller(self, shown: str, endpoint: str | None = None, at: dt.datetime | None = None) -> Caller | Refusal:
        """Whoever shows a key or a workload's access token.

        Args:
            shown: the bearer's secret as it came.
            endpoint: which the path names, where it does.
            at: the instant; now where it is left out.
        """
        when = at or self._ground.runtime.clock.now()
        config = self._ground.configuration()
        if not shown:
            return refusals.key_missing()
        held = config.keys.get(secret_key(shown))
        if held is None:
            if shown.startswith(PREFIX) or shown.count(".") != 2:  # noqa: PLR2004 - dots of a compact JWS (RFC 7515, 7.1)
                return refusals.key_unknown()
            found = self._workload(config, shown, endpoint, when)
            if isinstance(found, Refusal):
                return found
            held = found
        if when >= held.ends:
            return refusals.key_ended(held.caller.name)
        self._used[held.caller.key] = when
        return held.caller

    def _workload(self, config: Configuration, shown: str, endpoint: str | None, at: dt.datetime) -> HeldKey | Refusal:
        return self._key_of(config, self._ground.identities.workload(shown, at), endpoint, at)

    def of_workload(self, name: str, at: dt.datetime) -> Caller | Refusal:
        """A declared workload as a caller, where something else than its own token says that it asks."""
        found = self._key_of(self._ground.configuration(), name, None, at)
        if isinstance(found, Refusal):
            return found
        self._used[found.caller.key] = at
        return found.caller

    @staticmethod
    def _key_of(config: Configuration, who: str | None, endpoint: str | None, at: dt.datetime) -> HeldKey | Refusal:
        keys = () if who is None else tuple(each for each in config.workloads.get(who, ()) if at < each.ends)
        if endpoint is not None:
            keys = tuple(
                each
                for each in keys
                if (each.caller.use_case, endpoint) in config.endpoints
                and (each.caller.endpoints is None or endpoint in each.caller.endpoints)
            )
        if not keys:
            return refusals.token_unproved()
        return keys[0] if len(keys) == 1 else refusals.workload_ambiguous(keys[0].caller.workload or "")

    def take_used(self) -> dict[str, dt.datetime]:
        """When each key was used last, of those that were since this was asked before."""
        used, self._used = self._used, {}
        return used

    def models(self, caller: Caller, endpoint: str | None = None) -> tuple[str, ...] | Refusal:
        """Names of the models that a caller may ask for; at one endpoint, where the path names it."""
        config = self._ground.configuration()
        if endpoint is None:
            return funnel.models_of(config, caller)
        opened = [
            each for each in config.names(caller.use_case) if caller.endpoints is None or each in caller.endpoints
        ]
        if endpoint not in opened:
            return refusals.endpoint_unknown(endpoint, tuple(opened))
        return tuple(sorted(config.endpoints[caller.use_case, endpoint].models))

    def ready(self, asking: Asking) -> Future[None] | None:
        """What has to be waited for before `decide`: the check of a token that was never seen; None nearly always."""
        shown = asking.shown
        if asking.user_token:
            waits = self._ground.identities.check(asking.user_token, asking.at, is_user=True)
            if waits is not None:
                return waits
        if shown.count(".") == 2 and not shown.startswith(PREFIX):  # noqa: PLR2004 - see `caller`
            return self._ground.identities.check(shown, asking.at, is_user=False)
        return None

    # ------------------------------------------------------------ may it

    def decide(self, asking: Asking) -> Decision:
        """What becomes of a call. Touches nothing but memory; whatever fails in here is a no."""
        call = self._ids.new(asking.at)
        try:
            return self._decide(call, asking)
        except Exception as error:  # noqa: BLE001 - errors deny, whatever they are; the cause is in the log
            _log.exception("a call could not be decided about", call=call, error=said_of(error))
            return Decision(
                call, Ruling.REFUSED, Enforcement.ENFORCED, None, None, asking.endpoint, refusal=refusals.failed()
            )

    def _decide(self, call: str, asking: Asking) -> Decision:
        config = self._ground.configuration()
        if not config.digest:
            return _refused(call, asking, refusals.not_ready(), config)
        caller = (
            self.caller(asking.shown, asking.endpoint, asking.at)
            if asking.queued is None
            else _of_queued(config, asking)
        )
        if isinstance(caller, Refusal):
            return _refused(call, asking, caller, config)
        found = funnel.found_endpoint(config, caller, asking)
        if isinstance(found, Refusal):
            return _refused(call, asking, found, config, caller)
        case = Case(funnel.bounded(asking, found[0]), config, caller, *found)
        case.enforcement = funnel.enforcement_of(case)
        self._run(case, call)
        return _decision(call, case)

    def _run(self, case: Case, call: str) -> None:
        """Go through the funnel, and through it again with another model where that is declared."""
        refusal, hard = self._pass(case, call)
        if refusal is None:
            return
        degrade = case.endpoint.spec.degrade
        if (
            case.endpoint.outside == "degrade"
            and degrade is not None
            and degrade.to != case.served.name
            and refusal.rule.startswith(_DEGRADES)
            and case.short is None
        ):
            case.served = case.endpoint.models[degrade.to]
            again, hard_again = self._pass(case, call)
            if again is None or (case.observes and not hard_again):
                case.ruling, case.refusal = Ruling.DEGRADED, refusal
                return
            hard = True
        case.refusal = refusal
        case.ruling = Ruling.REFUSED
        holds = case.endpoint.outside == "hold" and refusal.rule.startswith(_HELD)
        if holds and case.certificate and case.may_pass(refusal.rule) and not case.observes:
            case.ruling = Ruling.HELD
            case.refusal = self._held(case, refusal)
        if hard or not case.observes:
            case.targets = ()
            if case.observes:
                case.enforcement = Enforcement.ENFORCED

    def _held(self, case: Case, refusal: Refusal) -> Refusal:
        outside = case.outside(refusal.rule, refusal.about)
        return refusals.held(refusal, self._ground.holds.held(outside, case.asking.at))

    def _pass(self, case: Case, call: str) -> tuple[Refusal | None, bool]:
        """One way through: the first no, and whether it holds in observe mode too."""
        judging = self._judging
        refusal = judging.stopped(case)
        if refusal is not None:
            return refusal, True
        soft: Refusal | None = None
        for step in (funnel.content, self._identity, lambda one: judging.targets(one, _turn(call)), self._guards):
            refusal = step(case)
            if refusal is None:
                continue
            if not case.observes:
                return refusal, False
            soft = soft or refusal
        refusal = judging.limits(case)
        return (soft, False) if refusal is None else (refusal, True)

    def _guards(self, case: Case) -> Refusal | None:
        try:
            return self._judging.guards(case)
        except Exception as error:  # noqa: BLE001 - a guard that raises denies; the cause is in the log
            _log.exception("a guard failed", endpoint=case.endpoint.name, error=said_of(error))
            return refusals.guard_failed(case.endpoint.name)

    def _identity(self, case: Case) -> Refusal | None:
        queued, token = case.asking.queued, case.asking.user_token
        if queued is not None and queued.subject is not None:
            case.subject = queued.subject
            ends = queued.subject.expires
            return refusals.user_unproved() if ends is None or case.asking.at >= ends else None
        if not token:
            needed = case.endpoint.spec.users == "required"
            return refusals.user_missing(case.endpoint.name) if needed else None
        case.subject = self._ground.identities.subject(token, case.endpoint.spec.audience, case.asking.at)
        return refusals.user_unproved() if case.subject is None else None

    # ------------------------------------------------------------ afterwards

    def settle(self, decision: Decision, usage: Usage | None, model: str) -> tuple[int | None, str | None, str | None]:
        """Say what a call used.

        Args:
            decision: what the funnel said to it.
            usage: its tokens; None where nobody knows, and then all that was set aside counts as used.
            model: as the upstream names it.

        Returns:
            What it cost in millionths of the currency's unit, the currency, and the digest of the price table; None
            each where no price is known.
        """
        limits = self._ground.limits()
        if usage is None:
            if decision.lease is not None:
                limits.settle(decision.lease, decision.reserved)
            return None, None, None
        named = next((f"{each.upstream}/{model}" for each in decision.targets if each.model == model), model)
        cost = limits.cost(usage, named, self._ground.runtime.clock.now())
        if decision.lease is not None:
            used = {"calls": 1, "tokens": usage.input + usage.output}
            limits.settle(decision.lease, used if cost is None else used | {money_unit(cost.currency): cost.micro})
        return (None, None, None) if cost is None else (cost.micro, cost.currency, cost.prices)

    def release(self, decision: Decision) -> None:
        """Say that a call used nothing."""
        if decision.lease is not None:
            self._ground.limits().release(decision.lease)

    def guard(self, decision: Decision) -> AnswerGuard:
        """What reads the answer to a call."""
        assert decision.reads_answer is not None  # noqa: S101 - whatever goes on has an endpoint
        return cast("AnswerGuard", decision.reads_answer())


def _of_queued(config: Configuration, asking: Asking) -> Caller | Refusal:
    """Whose key a queued call came with; the key has to hold still."""
    queued = asking.queued
    assert queued is not None  # noqa: S101 - asked for such calls alone
    held = config.key(queued.key)
    if held is None:
        return refusals.key_unknown()
    return refusals.key_ended(held.caller.name) if asking.at >= held.ends else held.caller


def _turn(call: str) -> int:
    """A number that differs from call to call: the random end of its id."""
    return int(call[-8:], 16)


def _refused(
    call: str, asking: Asking, refusal: Refusal, config: Configuration, caller: Caller | None = None
) -> Decision:
    return Decision(
        call,
        Ruling.REFUSED,
        Enforcement.ENFORCED,
        caller,
        None,
        asking.endpoint,
        refusal=refusal,
        settings=config.digest,
    )


def _decision(call: str, case: Case) -> Decision:
    return Decision(
        id=call,
        ruling=case.ruling,
        enforcement=case.enforcement,
        caller=case.caller,
        subject=case.subject,
        endpoint=case.endpoint.name,
        targets=case.targets,
        refusal=case.refusal,
        certificate=case.certificate,
        status_seq=case.status_seq,
        guards=case.guards,
        most_output=case.asking.output_tokens // (case.asking.choices or 1) if case.asking.choices else 0,
        masked=case.masked,
        reads_answer=partial(case.endpoint.guards.answer, case.recall),
        reserved=case.reserved,
        lease=case.lease,
        short=case.short,
        model=case.served.name,
        settings=case.config.digest,
        manner=case.endpoint.manner,
    )
