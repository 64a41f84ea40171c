"""Paths into a declared shape: from the names that YAML uses to the attributes that hold the values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, get_args, get_origin

from roadworthy.foundation.errors import did_you_mean
from roadworthy.foundation.resources.shape import Shape


class Resolved(NamedTuple):
    """A path that exists."""

    names: tuple[str, ...]
    """Attribute names, outermost first."""
    items: type[Shape] | None
    """The shape of the items, where the path leads to a list of shapes."""


class NoSuchField(LookupError):
    """A path that leads nowhere; `remedy` names what was probably meant."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


def resolve(path: str, shape: type[Shape]) -> Resolved:
    """Follow a dotted path through a shape.

    Raises:
        NoSuchField: a step names no field, or goes on behind a value or a list.
    """
    names: list[str] = []
    inside: type[Shape] | None = shape
    items: type[Shape] | None = None
    for step in path.split("."):
        if inside is None or items is not None:
            raise NoSuchField(f"`{path}` goes on behind a field that has no fields", f"stop before `{step}`")
        known = {field.alias or name: name for name, field in inside.model_fields.items()}
        if step not in known:
            raise NoSuchField(f"`{path}` names no field: there is no `{step}`", did_you_mean(step, known))
        names.append(known[step])
        annotation = inside.model_fields[known[step]].annotation
        items = next((found for origin, found in _shapes(annotation) if origin is tuple), None)
        inside = next((found for origin, found in _shapes(annotation) if origin is not tuple), None)
    return Resolved(tuple(names), items)


def _shapes(annotation: Any, inside: Any = None) -> Iterator[tuple[Any, type[Shape]]]:  # noqa: ANN401 - an annotation is any object
    """The shapes in an annotation, each with the container it stands in (None for the shape itself)."""
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        yield inside, annotation
        return
    origin = get_origin(annotation)
    for argument in get_args(annotation):
        yield from _shapes(argument, tuple if origin is tuple else inside)
