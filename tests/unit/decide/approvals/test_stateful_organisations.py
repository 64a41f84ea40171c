"""Random organisations that try to approve their own requests: no route leads there, against a small model."""

from __future__ import annotations

import datetime as dt
import itertools
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    multiple,
    rule,
    run_state_machine_as_test,
)

from roadworthy.decide.approvals.requests import Request, VoteKind
from roadworthy.decide.approvals.tables import delegations
from roadworthy.foundation.errors import RoadworthyError
from roadworthy.foundation.identity.tables import group_members
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.sqlite import SqliteStore
from tests.harness.governed import Board, ask, governed
from tests.harness.schema import all_tables

GROUPS = ("risk", "inner", "outer")
RULE = ask("two", ["deploy"], {"group": "risk", "count": 2}, delegation={"longest": "14d"})
LOOKING = 900
"""Seconds that a campaign looks."""
_count = itertools.count()


@dataclass
class Asked:
    """A request as the model knows it."""

    request: Request
    proposers: set[str]
    """Handles of records: whoever proposed, for whom, who answers for the program."""
    voted: dict[str, str | None] = field(default_factory=dict)
    """Handle to whose say was carried."""
    given: dict[str, set[str]] = field(default_factory=dict)
    """Handle to those who gave them their say in this request."""
    over: bool = False


class Organisation(RuleBasedStateMachine):
    """People with several records, groups in groups, programs, and says that are given away."""

    board: Board
    seen: Counter[str]
    """What happened in all examples."""

    def __init__(self) -> None:
        super().__init__()
        self.human: dict[str, int] = {}
        self.gone: set[str] = set()
        self.members: dict[str, set[str]] = {name: set() for name in GROUPS}
        self.nested: dict[str, set[str]] = {name: set() for name in GROUPS}
        self.programs: dict[str, set[str]] = {}
        self.says: set[tuple[str, str]] = set()

    records = Bundle("records")
    tokens = Bundle("tokens")
    asked = Bundle("asked")

    # ------------------------------------------------------------ the organisation

    @initialize(target=records)
    def begin(self) -> object:
        self.seen["organisations"] += 1
        store = self.board.app.store
        store.write(lambda connection: connection.execute(group_members.delete()))
        store.write(lambda connection: connection.execute(delegations.delete()))
        made = [self._record() for _ in range(4)]
        for handle in made[:3]:
            self.board.group("risk", handle)
            self.members["risk"].add(handle)
        return multiple(*made)

    def _record(self) -> str:
        number = next(_count)
        handle = f"p{number}@halden.example"
        self.human[handle] = number
        self.board.ref(handle)
        return handle

    @rule(target=records)
    def somebody_new(self) -> str:
        return self._record()

    @rule(one=records, other=records)
    def are_one_human(self, one: str, other: str) -> None:
        kept, lost = self.human[one], self.human[other]
        same = [handle for handle, human in self.human.items() if human in {kept, lost}]
        self.human |= dict.fromkeys(same, kept)
        self.board.one_human(*same)

    @rule(who=records, group=st.sampled_from(GROUPS))
    def joins(self, who: str, group: str) -> None:
        if who not in self.members[group]:
            self.members[group].add(who)
            self.board.group(group, who)

    @rule(inner=st.sampled_from(GROUPS), outer=st.sampled_from(GROUPS))
    def is_within(self, inner: str, outer: str) -> None:
        if inner not in self.nested[outer]:
            self.nested[outer].add(inner)
            self.board.group(outer)
            self.board.group(inner, within=outer)

    @rule(who=consumes(records))
    def leaves(self, who: str) -> None:
        self.gone.add(who)
        self.board.leaves(who)

    @rule(target=tokens, maker=records, owner=st.none() | records)
    def makes_a_program(self, maker: str, owner: str | None) -> str:
        name = f"program-{next(_count)}"
        self.board.program(name, owner, maker)
        self.programs[name] = {maker} | ({owner} if owner is not None else set())
        return name

    @rule(by=records, to=records)
    def gives_their_say(self, by: str, to: str) -> None:
        board = self.board
        ends = board.deployment.clock.now() + dt.timedelta(days=9)
        try:
            board.app.approvals.give_say(board.context(by), board.proof(), to, ends, "away")
        except RoadworthyError:
            assert self.human[by] == self.human[to] or to in self.gone
        else:
            self.says.add((by, to))

    # ------------------------------------------------------------ requests

    @rule(target=asked, by=records, owner=st.none() | records)
    def proposes(self, by: str, owner: str | None) -> Asked:
        ref = None if owner is None else self.board.ref(owner)
        request = self.board.deploy(by, release=f"r{next(_count)}", on_behalf_of=ref)
        self.seen["requests"] += 1
        return Asked(request, {by} | ({owner} if owner is not None else set()))

    @rule(target=asked, program=tokens)
    def a_program_proposes(self, program: str) -> Asked:
        from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context

        context = Context(Actor(ActorKind.WORKLOAD, program, "api", "program-token"))
        request = self.board.deploy(context, release=f"r{next(_count)}")
        self.seen["requests"] += 1
        return Asked(request, set(self.programs[program]))

    @rule(asked=asked, by=records, to=records)
    def gives_their_say_in_it(self, asked: Asked, by: str, to: str) -> None:
        board, request = self.board, asked.request
        ends = board.deployment.clock.now() + dt.timedelta(days=9)
        try:
            board.app.approvals.delegate(board.context(by), board.proof(), request.id, request.digest, to, ends, "away")
        except RoadworthyError:
            return
        assert self._in_risk(by)
        assert not self._closure(asked) & {self.human[by], self.human[to]}
        asked.given.setdefault(to, set()).add(by)

    @rule(asked=asked, who=records)
    def approves(self, asked: Asked, who: str) -> None:
        if asked.over:
            return
        try:
            standing = self.board.approve(who, asked.request)
        except RoadworthyError as error:
            self._refused_rightly(asked, who, error)
            return
        vote = standing.votes[-1]
        handles = {self.board.refs[handle]: handle for handle in self.human}
        asked.voted[who] = None if vote.delegate_of is None else handles[vote.delegate_of]
        self._is_clean(asked, who)
        if standing.request.state == "approved":
            asked.over = True
            self.seen["approved"] += 1
            self._is_met(asked)

    # ------------------------------------------------------------ those who have a reason to try

    @rule(asked=asked, data=st.data())
    def one_of_the_proposers_tries(self, asked: Asked, data: st.DataObject) -> None:
        """By any of their records, and as a member of the group."""
        closure = self._closure(asked)
        theirs = [who for who in self.human if self.human[who] in closure and who not in self.gone]
        if theirs:
            who = data.draw(st.sampled_from(theirs))
            self.joins(who, "risk")
            self.approves(asked, who)

    @rule(asked=asked, data=st.data())
    def who_voted_tries_again_by_another_record(self, asked: Asked, data: st.DataObject) -> None:
        """A record that was not known to be theirs when they voted."""
        if asked.voted:
            first, second = data.draw(st.sampled_from(sorted(asked.voted))), self._record()
            self.joins(second, "risk")
            self.are_one_human(first, second)
            self.approves(asked, second)

    @rule(asked=asked, data=st.data())
    def somebody_carries_the_say_of_a_proposer(self, asked: Asked, data: st.DataObject) -> None:
        """Whoever carries it is a stranger to the request."""
        theirs = sorted(who for who in asked.proposers if who not in self.gone)
        if theirs:
            who, stranger = data.draw(st.sampled_from(theirs)), self._record()
            self.joins(who, "risk")
            self.gives_their_say(who, stranger)
            self.gives_their_say_in_it(asked, who, stranger)
            self.approves(asked, stranger)

    @rule(asked=asked, data=st.data())
    def a_proposer_carries_the_say_of_a_member(self, asked: Asked, data: st.DataObject) -> None:
        """The other way round."""
        theirs = sorted(who for who in asked.proposers if who not in self.gone)
        members = sorted(who for who in self.members["risk"] if who not in self.gone)
        if theirs and members:
            who, member = data.draw(st.sampled_from(theirs)), data.draw(st.sampled_from(members))
            self.gives_their_say(member, who)
            self.approves(asked, who)

    @rule(asked=asked)
    def everybody_who_is_asked_approves(self, asked: Asked) -> None:
        """So that many requests come to be decided, and what comes out later meets them."""
        for who in sorted(self.human):
            if self._in_risk(who):
                self.approves(asked, who)

    @rule(target=asked, by=records, owner=st.none() | records, late=st.booleans())
    def a_whole_decision(self, by: str, owner: str | None, late: bool) -> Asked:
        """Proposed, approved by whoever may, used; perhaps by somebody of whom more comes out in between."""
        asked = cast("Asked", self.proposes(by, owner))
        for _ in range(2):
            self.joins(self._record(), "risk")
        self.everybody_who_is_asked_approves(asked)
        if late:
            self.an_approver_turns_out_to_be_a_proposer(asked)
        self.is_carried_out(asked)
        return asked

    @rule(asked=asked)
    def an_approver_turns_out_to_be_a_proposer(self, asked: Asked) -> None:
        """After the vote, and perhaps before the use."""
        for voter in sorted(asked.voted)[:1]:
            self.are_one_human(voter, min(asked.proposers))
            self.is_carried_out(asked)

    @rule(asked=asked)
    def is_carried_out(self, asked: Asked) -> None:
        request = asked.request
        try:
            self.board.app.approvals.use(self.board.context("admin"), request.id, request.digest)
        except RoadworthyError:
            return
        assert asked.over
        self.seen["carried out"] += 1
        for who in asked.voted:
            self._is_clean(asked, who)
        given = [vote for vote in self.board.app.approvals.standing(request.id).votes if vote.kind is VoteKind.APPROVE]
        assert {vote.person_ref for vote in given} == {self.board.refs[who] for who in asked.voted}

    # ------------------------------------------------------------ the model

    def _closure(self, asked: Asked) -> set[int]:
        return {self.human[handle] for handle in asked.proposers}

    def _in_risk(self, who: str) -> bool:
        found, ahead = set[str](), ["risk"]
        while ahead:
            group = ahead.pop()
            if group not in found:
                found.add(group)
                ahead += self.nested[group]
        return who not in self.gone and any(who in self.members[group] for group in found)

    def _refused_rightly(self, asked: Asked, who: str, error: RoadworthyError) -> None:
        """Nobody is refused who is a member of the group, is here, has no stake, and voted by no record."""
        mine = self.human[who]
        self.seen["own tries refused"] += mine in self._closure(asked)
        voted = {self.human[handle] for handle in asked.voted}
        must = self._in_risk(who) and mine not in self._closure(asked) and mine not in voted
        assert not must, error

    def _is_clean(self, asked: Asked, who: str) -> None:
        closure = self._closure(asked)
        assert self.human[who] not in closure
        behind = asked.voted[who]
        if behind is not None:
            assert self.human[behind] not in closure
            known = (behind, who) in self.says or behind in asked.given.get(who, set())
            same = {self.human[by] for by, to in self.says if self.human[to] == self.human[who]}
            same |= {
                self.human[by] for to, bys in asked.given.items() if self.human[to] == self.human[who] for by in bys
            }
            assert known or self.human[behind] in same

    def _is_met(self, asked: Asked) -> None:
        assert len({self.human[who] for who in asked.voted}) >= 2
        says = {self.human[behind or who] for who, behind in asked.voted.items()}
        assert len(says) >= 2


@pytest.fixture
def board(sqlite_store: SqliteStore, tmp_path: Path) -> Iterator[Board]:
    with governed(sqlite_store, tmp_path, RULE) as opened:
        for name in GROUPS:
            opened.group(name)
        yield opened


def _try(board: Board, examples: int, steps: int) -> Counter[str]:
    seen: Counter[str] = Counter()
    machine = type("Organisation", (Organisation,), {"board": board, "seen": seen})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return seen


def test_no_route_leads_to_approving_what_one_proposed(board: Board) -> None:
    _try(board, 10, 25)


@pytest.mark.campaign
def test_no_route_leads_there_however_long_one_looks(tmp_path: Path, record_property: Callable[..., None]) -> None:
    """A quarter of an hour; every batch on a fresh database, as those who are there already slow down what follows."""
    seen: Counter[str] = Counter()
    end = time.monotonic() + LOOKING
    for batch in itertools.count():
        folder = tmp_path / str(batch)
        folder.mkdir()
        store = SqliteStore(folder / "roadworthy.db", Runtime())
        store.write(all_tables().create_all)
        with governed(store, folder, RULE) as opened:
            for name in GROUPS:
                opened.group(name)
            seen += _try(opened, 40, 60)
        store.close()
        shutil.rmtree(folder)
        if time.monotonic() > end:
            break
    for what, times in seen.items():
        record_property(what, times)
    print(dict(seen))  # noqa: T201 - with `-s`, how far one looked
    assert set(seen) == {"organisations", "requests", "own tries refused", "approved", "carried out"}
