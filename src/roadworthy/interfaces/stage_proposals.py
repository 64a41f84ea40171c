"""Proposals about the stage of one use case, made here so that whoever asks writes no declaration."""

from __future__ import annotations

from typing import cast

from roadworthy.app import App
from roadworthy.decide.approvals.requests import Proposal
from roadworthy.foundation.errors import Conflict, Place
from roadworthy.foundation.resources.documents import Declared
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import Stage, UseCase

SUBJECT = "plan"


def stage_proposal(app: App, name: str, stage: Stage, reason: str, change_number: str | None = None) -> Proposal:
    """The proposal that a use case goes to a stage: a plan that changes its stage and nothing else.

    Raises:
        NotFound: there is no such use case.
        Conflict: it is there already.
    """
    stored = app.resources.get(USE_CASE, name)
    spec = cast("UseCase", stored.spec)
    if spec.stage is stage:
        raise Conflict(
            "stage-reached",
            f"`{name}` is at the stage `{stage}` already",
            place=Place(source=f"{USE_CASE}/{name}"),
            remedy="nothing is left to do",
        )
    changed = spec.model_copy(update={"stage": stage})
    declared = Declared(USE_CASE, name, stored.labels, changed, Place(source=f"{USE_CASE}/{name}"))
    return Proposal(SUBJECT, app.resources.plan([declared]).to_values(), reason, change_number=change_number)
