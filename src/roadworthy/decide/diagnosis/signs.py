"""The signs, each turned once into functions that look at a use case and tell what they saw."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from roadworthy.decide.diagnosis.finding import Because
from roadworthy.decide.diagnosis.logic import Truth
from roadworthy.decide.diagnosis.model import Answered, Before, Condition, Day, OneOf, Silent
from roadworthy.decide.diagnosis.view import View, day_of, first_yes, shadow
from roadworthy.decide.readiness.fields import resolve
from roadworthy.decide.readiness.model import EachItem, FieldsSet
from roadworthy.decide.readiness.requirements import reader, said
from roadworthy.evidence.model import Method
from roadworthy.evidence.rules import Standing
from roadworthy.foundation.digests import canonical_bytes
from roadworthy.foundation.resources.shape import Shape
from roadworthy.inventory.facts import FACTS, SPOKEN, Answer
from roadworthy.inventory.model import Duty, UseCase
from roadworthy.inventory.rules import SeatState

TIER = "tier"
"""The one name in `is` that is no field of the spec: the risk tier, which follows from it."""

_UNASSIGNED = SeatState.UNASSIGNED
_DECLARED = Method.DECLARED

Look = Callable[[View], Truth]
Explain = Callable[[View], tuple[Because, ...]]


@dataclass(frozen=True, slots=True)
class Seen:
    """A sign made ready for use."""

    key: str
    """The same for the same sign, whichever rule has it."""
    look: Look
    explain: Explain
    """What it rests on; asked where it is known."""
    asks: str
    """The question that settles it."""
    duty: Duty | None
    """Who can answer; None leaves it to the owner of the failure mode."""
    question: str
    """The same for signs that one answer settles."""
    fact: str | None = None
    path: str | None = None
    facts: tuple[str, ...] = ()
    """Every claim it reads."""
    only: str | None = None
    """The claim, where that is all it looks at: most signs are such, and this saves a call for each."""


def sign_of(condition: Condition) -> Seen:
    """Make a sign ready; its paths and facts must exist."""
    form = condition.form
    asked = condition.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"ask", "duty"})
    key = canonical_bytes(asked).decode()
    made = _MAKERS[form](condition.of(form))
    return Seen(
        key=key,
        look=made.look,
        explain=made.explain,
        asks=condition.ask or made.asks,
        duty=condition.duty or made.duty,
        question=made.question or key,
        fact=made.fact,
        path=made.path,
        facts=made.facts,
        only=made.fact if form == "fact" else None,
    )


@dataclass(frozen=True, slots=True)
class _Made:
    look: Look
    explain: Explain
    asks: str
    duty: Duty | None = None
    question: str = ""
    fact: str | None = None
    path: str | None = None
    facts: tuple[str, ...] = ()


# ------------------------------------------------------------ claims


def _fact(asked: object) -> _Made:
    name = cast("Answered", asked).name
    known = FACTS[name]

    def look(view: View) -> Truth:
        return view.says.get(name)

    def explain(view: View) -> tuple[Because, ...]:
        counting = view.standing.get(name)
        return () if counting is None else (claimed(view, name, counting),)

    return _Made(look, explain, known.question, Duty(known.duty), f"fact {name}", fact=name, facts=(name,))


def claimed(view: View, name: str, counting: Standing) -> Because:
    """What a claim says, and where it is."""
    claim, live, against = counting
    told = f"{SPOKEN[claim.answer]}, {claim.method}"
    if not live:
        told = f"expired: {told}"
    elif claim.doubt is not None:
        told = f"{told}, but {claim.doubt.replace('-', ' ')}"
    elif against is not None:
        told = f"{told}, but a later claim says no"
    answer = view.subject.answers.get(name)
    return Because(
        f"{FACTS[name].question} {told[:1].upper()}{told[1:]}.",
        fact=name,
        evidence=claim.id,
        method=claim.method,
        observed_at=claim.observed_at,
        expires_at=claim.expires_at,
        place=answer.place if answer is not None and claim.method is Method.REPORTED else None,
    )


# ------------------------------------------------------------ the declaration


def _fields(asked: object) -> _Made:
    wanted = cast("FieldsSet", asked)
    paths = tuple((path, reader(resolve(path, UseCase).names)) for path in wanted.all)
    enough = min(wanted.at_least or len(paths), len(paths))

    def look(view: View) -> Truth:
        return True if sum(said(read(view.subject.spec)) for _, read in paths) >= enough else None

    def explain(view: View) -> tuple[Because, ...]:
        return tuple(
            Because(f"The record says `{path}`.", path=f"spec.{path}", method=_DECLARED)
            for path, read in paths
            if said(read(view.subject.spec))
        )

    return _Made(look, explain, f"What is {_listed(wanted.all)}?", path=wanted.all[0])


def _each(asked: object) -> _Made:
    wanted = cast("EachItem", asked)
    place = resolve(wanted.of, UseCase)
    listed = reader(place.names)
    shape = place.items or Shape
    needed = tuple(reader(resolve(path, shape).names) for path in (*wanted.fields, *wanted.true))
    true = tuple(reader(resolve(path, shape).names) for path in wanted.true)
    words = _listed((*wanted.fields, *wanted.true))

    def refused(item: object) -> bool:
        return any(read(item) is False for read in true)

    def look(view: View) -> Truth:
        items = cast("tuple[Shape, ...]", listed(view.subject.spec))
        if not items:
            return None
        good = sum(not refused(item) and all(said(read(item)) for read in needed) for item in items)
        if good * 100 >= wanted.at_least_percent * len(items):
            return True
        against = sum(refused(item) for item in items)
        return False if (len(items) - against) * 100 < wanted.at_least_percent * len(items) else None

    def explain(view: View) -> tuple[Because, ...]:
        items = cast("tuple[Shape, ...]", listed(view.subject.spec))
        return tuple(
            Because(
                f"`{_name(item)}`: {'the answer is no to' if refused(item) else 'the record says'} {words}.",
                path=f"spec.{wanted.of}.{at}",
                method=_DECLARED,
            )
            for at, item in enumerate(items)
            if refused(item) or look(view)
        )

    return _Made(look, explain, f"For each of `{wanted.of}`: what is {words}?", path=wanted.of)


def _silent(asked: object) -> _Made:
    wanted = cast("Silent", asked)
    place = resolve(wanted.of, UseCase)
    at = reader(place.names)
    shape = place.items or _shape_at(wanted.of)
    fields = tuple((path, reader(resolve(path, shape).names)) for path in wanted.fields)
    conditions = tuple(reader(resolve(path, shape).names) for path in wanted.said)
    most = wanted.at_least or len(fields)

    def items(view: View) -> list[tuple[str, Shape]]:
        """What is there to be read, with its path."""
        found = at(view.subject.spec)
        if found is None:
            return []
        if place.items is None:
            some = [(wanted.of, cast("Shape", found))]
        else:
            some = [(f"{wanted.of}.{number}", item) for number, item in enumerate(cast("Sequence[Shape]", found))]
        if not conditions:
            return some
        return [(path, item) for path, item in some if all(said(read(item)) for read in conditions)]

    def missing(item: Shape) -> tuple[str, ...]:
        return tuple(path for path, read in fields if not said(read(item)))

    reads = tuple(read for _, read in fields)

    def look(view: View) -> Truth:
        some = items(view)
        return _is_silent(some, reads, most) if some else None

    def explain(view: View) -> tuple[Because, ...]:
        lacking = [(path, item, missing(item)) for path, item in items(view)]
        found = [each for each in lacking if len(each[2]) >= most]
        return tuple(
            Because(_told(path, item, nothing, bool(found)), path=f"spec.{path}", method=_DECLARED)
            for path, item, nothing in found or lacking
        )

    named = _listed(wanted.fields)
    asks = f"What stands under `{wanted.of}`, with {named}?"
    return _Made(look, explain, asks, path=wanted.of)


def _is_silent(items: Sequence[tuple[str, Shape]], reads: Sequence[Callable[[object], object]], most: int) -> bool:
    """Whether an item says nothing under so many fields; in plain loops, because a portfolio has ten thousands."""
    for _, item in items:
        silent = 0
        for read in reads:
            silent += not said(read(item))
        if silent >= most:
            return True
    return False


def _told(path: str, item: Shape, nothing: Sequence[str], lacks: bool) -> str:  # noqa: FBT001 - one of two sentences
    name = _name(item) or path
    if lacks:
        return f"The declaration of `{name}` says nothing under {_listed(nothing)}."
    more = f", and nothing under {_listed(nothing)}" if nothing else ""
    return f"The declaration of `{name}` says what is asked{more}."


def _shape_at(path: str) -> type[Shape]:
    inside: type[Shape] = UseCase
    for step in resolve(path, UseCase).names:
        annotation = inside.model_fields[step].annotation
        options = getattr(annotation, "__args__", (annotation,))
        inside = next(each for each in options if isinstance(each, type) and issubclass(each, Shape))
    return inside


def _named(asked: object) -> _Made:
    duty = cast("Duty", asked)

    def look(view: View) -> Truth:
        seats = view.subject.seats
        if seats[duty].state is not _UNASSIGNED:
            return True
        # Where nobody at all is named, nobody was asked: an inventory without a column for owners says nothing.
        return False if any(seat.state is not _UNASSIGNED for seat in seats.values()) else None

    def explain(view: View) -> tuple[Because, ...]:
        seat = view.subject.seats[duty]
        path = f"spec.owners.{duty}"
        if seat.person is not None:
            confirmed = "and has accepted" if seat.state is SeatState.ACCEPTED else "and has not accepted yet"
            return (Because(f"{seat.person} is named as {duty} owner {confirmed}.", path=path, method=_DECLARED),)
        others = [each.value for each, other in view.subject.seats.items() if other.person is not None]
        told = f"Nobody is named as {duty} owner, while somebody is for {_listed(others, '')}."
        return (Because(told, path=path, method=_DECLARED),)

    return _Made(look, explain, f"Who holds the {duty} duty?", duty, path=f"owners.{duty}")


def _is(asked: object) -> _Made:
    wanted = cast("OneOf", asked)
    values = frozenset(wanted.one_of)
    read = None if wanted.field == TIER else reader(resolve(wanted.field, UseCase).names)
    path = "risk" if wanted.field == TIER else wanted.field

    def value_of(view: View) -> object:
        return view.subject.tier.tier if read is None else read(view.subject.spec)

    def look(view: View) -> Truth:
        value = value_of(view)
        return None if value is None else value in values

    def explain(view: View) -> tuple[Because, ...]:
        told = f"{'The risk tier' if read is None else f'`{wanted.field}`'} is {value_of(view)}."
        return (Because(told, path=f"spec.{path}", method=_DECLARED),)

    asks = "What is the risk tier?" if read is None else f"What is `{wanted.field}`?"
    return _Made(look, explain, asks, question=f"field {wanted.field}", path=path)


# ------------------------------------------------------------ days


def _before(asked: object) -> _Made:
    wanted = cast("Before", asked)
    first, then = _day(wanted.first), _day(wanted.then)

    def look(view: View) -> Truth:
        begin, end = first(view), then(view)
        if begin is None:
            return None
        if end is None:
            return _not_done(view, wanted.then, begin)
        if begin < end:
            past = None if wanted.then.fact is None else shadow(view, wanted.then.fact)
            return None if past is not None and past <= begin else True
        past = None if wanted.first.fact is None else shadow(view, wanted.first.fact)
        return None if past is not None and past < end else False

    def explain(view: View) -> tuple[Because, ...]:
        return (*_told_day(view, wanted.first, first(view)), *_told_day(view, wanted.then, then(view)))

    facts = tuple(day.fact for day in (wanted.first, wanted.then) if day.fact is not None)
    asks = f"On which days: {_asked_day(wanted.first)}; {_asked_day(wanted.then)}?"
    path = wanted.first.field or wanted.then.field
    duty = Duty(FACTS[facts[-1]].duty) if facts else None
    fact = wanted.then.fact or wanted.first.fact
    return _Made(look, explain, asks, duty, fact=fact, path=path, facts=facts)


def _day(day: Day) -> Callable[[View], dt.date | None]:
    if day.field is not None:
        read = reader(resolve(day.field, UseCase).names)
        return lambda view: cast("dt.date | None", read(view.subject.spec))
    fact = cast("str", day.fact)
    return lambda view: first_yes(view, fact)


def _not_done(view: View, day: Day, begin: dt.date) -> Truth:
    """A no that is newer than the first day: the second has not come yet. What does not apply never comes late."""
    counting = None if day.fact is None else view.standing.get(day.fact)
    if counting is None or day.fact is None or day.fact not in view.says:
        return None
    if counting.claim.answer is Answer.NOT_APPLICABLE:
        return False
    is_after = day_of(counting.claim) > begin
    return True if is_after and shadow(view, day.fact) is None else None


def _told_day(view: View, day: Day, at: dt.date | None) -> tuple[Because, ...]:
    if day.field is not None:
        return () if at is None else (Because(f"`{day.field}` is {at}.", path=f"spec.{day.field}", method=_DECLARED),)
    fact = cast("str", day.fact)
    counting = view.standing.get(fact)
    if counting is None:
        return ()
    told = claimed(view, fact, counting)
    return (told if at is None else told._replace(says=f"{told.says} The first yes speaks of {at}."),)


def _asked_day(day: Day) -> str:
    if day.field is not None:
        return f"`{day.field}`"
    return f"the first yes to “{FACTS[cast('str', day.fact)].question}”"


# ------------------------------------------------------------ words


def _listed(names: Sequence[str], quote: str = "`") -> str:
    words = [f"{quote}{name}{quote}" for name in names]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _name(item: object) -> str:
    return str(getattr(item, "name", None) or getattr(item, "system", None) or getattr(item, "metric", None) or "")


_MAKERS: dict[str, Callable[[object], _Made]] = {
    "fields": _fields,
    "each": _each,
    "fact": _fact,
    "silent": _silent,
    "named": _named,
    "is": _is,
    "before": _before,
}
