"""Values that the pilot never saw, weighed by production's rows; spelling apart."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from roadworthy.measure.data_audit.model import Check, Measure, Pair, Verdict
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.rules.columns import Both, both, comparable, declared_list, is_label, listed, values
from roadworthy.measure.data_audit.rules.wording import a_day, percent, quoted, rows, share_of
from roadworthy.measure.fingerprint.model import Share
from roadworthy.measure.fingerprint.terms import Values
from roadworthy.measure.statistics.coverage import chance_of_unseen
from roadworthy.measure.statistics.multiple import holm
from roadworthy.measure.statistics.samples import rows_for_coverage

RULE = "vocabulary-unseen"
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class _Met:
    """What a list of production holds beside the pilot's."""

    each: Both
    pilot: int
    production: int
    """Rows with a value."""
    unseen: Mapping[str, int]
    """In no spelling in the pilot."""
    respelt: Mapping[str, int]
    """In the pilot in another spelling only."""
    chance: float
    chance_respelt: float

    @property
    def new(self) -> float:
        return sum(self.unseen.values()) / self.production

    @property
    def other(self) -> float:
        return sum(self.respelt.values()) / self.production


def checks(pair: Pair, policy: Policy) -> Iterator[Check]:
    """New values of every list that both sides have."""
    if not comparable(pair):
        return
    met = [_met(pair, each) for each in both(pair) if not is_label(pair, each) and listed(pair, each)]
    alpha = 1 - policy.threshold("any.confidence")
    sure = holm([each.chance for each in met], alpha)
    spelt = holm([each.chance_respelt for each in met], alpha)
    for found, counts in zip(met, sure, strict=True):
        yield _new(pair, policy, found, sure=counts)
    for found, counts in zip(met, spelt, strict=True):
        if counts and found.other > policy.threshold(f"{RULE}.folded"):
            yield _respelt(pair, policy, found)


def folded(value: str) -> str:
    """A value without what people mean nothing by: case, accents, spaces, punctuation, leading zeros."""
    plain = unicodedata.normalize("NFKD", value).casefold()
    kept = "".join(sign for sign in plain if sign.isalnum())
    return kept.lstrip("0") or kept


def _met(pair: Pair, each: Both) -> _Met:
    one, two = values(each.pilot) or {}, values(each.production) or {}
    hashed = pair.pilot.privacy.values is Values.HASHED
    fold = str if hashed else folded
    known, seen = _folded(one, fold), _folded(two, fold)
    unseen = {value: count for value, count in two.items() if fold(value) not in known}
    respelt = {value: count for value, count in two.items() if value not in one and fold(value) in known}
    n, m = sum(one.values()), sum(two.values())
    _, chance = chance_of_unseen([(known.get(value, 0), count) for value, count in seen.items()], n, m)
    raw = [(one.get(value, 0), count) for value, count in two.items() if value not in unseen]
    _, chance_respelt = chance_of_unseen(raw, n, m) if respelt else (0.0, 1.0)
    return _Met(each, n, m, unseen, respelt, chance, chance_respelt)


def _folded(counts: Mapping[str, int], fold: type[str] | object) -> Counter[str]:
    total: Counter[str] = Counter()
    for value, count in counts.items():
        total[fold(value) if callable(fold) else value] += count
    return total


def _new(pair: Pair, policy: Policy, found: _Met, *, sure: bool) -> Check:
    limit = policy.threshold(f"{RULE}.unseen")
    each, share = found.each, found.new
    common = sorted(found.unseen, key=lambda value: -found.unseen[value])
    vocabulary = each.pilot.vocabulary
    hidden = vocabulary is not None and vocabulary.rare_values > 0
    verdict, needed = Verdict.MATCH, None
    if share <= limit:
        finding = f"{percent(1 - share)} of production's rows have a value of `{each.name}` that the pilot had"
    elif sure and not hidden:
        verdict = Verdict.GAP
        finding = (
            f"{percent(share)} of production's {rows(found.production)} have a value of `{each.name}` that none "
            f"of the pilot's {found.pilot:,} had: {quoted(_shown(pair, common, found.unseen))}"
            + a_day(pair.production, share)
        )
    else:
        verdict = Verdict.UNKNOWN
        needed = _needed(found, limit)
        finding = (
            f"{percent(share)} of production's rows have a value of `{each.name}` that the pilot had not, which "
            + (
                "it may have left out as too rare to tell"
                if hidden
                else f"{rows(found.pilot)} of it would miss by chance"
            )
            + f"; {rows(needed)} would settle it"
        )
    routed = declared_list(pair, each) and share > policy.threshold(f"{RULE}.routed")
    return Check(
        rule=RULE,
        verdict=verdict,
        column=each.name,
        finding=finding,
        pilot=Measure(len(values(each.pilot) or {}), "values", found.pilot),
        production=share_of(
            Share(round(share * found.production), found.production), policy.threshold("any.confidence")
        ),
        affected=share,
        rank=1 if routed and verdict is Verdict.GAP else None,
        needed=needed,
        detail={"unseen": {value: found.unseen[value] for value in common[:_SHOWN]}, "values": len(common)},
    )


def _needed(found: _Met, limit: float) -> int:
    counts = (values(found.each.production) or {}).values()
    return max(found.pilot + 1, rows_for_coverage([count / found.production for count in counts], limit))


def _shown(pair: Pair, common: list[str], counts: Mapping[str, int]) -> list[str]:
    if pair.production.privacy.values is Values.HASHED:
        return [f"a value of {counts[value]:,} rows" for value in common]
    return common


def _respelt(pair: Pair, policy: Policy, found: _Met) -> Check:
    each, share = found.each, found.other
    common = sorted(found.respelt, key=lambda value: -found.respelt[value])
    return Check(
        rule=RULE,
        verdict=Verdict.GAP,
        column=each.name,
        scope="spelling",
        finding=f"{percent(share)} of production's {rows(found.production)} spell `{each.name}` as the pilot never did"
        f": {quoted(common)}" + a_day(pair.production, share),
        pilot=Measure(0.0, "share", found.pilot),
        production=share_of(
            Share(round(share * found.production), found.production), policy.threshold("any.confidence")
        ),
        affected=share,
        rank=3,
        detail={"spelt": {value: found.respelt[value] for value in common[:_SHOWN]}},
    )
