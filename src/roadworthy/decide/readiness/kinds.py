"""The declared kind `Rubric`, and the one that ships."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import cast

from roadworthy.decide.readiness.fields import NoSuchField, resolve
from roadworthy.decide.readiness.model import AppliesTo, Criterion, Dimension, Level, Rubric
from roadworthy.foundation.errors import Finding, Place, did_you_mean
from roadworthy.foundation.resources.documents import Source, read_whole
from roadworthy.foundation.resources.registry import Kind, always
from roadworthy.foundation.resources.shape import Shape
from roadworthy.inventory.facts import FACTS
from roadworthy.inventory.model import UseCase

RUBRIC = "Rubric"
DEFAULT_NAME = "default"
"""The one rubric in force; criteria say themselves to which class, sector and tier they apply."""


def check_rubric(_name: str, spec: Shape) -> Sequence[Finding]:
    """What no single field can know: ids are unique, paths and facts exist, no dimension can fall empty."""
    rubric = cast("Rubric", spec)
    return [*_repeated(rubric), *_unconditional(rubric), *_dangling(rubric)]


def _repeated(rubric: Rubric) -> Iterator[Finding]:
    first: dict[str, Dimension] = {}
    for dimension, position, criterion in _placed(rubric):
        if criterion.id in first:
            yield _finding(
                dimension, position, "id", "rubric-criterion-twice",
                f"`{criterion.id}` is already a criterion of `{first[criterion.id]}`", "give each criterion its own id",
            )  # fmt: skip
        first.setdefault(criterion.id, dimension)


def _unconditional(rubric: Rubric) -> Iterator[Finding]:
    """Without a must for everyone, a dimension could be green because nothing was asked."""
    for dimension in Dimension:
        if not any(_is_for_all(criterion) for criterion in rubric.dimensions.of(dimension)):
            yield Finding(
                "rubric-dimension-empty",
                f"`{dimension}` has no must that applies to every use case",
                Place(field=f"spec.dimensions.{dimension}"),
                "add a criterion of level `must` without `appliesTo`",
            )


def _is_for_all(criterion: Criterion) -> bool:
    is_kept = criterion.requires.platform is None  # it cannot be met, only not be violated
    return criterion.level is Level.MUST and criterion.applies_to == AppliesTo() and is_kept


def _dangling(rubric: Rubric) -> Iterator[Finding]:
    for dimension, position, criterion in _placed(rubric):
        asked = criterion.requires
        if asked.fact is not None and asked.fact.name not in FACTS:
            yield _finding(
                dimension, position, "requires.fact.name", "rubric-fact-unknown",
                f"`{asked.fact.name}` is not a claim that is known here", did_you_mean(asked.fact.name, FACTS),
            )  # fmt: skip
        try:
            _resolve_all(criterion)
        except NoSuchField as error:
            yield _finding(dimension, position, "requires", "rubric-field-unknown", error.message, error.remedy)


def _resolve_all(criterion: Criterion) -> None:
    asked = criterion.requires
    for path in asked.fields.all if asked.fields else ():
        resolve(path, UseCase)
    if asked.each is not None:
        listed = resolve(asked.each.of, UseCase).items
        if listed is None:
            message = f"`{asked.each.of}` is no list of parts"
            raise NoSuchField(message, "use `data`, `components` or `integrations`")
        for path in (*asked.each.fields, *asked.each.true):
            resolve(path, listed)


def _placed(rubric: Rubric) -> Iterator[tuple[Dimension, int, Criterion]]:
    for dimension in Dimension:
        for position, criterion in enumerate(rubric.dimensions.of(dimension)):
            yield dimension, position, criterion


def _finding(dimension: Dimension, position: int, field: str, code: str, message: str, remedy: str) -> Finding:
    return Finding(code, message, Place(field=f"spec.dimensions.{dimension}.{position}.{field}"), remedy)


def kinds() -> tuple[Kind, ...]:
    """What `app.py` registers."""
    return (Kind(RUBRIC, "rubrics", "rubric", Rubric, check=check_rubric, decides=always(RUBRIC, "change-rubric")),)


@cache
def shipped_source() -> Source:
    """The text of the rubric that ships, to be exported and edited."""
    return Source("rubric.yaml", files(__package__).joinpath("rubric.yaml").read_text(encoding="utf-8"))


@cache
def shipped() -> Rubric:
    """The rubric that ships, which is in force until an organisation declares its own."""
    return cast("Rubric", read_whole(shipped_source(), kinds(), "the rubric that ships")[0].spec)
