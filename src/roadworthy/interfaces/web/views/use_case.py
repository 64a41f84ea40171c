"""One use case as its page shows it: what is true, who decided, what next, and everything behind that."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.interfaces.web.views.agents import AgentRunLine
from roadworthy.interfaces.web.views.decisions import RequestLine
from roadworthy.interfaces.web.views.diagnosis import DiagnosisSection
from roadworthy.interfaces.web.views.parts import Badge, Link, Moment, Say
from roadworthy.interfaces.web.views.reviews import CaseReviews
from roadworthy.interfaces.web.views.tickets import TicketRef


@dataclass(frozen=True, slots=True)
class Owner:
    """One of the four seats."""

    duty: str
    name: str
    """The person named, or empty while the seat is unassigned."""
    state: Badge
    since: Moment | None = None
    may_accept: bool = False
    """Whether whoever is signed in may accept this seat, for themself only."""
    may_release: bool = False


@dataclass(frozen=True, slots=True)
class Blocker:
    """Something that keeps a dimension from green."""

    what: str
    dimension: str
    criterion: str
    level: str
    owner: str
    owned: bool
    effort: str
    state: Badge
    act: Link | None = None
    ticket: TicketRef | None = None
    id: str = ""
    """Of the criterion."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One piece of evidence behind a fact."""

    answer: str
    method: str
    source: str
    """Where it comes from: a cell of an import, a person, a collector."""
    observed: Moment | None
    expires: Moment | None
    stale: bool
    note: str = ""
    link: str = ""
    withdraw: str = ""
    """Where it is taken back; empty for what an import reported."""
    more: str = ""
    """Its own page; empty for what an import reported."""


@dataclass(frozen=True, slots=True)
class FactLine:
    """A fact that a criterion asks for, and its evidence."""

    name: str
    question: str
    state: Badge
    proofs: tuple[Proof, ...]
    attest: Link | None = None


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """One criterion with its state and facts."""

    title: str
    level: str
    state: Badge
    why: str
    facts: tuple[FactLine, ...]


@dataclass(frozen=True, slots=True)
class DimensionCard:
    """One of the four dimensions."""

    key: str
    name: str
    state: Badge
    known: str
    criteria: tuple[CriterionLine, ...]
    open: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """A named value; an empty value is shown as not known."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Record:
    """A component, a data source or an integration."""

    title: str
    kind: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class SourceCell:
    """A cell of an imported sheet, exactly as it was."""

    header: str
    text: str
    placed: str
    """What became of it: the field or fact it filled, `kept`, or why it could not be placed."""


@dataclass(frozen=True, slots=True)
class Source:
    """The row of a sheet that this use case came from."""

    file: str
    where: str
    imported: Moment
    cells: tuple[SourceCell, ...]
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that changed."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One entry of the history."""

    at: Moment
    what: str
    who: str
    via: str
    changes: tuple[FieldChange, ...]
    entry: Link | None = None


@dataclass(frozen=True, slots=True)
class Decisions:
    """What is asked and was decided about it, and what can be asked."""

    finding: str
    open: tuple[RequestLine, ...]
    over: tuple[RequestLine, ...]
    ask: tuple[Link, ...]
    """Forms in which something is asked for, the likeliest first; empty where whoever looks may not ask."""
    say: Say | None
    """Why nothing can be asked here."""
    all: Link | None
    waive: bool = False
    """Whether a criterion can be asked to be waived from where it is shown."""


@dataclass(frozen=True, slots=True)
class AgentsSection:
    """What its agents may do, and what they did lately."""

    finding: str
    actions: tuple[Pair, ...]
    """What may be done, with its bounds in words."""
    runs: tuple[AgentRunLine, ...]
    links: tuple[Link, ...]
    stop: Link | None


@dataclass(frozen=True, slots=True)
class UseCaseView:
    """The whole page."""

    name: str
    title: str
    finding: Badge
    verdict: str
    """One sentence: what is true now."""
    assessed: str
    kind: str
    purpose: str
    tier: str
    tier_reasons: str
    dimensions: tuple[DimensionCard, ...]
    owners: tuple[Owner, ...]
    owners_note: str
    decisions: Decisions
    reviews: CaseReviews
    agents: AgentsSection | None
    """None where nothing is declared that its agents may do."""
    may_edit: bool
    """Whether whoever looks may change the record; what they may not is not offered."""
    may_attest: bool
    next: tuple[Blocker, ...]
    blockers: tuple[Blocker, ...]
    diagnosis: DiagnosisSection
    mismatches: tuple[Say, ...]
    about: tuple[Pair, ...]
    outcome: tuple[Pair, ...]
    outcome_note: str
    components: tuple[Record, ...]
    data: tuple[Record, ...]
    integrations: tuple[Record, ...]
    sources: tuple[Source, ...]
    history: tuple[HistoryLine, ...]
    older: str
    generation: int
