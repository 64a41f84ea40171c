"""Releases: what can go live, what does, and what was seen of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Depends, Path, Query
from pydantic import Field

from roadworthy.app import App
from roadworthy.interfaces.api import people
from roadworthy.interfaces.api.decision_answers import refs_of, request_body
from roadworthy.interfaces.api.decision_bodies import DecisionRequestBody
from roadworthy.interfaces.api.evidence import UseCaseName
from roadworthy.interfaces.api.people import PersonBody
from roadworthy.interfaces.api.repeating import IdempotencyKey, once
from roadworthy.interfaces.api.wire import Application, Limit, Signed, Wire, may
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.security import Caller
from roadworthy.inventory.discovery.mlflow import opened
from roadworthy.operate.releases.model import Doing, Known, Move, Part, PartKind, Recorded, Sighting, key_of
from roadworthy.operate.releases.registries import kept_of, look
from roadworthy.operate.releases.rules import SAID, facts_of, parts_as_known, refuse_ours

router = Routes(tags=["releases"])

Called = Annotated[
    str, Path(max_length=80, description="Name of the release, its digest, or the first digits of its digest.")
]
Releasing = Annotated[Caller, Depends(may("releases:write"))]
RunsAt = Literal["pilot", "candidate", "production"]
At = Annotated[RunsAt | None, Query(description="Only what was done at this stage.")]
Name = Annotated[str, Field(max_length=120)]


class SightBody(Wire):
    """A part, as it was seen or as somebody says that it is."""

    kind: PartKind
    name: Name
    digest: Annotated[str, Field(max_length=80)] | None = Field(
        default=None, description="`sha256:` and 64 hexadecimal digits; null where a registry is asked."
    )
    how: Annotated[str, Field(max_length=20)] | None = Field(
        default=None,
        description="How it was seen: `file`, `folder`, `json`, `git` or `running`. Null where nobody saw it: then it "
        "is asserted, and never counts as measured.",
    )
    source: Annotated[str, Field(max_length=300)] = Field(
        default="", description="Where, so that a later look at the same place takes the place of this one."
    )
    version: Annotated[str, Field(max_length=120)] | None = None
    registry: Annotated[str, Field(max_length=300)] | None = Field(
        default=None,
        description="`NAME@ALIAS` or `NAME@VERSION` of an MLflow registry, which the server asks by itself; a prompt "
        "where the part is one, else a model.",
    )
    address: Annotated[str, Field(max_length=300)] = Field(
        default="", description="Of the MLflow server; the one of the setting `mlflow` where it is empty."
    )


class ReleaseWanted(Wire):
    """A release to be recorded."""

    name: Annotated[str, Field(max_length=200)]
    parts: Annotated[list[SightBody], Field(max_length=1_000)]
    like: Annotated[str, Field(max_length=80)] | None = Field(
        default=None, description="A release whose other parts it has too, as asserted ones."
    )


class SightingsWanted(Wire):
    """What was seen of the parts of a release."""

    seen: Annotated[list[SightBody], Field(max_length=1_000)]
    release: Annotated[str, Field(max_length=80)] | None = Field(
        default=None, description="Name or digest; null for the one that is to run at the stage."
    )
    stage: RunsAt | None = None


class PartBody(Wire):
    """A part of a release."""

    kind: PartKind
    name: str
    digest: str
    known: Known
    how: str
    version: str | None
    at: datetime | None


class ObservationBody(Wire):
    """The last that a source said of a part."""

    part: str
    digest: str
    matches: bool
    how: str
    source: str
    version: str | None
    since: datetime = Field(description="Since when it says so.")
    at: datetime = Field(description="When it said so last.")
    by: PersonBody
    entry_id: str


class ReleaseBody(Wire):
    """A release with what is known of its parts."""

    use_case: str
    name: str
    digest: str
    parts: list[PartBody]
    observed: list[str]
    asserted: list[str] = Field(description="Parts that somebody only said. They never count as measured.")
    mismatched: list[str] = Field(description="Parts that were seen as something else.")
    observations: list[ObservationBody]
    runs_at: list[str] = Field(description="Stages where it is to run.")
    recorded_at: datetime
    recorded_by: PersonBody
    entry_id: str


class MoveBody(Wire):
    """Something that was done with a release."""

    id: str
    use_case: str
    stage: str
    what: Doing
    release: str | None
    release_name: str | None
    before: str | None
    before_name: str | None
    certificate: str | None
    about: str = Field(description="Why.")
    at: datetime
    by: PersonBody
    request: str | None = Field(description="Id of the decision; null where decision rights did not ask.")
    entry_id: str


class MoveWanted(Wire):
    """What is to be done with a release."""

    does: Doing
    release: Annotated[str, Field(max_length=80)] | None = Field(
        default=None, description="Name or digest. Going back finds the one that was certified last by itself."
    )
    stage: RunsAt = "production"
    reason: Annotated[str, Field(min_length=1, max_length=4_000)]
    reason_code: Annotated[str, Field(max_length=100)] | None = None
    urgent: bool | None = None
    emergency: bool | None = None
    reversible: bool | None = None
    model: Annotated[str, Field(max_length=200)] | None = None
    trigger: Literal["schedule", "drift", "incident", "request"] | None = None
    new_sources: Annotated[list[Name], Field(max_length=200)] | None = None
    automatic: bool | None = None


class MovedBody(Wire):
    """What became of it."""

    done: bool = Field(description="Whether it was done; otherwise people have to decide first.")
    move: MoveBody | None
    request: DecisionRequestBody | None


@router.get("/use-cases/{name}/releases")
def listed(name: UseCaseName, app: Application, _caller: Signed, limit: Limit = 100) -> list[ReleaseBody]:
    """Releases of a use case, the newest first."""
    app.inventory.subject(name)  # an unknown name is not found, rather than without releases
    return _bodies(app, name, app.operation.releases.listed(name, limit))


@router.get("/use-cases/{name}/releases/{called}")
def get(name: UseCaseName, called: Called, app: Application, _caller: Signed) -> ReleaseBody:
    """One release, with what every source said of its parts last."""
    return _bodies(app, name, [app.operation.releases.get(name, called)])[0]


@router.post("/use-cases/{name}/releases", status_code=201)
def record(name: UseCaseName, given: ReleaseWanted, app: Application, caller: Releasing) -> ReleaseBody:
    """Record a release. Recorded again, it is the same one, of which parts may be known better."""
    parts = [_part(app, each) for each in given.parts]
    if given.like is not None:
        parts += _others(app.operation.releases.get(name, given.like), parts)
    return _bodies(app, name, [app.operation.releases.record(caller.context, name, given.name, parts)])[0]


@router.post("/use-cases/{name}/releases/observations")
def observe(name: UseCaseName, given: SightingsWanted, app: Application, caller: Releasing) -> ReleaseBody:
    """Hold what was seen against a release; what is otherwise is recorded as a mismatch."""
    seen = [_sighting(app, each) for each in given.seen]
    found = app.operation.releases.observe(caller.context, name, seen, release=given.release, stage=given.stage)
    return _bodies(app, name, [found])[0]


@router.get("/use-cases/{name}/release-moves")
def history(
    name: UseCaseName, app: Application, _caller: Signed, stage: At = None, limit: Limit = 100
) -> list[MoveBody]:
    """What was done with releases of a use case, the latest first."""
    app.inventory.subject(name)
    return move_bodies(app, app.operation.releases.history(name, stage, limit))


@router.post("/use-cases/{name}/release-moves", status_code=201)
def move(
    name: UseCaseName, given: MoveWanted, app: Application, caller: Releasing, idempotency_key: IdempotencyKey = None
) -> MovedBody:
    """Deploy, promote, go back or train anew: at once where the rights say so, else when people have decided.

    What is done is said, recorded and shown: what is to run there from now on. Whoever rolls it out reads that, and
    observations say whether it runs.
    """
    if caller.token is not None:
        caller.check_scope("decisions:propose", "whoever made it")
    wanted = given.model_dump(mode="json", by_alias=True, exclude_none=True) | {"useCase": name}
    context = once(caller.context, idempotency_key, f"{name}\n{given.model_dump_json()}")
    answered = app.operation.releases.move(context, wanted, caller.check_about)
    moves = move_bodies(app, [] if answered.move is None else [answered.move])
    request = answered.request
    shown = None if request is None else request_body(request, people.shown(app, refs_of([request])))
    return MovedBody(done=answered.move is not None, move=moves[0] if moves else None, request=shown)


def move_bodies(app: App, moves: Sequence[Move]) -> list[MoveBody]:
    """Moves with the names of people and releases."""
    who = people.shown(app, {each.by for each in moves})
    names = app.operation.releases.names({ref for each in moves for ref in (each.release, each.before) if ref})
    same = [name for name in MoveBody.model_fields if name not in {"by", "release_name", "before_name"}]
    return [
        MoveBody(
            **{name: getattr(each, name) for name in same},
            by=who[each.by],
            release_name=names.get(each.release or ""),
            before_name=names.get(each.before or ""),
        )
        for each in moves
    ]


def _bodies(app: App, use_case: str, releases: Sequence[Recorded]) -> list[ReleaseBody]:
    running = app.operation.releases.running(use_case)
    who = people.shown(app, _refs(releases))
    return [
        _body(each, [stage for stage, digest in running.items() if digest == each.digest], who) for each in releases
    ]


def _refs(releases: Iterable[Recorded]) -> set[str]:
    return {ref for each in releases for ref in (each.by, *(seen.by for seen in each.observations))}


def _body(recorded: Recorded, runs_at: list[str], who: dict[str, PersonBody]) -> ReleaseBody:
    facts = facts_of(recorded)
    return ReleaseBody(
        use_case=recorded.release.use_case,
        name=recorded.release.name,
        digest=recorded.digest,
        parts=[PartBody.model_validate(each) for each in parts_as_known(recorded)],
        observed=list(facts.observed),
        asserted=list(facts.asserted),
        mismatched=list(facts.mismatched),
        observations=[
            ObservationBody(
                part=each.key,
                digest=each.seen.digest,
                matches=each.matches,
                how=each.seen.how,
                source=each.seen.source,
                version=each.seen.version,
                since=each.since,
                at=each.at,
                by=who[each.by],
                entry_id=each.entry_id,
            )
            for each in recorded.observations
        ],
        runs_at=runs_at,
        recorded_at=recorded.at,
        recorded_by=who[recorded.by],
        entry_id=recorded.entry_id,
    )


def _sighting(app: App, given: SightBody) -> Sighting:
    if given.registry is not None:
        kept = kept_of(given.kind, given.name, given.registry)
        with opened(app.settings, app.runtime.clock, given.address, os.environ) as server:
            return look(server, kept)
    how = given.how or ""
    refuse_ours(how)
    return Sighting(given.kind, given.name, given.digest or "", how, given.source, given.version)


def _part(app: App, given: SightBody) -> Part:
    if given.registry is None and given.how is None:
        return Part(given.kind, given.name, given.digest or "", Known.ASSERTED, SAID, given.version)
    seen = _sighting(app, given)
    now = app.runtime.clock.now()
    return Part(seen.kind, seen.name, seen.digest, Known.OBSERVED, seen.how, seen.version, now)


def _others(like: Recorded, parts: Sequence[Part]) -> list[Part]:
    """Parts of another release that are not named anew: nobody saw them in this one."""
    named = {key_of(each.kind, each.name) for each in parts}
    return [
        Part(each.kind, each.name, each.digest, Known.ASSERTED, SAID, each.version)
        for each in like.release.parts
        if key_of(each.kind, each.name) not in named
    ]
