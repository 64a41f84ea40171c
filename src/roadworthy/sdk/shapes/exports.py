"""Types of the API: exports. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class GapBody:
    """A field that the federal shape requires and that cannot be filled from what is known."""

    use_case: str
    field: str
    required: str
    reason: str
