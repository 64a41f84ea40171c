"""Who keeps the documents: reviews, owners, who may read them, and what strangers have written into them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from roadworthy.measure.data_audit.model import Check, Verdict
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.rules import wording
from roadworthy.measure.data_audit.rules.proportions import Outcome, outcomes
from roadworthy.measure.data_audit.rules.sides import Sides, said
from roadworthy.measure.fingerprint.model import Corpus, Share
from roadworthy.measure.statistics.intervals import newcombe

UNLISTED = ""
"""How a corpus names documents whose access list is empty."""
AGENTIC = "agentic"
INVISIBLE: Mapping[str, str] = {
    "zero-width": "hold invisible signs inside words",
    "bidi-controls": "hold signs that turn the direction of writing",
    "tag-characters": "hold characters that no screen shows and a model reads",
    "variation-selectors": "hold runs of characters that no screen shows",
    "invisible-styling": "hold text that its styling hides",
}
"""Kinds of hidden text that nobody writes by accident."""
SPOKEN: Mapping[str, str] = {
    "set-aside": "tell a reader to set its instructions aside",
    "forget-all": "tell a reader to forget what came before",
    "other-role": "give the reader another role",
    "role-mark": "imitate the marks of a system's own messages",
    "to-the-model": "address a model or a reviewing system",
    "model-must": "say what a model must do",
    "system-prompt": "ask for the system's own instructions",
    "keep-from-user": "ask to keep something from the user",
    "new-orders": "announce new instructions",
}
"""Ways to speak to a model; ordinary text has them now and then, so that somebody has to read what is named."""


def checks(sides: Sides, policy: Policy) -> Iterator[Check]:
    """Stale, unowned, access lists lost, hidden text."""
    yield from _share(sides, "documents-stale", policy.threshold("documents-stale.share"), "are past their review")
    yield from _share(sides, "documents-unowned", policy.threshold("documents-unowned.share"), "have no owner")
    yield from _access(sides)
    yield from _hidden(sides)


def _share(sides: Sides, rule: str, delta: float, what: str) -> Iterator[Check]:
    """A share that production may not have more of than delta, unless the pilot had as much."""
    pilot, production = (_of(side, rule) for side in (sides.pilot, sides.production))
    if production is None:
        if pilot is not None:
            finding = f"The pilot says which documents {what}; nobody can tell of production's."
            yield sides.check(rule, Verdict.UNKNOWN, finding, needed=None)
        return
    measured = wording.share_of(production, sides.confidence)
    if pilot is None:
        above = (measured.low or 0.0) > delta if delta else production.count > 0
        between = newcombe(0, 0, production.count, production.of, sides.confidence)
        outcome = Outcome(Verdict.GAP if above else Verdict.MATCH, production.value or 0.0, between)
    else:
        outcome = outcomes([(pilot, production)], delta, sides.confidence)[0]
        if outcome.verdict is Verdict.UNKNOWN and (
            pilot.count or (measured.high or 1.0) <= delta or not production.count
        ):
            outcome = Outcome(Verdict.MATCH, outcome.difference, outcome.between)
    finding = (
        said((pilot, production), what)
        if pilot is not None
        else f"{wording.percent(production.value or 0.0)} of production's documents {what} ({production.count:,} of "
        f"{production.of:,}); the pilot does not say."
    )
    affected = production.value if outcome.verdict is Verdict.GAP else None
    yield sides.of_shares(rule, (pilot or Share(0, 0), production), outcome, finding, affected=affected)


def _of(side: Corpus, rule: str) -> Share | None:
    return side.stale if rule == "documents-stale" else side.unowned


def _access(sides: Sides) -> Iterator[Check]:
    """Lists on one side and none on the other, or more documents without one."""
    rule = "access-lost"
    pilot, production = sides.pilot.access_lists, sides.production.access_lists
    if not pilot and not production:
        return
    if not production:
        finding = "The pilot's documents say who may read them; production's do not."
        yield sides.check(rule, Verdict.GAP, finding, affected=1.0, detail={"lists": sorted(pilot)[:20]})
        return
    if not pilot:
        finding = (
            "Production's documents say who may read them; the pilot's did not, so that it proved nothing about it."
        )
        yield sides.check(rule, Verdict.UNKNOWN, finding, detail={"lists": sorted(production)[:20]})
        return
    shares = (
        Share(pilot.get(UNLISTED, 0), sum(pilot.values())),
        Share(production.get(UNLISTED, 0), sum(production.values())),
    )
    outcome = outcomes([shares], 0.0, sides.confidence)[0]
    if outcome.verdict is Verdict.UNKNOWN and (shares[0].count or not shares[1].count):
        outcome = Outcome(Verdict.MATCH, outcome.difference, outcome.between)
    yield sides.of_shares(
        rule, shares, outcome, said(shares, "say nobody who may read them"),
        affected=shares[1].value if outcome.verdict is Verdict.GAP else None,
        detail={"new": sorted(set(production) - set(pilot))[:20], "gone": sorted(set(pilot) - set(production))[:20]},
    )  # fmt: skip


def _hidden(sides: Sides) -> Iterator[Check]:
    """Any in production, unless the pilot had it as often."""
    found = False
    for kind, what in {**INVISIBLE, **SPOKEN}.items():
        shares = sides.shares(sides.pilot.hidden, sides.production.hidden, kind)
        if not shares[1].count:
            continue
        found = True
        outcome = outcomes([shares], 0.0, sides.confidence)[0]
        known = shares[0].count > 0 and outcome.verdict is not Verdict.GAP
        settled = Outcome(Verdict.MATCH if known else Verdict.GAP, outcome.difference, outcome.between)
        # What a pattern reads into ordinary text acts on nobody but an agent.
        rank = None if kind in INVISIBLE or sides.use_case_class == AGENTIC else 2
        number = f"{shares[1].count:,} of production's {shares[1].of:,} documents"
        finding = f"{number} {what}; {shares[0].count:,} of the pilot's."
        yield sides.of_shares(
            "hidden-text", shares, settled, finding, scope=kind, rank=rank, detail=sides.named(kind),
            affected=None if known else shares[1].value,
        )  # fmt: skip
    if not found:
        yield sides.check(
            "hidden-text", Verdict.MATCH, "No document of production holds hidden text, as far as is looked for."
        )
