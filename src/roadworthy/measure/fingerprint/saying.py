"""An engine's own words, fit to stand in a message of ours."""

from __future__ import annotations

SHOWN = 400
"""Characters of an engine's message that are repeated."""


def said(error: Exception) -> str:
    """The first line of an engine's message, shortened, ready to stand in backticks."""
    line = str(error).strip().split("\n", 1)[0].replace("`", "'")
    return line if len(line) <= SHOWN else line[:SHOWN] + "…"
