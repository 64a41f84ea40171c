"""Going through past actions in order, and deciding about each as a gateway with other rules would have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from roadworthy.operate.actions import arguments as forms
from roadworthy.operate.actions.catalogue.compiled import Catalogue, CompiledAction
from roadworthy.operate.actions.deciding.rules import taints
from roadworthy.operate.actions.deciding.verdict import ALLOW, DENY, KnownAs, Verdict, decide, full
from roadworthy.operate.actions.declared import Action
from roadworthy.operate.actions.model import Charge, Reason
from roadworthy.operate.actions.past.model import SAYS, UNKNOWN, Difference, Moment, Span, Then
from roadworthy.operate.actions.past.simulated import Windows
from roadworthy.operate.actions.past.then import (
    EnvelopeThen,
    case_of,
    certificate_then,
    customer_of,
    said_of,
    unknown,
)
from roadworthy.operate.admission.configuration import EMPTY

ERASED: Final = "its arguments are not kept any more"
_LONG: Final = 400 * 86_400
"""Seconds for which a charge counts of whose window no more is known than its id."""


@dataclass(frozen=True, slots=True)
class Asks:
    """What is asked of others."""

    catalogue: Catalogue
    known_as: KnownAs
    formerly: Callable[[str, str], Action | None]
    """A declared action as it was, by name and digest."""
    envelope: Callable[[Then, Moment], EnvelopeThen]
    """The envelope of the certificate that held."""


class _NoStatus:
    """Stops and certificates are taken as they were, so nobody asks what holds now."""

    held = None


@dataclass(slots=True)
class _Open:
    """An action of which something may still come."""

    done: bool
    """Whether it is under way, or done, in the replay."""
    both: bool
    """Whether it was so then too, for the same decision."""
    tainted: bool
    charges: tuple[Charge, ...] = ()


@dataclass(frozen=True, slots=True)
class _Now:
    """What a decision would be now."""

    says: str
    reason: Reason
    charges: tuple[Charge, ...] = ()
    """That were taken."""
    done: bool = False
    amount: tuple[int, str] | None = None
    customer: str | None = None


class Following:
    """Takes one event after the other, in the order of the ledger.

    Args:
        asks: what it asks of others.
        span: how what is held now counts, and other terms of certificates.
    """

    def __init__(self, asks: Asks, span: Span) -> None:
        self._asks = asks
        self._span = span
        self._windows = Windows()
        self._open: dict[str, _Open] = {}
        self._tainted: dict[str, bool] = {}

    def take(self, moment: Moment, then: Then) -> Difference | None:
        """The next event.

        Returns:
            How a decision compares; None of other events, and of what is not decided about any more because it has
            been done by then.
        """
        if moment.what in SAYS:
            return self._decided(moment, then)
        self._came(moment, then)
        return None

    # ------------------------------------------------------------ decided

    def _decided(self, moment: Moment, then: Then) -> Difference | None:
        was, before = SAYS[moment.what], self._open.get(then.id)
        if before is not None and before.done and not before.both:
            return None
        if before is not None and moment.what == "action.refused" and moment.rules == ("hold=deny",):
            return None  # nobody could be asked; what the rules said of it came before
        turn = before is not None or moment.approved or then.replays or then.takes_back
        tainted = self._was_tainted(then, before, turn=turn)
        charged = before is not None and before.done
        now = self._now(moment, then, was, turn=turn, tainted=tainted, charged=charged)
        if before is not None and charged:
            now = self._still(before, now)
        self._keep(then, was, now, tainted)
        return _difference(moment, then, was, now, turn=turn)

    def _still(self, before: _Open, now: _Now) -> _Now:
        """Of what was charged already and is decided about once more: given back unless it goes on."""
        if now.done:
            return _Now(now.says, now.reason, before.charges, True, now.amount, now.customer)
        self._windows.give_back(before.charges)
        return now

    def _keep(self, then: Then, was: str, now: _Now, tainted: bool) -> None:  # noqa: FBT001 - a field, as it is kept
        if now.done and was != ALLOW and self._taints(then):
            self._tainted[then.run] = True
        if was == DENY and not then.replays and not then.takes_back:
            self._open.pop(then.id, None)  # nothing comes of it any more
        else:
            self._open[then.id] = _Open(now.done, now.done and was == ALLOW and now.says == ALLOW, tainted, now.charges)

    def _was_tainted(self, then: Then, before: _Open | None, *, turn: bool) -> bool:
        if before is not None:
            return before.tainted
        return then.tainted if turn else self._tainted.setdefault(then.run, then.tainted)

    def _now(self, moment: Moment, then: Then, was: str, *, turn: bool, tainted: bool, charged: bool) -> _Now:
        if then.arguments is None:
            charges = _as_charged(then) if was == ALLOW and not charged else ()
            self._windows.take(charges, moment.at.timestamp())
            return _Now(UNKNOWN, Reason("erased", UNKNOWN, ERASED), charges, was == ALLOW)
        action = self._asks.catalogue.actions.get(then.action)
        if action is None or then.use_case not in action.spec.use_cases:
            about = "it is not declared for the use case"
            return _Now(DENY, Reason("action", DENY, about, "whoever may change actions"))
        given = forms.read(then.arguments, len(then.arguments))
        if moment.rules == ("run=deny",):
            return _Now(DENY, Reason("run", DENY, then.about if then.rule == "run" else "the agent run was over"))
        said = said_of(moment, self._asks.formerly(then.action, moment.definition))
        is_open = unknown(then, action.spec, said, turn=turn)
        case = case_of(moment, then, action, given, said, turn=turn, tainted=tainted, is_open=bool(is_open))
        step = certificate_then(then, said, self._asks.envelope(then, moment), self._span.terms.get(then.use_case))
        verdict = decide(case, _NoStatus(), EMPTY, self._asks.known_as, step)
        free = then.takes_back or charged
        return self._weighed(verdict, was, is_open, case.at.timestamp(), free=free, about=(action, given))

    def _weighed(
        self, verdict: Verdict, was: str, is_open: str, at: float, *, free: bool,
        about: tuple[CompiledAction, Mapping[str, Any]],
    ) -> _Now:  # fmt: skip
        """What a verdict comes to with the windows, which are charged."""
        amount = None if verdict.amount is None else (verdict.amount.minor, verdict.amount.currency)
        customer = None if verdict.says == was else self._customer(*about)
        charges = () if free else verdict.charges
        says, reason, windows = verdict.says, verdict.deciding, self._windows
        goes_on = says == ALLOW or (self._span.pass_held and was == ALLOW)
        if says == DENY:
            return _Now(says, reason, amount=amount, customer=customer)
        if is_open:
            took = charges if was == ALLOW else ()
            windows.take(took, at)
            return _Now(UNKNOWN, Reason("kept", UNKNOWN, is_open), took, was == ALLOW, amount, customer)
        over = windows.charge(charges, at) if goes_on else windows.without_room(charges)
        if over is not None:
            customer = None if was == DENY else self._customer(*about)
            return _Now(DENY, full(over.charge, over.used), amount=amount, customer=customer)
        return _Now(says, reason, charges if goes_on else (), goes_on, amount, customer)

    def _customer(self, action: CompiledAction, given: Mapping[str, Any]) -> str | None:
        found = customer_of(action, given)
        return None if found is None else self._asks.known_as(found)

    # ------------------------------------------------------------ what came of it

    def _came(self, moment: Moment, then: Then) -> None:
        here = self._open.get(then.id)
        if moment.what == "action.done":
            if (here is None or here.done) and self._taints(then):
                self._tainted[then.run] = True
            self._open.pop(then.id, None)
            return
        if moment.what == "action.cancelled":
            self._open.pop(then.id, None)
            return
        kept = (moment.what == "action.settled" and moment.state != "failed") or (
            then.in_doubt
            and (moment.what == "action.discarded" or (moment.what == "action.replayed" and not moment.same))
        )
        if here is not None and here.done and not kept:
            self._windows.give_back(here.charges)
        if moment.what == "action.replayed" and moment.same:
            self._open[then.id] = _Open(done=False, both=False, tainted=then.tainted)
        else:
            self._open.pop(then.id, None)

    def _taints(self, then: Then) -> bool:
        action = self._asks.catalogue.actions.get(then.action)
        return action is None or taints(action.spec)


def _as_charged(then: Then) -> tuple[Charge, ...]:
    """What an action took from windows then, of which no more is known than the ids."""
    return tuple(
        Charge(
            window=str(each["window"]), limit="", counter="", unit="", most=0, amount=int(each["amount"]),
            starts=int(each["starts"]), until=int(each["starts"]) + _LONG,
        )
        for each in then.charges
    )  # fmt: skip


def _difference(moment: Moment, then: Then, was: str, now: _Now, *, turn: bool) -> Difference:
    decided = next((rule for rule, _sign, says in (one.rpartition("=") for one in moment.rules) if says == was), "")
    rule_then = "" if was == ALLOW else decided
    about_then = then.about if then.rule == rule_then else ""
    minor, currency = now.amount or (then.amount, then.currency)
    allowed = now.says == ALLOW
    return Difference(
        position=moment.position, id=then.id, at=moment.at, use_case=then.use_case, run=then.run, action=then.action,
        turn=turn, then=was, now=now.says, rule=rule_then if allowed else now.reason.rule,
        about=about_then if allowed else now.reason.about, rule_then=rule_then, amount=minor, currency=currency,
        customer=now.customer,
    )  # fmt: skip
