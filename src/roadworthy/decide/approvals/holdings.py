"""What somebody has in decisions: rules that name them, votes that count, requests of theirs, says they gave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import cast

import sqlalchemy as sa

from roadworthy.decide.approvals.model import DECISION_RIGHTS, RIGHTS_NAME, Approvers, DecisionRights
from roadworthy.decide.approvals.states import WAITING, RequestState
from roadworthy.decide.approvals.tables import delegations, requests, votes
from roadworthy.foundation.access.holdings import last_in
from roadworthy.foundation.identity.directory import Directory
from roadworthy.foundation.identity.leaving import Holding
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.storage.statements import portions

_GOING = tuple(state.value for state in (*WAITING, RequestState.APPROVED))


class HeldRights:
    """Decision rights that need somebody, and what of theirs is still going on.

    Args:
        resources: where the rights are declared.
        directory: who is in a group.
    """

    def __init__(self, resources: Resources, directory: Directory) -> None:
        self._resources = resources
        self._directory = directory

    def held(self, connection: sa.Connection, handles: Mapping[str, str | None]) -> Iterator[Holding]:
        """What rests on these people."""
        yield from self._named(connection, handles)
        for some in portions(sorted(handles)):
            yield from _votes(connection, some)
            yield from _requests(connection, some)
            yield from _delegations(connection, some, self._directory.runtime.clock.now())

    def touched(self, tx: Transaction, refs: Sequence[str]) -> None:
        """Nothing is derived here: who may vote is worked out at every vote."""

    def _named(self, connection: sa.Connection, handles: Mapping[str, str | None]) -> Iterator[Holding]:
        found = self._resources.find(DECISION_RIGHTS, RIGHTS_NAME, connection)
        if found is None:
            return
        by_handle = {handle: ref for ref, handle in handles.items() if handle is not None}
        key = f"{DECISION_RIGHTS}/{RIGHTS_NAME}"
        asking: dict[str, list[str]] = {}
        for rule in cast("DecisionRights", found.spec).rules:
            for clause in _clauses(rule.approvers, rule.escalations):
                if clause.group is not None:
                    asking.setdefault(clause.group, []).append(rule.name)
                ref = None if clause.person is None else by_handle.get(clause.person.strip().casefold())
                if ref is not None:
                    remedy = f"propose a change of the decision rights that names somebody else in `{rule.name}`"
                    yield Holding("right", key, ref, f"is named by the rule `{rule.name}`", remedy)
        for ref, group in last_in(connection, self._directory, list(asking), list(handles)):
            rules = ", ".join(f"`{name}`" for name in dict.fromkeys(asking[group]))
            words = f"is the last in `{group}`, which is asked by {rules}"
            yield Holding("group", key, ref, words, f"bring somebody into `{group}`, or propose other decision rights")


def _clauses(approvers: Sequence[Approvers], escalations: Sequence[object]) -> Iterator[Approvers]:
    later = chain.from_iterable(getattr(each, "approvers", ()) for each in escalations)
    yield from chain(approvers, later)


def _votes(connection: sa.Connection, refs: Sequence[str]) -> Iterator[Holding]:
    query = (
        sa.select(votes.c.person_ref, requests.c.id, requests.c.title)
        .join(requests, requests.c.id == votes.c.request_id)
        .where(votes.c.person_ref.in_(refs), votes.c.kind == "approve", requests.c.state.in_(_GOING))
        .order_by(requests.c.id)
    )
    for ref, request, title in connection.execute(query):
        words = f"approved `{title[:100]}`, which is still open"
        remedy = "decide, use or withdraw the request first"
        yield Holding("vote", f"Decision/{request}", ref, words, remedy)


def _requests(connection: sa.Connection, refs: Sequence[str]) -> Iterator[Holding]:
    query = (
        sa.select(requests.c.proposer_ref, requests.c.id, requests.c.title)
        .where(requests.c.proposer_ref.in_(refs), requests.c.state.in_(_GOING))
        .order_by(requests.c.id)
    )
    for ref, request, title in connection.execute(query):
        words = f"proposed `{title[:100]}`, which is still open"
        yield Holding("request", f"Decision/{request}", ref, words, "decide, use or decline the request first")


def _delegations(connection: sa.Connection, refs: Sequence[str], now: datetime) -> Iterator[Holding]:
    mine = sa.or_(delegations.c.by_ref.in_(refs), delegations.c.to_ref.in_(refs))
    wanted = frozenset(refs)
    query = (
        sa.select(delegations)
        .where(mine, delegations.c.ended_at.is_(None), delegations.c.ends_at > now)
        .order_by(delegations.c.id)
    )
    for row in connection.execute(query):
        for ref, words in ((row.by_ref, "gave their say to somebody"), (row.to_ref, "was given somebody's say")):
            if ref in wanted:
                until = f"{words} until {row.ends_at:%Y-%m-%d}"
                remedy = "whoever gave it takes it back, or it ends by itself"
                yield Holding("delegation", f"Say/{row.id}", ref, until, remedy)
