"""What changed between two reports, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from roadworthy.documents.assessment_report.model import (
    Block,
    Bullets,
    Comparison,
    Count,
    Direction,
    Heading,
    Paragraph,
    SeatChange,
    Table,
)
from roadworthy.documents.assessment_report.writing import MOST_LISTED, day, listed


def compared(found: Comparison) -> tuple[Block, ...]:
    """What changed between two reports, in words."""
    return tuple(_comparison(found))


def _comparison(found: Comparison) -> Iterator[Block]:
    before, after = found.before, found.after
    yield Heading(1, f"What changed from report {before.number} to report {after.number}")
    yield Paragraph(f"From {day(before.made_at.date())} to {day(after.made_at.date())}.")
    worse = sum(each.direction is Direction.WORSE for each in found.moved)
    better = len(found.moved) - worse
    yield Bullets(
        (
            f"{better:,} use cases stand better, {worse:,} worse.",
            f"Evidence ran out in {len(found.stale):,}.",
            f"{len(found.came):,} duties were taken or accepted, {len(found.left):,} were left.",
            _picks(found),
        )
    )
    yield _counts("Then and now", found.figures)
    if found.moved:
        yield Heading(2, "What moved")
        yield Table(
            "Use cases that moved",
            ("Use case", "Which way", "Then", "Now", "Score"),
            tuple(
                (
                    each.title,
                    each.direction.value,
                    each.before,
                    each.after,
                    f"{each.score_before}% to {each.score_after}%",
                )
                for each in found.moved[:MOST_LISTED]
            ),
        )
        yield from _more(len(found.moved))
    if found.stale:
        yield Heading(2, "What went stale")
        yield _counts("Criteria whose evidence has run out", found.stale[:MOST_LISTED])
        yield from _more(len(found.stale))
    for title, changes in (("Owners who came", found.came), ("Owners who left", found.left)):
        if changes:
            yield Heading(2, title)
            yield _seat_table(title, changes)
            yield from _more(len(changes))
    if found.modes:
        yield Heading(2, "Ways to fail")
        yield _counts("Use cases in which they were found", found.modes)
    for title, names in (("New use cases", found.new), ("Use cases that are gone", found.gone)):
        if names:
            yield Heading(2, title)
            yield Bullets(tuple(names[:MOST_LISTED]))
            yield from _more(len(names))


def _picks(found: Comparison) -> str:
    if not found.picked and not found.dropped:
        return "The pilots to push are the same."
    came = f"{listed(found.picked)} came among the pilots to push" if found.picked else ""
    left = f"{listed(found.dropped)} left them" if found.dropped else ""
    return f"{'; '.join(part for part in (came, left) if part)}."


def _counts(caption: str, counts: Sequence[Count]) -> Table:
    rows = tuple((each.name, f"{each.before:,}", f"{each.after:,}") for each in counts)
    return Table(caption, ("What", "Then", "Now"), rows, frozenset({1, 2}))


def _seat_table(caption: str, changes: Sequence[SeatChange]) -> Table:
    rows = tuple((each.title, each.duty, each.before, each.after) for each in changes[:MOST_LISTED])
    return Table(caption, ("Use case", "Duty", "Then", "Now"), rows)


def _more(count: int) -> Iterator[Block]:
    if count > MOST_LISTED:
        yield Paragraph(f"And {count - MOST_LISTED:,} more.")
