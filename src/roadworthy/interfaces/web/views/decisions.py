"""The inbox and the page of one request, already in words. What people wrote is left as it is; templates reveal it."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.exactly import Exactly, Said
from roadworthy.interfaces.web.views.form import FaultLink
from roadworthy.interfaces.web.views.parts import Badge, Empty, Field, Figure, Link, Moment, Option, Pager, Say
from roadworthy.interfaces.web.views.rules import RuleLine, ShownLine


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request in a list."""

    title: str
    href: str
    classes: str
    use_case: Link | None
    asker: str
    state: Badge
    since: Moment
    until: Moment | None
    """Its deadline while it waits; when an approval has to be used by, once there is one; None once it ended."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class InboxView:
    """What waits for whoever is signed in."""

    finding: str
    lede: str
    waiting: tuple[RequestLine, ...]
    mine: tuple[RequestLine, ...]
    """What they asked for themself and is not over."""
    empty: Empty | None
    sayings: tuple[Say, ...] = ()
    more: Link | None = None
    keys: bool = True


@dataclass(frozen=True, slots=True)
class ListView:
    """Requests of every state."""

    finding: str
    lines: tuple[RequestLine, ...]
    states: tuple[Option, ...]
    use_case: str
    empty: Empty | None
    pager: Pager | None = None
    more: Link | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """A number that the decision rests on, with where it comes from."""

    label: str
    value: str
    source: Link | None = None
    state: Badge | None = None
    when: str = ""


@dataclass(frozen=True, slots=True)
class ActLine:
    """One thing that will be done."""

    what: str
    resource: str
    link: Link | None
    facts: tuple[Number, ...]
    """Worked out here, from the record."""
    claimed: tuple[Number, ...]
    """Said by whoever asks, and by nobody else."""
    digest: str


@dataclass(frozen=True, slots=True)
class Signature:
    """What somebody said, in the order in which it was said."""

    who: str
    at: Moment
    what: Badge
    words: Said
    proof: str
    """How they had signed in, and how long they had it open."""
    entry: Link | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class VoteForm:
    """What whoever is signed in can do here."""

    why: Say
    """Why they may, or may not, and who could."""
    can_vote: bool
    step_up: Link | None
    """Where they sign in anew; None while their sign-in is fresh enough."""
    step_up_apart: bool
    """Whether that opens beside this page, because something is typed into it."""
    action: str
    reason: Field
    delegate: tuple[Field, ...]
    delegate_note: str
    """Empty where a say cannot be given away here."""
    answer: Field | None
    """Where a question waits for their answer."""
    withdraw: bool
    open_part: str = ""
    """Which folded form stands open, because it came back with a fault."""


@dataclass(frozen=True, slots=True)
class Became:
    """What became of an action that is decided about."""

    say: Say
    moves: bool
    """Whether more comes of it by itself, so that the page looks again."""


@dataclass(frozen=True, slots=True)
class DecisionView:
    """The whole page of a request."""

    id: str
    title: str
    state: Badge
    lede: str
    crumbs: tuple[Link, ...]
    until: Moment | None
    until_words: str
    shown: tuple[ShownLine, ...]
    """What changes, in the words of what carries it out; made from the bound values."""
    exactly: Exactly
    digest: str
    asks: str
    reason: Said
    acts: tuple[ActLine, ...]
    numbers: tuple[Number, ...]
    numbers_note: str
    numbers_when: str
    """Of when the numbers are: now, whatever they were when it was decided."""
    radius: Say | None
    """How far it reaches, where a yes is dangerous."""
    rules: tuple[RuleLine, ...]
    approved_by: tuple[Link, ...]
    """Rules by which parts of it were approved beforehand."""
    signatures: tuple[Signature, ...]
    now: Badge
    """What it waits for, at the end of the list."""
    waits_for: str
    sayings: tuple[Say, ...]
    form: VoteForm
    faults: tuple[FaultLink, ...] = ()
    command: str = ""
    calls: Link | None = None
    """Those that were held for it."""
    became: Became | None = None
    """Of the action of an agent, where it is about one."""


@dataclass(frozen=True, slots=True)
class RightLine:
    """A rule that is in force."""

    name: str
    does: Badge
    decides: str
    when: tuple[str, ...]
    clauses: tuple[tuple[str, str, Badge], ...]
    """Who, the people who fill it today, and whether anybody does."""
    terms: tuple[str, ...]
    about: str


@dataclass(frozen=True, slots=True)
class LoadLine:
    """How much one approver has to do, and how they do it."""

    who: str
    waiting: int
    voted: int
    dwell: str
    rate: str
    note: Badge | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What `explain` says."""

    say: Say
    rules: tuple[tuple[str, Badge, tuple[str, ...]], ...]
    could: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RightsView:
    """Who may decide what."""

    finding: str
    source: tuple[Figure, ...]
    rules: tuple[RightLine, ...]
    gaps: tuple[tuple[Badge, str, str], ...]
    """How bad, what is missing, and what to do."""
    uncovered: str
    ask: tuple[Field, ...]
    answer: Answer | None
    load: tuple[LoadLine, ...]
    load_note: str
    empty: Empty | None
    sayings: tuple[Say, ...] = ()
    faults: tuple[FaultLink, ...] = ()


@dataclass(frozen=True, slots=True)
class GenesisView:
    """How the first rights come into force."""

    finding: str
    lede: str
    request: Link | None
    steps: tuple[tuple[str, Badge, str], ...]
    command: str
    sayings: tuple[Say, ...] = ()
