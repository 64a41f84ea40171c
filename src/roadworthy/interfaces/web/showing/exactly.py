"""What is bound by a digest, rendered from its own values: nothing summed up, nothing cut, nothing hidden.

An approval names a digest. What the approver read has to be what the digest is of; a summary that somebody else wrote
is how people are deceived into a yes. So these views are made of the bound values alone, and have every one of them:

- each value with its type, so that `true`, `1` and `"1"` are told apart;
- characters that cannot be seen as marks, what can deceive with a hint;
- long texts and long lists folded, with how much there is said, and all of it on the page;
- no structure that could be forged by a name: the way to a value is a list of steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from markupsafe import Markup, escape

from roadworthy.interfaces import revealing
from roadworthy.interfaces.web.views.exactly import Exactly, Said, Step, Value
from roadworthy.interfaces.web.views.parts import plural

FIRST_CHARACTERS = 1_200
"""Of a text that stand open on the page; the rest is folded."""
FIRST_VALUES = 120

Json: TypeAlias = Any
"""A value as `json.loads` gives it."""


def exactly(content: Json, digest: str = "") -> Exactly:
    """Every value that something holds, in the order of its names and lists.

    Args:
        content: canonical values, of any depth.
        digest: of what they are bound by.
    """
    values = tuple(Value(steps, kind, said(text)) for steps, kind, text in _leaves(content))
    characters = sum(len(each.said.start) + len(each.said.rest) for each in values)
    folded = values[FIRST_VALUES:]
    return Exactly(
        values=values[:FIRST_VALUES],
        folded=folded,
        more=f"{plural(len(folded), 'more value')}" if folded else "",
        counted=f"{plural(len(values), 'value')}, {plural(characters, 'character')}",
        digest=digest,
    )


def said(text: str) -> Said:
    """A text as it is: its first stretch, what follows folded, and what its looks do not tell."""
    start, rest = text[:FIRST_CHARACTERS], text[FIRST_CHARACTERS:]
    return Said(
        start=start,
        rest=rest,
        more=plural(len(rest), "more character") if rest else "",
        hints=revealing.hints(text),
        in_order=text if revealing.turns(text) else "",
    )


def revealed(text: str) -> Markup:
    """A text, escaped, with a mark in place of each character that cannot be seen.

    The marks are elements of their own, so that no text can look like one to a program, and carry the character's name.
    A line end keeps its effect and is marked too.
    """
    return Markup("").join(_marked(text))


def _marked(text: str) -> Iterator[Markup]:
    for piece, name in revealing.pieces(text):
        if name:
            yield Markup('<span class="unseen" title="{}">{}</span>').format(name, revealing.mark(piece))
        else:
            ends = Markup('<span class="unseen" title="line end">⏎</span>\n')
            yield ends.join(escape(line) for line in piece.split("\n"))


def _leaves(content: Json) -> Iterator[tuple[tuple[Step, ...], str, str]]:
    """The values with their ways, without recursion: what is shown may be nested deeper than a stack."""
    waiting: list[tuple[tuple[Step, ...], Json]] = [((), content)]
    while waiting:
        steps, value = waiting.pop()
        if isinstance(value, Mapping) and value:
            waiting += [((*steps, Step(str(name))), each) for name, each in reversed(list(value.items()))]
        elif isinstance(value, Sequence) and not isinstance(value, str) and value:
            waiting += [((*steps, Step(position=place)), value[place - 1]) for place in range(len(value), 0, -1)]
        else:
            yield steps, *_leaf(value)


def _leaf(value: Json) -> tuple[str, str]:
    if value is None:
        return "nothing", "null"
    if isinstance(value, bool):
        return "true or false", "true" if value else "false"
    if isinstance(value, int | float):
        return "number", str(value)
    if isinstance(value, Mapping):
        return "empty object", "{}"
    if isinstance(value, str):
        return ("text", value) if value else ("empty text", "")
    return "empty list", "[]"
