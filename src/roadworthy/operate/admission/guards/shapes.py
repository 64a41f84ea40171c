"""The field `guards` of an `Endpoint`, and what holds where nothing is declared."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from roadworthy.foundation.resources.shape import Shape
from roadworthy.operate.admission.guards.patterns import NAMES

Action = Literal["pass", "detect", "mask", "block"]


class Pattern(Shape):
    """A class of personal data or of secrets, and what becomes of it."""

    name: Annotated[str, StringConstraints(max_length=40)] = Field(
        description="A class such as `email`, or `personal-data` or `secrets` for all classes of that kind."
    )
    request: Action | None = Field(default=None, description="In what goes in; not looked for where it is not said.")
    answer: Action | None = Field(default=None, description="In what comes out; not looked for where it is not said.")

    @model_validator(mode="after")
    def _known(self) -> Pattern:
        if self.name not in NAMES:
            message = f"`{self.name}` is no class; one of {', '.join(sorted(NAMES))}"
            raise ValueError(message)
        return self


class Guards(Shape):
    """What reads requests and answers."""

    patterns: Annotated[tuple[Pattern, ...], Field(max_length=100)] | None = Field(
        default=None,
        description="The later of two that speak of the same class holds. Where nothing is said, secrets are blocked "
        "in requests and masked in answers, and personal data is detected in both.",
    )
    canaries: Annotated[
        tuple[Annotated[str, StringConstraints(min_length=8, max_length=200)], ...], Field(max_length=64)
    ] = Field(default=(), description="Texts that stand in the system prompt and must never come out.")
    system_prompt: Literal["pass", "detect", "block"] | None = Field(
        default=None, description="What becomes of an answer that repeats a long line of the system prompt."
    )
    most_characters: Annotated[int, Field(ge=1, le=100_000_000)] | None = Field(
        default=None, description="Of an answer; it is cut off there."
    )
    schema_: dict[str, Any] | None = Field(
        default=None,
        alias="schema",
        description="JSON Schema that every answer has to keep to; a stream is held back until that is known.",
    )
