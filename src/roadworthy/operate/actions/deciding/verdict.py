"""May this action be done? Every reason is looked at, in one order; the first no decides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from roadworthy.decide.certificate.status.compiled import Asked
from roadworthy.decide.certificate.status.verdicts import Held, Why
from roadworthy.foundation.money import Money
from roadworthy.foundation.values import fixed
from roadworthy.operate.actions.catalogue.compiled import Ceiling, CompiledAction
from roadworthy.operate.actions.deciding import rules
from roadworthy.operate.actions.deciding.stopping import stop_of
from roadworthy.operate.actions.deciding.windows import certified, charges
from roadworthy.operate.actions.declared import Effect
from roadworthy.operate.actions.model import Charge, Reason
from roadworthy.operate.admission.configuration import Configuration
from roadworthy.operate.admission.model import Caller, Subject

ALLOW, HOLD, DENY = "allow", "hold", "deny"
PRODUCTION = "production"
STOP = "stop"
"""The rule of stop switches."""
_OWNERS = "the owners of the use case"
_DECLARES = "whoever may change actions"


@fixed(frozen=True, slots=True)
class Case:
    """An action and everything that is known of it."""

    action: CompiledAction
    caller: Caller
    arguments: Mapping[str, Any]
    """As `arguments.read` gives them."""
    at: dt.datetime
    subject: Subject | None = None
    unproved: bool = False
    """Whether a user's token came that is not believed."""
    misused: bool = False
    """Whether the user's token was made for another agent than the one that shows it."""
    population: Mapping[str, str] = field(default_factory=dict)
    run: str = ""
    tainted: bool = False
    changed: str = ""
    """Why the tool is another than was approved; empty where it is not."""
    approved: bool = False
    """Whether people let exactly this action pass; nothing is held then, and everything else is asked again."""
    asked_before: bool = False
    """Whether the user was proved when it was asked for; the token is not kept, so that is not asked again."""
    whose: str = "nobody looked whose it is"
    """Why it may be somebody else's than theirs for whom the run is; empty where it was found to be theirs."""
    unnamed: str = ""
    """Why its system cannot be told for which user it is; empty where it can, or needs not be."""
    takes_back: bool = False
    """Whether it takes another action back: a person or a declared rule wants that, and no agent asked for it."""
    despite_stop: bool = False
    """Whether a person said that stop switches do not keep it from that."""


@fixed(frozen=True, slots=True)
class Verdict:
    """What becomes of it."""

    says: str
    """`allow`, `hold` or `deny`."""
    reasons: tuple[Reason, ...]
    charges: tuple[Charge, ...] = ()
    certificate: str | None = None
    amount: Money | None = None
    status_seq: int = 0

    @property
    def deciding(self) -> Reason:
        """The reason for a no or a hold; of what is allowed, the last one."""
        return next((each for each in self.reasons if each.says == self.says), self.reasons[-1])


class Status(Protocol):
    """What is certified and stopped, from memory."""

    @property
    def held(self) -> Held | None:
        """The snapshot that is believed here."""


KnownAs: TypeAlias = Callable[[str], str]
"""A customer as windows have them: a keyed hash, so that whoever has the database cannot try out who it is."""


@dataclass(slots=True)
class Going:
    """What is found on the way."""

    reasons: list[Reason] = field(default_factory=list)
    ceilings: list[Ceiling] = field(default_factory=list)
    certificate: str | None = None
    amount: Money | None = None
    customer: str | None = None
    seq: int = 0


def decide(
    case: Case, status: Status, config: Configuration, known_as: KnownAs, certified: Step | None = None
) -> Verdict:
    """What becomes of an action, short of the limits' room, which only the database knows.

    All reasons are looked at even after a no, so that whoever asks learns of everything at once.

    Args:
        case: the action.
        status: what is certified and stopped.
        config: what else is declared.
        known_as: hides customers.
        certified: looks at stops and the certificate in place of the usual step, for whoever asks of the past.
    """
    going = Going()
    for step in _STEPS if certified is None else (certified, *_STEPS[1:]):
        going.reasons += step(case, going, status, config)
    says = DENY if any(each.says == DENY for each in going.reasons) else ALLOW
    if says == ALLOW and any(each.says == HOLD for each in going.reasons):
        says = HOLD
    return Verdict(
        says=says,
        reasons=tuple(going.reasons),
        charges=()
        if says == DENY
        else tuple(charges(going.ceilings, _scopes(case, going, known_as), going.amount, case.at)),
        certificate=going.certificate,
        amount=going.amount,
        status_seq=going.seq,
    )


def _scopes(case: Case, going: Going, known_as: KnownAs) -> dict[str, str | None]:
    hashed = None if going.customer is None else known_as(going.customer)
    return {
        "customer": hashed,
        "agent": case.caller.workload or case.caller.key,
        "user": case.subject.pseudonym if case.subject is not None else None,
        "use-case": case.caller.use_case,
        "run": case.run,
    }


# ---------------------------------------------------------------- one step each


def _certificate(case: Case, going: Going, status: Status, config: Configuration) -> Iterator[Reason]:
    caller, name = case.caller, case.action.name
    held = status.held
    going.seq = 0 if held is None else held.snapshot.seq
    stopped = stop_of(held, caller.use_case, caller.workload, name, despite_stop=case.despite_stop)
    if stopped is not None:
        about = f"the stop switch of `{stopped}` is set"
        yield Reason(STOP, DENY, about, "whoever may resume", "wait until it is lifted")
        return
    if case.takes_back:
        yield Reason("certificate", ALLOW, "what was done may be taken back whatever became of the certificate")
        return
    if caller.stage != PRODUCTION:
        yield Reason("certificate", ALLOW, f"{caller.stage} traffic needs none; it is marked, and limits count")
        return
    found = None if held is None else held.certified.get((caller.use_case, caller.stage))
    limits = {} if found is None or found.envelope is None else found.envelope.actions.get(name, {})
    more, unknown = certified(limits, name)
    counts = {counter: 0 for counter in limits if counter not in unknown}
    release = config.running.get((caller.use_case, caller.stage)) or ("" if found is None else found.listed.release)
    asked = Asked(
        effect=case.action.spec.effect is not Effect.READ,
        action=name,
        action_counts=counts,
        counts={} if found is None or found.envelope is None else dict.fromkeys(found.envelope.ceilings, 0),
        cohort=() if case.subject is None else case.subject.groups,
        population=case.population,
    )
    if held is None:
        yield Reason("certificate", DENY, "no status is known here", _OWNERS, "wait until the gateway has read it")
        return
    verdict = held.verdict(caller.use_case, caller.stage, release, asked, case.at)
    going.certificate = verdict.serial
    if verdict.permits:
        going.ceilings += more
        yield Reason("certificate", ALLOW, f"{verdict.serial} permits it")
        return
    why = verdict.why or Why.NO_CERTIFICATE
    if why is Why.OUTSIDE:
        term, _, what = verdict.about.partition(": ")
        yield Reason(
            f"envelope:{term}", DENY, what, f"the deciders of {verdict.serial}", "have the certificate widened"
        )
        return
    whose = f"the certificate {verdict.serial} does not permit it" if verdict.serial else "there is none"
    words = f"{whose} ({why})"
    yield Reason("certificate", DENY, words, _OWNERS, "have the use case reviewed, or the certificate resumed")


def _identity(case: Case, _going: Going, _status: Status, _config: Configuration) -> Iterator[Reason]:
    spec, caller, subject = case.action.spec, case.caller, case.subject
    if case.takes_back:
        yield Reason("identity", ALLOW, "it takes back what was done for the same user")
        return
    if spec.agents and (caller.workload is None or caller.workload not in spec.agents):
        yield Reason(
            "identity:agent", DENY, f"`{caller.workload or caller.name}` is none of the agents that may do it",
            _DECLARES, "act as a declared workload that the action names",
        )  # fmt: skip
    if case.misused:
        yield Reason(
            "identity:agent", DENY, "the user's token was made for another agent", "the user",
            "have the user sign in to this agent, and show the token that it gets",
        )  # fmt: skip
    if case.unproved:
        yield Reason(
            "identity:user", DENY, "the user's token is not believed, or has ended", "the user", "sign in again"
        )
        return
    if case.asked_before:
        yield Reason("identity", ALLOW, "agent and user could both when it was asked for")
        return
    required = spec.users == "required" or bool(spec.groups)
    if subject is None and required:
        yield Reason(
            "identity:user", DENY, "it has to be for a user, and no token of one came", "the user",
            "send the user's own access token as `Roadworthy-User-Token`",
        )  # fmt: skip
        return
    if subject is not None and spec.groups and not subject.groups & set(spec.groups):
        yield Reason(
            "identity:user", DENY, "the user is in none of the groups for whom it may be done", _DECLARES,
            "have the user put into one of the groups",
        )  # fmt: skip
        return
    if case.unnamed:
        yield Reason(
            "identity:system", DENY, case.unnamed, "whoever gives rights in the system",
            "send the token of a user who may do it there, as `Roadworthy-User-Token`",
        )  # fmt: skip
        return
    if subject is not None:
        yield Reason("identity", ALLOW, "agent and user may both")


def _arguments(case: Case, going: Going, _status: Status, _config: Configuration) -> Iterator[Reason]:
    faults = case.action.faults(case.arguments)
    for fault in faults:
        yield Reason("schema", DENY, fault, _DECLARES, "send arguments that keep to the schema")
    if faults:
        return
    yield from rules.checked(case.action.spec, case.arguments)
    try:
        read = rules.read_of(case.action.spec, case.arguments)
    except rules.Unfit as unfit:
        yield Reason("amount", DENY, str(unfit), _DECLARES, "send an amount that can be compared")
        return
    going.amount, going.customer = read.amount, read.customer
    going.ceilings += case.action.ceilings


def _whose(case: Case, _going: Going, _status: Status, _config: Configuration) -> Iterator[Reason]:
    if case.action.spec.whose is None or case.takes_back:
        return
    if not case.whose:
        yield Reason("whose", ALLOW, "it is theirs for whom the agent run is")
        return
    yield Reason(
        "whose", DENY, case.whose, _DECLARES, "find out for whom it is in this run, and ask only for what is theirs"
    )


def _pin(case: Case, _going: Going, _status: Status, _config: Configuration) -> Iterator[Reason]:
    if case.changed:
        yield Reason("pin", DENY, case.changed, _DECLARES, "import the tool again, and have the change approved")


def _taint(case: Case, _going: Going, _status: Status, _config: Configuration) -> Iterator[Reason]:
    if not case.tainted or case.takes_back:
        return
    became = rules.tainted(case.action.spec)
    says = DENY if became == "refuse" else HOLD if became == "hold" and not case.approved else ALLOW
    yield Reason(
        "taint", says, "the agent run has read content that nobody vouches for", "whoever decides about actions",
        "do it in a run of its own, or wait for a person",
    )  # fmt: skip


def _hold(case: Case, going: Going, _status: Status, _config: Configuration) -> Iterator[Reason]:
    why = rules.holds(case.action.spec, going.amount)
    if why and not case.takes_back:
        yield Reason(
            "hold", ALLOW if case.approved else HOLD, why, "whoever decides about actions", "wait for a person"
        )


Step: TypeAlias = Callable[[Case, Going, Status, Configuration], Iterator[Reason]]
_STEPS: tuple[Step, ...] = (
    _certificate,
    _identity,
    _arguments,
    _whose,
    _pin,
    _taint,
    _hold,
)


def full(charge: Charge, used: int) -> Reason:
    """A window that has no room."""
    left = max(0, charge.most - used)
    unit = "times" if charge.unit == "count" else ""
    shown = f"{left} {unit}".strip() if charge.unit == "count" else str(Money(left, charge.unit))
    about = f"{charge.counter}: {shown} left"
    if charge.amount > charge.most:
        about = f"{charge.counter}: it is more than the whole window may have, or in another currency"
    return Reason(charge.rule, DENY, about, "whoever may change limits", "wait for the next window, or ask a person")
