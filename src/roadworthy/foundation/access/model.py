"""Who is what, as people declare it: the role map, and programs that sign in at an identity provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from roadworthy.foundation.resources.shape import Shape

ROLE_MAP = "RoleMap"
ROLE_MAP_NAME = "default"
"""The one in force."""
WORKLOAD = "Workload"

GivenRole = Literal["viewer", "contributor", "approver", "auditor", "platform-administrator"]
Line = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=320)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", max_length=120)]
Roles = Annotated[tuple[GivenRole, ...], Field(min_length=1, max_length=5)]


class RoleMap(Shape):
    """The spec of a declared `RoleMap`: which groups and people hold which roles. What it does not name holds none."""

    groups: Mapping[Key, Roles] = Field(default_factory=dict, description="Group to roles; also for groups within it.")
    people: Mapping[Key, Roles] = Field(default_factory=dict, description="E-mail address or account name to roles.")
    about: Line | None = Field(default=None, description="Why it is as it is.")


class Workload(Shape):
    """The spec of a declared `Workload`: a program with an identity of its own at a configured identity provider.

    It is recognised by exactly this issuer and subject in an access token for this audience.
    """

    title: Line
    owner: Key = Field(description="E-mail address or account name of the person who answers for it.")
    may: Annotated[tuple[Line, ...], Field(min_length=1, max_length=100)] = Field(
        description="Scopes; what is not named is refused."
    )
    use_cases: tuple[Name, ...] = Field(default=(), description="The only ones that it may see and touch; all if none.")
    issuer: Annotated[str, StringConstraints(pattern=r"^https?://\S+$", max_length=320)]
    subject: Key = Field(description="`sub` of its access tokens.")
    audience: Key = Field(description="`aud` that its access tokens must carry.")
