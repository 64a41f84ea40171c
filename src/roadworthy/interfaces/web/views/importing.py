"""An import as its pages show it: before, between and after."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.parts import Badge, Field, Figure, Moment, Say


@dataclass(frozen=True, slots=True)
class RunLine:
    """An import that happened."""

    href: str
    file: str
    at: Moment
    counts: str


@dataclass(frozen=True, slots=True)
class StartView:
    """Where a file is chosen."""

    most: str
    fault: Say | None
    runs: tuple[RunLine, ...]


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """What one column is taken to mean."""

    field: str
    """Name of the field in which another meaning can be chosen."""
    letters: str
    header: str
    group: str
    target: str
    sureness: Badge | None
    """None for a column that is only kept."""
    reason: str
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VariantLine:
    """Spellings that were counted as one word."""

    column: str
    word: str
    spellings: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class UnplacedLine:
    """Values that fill no field."""

    column: str
    reason: str
    count: int
    examples: tuple[str, ...]
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConflictLine:
    """A field that a person and the file changed differently."""

    take: str
    """Name of the box that decides for the file."""
    taken: bool
    use_case: str
    href: str
    field: str
    before: str
    current: str
    new: str


@dataclass(frozen=True, slots=True)
class Understood:
    """What a file was taken to be, and what importing it does."""

    figures: tuple[Figure, ...]
    notes: tuple[str, ...]
    columns: tuple[ColumnLine, ...]
    variants: tuple[VariantLine, ...]
    unplaced: tuple[UnplacedLine, ...]
    flags: tuple[tuple[str, str], ...]
    conflicts: tuple[ConflictLine, ...]
    claimed: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PreviewView:
    """Between upload and import."""

    upload: str
    file: str
    finding: str
    basis: str
    fault: Say | None
    said: Say | None
    understood: Understood | None
    target_groups: tuple[tuple[str, tuple[str, ...]], ...]
    free: bool
    """Whether meanings are typed with suggestions, because selects for so many columns would be too heavy."""
    fields: tuple[Field, ...]
    """Sheet, header row and what holds for every row."""
    hidden: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DoneView:
    """After an import."""

    file: str
    finding: str
    basis: str
    understood: Understood
