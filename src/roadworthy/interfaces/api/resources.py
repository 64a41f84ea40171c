"""Declared resources: read, write with the version they replace, validate, plan, apply, export, schemas."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Header, Path, Query, Response
from pydantic import Field
from starlette.responses import PlainTextResponse

from roadworthy.app import App
from roadworthy.foundation.errors import Place
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources.documents import Declared, Source, declare, parse, without_documents
from roadworthy.foundation.resources.model import Action, Applied, Stored
from roadworthy.foundation.resources.plan import Plan
from roadworthy.foundation.resources.registry import API_VERSION
from roadworthy.foundation.resources.schema import document_schema
from roadworthy.interfaces.api import people
from roadworthy.interfaces.api.people import PersonBody
from roadworthy.interfaces.api.wire import (
    Application,
    Cursor,
    FindingBody,
    Limit,
    Page,
    Signed,
    Wire,
    decode_cursor,
    encode_cursor,
    may,
)
from roadworthy.interfaces.permitting.gate import may_declare
from roadworthy.interfaces.problems import PreconditionFailed, PreconditionMissing
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.security import Caller

router = Routes(tags=["resources"])

_LONGEST_GENERATION = 18
"""Digits that surely fit a column of 64 bits."""

KindName = Annotated[str, Path(max_length=100, description="Name or plural of a kind: `UseCase`, `use-cases`.")]
ResourceName = Annotated[str, Path(max_length=200)]
Writing = Annotated[Caller, Depends(may("use-cases:write", anywhere=True))]
IfMatch = Annotated[str | None, Header(description="The ETag of the version that this replaces.")]
IfNoneMatch = Annotated[str | None, Header(description="`*`: only if there is none yet.")]


class KindBody(Wire):
    """A kind that can be declared."""

    name: str
    plural: str
    api_version: str = API_VERSION


class Metadata(Wire):
    """What a resource is called."""

    name: str
    labels: dict[str, str]


class ResourceBody(Wire):
    """A declared resource as it is now; the first four fields are what a file has."""

    api_version: str = API_VERSION
    kind: str
    metadata: Metadata
    spec: dict[str, Any]
    uid: str
    generation: int
    digest: str
    changed_at: datetime
    changed_by: PersonBody
    entry_id: str


class ResourceWrite(Wire):
    """What a resource is to be from now on."""

    labels: dict[str, str] = Field(default_factory=dict)
    spec: dict[str, Any]


class ChangeBody(Wire):
    """A field that differs; null where it is not there."""

    path: str
    before: Any
    after: Any


class AppliedBody(Wire):
    """What became of one resource."""

    kind: str
    name: str
    action: Action
    generation: int
    changes: list[ChangeBody]
    entry_id: str | None


class VersionBody(Wire):
    """One version in the history of a resource."""

    generation: int
    action: Action
    at: datetime
    actor: PersonBody
    via: str
    source: str
    changes: list[ChangeBody]
    digest: str
    entry_id: str


class SourceBody(Wire):
    """A file with declarations."""

    name: Annotated[str, Field(max_length=1_000)]
    text: str


class Declarations(Wire):
    """Files with declarations, read together."""

    sources: Annotated[list[SourceBody], Field(max_length=20_000)]

    def parsed(self) -> list[Source]:
        """The files as the reader takes them."""
        return [Source(source.name, source.text) for source in self.sources]


class Validated(Wire):
    """What is wrong with the declarations; nothing where `findings` is empty."""

    declared: int
    findings: list[FindingBody]
    notes: list[FindingBody]


class Apply(Wire):
    """A plan to be applied."""

    plan: str
    source: Annotated[str, Field(max_length=1_000)] = Field(default="api", description="What brings the change.")


class AppliedAll(Wire):
    """What became of every resource of a plan."""

    changed: int
    applied: list[AppliedBody]


@router.get("/kinds")
def kinds(app: Application, _caller: Signed) -> list[KindBody]:
    """The kinds that can be declared."""
    return [KindBody(name=kind.name, plural=kind.plural) for kind in app.registry.all()]


@router.get("/schemas/{kind}")
def schema(kind: KindName, app: Application, _caller: Signed) -> dict[str, Any]:
    """The JSON Schema (draft-07) of one document of a kind."""
    return dict(document_schema(app.registry.get(kind)))


@router.post("/validate")
def validate(given: Declarations, app: Application, _caller: Writing) -> Validated:
    """Everything that is wrong with declarations, by file and line."""
    sources = given.parsed()
    declared, findings = parse(sources, app.registry)
    return Validated(
        declared=len(declared),
        findings=[FindingBody.model_validate(finding) for finding in findings],
        notes=[FindingBody.model_validate(note) for note in without_documents(sources)],
    )


@router.post("/apply")
def apply(given: Apply, app: Application, caller: Writing) -> AppliedAll:
    """Apply a plan, whole or not at all; one that was made against another state is refused."""
    wanted = Plan.from_text(given.plan)
    _by_kind(app, caller, ((step.kind, step.name) for step in wanted.steps))
    applied = app.resources.apply(caller.context, wanted, given.source)
    bodies = [AppliedBody.model_validate(each) for each in applied]
    return AppliedAll(changed=sum(each.action is not Action.UNCHANGED for each in applied), applied=bodies)


@router.get("/export", response_class=PlainTextResponse, responses={200: {"content": {"application/yaml": {}}}})
def export(
    app: Application,
    _caller: Signed,
    kind: Annotated[list[str] | None, Query(description="Only these kinds.")] = None,
    name: Annotated[list[str] | None, Query(description="Only these names.")] = None,
) -> Response:
    """Declarations as YAML, which applies back without a change."""
    return Response(app.resources.export(kind, name), media_type="application/yaml")


@router.get("/resources/{kind}")
def list_all(
    kind: KindName, app: Application, _caller: Signed, cursor: Cursor = None, limit: Limit = 100
) -> Page[ResourceBody]:
    """The resources of a kind by name."""
    found = app.resources.list(kind, decode_cursor(cursor), limit + 1)
    page = found[:limit]
    following = encode_cursor(page[-1].name) if len(found) > limit else None
    return Page(items=_bodies(app, page), next=following)


@router.get("/resources/{kind}/{name}")
def get(kind: KindName, name: ResourceName, app: Application, _caller: Signed, response: Response) -> ResourceBody:
    """One resource; its ETag is what a write must name."""
    stored = app.resources.get(kind, name)
    response.headers["ETag"] = etag(stored.generation)
    return _bodies(app, [stored])[0]


@router.put("/resources/{kind}/{name}")
def put(
    kind: KindName,
    name: ResourceName,
    given: ResourceWrite,
    app: Application,
    caller: Writing,
    response: Response,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> AppliedBody:
    """Declare one resource: a new one with `If-None-Match: *`, a new version of one with `If-Match`."""
    of = app.registry.get(kind)
    _by_kind(app, caller, [(of.name, name)])
    creates = if_none_match == "*" and if_match is None
    expected = 0 if creates else replaced(if_match)
    declared = declare(of, name, given.spec, given.labels, Place(source=f"{of.name}/{name}"))
    applied = put_one(app, caller.context, declared, expected, source="api")
    response.headers["ETag"] = etag(applied.generation)
    return AppliedBody.model_validate(applied)


@router.delete("/resources/{kind}/{name}")
def delete(
    kind: KindName, name: ResourceName, app: Application, caller: Signed, if_match: IfMatch = None
) -> AppliedBody:
    """Take a resource out of force; its history stays."""
    return AppliedBody.model_validate(app.resources.remove(caller.context, kind, name, replaced(if_match), "api"))


@router.get("/resources/{kind}/{name}/history")
def history(kind: KindName, name: ResourceName, app: Application, _caller: Signed) -> list[VersionBody]:
    """Every version that ever stood under the name, the newest first."""
    versions = app.resources.history(kind, name)
    actors = people.shown(app, (version.actor for version in versions))
    return [
        VersionBody(
            generation=version.generation,
            action=version.action,
            at=version.at,
            actor=actors[version.actor],
            via=version.via,
            source=version.source,
            changes=[ChangeBody.model_validate(change) for change in version.changes],
            digest=version.digest,
            entry_id=version.entry_id,
        )
        for version in versions
    ]


def etag(generation: int) -> str:
    """The ETag of a generation."""
    return f'"{generation}"'


def replaced(if_match: str | None) -> int:
    """The generation that a write replaces.

    Raises:
        PreconditionMissing: it does not say.
        PreconditionFailed: it says something that was never an ETag of ours.
    """
    if if_match is None:
        raise PreconditionMissing(
            "version-not-named",
            "this write does not say which version it replaces",
            place=Place(field="header.If-Match"),
            remedy="send the ETag that you read as `If-Match`; for a new resource send `If-None-Match: *`",
        )
    digits = if_match.strip().strip('"')
    if not digits.isascii() or not digits.isdigit() or len(digits) > _LONGEST_GENERATION:
        raise PreconditionFailed(
            "version-unknown",
            f"`{if_match[:100]}` is not an ETag of this resource",
            place=Place(field="header.If-Match"),
            remedy="read the resource again and send its ETag",
        )
    return int(digits)


def put_one(app: App, context: Context, declared: Declared, expected: int, source: str) -> Applied:
    """Put one declaration in force in a unit of its own."""

    def work(tx: Transaction) -> Applied:
        return app.resources.put_all(tx, [declared], {declared.key: expected}, source)[0]

    return app.units.run(context, work)


def _bodies(app: App, found: list[Stored]) -> list[ResourceBody]:
    changers = people.shown(app, (stored.changed_by for stored in found))
    return [
        ResourceBody(
            kind=stored.kind,
            metadata=Metadata(name=stored.name, labels=dict(stored.labels)),
            spec=json.loads(stored.spec_json),
            uid=stored.uid,
            generation=stored.generation,
            digest=stored.digest,
            changed_at=stored.changed_at,
            changed_by=changers[stored.changed_by],
            entry_id=stored.entry_id,
        )
        for stored in found
    ]


def _by_kind(app: App, caller: Caller, changed: Iterable[tuple[str, str]]) -> None:
    """Whether the caller may declare these; a program may declare the use cases of its token and nothing else.

    Args:
        app: the services.
        caller: who declares.
        changed: kind and name of each resource.
    """
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for kind, name in changed:
        wanted[kind].add(name)
    may_declare(app, caller, wanted)
    for name in sorted(set().union(*wanted.values())):
        caller.check_about(name)
