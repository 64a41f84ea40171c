"""Import."""

from __future__ import annotations


def import_(file: str) -> None:
    """Import."""
