"""Keys that do not meet: identifiers written otherwise than in the pilot, and shares of keys that find no partner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from roadworthy.measure.data_audit.model import Check, Measure, Pair, Verdict
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.rules.columns import Both, both, identifier, named_identifier
from roadworthy.measure.data_audit.rules.wording import a_day, percent, quoted, share_of
from roadworthy.measure.fingerprint.model import Form, Share
from roadworthy.measure.statistics.coverage import chance_of_unseen
from roadworthy.measure.statistics.intervals import newcombe

RULE = "keys-unmatched"
_FAMILIES = 20
"""Forms up to which identifiers are of families; free text has more."""
_COVERED = 0.95
_ZEROS = 0.02
"""Share of the pilot's identifiers with a leading zero from which losing them shows."""
_HALF = 0.5


def checks(pair: Pair, policy: Policy) -> Iterator[Check]:
    """Every column that tells things apart; the keys' own overlap where both sides were in reach."""
    for each in both(pair):
        if identifier(pair, each) and each.forms <= {Form.INTEGER, Form.TEXT}:
            yield _families(pair, policy, each)
    yield from _overlap(pair, policy)


def _is_key(pair: Pair, each: Both) -> bool:
    keys = {*pair.pilot.declared.key, *pair.production.declared.key}
    return bool({each.name, each.production.name} & keys)


def _families(pair: Pair, policy: Policy, each: Both) -> Check:
    confidence = policy.threshold("any.confidence")
    limit = 1 - policy.threshold(f"{RULE}.matched")
    found = _zeros(each, confidence) or _forms(each, 1 - confidence, limit)
    if found is None:
        return Check(RULE, Verdict.MATCH, each.name, finding=f"`{each.name}` is written as in the pilot")
    said, share, before, after = found
    known = _is_key(pair, each) or named_identifier(each.name)
    return Check(
        rule=RULE,
        verdict=Verdict.GAP,
        column=each.name,
        scope="form",
        finding=f"{said}{a_day(pair.production, share)}, so that they match no identifier of another system",
        pilot=share_of(before, confidence),
        production=share_of(after, confidence),
        affected=share,
        rank=1 if known else 2,
        sampled=after.of < each.production.present,
    )


def _zeros(each: Both, confidence: float) -> tuple[str, float, Share, Share] | None:
    one, two = each.pilot.looks, each.production.looks
    if one is None or two is None or not one.of or not two.of:
        return None
    before, after = Share(one.leading_zeros, one.of), Share(two.leading_zeros, two.of)
    lost = (before.value or 0) - (after.value or 0)
    if (before.value or 0) < _ZEROS or lost < _HALF * (before.value or 0):
        return None
    if newcombe(before.count, before.of, after.count, after.of, confidence).high >= 0:
        return None
    said = (
        f"leading zeros of `{each.name}` were lost: {percent(before.value or 0)} of the pilot's begin with one and "
        f"{percent(after.value or 0)} of production's"
    )
    return said, lost, before, after


def _forms(each: Both, alpha: float, limit: float) -> tuple[str, float, Share, Share] | None:
    one, two = each.pilot.looks, each.production.looks
    if one is None or two is None or each.pilot.form is not Form.TEXT or not one.of or not two.of:
        return None
    if len(one.masks) > _FAMILIES or sum(one.masks.values()) < _COVERED * one.of:
        return None
    new = {form: count for form, count in two.masks.items() if form not in one.masks}
    _, chance = chance_of_unseen(_met(one.masks, two.masks), one.of, two.of)
    share = sum(new.values()) / two.of
    if chance >= alpha / 10 or share <= limit:
        return None
    common = sorted(new, key=lambda form: -new[form])
    usual = max(one.masks, key=lambda form: one.masks[form])
    said = (
        f"{percent(share)} of production's `{each.name}` are of the form {quoted(common)} and the pilot's of `{usual}`"
    )
    return said, share, Share(0, one.of), Share(sum(new.values()), two.of)


def _met(one: Mapping[str, int], two: Mapping[str, int]) -> list[tuple[int, int]]:
    return [(one.get(form, 0), count) for form, count in two.items()]


def _overlap(pair: Pair, policy: Policy) -> Iterator[Check]:
    """Where most of the pilot's keys are in production, all of them should be.

    Of two bare paths nobody has said that the one is to hold the other: two draws of one source share a part.
    """
    overlap = pair.live.overlap
    if overlap is None or not overlap.pilot or pair.live.identical or not pair.context.registered:
        return
    share = Share(overlap.both, overlap.pilot)
    matched = policy.threshold(f"{RULE}.matched")
    if (share.value or 0) < _HALF or not overlap.same_records:
        return
    gap = (share.value or 0) < matched
    yield Check(
        rule=RULE,
        verdict=Verdict.GAP if gap else Verdict.MATCH,
        scope="overlap",
        finding=f"{percent(share.value or 0)} of the pilot's {overlap.pilot:,} keys are in production"
        + (f"; {overlap.pilot - overlap.both:,} are not" if gap else ""),
        pilot=Measure(overlap.pilot, "keys"),
        production=share_of(share, policy.threshold("any.confidence")),
        affected=1 - (share.value or 0) if gap else None,
        sampled=overlap.sampled,
    )
