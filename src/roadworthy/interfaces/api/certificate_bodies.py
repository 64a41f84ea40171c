"""Certificates and stop switches as the API takes and sends them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from roadworthy.decide.certificate.codec import bound_values
from roadworthy.decide.certificate.deciding import Asked, Change
from roadworthy.decide.certificate.drafting import spoken
from roadworthy.decide.certificate.model import (
    Cause,
    Certificate,
    Condition,
    Envelope,
    Source,
    Stop,
    TermName,
    Trouble,
    Version,
)
from roadworthy.decide.certificate.proof_rows import Proven, SelfTest
from roadworthy.decide.certificate.rules import next_move
from roadworthy.decide.certificate.states import CertificateState
from roadworthy.interfaces.api.decision_bodies import DecisionRequestBody
from roadworthy.interfaces.api.people import PersonBody
from roadworthy.interfaces.api.wire import Wire

Why = Annotated[str, Field(min_length=1, max_length=2_000)]

# ---------------------------------------------------------------- what is sent


class CertificateChangeWanted(Wire):
    """A change that somebody wants of a certificate."""

    change: Change
    reason: Why
    reason_code: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    urgent: bool = Field(default=False, description="Whether harm goes on until it is done.")
    whole: bool = Field(
        default=False, description="To resume: the whole envelope holds again, and not the narrower one of before."
    )
    despite: Annotated[list[Annotated[str, Field(max_length=36)]], Field(max_length=100)] = Field(
        default=[], description="Ids of what stands against it and is gone on with. Needed for more, not for less."
    )

    def asked(self, serial: str) -> Asked:
        """As the service takes it."""
        return Asked(
            self.change,
            serial,
            self.reason,
            self.reason_code,
            self.urgent,
            self.whole,
            tuple(sorted(set(self.despite))),
        )


class ConditionMet(Wire):
    """How a condition was met."""

    how: Why
    evidence: Annotated[str, Field(max_length=36)] | None = Field(
        default=None, description="Id of the evidence that shows it; without any, only its owner's word counts."
    )


class StopWanted(Wire):
    """Why something is stopped."""

    reason: Why


class StopLiftWanted(Wire):
    """Why a stop is lifted."""

    reason: Why
    reason_code: Annotated[str, Field(min_length=1, max_length=80)] | None = None

    def asked(self, scope: str) -> Asked:
        """As the service takes it."""
        return Asked(Change.LIFT_STOP, scope, self.reason, self.reason_code)


# ---------------------------------------------------------------- what is answered


class TermBody(Wire):
    """One bound of an envelope."""

    name: TermName
    source: Source
    says: str = Field(description="The bound in words.")
    bound: dict[str, Any]
    evidence: list[str]


class EnvelopeBody(Wire):
    """The conditions under which operation is permitted."""

    terms: list[TermBody]
    missing: list[TermName] = Field(description="Terms that nobody set; they bound nothing.")


class ConditionBody(Wire):
    """Something that has to be done by somebody until a day."""

    id: str
    what: str
    owner: PersonBody
    due: datetime
    met_at: datetime | None
    evidence: str | None


class TroubleBody(Wire):
    """A cause that stands, or stood, against a certificate."""

    id: str
    cause: Cause
    about: str
    since: datetime
    told_at: datetime | None
    narrows_at: datetime | None
    suspends_at: datetime | None
    next: datetime | None = Field(description="When it acts next; null where it does not.")
    accepted_by: str | None = Field(description="Entry of the decision that named it and went on.")
    ended_at: datetime | None


class CertificateBody(Wire):
    """An operating certificate as it stands."""

    serial: str
    version: int
    use_case: str
    stage: str
    release: str
    state: CertificateState
    state_at: datetime
    cause: str | None
    permits: bool = Field(description="Whether it permits anything at this moment.")
    envelope: EnvelopeBody
    conditions: list[ConditionBody]
    standing: int = Field(description="Causes that stand against it.")
    review: str
    request: str | None
    deciders: list[PersonBody]
    evidence: list[str]
    issued_at: datetime
    expires_at: datetime
    supersedes: str | None
    statement: str = Field(description="Digest of the signed statement of this version.")
    entry_id: str


class CertificateVersionBody(Wire):
    """A version of a certificate."""

    version: int
    statement: str
    cause: str | None
    made_at: datetime
    envelope: EnvelopeBody
    entry_id: str


class CertificateWholeBody(Wire):
    """A certificate with everything that became of it."""

    certificate: CertificateBody
    troubles: list[TroubleBody]
    versions: list[CertificateVersionBody]


class StopBody(Wire):
    """A stop switch."""

    scope: str = Field(description="`all`, the name of a use case, `agent:NAME` or `action:NAME`.")
    reason: str
    set_at: datetime
    set_by: PersonBody
    lifted_at: datetime | None
    lifted_by: PersonBody | None
    entry_id: str


class ReachBody(Wire):
    """What a change would reach as things stand, worked out before anybody makes it."""

    certificates: list[CertificateBody] = Field(
        description="For less: those that permit something now. For more: those that would permit something again."
    )
    after: EnvelopeBody | None = Field(description="The envelope that would hold, where it becomes another one.")
    stops: list[StopBody] = Field(description="Stop switches that are set and bear on them.")
    told: list[PersonBody] = Field(description="Who is told at once.")
    agents: list[str] = Field(default=[], description="Of a stop switch: workloads that lose something by it.")
    actions: list[str] = Field(default=[], description="Of a stop switch: declared actions that it touches.")
    waiting: dict[str, int] = Field(
        default={}, description="Of a stop switch: actions that are not over, by how far they are; they wait."
    )


class StopSightingBody(Wire):
    """When a process would have refused what a self-test stopped."""

    process: str
    milliseconds: int = Field(description="From the stop to the moment in which it held the snapshot that says so.")


class StopSelfTestBody(Wire):
    """A proof that a stop works: something that nobody does was stopped, and every process said when it knew."""

    id: str
    began_at: datetime
    expected: list[str] = Field(description="Processes that were there.")
    seen: list[StopSightingBody]
    ended_at: datetime | None = Field(description="Null while it is watched.")
    outcome: Proven | None
    slowest: int | None = Field(description="Milliseconds.")
    missing: list[str] = Field(description="Processes that were there until the end and never knew.")


def self_test_body(test: SelfTest) -> StopSelfTestBody:
    """A self-test."""
    return StopSelfTestBody(
        id=test.id,
        began_at=test.began_at,
        expected=sorted(test.expected.values()),
        seen=[StopSightingBody(process=name, milliseconds=took) for name, took in sorted(test.seen.values())],
        ended_at=test.ended_at,
        outcome=test.outcome,
        slowest=test.slowest,
        missing=list(test.missing),
    )


class CertificateChangedBody(Wire):
    """What became of a change that somebody asked for."""

    done: bool = Field(description="Whether it was done; otherwise people have to decide first.")
    certificate: CertificateBody | None
    request: DecisionRequestBody | None


def envelope_body(envelope: Envelope) -> EnvelopeBody:
    """An envelope, term by term."""
    return EnvelopeBody(
        terms=[
            TermBody(
                name=name,
                source=term.source,
                says=spoken(term.bound),
                bound=bound_values(term.bound),
                evidence=list(term.evidence),
            )
            for name, term in envelope.terms.items()
        ],
        missing=list(envelope.missing),
    )


def certificate_body(
    certificate: Certificate, standing: int, who: Mapping[str, PersonBody], now: datetime
) -> CertificateBody:
    """A certificate; `who` knows everybody in it."""
    return CertificateBody(
        serial=certificate.serial,
        version=certificate.version,
        use_case=certificate.use_case,
        stage=certificate.stage,
        release=certificate.release,
        state=certificate.state,
        state_at=certificate.state_at,
        cause=certificate.cause,
        permits=certificate.permits(now),
        envelope=envelope_body(certificate.envelope),
        conditions=[_condition(each, who) for each in certificate.conditions],
        standing=standing,
        review=certificate.review,
        request=certificate.request,
        deciders=[who[ref] for ref in certificate.deciders],
        evidence=list(certificate.evidence),
        issued_at=certificate.issued_at,
        expires_at=certificate.expires_at,
        supersedes=certificate.supersedes,
        statement=certificate.digest,
        entry_id=certificate.entry,
    )


def _condition(condition: Condition, who: Mapping[str, PersonBody]) -> ConditionBody:
    return ConditionBody(
        id=condition.id,
        what=condition.what,
        owner=who[condition.owner],
        due=condition.due,
        met_at=condition.met_at,
        evidence=condition.evidence,
    )


def refs_of(certificates: Iterable[Certificate]) -> set[str]:
    """Everybody who is named in certificates."""
    return {
        ref for each in certificates for ref in (*each.deciders, *(condition.owner for condition in each.conditions))
    }


def trouble_body(trouble: Trouble) -> TroubleBody:
    """What stands against a certificate."""
    return TroubleBody(
        id=trouble.id,
        cause=trouble.cause,
        about=trouble.about,
        since=trouble.since,
        told_at=trouble.told_at,
        narrows_at=trouble.narrows_at,
        suspends_at=trouble.suspends_at,
        next=next_move(trouble),
        accepted_by=trouble.accepted_by,
        ended_at=trouble.ended_at,
    )


def version_bodies(versions: Sequence[Version]) -> list[CertificateVersionBody]:
    """Every version."""
    return [
        CertificateVersionBody(
            version=each.version,
            statement=each.digest,
            cause=each.cause,
            made_at=each.made_at,
            envelope=envelope_body(each.envelope),
            entry_id=each.entry,
        )
        for each in versions
    ]


def stop_bodies(stops: Sequence[Stop], who: Mapping[str, PersonBody]) -> list[StopBody]:
    """Stop switches; `who` knows everybody in them."""
    return [
        StopBody(
            scope=each.scope,
            reason=each.reason,
            set_at=each.set_at,
            set_by=who[each.set_by],
            lifted_at=each.lifted_at,
            lifted_by=None if each.lifted_by is None else who[each.lifted_by],
            entry_id=each.entry,
        )
        for each in stops
    ]
