"""Drafts of actions: what a system offers, to be looked at and applied by a person."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import Field

from roadworthy.interfaces.api.wire import Application, Signed, Wire
from roadworthy.interfaces.routes import Routes
from roadworthy.operate.actions.catalogue.drafting import written
from roadworthy.operate.actions.catalogue.service import DOCUMENT, LARGEST, Source, Wish

router = Routes(tags=["agent actions"])

SystemName = Annotated[str, Path(max_length=120, description="Name of the declared system.")]
Word = Annotated[str, Field(min_length=1, max_length=200)]


class ActionDraftsWanted(Wire):
    """What is to be imported."""

    source: Source = Field(description="What the system, or the content, says.")
    use_cases: Annotated[list[Annotated[str, Field(min_length=1, max_length=120)]], Field(min_length=1, max_length=200)]
    content: Annotated[str, Field(max_length=LARGEST)] | None = Field(
        default=None, description="What it says, as JSON or YAML; the system is asked where it is left out."
    )
    path: Annotated[str, Field(pattern=r"^/[^\s#]*$", max_length=500)] = Field(
        default=DOCUMENT, description="Where the document is below the system's address."
    )
    only: Annotated[list[Word], Field(max_length=100)] = Field(
        default=[], description="Patterns such as `orders.get-*`, of names of actions, tools or operations."
    )


class ActionDraftBody(Wire):
    """An action as it could be declared."""

    name: str
    of: str = Field(description="What the system calls it.")
    yaml: str | None = Field(description="As a declaration; null where it cannot be declared.")
    notes: list[str] = Field(description="What has to be looked at; guesses among them.")
    faults: list[str] = Field(description="Why it cannot be declared.")


class ActionDifferenceBody(Wire):
    """An action that is not as it was declared."""

    name: str
    what: list[str]


class ActionDraftsBody(Wire):
    """What a system offers."""

    drafts: list[ActionDraftBody]
    differences: list[ActionDifferenceBody]


@router.post("/systems/{system}/drafts")
def draft_actions(system: SystemName, given: ActionDraftsWanted, app: Application, _caller: Signed) -> ActionDraftsBody:
    """Drafts of the actions that a system offers, and what changed since they were declared; nothing is declared."""
    wish = Wish(
        system,
        given.source,
        tuple(given.use_cases),
        None if given.content is None else given.content.encode(),
        given.path,
        tuple(given.only),
    )
    looked = app.imports.look(wish)
    said = f"{given.source} of {system}"
    return ActionDraftsBody(
        drafts=[
            ActionDraftBody(
                name=each.name,
                of=each.of,
                yaml=None if each.faults else written(each, said),
                notes=list(each.notes),
                faults=list(each.faults),
            )
            for each in looked.drafts
        ],
        differences=[ActionDifferenceBody(name=each.name, what=list(each.what)) for each in looked.differences],
    )
