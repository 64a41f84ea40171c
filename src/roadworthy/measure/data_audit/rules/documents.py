"""The documents of a source: length, language, recognition, copies, versions, owners, access, hidden text.

Conflicts and hidden text are defects wherever they are: they are told although a pilot too small to have met them was
drawn from the same source. That two samples of one source give no gaps holds unless the source itself has the defect.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from roadworthy.measure.data_audit.model import Check, Measure, Pair, Verdict
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.rules import custody, usage, wording
from roadworthy.measure.data_audit.rules.proportions import Outcome, outcomes
from roadworthy.measure.data_audit.rules.sides import SEEN, Sides, decided_by, said
from roadworthy.measure.fingerprint.histogram import counts_on, quantile
from roadworthy.measure.fingerprint.model import Corpus, Share
from roadworthy.measure.statistics.distances import psi, psi_noise

WINDOWS = (8_000, 32_000, 128_000)
"""Context windows in tokens, the usual sizes."""
SIGNS_PER_TOKEN = 4
"""Characters of a token, about, in English; other languages have fewer."""
UNDECIDED = "und"
NOISY_BINS = (2, 3, 4, 6)
"""Bins of the noise score from which documents count as noisy: from 1, 2.25, 4 and 9 words of a hundred."""
RECOGNITION = "recognition"
_TRACE = "trace:"
_QUANTILES = 10
_PER_BIN = 10
FORMS: Mapping[str, str] = {
    "headings": "have headings",
    "markup": "hold tags or entities",
    "links": "hold links",
    "page-furniture": "have page numbers, stamps or fax lines in the text",
    "redaction": "are blackened in part",
    "redaction-words": "are blackened by a word in brackets",
    "redaction-exemptions": "are blackened by the number of an exemption",
    "redaction-blocks": "are blackened by blocks or asterisks",
    "punctuation-missing": "have no punctuation",
    "no-capitals": "have no capitals",
    "all-capitals": "are all in capitals",
    "one-line": "are a single line",
}
"""Feature to what is true of documents that have it."""


def checks(pair: Pair, policy: Policy) -> Iterator[Check]:
    """The checks of this area; none where neither side has documents."""
    pilot, production = pair.pilot.corpus, pair.production.corpus
    if pilot is None or production is None or not pilot.of or not production.of:
        return
    if not _one_column(pair, pilot, production):
        yield from _apart(pair, pilot, production, policy)
        return
    sides = Sides(pilot, production, policy.threshold("any.confidence"), pair.context.use_case_class)
    yield from _lengths(sides, policy)
    yield from _languages(sides, policy.threshold("language-unseen.share"))
    yield from _recognition(sides, policy.threshold("text-noisy.share"))
    yield from _forms(sides, policy.threshold("text-noisy.share"))
    yield from usage.checks(pilot, production, policy)
    yield _copies(sides, policy.threshold("documents-duplicated.copies"))
    yield from _conflicts(sides)
    yield from custody.checks(sides, policy)


def _one_column(pair: Pair, pilot: Corpus, production: Corpus) -> bool:
    """Whether both are the documents of one column; folders of documents have but one."""
    if pilot.column == production.column:
        return all(match.pilot == match.production for match in pair.matching.pairs if pilot.column == match.pilot)
    return any((match.pilot, match.production) == (pilot.column, production.column) for match in pair.matching.pairs)


def _apart(pair: Pair, pilot: Corpus, production: Corpus, policy: Policy) -> Iterator[Check]:
    """Documents of two columns of which nobody knows that they are one: what production's are by themselves."""
    yield Check(
        "column-renamed",
        Verdict.UNKNOWN,
        column=pilot.column,
        scope=production.column,
        finding=f"the pilot's documents are in `{pilot.column}` and production's in `{production.column}`; nothing "
        "says that these are one column, so their texts were not compared",
    )
    named = replace(pilot, column=production.column)
    sides = Sides(named, production, policy.threshold("any.confidence"), pair.context.use_case_class)
    yield from custody.checks(sides, policy)


# ---------------------------------------------------------------- length


def _lengths(sides: Sides, policy: Policy) -> Iterator[Check]:
    rule, delta = "text-length-changed", policy.threshold("text-length-changed.share")
    yield _spread(sides, policy.threshold("any.psi"))
    pilot, production = sides.pilot, sides.production
    cut = Share(pilot.cut_off, pilot.lengths.count), Share(production.cut_off, production.lengths.count)
    bare = sides.shares(pilot.features, production.features, "nearly-empty")
    window = next((each for each in WINDOWS if _over(production, each).count), WINDOWS[0])
    over = _over(pilot, window), _over(production, window)
    cases = (
        ("cut-off", cut, "end inside a word at one and the same length"),
        ("nearly-empty", bare, "hold next to nothing"),
        (f"over-{window}-tokens", over, f"are longer than a context window of {window:,} tokens, about"),
    )
    for (scope, shares, what), outcome in zip(
        cases, decided_by([each for _, each, _ in cases], delta, sides.confidence), strict=True
    ):
        finding = said(shares, what)
        affected = shares[1].value if outcome.verdict is Verdict.GAP else None
        yield sides.of_shares(rule, shares, outcome, finding, scope=scope, affected=affected, detail=sides.named(scope))


def _spread(sides: Sides, least: float) -> Check:
    """The distribution of lengths over the pilot's quantiles."""
    pilot, production = sides.pilot.lengths, sides.production.lengths
    bins = min(_QUANTILES, pilot.count // _PER_BIN)
    medians = f"half of the pilot's documents are shorter than {quantile(pilot, 0.5):,.0f} characters, half of "
    medians += f"production's than {quantile(production, 0.5):,.0f}"
    one_side = Measure(quantile(pilot, 0.5), "characters", pilot.count)
    other_side = Measure(quantile(production, 0.5), "characters", production.count)
    if bins < 2:  # noqa: PLR2004 - one bin has no shape
        return sides.check(
            "text-length-changed", Verdict.UNKNOWN, f"The pilot has too few documents to compare lengths: {medians}.",
            scope="lengths", needed=2 * _PER_BIN, pilot=one_side, production=other_side,
        )  # fmt: skip
    edges = sorted({quantile(pilot, place / bins) for place in range(1, bins)})
    one, two = counts_on(pilot, edges), counts_on(production, edges)
    index, noise = psi(one, two), psi_noise(len(one), pilot.count, production.count, sides.confidence)
    moved = index > max(least, noise)
    verdict = Verdict.GAP if moved else Verdict.MATCH if noise <= least else Verdict.UNKNOWN
    ends = f"; the longest tenth begins at {quantile(pilot, 0.9):,.0f} and {quantile(production, 0.9):,.0f}"
    said = (
        "Lengths differ" if moved else "Lengths agree" if verdict is Verdict.MATCH else "Lengths cannot be told apart"
    )
    finding = f"{said} (stability index {index:.2f}, chance alone up to {noise:.2f}): {medians}{ends}."
    needed = int(pilot.count * noise / least) + 1 if verdict is Verdict.UNKNOWN else None
    detail = {"psi": index, "noise": noise, "quantiles": _quantiles(sides)}
    return sides.check(
        "text-length-changed",
        verdict,
        finding,
        scope="lengths",
        needed=needed,
        detail=detail,
        pilot=one_side,
        production=other_side,
    )


def _quantiles(sides: Sides) -> dict[str, list[float]]:
    places = (0.05, 0.25, 0.5, 0.75, 0.95)
    return {
        name: [round(quantile(side.lengths, place)) for place in places]
        for name, side in (("pilot", sides.pilot), ("production", sides.production))
    }


def _over(side: Corpus, window: int) -> Share:
    return Share(round(counts_on(side.lengths, [window * SIGNS_PER_TOKEN])[1]), side.lengths.count)


# ---------------------------------------------------------------- language


def _languages(sides: Sides, delta: float) -> Iterator[Check]:
    pilot, production = sides.pilot.languages, sides.production.languages
    known = [name for name in sorted(set(pilot) | set(production)) if name != UNDECIDED]
    told = [name for name in known if (production.get(name, 0) / sides.production.of) > delta or name in pilot]
    shares = [sides.shares(pilot, production, name) for name in told]
    decided = decided_by(shares, delta, sides.confidence)
    for name, pair, outcome in zip(told, shares, decided, strict=True):
        affected = pair[1].value if outcome.verdict is Verdict.GAP else None
        finding = said(pair, f"are in the language `{name}`")
        # A language that the pilot had too is proved by it, whatever its share.
        seen = outcome.verdict is Verdict.GAP and pair[0].count >= SEEN
        settled = Outcome(Verdict.MATCH, outcome.difference, outcome.between) if seen else outcome
        detail = sides.named(f"language:{name}")
        yield sides.of_shares(
            "language-unseen", pair, settled, finding, scope=name, affected=None if seen else affected, detail=detail
        )
    if not told:
        yield sides.check("language-unseen", Verdict.MATCH, "No language is told by its words on either side.")


# ---------------------------------------------------------------- recognition and form


def _recognition(sides: Sides, delta: float) -> Iterator[Check]:
    """The share of documents beyond some noise; the case that differs most stands for all."""
    pilot, production = sides.pilot.noise, sides.production.noise
    if not pilot or not production:
        return
    shares = [(Share(sum(pilot[b:]), sum(pilot)), Share(sum(production[b:]), sum(production))) for b in NOISY_BINS]
    decided = decided_by(shares, delta, sides.confidence)
    order = [Verdict.GAP, Verdict.UNKNOWN, Verdict.MATCH]
    best = min(range(len(shares)), key=lambda place: (order.index(decided[place].verdict), -decided[place].difference))
    limit = (NOISY_BINS[best] / len(pilot)) ** 2
    what = f"have traces of recognition in more than {wording.percent(limit)} of their words"
    traces = {
        name.removeprefix(_TRACE): [side.features.get(name, 0) / side.of for side in (sides.pilot, sides.production)]
        for name in sorted(set(sides.pilot.features) | set(sides.production.features))
        if name.startswith(_TRACE)
    }
    worst = sorted(traces, key=lambda name: traces[name][0] - traces[name][1])[:3]
    listed = wording.quoted(name for name in worst if traces[name][1] > traces[name][0])
    outcome = decided[best]
    finding = said(shares[best], what) + (
        f" Most of it: {listed}." if listed and outcome.verdict is Verdict.GAP else ""
    )
    yield sides.of_shares(
        "text-noisy", shares[best], outcome, finding, scope=RECOGNITION,
        affected=shares[best][1].value if outcome.verdict is Verdict.GAP else None,
        detail={"traces": traces} | sides.named("noise"),
    )  # fmt: skip


def _forms(sides: Sides, delta: float) -> Iterator[Check]:
    """Features of form, more of them or fewer; and texts whose words tell no language."""
    pilot, production = dict(sides.pilot.features), dict(sides.production.features)
    pilot[UNDECIDED], production[UNDECIDED] = (
        side.languages.get(UNDECIDED, 0) for side in (sides.pilot, sides.production)
    )
    wanted = {**FORMS, UNDECIDED: "are not made of sentences of a language that is known here"}
    names = [name for name in wanted if pilot.get(name) or production.get(name)]
    shares = [sides.shares(pilot, production, name) for name in names]
    less = outcomes(shares, delta, sides.confidence, either_way=True)
    more = decided_by(shares, delta, sides.confidence)
    decided = [one if one.verdict is Verdict.GAP else other for one, other in zip(more, less, strict=True)]
    left: list[str] = []
    for name, pair, outcome in zip(names, shares, decided, strict=True):
        # Of which the pilot had some with and some without, it has proved both.
        proved = min(pair[0].count, pair[0].of - pair[0].count) >= SEEN
        if outcome.verdict is Verdict.UNKNOWN and not proved:
            left.append(name)
            continue
        gone = outcome.difference < 0
        affected = abs(outcome.difference) if gone else pair[1].value
        settled = replace(outcome, verdict=Verdict.MATCH) if outcome.verdict is Verdict.UNKNOWN else outcome
        yield sides.of_shares(
            "text-noisy", pair, settled, said(pair, wanted[name]), scope="no-language" if name == UNDECIDED else name,
            affected=affected if outcome.verdict is Verdict.GAP else None,
            detail=sides.named("language:und" if name == UNDECIDED else name),
        )  # fmt: skip
    needed = [outcome.needed or 0 for name, outcome in zip(names, decided, strict=True) if name in left]
    if left:
        yield sides.check(
            "text-noisy", Verdict.UNKNOWN, scope="form", needed=max(needed),
            finding=f"{sides.pilot.of:,} documents of the pilot do not tell whether {wording.quoted(left)} differ.",
            detail={"features": {name: [pilot.get(name, 0), production.get(name, 0)] for name in left}},
        )  # fmt: skip


# ---------------------------------------------------------------- copies and versions


def _copies(sides: Sides, delta: float) -> Check:
    """Copies beyond the first; at the pilot's own size where production has as many there as the pilot."""
    pilot, production = (Share(side.copies + side.near_copies, side.of) for side in (sides.pilot, sides.production))
    size = max((size for size in sides.production.copies_by_size if size <= pilot.of), default=None)
    outcome = decided_by([(pilot, production)], delta, sides.confidence)[0]
    if outcome.verdict is Verdict.GAP and size is not None:
        alike = Share(sides.production.copies_by_size[size], size)
        if (pilot.value or 0.0) > delta and (alike.value or 0.0) <= (pilot.value or 0.0) + delta:
            outcome = Outcome(Verdict.MATCH, outcome.difference, outcome.between)
    finding = said((pilot, production), "repeat another, word for word or but for a few words")
    if sides.sampled:
        finding += " Copies are counted among the documents that were looked at; there are at least as many."
    detail = {
        "copies": [sides.pilot.copies, sides.production.copies],
        "near": [sides.pilot.near_copies, sides.production.near_copies],
    } | sides.named("copies", "near-copies")
    affected = production.value if outcome.verdict is Verdict.GAP else None
    return sides.of_shares(
        "documents-duplicated", (pilot, production), outcome, finding, scope="copies", affected=affected, detail=detail
    )


def _conflicts(sides: Sides) -> Iterator[Check]:
    """Any in production that the pilot had none of."""
    pilot, production = (Share(side.conflicts, side.of) for side in (sides.pilot, sides.production))
    verdict = Verdict.GAP if production.count and not pilot.count else Verdict.MATCH
    if production.count and pilot.count:
        verdict = outcomes([(pilot, production)], 0.0, sides.confidence)[0].verdict
        verdict = Verdict.GAP if verdict is Verdict.GAP else Verdict.MATCH
    yield _drafts(sides, sides.shares(sides.pilot.features, sides.production.features, "drafts"))
    finding = (
        f"{production.count:,} document{'s' if production.count != 1 else ''} of production stand"
        f"{'' if production.count != 1 else 's'} beside another version of the same that says something else; "
        f"{pilot.count:,} in the pilot."
    )
    detail = sides.named("conflicts:titles", "conflicts:near-copies")
    # Without titles it is two near copies of which one carries the word; whether they are one document is for a person.
    rank = None if "conflicts:titles" in detail.get("documents", {}) else 2
    yield sides.check(
        "documents-conflict", verdict, finding, scope="versions", detail=detail, rank=rank,
        pilot=wording.share_of(pilot, sides.confidence), production=wording.share_of(production, sides.confidence),
        affected=production.value if verdict is Verdict.GAP else None,
    )  # fmt: skip


def _drafts(sides: Sides, shares: tuple[Share, Share]) -> Check:
    """Documents that say of themselves that another version holds."""
    pilot, production = shares
    outcome = outcomes([shares], 0.0, sides.confidence)[0]
    known = not production.count or (pilot.count > 0 and outcome.verdict is not Verdict.GAP)
    settled = replace(outcome, verdict=Verdict.MATCH if known else Verdict.GAP)
    finding = said(shares, "call themselves a draft, replaced or withdrawn")
    return sides.of_shares(
        "documents-conflict", shares, settled, finding, scope="drafts", detail=sides.named("drafts"),
        affected=None if known else production.value,
    )  # fmt: skip
