"""The ranking in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

from roadworthy.decide.ranking.model import (
    Case,
    Fits,
    Flip,
    Moved,
    Part,
    Pick,
    Place,
    PolicyInForce,
    Ranked,
    WhyNot,
)
from roadworthy.decide.ranking.picking import days, money
from roadworthy.decide.ranking.rules import DAY
from roadworthy.interfaces.web.showing.tradeoff import chart_of
from roadworthy.interfaces.web.showing.words import spoken
from roadworthy.interfaces.web.views.parts import Badge, Empty, Field, Link, Say, Tone, plural
from roadworthy.interfaces.web.views.ranking import Change, MovedRow, PickCard, PlaceRow, RankingView, WhyNotGroup

MOST_ROWS = 50
MOST_LINKS = 12
_NUMBERS: Final = ("None", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")

WHY_NOT: Final[Mapping[WhyNot, tuple[str, str]]] = {
    WhyNot.STAGE: (
        "They are at a stage that is not ranked: in production, retired, only proposed, or nobody has said.",
        "Say the stage of those where it is unknown; the policy says which stages are ranked.",
    ),
    WhyNot.VALUE: (
        "Nobody has said what they are worth in a year.",
        "Set the outcome with its annual value: a range, its basis, and how sure it is.",
    ),
    WhyNot.WORTHLESS: ("Their annual value is nothing or less.", "Look whether the range was entered as it was meant."),
    WhyNot.RATE: (
        "Their value is in a currency for which no rate is declared.",
        "Declare the rate in the ranking policy; none is looked up elsewhere.",
    ),
    WhyNot.COMMITMENT: (
        "Nobody stands behind the number: the business duty is not accepted, and the outcome has no owner.",
        "Ask whoever is named as business owner to accept, or name somebody who answers for the number.",
    ),
    WhyNot.EFFORT: (
        "Something is open, and the rubric does not say how much work it is.",
        "Give the criteria of the rubric an effort.",
    ),
}
_FITS: Final[Mapping[Fits, Badge]] = {
    Fits.YES: Badge(Tone.GO, "fits"),
    Fits.PERHAPS: Badge(Tone.MIND, "may fit"),
    Fits.NO: Badge(Tone.STOP, "does not fit"),
}
PICKED: Final = Badge(Tone.GO, "picked")
ON_FRONT: Final = Badge(Tone.ASIDE, "on the front")


def ranking_view(
    ranked: Ranked, titles: Mapping[str, str], form: Sequence[Field], supposed: str, fault: Say | None = None
) -> RankingView:
    """The page."""
    wanted = ranked.policy.policy.pick
    return RankingView(
        finding=_finding(ranked, wanted, supposed=bool(supposed)),
        basis=_basis(ranked),
        note=fault or _note(ranked, wanted),
        picks=tuple(_pick(pick, ranked) for pick in ranked.picks),
        chart=chart_of(ranked),
        places=tuple(_row(place, ranked) for place in ranked.places[:MOST_ROWS]),
        shown=_shown(ranked),
        moved=tuple(_moved(each, titles) for each in ranked.moved),
        supposed=supposed,
        changes=tuple(_change(flip, titles) for flip in ranked.flips if flip.moves == "in"),
        not_rankable=_groups(ranked),
        form=tuple(form) if ranked.total else (),
        assumptions=_assumptions(ranked.policy),
        command="roadworthy rank --policy > policy.yaml",
        empty=_nothing_yet() if not ranked.total else None,
    )


def case_link(name: str, title: str) -> Link:
    """The page of a use case."""
    return Link(title, f"/use-cases/{name}")


def _finding(ranked: Ranked, wanted: int, *, supposed: bool) -> str:
    if not ranked.total:
        return "There is nothing to rank yet"
    if not ranked.picks:
        return f"None of {plural(ranked.total, 'use case')} can be ranked"
    titles = [pick.place.estimate.case.title for pick in ranked.picks]
    listed = titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"
    if supposed:
        return f"Supposing so, push {listed} next"
    few = len(ranked.picks) < wanted
    count = _NUMBERS[len(ranked.picks)] if len(ranked.picks) < len(_NUMBERS) else str(len(ranked.picks))
    return f"{'Only ' + count.lower() if few else count} to push next: {listed}"


def _basis(ranked: Ranked) -> str:
    policy = ranked.policy
    which = (
        "the ranking policy that ships" if policy.is_shipped else f"your ranking policy, generation {policy.generation}"
    )
    return (
        f"{len(ranked.places):,} of {plural(ranked.total, 'use case')} can be ranked. What counts of the annual value "
        f"is held against the work that is open, by {which}."
    )


def _note(ranked: Ranked, wanted: int) -> Say | None:
    if not ranked.total or len(ranked.picks) >= wanted:
        return None
    missing = wanted - len(ranked.picks)
    return Say(
        Tone.UNKNOWN,
        f"There is room for {missing} more, and nothing else can be ranked.",
        "A use case is ranked once somebody has said what it is worth and somebody stands behind the number. "
        "What is missing where stands below.",
    )


def _pick(pick: Pick, ranked: Ranked) -> PickCard:
    case = pick.place.estimate.case
    out = tuple(flip.words for flip in ranked.flips if flip.name == case.name and flip.moves == "out")
    firm = pick.sensitivity
    return PickCard(
        case=case_link(case.name, case.title),
        name=case.name,
        reasons=pick.reasons,
        firm=f"Stays among the picks in {firm.stays:,} of {firm.of:,} scenarios.",
        out=out,
    )


def _row(place: Place, ranked: Ranked) -> PlaceRow:
    each = place.estimate
    case, point = each.case, each.point
    picked = place.rank <= len(ranked.picks)
    currency = ranked.currency
    daily = (
        money(point.value.doubled * DAY // point.effort.doubled, currency)
        if point.effort.doubled
        else "nothing is open"
    )
    counts = {near.name: near for near in (*(pick.sensitivity for pick in ranked.picks), *ranked.near)}
    firm = counts.get(case.name)
    can = case.blockers - case.unowned
    dominated = f"behind {place.dominated_by}" + (", surely" if place.surely else "")
    return PlaceRow(
        rank=str(place.rank),
        case=case_link(case.name, case.title),
        name=case.name,
        state=PICKED if picked else ON_FRONT if place.on_front else Badge(Tone.ASIDE, dominated),
        value=f"{money(point.value.low, currency)} to {money(point.value.high, currency)}",
        effort=days(point.effort),
        each_day=daily,
        commitment=f"{len(case.parts)} of {len(Part)} parts, {each.commitment}% count",
        who=f"{can} of {case.blockers} can start" if case.blockers else "nothing is open",
        fits=_FITS[place.fits],
        firm=f"{firm.stays:,} of {firm.of:,}" if firm else f"0 of {ranked.scenarios:,}",
        picked=picked,
    )


def _shown(ranked: Ranked) -> str:
    if len(ranked.places) <= MOST_ROWS:
        return f"{plural(len(ranked.places), 'use case')}, the best first."
    return f"The first {MOST_ROWS} of {len(ranked.places):,}; `roadworthy rank --most 1000` lists more."


def _moved(each: Moved, titles: Mapping[str, str]) -> MovedRow:
    if each.was_picked and not each.is_picked:
        became = Badge(Tone.STOP, "goes out")
    elif each.is_picked and not each.was_picked:
        became = Badge(Tone.GO, "comes in")
    else:
        became = Badge(Tone.ASIDE, "stays in" if each.is_picked else "stays out")
    return MovedRow(
        case_link(each.name, titles.get(each.name, each.name)), _ranked(each.before), _ranked(each.after), became
    )


def _ranked(rank: int | None) -> str:
    return "not rankable" if rank is None else f"rank {rank:,}"


def _change(flip: Flip, titles: Mapping[str, str]) -> Change:
    return Change(
        case=case_link(flip.name, titles.get(flip.name, flip.name)),
        moves=Badge(Tone.GO, "moves it in"),
        words=flip.words,
        who=flip.person or "nobody is named",
        suppose=supposing(flip),
    )


def supposing(flip: Flip) -> str:
    """The address that shows the ranking with a flip's fact changed; empty where the form cannot say it."""
    asked: dict[str, str] = {"case": flip.name}
    what, _, which = flip.fact.partition(":")
    if what == "criterion":
        asked["meets"] = which
    elif what == "business-accepted":
        asked["accepted"] = "business"
    elif what in {"outcome-owner", "target", "date"}:
        asked[what] = "yes"
    elif what.startswith("confidence-"):
        asked["confidence"] = what.removeprefix("confidence-")
    elif what.startswith("named-"):
        asked["named"] = what.removeprefix("named-")
    else:
        return ""
    return f"/ranking?{urlencode(asked)}"


def _groups(ranked: Ranked) -> tuple[WhyNotGroup, ...]:
    by_reason: defaultdict[WhyNot, list[Case]] = defaultdict(list)
    for each in ranked.not_rankable:
        for reason in each.reasons:
            by_reason[reason].append(each.case)
    groups = []
    for reason in WhyNot:
        cases = by_reason[reason]
        if not cases:
            continue
        why, do = WHY_NOT[reason]
        links = tuple(
            Link(
                f"{case.title} ({spoken(case.stage)})" if reason is WhyNot.STAGE else case.title,
                f"/use-cases/{case.name}",
            )
            for case in cases[:MOST_LINKS]
        )
        more = f"and {len(cases) - MOST_LINKS:,} more" if len(cases) > MOST_LINKS else ""
        groups.append(WhyNotGroup(plural(len(cases), "use case"), why, do, links, more))
    return tuple(groups)


def _assumptions(in_force: PolicyInForce) -> tuple[tuple[str, str], ...]:
    policy = in_force.policy
    shares, parts = policy.confidence, policy.commitment
    rates = ", ".join(f"1 {rate.currency} = {rate.rate} {policy.currency}" for rate in policy.rates)
    factor = f"{policy.underestimate.low} to {policy.underestimate.high}"
    confident = (
        f"Of a value, {shares.low.low} to {shares.low.high}% count where confidence in it is low, "
        f"{shares.medium.low} to {shares.medium.high}% where it is medium, "
        f"{shares.high.low} to {shares.high.high}% where it is high."
    )
    committed = (
        f"Of that, {parts.accepted}% for the accepted business duty, {parts.outcome_owner}% for an owner of the "
        f"number, {parts.target}% for its target, {parts.date}% for its date."
    )
    return (
        ("Underestimate", f"Open work, integration included, takes {factor} times as long as the rubric estimates."),
        ("Owner first", f"Work for which nobody is named counts for {policy.ownerless}% more."),
        ("Confidence", confident),
        ("Commitment", committed),
        ("Stages", f"Ranked are {', '.join(stage.value for stage in policy.stages)}."),
        ("Near term", f"{policy.horizon} working days of {policy.people} people."),
        ("Dominance", "Held against each other in the middle of the ranges; “surely” where no place in them matters."),
        ("Currencies", rates or "No rate is declared; values in one currency are compared."),
    )


def _nothing_yet() -> Empty:
    return Empty(
        "No use case yet",
        "Import the sheet your organisation already has, or register a use case; say what it is worth and who stands "
        "behind the number, and it is ranked here.",
        "roadworthy import inventory.xlsx",
        Link("Import a sheet", "/import"),
    )
