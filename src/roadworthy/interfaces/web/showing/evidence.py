"""A list of evidence in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from roadworthy.evidence.listing import Asked, Line, Listed
from roadworthy.evidence.model import Doubt, Method, State
from roadworthy.foundation.identity.model import Person
from roadworthy.interfaces.web.showing.timeline import DAYS, STEPS, timeline_of
from roadworthy.interfaces.web.showing.words import spoken
from roadworthy.interfaces.web.views.evidence import EvidenceLine, EvidenceView, OpenQuestion
from roadworthy.interfaces.web.views.parts import Badge, Empty, Field, Figure, Link, Moment, Option, Pager, Tone, plural
from roadworthy.inventory.facts import FACTS

STATES: Mapping[State, Badge] = {
    State.LIVE: Badge(Tone.GO, "live"),
    State.CONTESTED: Badge(Tone.MIND, "contested"),
    State.EXPIRED: Badge(Tone.STALE, "expired"),
    State.SUPERSEDED: Badge(Tone.ASIDE, "superseded"),
    State.WITHDRAWN: Badge(Tone.ASIDE, "withdrawn"),
}
DOUBTS: Mapping[Doubt, str] = {
    Doubt.CONTESTED: "disputed, so it counts in part",
    Doubt.SAMPLE_TOO_SMALL: "too few observations, so it counts in part",
}
PAGE = 100
PAGE_PATH = "/evidence"
_METHODS = (Method.MEASURED, Method.DOCUMENTED, Method.ATTESTED, Method.REPORTED)


@dataclass(frozen=True, slots=True)
class Found:
    """What a list is made of, read by whoever serves it."""

    asked: Asked
    listed: Listed
    counts: Mapping[State, int]
    ends: Mapping[int, int]
    people: Mapping[str, Person]
    titles: Mapping[str, str]
    """Use case to its title."""
    kinds: Sequence[tuple[str, str]]
    """Kind to its title."""
    questions: tuple[OpenQuestion, ...] = ()


def evidence_view(found: Found, now: dt.datetime, *, about: str | None = None) -> EvidenceView:
    """The list of the portfolio, or with `about` of one use case."""
    path = f"/use-cases/{about}/evidence" if about else PAGE_PATH
    total = sum(found.counts.values())
    title = found.titles.get(about, about) if about else ""
    return EvidenceView(
        title=_finding(found, title, total),
        basis=_basis(found.counts, total),
        crumb=Link(title, f"/use-cases/{about}") if about else None,
        add=Link("Add evidence", f"/use-cases/{about}/evidence/new") if about else None,
        figures=_figures(found.counts, path) if total else (),
        timeline=timeline_of(found.ends, lambda days: f"{path}?{urlencode({'within': days})}#items") if total else None,
        filters=_filters(found, about),
        action=path,
        hidden=(("within", str(found.asked.expires_within)),) if found.asked.expires_within is not None else (),
        filtered=_filtered(found.asked, about),
        shown=_shown(found),
        lines=tuple(line_of(line, found.people, found.titles, now) for line in found.listed.lines),
        one=about is not None,
        pager=_pager(found, path),
        questions=found.questions,
        empty=_empty(found, total, about),
    )


def line_of(line: Line, people: Mapping[str, Person], titles: Mapping[str, str], now: dt.datetime) -> EvidenceLine:
    """One item of a list."""
    who = people[line.recorded_by].shown if line.recorded_by in people else f"the program {line.recorded_by}"
    return EvidenceLine(
        question=question_of(line.fact),
        fact=line.fact,
        href=f"/evidence/{line.id}",
        use_case=Link(titles.get(line.use_case, line.use_case), f"/use-cases/{line.use_case}/evidence"),
        answer=spoken(line.answer),
        method=line.method.value,
        kind=spoken(line.kind),
        state=STATES[line.state],
        doubt=DOUBTS[line.doubt] if line.doubt and line.state in {State.LIVE, State.CONTESTED} else "",
        ends=Moment.of(line.expires_at, now),
        ended=line.expires_at <= now,
        observed=f"{line.observed_to.day} {line.observed_to:%B %Y}",
        who=f"collector {line.collector}" if line.collector else who,
    )


def question_of(fact: str) -> str:
    """The question behind a fact's name; the name where it is not known any more."""
    return FACTS[fact].question if fact in FACTS else fact


def _finding(found: Found, title: str, total: int) -> str:
    about = f" about {title}" if title else ""
    if total == 0:
        return f"Nobody has handed in evidence{about} yet"
    soon = sum(count for day, count in found.ends.items() if day < STEPS[1][0])
    if soon:
        verb = "runs" if soon == 1 else "run"
        return f"{plural(soon, 'piece')} of evidence{about} {verb} out within 30 days"
    later = sum(found.ends.values())
    if later:
        return f"Nothing{about} runs out within 30 days, {later:,} within {DAYS}"
    return f"Nothing{about} runs out within {DAYS} days"


def _basis(counts: Mapping[State, int], total: int) -> str:
    if total == 0:
        return "Evidence has a method, a date and an end. What has run out stops counting at that moment."
    doubtful = counts[State.CONTESTED]
    contested = f", {doubtful:,} contested" if doubtful else ""
    return f"{plural(total, 'item')}: {counts[State.LIVE]:,} live{contested}, {counts[State.EXPIRED]:,} expired."


def _figures(counts: Mapping[State, int], path: str) -> tuple[Figure, ...]:
    return tuple(
        Figure(f"{counts[state]:,}", badge.word, f"{path}?{urlencode({'state': state.value})}#items")
        for state, badge in STATES.items()
    )


def _filters(found: Found, about: str | None) -> tuple[Field, ...]:
    asked = found.asked
    states = tuple(Option(state.value, badge.word, state is asked.state) for state, badge in STATES.items())
    methods = tuple(Option(each.value, each.value, each is asked.method) for each in _METHODS)
    kinds = tuple(Option(name, title, name == asked.kind) for name, title in found.kinds)
    fields = (
        Field("state", "State", "select", options=(Option("", "any"), *states)),
        Field("method", "Method", "select", options=(Option("", "any"), *methods)),
        Field("kind", "Kind", "select", options=(Option("", "any"), *kinds)),
        Field("text", "Claim" if about else "Claim or use case", value=asked.text or ""),
    )
    if about:
        return fields
    return (*fields, Field("about", "Exactly this use case", value=asked.use_case or ""))


def _filtered(asked: Asked, about: str | None) -> bool:
    narrowed = (asked.state, asked.method, asked.kind, asked.text, asked.expires_within, asked.fact)
    return any(each is not None for each in narrowed) or (about is None and asked.use_case is not None)


def _shown(found: Found) -> str:
    within = found.asked.expires_within
    ahead = f" that run out within {within} days" if within is not None else ""
    return f"{plural(found.listed.total, 'item')}{ahead}, what runs out next first."


def _pager(found: Found, path: str) -> Pager | None:
    listed = found.listed
    if listed.total <= PAGE:
        return None
    last = listed.first + len(listed.lines) - 1
    asked = {
        "state": found.asked.state,
        "method": found.asked.method,
        "kind": found.asked.kind,
        "text": found.asked.text,
        "within": found.asked.expires_within,
        "about": found.asked.use_case if path == PAGE_PATH else None,
    }

    def at(first: int) -> str:
        said = {name: str(value) for name, value in asked.items() if value is not None}
        return f"{path}?{urlencode({**said, 'first': str(first)})}#items"

    return Pager(
        listed.first,
        last,
        listed.total,
        at(max(1, listed.first - PAGE)) if listed.first > 1 else None,
        at(last + 1) if last < listed.total else None,
    )


def _empty(found: Found, total: int, about: str | None) -> Empty | None:
    if found.listed.lines:
        return None
    if total:
        path = f"/use-cases/{about}/evidence" if about else PAGE_PATH
        return Empty("No evidence fits", "Take a filter away.", None, Link("All evidence", path))
    if about:
        return Empty(
            "No evidence yet",
            "Say what was looked at and when, and attach or link what it rests on: a document counts for more than a "
            "word, and a measurement by a registered collector for most.",
            f"roadworthy evidence submit {about} data.path-audited --attach report.pdf",
            Link("Add evidence", f"/use-cases/{about}/evidence/new"),
        )
    return Empty(
        "No evidence yet",
        "Choose a use case and answer a question of its scorecard; or let a pipeline hand in what it measures.",
        "roadworthy evidence submit USE-CASE CLAIM --attach report.pdf",
        Link("Choose a use case", "/"),
    )
