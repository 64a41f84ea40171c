"""An answer of the record in the parts of a page; its words are the answer's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final
from urllib.parse import quote

from roadworthy.documents.question.model import Asked, Chapter, Known, Line, Part, Proof, Question, Weight
from roadworthy.documents.question.writing import TITLES
from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.ledger.service import PlacedEntry
from roadworthy.interfaces.web.showing.exactly import said
from roadworthy.interfaces.web.showing.history import actor_shown
from roadworthy.interfaces.web.views.parts import Badge, Empty, Field, Figure, Link, Moment, Option, Say, Tone, plural
from roadworthy.interfaces.web.views.question import (
    AskingView,
    ChapterView,
    ProofLine,
    QuestionView,
    ToldLine,
    ToldTogether,
)

SHOWN: Final = 10
"""Groups of a chapter that stand open; the rest is folded, and printed all the same."""
SHOWN_EVIDENCE: Final = 6
"""The weakest evidence comes first; the rest says the same in another colour."""
TOGETHER: Final = 7
"""Lines of one entry that stand open."""
INLINE: Final = 170
"""Characters of details that stand on one line; more are set as a list."""
LEAF: Final = 16
"""Digits of a leaf's hash that a table shows; the file of the proof has them all."""
_API = "/api/v1alpha1/questions"
_COLUMNS = ((Part.WHO, Part.WHAT, Part.RULE), (Part.EVIDENCE, Part.OVERSIGHT, Part.AFTER))
_WEIGHTS: Mapping[Weight, Badge] = {
    Weight.GOOD: Badge(Tone.GO, "yes"),
    Weight.MIND: Badge(Tone.MIND, "mind"),
    Weight.BAD: Badge(Tone.STOP, "against"),
}
_PROVEN, _UNPROVEN = Badge(Tone.GO, "proven"), Badge(Tone.STALE, "not proven yet")
_KEPT, _MISSING = Badge(Tone.ASIDE, "in no entry"), Badge(Tone.UNKNOWN, "not on record")
KINDS: Mapping[Asked, str] = {
    Asked.USE_CASE: "a use case: what it may do today rests on what",
    Asked.DECISION: "a decision, by its id",
    Asked.CERTIFICATE: "a certificate, by its serial",
    Asked.REVIEW: "a review, by its id",
    Asked.RELEASE: "a release, by its digest",
    Asked.EFFECT: "something that was done, by its entry",
    Asked.ENTRY: "any entry, by its id",
}

CALLED: Mapping[str, str] = {
    "certificate.issued": "A certificate was issued",
    "certificate.suspended": "A certificate was suspended",
    "decision.used": "A decision was carried out",
    "review.decided": "A review was decided",
}
"""What the page suggests to ask about, as it is called there."""


def question_view(asked: Question, title: str, now: datetime) -> QuestionView:
    """The page."""
    proofs = {proof.entry: proof for proof in asked.proofs}
    by_part = {each.part: each for each in asked.chapters}
    where = f"{asked.asked.value}/{quote(asked.id, safe='')}"
    return QuestionView(
        kind=asked.asked.value.replace("-", " "),
        title=_heading(asked, title),
        finding=asked.finding,
        crumbs=_crumbs(asked, title),
        figures=_figures(asked, now),
        open=Say(Tone.UNKNOWN, "What the record does not say", items=asked.open) if asked.open else None,
        chapters=tuple(tuple(_chapter(by_part[part], proofs, now) for part in column) for column in _COLUMNS),
        related=tuple(
            Link(words[:1].upper() + words[1:], f"/question/{kind.value}/{quote(name, safe='')}")
            for kind, name, words in asked.related
        ),
        proofs=tuple(_proof_line(proof, now) for proof in asked.proofs),
        note="" if asked.head is None else asked.head.note,
        key="" if asked.head is None else asked.head.key,
        files=(
            Link("The record as one file to send or print", f"{_API}/{where}/html"),
            Link("As Markdown", f"{_API}/{where}/markdown"),
            Link("As data", f"{_API}/{where}"),
        ),
        command=f"roadworthy question show {asked.asked.value} {asked.id}",
        made=Moment.of(asked.made_at, now).exact,
    )


def _crumbs(asked: Question, title: str) -> tuple[Link, ...]:
    found = [Link("Ledger", "/ledger"), Link("Ask the record", "/question")]
    if asked.use_case:
        found.append(Link(title or asked.use_case, f"/use-cases/{quote(asked.use_case, safe='')}"))
    return tuple(found)


def _figures(asked: Question, now: datetime) -> tuple[Figure, ...]:
    evidence = [line for line in asked.chapter(Part.EVIDENCE).lines if (line.path or "").startswith("/evidence/")]
    weak = sum(line.weight is not Weight.PLAIN for line in evidence)
    say = [line for line in asked.chapter(Part.OVERSIGHT).lines if line.known is Known.RECORDED]
    proven = sum(proof.proven for proof in asked.proofs)
    decided = Moment.of(asked.when, now) if asked.when else None
    return (
        Figure(decided.words if decided else "open", "decided or done" if decided else "nobody has decided it yet"),
        Figure(plural(len(evidence), "item"), f"of evidence{f', {weak} weaker or gone since' if weak else ''}"),
        Figure(plural(len(say), "act"), "of oversight on record"),
        Figure(f"{proven} of {len(asked.proofs):,}", "entries that it rests on are proven"),
    )


def _chapter(chapter: Chapter, proofs: Mapping[str, Proof], now: datetime) -> ChapterView:
    told = tuple(_together(chapter.lines, proofs, now))
    most = SHOWN_EVIDENCE if chapter.part is Part.EVIDENCE else SHOWN
    left = told[most:]
    return ChapterView(
        id=chapter.part.value,
        number=list(Part).index(chapter.part) + 1,
        title=TITLES[chapter.part],
        told=told[:most],
        folded=left,
        more=f"{plural(len(left), 'more line')}" if left else "",
    )


def _together(lines: Sequence[Line], proofs: Mapping[str, Proof], now: datetime) -> Iterator[ToldTogether]:
    for (entry, known), group in groupby(lines, key=lambda line: (line.entry, line.known)):
        some = tuple(group)
        proof = proofs.get(entry) if entry is not None else None
        at = some[0].at if entry is not None else None
        link = None
        if entry is not None:
            link = Link(f"entry {proof.position:,}" if proof else "its entry", f"/ledger/{entry}")
        shown = some[:TOGETHER] if len(some) > TOGETHER + 1 else some
        folded = some[len(shown) :]
        yield ToldTogether(
            lines=tuple(_line(line) for line in shown),
            folded=tuple(_line(line) for line in folded),
            more=plural(len(folded), "more value") if folded else "",
            at=Moment.of(at, now) if at else None,
            entry=link,
            state=_state(known, proof),
        )


def _state(known: Known, proof: Proof | None) -> Badge:
    if known is Known.RECORDED:
        return _PROVEN if proof is not None and proof.proven else _UNPROVEN
    return _KEPT if known is Known.KEPT else _MISSING


def _line(line: Line) -> ToldLine:
    return ToldLine(
        text=line.says,
        badge=None if line.known is Known.UNKNOWN else _WEIGHTS.get(line.weight),
        details=line.details,
        inline=0 < sum(len(name) + len(value) for name, value in line.details) <= INLINE,
        quote=said(line.quote) if line.quote else None,
        erased=line.erased,
        link=Link("Read more", line.path) if line.path else None,
    )


def _proof_line(proof: Proof, now: datetime) -> ProofLine:
    return ProofLine(
        position=f"{proof.position:,}",
        href=f"/ledger/{proof.entry}",
        what=proof.what,
        at=Moment.of(proof.at, now),
        leaf=f"{proof.leaf[:LEAF]}…",
        state=_PROVEN if proof.proven else _UNPROVEN,
        file=f"/ledger/{proof.entry}/proof",
    )


# ---------------------------------------------------------------- where one begins


def _heading(asked: Question, title: str) -> str:
    """What is asked about, by the use case's title; the serial of a certificate stands below."""
    if not title:
        return asked.title
    if asked.asked is Asked.CERTIFICATE:
        return f"The operating certificate of {title}".replace("`", "")
    return asked.title if asked.use_case is None else asked.title.replace(asked.use_case, title.replace("`", ""))


def asking_view(
    newest: Sequence[PlacedEntry], people: Mapping[str, Person], titles: Mapping[str, str], now: datetime
) -> AskingView:
    """The form, and what was decided or done last."""
    options = tuple(Option(kind.value, words, kind is Asked.USE_CASE) for kind, words in KINDS.items())
    return AskingView(
        fields=(
            Field("about", "About", "radio", options=options, required=True, wide=True),
            Field(
                "name",
                "Which one",
                hint="Its name, id, serial or digest, as pages and commands show it.",
                required=True,
            ),
        ),
        newest=tuple(_newest(each, people, titles, now) for each in newest),
        empty=None if newest else _nothing(),
    )


def _newest(
    placed: PlacedEntry, people: Mapping[str, Person], titles: Mapping[str, str], now: datetime
) -> tuple[Link, str, Moment]:
    entry = placed.entry
    kind, _, name = entry.resource.partition("/")
    about = {"Decision": Asked.DECISION, "Certificate": Asked.CERTIFICATE, "Review": Asked.REVIEW}.get(kind)
    href = f"/question/effect/{entry.id}" if about is None else f"/question/{about.value}/{quote(name, safe='')}"
    use_case = entry.facts.get("useCase")
    called = name if not isinstance(use_case, str) else titles.get(use_case, use_case)
    words = f"{CALLED.get(entry.what, entry.what.replace('.', ' ').replace('-', ' '))}: {called}"
    return Link(words, href), actor_shown(entry.actor.kind, entry.actor.ref, people), Moment.of(entry.at, now)


def _nothing() -> Empty:
    return Empty(
        "Nothing was decided yet",
        "Once something is decided, this is where one asks who let it happen, knowing what; each line comes with its "
        "proof.",
        "roadworthy rights example",
        Link("Decision rights", "/rights"),
    )
