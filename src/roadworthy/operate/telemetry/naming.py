"""What others call what we record: the one table of OpenTelemetry's names for generative AI.

The conventions stand in open-telemetry/semantic-conventions-genai and are all of status `Development`, so names may
change; a change of theirs is a change here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from roadworthy.operate.telemetry.model import Outcome, Surface
from roadworthy.operate.telemetry.rows import Finished

CONVENTIONS: Final = "open-telemetry/semantic-conventions-genai, development, read in November 2026"
Value: TypeAlias = str | int | float | bool | tuple[str, ...]

OPERATIONS: Final[Mapping[Surface, str]] = {
    Surface.CHAT: "chat",
    Surface.RESPONSES: "chat",
    Surface.MESSAGES: "chat",
    Surface.EMBEDDINGS: "embeddings",
}
"""What is no generative AI, such as a predictive model, has an operation of our own name."""
OLDER: Final[Mapping[str, str]] = {
    "gen_ai.system": "gen_ai.provider.name",
    "gen_ai.usage.prompt_tokens": "gen_ai.usage.input_tokens",
    "gen_ai.usage.completion_tokens": "gen_ai.usage.output_tokens",
    "gen_ai.openai.request.seed": "gen_ai.request.seed",
}
"""Names that were used before, to those of today."""
TOKENS, DURATION = "gen_ai.client.token.usage", "gen_ai.client.operation.duration"


def current(name: str) -> str:
    """The name of today for one that may be older."""
    return OLDER.get(name, name)


def operation(call: Finished) -> str:
    """What was done."""
    surface = call.intent.surface
    return OPERATIONS.get(surface, surface.value)


def attributes(call: Finished) -> dict[str, Value]:
    """What a span says of a call: never what was asked or answered, never a person."""
    intent, result = call.intent, call.result
    said: dict[str, Value | None] = {
        "gen_ai.operation.name": operation(call),
        "gen_ai.request.model": intent.model,
        "gen_ai.request.stream": intent.stream,
        "roadworthy.call.id": intent.id,
        "roadworthy.use_case": intent.use_case,
        "roadworthy.stage": intent.stage,
        "roadworthy.endpoint": intent.endpoint,
        "roadworthy.ruling": intent.ruling.value,
        "roadworthy.enforcement": intent.enforcement.value,
        "roadworthy.rule": intent.rule,
        "roadworthy.release": intent.release,
        "roadworthy.certificate": intent.certificate,
        "roadworthy.outcome": call.outcome.value,
    }
    if call.outcome is not Outcome.ANSWERED:
        said["error.type"] = (result.error if result is not None else intent.rule) or call.outcome.value
    if result is not None:
        first = result.first_token_milliseconds
        said |= {
            "gen_ai.provider.name": result.attempts[-1].upstream if result.attempts else None,
            "gen_ai.response.model": result.response_model,
            "gen_ai.response.id": result.response_id,
            "gen_ai.response.finish_reasons": None if result.finish is None else (result.finish,),
            "gen_ai.response.time_to_first_chunk": None if first is None else first / 1000,
            "roadworthy.cost.micros": result.cost,
            "roadworthy.cost.currency": result.currency,
        }
        if (usage := result.usage) is not None:
            said |= {
                "gen_ai.usage.input_tokens": usage.input,
                "gen_ai.usage.output_tokens": usage.output,
                "gen_ai.usage.cache_read.input_tokens": usage.cached,
                "gen_ai.usage.cache_creation.input_tokens": usage.cache_writes,
                "gen_ai.usage.reasoning.output_tokens": usage.reasoning,
            }
    return {name: value for name, value in said.items() if value is not None}
