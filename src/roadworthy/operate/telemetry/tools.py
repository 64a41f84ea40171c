"""Actions of agents, as the conventions for generative AI see them: calls of tools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ToolCall:
    """An action that was done, or tried: never its arguments or its result, never a person."""

    id: str
    name: str
    at: float
    """When the system was first asked, in seconds since 1970."""
    seconds: float
    trace: str | None
    """Id of the agent's trace, where it named one."""
    error: str | None
    attributes: Mapping[str, str | int] = field(default_factory=dict)
