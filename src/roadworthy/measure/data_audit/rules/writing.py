"""How values are written: forms that the pilot never had, damaged characters, what a web form left behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from roadworthy.measure.data_audit.model import Check, Measure, Pair, Verdict
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.rules.columns import Both, both, comparable, documents, identifier, listed
from roadworthy.measure.data_audit.rules.proportions import outcomes
from roadworthy.measure.data_audit.rules.wording import a_day, percent, quoted, rows, settled, share_of
from roadworthy.measure.fingerprint.model import Column, Form, Looks, Share
from roadworthy.measure.statistics.coverage import chance_of_unseen
from roadworthy.measure.statistics.multiple import holm

_COVERED = 0.95
"""Share of values that the commonest masks must cover on the pilot's side, before a column has a form at all."""
_DATES = ("date:", "timestamp:")
_MOST_MASKS = 50
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class _Forms:
    each: Both
    new: Mapping[str, int]
    n: int
    m: int
    chance: float
    dates: bool = False

    @property
    def share(self) -> float:
        return sum(self.new.values()) / self.m


def checks(pair: Pair, policy: Policy) -> Iterator[Check]:
    """Forms, then characters."""
    yield from _forms(pair, policy)
    yield from _characters(pair, policy)
    yield from _new_columns(pair, policy)


# ---------------------------------------------------------------- forms


def _forms(pair: Pair, policy: Policy) -> Iterator[Check]:
    found = [forms for each in both(pair) if (forms := _form(pair, each)) is not None]
    sure = holm([forms.chance for forms in found], 1 - policy.threshold("any.confidence"))
    limit = policy.threshold("format-changed.new-form")
    for forms, counts in zip(found, sure, strict=True):
        common = sorted(forms.new, key=lambda form: -forms.new[form])
        gap = counts and forms.share > limit
        name = forms.each.name
        what = "read as dates of a form" if forms.dates else "are written in a form"
        finding = (
            f"{percent(forms.share)} of production's `{name}` {what} that none of the pilot's {forms.n:,} had: "
            f"{quoted(common)}" + a_day(pair.production, forms.share)
            if gap
            else f"`{name}` is written as in the pilot"
        )
        yield Check(
            rule="format-changed",
            verdict=Verdict.GAP if gap else Verdict.MATCH,
            column=name,
            finding=finding,
            pilot=Measure(0.0, "share", forms.n),
            production=share_of(Share(sum(forms.new.values()), forms.m), policy.threshold("any.confidence")),
            affected=forms.share,
            sampled=forms.m < forms.each.production.present,
            detail={"forms": {form: forms.new[form] for form in common[:_SHOWN]}},
        )


def _form(pair: Pair, each: Both) -> _Forms | None:
    one, two = each.pilot.looks, each.production.looks
    if one is None or two is None or not one.of or not two.of:
        return None
    before, after = _dates(one), _dates(two)
    if before and after:
        # A date may read in several orders; a form is new where none of the pilot's dates could be read so.
        new = {form: count for form, count in after.items() if form not in before}
        counted = {form: min(count, two.of) for form, count in new.items()}
        _, chance = chance_of_unseen([(0, count) for count in counted.values()], one.of, two.of)
        largest = max(counted, key=lambda form: counted[form], default=None)
        return _Forms(each, {largest: counted[largest]} if largest else {}, one.of, two.of, chance, dates=True)
    if documents(pair, each):
        return None
    if Form.TEXT not in each.forms or not _shaped(each.pilot, one) or identifier(pair, each):
        return None  # how identifiers are written is told with the keys
    if comparable(pair) and listed(pair, each):
        return None
    nothing = {_mask_of(value) for value in (*one.placeholders, *two.placeholders)} - set(one.masks)
    new = {form: count for form, count in two.masks.items() if form not in one.masks and form not in nothing}
    met = [(one.masks.get(form, 0), count) for form, count in two.masks.items()]
    _, chance = chance_of_unseen(met, one.of, two.of)
    return _Forms(each, new, one.of, two.of, chance)


def _dates(looks: Looks) -> dict[str, int]:
    """Values by the order and signs of their day; that a time follows is told as another type, not as another form."""
    found: Counter[str] = Counter()
    for form, count in looks.parses.items():
        if form.startswith(_DATES) and count:
            found[form.split(":", 1)[1].split(" %H", 1)[0]] += count
    return dict(found)


def _shaped(column: Column, looks: Looks) -> bool:
    """Whether the values are of a few forms; free text has as many as values."""
    once = sum(count == 1 for count in looks.masks.values())
    # A list of forms that is full has others behind its end, and what it lacks is not new.
    return (
        column.form is Form.TEXT
        and len(looks.masks) < _MOST_MASKS
        and sum(looks.masks.values()) - once >= _COVERED * looks.of
    )


def _mask_of(value: str) -> str:
    return "".join("9" if s.isdigit() else "A" if s.isupper() else "a" if s.isalpha() else s for s in value)


# ---------------------------------------------------------------- characters

_DAMAGE = {
    "": "hold characters that were damaged in decoding",
    "decomposed": "hold accents as a letter and a mark, which compare as unlike",
    "markup": "hold HTML left over from a form or a page",
}


def _characters(pair: Pair, policy: Policy) -> Iterator[Check]:
    confidence = policy.threshold("any.confidence")
    limit = policy.threshold("encoding-damaged.damaged")
    texts = [each for each in both(pair) if each.production.looks is not None and each.pilot.looks is not None]
    texts = [each for each in texts if Form.TEXT in each.forms]
    for kind, what in _DAMAGE.items():
        shares = [(_damage(each.pilot, kind), _damage(each.production, kind)) for each in texts]
        for each, (before, after), outcome in zip(texts, shares, outcomes(shares, limit, confidence), strict=True):
            # What production shows to be rare is a match; nobody needs a larger pilot to know that.
            unclear = outcome.verdict is Verdict.UNKNOWN and (after.value or 0) > limit
            verdict = outcome.verdict if outcome.verdict is Verdict.GAP or unclear else Verdict.MATCH
            if verdict is Verdict.MATCH and kind:
                continue
            finding = f"{percent(after.value or 0)} of production's {rows(after.of)} {what} in `{each.name}`"
            if verdict is not Verdict.MATCH:
                finding += f"; of the pilot's {percent(before.value or 0)}{a_day(pair.production, after.value)}"
            yield Check(
                rule="encoding-damaged",
                verdict=verdict,
                column=each.name,
                scope=kind,
                finding=finding + (settled(outcome.needed) if unclear else ""),
                pilot=share_of(before, confidence),
                production=share_of(after, confidence),
                affected=after.value,
                needed=outcome.needed if unclear else None,
                sampled=after.of < each.production.present,
            )


def _new_columns(pair: Pair, policy: Policy) -> Iterator[Check]:
    """Damage in a column that only production has: there is no pilot whose size could leave it open."""
    confidence = policy.threshold("any.confidence")
    for name in pair.matching.new:
        column = pair.production.column(name)
        if column is None or column.form is not Form.TEXT or column.looks is None:
            continue
        found = share_of(_damage(column, ""), confidence)
        if (found.low or 0.0) <= policy.threshold("encoding-damaged.damaged"):
            continue
        share = float(found.value or 0.0)
        yield Check(
            rule="encoding-damaged",
            verdict=Verdict.GAP,
            column=name,
            finding=f"{percent(share)} of production's {rows(found.n or 0)} {_DAMAGE['']} in `{name}`, which the pilot "
            f"had not{a_day(pair.production, share)}",
            production=found,
            affected=share,
            sampled=column.looks.of < column.present,
        )


def _damage(column: Column, kind: str) -> Share:
    looks = column.looks or Looks(0)
    if kind:
        return Share(looks.decomposed if kind == "decomposed" else looks.markup, looks.of)
    replaced = column.texts.replaced if column.texts is not None and column.present else 0
    scaled = round(replaced / column.present * looks.of) if replaced else 0
    return Share(min(looks.of, looks.damaged + scaled), looks.of)
