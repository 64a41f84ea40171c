"""Finds what is looked for in a text: one pass over all patterns, then each that hit, then its check. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import re2

from roadworthy.operate.admission.guards.patterns import BY_NAME, CLASSES, EXPLICIT, NAMES, PatternClass

_RANK = {each.name: place for place, each in enumerate(CLASSES)}
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False


@dataclass(frozen=True, slots=True)
class Span:
    """Something that was found."""

    start: int
    end: int
    name: str


class Scanner:
    """Looks for some classes.

    Args:
        names: of the classes.
    """

    def __init__(self, names: Iterable[str]) -> None:
        wanted = frozenset(names)
        self.classes: tuple[PatternClass, ...] = tuple(each for each in CLASSES if each.name in wanted)
        self._each: list[Any] = [re2.compile(each.pattern, options=_OPTIONS) for each in self.classes]
        self._any: Any = None
        if self.classes:
            self._any = re2.Set.SearchSet(_OPTIONS)
            for each in self.classes:
                self._any.Add(each.pattern)
            self._any.Compile()

    def may_hit(self, texts: Sequence[str]) -> bool:
        """Whether anything may be in one of some texts: one look at all of them, since most calls have nothing.

        A line end between two texts is what their ends are to a pattern: the end of a word, and in the middle of none.
        """
        return self._any is not None and bool(self._any.Match("\n".join(texts)))

    def spans(self, text: str) -> Sequence[Span]:
        """What is in a text, in its order, none within another: the leftmost holds, and of two the longer one."""
        hits = () if self._any is None else self._any.Match(text)
        if not hits:
            return ()
        found: list[Span] = []
        for at in hits:
            one = self.classes[at]
            found += [
                Span(match.start(), match.end(), one.name)
                for match in self._each[at].finditer(text)
                if one.check is None or one.check(match.group())
            ]
        found.sort(key=lambda each: (each.start, -each.end, _RANK[each.name]))
        kept: list[Span] = []
        for each in found:
            if not kept or each.start >= kept[-1].end:
                kept.append(each)
        return kept


def actions_of(said: Iterable[tuple[str, str | None]]) -> Mapping[str, str]:
    """What becomes of each class: of two that speak of the same, the later holds; `pass` takes it away.

    Args:
        said: names of classes or of kinds, each with an action or None where it does not speak of this direction.

    Raises:
        KeyError: a name is none.
    """
    actions: dict[str, str] = {}
    for name, action in said:
        if name not in NAMES:
            raise KeyError(name)
        if action is None:
            continue
        members = [name] if name in BY_NAME else [each.name for each in CLASSES if each.kind == name]
        for each in members:
            if each in EXPLICIT and name not in BY_NAME:
                continue
            if action == "pass":
                actions.pop(each, None)
            else:
                actions[each] = "block" if action == "mask" and not BY_NAME[each].maskable else action
    return actions
