"""What the API sends about discovery, made of its values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import Field

from roadworthy.app import App
from roadworthy.interfaces.api import people
from roadworthy.interfaces.api.people import PersonBody
from roadworthy.interfaces.api.wire import Wire
from roadworthy.inventory.discovery.model import (
    Looked,
    Match,
    Proposal,
    ProposalState,
    Reading,
    Release,
    Scheme,
    Sighting,
    Usage,
    VendorLine,
)

MOST_SIGHTINGS = 200
"""Sightings that one proposal lists, those with the most calls; its sums are of all of them."""


class UsageBody(Wire):
    """Calls added up."""

    calls: int
    input_tokens: int
    output_tokens: int
    cost: dict[str, str] = Field(description="Amount by currency; the currency is empty where the file names none.")
    people: int = Field(description="How many different people; who they are is never kept.")
    more_people: bool = Field(description="Whether that number is a lower bound.")
    first_seen: datetime | None
    last_seen: datetime | None


class ReleaseBody(Wire):
    """A version of a registered model."""

    version: str
    aliases: list[str]
    run: str | None
    digest: str | None
    digest_of: str = Field(description="What the digest was taken of: `artefacts`, `model id`, or nothing.")
    created: datetime | None
    link: str | None


class SightingBody(Wire):
    """Calls of one combination of vendor, model, host and caller."""

    vendor: str | None
    spellings: dict[str, int]
    model: str | None
    host: str | None
    app: str | None
    team: str | None
    key: str | None
    usage: UsageBody
    release: ReleaseBody | None


class MatchBody(Wire):
    """A registered use case that it may be."""

    use_case: str
    title: str
    score: int = Field(description="0 to 100.")
    reasons: list[str]


class DecisionBody(Wire):
    """What a person decided."""

    state: ProposalState
    use_case: str | None
    reason: str | None
    at: datetime
    by: PersonBody


class ProposalBody(Wire):
    """A use case that may exist."""

    id: str
    state: ProposalState
    scheme: Scheme
    value: str
    title: str
    vendors: list[str]
    models: list[str]
    usage: UsageBody
    uploads: int
    overlapping: bool = Field(description="Uploads of overlapping times were added up; calls may be counted twice.")
    sightings: list[SightingBody]
    matches: list[MatchBody]
    decision: DecisionBody | None


class ProposalsBody(Wire):
    """A part of the list of proposals."""

    items: list[ProposalBody]
    total: int


class ReadingBody(Wire):
    """What was understood of a file or a registry."""

    source: str
    digest: str | None
    form: str
    columns: dict[str, str] = Field(description="Which column was read as what.")
    unread: list[str] = Field(description="Columns that were left alone.")
    rows: int
    counted: int
    notes: list[str]
    sightings: int


class LookedBody(Wire):
    """What looking led to."""

    upload: str | None = Field(description="Null where nothing was kept: a dry run, or the very same file again.")
    reading: ReadingBody
    new: list[str]
    open: list[str]
    decided: dict[ProposalState, int]


class VendorBody(Wire):
    """One vendor, as logs and inventory know it."""

    name: str
    title: str
    known: bool
    standing: str
    used: dict[str, int]
    declared: dict[str, int]
    use_cases: int
    proposals: int
    usage: UsageBody
    approved: bool | None


class UploadBody(Wire):
    """A file or registry that was looked at."""

    id: str
    source: str
    digest: str | None
    form: str
    rows: int
    counted: int
    notes: list[str]
    at: datetime
    by: PersonBody


def looked_body(looked: Looked) -> LookedBody:
    """What looking led to, as it is sent."""
    return LookedBody(
        upload=looked.upload, reading=reading_body(looked.reading), new=list(looked.new), open=list(looked.open),
        decided=dict(looked.decided),
    )  # fmt: skip


def reading_body(reading: Reading) -> ReadingBody:
    """What was understood, as it is sent."""
    return ReadingBody(
        source=reading.source, digest=reading.digest, form=reading.form, columns=dict(reading.columns),
        unread=list(reading.unread), rows=reading.rows, counted=reading.counted, notes=list(reading.notes),
        sightings=len(reading.sightings),
    )  # fmt: skip


def bodies(app: App, found: list[Proposal]) -> list[ProposalBody]:
    """Proposals with the people who decided, as they are sent."""
    who = people.shown(app, (each.decision.by for each in found if each.decision))
    return [_proposal(each, who) for each in found]


def _proposal(each: Proposal, who: Mapping[str, PersonBody]) -> ProposalBody:
    decided = each.decision
    return ProposalBody(
        id=each.id, state=each.state, scheme=each.scheme, value=each.value, title=each.title,
        vendors=list(each.vendors), models=list(each.models), usage=_usage(each.usage), uploads=each.uploads,
        overlapping=each.overlapping, sightings=[_sighting(seen) for seen in each.sightings[:MOST_SIGHTINGS]],
        matches=[_match(match) for match in each.matches],
        decision=None if decided is None else DecisionBody(
            state=decided.state, use_case=decided.use_case, reason=decided.reason, at=decided.at, by=who[decided.by]
        ),
    )  # fmt: skip


def _match(match: Match) -> MatchBody:
    return MatchBody(use_case=match.use_case, title=match.title, score=match.score, reasons=list(match.reasons))


def _sighting(seen: Sighting) -> SightingBody:
    return SightingBody(
        vendor=seen.vendor, spellings=dict(seen.spellings), model=seen.model, host=seen.host, app=seen.app,
        team=seen.team, key=seen.key, usage=_usage(seen.usage),
        release=None if seen.release is None else _release(seen.release),
    )  # fmt: skip


def _release(release: Release) -> ReleaseBody:
    return ReleaseBody(
        version=release.version, aliases=list(release.aliases), run=release.run, digest=release.digest,
        digest_of=release.digest_of, created=release.created, link=release.link,
    )  # fmt: skip


def _usage(usage: Usage) -> UsageBody:
    return UsageBody(
        calls=usage.calls, input_tokens=usage.input_tokens, output_tokens=usage.output_tokens,
        cost={unit: f"{amount.normalize():f}" for unit, amount in usage.cost.items()}, people=usage.people,
        more_people=usage.more_people, first_seen=usage.first_seen, last_seen=usage.last_seen,
    )  # fmt: skip


def vendor_body(line: VendorLine) -> VendorBody:
    """A vendor, as it is sent."""
    return VendorBody(
        name=line.name, title=line.title, known=line.known, standing=line.standing, used=dict(line.used),
        declared=dict(line.declared), use_cases=line.use_cases, proposals=line.proposals, usage=_usage(line.usage),
        approved=line.approved,
    )  # fmt: skip
