"""From proposals and vendors to what their pages say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from roadworthy.interfaces.web.views.discovery import (
    DiscoveryView,
    MatchLine,
    ProposalLine,
    ProposalView,
    SightingLine,
    UploadLine,
    VendorRow,
)
from roadworthy.interfaces.web.views.parts import (
    Badge,
    Empty,
    Field,
    Figure,
    Link,
    Moment,
    Pager,
    Say,
    Tone,
    plural,
    shortened,
)
from roadworthy.inventory.discovery.model import Proposal, ProposalState, Scheme, Sighting, Upload, Usage, VendorLine

PAGE: Final = 50
_SIGHTINGS = 100
_SPELLINGS = 12
_A_LINE = 80

STATES: Final[Mapping[ProposalState, Badge]] = {
    ProposalState.OPEN: Badge(Tone.UNKNOWN, "open"),
    ProposalState.ACCEPTED: Badge(Tone.GO, "accepted"),
    ProposalState.LINKED: Badge(Tone.GO, "linked"),
    ProposalState.DISMISSED: Badge(Tone.ASIDE, "dismissed"),
}
_SCHEMES: Final[Mapping[Scheme, str]] = {
    Scheme.APP: "named by its app",
    Scheme.KEY: "named by its access key",
    Scheme.TEAM: "named by its team",
    Scheme.MODEL: "a registered model",
    Scheme.VENDOR: "only the vendor is known",
}


@dataclass(frozen=True, slots=True)
class Overview:
    """What the page shows beside the list."""

    counts: Mapping[ProposalState, int]
    vendors: Sequence[VendorLine]
    uploads: Sequence[Upload]
    most: int
    """Megabytes of an upload."""


def discovery_view(
    proposals: Sequence[Proposal],
    overview: Overview,
    *,
    state: ProposalState,
    first: int,
    now: datetime,
    fault: Say | None,
) -> DiscoveryView:
    """The page with the list."""
    counts, vendors, uploads = overview.counts, overview.vendors, overview.uploads
    waiting = counts.get(ProposalState.OPEN, 0)
    undeclared = sum(1 for line in vendors if line.used and not line.use_cases)
    total = counts.get(state, 0)
    return DiscoveryView(
        finding=_finding(waiting, bool(uploads)),
        basis="Logs, exports and registries against the register. Nothing is registered before somebody says yes.",
        figures=(
            Figure(f"{waiting:,}", "undecided"),
            Figure(f"{undeclared:,}", "vendors seen and declared by nobody"),
            Figure(f"{len(vendors):,}", "vendors in all"),
        )
        if uploads
        else (),
        states=tuple(
            Link(f"{badge.word} ({counts.get(each, 0):,})", "" if each is state else f"/discovery?state={each}")
            for each, badge in STATES.items()
        ),
        rows=tuple(_line(each, now) for each in proposals),
        vendors=tuple(_vendor(line) for line in vendors),
        uploads=tuple(_upload(each, now) for each in uploads),
        most=f"{overview.most} megabytes",
        fault=fault,
        empty=None if uploads else _EMPTY,
        pager=_pager(state, first, len(proposals), total),
    )


_EMPTY = Empty(
    "Nothing was looked at yet",
    "Bring in what a gateway, a provider or a proxy exports; from the command line, large logs and registries too.",
    "roadworthy discover usage spend.csv",
)


def _finding(waiting: int, looked: bool) -> str:  # noqa: FBT001 - read once, in the line above
    if not looked:
        return "What is used and not registered?"
    if waiting == 0:
        return "Everything that was seen is decided"
    return f"{plural(waiting, 'use')} of AI {'waits' if waiting == 1 else 'wait'} for a decision"


def _pager(state: ProposalState, first: int, shown: int, total: int) -> Pager | None:
    if total <= PAGE:
        return None
    before = f"/discovery?state={state}&from={max(1, first - PAGE)}" if first > 1 else None
    after = f"/discovery?state={state}&from={first + PAGE}" if first - 1 + shown < total else None
    return Pager(first, first - 1 + shown, total, before, after)


def _line(proposal: Proposal, now: datetime) -> ProposalLine:
    best = proposal.matches[0] if proposal.matches else None
    decided = proposal.decision
    may_be, why = None, ""
    if decided is not None:
        may_be = Link(decided.use_case, f"/use-cases/{decided.use_case}") if decided.use_case else None
        why = shortened(decided.reason or "", _A_LINE)
    elif best is not None:
        may_be = Link(best.title, f"/use-cases/{best.use_case}")
        why = "; ".join(best.reasons[:2])
    last = proposal.usage.last_seen
    return ProposalLine(
        href=f"/discovery/{proposal.id}",
        title=proposal.title,
        scheme=_SCHEMES[proposal.scheme],
        state=STATES[proposal.state],
        vendors=", ".join(proposal.vendors) or "not known",
        models=shortened(", ".join(proposal.models), _A_LINE),
        calls=f"{proposal.usage.calls:,}",
        people=_people(proposal.usage),
        last=None if last is None else Moment.of(last, now),
        may_be=may_be,
        why=why,
    )


def _people(usage: Usage) -> str:
    return f"{usage.people:,}{' or more' if usage.more_people else ''}"


def _vendor(line: VendorLine) -> VendorRow:
    if line.used and line.use_cases:
        standing = Badge(Tone.GO, line.standing)
    else:
        standing = Badge(Tone.MIND, line.standing) if line.used else Badge(Tone.ASIDE, line.standing)
    return VendorRow(
        title=line.title if line.known else f"{line.title} (in no list of vendors)",
        standing=standing,
        spellings=tuple(line.used.items())[:_SPELLINGS],
        declared=tuple(line.declared.items())[:_SPELLINGS],
        calls=f"{line.usage.calls:,}",
        proposals=line.proposals,
        approved="not asked" if line.approved is None else "yes" if line.approved else "no",
    )


def _upload(upload: Upload, now: datetime) -> UploadLine:
    counts = f"{upload.form}, {upload.counted:,} of {plural(upload.rows, 'row')} counted"
    return UploadLine(Moment.of(upload.at, now), upload.source, "; ".join((counts, *upload.notes)))


def proposal_view(
    proposal: Proposal, names: Sequence[str], who: str, values: Mapping[str, str], *, fault: Say | None = None
) -> ProposalView:
    """The page of one proposal.

    Args:
        proposal: with its matches.
        names: of registered use cases, to suggest.
        who: decided, where somebody did.
        values: what was entered, so that nothing is lost.
        fault: why it was not taken.
    """
    usage = proposal.usage
    best = proposal.matches[0].use_case if proposal.matches else ""
    return ProposalView(
        id=proposal.id,
        title=proposal.title,
        basis=f"{_SCHEMES[proposal.scheme].capitalize()}; seen in {plural(proposal.uploads, 'upload')}.",
        state=STATES[proposal.state],
        figures=(
            Figure(f"{usage.calls:,}", "calls"),
            Figure(f"{usage.input_tokens + usage.output_tokens:,}", "tokens"),
            *(Figure(f"{amount.normalize():,f}", f"spent {unit}".strip()) for unit, amount in usage.cost.items()),
            Figure(_people(usage), "people"),
        ),
        sightings=tuple(_sighting(seen) for seen in proposal.sightings[:_SIGHTINGS]),
        more=_more(len(proposal.sightings)),
        matches=tuple(
            MatchLine(each.use_case, each.title, f"/use-cases/{each.use_case}", each.score, each.reasons)
            for each in proposal.matches
        ),
        decided=_decided(proposal, who),
        accept=(
            Field("title", "What it is called", value=values.get("title", proposal.title), required=True, wide=True),
            Field("name", "Name", value=values.get("name", ""), hint="Made of the title where it is empty."),
        ),
        link=(
            Field(
                "useCase", "Use case", value=values.get("useCase", best), suggestions=tuple(names), required=True,
                hint="Its name in the register.",
            ),
            Field("components", "Declare what was seen as its components", "check", values.get("components", "")),
        ),
        dismiss=_reason("Why it is no use case", values),
        reopen=_reason("Why the decision is taken back", values),
        said=Say(
            Tone.MIND, "Calls may be counted twice.", "Uploads that speak of overlapping times were added up."
        ) if proposal.overlapping else None,
        fault=fault,
    )  # fmt: skip


def _reason(label: str, values: Mapping[str, str]) -> tuple[Field, ...]:
    return (Field("reason", label, "area", values.get("reason", ""), required=True, wide=True),)


def _more(count: int) -> str:
    return f"{count - _SIGHTINGS:,} more are counted and not listed." if count > _SIGHTINGS else ""


def _sighting(seen: Sighting) -> SightingLine:
    model = seen.model or "not named"
    if seen.release is not None:
        aliases = f" ({', '.join(seen.release.aliases)})" if seen.release.aliases else ""
        model = f"{model}, version {seen.release.version}{aliases}"
    caller = ", ".join(filter(None, (seen.app, seen.team, seen.key))) or "not named"
    tokens = seen.usage.input_tokens + seen.usage.output_tokens
    first, last = seen.usage.first_seen, seen.usage.last_seen
    return SightingLine(
        seen.vendor or "not known",
        model,
        seen.host or "not named",
        caller,
        f"{seen.usage.calls:,}",
        f"{tokens:,}",
        first.date().isoformat() if first else "not known",
        last.date().isoformat() if last else "not known",
    )


def _decided(proposal: Proposal, who: str) -> Say | None:
    decision = proposal.decision
    if decision is None:
        return None
    links = (Link(decision.use_case, f"/use-cases/{decision.use_case}"),) if decision.use_case else ()
    title = f"{STATES[decision.state].word.capitalize()} by {who} on {decision.at:%Y-%m-%d}."
    return Say(STATES[decision.state].tone, title, decision.reason or "", links=links)
