"""A form as its page shows it; every form of the pages is one of these."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.parts import Field, Link, Say
from roadworthy.interfaces.web.views.rules import Foretold


@dataclass(frozen=True, slots=True)
class Part:
    """Fields that stand together; `legend` names the item where a section lists several."""

    fields: tuple[Field, ...]
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A titled stretch of a form."""

    title: str
    parts: tuple[Part, ...]
    note: str = ""
    add: str = ""
    """Name of the list that `Add another` adds to."""
    noun: str = ""
    press: tuple[str, str] | None = None
    """A button that asks for the form anew: its value and its words."""


@dataclass(frozen=True, slots=True)
class FaultLink:
    """A fault with the field it belongs to; `field` is empty where no field of the form is at fault."""

    field: str
    label: str
    text: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that two people changed at once."""

    field: str
    label: str
    before: str
    theirs: str
    mine: str


@dataclass(frozen=True, slots=True)
class FormView:
    """The whole page."""

    title: str
    lede: str
    back: Link
    action: str
    submit: str
    sections: tuple[Section, ...]
    hidden: tuple[tuple[str, str], ...] = ()
    faults: tuple[FaultLink, ...] = ()
    clashes: tuple[Clash, ...] = ()
    taken: tuple[Clash, ...] = ()
    changed: bool = False
    """Whether somebody else changed it while the form was being filled in."""
    sayings: tuple[Say, ...] = ()
    with_files: bool = False
    foretold: Foretold | None = None
    """What would become of it, where it asks for a decision and was looked at first."""
    not_yet: str = "Not kept yet."
    still: str = "Everything you entered is still here."
    """What is said of what was entered, beside what is wrong with it."""
