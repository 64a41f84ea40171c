"""Which column means what: proposed from names and values, each with a confidence and a reason a person follows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from rapidfuzz import fuzz, process

from roadworthy.foundation.digests import digest_of
from roadworthy.foundation.errors import Finding, InvalidInput, Place, did_you_mean
from roadworthy.inventory.facts import FACTS
from roadworthy.inventory.importing import evidence
from roadworthy.inventory.importing.model import KEEP, Column, ColumnMapping, Proposal, Table, letters
from roadworthy.inventory.importing.questions import MEANINGS
from roadworthy.inventory.importing.synonyms import (
    IDENTITY,
    LADDER,
    ORGANISATION,
    SHORT,
    SHORT_NAMES,
    TITLE,
    UNIT,
)

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SPLIT = re.compile(r"[^a-z0-9]+")
_PRACTICE = re.compile(r"\bsub ?practice\b.*|\bpractice\s*:.*|\[[^\]]*\]", re.IGNORECASE | re.DOTALL)
_LONGEST_HEADER = 600
_SURE, _LIKELY, _NEAR, _DOUBTFUL = 0.95, 0.85, 0.7, 0.4
_FUZZY_FLOOR = 87.0
_SHORT_GROUP = 3
_LONG_ENOUGH_TO_COMPARE = 3
_LONGEST_NAME = 60

REPEATABLE = frozenset({
    KEEP, "links", "techniques", "postures", "data[].name", "integrations[].system",
    "components[vendor].name", "components[model].name", "components[tool].name", "governance.appeal-offered",
})  # fmt: skip
"""Targets that several columns may share."""

TARGETS: frozenset[str] = (
    frozenset(meaning.target for meaning in MEANINGS) | {ORGANISATION, UNIT, SHORT} | frozenset(FACTS)
)
"""Everything that a column can be mapped to."""

CONSTANTS = frozenset({ORGANISATION, UNIT, SHORT, "sector", "contact", "topic", "stage"})
"""Targets that a mapping may fill with one value for the whole file."""


def words_of(header: str) -> str:
    """A header in lower-case words: `40_has_ato` and `Has ATO?` both read `has ato`."""
    text = unicodedata.normalize("NFKC", _PRACTICE.sub(" ", header))
    parts = _SPLIT.split(_CAMEL.sub(" ", text).lower())
    words = [part for part in parts if part]
    while len(words) > 1 and words[0].isdigit():
        words.pop(0)
    return " ".join(words)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


_EXACT: dict[str, str] = {name: meaning.target for meaning in reversed(MEANINGS) for name in _names(meaning.names)}
_EXACT |= {words_of(fact.question): fact.name for fact in FACTS.values()}
_EXACT |= dict.fromkeys(_names(SHORT_NAMES), SHORT)
_RUNGS: dict[str, int] = {name: rung for names, rung in LADDER for name in _names(names)}
_WORDS = tuple(
    (frozenset(words.split()), frozenset(meaning.unless.split()), meaning.target)
    for meaning in MEANINGS
    for words in meaning.words
)


@lru_cache(maxsize=8192)
def by_name(header: str) -> tuple[str, float, str] | None:
    """Target, confidence and reason that a header alone suggests, or None when it says nothing known.

    Parts of an organisation come back as `unit` or `organisation` by their own name; `propose` settles them
    by what else the table has.
    """
    if not header or len(header) > _LONGEST_HEADER:
        return None
    words = words_of(header)
    if not words:
        return None
    if words in _RUNGS:
        return (ORGANISATION if _RUNGS[words] <= 1 else UNIT), _SURE, f"`{words}` names a part of an organisation"
    if words in _EXACT:
        return _EXACT[words], 1.0, f"a column called `{words}` means this"
    return _by_words(words)


@lru_cache(maxsize=2048)
def _by_likeness(header: str) -> tuple[str, float, str] | None:
    """The target of the known name that is most like a header, for slips of the pen and other word orders."""
    words = words_of(header)
    if not _LONG_ENOUGH_TO_COMPARE < len(words) < _LONGEST_NAME:
        return None
    near = process.extractOne(words, _EXACT.keys(), scorer=fuzz.token_sort_ratio, score_cutoff=_FUZZY_FLOOR)
    return None if near is None else (_EXACT[near[0]], _NEAR, f"the name is like `{near[0]}`")


def _beginnings(words: str) -> frozenset[str]:
    """Every beginning of every word, and every whole word with a `$`."""
    present = words.split()
    parts = {word[:end] for word in present for end in range(1, len(word) + 1)}
    return frozenset(parts | {f"{word}$" for word in present})


def _by_words(words: str) -> tuple[str, float, str] | None:
    present = _beginnings(words)
    best: tuple[int, str, frozenset[str]] | None = None
    for needed, excluded, target in _WORDS:
        if (best is None or len(needed) > best[0]) and needed <= present and not excluded & present:
            best = (len(needed), target, needed)
    if best is None:
        return None
    said = ", ".join(f"`{word.rstrip('$')}`" for word in sorted(best[2]))
    return best[1], _LIKELY, f"the question speaks of {said}"


def signature(table: Table) -> str:
    """What makes two files the same shape: the digest of their headers, in order."""
    return digest_of([words_of(column.name) for column in table.columns])


def propose(table: Table, mapping: ColumnMapping | None = None) -> tuple[Proposal, ...]:
    """One proposal for each column; what `mapping` decides stands, the rest follows from names and values.

    Raises:
        InvalidInput: `mapping` names a column that is not there or a target that does not exist.
    """
    decided = _decided(table, mapping) if mapping is not None else {}
    drafts = []
    for position, column in enumerate(table.columns):
        if column.index in decided:
            drafts.append(Proposal(column, decided[column.index], 1.0, "the mapping says so"))
            continue
        values = [row.cells[position] for row in table.rows]
        drafts.append(evidence.weigh(_by_header(column), values))
    drafts = _settle_organisation(drafts, decided)
    drafts = _settle_title(drafts, table, decided)
    return tuple(_one_each(drafts))


def _by_header(column: Column) -> Proposal:
    found = by_name(column.name) or _by_likeness(column.name)
    if column.group and len(column.group.split()) <= _SHORT_GROUP:
        grouped = by_name(f"{column.group} {column.name}")
        found = grouped if grouped is not None and grouped[1] >= _SURE else found
    if found is None:
        return Proposal(column, KEEP, 0.0, "its name says nothing that is known")
    target, confidence, reason = found
    if target == KEEP:
        reason = "no field of the inventory asks for this; the cells are kept"
    return Proposal(column, target, confidence, reason)


def _decided(table: Table, mapping: ColumnMapping) -> dict[int, str]:
    known: dict[str, int] = {}
    for column in reversed(table.columns):
        for key in (
            letters(column.index),
            f"column {letters(column.index)}",
            column.name,
            words_of(column.name),
            column.label,
        ):
            known[key] = column.index
    decided: dict[int, str] = {}
    findings = []
    for key, target in mapping.columns.items():
        index = known.get(key, known.get(words_of(key)))
        if index is None:
            labels = [column.label for column in table.columns]
            what = f"the table has no column `{key}`"
            findings.append(Finding("mapping-unknown-column", what, Place(field=key), did_you_mean(key, labels)))
        elif target not in TARGETS:
            what = f"`{target}` is nothing a column can be mapped to"
            findings.append(Finding("mapping-unknown-target", what, Place(field=key), did_you_mean(target, TARGETS)))
        else:
            decided[index] = target
    for key in mapping.constants:
        if key not in CONSTANTS:
            what = f"`{key}` cannot be given one value for the whole file"
            findings.append(Finding("mapping-unknown-constant", what, Place(field=key), did_you_mean(key, CONSTANTS)))
    if findings:
        raise InvalidInput.of(findings, "the mapping")
    return decided


def _settle_organisation(drafts: list[Proposal], decided: dict[int, str]) -> list[Proposal]:
    """Of all parts of an organisation that are named, the widest is the organisation and the next the unit."""
    rungs = {
        draft.column.index: _RUNGS[words]
        for draft in drafts
        if draft.column.index not in decided
        and draft.target in {ORGANISATION, UNIT}
        and (words := words_of(draft.column.name)) in _RUNGS
    }
    order = sorted(set(rungs.values()))
    taken = {*decided.values()}
    steps = [target for target in (ORGANISATION, UNIT) if target not in taken]
    if order and order[0] > 1 and ORGANISATION in steps:
        steps.remove(ORGANISATION)
    settled = dict(zip(order, steps, strict=False))
    result = []
    for draft in drafts:
        rung = rungs.get(draft.column.index)
        if rung is None:
            result.append(draft)
            continue
        target = settled.get(rung, KEEP)
        reason = draft.reason if target != KEEP else f"{draft.reason}, and wider parts are named in other columns"
        exact = draft.confidence + (0.01 if words_of(draft.column.name).endswith("name") else 0)
        result.append(replace(draft, target=target, reason=reason, confidence=exact))
    return result


def _settle_title(drafts: list[Proposal], table: Table, decided: dict[int, str]) -> list[Proposal]:
    """Every use case needs a title: without a column so called, take the one that reads like titles."""
    if any(draft.target == TITLE for draft in drafts):
        return drafts
    for position, draft in enumerate(drafts):
        if draft.column.index in decided:
            continue
        named = draft.target == "identifiers[authority-to-operate]"
        values = [row.cells[position] for row in table.rows]
        if named or (draft.target in {KEEP, "components[tool].name"} and evidence.reads_like_titles(values)):
            reason = "no column is called a title, and this one reads like titles"
            return [*drafts[:position], Proposal(draft.column, TITLE, 0.5, reason), *drafts[position + 1 :]]
    return drafts


def _one_each(drafts: list[Proposal]) -> list[Proposal]:
    """Let the best column have a target that only one can fill; the others are kept word for word."""
    best: dict[str, Proposal] = {}
    for draft in drafts:
        if draft.target not in best or draft.confidence > best[draft.target].confidence:
            best[draft.target] = draft
    result = []
    for draft in drafts:
        winner = best[draft.target]
        if draft is winner or draft.target in REPEATABLE:
            result.append(draft)
        else:
            reason = f"`{winner.column.label}` fits `{draft.target}` better"
            result.append(Proposal(draft.column, KEEP, 1 - _DOUBTFUL, reason))
    return result


def as_mapping(proposals: Sequence[Proposal], mapping: ColumnMapping | None = None) -> ColumnMapping:
    """The proposals as a mapping that a person can edit and give back."""
    base = mapping or ColumnMapping()
    return replace(base, columns={proposal.column.label: proposal.target for proposal in proposals})


__all__ = [
    "CONSTANTS",
    "IDENTITY",
    "REPEATABLE",
    "TARGETS",
    "as_mapping",
    "by_name",
    "propose",
    "signature",
    "words_of",
]
