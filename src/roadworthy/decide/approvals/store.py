"""SQL of decision requests: what was asked, who said what, what was used up, whose inbox it is in."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from roadworthy.decide.approvals.model import DecisionClass, Rule
from roadworthy.decide.approvals.requests import ActTerms, Request, Term, Vote, VoteKind
from roadworthy.decide.approvals.states import WAITING, RequestState
from roadworthy.decide.approvals.tables import openings, request_base, requests, selectors, uses, votes
from roadworthy.foundation.digests import canonical_bytes, digest_of
from roadworthy.foundation.ledger.draft import ActorKind
from roadworthy.foundation.storage.memory import remembered
from roadworthy.foundation.storage.prepared import Prepared, Row
from roadworthy.foundation.storage.statements import portions

_OF: sa.BindParameter[str] = sa.bindparam("of")
_WANTED = sa.select(requests).where(requests.c.id == _OF)
_GET, _HOLD = Prepared(_WANTED), Prepared(_WANTED.with_for_update())
_SAME = Prepared(
    sa.select(requests).where(
        requests.c.proposer_ref == sa.bindparam("proposer"),
        requests.c.subject == sa.bindparam("about"),
        requests.c.content_digest == sa.bindparam("content"),
        requests.c.rights_digest == sa.bindparam("rights"),
        requests.c.state.in_([state.value for state in WAITING]),
    )
)
_INSERT, _REST_ON, _PUT_IN = Prepared(requests.insert()), Prepared(request_base.insert()), Prepared(selectors.insert())
_REST_NO_MORE = Prepared(request_base.delete().where(request_base.c.request_id == _OF))
_TAKE_OUT = Prepared(selectors.delete().where(selectors.c.request_id == _OF))
_OPENED = Prepared(
    sa.select(openings.c.opened_at).where(openings.c.request_id == _OF, openings.c.person_ref == sa.bindparam("by"))
)
_VOTED, _USED = Prepared(votes.insert()), Prepared(uses.insert())
_VOTES = Prepared(sa.select(votes).where(votes.c.request_id == _OF).order_by(votes.c.at, votes.c.id))


@lru_cache(maxsize=32)
def _changing(names: tuple[str, ...]) -> Prepared:
    return Prepared(requests.update().where(requests.c.id == _OF).values({name: sa.bindparam(name) for name in names}))


# ---------------------------------------------------------------- requests


def insert(connection: sa.Connection, request: Request) -> None:
    """Keep a new request."""
    _INSERT.run(connection, _row(request))
    if request.base:
        rows = [{"resource": resource, "request_id": request.id} for resource in sorted(request.base)]
        _REST_ON.each(connection, rows)


def get(connection: sa.Connection, request_id: str, *, hold: bool = False) -> Request | None:
    """A request; with `hold` nobody else moves it until the transaction ends."""
    row = (_HOLD if hold else _GET).one(connection, {"of": request_id})
    return None if row is None else _request(row)


def many(connection: sa.Connection, ids: Sequence[str]) -> dict[str, Request]:
    """Requests by id."""
    found: dict[str, Request] = {}
    for some in portions(ids):
        for row in connection.execute(sa.select(requests).where(requests.c.id.in_(some))):
            found[row.id] = _request(row)
    return found


def same_open(connection: sa.Connection, proposer_ref: str, like: Request) -> Request | None:
    """A request of the same proposer that waits already for exactly this."""
    found = _SAME.all(
        connection,
        {
            "proposer": proposer_ref,
            "about": like.subject,
            "content": digest_of(dict(like.content)),
            "rights": like.rights_digest,
        },
    )
    return next((each for row in found if (each := _request(row)).base == like.base and _like(each, like)), None)


def _like(left: Request, right: Request) -> bool:
    return [act.digest for act in left.acts] == [act.digest for act in right.acts] and (
        left.on_behalf_of,
        left.change_number,
    ) == (right.on_behalf_of, right.change_number)


def change(connection: sa.Connection, request_id: str, **values: object) -> None:
    """Change columns of a request."""
    _changing(tuple(values)).run(connection, {"of": request_id, **values})


def page(
    connection: sa.Connection, state: RequestState | None, use_case: str | None, after: str | None, limit: int
) -> list[Request]:
    """Requests, the newest first; `after` is the id of the last one seen."""
    wanted = sa.select(requests).order_by(requests.c.id.desc()).limit(limit)
    if state is not None:
        wanted = wanted.where(requests.c.state == state.value)
    if use_case is not None:
        wanted = wanted.where(requests.c.use_case == use_case)
    if after is not None:
        wanted = wanted.where(requests.c.id < after)
    return [_request(row) for row in connection.execute(wanted)]


def resting_on(connection: sa.Connection, resources: Collection[str]) -> list[str]:
    """Ids of requests that are not over and rest on one of these resources."""
    found: set[str] = set()
    for some in portions(sorted(resources)):
        query = sa.select(request_base.c.request_id).where(request_base.c.resource.in_(some))
        found.update(connection.execute(query).scalars())
    return sorted(found)


def waiting_about(connection: sa.Connection, use_cases: Collection[str]) -> list[str]:
    """Ids of open requests about one of these use cases."""
    waiting = [state.value for state in WAITING]
    found: list[str] = []
    for some in portions(sorted(use_cases)):
        query = sa.select(requests.c.id).where(requests.c.use_case.in_(some), requests.c.state.in_(waiting))
        found.extend(connection.execute(query.order_by(requests.c.id)).scalars())
    return found


def without_rights(connection: sa.Connection) -> list[str]:
    """Ids of open requests that were proposed before any rights were in force: those to sign the first ones."""
    waiting = [state.value for state in WAITING]
    query = sa.select(requests.c.id).where(requests.c.rights_digest == "", requests.c.state.in_(waiting))
    return list(connection.execute(query.order_by(requests.c.id)).scalars())


def going(connection: sa.Connection) -> list[str]:
    """Ids of all requests that are not over, approved ones that were not used among them."""
    states = [state.value for state in (*WAITING, RequestState.APPROVED)]
    query = sa.select(requests.c.id).where(requests.c.state.in_(states))
    return list(connection.execute(query.order_by(requests.c.id)).scalars())


def under_other_rights(connection: sa.Connection, rights_digest: str, limit: int) -> list[str]:
    """Ids of requests that are not over and were proposed under other rights than these."""
    going = [state.value for state in (*WAITING, RequestState.APPROVED)]
    query = sa.select(requests.c.id).where(requests.c.state.in_(going), requests.c.rights_digest != rights_digest)
    return list(connection.execute(query.order_by(requests.c.id).limit(limit)).scalars())


def forget_where(connection: sa.Connection, request_id: str) -> None:
    """Take a request that is over out of all inboxes, and off what it rested on."""
    take_out(connection, request_id)
    _REST_NO_MORE.run(connection, {"of": request_id})


# ---------------------------------------------------------------- inboxes


def put_in(connection: sa.Connection, request_id: str, whose: Iterable[str], deadline_at: dt.datetime) -> None:
    """Put a request into inboxes that it is not in."""
    rows = [
        {"selector": selector, "request_id": request_id, "deadline_at": deadline_at} for selector in sorted(set(whose))
    ]
    if rows:
        _PUT_IN.each(connection, rows)


def selectors_of(connection: sa.Connection, request_id: str) -> set[str]:
    """Whose inboxes a request is in."""
    query = sa.select(selectors.c.selector).where(selectors.c.request_id == request_id)
    return set(connection.execute(query).scalars())


def take_out(connection: sa.Connection, request_id: str) -> None:
    """Take a request out of all inboxes."""
    _TAKE_OUT.run(connection, {"of": request_id})


def waiting_for(
    connection: sa.Connection, selector: str, after: tuple[str, str] | None, limit: int
) -> Iterator[tuple[str, str]]:
    """Deadline and id of what waits for a selector, the oldest deadline first, behind `after`; page by page."""
    while True:
        found = connection.execute(inbox_query(selector, after, limit))
        keys = [(str(row.due), str(row.request_id)) for row in found]
        yield from keys
        if len(keys) < limit:
            return
        after = keys[-1]


def inbox_query(selector: str, after: tuple[str, str] | None, limit: int) -> sa.Select[tuple[str, str]]:
    """A page of what waits for a selector, answered from one index alone."""
    deadline = sa.type_coerce(selectors.c.deadline_at, sa.String)
    wanted = sa.select(deadline.label("due"), selectors.c.request_id).where(selectors.c.selector == selector)
    if after is not None:
        wanted = wanted.where(sa.tuple_(deadline, selectors.c.request_id) > sa.tuple_(*map(sa.literal, after)))
    return wanted.order_by(deadline, selectors.c.request_id).limit(limit)


def opened(connection: sa.Connection, request_id: str, person_ref: str) -> dt.datetime | None:
    """When a person first had a request before their eyes."""
    found = _OPENED.one(connection, {"of": request_id, "by": person_ref})
    return None if found is None else found.opened_at


def open_first(connection: sa.Connection, request_id: str, person_ref: str, now: dt.datetime) -> None:
    """Keep when a person first had a request before their eyes."""
    if opened(connection, request_id, person_ref) is None:
        row = {"request_id": request_id, "person_ref": person_ref, "opened_at": now}
        connection.execute(openings.insert(), row)


# ---------------------------------------------------------------- votes and uses


def add_vote(connection: sa.Connection, vote: Vote) -> None:
    """Keep what somebody said."""
    row = {name: getattr(vote, name) for name in _VOTE}
    _VOTED.run(connection, {**row, "kind": vote.kind.value})


@remembered(votes)
def votes_on(connection: sa.Connection, request_id: str) -> tuple[Vote, ...]:
    """Everything that was said about a request, the oldest first."""
    return tuple(_vote(row) for row in _VOTES.all(connection, {"of": request_id}))


def votes_on_all(connection: sa.Connection, ids: Sequence[str]) -> dict[str, list[Vote]]:
    """Everything that was said about some requests, by request, the oldest first."""
    found: dict[str, list[Vote]] = {}
    for some in portions(ids):
        query = sa.select(votes).where(votes.c.request_id.in_(some)).order_by(votes.c.at, votes.c.id)
        for row in connection.execute(query):
            found.setdefault(row.request_id, []).append(_vote(row))
    return found


def add_use(connection: sa.Connection, request_id: str, at: dt.datetime, by: str, via: str, entry_id: str) -> None:
    """Use an approval up; a second time breaks the primary key."""
    row = {"request_id": request_id, "used_at": at, "used_by": by, "via": via, "entry_id": entry_id}
    _USED.run(connection, row)


# ---------------------------------------------------------------- rows and values

_VOTE = (
    "id",
    "request_id",
    "person_ref",
    "reason",
    "digest",
    "at",
    "delegate_of",
    "to_ref",
    "until",
    "issuer",
    "auth_time",
    "acr",
    "dwell_ms",
    "entry_id",
)
_PLAIN = (
    "id",
    "subject",
    "title",
    "use_case",
    "rights_digest",
    "digest",
    "salt",
    "proposer_ref",
    "on_behalf_of",
    "reason",
    "change_number",
    "level",
    "created_at",
    "deadline_at",
    "valid_until",
    "ended_at",
    "why_ended",
    "entry_id",
)


def terms_values(terms: Sequence[Term]) -> list[dict[str, Any]]:
    """Terms as canonical values."""
    return [
        {
            "decides": [each.value for each in term.decides],
            "rule": term.rule.model_dump(mode="json", by_alias=True, exclude_defaults=True),
            "useCase": term.use_case,
            **({"apart": list(term.apart)} if term.apart else {}),
        }
        for term in terms
    ]


def acts_values(acts: Sequence[ActTerms]) -> list[dict[str, Any]]:
    """Acts as canonical values."""
    return [
        {
            "decides": act.decides.value,
            "digest": act.digest,
            "facts": dict(act.facts),
            "resource": act.resource,
            "useCase": act.use_case,
        }
        for act in acts
    ]


def _row(request: Request) -> Mapping[str, Any]:
    return {
        **{name: getattr(request, name) for name in _PLAIN},
        "classes": json.dumps([each.value for each in request.classes]),
        "content": canonical_bytes(dict(request.content)).decode(),
        "content_digest": digest_of(dict(request.content)),
        "acts": canonical_bytes(acts_values(request.acts)).decode(),
        "base": canonical_bytes(dict(request.base)).decode(),
        "terms": canonical_bytes(terms_values(request.terms)).decode(),
        "approved_by": json.dumps(request.approved_by),
        "proposer_kind": request.proposer_kind.value,
        "excluded": json.dumps(sorted(request.excluded)),
        "state": request.state.value,
    }


def _request(row: sa.Row[Any] | Row) -> Request:
    return Request(
        **{name: getattr(row, name) for name in _PLAIN},
        classes=tuple(DecisionClass(each) for each in json.loads(row.classes)),
        content=json.loads(row.content),
        acts=tuple(
            ActTerms(DecisionClass(act["decides"]), act["resource"], act["useCase"], act["facts"], act["digest"])
            for act in json.loads(row.acts)
        ),
        base=json.loads(row.base),
        terms=_terms(row.terms),
        approved_by=tuple(json.loads(row.approved_by)),
        proposer_kind=ActorKind(row.proposer_kind),
        excluded=frozenset(json.loads(row.excluded)),
        state=RequestState(row.state),
    )


@lru_cache(maxsize=256)
def _terms(text: str) -> tuple[Term, ...]:
    """Many requests are asked under the same rules, and reading a rule takes longer than reading the rest."""
    return tuple(
        Term(
            Rule.model_validate(each["rule"]),
            each["useCase"],
            tuple(DecisionClass(one) for one in each["decides"]),
            tuple(each.get("apart", ())),
        )
        for each in json.loads(text)
    )


def _vote(row: sa.Row[Any] | Row) -> Vote:
    return Vote(kind=VoteKind(row.kind), **{name: getattr(row, name) for name in _VOTE})
