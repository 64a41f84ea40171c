"""Who may what, and why: roles with where they come from, and every permission with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

from fastapi import Path, Query
from pydantic import Field

from roadworthy.app import App
from roadworthy.foundation.access.permissions import Permission
from roadworthy.foundation.access.roles import Role
from roadworthy.foundation.access.rules import Holding, Verdict
from roadworthy.interfaces.api.people import PersonBody
from roadworthy.interfaces.api.wire import Application, Signed, Wire
from roadworthy.interfaces.routes import Routes

router = Routes(tags=["access"])

About = Annotated[str | None, Query(alias="useCase", max_length=200, description="Count the duties accepted for it.")]


class HoldingBody(Wire):
    """A role that somebody holds."""

    role: Role
    source: str = Field(description="Where it comes from, in words.")
    use_case: str | None = Field(description="The only one that it holds for; null for the whole deployment.")


class VerdictBody(Wire):
    """Whether something is permitted."""

    permission: Permission
    allowed: bool
    why: str


class AccessBody(Wire):
    """What somebody may do, and why."""

    person: PersonBody
    roles: list[HoldingBody]
    permissions: list[VerdictBody]
    administrators: list[str] = Field(description="What to call those who can propose to give a role.")


@router.get("/access")
def mine(app: Application, caller: Signed, use_case: About = None) -> AccessBody:
    """What the caller may do, and why."""
    session = caller.session
    verdicts = [(each, app.access.permitted(session, each, use_case)) for each in Permission]
    return _body(app, session.person.ref, session.person.shown, verdicts)


@router.get("/access/{who}")
def of(
    who: Annotated[str, Path(max_length=400, description="Reference or handle.")],
    app: Application,
    _caller: Signed,
    use_case: About = None,
) -> AccessBody:
    """What somebody may do by their roles, and why; a way of signing in adds nothing here."""
    record = app.staff.roster.profile(who).record
    with app.store.read() as connection:
        verdicts = [(each, app.access.of_person(connection, record.ref, each, use_case)) for each in Permission]
    return _body(app, record.ref, record.name or record.handle or "an erased person", verdicts)


def _body(app: App, ref: str, shown: str, verdicts: Sequence[tuple[Permission, Verdict]]) -> AccessBody:
    with app.store.read() as connection:
        held: Iterable[Holding] = app.access.every_holding(connection, ref)
        administrators = app.access.administrators(connection)
    return AccessBody(
        person=PersonBody(ref=ref, shown=shown),
        roles=[HoldingBody.model_validate(each) for each in held],
        permissions=[VerdictBody(permission=each, allowed=found.allowed, why=found.why) for each, found in verdicts],
        administrators=administrators,
    )
