"""SQL of the calls that are answered later."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from roadworthy.foundation.digests import canonical_bytes
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.storage.prepared import Prepared
from roadworthy.foundation.storage.statements import portions
from roadworthy.operate.calls.later.model import OPEN, LaterCall, Run, State, Terms, Why
from roadworthy.operate.calls.later.tables import later_calls, later_payloads

REQUEST, ANSWER = "request", "answer"
_ONE: sa.BindParameter[str] = sa.bindparam("of")
_INSERT = {
    dialect: Prepared(build(later_calls).on_conflict_do_nothing().returning(later_calls.c.id))
    for dialect, build in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}
_CHANGING = (
    *("state", "due_at", "fence", "holder", "tries", "runs", "why", "rule", "about", "error", "status", "ended_at"),
    *("keep_until", "erased_at", "replayed_as", "seen_to_by", "seen_to_at"),
)
_CHANGE = Prepared(
    later_calls.update().where(later_calls.c.id == _ONE).values({name: sa.bindparam(f"{name}_") for name in _CHANGING})
)
_HELD = Prepared(sa.select(later_calls).where(later_calls.c.id == _ONE).with_for_update())
_FIND = Prepared(sa.select(later_calls).where(later_calls.c.id == _ONE))
_PUT = Prepared(later_payloads.insert())
_GET = Prepared(
    sa.select(later_payloads.c.content).where(
        later_payloads.c.call == _ONE, later_payloads.c.direction == sa.bindparam("direction_")
    )
)
_OPEN = sorted(each.value for each in OPEN)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls; what is left out does not restrict."""

    use_case: str | None = None
    endpoint: str | None = None
    state: str | None = None
    letters: bool = False
    """Only dead letters that nobody has seen to."""
    since: dt.datetime | None = None
    """Ended, or where that is not over queued, at this instant or later."""
    before: str | None = None
    """Id of the last one that was shown."""
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are of an endpoint."""

    use_case: str
    endpoint: str
    waiting: int
    """Queued and running."""
    dead: int
    """Dead letters that nobody has seen to."""


def alone(connection: sa.Connection, endpoint: str) -> None:
    """Let nobody else queue calls of an endpoint until this transaction ends; SQLite has one writer anyhow."""
    if connection.dialect.name != "sqlite":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"later {endpoint}"))))


def waiting(connection: sa.Connection, use_case: str, endpoint: str) -> int:
    """Calls of an endpoint of which something still becomes."""
    columns = later_calls.c
    counted = sa.select(sa.func.count()).where(
        columns.use_case == use_case, columns.endpoint == endpoint, columns.state.in_(_OPEN)
    )
    return connection.execute(counted).scalar_one()


def insert(connection: sa.Connection, call: LaterCall, repeated: str | None = None, body: str | None = None) -> bool:
    """Keep a new call; False, and nothing is kept, where one came under the same idempotency key."""
    row = {
        "id": call.id, "use_case": call.use_case, "stage": call.stage, "endpoint": call.endpoint, "key": call.key,
        "surface": call.surface, "model": call.model, "effects": call.effects, "queued_at": call.queued_at,
        "ends_at": call.ends_at, "terms": _terms_text(call.terms), "replay_of": call.replay_of, "reason": call.reason,
        "repeated": repeated, "body": body, **_changing(call),
    }  # fmt: skip
    return _INSERT[connection.dialect.name].one(connection, row) is not None


def repeated(connection: sa.Connection, key: str) -> tuple[LaterCall, str | None] | None:
    """The call that came under an idempotency key, with the digest of its body."""
    row = connection.execute(sa.select(later_calls).where(later_calls.c.repeated == key)).one_or_none()
    return None if row is None else (_call(row), row.body)


def change(connection: sa.Connection, call: LaterCall) -> None:
    """Keep what became of a call."""
    _CHANGE.run(connection, {"of": call.id, **{f"{name}_": value for name, value in _changing(call).items()}})


def find(connection: sa.Connection, call: str) -> LaterCall | None:
    """A call."""
    row = _FIND.one(connection, {"of": call})
    return None if row is None else _call(row)


def held(connection: sa.Connection, call: str) -> LaterCall | None:
    """A call, held against others until the transaction ends."""
    row = _HELD.one(connection, {"of": call})
    return None if row is None else _call(row)


def due(connection: sa.Connection, now: dt.datetime, most: int) -> list[LaterCall]:
    """Those whose turn it is or whose lease is over, the longest due first; those that others hold are left out."""
    columns = later_calls.c
    wanted = (
        sa.select(later_calls)
        .where(columns.state.in_(_OPEN), columns.due_at <= now)
        .order_by(columns.due_at, columns.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return [_call(row) for row in connection.execute(wanted)]


def any_due(connection: sa.Connection, now: dt.datetime) -> bool:
    """Whether there is any; asked before a transaction is begun that writes."""
    columns = later_calls.c
    found = sa.select(columns.id).where(columns.state.in_(_OPEN), columns.due_at <= now).limit(1)
    return connection.execute(found).first() is not None


def running(connection: sa.Connection, fences: Mapping[str, int]) -> set[str]:
    """Of these, the ones that still run under the same fence."""
    columns = later_calls.c
    found: set[str] = set()
    for some in portions(sorted(fences)):
        wanted = sa.select(columns.id, columns.fence).where(columns.id.in_(some), columns.state == State.RUNNING.value)
        found |= {row.id for row in connection.execute(wanted) if row.fence == fences[row.id]}
    return found


def renew(connection: sa.Connection, fences: Mapping[str, int], until: dt.datetime) -> None:
    """Keep leases for longer, of calls that still run under the same fence."""
    columns = later_calls.c
    for some in portions(sorted(fences)):
        same = sa.case({each: fences[each] for each in some}, value=columns.id)
        mine = columns.id.in_(some) & (columns.state == State.RUNNING.value) & (columns.fence == same)
        connection.execute(later_calls.update().where(mine).values(due_at=until))


def letter_since(connection: sa.Connection, letter: LaterCall, since: dt.datetime) -> bool:
    """Whether another call of the endpoint was given up since an instant."""
    columns = later_calls.c
    found = sa.select(columns.id).where(
        columns.use_case == letter.use_case, columns.endpoint == letter.endpoint, columns.state == State.DEAD.value,
        columns.ended_at >= since, columns.id != letter.id,
    )  # fmt: skip
    return connection.execute(found.limit(1)).first() is not None


def listed(connection: sa.Connection, wanted: Wanted) -> list[LaterCall]:
    """Calls, the latest first."""
    columns = later_calls.c
    query = sa.select(later_calls).order_by(columns.id.desc()).limit(wanted.limit)
    for column, value in ((columns.use_case, wanted.use_case), (columns.endpoint, wanted.endpoint)):
        query = query if value is None else query.where(column == value)
    if wanted.letters:
        query = query.where(columns.state == State.DEAD.value, columns.seen_to_at.is_(None))
    elif wanted.state is not None:
        query = query.where(columns.state == wanted.state)
    if wanted.since is not None:
        query = query.where(sa.func.coalesce(columns.ended_at, columns.queued_at) >= wanted.since)
    if wanted.before is not None:
        query = query.where(columns.id < wanted.before)
    return [_call(row) for row in connection.execute(query)]


def counts(connection: sa.Connection) -> list[Count]:
    """How many wait and how many are dead, by endpoint."""
    columns = later_calls.c
    is_open = columns.state.in_(_OPEN)
    is_letter = (columns.state == State.DEAD.value) & columns.seen_to_at.is_(None)
    query = (
        sa.select(
            columns.use_case, columns.endpoint,
            sa.func.sum(sa.case((is_open, 1), else_=0)), sa.func.sum(sa.case((is_letter, 1), else_=0)),
        )
        .where(is_open | is_letter)
        .group_by(columns.use_case, columns.endpoint)
        .order_by(columns.use_case, columns.endpoint)
    )  # fmt: skip
    return [Count(row[0], row[1], int(row[2]), int(row[3])) for row in connection.execute(query)]


# ---------------------------------------------------------------- contents


def put(connection: sa.Connection, call: str, direction: str, content: bytes) -> None:
    """Keep a content."""
    _PUT.run(connection, {"call": call, "direction": direction, "content": content})


def get(connection: sa.Connection, call: str, direction: str) -> bytes | None:
    """A content; None where it is gone."""
    row = _GET.one(connection, {"of": call, "direction_": direction})
    return None if row is None else bytes(row.content)


def drop(connection: sa.Connection, calls: Sequence[str], direction: str | None = None) -> None:
    """Let contents go, so that nothing of them is left in the file either."""
    if connection.dialect.name == "sqlite" and calls:
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
    for some in portions(calls):
        gone = later_payloads.delete().where(later_payloads.c.call.in_(some))
        connection.execute(gone if direction is None else gone.where(later_payloads.c.direction == direction))


def over(connection: sa.Connection, now: dt.datetime, spared: Sequence[str], most: int) -> list[str]:
    """Calls whose contents were kept long enough, the oldest first, but for those of spared use cases."""
    columns = later_calls.c
    found = sa.select(columns.id).where(
        columns.erased_at.is_(None), columns.keep_until <= now, columns.use_case.not_in(spared)
    )
    return list(connection.execute(found.order_by(columns.keep_until).limit(most)).scalars())


def erased(connection: sa.Connection, calls: Sequence[str], now: dt.datetime) -> None:
    """Let the contents of calls go, and keep that they are gone."""
    drop(connection, calls)
    for some in portions(calls):
        connection.execute(later_calls.update().where(later_calls.c.id.in_(some)).values(erased_at=now))


def forget(connection: sa.Connection, before: dt.datetime, spared: Sequence[str], most: int) -> int:
    """Take rows away of calls that were over before an instant, whose contents are gone, but for some use cases."""
    columns = later_calls.c
    found = sa.select(columns.id).where(
        columns.erased_at.is_not(None), columns.ended_at < before, columns.use_case.not_in(spared)
    )
    ids = list(connection.execute(found.order_by(columns.id).limit(most)).scalars())
    for some in portions(ids):
        connection.execute(later_calls.delete().where(columns.id.in_(some)))
    return len(ids)


# ---------------------------------------------------------------- rows


def _changing(call: LaterCall) -> dict[str, Any]:
    runs = [[each.call, to_text(each.at), each.what] for each in call.runs]
    return {
        "state": call.state.value, "due_at": call.due_at, "fence": call.fence, "holder": call.holder,
        "tries": call.tries, "runs": canonical_bytes(runs).decode(), "why": call.why.value if call.why else None,
        "rule": call.rule[:160] if call.rule else None, "about": call.about[:500].replace("\0", "?"),
        "error": call.error, "status": call.status, "ended_at": call.ended_at, "keep_until": call.keep_until,
        "erased_at": call.erased_at, "replayed_as": call.replayed_as, "seen_to_by": call.seen_to_by,
        "seen_to_at": call.seen_to_at,
    }  # fmt: skip


def _terms_text(terms: Terms) -> str:
    spans = {name: round(getattr(terms, name).total_seconds()) for name in ("within", "keep_answers", "keep_letters")}
    return canonical_bytes({"tries": terms.tries, "most": terms.most, **spans}).decode()


def _terms(text: str) -> Terms:
    said = json.loads(text)
    spans = {name: dt.timedelta(seconds=said[name]) for name in ("within", "keep_answers", "keep_letters")}
    return Terms(tries=said["tries"], most=said["most"], **spans)


def _call(row: Any) -> LaterCall:  # noqa: ANN401 - a row of either shape
    return LaterCall(
        id=row.id, use_case=row.use_case, stage=row.stage, endpoint=row.endpoint, key=row.key, surface=row.surface,
        model=row.model, effects=row.effects, queued_at=row.queued_at, ends_at=row.ends_at, terms=_terms(row.terms),
        state=State(row.state), due_at=row.due_at, fence=row.fence, holder=row.holder, tries=row.tries,
        runs=tuple(Run(call, dt.datetime.fromisoformat(at), what) for call, at, what in json.loads(row.runs)),
        why=Why(row.why) if row.why else None, rule=row.rule, about=row.about, error=row.error, status=row.status,
        ended_at=row.ended_at, keep_until=row.keep_until, erased_at=row.erased_at, replay_of=row.replay_of,
        replayed_as=row.replayed_as, seen_to_by=row.seen_to_by, seen_to_at=row.seen_to_at, reason=row.reason,
    )  # fmt: skip
