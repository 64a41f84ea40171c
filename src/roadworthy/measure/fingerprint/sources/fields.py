"""From the types of a typed store to fields: what a column holds, and the paths inside a nested one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from roadworthy.measure.fingerprint.model import Form
from roadworthy.measure.fingerprint.relation import Field
from roadworthy.measure.fingerprint.sources import quoting

_WHOLE = re.compile(r"(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|BIGNUM)$")
_FORMS = (
    (Form.NESTED, re.compile(r".*\]$|STRUCT\(|MAP\(|UNION\(|JSON$|VARIANT$", re.DOTALL)),
    (Form.INTEGER, _WHOLE),
    (Form.DECIMAL, re.compile(r"DECIMAL|DOUBLE|FLOAT|REAL")),
    (Form.DATE, re.compile(r"DATE$")),
    (Form.TIMESTAMP, re.compile(r"TIMESTAMP")),
    (Form.BINARY, re.compile(r"BLOB$|BIT$|GEOMETRY")),
    (Form.BOOLEAN, re.compile(r"BOOLEAN$")),
    (Form.EMPTY, re.compile(r'"?NULL"?$')),
)
_STRUCT = "STRUCT("
DEEPEST = 8
"""Levels of nesting that become columns of their own."""


def form_of(physical: str) -> Form:
    """The form of a type of DuckDB."""
    kind = physical.upper()
    return next((form for form, pattern in _FORMS if pattern.match(kind)), Form.TEXT)


def fields_of(columns: Mapping[str, str]) -> Iterator[Field]:
    """Fields of a relation of DuckDB, the inner ones behind the column that holds them."""
    for column, physical in columns.items():
        yield from _field(column, quoting.name(column), physical, 0)


def _field(path: str, expression: str, physical: str, depth: int) -> Iterator[Field]:
    form = form_of(physical)
    if form is Form.TEXT and physical.upper() != "VARCHAR":
        # Enums, UUIDs, times of day, intervals: what they are called is what people compare.
        expression = f"CAST({expression} AS VARCHAR)"
    yield Field(path, expression, physical, form)
    if depth >= DEEPEST:
        return
    if physical.endswith("]"):
        yield Field(f"{path}.count", f"len({expression})", "BIGINT", Form.INTEGER)
        inner = physical[: physical.rindex("[")]
        if form_of(inner) is not Form.NESTED or inner.upper().startswith(_STRUCT):
            inner_fields = _field(f"{path}[0]", f"{expression}[1]", inner, depth + 1)
            if inner.upper().startswith(_STRUCT):
                next(inner_fields)
            yield from inner_fields
    elif physical.upper().startswith(_STRUCT):
        for name, kind in parts_of(physical):
            yield from _field(f"{path}.{name}", f"{expression}.{quoting.name(name)}", kind, depth + 1)


def parts_of(physical: str) -> Iterator[tuple[str, str]]:
    """Names and types inside `STRUCT(a BIGINT, "b c" INTEGER[])`."""
    inside, position = physical[len(_STRUCT) : -1], 0
    while position < len(inside):
        name, position = _name(inside, position)
        end = _end(inside, position)
        yield name, inside[position:end].strip()
        position = end + 1


def _name(text: str, position: int) -> tuple[str, int]:
    while text[position] == " ":
        position += 1
    if text[position] != '"':
        end = text.index(" ", position)
        return text[position:end], end
    found = re.compile(r'"((?:[^"]|"")*)"').match(text, position)
    if found is None:
        return text[position:], len(text)
    return found[1].replace('""', '"'), found.end()


def _end(text: str, position: int) -> int:
    depth, quoted = 0, False
    for place in range(position, len(text)):
        sign = text[place]
        if sign == '"':
            quoted = not quoted
        elif not quoted:
            depth += (sign in "([") - (sign in ")]")
            if sign == "," and depth == 0:
                return place
    return len(text)
