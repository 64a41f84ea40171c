"""Plans: what applying declarations, an import or a removal would change; nothing is changed by asking.

A plan is what is applied (`POST /apply`), and where that takes a decision, what is proposed (`POST /decisions`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.resources.documents import parse
from roadworthy.foundation.resources.model import Action
from roadworthy.foundation.resources.plan import Plan
from roadworthy.interfaces.api.imports import MappingText, Take, Upload, mapping_of, read_upload
from roadworthy.interfaces.api.imports import Writing as Importing
from roadworthy.interfaces.api.resources import ChangeBody, Declarations, Writing
from roadworthy.interfaces.api.wire import Application, Wire
from roadworthy.interfaces.routes import Routes
from roadworthy.interfaces.security import Caller
from roadworthy.inventory.kinds import USE_CASE

router = Routes(tags=["resources"])

_PROPOSING = "decisions:propose"


class StepBody(Wire):
    """What a plan does to one resource."""

    kind: str
    name: str
    action: Action
    base_generation: int
    changes: list[ChangeBody]


class PlanBody(Wire):
    """What applying would change."""

    digest: str
    pending: int
    steps: list[StepBody]
    plan: str = Field(description="The plan itself; send it unchanged to apply it, now or later.")


class Removal(Wire):
    """A resource that is to be taken out of force."""

    kind: Annotated[str, Field(max_length=100, description="Name or plural of a kind: `UseCase`, `use-cases`.")]
    name: Annotated[str, Field(max_length=200)]


@router.post("/plan")
def plan(given: Declarations, app: Application, caller: Writing) -> PlanBody:
    """What applying declarations would change now, field by field."""
    declared, findings = parse(given.parsed(), app.registry)
    _previewing(caller, ((each.kind, each.name) for each in declared))
    if findings:
        raise InvalidInput.of(findings, "the declarations")
    made = app.resources.plan(declared)
    return plan_body(made)


@router.post("/plan/removal")
def plan_removal(given: Removal, app: Application, caller: Writing) -> PlanBody:
    """What taking a resource out of force would change; its history stays."""
    of = app.registry.get(given.kind)
    _previewing(caller, [(of.name, given.name)])
    return plan_body(app.resources.plan_removal(of.name, given.name))


@router.post("/plan/import")
def plan_import(app: Application, _caller: Importing, file: Upload, take: Take, mapping: MappingText = "") -> PlanBody:
    """What an import would declare, as a plan: where that takes a decision, it is what to propose.

    Once it was decided, the import itself finds nothing left to declare, and keeps rows and answers.
    """
    name, content = read_upload(file)
    return plan_body(app.importing.plan(name, content, mapping_of(mapping), take))


def plan_body(made: Plan) -> PlanBody:
    """A plan as the API shows it, with the text that applies or proposes it."""
    return PlanBody(
        digest=made.digest,
        pending=len(made.pending),
        steps=[StepBody.model_validate(step) for step in made.steps],
        plan=made.to_text(),
    )


def _previewing(caller: Caller, changed: Iterable[tuple[str, str]]) -> None:
    """A program sees what it could declare or propose."""
    for kind, name in changed:
        if caller.token is not None and kind != USE_CASE and _PROPOSING not in caller.token.may:
            _ = caller.session  # only a person has one
        caller.check_about(name)
