"""What whoever is signed in can do with a request, and why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from roadworthy.decide.approvals.requests import Mine, Standing, VoteKind
from roadworthy.decide.approvals.states import WAITING, RequestState
from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.ledger.draft import ActorKind
from roadworthy.interfaces.web.views.decisions import VoteForm
from roadworthy.interfaces.web.views.form import FaultLink
from roadworthy.interfaces.web.views.parts import Field, Link, Say, Tone

STEP_UP = "/sign-in/again"


@dataclass(frozen=True, slots=True)
class Entered:
    """What was entered before, where a form came back with a fault."""

    values: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[FaultLink, ...] = ()
    part: str = ""
    """Which of the page's forms it was: `vote`, `delegate`, `answer` or `withdraw`."""


def form_of(standing: Standing, viewer: Person, entered: Entered, *, fresh: bool) -> VoteForm:
    """The forms, with everything that was entered."""
    request, mine = standing.request, standing.mine
    open_ = request.state in WAITING
    can = open_ and mine is not None and mine.may_vote
    asker = request.proposer_kind is ActorKind.PERSON and request.proposer_ref == viewer.ref
    back = quote(f"/decisions/{request.id}", safe="")
    allows = any(rule.rule.delegation is not None for rule in standing.rules)
    return VoteForm(
        why=_why(mine, fresh=fresh, open_=open_),
        can_vote=can,
        step_up=Link("Sign in again, then vote", f"{STEP_UP}?go_to={back}") if can and not fresh else None,
        step_up_apart=bool(entered.values),
        action=f"/decisions/{request.id}",
        reason=_faulty(
            Field(
                "reason",
                "Reason, or your question",
                "area",
                _value(entered, "vote", "reason"),
                "Kept with the decision, for as long as the decision is.",
                required=True,
                wide=True,
            ),
            entered,
        ),
        delegate=_delegate(entered) if can and allows else (),
        delegate_note="" if allows else "No rule that asks here allows to give a say away.",
        answer=_answer(entered) if open_ and asker and _asked(standing) else None,
        withdraw=asker and request.state in {*WAITING, RequestState.APPROVED},
        open_part=entered.part,
    )


def _why(mine: Mine | None, *, fresh: bool, open_: bool) -> Say:
    if not open_:
        return Say(Tone.ASIDE, "There is nothing to vote on any more.")
    if mine is None or not mine.may_vote:
        why = mine.why if mine else ("Only a person who is signed in can vote.",)
        return Say(Tone.ASIDE, "You may not vote on this.", items=sentences(why))
    if not fresh:
        stronger = f" with {' or '.join(mine.acr)}" if mine.acr else ""
        text = (
            f"Your last sign-in is longer ago than {_minutes(mine.max_age_seconds)}, or was not strong enough. "
            f"Sign in again{stronger} first."
        )
        return Say(Tone.MIND, "You may vote, after signing in again.", text, items=sentences(mine.why))
    return Say(Tone.GO, "You may vote.", items=sentences(mine.why))


def sentences(said: Sequence[str]) -> tuple[str, ...]:
    """Each with a capital and a full stop, as far as it does not begin with a name of its own."""
    return tuple(
        f"{each[:1].upper()}{each[1:]}{'' if each.endswith(('.', '?', '!')) else '.'}" for each in said if each
    )


def _minutes(seconds: int) -> str:
    return f"{seconds // 60} minutes" if seconds >= 120 else f"{seconds} seconds"  # noqa: PLR2004 - from two on it is minutes


def _asked(standing: Standing) -> bool:
    kinds = [vote.kind for vote in standing.votes if vote.kind in {VoteKind.ASK, VoteKind.ANSWER}]
    return bool(kinds) and kinds[-1] is VoteKind.ASK


def _delegate(entered: Entered) -> tuple[Field, ...]:
    fields = (
        Field("to", "To whom", "text", hint="Their address or account name.", required=True),
        Field("until", "Until", "date", hint="No longer than the rule allows.", required=True),
        Field("why", "Why", "area", hint="Kept with the decision.", required=True, wide=True),
    )
    return tuple(_faulty(replace(each, value=_value(entered, "delegate", each.name)), entered) for each in fields)


def _answer(entered: Entered) -> Field:
    value = _value(entered, "answer", "answer")
    return _faulty(Field("answer", "Your answer", "area", value, required=True, wide=True), entered)


def _value(entered: Entered, part: str, name: str) -> str:
    return entered.values.get(name, "") if entered.part == part else ""


def _faulty(each: Field, entered: Entered) -> Field:
    said = next((fault.text for fault in entered.faults if fault.field == each.name), "")
    return replace(each, fault=said)
