"""Replaying past actions under rules that nobody has applied yet; nothing is written and nothing is done."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.resources.documents import Source, parse
from roadworthy.interfaces.api.agent_actions import Name, Proposing
from roadworthy.interfaces.api.resources import SourceBody
from roadworthy.interfaces.api.wire import Application, Wire
from roadworthy.interfaces.routes import Routes
from roadworthy.operate.actions.past.model import Of, Replayed, Span, Sum

router = Routes(tags=["agent actions"])

USUAL_SPAN = dt.timedelta(days=30)
Said = Literal["allow", "hold", "deny"]
SaidNow = Literal["allow", "hold", "deny", "unknown"]


class ActionReplayWanted(Wire):
    """Rules, and which past actions are decided about anew."""

    sources: Annotated[list[SourceBody], Field(max_length=1_000)] = Field(
        default=[],
        description="Declarations of actions, limits and operating envelopes in place of those that are in force; "
        "with none, what is in force is asked.",
    )
    since: dt.datetime | None = Field(default=None, description="Thirty days before `until` if not said.")
    until: dt.datetime | None = Field(default=None, description="Now if not said.")
    use_case: Name | None = Field(default=None, description="Whose actions are told.")
    pass_held: bool = Field(
        default=False,
        description="Take what would be held now, and was allowed then, to have been let pass by people; otherwise "
        "nothing of it is done.",
    )
    show: Annotated[int, Field(ge=0, le=10_000)] = Field(default=1_000, description="Differences one by one.")


class ReplaySumBody(Wire):
    """How many decisions, and the money in them."""

    then: Said
    now: SaidNow
    count: int
    amounts: dict[str, int] = Field(description="Minor units, by currency.")


class ReplayOfBody(Wire):
    """Differences of one rule or one customer."""

    name: str
    sums: list[ReplaySumBody]


class ReplayDifferenceBody(Wire):
    """A decision that would be another."""

    id: str
    at: dt.datetime
    use_case: str
    run: str
    action: str
    turn: bool = Field(description="Whether it was decided about once more, when its turn came.")
    then: Said
    now: SaidNow
    rule: str = Field(description="That decides now; of what is allowed now, the one that decided then.")
    about: str
    rule_then: str
    amount: int | None
    currency: str | None
    customer: str | None = Field(description="Keyed hash, as limit windows have it.")


class ActionReplayBody(Wire):
    """What a replay came to."""

    begins: dt.datetime = Field(description="From when on limit windows were filled.")
    since: dt.datetime
    until: dt.datetime
    whole: bool = Field(description="False where the span has too many decisions, and it ends with `until`.")
    decisions: int
    differences: int
    erased: int = Field(description="Decisions about actions whose arguments are not kept any more.")
    sums: list[ReplaySumBody]
    by_rule: list[ReplayOfBody]
    by_customer: list[ReplayOfBody]
    unknown: dict[str, int] = Field(description="Why it cannot be known, with how often.")
    shown: list[ReplayDifferenceBody]
    digest: str = Field(description="Over every decision; the same rules over the same span have the same.")


@router.post("/agent-actions/what-if")
def what_if(given: ActionReplayWanted, app: Application, _caller: Proposing) -> ActionReplayBody:
    """What would have become of past actions under other rules; nothing is written and nothing is done."""
    declared, findings = parse([Source(each.name, each.text) for each in given.sources], app.registry)
    if findings:
        raise InvalidInput.of(findings, "the declarations")
    until = given.until or app.runtime.clock.now()
    span = Span(
        since=given.since or until - USUAL_SPAN, until=until, use_case=given.use_case, pass_held=given.pass_held,
        show=given.show,
    )  # fmt: skip
    return replay_body(app.acting.replaying.replay(span, declared))


def replay_body(found: Replayed) -> ActionReplayBody:
    """A replay as the API shows it."""
    shown = [
        ReplayDifferenceBody(**{name: getattr(each, name) for name in ReplayDifferenceBody.model_fields})
        for each in found.shown
    ]
    return ActionReplayBody(
        begins=found.begins, since=found.since, until=found.until, whole=found.whole, decisions=found.decisions,
        differences=found.differences, erased=found.erased, sums=[_sum(each) for each in found.sums],
        by_rule=[_of(each) for each in found.by_rule], by_customer=[_of(each) for each in found.by_customer],
        unknown=dict(found.unknown), shown=shown, digest=found.digest,
    )  # fmt: skip


def _sum(each: Sum) -> ReplaySumBody:
    return ReplaySumBody.model_validate(
        {"then": each.then, "now": each.now, "count": each.count, "amounts": dict(each.amounts)}
    )


def _of(each: Of) -> ReplayOfBody:
    return ReplayOfBody(name=each.name, sums=[_sum(one) for one in each.sums])
