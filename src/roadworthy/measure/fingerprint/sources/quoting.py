"""Names and texts of other people, written so that SQL reads them as such."""

from __future__ import annotations

from collections.abc import Iterable


def name(text: str) -> str:
    """A quoted identifier of DuckDB and of standard SQL."""
    return '"' + text.replace('"', '""') + '"'


def text(value: str) -> str:
    """A string literal."""
    return "'" + value.replace("'", "''") + "'"


def texts(values: Iterable[str]) -> str:
    """A list literal of strings in DuckDB."""
    return "[" + ", ".join(text(value) for value in values) + "]"
