"""What requests, votes and rights look like on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

from roadworthy.decide.approvals.model import DecisionClass, Declines, Quorum
from roadworthy.decide.approvals.requests import VoteKind
from roadworthy.decide.approvals.states import RequestState
from roadworthy.foundation.ledger.draft import ActorKind
from roadworthy.interfaces.api.people import PersonBody
from roadworthy.interfaces.api.wire import FindingBody, Wire
from roadworthy.inventory.model import Stage

Because = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000), Field(description="Why.")
]
Digest = Annotated[
    str,
    StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$"),
    Field(description="The request's digest: exactly what was read before saying this."),
]


def _example(**fields: Any) -> ConfigDict:  # noqa: ANN401 - JSON of any shape
    return ConfigDict(json_schema_extra={"examples": [{to_camel(name): value for name, value in fields.items()}]})


# ---------------------------------------------------------------- what is sent


class ProposalWanted(Wire):
    """What somebody asks to have decided."""

    model_config = _example(
        subject="external",
        content={"decides": "deploy", "useCase": "claims-triage", "facts": {"release": "2026-11"}, "details": {}},
        reason="It passed its rehearsal.",
    )

    subject: Annotated[
        str,
        Field(
            max_length=40,
            description="`plan`, `waive-gap`, `waive-criterion`, `accept-duty`, `certificate` or `external`.",
        ),
    ]
    content: Annotated[dict[str, Any], Field(description="What exactly is wanted, in the subject's own shape.")]
    reason: Because
    on_behalf_of: Annotated[
        str | None, Field(max_length=320, description="Address or reference of a person whom a program acts for.")
    ] = None
    change_number: Annotated[
        str | None, Field(max_length=100, description="Of an approved change, where a rule asks for one.")
    ] = None


class DoneElsewhere(Wire):
    """Something that another system does on the word of a decision."""

    decides: DecisionClass
    facts: Annotated[
        dict[str, Any], Field(default_factory=dict, description="Facts of the class that whoever asks knows.")
    ]
    details: Annotated[
        dict[str, Any], Field(default_factory=dict, description="Whatever else whoever approves should read.")
    ]
    resource: Annotated[str | None, Field(max_length=250, description="What it happens to, as `Kind/name`.")] = None


class UseCaseProposal(Wire):
    """What somebody asks about one use case: a stage, or something that is done elsewhere."""

    model_config = _example(stage="production", reason="It passed its rehearsal.")

    stage: Stage | None = Field(default=None, description="The stage that it should go to.")
    external: DoneElsewhere | None = None
    reason: Because
    change_number: Annotated[
        str | None, Field(max_length=100, description="Of an approved change, where a rule asks for one.")
    ] = None

    @model_validator(mode="after")
    def _wants_one(self) -> UseCaseProposal:
        if (self.stage is None) == (self.external is None):
            raise ValueError("a proposal about a use case has exactly one of `stage` and `external`")
        return self


class VoteWanted(Wire):
    """What somebody says about a request."""

    model_config = _example(digest=f"sha256:{'0' * 64}", reason="I looked at the rehearsal myself.")

    digest: Digest
    reason: Because


class HandingOn(VoteWanted):
    """A say in one request, given to somebody else for a time."""

    to: Annotated[str, Field(max_length=320, description="Address or account name.")]
    until: datetime


class SpendWanted(Wire):
    """An approval that is about to be used."""

    digest: Digest


class CaseWanted(Wire):
    """A question about the rights in force."""

    model_config = _example(person="ana@example.org", action="promote", use_case="claims-triage")

    person: Annotated[str, Field(max_length=320, description="Address or account name.")]
    action: DecisionClass
    use_case: Annotated[str | None, Field(max_length=200)] = None
    facts: Annotated[dict[str, Any] | None, Field(description="Facts to suppose, in place of those known.")] = None


class GenesisWanted(Wire):
    """The first rights, and the two people who sign them."""

    plan: Annotated[str, Field(description="A saved plan that declares `DecisionRights` and a `RoleMap`.")]
    signers: Annotated[list[Annotated[str, Field(max_length=320)]], Field(min_length=2, max_length=2)]
    reason: Because


class RightsPlanned(Wire):
    """Rights that are not in force yet."""

    plan: Annotated[str, Field(description="A saved plan that declares `DecisionRights`.")]


class SayWanted(Wire):
    """A say that is given away for a time, for requests to come."""

    to: Annotated[str, Field(max_length=320, description="Address or account name.")]
    until: datetime
    reason: Because
    decides: DecisionClass | None = Field(default=None, description="Only this class; all without it.")
    use_case: Annotated[str | None, Field(max_length=200, description="Only this one; all without it.")] = None


# ---------------------------------------------------------------- what is answered


class DecisionActBody(Wire):
    """One thing that a request covers."""

    decides: DecisionClass
    resource: str
    use_case: str | None
    facts: dict[str, Any]
    digest: str


class DecisionRequestBody(Wire):
    """A decision request."""

    id: str
    subject: str
    title: str
    use_case: str | None
    classes: list[DecisionClass]
    state: RequestState
    digest: str
    rules: list[str] = Field(description="Names of the rules that ask.")
    approved_by: list[str] = Field(description="Names of rules by which it, or part of it, was approved beforehand.")
    proposer: PersonBody
    proposer_kind: ActorKind
    on_behalf_of: PersonBody | None
    reason: str
    change_number: str | None
    level: int = Field(description="How often it was escalated.")
    created_at: datetime
    deadline_at: datetime
    valid_until: datetime | None
    ended_at: datetime | None
    why_ended: str | None
    entry_id: str


class CastVoteBody(Wire):
    """What somebody said."""

    id: str
    kind: VoteKind
    person: PersonBody
    reason: str
    digest: str
    at: datetime
    in_place_of: PersonBody | None
    to: PersonBody | None
    until: datetime | None
    issuer: str | None
    auth_time: datetime | None
    acr: str | None
    dwell_ms: int | None
    entry_id: str


class ClauseStandingBody(Wire):
    """How far one clause of a rule is."""

    who: str
    needed: int
    given_by: list[PersonBody]
    could: list[PersonBody]
    escalated: bool


class RuleStandingBody(Wire):
    """How far one rule that asks is."""

    rule: str
    use_case: str | None
    quorum: Quorum | int
    declines: Declines
    met: bool
    reachable: bool
    unmet: list[str]
    clauses: list[ClauseStandingBody]


class MyVoteBody(Wire):
    """What the caller may do with a request, and why not."""

    may_vote: bool
    why: list[str]
    in_place_of: list[PersonBody]
    fresh: bool = Field(description="Whether their sign-in is recent and strong enough to vote now.")
    max_age_seconds: int
    acr: list[str]


class DecisionStandingBody(Wire):
    """A request with everything that bears on it."""

    request: DecisionRequestBody
    content: dict[str, Any] = Field(description="Exactly what is decided; what the digest is of, with acts and rules.")
    shown: list[str] = Field(description="The content in lines, as its page shows it.")
    acts: list[DecisionActBody]
    base: dict[str, str]
    votes: list[CastVoteBody]
    rules: list[RuleStandingBody]
    mine: MyVoteBody | None
    stale: list[str] = Field(description="Resources that changed since; a vote would void the request.")


class WaitingBody(Wire):
    """A line of an inbox."""

    id: str
    title: str
    use_case: str | None
    classes: list[DecisionClass]
    proposer: PersonBody
    proposer_kind: ActorKind
    state: RequestState
    created_at: datetime
    deadline_at: datetime
    asked: bool = Field(description="Whether a question waits for an answer.")


class SpentBody(Wire):
    """An approval that was used."""

    request_id: str
    used_at: datetime
    used_by: str
    effects: dict[str, Any]
    entry_id: str


class RuleReadingBody(Wire):
    """What one rule says to a case."""

    rule: str
    applies: bool
    why: list[str]


class AskedClauseBody(Wire):
    """Whose yes a clause of a rule counts."""

    who: str = Field(description="The clause in words, such as `group risk-committee`.")
    needed: int = Field(description="People; without meaning where the quorum is a number.")
    could: list[PersonBody] = Field(description="Empty where nobody is in this place today.")


class AskedRuleBody(Wire):
    """Whom a rule asks."""

    rule: str
    quorum: str = Field(description="`all`, `any`, or how many people of all clauses.")
    clauses: list[AskedClauseBody]


class ExplanationBody(Wire):
    """Whether a person may do something, and why."""

    person: PersonBody
    decides: DecisionClass
    use_case: str | None
    may_decide: bool
    may_propose: bool
    alone: bool
    outcome: str
    rules: list[RuleReadingBody]
    could: list[PersonBody]
    asks: list[AskedRuleBody] = Field(description="The rules that ask, with everybody who could meet them today.")


class RightsInForceBody(Wire):
    """The decision rights in force."""

    generation: int
    digest: str
    spec: dict[str, Any]


class RightsCheckBody(Wire):
    """What nobody could decide as things stand."""

    governed: bool = Field(description="Whether decision rights are in force.")
    findings: list[FindingBody]


class SayBody(Wire):
    """A say that was given away for a time."""

    id: str
    by: PersonBody
    to: PersonBody
    decides: DecisionClass | None
    use_case: str | None
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    reason: str
    entry_id: str


class ApproverLoadBody(Wire):
    """What one approver has before them, and what their votes of the last 90 days were like."""

    person: PersonBody
    waiting: int
    votes: int
    approval_rate: int | None
    hours_to_vote: float | None
    seconds_looked: float | None
    looked_at: int
