"""What a stop switch stops: everything, a use case, an agent, or an action."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from roadworthy.decide.certificate.model import ALL
from roadworthy.foundation.errors import InvalidInput, Place, did_you_mean

SELF_TEST: Final = "action:roadworthy.self-test"
"""Stopped and let go again to prove that stopping works. No action can be called so."""
LONGEST: Final = 127
"""The longest name, and the longest word before it."""


class ScopeKind(StrEnum):
    """What a stop switch is about."""

    ALL = "all"
    USE_CASE = "use-case"
    AGENT = "agent"
    """A declared workload, with every gateway key that is made for it."""
    ACTION = "action"


NARROW: Final = (ScopeKind.AGENT, ScopeKind.ACTION)


@dataclass(frozen=True, slots=True)
class Scope:
    """What is stopped."""

    kind: ScopeKind
    name: str = ""
    """Empty for everything."""

    @property
    def text(self) -> str:
        """As people write it: `all`, `USE-CASE`, `agent:NAME`, `action:NAME`."""
        if self.kind is ScopeKind.ALL:
            return ALL
        return self.name if self.kind is ScopeKind.USE_CASE else f"{self.kind}:{self.name}"

    @property
    def is_narrow(self) -> bool:
        """Whether it is about an agent or an action, so that certificates permit what they did."""
        return self.kind in NARROW


def scope_of(text: str) -> Scope:
    """What a text is about.

    Raises:
        InvalidInput: there is no such kind of scope.
    """
    if text == ALL:
        return Scope(ScopeKind.ALL)
    kind, colon, name = text.partition(":")
    if not colon:
        return Scope(ScopeKind.USE_CASE, text)
    if kind in NARROW and name and len(text) <= LONGEST:
        return Scope(ScopeKind(kind), name)
    raise InvalidInput(
        "stop-scope-unfit",
        f"`{text[:80]}` is nothing that a stop switch could stop",
        place=Place(field="scope"),
        remedy="write `all`, the name of a use case, `agent:NAME` or `action:NAME`"
        if kind in NARROW
        else did_you_mean(kind, [each.value for each in NARROW]),
    )


def is_narrow(text: str) -> bool:
    """Whether a scope that is stored is about an agent or an action; the name of a use case has no colon."""
    return ":" in text
