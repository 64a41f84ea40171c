"""What was known of an action when it was decided about, from what was kept of it. Pure.

Kept are the action, its arguments, who asked for whom, whether its run was tainted, and what each rule said. Not kept
are the groups of the user, what was found out about whose it is, what the tool said of itself, and the status: of
those it is known what they came to, and that holds as long as the rule that asks for them is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from roadworthy.decide.certificate.model import Actions, Envelope, TermName
from roadworthy.operate.actions.catalogue.compiled import CompiledAction
from roadworthy.operate.actions.deciding.rules import Unfit, read_of
from roadworthy.operate.actions.deciding.verdict import ALLOW, DENY, PRODUCTION, Case, Going, Status, Step
from roadworthy.operate.actions.deciding.windows import certified
from roadworthy.operate.actions.declared import Action
from roadworthy.operate.actions.model import Reason
from roadworthy.operate.actions.past.model import Moment, Then
from roadworthy.operate.admission.configuration import Configuration
from roadworthy.operate.admission.model import Caller, Subject

_AS_THEN: Final = "as it was then"
_STAYS: Final = "a replay takes it as it was"
_NOBODY: Final = "nobody"


@dataclass(frozen=True, slots=True)
class Said:
    """What each rule said then, and what was declared."""

    rules: Mapping[str, str]
    """`allow`, `hold` or `deny`, by rule."""
    spec: Action | None
    """As it was declared then; None where that is not known any more."""


def said_of(moment: Moment, spec: Action | None) -> Said:
    """Read the rules of an event."""
    pairs = (each.rpartition("=") for each in moment.rules)
    return Said({rule: says for rule, _sign, says in pairs}, spec)


def case_of(
    moment: Moment, then: Then, action: CompiledAction, given: Mapping[str, Any], said: Said, *, turn: bool,
    tainted: bool, is_open: bool,
) -> Case:  # fmt: skip
    """The action with everything that was known of it.

    Args:
        moment: when it was decided about.
        then: what was kept of it.
        action: as it is declared in the replay.
        given: its arguments.
        said: what the rules said.
        turn: whether it was decided about once more, when its turn came.
        tainted: whether its run has read untrusted content in the replay.
        is_open: whether something is not known; then that says no no.
    """
    at = moment.at if turn else then.asked_at
    no = frozenset() if is_open else frozenset(rule for rule, says in said.rules.items() if says == DENY)
    groups = frozenset[str]() if "identity:user" in no else frozenset(action.spec.groups)
    return Case(
        action=action, caller=Caller(then.key, then.key, then.use_case, then.stage, then.workload, None, at),
        arguments=given, at=at, subject=None if then.user is None else Subject(then.user, groups),
        unproved="identity:user" in no and then.user is None and _was_unproved(then), run=then.run, tainted=tainted,
        changed=_AS_THEN if "pin" in no and action.spec.pin is not None else "", approved=turn and moment.approved,
        asked_before=turn, whose=_AS_THEN if "whose" in no else "",
        unnamed=_AS_THEN if "identity:system" in no else "", takes_back=then.takes_back,
    )  # fmt: skip


def _was_unproved(then: Then) -> bool:
    """Whether a token came that was not believed, which is a no whatever is declared.

    Where the record has the words of another no, it is taken for one, and `unknown` asks that the rule is the same.
    """
    return then.rule != "identity:user" or "not believed" in then.about


def unknown(then: Then, now: Action, said: Said, *, turn: bool) -> str:
    """Why nobody can say what would become of it, where nothing else is a no; empty where it can be said.

    Args:
        then: what was kept of it.
        now: the declared action of the replay.
        said: what the rules said, and what was declared.
        turn: whether it was decided about once more; who asked for whom was not looked at again then.
    """
    was = said.spec
    if now.pin is not None and not then.takes_back and (was is None or was.pin != now.pin):
        return "what the tool said of itself is not kept"
    if turn or then.takes_back:
        return ""
    looks = now.whose is not None and (was is None or was.whose != now.whose or said.rules.get("schema") == DENY)
    if _groups_open(then, now, was, said):
        return "the groups of the user are not kept"
    if _token_open(then, now, was, said):
        return "it is not kept whether a user's token came"
    return "nobody looked whose it is by this rule" if looks else ""


def _groups_open(then: Then, now: Action, was: Action | None, said: Said) -> bool:
    """Whether the user may be in one of the groups of the replay, or in none, and nothing says which."""
    if then.user is None or not now.groups or (was is not None and set(was.groups) == set(now.groups)):
        return False
    if was is None or not was.groups:
        return True
    if said.rules.get("identity:user") == DENY:
        return not set(now.groups) <= set(was.groups)
    return not set(now.groups) >= set(was.groups)


def _token_open(then: Then, now: Action, was: Action | None, said: Said) -> bool:
    """Whether no token came or one that was not believed, which makes a difference, and nothing says which."""
    if then.user is not None or said.rules.get("identity:user") != DENY or then.rule == "identity:user":
        return False
    return was is None or (was.users, set(was.groups)) != (now.users, set(now.groups))


# ---------------------------------------------------------------- the certificate

EnvelopeThen: TypeAlias = Callable[[], Envelope | None]
"""Of the certificate that permitted it, as it was then."""


def certificate_then(
    then: Then, said: Said, envelope: EnvelopeThen, terms: Mapping[str, Mapping[str, int]] | None
) -> Step:
    """Looks at stops and the certificate as they were, but for the term `actions` where there is another.

    Args:
        then: what was kept of the action.
        said: what the rules said.
        envelope: that held then.
        terms: what takes the place of the certificate's term `actions`; None where nothing does.
    """

    def step(case: Case, going: Going, _status: Status, _config: Configuration) -> Iterator[Reason]:
        going.certificate = then.certificate
        if said.rules.get("stop") == DENY:
            yield Reason("stop", DENY, "a stop switch was set", "whoever may resume", _STAYS)
            return
        if case.takes_back or case.caller.stage != PRODUCTION:
            yield Reason("certificate", ALLOW, _AS_THEN)
            return
        outside = next((rule for rule, says in said.rules.items() if rule.startswith("envelope:") and says == DENY), "")
        if said.rules.get("certificate") == DENY or (outside and (terms is None or outside != "envelope:actions")):
            rule = outside or "certificate"
            yield Reason(rule, DENY, then.about if then.rule == rule else _AS_THEN, _NOBODY, _STAYS)
            return
        limits, refused = _limits(case.action.name, envelope, terms)
        more, uncounted = certified(limits, case.action.name)
        if refused or uncounted:
            about = f"{case.action.name}: {uncounted[0]}" if uncounted else case.action.name
            yield Reason("envelope:actions", DENY, about, "the deciders of the certificate", "have it widened")
            return
        going.ceilings += more
        yield Reason("certificate", ALLOW, f"{then.certificate} permitted it" if then.certificate else _AS_THEN)

    return step


def _limits(
    name: str, envelope: EnvelopeThen, terms: Mapping[str, Mapping[str, int]] | None
) -> tuple[Mapping[str, int], bool]:
    """Counters of an action, and whether it is none of those that may be done."""
    if terms is not None:
        return terms.get(name, {}), name not in terms
    found = envelope()
    term = None if found is None else found.terms.get(TermName.ACTIONS)
    if term is None or not isinstance(term.bound, Actions):
        return {}, False
    return term.bound.limits.get(name, {}), name not in term.bound.limits


def customer_of(action: CompiledAction, given: Mapping[str, Any]) -> str | None:
    """The customer whom an action is about; None where it names none."""
    try:
        return read_of(action.spec, given).customer
    except Unfit:
        return None
