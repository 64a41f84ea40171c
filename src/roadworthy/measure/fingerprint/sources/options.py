"""What somebody may say about how a source is to be read; nothing said is found out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read a source. None means: find out."""

    format: str | None = None
    """One of `formats.Format`, where the name of a file does not tell and its content could be several."""
    delimiter: str | None = None
    quote: str | None = None
    header: bool | None = None
    encoding: str | None = None
    record: str | None = None
    """Name of the XML element that stands for a record."""
    sheet: str | None = None
    """Sheet of a workbook; the largest where nobody says."""
    statement_timeout: float = 3_600.0
    """Seconds that a database may take for one statement."""
    connect_timeout: float = 10.0
    """Seconds that a database may take to answer at all."""
