"""What would be, or is, decided, and the rules that ask: shown alike before something is asked and afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.exactly import Said
from roadworthy.interfaces.web.views.parts import Badge, Field, Link, Say


@dataclass(frozen=True, slots=True)
class ClauseLine:
    """One clause of a rule that asks, and how far it is."""

    who: str
    state: Badge
    given: tuple[str, ...]
    could: tuple[str, ...]
    more: tuple[str, ...] = ()
    """Those who could beyond the first many: folded, with how many they are."""


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule that asks, and how far it is."""

    name: str
    href: str
    about: str
    use_case: str
    """Whose owners are meant, where the rule names any."""
    state: Badge
    quorum: str
    terms: tuple[str, ...]
    """Sentences: separation, how a decline counts, how fresh a sign-in must be, what else has to be so."""
    unmet: tuple[str, ...]
    clauses: tuple[ClauseLine, ...]


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of what exactly changes."""

    said: Said
    belongs: bool
    """Whether it belongs to the line before."""


@dataclass(frozen=True, slots=True)
class Foretold:
    """What would become of what a form asks for, shown before it is asked."""

    title: str
    say: Say
    shown: tuple[ShownLine, ...]
    rules: tuple[RuleLine, ...]
    approved_by: tuple[Link, ...]
    """Rules by which it, or parts of it, are approved beforehand."""
    why: Field | None
    """Where somebody says why, where the form has no such field of its own."""
    press: str
    """What the button that asks says; empty where asking would be refused."""
