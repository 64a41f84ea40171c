"""An answer as blocks, from which the printable record is made: Markdown, and one HTML file to send."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from roadworthy.documents.assessment_report.model import Block, Bullets, Heading, Paragraph, Table
from roadworthy.documents.question.model import Chapter, Known, Line, Part, Proof, Question
from roadworthy.documents.question.words import moment

TITLES: Final[Mapping[Part, str]] = {
    Part.WHO: "Who, and on whose behalf",
    Part.WHAT: "What exactly",
    Part.RULE: "Under which rule",
    Part.EVIDENCE: "On which evidence, as it stood then",
    Part.OVERSIGHT: "With what oversight",
    Part.AFTER: "What happened after",
}


def written(asked: Question) -> tuple[Block, ...]:
    """The whole record."""
    return tuple(_written(asked))


def _written(asked: Question) -> Iterator[Block]:
    yield Heading(1, asked.title)
    yield Paragraph(asked.finding)
    if asked.open:
        yield Heading(2, "What the record does not say")
        yield Bullets(asked.open)
    proofs = {proof.entry: proof for proof in asked.proofs}
    for number, chapter in enumerate(asked.chapters, 1):
        yield from _chapter(number, chapter, proofs)
    yield Heading(2, "The proofs")
    rows = tuple(
        (f"{each.position:,}", each.what, moment(each.at), each.leaf, "proven" if each.proven else "not proven")
        for each in asked.proofs
    )
    if rows:
        columns = ("Entry", "Event", "When", "Leaf (SHA-256)", "State")
        yield Table("Where each entry stands in the ledger", columns, rows, frozenset({0}))
    yield Paragraph(_head(asked))


def _chapter(number: int, chapter: Chapter, proofs: Mapping[str, Proof]) -> Iterator[Block]:
    yield Heading(2, f"{number}. {TITLES[chapter.part]}")
    yield Bullets(tuple(said(line, proofs) for line in chapter.lines) or ("Nothing is on record.",))


def said(line: Line, proofs: Mapping[str, Proof]) -> str:
    """A line with its words, what belongs to it, and how it is known."""
    quote = f" “{' '.join(line.quote.split())}”" if line.quote else ""
    erased = " (The words were erased.)" if line.erased and not line.quote else ""
    details = "; ".join(f"{name}: {value}" for name, value in line.details)
    return f"{line.says}{quote}{erased}{f' [{details}]' if details else ''} ({_known(line, proofs)})"


def _known(line: Line, proofs: Mapping[str, Proof]) -> str:
    if line.known is Known.UNKNOWN:
        return "not on record"
    if line.known is Known.KEPT or line.entry is None:
        return "kept beside the ledger"
    proof = proofs.get(line.entry)
    at = f", {moment(line.at)}" if line.at else ""
    return f"entry {proof.position:,}{at}" if proof else f"entry `{line.entry}`{at}"


def _head(asked: Question) -> str:
    if asked.head is None:
        return "The ledger could not be signed when this was made."
    head = asked.head
    return (
        f"Made {moment(asked.made_at)}. The ledger `{head.origin}` had {head.size:,} entries with the root "
        f"`{head.root}`, signed in the checkpoint `{' '.join(head.note.split())}`. Verify it with a key that reached "
        f"you by another way; the ledger's own is `{head.key}`."
    )
