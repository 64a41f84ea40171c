"""The declared kind `FailureMode`, and the rules that ship."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Literal, cast, get_args, get_origin

from roadworthy.decide.diagnosis.finding import InForce
from roadworthy.decide.diagnosis.model import Condition, FailureMode, Status
from roadworthy.decide.diagnosis.proving import failures
from roadworthy.decide.diagnosis.signs import TIER
from roadworthy.decide.readiness.fields import NoSuchField, resolve
from roadworthy.foundation.errors import Finding, Place, did_you_mean
from roadworthy.foundation.resources.documents import Source, read_whole
from roadworthy.foundation.resources.registry import Kind, always
from roadworthy.foundation.resources.shape import Shape
from roadworthy.inventory.facts import FACTS
from roadworthy.inventory.model import Tier, UseCase

FAILURE_MODE = "FailureMode"
MOST_SIGNS = 24
"""So many signs a rule may have: more and nobody sees what it says."""
MOST_REPEATED = 6
"""So many of them may occur more than once; each doubles what has to be tried."""


def check_mode(name: str, spec: Shape) -> Sequence[Finding]:
    """What no single field can know: paths, facts and words exist, and the rule passes its own tests."""
    mode = cast("FailureMode", spec)
    found = [*_dangling(mode), *_too_large(mode), *_dates(mode), *_untested(mode)]
    return found or [*_failing(name, mode)]


def _dangling(mode: FailureMode) -> Iterator[Finding]:
    for place, sign in _placed(mode.signs, "spec.signs"):
        for fact in _facts(sign):
            if fact not in FACTS:
                yield Finding(
                    "failure-mode-fact-unknown",
                    f"`{fact}` is not a claim that is known here",
                    Place(field=place),
                    did_you_mean(fact, FACTS),
                )
        try:
            _resolve(sign)
        except NoSuchField as error:
            yield Finding("failure-mode-field-unknown", error.message, Place(field=place), error.remedy)
    for number, test in enumerate(mode.tests):
        for at, given in enumerate(test.answers):
            if given.fact not in FACTS:
                yield Finding(
                    "failure-mode-fact-unknown",
                    f"`{given.fact}` is not a claim that is known here",
                    Place(field=f"spec.tests.{number}.answers.{at}.fact"),
                    did_you_mean(given.fact, FACTS),
                )


def _facts(sign: Condition) -> list[str]:
    if sign.fact is not None:
        return [sign.fact.name]
    days = () if sign.before is None else (sign.before.first, sign.before.then)
    return [day.fact for day in days if day.fact is not None]


def _resolve(sign: Condition) -> None:
    """Follow every path of a sign."""
    for path in sign.fields.all if sign.fields else ():
        resolve(path, UseCase)
    if sign.each is not None:
        _resolve_items(sign.each.of, (*sign.each.fields, *sign.each.true))
    if sign.silent is not None:
        _resolve_items(sign.silent.of, (*sign.silent.fields, *sign.silent.said), a_part=True)
    if sign.is_ is not None:
        _resolve_words(sign.is_.field, sign.is_.one_of)
    for day in () if sign.before is None else (sign.before.first, sign.before.then):
        if day.field is not None:
            _resolve_date(day.field)


def _resolve_items(path: str, fields: Sequence[str], *, a_part: bool = False) -> None:
    shape = resolve(path, UseCase).items
    if shape is None and a_part:
        for field in fields:
            resolve(f"{path}.{field}", UseCase)
        return
    if shape is None:
        message = f"`{path}` is no list of parts"
        raise NoSuchField(message, "use `data`, `components` or `integrations`")
    for field in fields:
        resolve(field, shape)


def _resolve_words(path: str, words: Sequence[str]) -> None:
    known = [tier.value for tier in Tier] if path == TIER else _words_of(path)
    for word in words:
        if known and word not in known:
            message = f"`{path}` is never `{word}`"
            raise NoSuchField(message, did_you_mean(word, known))


def _words_of(path: str) -> list[str]:
    """The closed vocabulary of a field; empty where any text will do."""
    found: list[str] = []
    todo = [_annotation(path)]
    while todo:
        each = todo.pop()
        if get_origin(each) is Literal:
            found += [str(word) for word in get_args(each)]
        elif isinstance(each, type) and issubclass(each, StrEnum):
            found += [word.value for word in each]
        else:
            todo += get_args(each)
    return found


def _annotation(path: str) -> object:
    """The type of the value at a path that exists."""
    inside: object = UseCase
    for name in resolve(path, UseCase).names:
        todo = [inside]
        while todo:
            each = todo.pop()
            if isinstance(each, type) and issubclass(each, Shape):
                inside = each.model_fields[name].annotation
                break
            todo += get_args(each)
    return inside


def _resolve_date(path: str) -> None:
    annotation = _annotation(path)
    if dt.date not in {annotation, *get_args(annotation)}:
        message = f"`{path}` is no date"
        raise NoSuchField(message, "use `started`, `productionRequested`, `inUseSince` or `outcome.by`")


def _dates(mode: FailureMode) -> Iterator[Finding]:
    for number, surfacing in enumerate(mode.surfaces):
        try:
            _resolve_date(surfacing.when.after)
        except NoSuchField as error:
            place = Place(field=f"spec.surfaces.{number}.when.after")
            yield Finding("failure-mode-field-unknown", error.message, place, error.remedy)


def _too_large(mode: FailureMode) -> Iterator[Finding]:
    signs = [sign.model_dump_json(exclude={"ask", "duty"}) for sign in mode.signs.signs()]
    repeated = {sign for sign in signs if signs.count(sign) > 1}
    if len(signs) > MOST_SIGNS or len(repeated) > MOST_REPEATED:
        yield Finding(
            "failure-mode-too-large",
            f"it has {len(signs)} signs, {len(repeated)} of them more than once",
            Place(field="spec.signs"),
            f"have at most {MOST_SIGNS} signs and {MOST_REPEATED} that occur again; make two rules of it",
        )


def _untested(mode: FailureMode) -> Iterator[Finding]:
    """A rule that was never seen to say no is not known to be able to."""
    for status in Status:
        if not any(test.then is status for test in mode.tests):
            yield Finding(
                "failure-mode-untested",
                f"no test shows when it is `{status}`",
                Place(field="spec.tests"),
                f"add a test whose `then` is `{status}`",
            )


def _failing(name: str, mode: FailureMode) -> Iterator[Finding]:
    for number, test, instead in failures(name, mode):
        wanted = test.then if test.severity is None else f"{test.then}, {test.severity}"
        yield Finding(
            "failure-mode-test-failed",
            f"the test `{test.name}` wants `{wanted}`, and the rule says {instead}",
            Place(field=f"spec.tests.{number}"),
            "change the signs, or the test if the rule is right",
        )


def _placed(condition: Condition, place: str) -> Iterator[tuple[str, Condition]]:
    """Every sign with its path in the document."""
    if condition.not_ is not None:
        yield from _placed(condition.not_, f"{place}.not")
    elif condition.parts:
        under = f"{place}.count.of" if condition.count is not None else f"{place}.{condition.form}"
        for number, part in enumerate(condition.parts):
            yield from _placed(part, f"{under}.{number}")
    else:
        yield f"{place}.{condition.form}", condition


def kinds() -> tuple[Kind, ...]:
    """What `app.py` registers. A diagnosis names the digest of its rules, so a changed rule needs no projection."""
    return (
        Kind(
            FAILURE_MODE,
            "failure-modes",
            "failure-mode",
            FailureMode,
            check=check_mode,
            decides=always(FAILURE_MODE, "change-policy"),
        ),
    )


@cache
def shipped_source() -> Source:
    """The text of the rules that ship, to be exported and edited."""
    return Source("modes.yaml", files(__package__).joinpath("modes.yaml").read_text(encoding="utf-8"))


@cache
def shipped() -> tuple[InForce, ...]:
    """The rules that ship, in the order in which they are shown."""
    declared = read_whole(shipped_source(), kinds(), "the failure modes that ship")
    return tuple(InForce(each.name, cast("FailureMode", each.spec), None) for each in declared)


def in_force(declared: Sequence[InForce]) -> list[InForce]:
    """The rules that apply: a declared one takes the place of the one that ships under its name."""
    by_name = {each.name: each for each in declared}
    ship = {each.name for each in shipped()}
    chosen = [by_name.get(each.name, each) for each in shipped()]
    chosen += [each for each in declared if each.name not in ship]
    return [each for each in chosen if each.mode.in_force]
