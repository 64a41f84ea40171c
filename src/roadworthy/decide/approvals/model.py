"""Decision rights as people declare them: who may decide what, on which conditions, within which time."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from roadworthy.foundation.resources.shape import Shape
from roadworthy.foundation.spans import seconds
from roadworthy.inventory.model import Duty, Line, PersonName, Tier

DECISION_RIGHTS = "DecisionRights"
RIGHTS_NAME = "default"
"""The one in force."""

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", max_length=80)]
Condition = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]


class DecisionClass(StrEnum):
    """What can be decided."""

    PROMOTE = "promote"
    """A use case goes to a further stage."""
    DEPLOY = "deploy"
    """A release, or a change to one, goes to where it serves."""
    RETRAIN = "retrain"
    """A model is trained anew."""
    CHANGE_DATA = "change-data"
    """A data source of a use case is added, taken away or becomes another."""
    CHANGE_POLICY = "change-policy"
    """A policy, failure mode, evidence kind, platform profile or connected system changes."""
    CHANGE_RUBRIC = "change-rubric"
    CHANGE_RIGHTS = "change-rights"
    """Decision rights, roles or workloads change."""
    WAIVE = "waive"
    """A gap of an audit, or a criterion of the rubric, is accepted for a time."""
    REVIEW = "review"
    """A readiness review ends in a verdict: go, conditional go, no-go, pivot or stop."""
    ACCEPT_DUTY = "accept-duty"
    """A named owner takes on one of the four duties."""
    ROLL_BACK = "roll-back"
    SUSPEND = "suspend"
    """A certificate permits less, or nothing; it is narrowed, suspended or withdrawn."""
    RESUME = "resume"
    """A certificate permits again what it did before, or a stop switch is lifted."""
    RETIRE = "retire"
    RAISE_LIMIT = "raise-limit"
    AGENT_ACTION = "agent-action"
    """A single action of an agent that its limits do not cover."""


class RuleDecision(StrEnum):
    """What a rule that matches does. Of several that match, a decline goes before asking, asking before an approval."""

    ASK = "ask"
    """People vote."""
    APPROVE = "approve"
    """Approved beforehand: done without asking, and recorded as decided by this rule."""
    DECLINE = "decline"
    """Declined beforehand."""


class Quorum(StrEnum):
    """How the clauses of a rule add up; a whole number instead asks for so many distinct people of all of them."""

    ALL = "all"
    """Each clause is met, by people of whom none counts twice."""
    ANY = "any"
    """One clause is met."""


class Declines(StrEnum):
    """What a decline does."""

    ONE_ENDS = "one-ends"
    """The request is declined."""
    UNTIL_UNREACHABLE = "until-unreachable"
    """The request is declined once those who are left cannot reach the quorum any more."""


class Approvers(Shape):
    """One clause of a rule: whose yes counts. Exactly one of owner, group, person and role is set."""

    owner: Duty | None = Field(default=None, description="Whoever accepted this duty of the use case.")
    group: Line | None = Field(default=None, description="A member of this group, or of a group within it.")
    person: PersonName | None = None
    role: Literal["approver", "platform-administrator"] | None = Field(
        default=None, description="Whoever holds this role."
    )
    count: Annotated[int, Field(ge=1, le=20)] | None = Field(
        default=None, description="How many distinct people of this clause; one by default."
    )

    @model_validator(mode="after")
    def _names_one(self) -> Approvers:
        named = [name for name in ("owner", "group", "person", "role") if getattr(self, name) is not None]
        if len(named) != 1:
            raise ValueError(
                "a clause names exactly one of `owner`, `group`, `person` and `role`"
                + (f", this one names {', '.join(named)}" if named else "")
            )
        return self

    def __str__(self) -> str:
        """As people read it."""
        many = f"{self.count} of " if self.count and self.count > 1 else ""
        if self.owner is not None:
            return f"{many}the {self.owner} owner"
        if self.group is not None:
            return f"{many}group {self.group}"
        if self.person is not None:
            return f"{self.person}"
        return f"{many}role {self.role}"


class Threshold(Shape):
    """A number from which a rule applies, with its unit. Exactly one bound is set."""

    fact: Line = Field(description="A fact of the decision class, such as `annual-value`.")
    above: Line | None = Field(default=None, description="A number with its unit, such as `250000 EUR`, `20 %`, `3 d`.")
    at_least: Line | None = None
    below: Line | None = None
    at_most: Line | None = None

    @model_validator(mode="after")
    def _has_one_bound(self) -> Threshold:
        bounds = [name for name in ("above", "at_least", "below", "at_most") if getattr(self, name) is not None]
        if len(bounds) != 1:
            raise ValueError("a threshold has exactly one of `above`, `atLeast`, `below` and `atMost`")
        return self


def _span(value: str | None) -> str | None:
    if value is not None and seconds(value) is None:
        raise ValueError(f"`{value}` is no span of time; write one such as `5m`, `2d` or `1w`")
    return value


class Escalation(Shape):
    """What happens when a request has waited so long: more people may approve, and they are told."""

    after: Line = Field(description="Since it was proposed, such as `2d`.")
    approvers: tuple[Approvers, ...] = Field(
        default=(), description="Who may approve from then on, in the clauses' place."
    )

    _check = field_validator("after")(_span)


class Delegating(Shape):
    """Whether approvers may give their say to somebody else; never to the proposer."""

    longest: Line = Field(description="The longest time for which it may be given, such as `14d`.")
    to_group: Line | None = Field(default=None, description="Only to members of this group.")

    _check = field_validator("longest")(_span)


class Fresh(Shape):
    """What has to be true, and known, when a decision is made."""

    fact: Line = Field(description="A fact that evidence answers, such as `governance.impact-assessed`.")
    within: Line | None = Field(default=None, description="Oldest that its evidence may be; its own expiry by default.")

    _check = field_validator("within")(_span)


class External(Shape):
    """An approved change in another system, and its window."""

    system: Slug = Field(description="A declared `TicketSystem`.")
    window: bool | None = Field(default=None, description="Whether now must lie in the change's window.")


class Freshness(Shape):
    """How an approver must have signed in."""

    within: Line | None = Field(default=None, description="How long ago at most; five minutes by default.")
    acr: tuple[Line, ...] = Field(
        default=(), description="Authentication contexts of which the sign-in must carry one."
    )

    _check = field_validator("within")(_span)


class Rule(Shape):
    """One decision right. Every rule that matches applies, so adding one never makes a decision easier."""

    name: Slug
    decides: tuple[DecisionClass, ...] = Field(min_length=1)
    tiers: tuple[Tier | Literal["unknown"], ...] = Field(default=(), description="Risk tiers; all where none is named.")
    use_cases: tuple[Slug, ...] = Field(default=(), description="Names of use cases; all where none is named.")
    when: Condition | None = Field(default=None, description="A condition in CEL over the facts of the class.")
    thresholds: tuple[Threshold, ...] = ()
    decision: RuleDecision
    approvers: tuple[Approvers, ...] = ()
    quorum: Quorum | Annotated[int, Field(ge=1, le=50)] | None = Field(default=None, description="`all` by default.")
    separate: tuple[Duty, ...] = Field(default=(), description="Owners whose yes does not count here.")
    declines: Declines | None = Field(default=None, description="`one-ends` by default.")
    deadline: Line | None = Field(default=None, description="Time to decide, such as `5d`; 14 days by default.")
    valid: Line | None = Field(default=None, description="Time to use an approval, such as `2d`; 7 days by default.")
    escalations: tuple[Escalation, ...] = ()
    delegation: Delegating | None = Field(default=None, description="Not allowed where it is left out.")
    evidence: tuple[Fresh, ...] = ()
    external: External | None = None
    sign_in: Freshness | None = None
    about: Words | None = Field(default=None, description="Why the rule is as it is.")

    _check = field_validator("deadline", "valid")(_span)


class Nobody(Shape):
    """Decisions that nobody may make, said openly."""

    decides: tuple[DecisionClass, ...] = Field(min_length=1)
    tiers: tuple[Tier | Literal["unknown"], ...] = Field(default=(), description="Risk tiers; all where none is named.")
    about: Words | None = Field(default=None, description="Why it is so.")


class DecisionRights(Shape):
    """The spec of declared `DecisionRights`: who may decide what. What no rule covers, nobody may decide."""

    rules: tuple[Rule, ...] = Field(min_length=1, max_length=500)
    nobody: tuple[DecisionClass | Nobody, ...] = Field(
        default=(),
        description="Classes, or classes at some tiers, that nobody may decide; `validate` asks about those left out.",
    )
