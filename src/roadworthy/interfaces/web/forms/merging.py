"""Two people wrote at once: what each changed, what can stand together, and where they clash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Merged:
    """A form after a three-way merge."""

    values: Mapping[str, str]
    """What the form goes on with: everything entered, plus what only the others changed."""
    taken: tuple[str, ...]
    """Fields that only the others changed; their values were taken over."""
    clashing: tuple[str, ...]
    """Fields that both changed, each to something else; what was entered here is kept in the form."""


def merge(before: Mapping[str, str], theirs: Mapping[str, str], mine: Mapping[str, str]) -> Merged:
    """Merge by field.

    Args:
        before: the fields as this person got them.
        theirs: the fields as they are kept now.
        mine: the fields as this person sent them.
    """
    values, taken, clashing = dict(mine), [], []
    for name in dict.fromkeys((*mine, *theirs)):
        was, kept, sent = (each.get(name, "") for each in (before, theirs, mine))
        if kept in (was, sent):
            continue
        if sent == was:
            values[name] = kept
            taken.append(name)
        else:
            clashing.append(name)
    return Merged(values, tuple(taken), tuple(clashing))
