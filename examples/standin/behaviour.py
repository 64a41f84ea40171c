"""How the stand-in behaves: set for all requests by the admin endpoint, or for one by its header."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from examples.draws import Draws

HEADER = "x-standin"
"""A JSON object with any of the fields, for one request."""

Share = Annotated[float, Field(ge=0, le=1)]


class Behaviour(BaseModel):
    """What goes wrong, and how often. The default is a model that always answers."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)

    latency_ms: Annotated[int, Field(ge=0, le=600_000)] = 0
    """Before the first byte."""
    chunk_ms: Annotated[int, Field(ge=0, le=60_000)] = 0
    """Between two pieces of a stream."""
    error_rate: Share = 0
    error_status: Literal[400, 401, 429, 500, 502, 503] = 500
    retry_after: Annotated[int, Field(ge=0, le=3_600)] = 1
    """Seconds, told with status 429 and 503."""
    truncate_rate: Share = 0
    """Streams that end in the middle of a line; answers in one piece end in the middle of a word, as `length`."""
    malformed_rate: Share = 0
    """Answers that are no JSON; in a stream, a line that is none."""
    bad_arguments_rate: Share = 0
    """Tool calls whose arguments are no JSON, as models write them now and then."""
    refusal_rate: Share = 0
    injected: str | None = None
    """A sentence that is added to every answer, as a poisoned document would."""
    injected_call: dict[str, object] | None = None
    """`{"name": …, "arguments": {…}}`: called in place of what the answer would have called."""
    prompt_tokens: Annotated[int, Field(ge=0)] | None = None
    """Told as usage in place of what was counted."""
    completion_tokens: Annotated[int, Field(ge=0)] | None = None


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one request."""

    behaviour: Behaviour
    fails: bool
    truncated: bool
    malformed: bool
    bad_arguments: bool
    refused: bool


def fate(behaviour: Behaviour, seed: int, number: int) -> Fate:
    """Drawn from the seed and the number of the request, so that a run can be repeated exactly."""
    draws = Draws(seed, "standin", number)
    return Fate(
        behaviour,
        fails=draws.chance(behaviour.error_rate),
        truncated=draws.chance(behaviour.truncate_rate),
        malformed=draws.chance(behaviour.malformed_rate),
        bad_arguments=draws.chance(behaviour.bad_arguments_rate),
        refused=draws.chance(behaviour.refusal_rate),
    )
