"""Findings of the trail, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

from roadworthy.interfaces.web.views.agents import FindingLine, FindingsView
from roadworthy.interfaces.web.views.parts import Badge, Empty, Link, Moment, Tone, plural
from roadworthy.operate.actions.trail.model import Differs, Standing, TrailFinding

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
        what=_KINDS[finding.kind],
        about=finding.about,
        system=finding.system,
        at=Moment.of(finding.found_at, now),
        use_case=None if use_case is None else Link(use_case, f"/use-cases/{use_case}"),
        action=None if of is None else Link(f"…{of[-8:]}", "/agent-actions?state=all"),
        state=_STATES[finding.state],
        reason=finding.reason,
        explain=f"/action-findings/{finding.id}/explain" if may and finding.state is Standing.OPEN else "",
    )
