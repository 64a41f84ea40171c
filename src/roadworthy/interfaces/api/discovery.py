"""Discovery: what logs and registries show that is not registered, and what people decide about it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Annotated

from fastapi import File, Form, Path, Query, UploadFile
from pydantic import Field

from roadworthy.app import App
from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.interfaces.api import people
from roadworthy.interfaces.api.discovery_bodies import (
    LookedBody,
    ProposalBody,
    ProposalsBody,
    UploadBody,
    VendorBody,
    bodies,
    looked_body,
    reading_body,
    vendor_body,
)
from roadworthy.interfaces.api.wire import Application, Limit, Signed, Wire
from roadworthy.interfaces.routes import Routes
from roadworthy.inventory.discovery.mlflow import MLflow, opened
from roadworthy.inventory.discovery.model import ProposalState
from roadworthy.inventory.discovery.registry import read_registry

router = Routes(prefix="/discovery", tags=["discovery"])


Log = Annotated[UploadFile, File(description="CSV, JSON, JSON lines or a Squid access log; plain or gzip.")]
Columns = Annotated[
    list[str], Form(default_factory=list, description="What a column means, such as `Destination=host`.")
]
DryRun = Annotated[
    bool, Form(alias="dryRun", default_factory=lambda: False, description="Only say what was understood.")
]
ProposalId = Annotated[str, Path(max_length=100)]


class Accepting(Wire):
    """How the use case is called; made of what was seen where nothing is said."""

    name: Annotated[str, Field(max_length=63)] | None = None
    title: Annotated[str, Field(min_length=1, max_length=1000)] | None = None


class Linking(Wire):
    """Which registered use case it is."""

    use_case: Annotated[str, Field(min_length=1, max_length=200)]
    add_components: bool = Field(default=False, description="Declare the models and vendors seen as its components.")


class Registry(Wire):
    """An MLflow server."""

    address: Annotated[str, Field(max_length=300)] = Field(
        default="", description="The one of the setting `mlflow` where it is empty."
    )
    dry_run: bool = Field(default=False, description="Only say what was found.")


class Reasoned(Wire):
    """Why."""

    reason: Annotated[str, Field(max_length=20_000)]


@router.post("/usage")
def usage(
    app: Application,
    caller: Signed,
    file: Log,
    columns: Columns,
    dry_run: DryRun,
) -> LookedBody:
    """Look at a usage export or a log. It is read as a stream; only sums are kept."""
    name, chosen = file.filename or "upload", parse_columns(columns)
    if dry_run:
        reading = app.discovery.read(name, file.file, chosen)
        return LookedBody(upload=None, reading=reading_body(reading), new=[], open=[], decided={})
    return looked_body(app.discovery.usage(caller.context, name, file.file, chosen))


@router.post("/mlflow")
def mlflow(given: Registry, app: Application, caller: Signed) -> LookedBody:
    """Look at the registered models of an MLflow server; its next look takes the place of this one."""
    with open_mlflow(app, given.address) as server:
        reading = read_registry(server)
    if given.dry_run:
        return LookedBody(upload=None, reading=reading_body(reading), new=[], open=[], decided={})
    return looked_body(app.discovery.keep(caller.context, reading))


@router.get("/proposals")
def proposals(
    app: Application,
    _caller: Signed,
    state: ProposalState | None = None,
    limit: Limit = 100,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> ProposalsBody:
    """Proposals of one state or of all, those with the most calls first."""
    found, total = app.discovery.proposals(state, limit=limit, offset=offset)
    return ProposalsBody(items=bodies(app, found), total=total)


@router.get("/proposals/{proposal_id}")
def proposal(proposal_id: ProposalId, app: Application, _caller: Signed) -> ProposalBody:
    """One proposal with what was seen and what it may be."""
    return bodies(app, [app.discovery.find(proposal_id)])[0]


@router.post("/proposals/{proposal_id}/accept")
def accept(proposal_id: ProposalId, given: Accepting, app: Application, caller: Signed) -> ProposalBody:
    """Register it as a use case of its own, at stage `proposed`."""
    found = app.discovery.accept(caller.context, proposal_id, name=given.name, title=given.title)
    return bodies(app, [found])[0]


@router.post("/proposals/{proposal_id}/link")
def link(proposal_id: ProposalId, given: Linking, app: Application, caller: Signed) -> ProposalBody:
    """Say that it is a use case that is registered already."""
    found = app.discovery.link(caller.context, proposal_id, given.use_case, components=given.add_components)
    return bodies(app, [found])[0]


@router.post("/proposals/{proposal_id}/dismiss")
def dismiss(proposal_id: ProposalId, given: Reasoned, app: Application, caller: Signed) -> ProposalBody:
    """Say that it is no use case, and why; it stays so when it is seen again."""
    return bodies(app, [app.discovery.dismiss(caller.context, proposal_id, given.reason)])[0]


@router.post("/proposals/{proposal_id}/reopen")
def reopen(proposal_id: ProposalId, given: Reasoned, app: Application, caller: Signed) -> ProposalBody:
    """Take a decision back."""
    return bodies(app, [app.discovery.reopen(caller.context, proposal_id, given.reason)])[0]


@router.get("/vendors")
def vendors(app: Application, _caller: Signed) -> list[VendorBody]:
    """Every vendor seen or declared, the most used first."""
    return [vendor_body(line) for line in app.discovery.vendors()]


@router.get("/uploads")
def uploads(app: Application, _caller: Signed, limit: Limit = 100) -> list[UploadBody]:
    """What was looked at, the newest first."""
    found = app.discovery.uploads(limit)
    who = people.shown(app, (each.by for each in found))
    return [
        UploadBody(
            id=each.id, source=each.source, digest=each.digest, form=each.form, rows=each.rows, counted=each.counted,
            notes=list(each.notes), at=each.at, by=who[each.by],
        )
        for each in found
    ]  # fmt: skip


def open_mlflow(app: App, address: str) -> MLflow:
    """The MLflow server to read, with the environment's credentials where it is the one of the settings.

    Raises:
        InvalidInput: no address is given and none is set, or it cannot be used.
    """
    return opened(app.settings, app.runtime.clock, address, os.environ)


def parse_columns(columns: Iterable[str]) -> Mapping[str, str]:
    """From `Destination=host` to what a column means.

    Raises:
        InvalidInput: there is no equals sign.
    """
    chosen = {}
    for each in columns:
        column, sign, target = each.rpartition("=")
        if not sign or not column.strip():
            raise InvalidInput(
                "discovery-column-unreadable",
                f"`{each[:100]}` does not say what a column means",
                place=Place(field="columns"),
                remedy="write the column's name, `=`, and what it means, as in `Destination=host`",
            )
        chosen[column.strip()] = target.strip()
    return chosen
