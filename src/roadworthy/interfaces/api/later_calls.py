"""Calls that are answered later: what waits, what was given up, and how that ends."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import Field

from roadworthy.interfaces.api.evidence import Reason
from roadworthy.interfaces.api.wire import Application, Limit, Page, Signed, Wire, decode_cursor, encode_cursor
from roadworthy.interfaces.routes import Routes
from roadworthy.operate.calls.later.model import LaterCall
from roadworthy.operate.calls.later.store import Wanted

router = Routes(tags=["later calls"])

LaterId = Annotated[str, Path(max_length=40, description="From the 202 answer's header `Roadworthy-Call`.")]
Name = Annotated[str, Field(max_length=120)]
Standing = Literal["queued", "running", "answered", "failed", "dead-letter", "cancelled"]


class LaterCallFilter(Wire):
    """Which calls; what is left out does not restrict."""

    use_case: Name | None = None
    endpoint: Name | None = None
    state: Standing | None = None
    letters: bool = Field(default=False, description="Only dead letters that nobody has seen to.")
    since: dt.datetime | None = Field(default=None, description="Ended then or later; queued, where it is not over.")
    cursor: Annotated[str, Field(max_length=200)] | None = None
    limit: Limit = 50


class LaterRunBody(Wire):
    """One turn of a call."""

    call: str = Field(description="Id under which it is on record; empty where its gateway is gone.")
    at: dt.datetime
    what: str = Field(description="`answered`, a rule that refused it, or a class of failure.")


class LaterCallBody(Wire):
    """A call that is answered later."""

    id: str
    use_case: str
    stage: str
    endpoint: str
    key: str
    surface: str
    model: str
    effects: bool = Field(description="Whether the upstream may do more than answer; then nothing is tried in doubt.")
    state: Standing
    queued_at: dt.datetime
    ends_at: dt.datetime = Field(description="After that no run begins any more.")
    due_at: dt.datetime
    tries: int = Field(description="Runs that may have begun something upstream.")
    runs: list[LaterRunBody]
    why: str | None = Field(description="Why it was given up.")
    rule: str | None = Field(description="Which rule refused its last run.")
    about: str
    error: str | None
    status: int | None
    ended_at: dt.datetime | None
    keep_until: dt.datetime | None = Field(description="Until when its answer, or a dead letter's request, is kept.")
    erased_at: dt.datetime | None
    replay_of: str | None
    replayed_as: str | None
    seen_to_by: str | None = Field(description="Reference of whoever had a dead letter made again, or discarded it.")
    seen_to_at: dt.datetime | None


class ReplaysWanted(Wire):
    """Which dead letters of a use case are made again, and why."""

    endpoint: Name | None = None
    since: dt.datetime | None = Field(default=None, description="Given up then or later.")
    reason: Annotated[str, Field(min_length=1, max_length=2_000)]


class NotReplayedBody(Wire):
    """A dead letter that could not be made again."""

    call: str
    code: str
    message: str


class ReplaysBody(Wire):
    """What came of it."""

    made: list[LaterCallBody] = Field(description="The new calls.")
    refused: list[NotReplayedBody]


@router.get("/later-calls")
def listed(asked: Annotated[LaterCallFilter, Query()], app: Application, _caller: Signed) -> Page[LaterCallBody]:
    """Calls that are answered later, the latest first."""
    wanted = Wanted(
        asked.use_case, asked.endpoint, asked.state, asked.letters, asked.since, decode_cursor(asked.cursor),
        asked.limit,
    )  # fmt: skip
    found = app.later.calls.listed(wanted)
    more = encode_cursor(found[-1].id) if len(found) == asked.limit else None
    return Page(items=[body(each) for each in found], next=more)


@router.get("/later-calls/{later_id}")
def get(later_id: LaterId, app: Application, _caller: Signed) -> LaterCallBody:
    """One call that is answered later. Its answer is its client's."""
    return body(app.later.calls.get(later_id))


@router.post("/later-calls/{later_id}/replay", status_code=201)
def replay(later_id: LaterId, given: Reason, app: Application, caller: Signed) -> LaterCallBody:
    """Have a dead letter made again: a new call through the whole funnel. Asked twice, it is one call."""
    return body(app.later.letters.replay(caller.context, later_id, given.reason))


@router.post("/later-calls/{later_id}/discard")
def discard(later_id: LaterId, given: Reason, app: Application, caller: Signed) -> LaterCallBody:
    """Let a dead letter go, with its request."""
    return body(app.later.letters.discard(caller.context, later_id, given.reason))


@router.post("/use-cases/{name}/later-calls/replay")
def replay_all(
    name: Annotated[str, Path(max_length=200)], given: ReplaysWanted, app: Application, caller: Signed
) -> ReplaysBody:
    """Have the dead letters of a use case made again, 500 at most, the latest ones where there are more."""
    wanted = Wanted(use_case=name, endpoint=given.endpoint, since=given.since)
    made, refused = app.later.letters.replay_all(caller.context, wanted, given.reason)
    return ReplaysBody(
        made=[body(each) for each in made],
        refused=[NotReplayedBody(call=each.call, code=each.error.code, message=each.error.message) for each in refused],
    )


def body(call: LaterCall) -> LaterCallBody:
    """A call as the API shows it."""
    plain = {name: getattr(call, name) for name in LaterCallBody.model_fields if name not in {"runs", "state", "why"}}
    return LaterCallBody(
        **plain,
        state=call.state.value,
        why=call.why.value if call.why else None,
        runs=[LaterRunBody(call=each.call, at=each.at, what=each.what) for each in call.runs],
    )
