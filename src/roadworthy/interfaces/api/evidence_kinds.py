"""The kinds of evidence there are, each with the JSON Schema of its result."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from pydantic import Field

from roadworthy.evidence.model import Method
from roadworthy.evidence.schemas import days_of, result_schema
from roadworthy.foundation.errors import NotFound, did_you_mean
from roadworthy.interfaces.api.wire import Application, Knowing, Wire
from roadworthy.interfaces.routes import Routes

router = Routes(tags=["evidence"], prefix="/evidence-kinds")


class EvidenceKindBody(Wire):
    """A kind of evidence."""

    name: str
    title: str
    description: str
    facts: list[str] = Field(description="Claims that it may answer; all where none is listed.")
    freshness: dict[Method, int] = Field(description="Days for which it holds, by method.")
    least_sample: int | None = Field(description="Fewest observations; on fewer it counts in part.")
    result_schema: dict[str, Any] = Field(description="JSON Schema (draft-07) of `result`.")


@router.get("")
def kinds(app: Application, _caller: Knowing) -> list[EvidenceKindBody]:
    """Every kind in force, those that ship and those that are declared here."""
    return [
        EvidenceKindBody(
            name=name,
            title=kind.title,
            description=kind.description,
            facts=list(kind.facts),
            freshness=dict(days_of(kind)),
            least_sample=kind.least_sample,
            result_schema=dict(result_schema(name, kind)),
        )
        for name, kind in app.evidence.kinds()
    ]


@router.get("/{name}/schema")
def schema(name: Annotated[str, Path(max_length=60)], app: Application, _caller: Knowing) -> dict[str, Any]:
    """The JSON Schema of what `result` holds in a kind."""
    known = dict(app.evidence.kinds())
    if name not in known:
        raise NotFound("evidence-kind-unknown", f"there is no evidence kind `{name}`", remedy=did_you_mean(name, known))
    return dict(result_schema(name, known[name]))
