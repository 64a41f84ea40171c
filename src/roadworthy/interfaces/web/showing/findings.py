"""Findings of the trail, in words."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.money import Money
from roadworthy.interfaces.web.showing.agent_words import amount_of, state_of
from roadworthy.interfaces.web.showing.exactly import exactly
from roadworthy.interfaces.web.views.agents import EventView, FindingLine, FindingsView, FindingView, SideLine
from roadworthy.interfaces.web.views.parts import Badge, Empty, Link, Moment, Say, Tone, plural
from roadworthy.operate.actions.model import AgentAction
from roadworthy.operate.actions.trail.model import Differs, ForeignEvent, Standing, TrailFinding

_KINDS: Final[Mapping[Differs, Badge]] = {
    Differs.EFFECT_WITHOUT_INTENT: Badge(Tone.STOP, "done without us"),
    Differs.INTENT_WITHOUT_EFFECT: Badge(Tone.UNKNOWN, "nothing in the log"),
    Differs.ARGUMENTS_DIFFER: Badge(Tone.STOP, "something else was done"),
    Differs.DONE_TWICE: Badge(Tone.STOP, "done twice"),
    Differs.OUTCOME_DIFFERS: Badge(Tone.STOP, "done, and we say it was not"),
}
_STATES: Final[Mapping[Standing, Badge]] = {
    Standing.OPEN: Badge(Tone.MIND, "open"),
    Standing.EXPLAINED: Badge(Tone.ASIDE, "explained"),
    Standing.CLOSED: Badge(Tone.GO, "answered since"),
}


def findings_view(
    found: Sequence[TrailFinding], may: Mapping[str | None, bool], older: str | None, now: dt.datetime, *, all_: bool
) -> FindingsView:
    """The page.

    Args:
        found: the latest first.
        may: by use case, whether whoever looks may explain.
        older: id of the last one, where there are more.
        now: the present.
        all_: whether those that are over are listed too.
    """
    open_ = sum(each.state is Standing.OPEN for each in found)
    verb = "differs" if open_ == 1 else "differ"
    asked = {"state": "all"} if all_ else {}
    return FindingsView(
        finding=f"{plural(open_, 'thing')} {verb} from what systems say" if open_ else "The logs of systems agree",
        lede="What systems say in their own audit logs, held against what the gateway has on record. "
        "Whoever goes round the gateway shows here.",
        everything=all_,
        lines=tuple(_line(each, may.get(each.use_case, False), now) for each in found),
        older=None if older is None else f"/action-findings?{urlencode({**asked, 'before': older})}",
        empty=None if found else _EMPTY,
    )


_EMPTY: Final = Empty(
    "Nothing differs",
    "Declare `audit` of a system, so that its log is fetched, or bring it as a file.",
    "roadworthy action audit import FILE --system NAME",
)


def _line(finding: TrailFinding, may: bool, now: dt.datetime) -> FindingLine:  # noqa: FBT001 - the one flag that there is
    of, use_case = finding.intent, finding.use_case
    return FindingLine(
        href=f"/action-findings/{finding.id}",
        what=_KINDS[finding.kind],
        about=finding.about,
        system=finding.system,
        at=Moment.of(finding.found_at, now),
        use_case=None if use_case is None else Link(use_case, f"/use-cases/{use_case}"),
        action=None if of is None else Link(f"…{of[-8:]}", f"/agent-actions/{of}"),
        state=_STATES[finding.state],
        reason=finding.reason,
        explain=f"/action-findings/{finding.id}/explain" if may and finding.state is Standing.OPEN else "",
    )


# ---------------------------------------------------------------- one of them

_MEANS: Final[Mapping[Differs, str]] = {
    Differs.EFFECT_WITHOUT_INTENT: "The system did something that no action of ours asked for. Somebody went round the "
    "gateway, with a key of their own.",
    Differs.INTENT_WITHOUT_EFFECT: "We have on record that it was done, and the system's log, read past that time, "
    "says nothing of it.",
    Differs.ARGUMENTS_DIFFER: "What the system did is not what it was asked for.",
    Differs.DONE_TWICE: "The system did twice what was asked for once.",
    Differs.OUTCOME_DIFFERS: "We have on record that it was not done, and the system says that it was.",
}
_NONE: Final = "nothing"


@dataclass(frozen=True, slots=True)
class Looked:
    """What the page of a finding is made of."""

    finding: TrailFinding
    event: ForeignEvent | None
    action: AgentAction | None
    people: Mapping[str, Person]
    may_explain: bool
    may_read: bool


def finding_view(looked: Looked, now: dt.datetime) -> FindingView:
    """The page of one."""
    finding, event = looked.finding, looked.event
    is_open = finding.state is Standing.OPEN
    read = event is not None and looked.may_read
    return FindingView(
        title=f"{finding.system}: {_KINDS[finding.kind].word}",
        what=_KINDS[finding.kind],
        state=_STATES[finding.state],
        lede=f"{_MEANS[finding.kind]} Found {Moment.of(finding.found_at, now).words}.",
        says=tuple(_said(looked, now)),
        sides=tuple(_sides(event, looked.action, now)),
        action=None if looked.action is None else Link("The action", f"/agent-actions/{looked.action.id}"),
        explain=f"/action-findings/{finding.id}/explain" if looked.may_explain and is_open else "",
        read=f"/action-findings/{finding.id}/event" if read else "",
        read_note="" if read or event is None else "Reading the event as it came takes the permission `read-content`.",
        ledger=f"/ledger?{urlencode({'resource': f'TrailFinding/{finding.id}'})}",
    )


def _said(looked: Looked, now: dt.datetime) -> Iterator[Say]:
    finding = looked.finding
    yield Say(_KINDS[finding.kind].tone, finding.about)
    if finding.state is Standing.EXPLAINED and finding.ended_at is not None:
        by = finding.by or ""
        who = looked.people[by].shown if by in looked.people else by or "somebody"
        yield Say(Tone.ASIDE, f"Explained by {who}, {Moment.of(finding.ended_at, now).words}", finding.reason)


def _sides(event: ForeignEvent | None, action: AgentAction | None, now: dt.datetime) -> Iterator[SideLine]:
    """Fact by fact, what both say; what differs is marked where both say something."""
    theirs = _theirs(event, now)
    ours = _ours(action, now)
    for name in dict.fromkeys((*theirs, *ours)):
        left, right = theirs.get(name), ours.get(name)
        differs = name in _COMPARED and None not in {left, right} and left != right
        yield SideLine(name, left or _NONE, right or _NONE, differs)


_COMPARED: Final = frozenset({"Action", "Amount", "Receipt"})


def _theirs(event: ForeignEvent | None, now: dt.datetime) -> dict[str, str]:
    if event is None:
        return {}
    amount = "" if event.amount is None or event.currency is None else str(Money(event.amount, event.currency))
    said = {
        "When": f"{Moment.of(event.at, now).words}, {Moment.of(event.at, now).exact}", "Action": event.named or "",
        "Operation": event.operation, "Outcome": event.does.value, "By": event.principal or "", "Amount": amount,
        "Receipt": event.reference or "", "Trace": event.trace or "", "Id": event.id,
    }  # fmt: skip
    return {name: value for name, value in said.items() if value}


def _ours(action: AgentAction | None, now: dt.datetime) -> dict[str, str]:
    if action is None:
        return {}
    said = {
        "When": f"{Moment.of(action.asked_at, now).words}, {Moment.of(action.asked_at, now).exact}",
        "Action": action.action, "Outcome": state_of(action).word, "By": action.agent or action.key,
        "Amount": amount_of(action), "Receipt": action.reference or "", "Id": action.id,
    }  # fmt: skip
    return {name: value for name, value in said.items() if value}


def event_view(finding: TrailFinding, event: ForeignEvent, content: bytes | None) -> EventView:
    """The event as it came."""
    text = "" if content is None else content.decode("utf-8", "replace")
    try:
        made = exactly(json.loads(text)) if text else None
    except ValueError:  # a log of lines that are no JSON; they are shown as they are
        made = None
    return EventView(
        title=f"The event {event.id} of {finding.system}, as it came",
        lede="That you read it is on record. Of it, only what matching needs is kept as long as the finding.",
        back=Link("The finding", f"/action-findings/{finding.id}"),
        content=made,
        text="" if made is not None else text,
        digest=event.digest,
    )
