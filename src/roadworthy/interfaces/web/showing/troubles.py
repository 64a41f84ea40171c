"""What stands against operating certificates, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from roadworthy.decide.certificate.model import Cause, Certificate, Trouble
from roadworthy.decide.certificate.states import ENDS, CertificateState
from roadworthy.interfaces.web.views.certificates import TroubleLine
from roadworthy.interfaces.web.views.parts import Badge, Link, Moment, Tone

CAUSES: Final[Mapping[Cause, str]] = {
    Cause.EVIDENCE_EXPIRED: "Evidence ran out",
    Cause.EVIDENCE_WITHDRAWN: "Evidence does not stand any more",
    Cause.OWNER_LEFT: "A duty has no owner",
    Cause.DIGEST_CHANGED: "What was certified has changed",
    Cause.RELEASE_MISMATCH: "Something else was seen running",
    Cause.RELEASE_REPLACED: "Another release was deployed",
    Cause.CONDITION_OVERDUE: "A condition is overdue",
    Cause.GAP_REOPENED: "A gap of the data path is open again",
    Cause.EXPIRY: "Its time is nearly over",
}
MOST_OPEN: Final = 3
"""Things that one cause names and that stand open; the others are folded."""


def note_of(each: Certificate, troubles: Sequence[Trouble], now: dt.datetime) -> str:
    """What stands against it and what that does next; else what brought it to where it stands."""
    standing = [trouble for trouble in troubles if trouble.ended_at is None]
    if each.state is CertificateState.EXPIRED:
        return "its time is over"
    if not standing:
        return caused_by(each.cause)
    words = CAUSES[standing[0].cause].lower()
    more = f" and {len(standing) - 1} more" if len(standing) > 1 else ""
    ahead = sorted(move for trouble in standing for move in _moves(trouble, each) if move[0] > now)
    return f"{words}{more}; {ahead[0][1]} {Moment.of(ahead[0][0], now).words}" if ahead else f"{words}{more}"


def caused_by(word: str | None) -> str:
    """What brought something about, in words; one of the organisation's own codes as it is."""
    if word is None:
        return ""
    known = CAUSES[Cause(word)].lower() if word in set(Cause) else None
    return known or {"decided": "by decision", "superseded": "another took its place"}.get(word, word.replace("-", " "))


def _moves(trouble: Trouble, of: Certificate) -> Iterator[tuple[dt.datetime, str]]:
    """What it does next, and when; to one that is suspended already, or has ended, it does nothing more."""
    if of.state is CertificateState.SUSPENDED or of.state in ENDS:
        return
    if trouble.narrows_at is not None and trouble.narrowed_at is None:
        yield trouble.narrows_at, "narrows"
    if trouble.suspends_at is not None and trouble.suspended_at is None:
        yield trouble.suspends_at, "suspends"


def trouble_lines(
    troubles: Sequence[Trouble], of: Certificate, abouts: Mapping[str, Link], now: dt.datetime
) -> tuple[TroubleLine, ...]:
    """A line for each cause that stands or stood in the same way, with everything that it names."""
    found: dict[TroubleLine, list[Link]] = {}
    for each in troubles:
        found.setdefault(_line(each, of, now), []).append(about_of(each, of, abouts))
    return tuple(
        TroubleLine(
            line.what, tuple(named[:MOST_OPEN]), tuple(named[MOST_OPEN:]), line.state, line.since, line.told, line.next
        )
        for line, named in found.items()
    )


def about_of(each: Trouble, of: Certificate, abouts: Mapping[str, Link]) -> Link:
    """What a cause names, and where one reads about it."""
    if each.about in abouts:
        return abouts[each.about]
    conditions = {f"condition/{condition.id}": condition.what for condition in of.conditions}
    if each.about in conditions:
        return Link(conditions[each.about], "#conditions")
    if each.cause in {Cause.EVIDENCE_EXPIRED, Cause.EVIDENCE_WITHDRAWN}:
        return Link("the evidence", f"/evidence/{each.about}")
    kind, _, name = each.about.partition("/")
    return {
        "duty": Link(f"the {name} owner", f"/use-cases/{of.use_case}"),
        "UseCase": Link("the use case as it is declared", f"/use-cases/{of.use_case}"),
        "part": Link(name.replace("/", " "), f"/use-cases/{of.use_case}/releases"),
        "release": Link("another release runs", f"/use-cases/{of.use_case}/releases"),
        "criterion": Link(name, f"/use-cases/{of.use_case}"),
    }.get(kind, Link(each.about, ""))


def _line(each: Trouble, of: Certificate, now: dt.datetime) -> TroubleLine:
    if each.ended_at is not None:
        state, following = Badge(Tone.ASIDE, "over"), f"ended {Moment.of(each.ended_at, now).words}"
    elif each.accepted_by is not None:
        state, following = Badge(Tone.MIND, "accepted"), "a decision named it and went on"
    else:
        ahead = [f"{word} {Moment.of(at, now).words}" for at, word in sorted(_moves(each, of))]
        done = [word for at, word in ((each.narrowed_at, "narrowed it"), (each.suspended_at, "suspended it")) if at]
        quiet = "would suspend it once it is resumed" if of.state is CertificateState.SUSPENDED else "only told"
        state, following = Badge(Tone.STOP, "stands"), ", ".join([*done, *ahead]) or quiet
    told = "not yet" if each.told_at is None else Moment.of(each.told_at, now).words
    return TroubleLine(CAUSES[each.cause], (), (), state, Moment.of(each.since, now), told, following)
