"""The declared shape of a place at which agents may be called back."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from roadworthy.foundation.resources.shape import Shape
from roadworthy.operate.actions.declared import Line, Name
from roadworthy.operate.calls.upstreams.declared import Address

CALLBACK: Final = "AgentCallback"


class AgentCallback(Shape):
    """The spec of a declared `AgentCallback`: a place at which agents of some use cases may be called back."""

    title: Line | None = None
    address: Address = Field(
        description="An agent may name this address and what lies below its path. `https`; `http` only to a host that "
        "the setting `inside_hosts` names. Redirects are not followed."
    )
    use_cases: Annotated[tuple[Name, ...], Field(min_length=1, max_length=200)] = Field(
        description="Whose agents may name it."
    )
    secret: Annotated[str, StringConstraints(pattern=r"^(env:[^\s,=]+|file:[^,]+)$", max_length=500)] = Field(
        description="Where the key is with which calls are signed: `env:VARIABLE` or `file:PATH`, `whsec_` and "
        "base64 as Standard Webhooks has it."
    )
