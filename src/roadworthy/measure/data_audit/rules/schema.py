"""Columns that are gone, new, renamed or of another type, and files that differ among themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from roadworthy.measure.data_audit.model import Check, Measure, Pair, Verdict
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.rules.columns import Both, both
from roadworthy.measure.data_audit.rules.proportions import outcomes
from roadworthy.measure.data_audit.rules.wording import a_day, percent, quoted, rows, share_of
from roadworthy.measure.fingerprint.model import Column, Form, PartState, Share

_LOOKALIKES = (
    frozenset((Form.INTEGER, Form.DECIMAL)),
    frozenset((Form.DATE, Form.TIMESTAMP)),
    frozenset((Form.INTEGER, Form.BOOLEAN)),
)
"""Forms of which one may hold the other without a loss; whether something is lost is looked at apart."""

_NAMED = 12
"""New columns that a sentence names."""


def checks(pair: Pair, policy: Policy) -> Iterator[Check]:
    """The checks of this area."""
    yield from _missing(pair)
    yield from _extra(pair)
    yield from _renamed(pair, policy)
    yield from _retyped(pair, policy)
    yield from _varies(pair)


# ---------------------------------------------------------------- missing, extra, renamed


def _missing(pair: Pair) -> Iterator[Check]:
    for name in pair.matching.lost:
        column = pair.pilot.column(name)
        if column is None or name == pair.pilot.declared.label:
            continue
        required = pair.context.required is None or name in pair.context.required
        used = required and column.form is not Form.EMPTY
        yield Check(
            rule="column-missing",
            verdict=Verdict.GAP,
            column=name,
            finding=f"`{name}` is in the pilot ({_described(column)}) and in no column of production"
            + _given_away(pair, name),
            pilot=Measure(column.present, "rows", column.rows),
            production=Measure(None),
            affected=1.0,
            rank=1 if used else 3,
            cause=_branch(pair, name),
            detail={"required": pair.context.required is not None and required},
        )
    for each in both(pair):
        yield Check("column-missing", Verdict.MATCH, each.name, finding=f"`{each.name}` is on both sides")


def _branch(pair: Pair, name: str) -> str | None:
    """The part of nested records that production has nothing of: `author` where all of `author.name.given` is gone."""
    steps = name.split(".")
    for depth in range(1, len(steps)):
        above = ".".join(steps[:depth])
        if not any(column.name.startswith((f"{above}.", f"{above}[")) for column in pair.production.columns):
            return f"branch:{above}"
    return None


def _given_away(pair: Pair, name: str) -> str:
    """That production has the name nevertheless, for something else."""
    other = next((match.pilot for match in pair.matching.pairs if match.production == name), None)
    return f"; what production calls `{name}` is the pilot's `{other}`" if other else ""


def _described(column: Column) -> str:
    if column.form is Form.EMPTY:
        return "without a value in it"
    return f"{column.form}, filled in {percent(column.present / column.rows if column.rows else 0)} of its rows"


def _extra(pair: Pair) -> Iterator[Check]:
    """What production has beyond the pilot is no gap by itself; what is in it is for other rules to say."""
    new = pair.matching.new
    if not new:
        yield Check("column-extra", Verdict.MATCH, finding="production has no column that the pilot had not")
        return
    more = f" and {len(new) - _NAMED} more" if len(new) > _NAMED else ""
    finding = f"production has {quoted(new[:_NAMED])}{more} beyond the pilot's columns, which by itself is no gap"
    yield Check("column-extra", Verdict.MATCH, finding=finding, detail={"columns": list(new)})


def _renamed(pair: Pair, policy: Policy) -> Iterator[Check]:
    sure = policy.threshold("column-renamed.sure")
    for match in pair.matching.pairs:
        if match.pilot == match.production:
            continue
        if match.declared:
            told = f"the pilot's `{match.pilot}` is declared to be production's `{match.production}`"
            yield Check("column-renamed", Verdict.MATCH, match.pilot, match.production, finding=told)
            continue
        why = f" ({', '.join(match.why)})" if match.why else ""
        certain = match.score >= sure
        verb = "is called" if certain else "may be"
        yield Check(
            rule="column-renamed",
            verdict=Verdict.GAP if certain else Verdict.UNKNOWN,
            column=match.pilot,
            scope=match.production,
            finding=f"the pilot's `{match.pilot}` {verb} `{match.production}` in production{why}",
            pilot=Measure(match.pilot),
            production=Measure(match.production),
            affected=1.0,
            detail={"score": round(match.score, 3), "why": list(match.why)},
        )
    if all(match.pilot == match.production for match in pair.matching.pairs):
        yield Check("column-renamed", Verdict.MATCH, finding="columns that both sides have are named alike")


# ---------------------------------------------------------------- retyped


def _retyped(pair: Pair, policy: Policy) -> Iterator[Check]:
    limit = policy.threshold("column-retyped.unread")
    confidence = policy.threshold("any.confidence")
    pairs = list(both(pair))
    unread = [(_unread(each.pilot), _unread(each.production)) for each in pairs]
    judged = outcomes(unread, max(limit, 0.0), confidence)
    for each, (before, after), outcome in zip(pairs, unread, judged, strict=True):
        rank = 1 if {each.name, each.production.name} & _keyed(pair) else None
        if (changed := _changed(each)) is not None:
            share = _parsed(each)
            yield Check(
                rule="column-retyped",
                verdict=Verdict.GAP,
                column=each.name,
                finding=f"`{each.name}` is {_article(each.pilot.form)} in the pilot and "
                f"{_article(each.production.form)} in production ({each.production.physical}){share[0]}{changed}",
                pilot=Measure(each.pilot.form.value),
                production=Measure(each.production.form.value),
                affected=share[1],
                rank=rank,
                detail={"pilot": each.pilot.physical, "production": each.production.physical},
            )
        elif outcome.verdict is Verdict.GAP:
            yield Check(
                rule="column-retyped",
                verdict=Verdict.GAP,
                column=each.name,
                scope="unread",
                finding=f"{rows(each.production.unread)} of production ({percent(after.value or 0)}"
                f"{a_day(pair.production, after.value)}) hold something in `{each.name}` that does not read as "
                f"{each.production.form}; of the pilot {percent(before.value or 0)}",
                pilot=share_of(before, confidence),
                production=share_of(after, confidence),
                affected=after.value,
                rank=rank,
            )
        else:
            finding = f"`{each.name}` is {_article(each.pilot.form)} on both sides"
            yield Check("column-retyped", Verdict.MATCH, each.name, finding=finding)


def _keyed(pair: Pair) -> set[str]:
    return {*pair.pilot.declared.key, *pair.production.declared.key}


def _unread(column: Column) -> Share:
    return Share(column.unread, max(column.present, column.unread))


def _article(form: Form) -> str:
    names = {
        Form.INTEGER: "a whole number",
        Form.DECIMAL: "a number",
        Form.BOOLEAN: "yes or no",
        Form.DATE: "a date",
        Form.TIMESTAMP: "a point in time",
        Form.TEXT: "text",
        Form.BINARY: "binary",
        Form.NESTED: "nested",
        Form.EMPTY: "empty",
    }
    return names[form]


def _changed(each: Both) -> str | None:
    """What is lost by the change of form, as the end of a sentence; None where nothing changed or nothing is lost."""
    one, two = each.pilot.form, each.production.form
    if Form.EMPTY in each.forms:
        return None
    if one is two:
        return _precision(each)
    if frozenset((one, two)) not in _LOOKALIKES:
        return ""
    if one is Form.TIMESTAMP:
        return "; the time of day is lost"
    if {one, two} == {Form.INTEGER, Form.BOOLEAN}:
        return None if _is_flag(each) else ""
    return _precision(each)


def _is_flag(each: Both) -> bool:
    whole = each.pilot if each.pilot.form is Form.INTEGER else each.production
    return whole.numbers is not None and whole.numbers.least >= 0 and whole.numbers.greatest <= 1


_FRACTIONS = 0.5
"""Share of values with a fraction from which a column is one of fractions."""


def _precision(each: Both) -> str | None:
    one, two = each.pilot.numbers, each.production.numbers
    if one is None or two is None or not one.histogram.count or two.histogram.count < 10:  # noqa: PLR2004 - says nothing
        return None
    before = 1 - one.whole / one.histogram.count
    if before >= _FRACTIONS and two.whole == two.histogram.count:
        return f"; {percent(before)} of the pilot's values have a fraction and none of production's"
    return None


def _parsed(each: Both) -> tuple[str, float]:
    """How many of production's values read as the pilot's form, and the share that does not."""
    looks = each.production.looks
    if looks is None or not looks.of or each.production.form is not Form.TEXT:
        return "", 1.0
    reads = sum(
        count
        for form, count in looks.parses.items()
        if form == each.pilot.form or form.startswith(f"{each.pilot.form}:")
    )
    share = min(1.0, reads / looks.of)
    return f"; {percent(share)} of its values still read as before", 1 - share


# ---------------------------------------------------------------- among the parts


def _varies(pair: Pair) -> Iterator[Check]:
    parts = [part for part in pair.production.parts if part.columns and part.fault is None]
    if not parts:
        return
    shapes = Counter(_shape(part) for part in parts)
    usual = shapes.most_common(1)[0][0]
    if len(shapes) == 1:
        yield Check("schema-varies", Verdict.MATCH, finding=f"{_files(len(parts))} of production have the same columns")
        return
    odd = [part for part in parts if _shape(part) != usual]
    touched = sum(part.rows for part in odd)
    whole = sum(part.rows for part in parts)
    finding = f"{_files(len(odd))} of {len(parts):,} in production differ from the others in their columns: "
    yield Check(
        rule="schema-varies",
        verdict=Verdict.GAP,
        finding=finding + _differences(odd[0], dict(usual)),
        pilot=Measure(len({_shape(part) for part in pair.pilot.parts if part.columns}) or None, "schemas"),
        production=Measure(len(shapes), "schemas", len(parts)),
        affected=touched / whole if whole else None,
        detail={"schemas": len(shapes), "parts": [part.name for part in odd[:20]], "columns": _schemas(shapes)},
    )


def _shape(part: PartState) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(part.columns))


def _files(count: int) -> str:
    return f"{count:,} part{'' if count == 1 else 's'}"


def _differences(part: PartState, usual: Mapping[str, str]) -> str:
    own = dict(part.columns)
    said = []
    if gone := sorted(set(usual) - set(own)):
        said.append(f"without {quoted(gone)}")
    if new := sorted(set(own) - set(usual)):
        said.append(f"with {quoted(new)}")
    if other := sorted(name for name in set(own) & set(usual) if own[name] != usual[name]):
        said.append(f"another type for {quoted(other)}")
    return f"`{part.name}` is {', '.join(said)}" if said else f"`{part.name}`"


def _schemas(shapes: Counter[tuple[tuple[str, str], ...]]) -> list[dict[str, object]]:
    return [{"parts": count, "columns": [list(each) for each in shape]} for shape, count in shapes.most_common(5)]
