"""Fetching systems' audit logs, each at its pace: a timer for each, and a place from which it goes on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import httpx

from roadworthy.foundation.errors import RoadworthyError, Unavailable
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.entry import Entry
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.logs import Secret, log
from roadworthy.foundation.reaching.reach import Reach
from roadworthy.foundation.reaching.transport import Guarded, silence
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.spans import seconds
from roadworthy.foundation.workflow.model import Retries, Timer
from roadworthy.foundation.workflow.service import Outcome, Timers
from roadworthy.operate.actions.arguments import MISSING, pointer
from roadworthy.operate.actions.declared import SYSTEM, System
from roadworthy.operate.actions.trail.declared import Audit, AuditPoll
from roadworthy.operate.actions.trail.framing import MOST_BYTES
from roadworthy.operate.actions.trail.model import Feed, Read, Taken
from roadworthy.operate.actions.trail.reading import read
from roadworthy.operate.actions.trail.service import Trail, terms_of
from roadworthy.operate.actions.trail.veil import Veil
from roadworthy.operate.calls.upstreams.adapters import shown
from roadworthy.operate.calls.upstreams.declared import ShownAs
from roadworthy.operate.calls.wire.addresses import Origin, origin
from roadworthy.operate.calls.wire.trust import trusting

FETCH: Final = "action-trail.fetch"
"""Kind of the timers that fetch a log; the key is the system's name."""
CONSUMER: Final = "action-trail"
EVENTS: Final = ("system.applied",)
EVERY: Final = dt.timedelta(minutes=1)
SECONDS: Final = 30.0
"""For one answer of a system."""
MOST_PAGES: Final = 50
"""In one turn; what is left is fetched in the next one."""
_PATIENCE: Final = dt.timedelta(minutes=30)
_SLOWEST: Final = 16
"""A log that cannot be fetched is tried this many times more seldom at most."""
_OK: Final = 200
_ITSELF: Final = Context(Actor(ActorKind.SYSTEM, "action-trail"))
_log = log("action-trail")


@dataclass(frozen=True, slots=True)
class Ground:
    """What fetching stands on."""

    trail: Trail
    timers: Timers
    runtime: Runtime
    veil: Veil
    declared: Callable[[str], System | None]
    secret: Callable[[str | None, Origin], Secret | None]
    """Reads a system's secret, for the host that it is bound to."""
    reach: Reach
    home: Path
    """Relative paths of authorities count from here."""


class Fetching:
    """Fetches logs.

    Args:
        ground: what it stands on.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        ground.timers.act(FETCH, self._due, patience=_PATIENCE, retries=Retries())

    @staticmethod
    def follow(tx: Transaction, entries: Sequence[Entry]) -> None:
        """Fetch the log of a system that was declared or changed, for a consumer of the ledger."""
        for name in sorted({entry.resource.partition("/")[2] for entry in entries}):
            Timers.set(tx, FETCH, name, tx.now)

    def fetch(self, name: str) -> Taken:
        """Fetch what is new in a system's log now.

        Raises:
            NotFound: no such system is declared.
            Refused: it declares no audit log, or it may not be reached.
            Unavailable: it does not give its log.
        """
        trail = self._ground.trail
        audit, spec = trail.audit_of(name), self._ground.declared(name)
        if spec is None or spec.address is None or audit.poll is None:
            raise Unavailable(
                "audit-not-fetched",
                f"the log of `{name}` is not fetched",
                remedy="declare `audit.poll`, push its events, or bring them with `roadworthy action audit import`",
            )
        total = Taken(0, 0, (), 0, ())
        feed = trail.feed(name) or Feed(name, self._ground.runtime.clock.now())
        with self._client(spec) as client:
            for _ in range(MOST_PAGES):
                begun = self._ground.runtime.clock.now()
                found = self._page(client, name, spec, audit, feed.cursor)
                cursor = _place(audit, audit.poll, found, feed.cursor)
                going = audit.poll.by == "token" and cursor not in {None, feed.cursor}
                taken = self._keep(name, audit, found, cursor, None if going else begun - terms_of(audit).skew)
                total = total.and_(taken)
                if not going and not (taken.new and cursor != feed.cursor):
                    break
                feed = replace(feed, cursor=cursor)
        return total

    # ------------------------------------------------------------ inside

    def _due(self, timer: Timer) -> Outcome | None:
        name = timer.key
        spec = self._ground.declared(name)
        if spec is None or spec.audit is None or spec.audit.poll is None:
            return None
        step = _step(spec.audit.poll)
        try:
            self.fetch(name)
        except RoadworthyError as error:
            _log.warning("an audit log could not be fetched", system=name, code=error.code, why=error.message)
            failures = self._ground.trail.failed(name, f"{error.message} ({error.code})")
            step *= min(2 ** min(failures, 10), _SLOWEST)
        return lambda tx: Timers.set(tx, FETCH, name, tx.now + step)

    def _keep(self, name: str, audit: Audit, found: Read, cursor: str | None, until: dt.datetime | None) -> Taken:
        def moved(kept: Feed) -> Feed:
            return replace(kept, cursor=cursor, failures=0, error=None)

        return self._ground.trail.keep(_ITSELF, name, audit, found, until, moved)

    def _client(self, spec: System) -> httpx.Client:
        trust = trusting(spec.authority, self._ground.home) if spec.authority else None
        return httpx.Client(
            timeout=SECONDS, follow_redirects=False, transport=Guarded(self._ground.reach, trust),
            headers={"User-Agent": "Roadworthy"},
        )  # fmt: skip

    def _page(self, client: httpx.Client, name: str, spec: System, audit: Audit, cursor: str | None) -> Read:
        assert spec.address is not None  # noqa: S101 - looked at before
        assert audit.poll is not None  # noqa: S101 - looked at before
        where = origin(spec.address)
        secret = self._ground.secret(spec.secret, where)
        if secret is None:
            raise _not_given(name, "its secret cannot be had here")
        headers = shown(secret.reveal(), spec.shown_as or ShownAs.BEARER) if secret.reveal() else {}
        query = {} if cursor is None or audit.poll.parameter is None else {audit.poll.parameter: cursor}
        address = f"{where.scheme}://{where.authority}{where.path}{audit.poll.path}"
        try:
            with client.stream("GET", f"{address}?{urlencode(query)}" if query else address, headers=headers) as answer:
                content = _body(name, answer)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _not_given(name, silence(error)) from error
        return read(content, name, audit, self._ground.veil)


def _body(name: str, answer: httpx.Response) -> bytes:
    if answer.status_code != _OK:
        raise _not_given(name, f"it answers with status {answer.status_code}")
    parts, size = [], 0
    for part in answer.iter_bytes():
        size += len(part)
        if size > MOST_BYTES:
            raise _not_given(name, f"its answer has more than {MOST_BYTES:,} bytes")
        parts.append(part)
    return b"".join(parts)


def _place(audit: Audit, poll: AuditPoll, found: Read, former: str | None) -> str | None:
    """From where it goes on."""
    if poll.by == "token":
        said: Any = pointer(found.document, poll.next or "")
        return str(said) if isinstance(said, str | int) and said != "" and said is not MISSING else former
    if poll.parameter is None or not found.events:
        return former
    if poll.by == "id":
        return found.events[-1].event.id
    # What happened at a time can come into the log a little later, so it is asked for again; what is known is known.
    terms = terms_of(audit)
    place = to_text(max(each.event.at for each in found.events) - terms.delay - terms.skew)
    return place if former is None else max(place, former)


def _step(poll: AuditPoll) -> dt.timedelta:
    length = seconds(poll.every) if poll.every is not None else None
    return EVERY if length is None else dt.timedelta(seconds=length)


def _not_given(name: str, why: str) -> Unavailable:
    return Unavailable(
        "audit-not-given",
        f"the log of `{name}` could not be fetched: {why}",
        remedy=f"compare `audit.poll` of `{SYSTEM}/{name}` with the system; it is tried again",
    )
