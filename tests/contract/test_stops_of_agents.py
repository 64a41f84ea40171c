"""A stop of an agent or an action: what it reaches, who lifts it, and how soon every replica knows; both engines."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from roadworthy.decide.certificate.deciding import Asked, Change
from roadworthy.decide.certificate.scopes import SELF_TEST
from roadworthy.decide.certificate.status import store as heads
from roadworthy.decide.certificate.status.head import sealed_head
from roadworthy.decide.certificate.status.model import FORMAT, PURPOSE, Standing, Stop
from roadworthy.decide.certificate.status.service import Status
from roadworthy.decide.certificate.status.writing import read
from roadworthy.evidence import envelopes
from roadworthy.foundation.errors import InvalidInput, NotFound, Refused, RoadworthyError
from roadworthy.foundation.resources.documents import Source, parse
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.postgres import PostgresStore
from roadworthy.foundation.storage.schema import Instant
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.actions.kinds import kinds
from roadworthy.operate.actions.tables import agent_actions
from tests.contract.test_certificates_decided import RESUME, RITA, SUSPEND, changed, proposed
from tests.contract.test_status import Site
from tests.contract.waiting import deployment
from tests.harness.certified import NOON
from tests.harness.governed import CASE, CHANGE_RIGHTS, Board, document, governed
from tests.harness.issued import issued

BY = "dana@halden.example"


def workload(subject: str, *use_cases: str) -> dict[str, Any]:
    return {
        "title": "Support agent",
        "owner": BY,
        "may": ["decisions:use"],
        **({"useCases": list(use_cases)} if use_cases else {}),
        "issuer": "https://id.halden.example",
        "subject": subject,
        "audience": "roadworthy",
    }


def action(*agents: str, **more: Any) -> dict[str, Any]:
    return {
        "title": "Refund",
        "useCases": [CASE],
        "system": "payments",
        "http": {"method": "POST", "path": "/refunds"},
        "input": {"type": "object"},
        "effect": "write",
        "tier": "medium",
        **({"agents": list(agents)} if agents else {}),
        **more,
    }


@contextmanager
def acting(store: Store, home: Path) -> Iterator[Board]:
    with governed(store, home) as board:
        known = {each.name for each in board.app.registry.all()}
        for kind in kinds():
            if kind.name not in known:
                board.app.registry.register(kind)
        said = [
            document("Workload", "bot", workload("bot", CASE)),
            document("Workload", "nightly", workload("nightly")),
            document("Action", "payments.refund", action("bot")),
            document("Action", "payments.look", action(effect="read")),
        ]
        declared, findings = parse([Source("acting.yaml", "\n---\n".join(said))], board.app.registry)
        assert not findings, [str(each) for each in findings]
        board.app.resources.apply(board.context(BY), board.app.resources.plan(declared))
        issued(board.app, board.context(BY), CASE)
        yield board


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Iterator[Board]:
    with acting(store, tmp_path) as opened:
        yield opened


def stopped(board: Board, agent: str | None = None, action: str | None = None) -> str | None:
    status = board.app.operation.status
    status.look()
    assert status.held is not None
    return status.held.stopped_by(CASE, agent, action)


def test_it_stops_an_agent_alone_and_a_decision_lets_it_go_on(board: Board) -> None:
    stops = board.app.operation.certificates.stops
    board.signed(CHANGE_RIGHTS, SUSPEND, RESUME)
    board.app.consumers.tick()
    stop = stops.set(board.context(BY), "agent:bot", "It refunds twice.")
    assert stops.set(board.context(RITA), "agent:bot", "I saw it too.") == stop, "set once"
    assert stopped(board, "bot") == "agent:bot"
    assert stopped(board, "nightly", "payments.refund") is None
    stops.set(board.context(BY), "action:payments.refund", "It refunds twice.")
    assert stopped(board, "nightly", "payments.refund") == "action:payments.refund"
    assert stopped(board, "nightly", "payments.look") is None
    for scope in ("agent:bot", "action:payments.refund"):
        with pytest.raises(Refused):
            changed(board, Change.LIFT_STOP, scope)
        board.approve(RITA, proposed(board, Change.LIFT_STOP, scope))
    assert stopped(board, "bot", "payments.refund") is None
    entries = board.entries("stop.")
    assert [each.what for each in entries] == ["stop.set", "stop.set", "stop.lifted", "stop.lifted"]
    assert {each.facts["useCase"] for each in entries} == {CASE}, "both are at home in one use case"
    assert {each.resource for each in entries} == {"StopSwitch/agent:bot", "StopSwitch/action:payments.refund"}


def test_what_it_reaches_is_said_before(board: Board) -> None:
    stops = board.app.operation.certificates.stops
    bot, refund = stops.reach("agent:bot"), stops.reach("action:payments.refund")
    assert (bot.certificates, bot.agents, bot.actions) == ((), ("bot",), ("payments.look", "payments.refund"))
    assert (refund.agents, refund.actions) == (("bot",), ("payments.refund",))
    nightly = stops.reach("agent:nightly")
    assert nightly.actions == ("payments.look",), "the other one names who may do it"
    case = stops.reach(CASE)
    assert len(case.certificates) == 1
    assert (case.agents, case.actions) == (("bot", "nightly"), ("payments.look", "payments.refund"))
    assert len({each.state for each in (bot, refund, nightly, case)}) == 4


def _row() -> dict[str, object]:
    """An action of which nothing matters."""
    needed = [each for each in agent_actions.c if not each.nullable]
    texts = {each.name: NOON if isinstance(each.type, Instant) else "" for each in needed}
    return {**texts, **{each.name: 0 for each in needed if isinstance(each.type, sa.Integer | sa.Boolean)}}


def _insert(row: dict[str, object], connection: sa.Connection) -> None:
    connection.execute(agent_actions.insert().values(row))


def test_what_waits_is_counted_by_scope(board: Board) -> None:
    rows = [
        ("held", "bot", "payments.refund", CASE),
        ("queued", "bot", "payments.look", CASE),
        ("done", "bot", "payments.refund", CASE),
        ("parked", None, "payments.refund", "other"),
    ]
    empty = board.app.operation.certificates.stops.reach("all").waiting
    for number, (state, agent, name, case) in enumerate(rows):
        said = {
            "id": f"a{number}",
            "state": state,
            "workload": agent,
            "action": name,
            "use_case": case,
            "place": number,
        }
        board.app.store.write(partial(_insert, {**_row(), **said}))
    reach = board.app.operation.certificates.stops.reach
    assert empty == {}
    assert reach("agent:bot").waiting == {"held": 1, "queued": 1}
    assert reach("action:payments.refund").waiting == {"held": 1, "parked": 1}
    assert reach(CASE).waiting == {"held": 1, "queued": 1}
    assert reach("all").waiting == {"held": 1, "queued": 1, "parked": 1}


def test_what_is_not_there_is_not_stopped(board: Board) -> None:
    stops = board.app.operation.certificates.stops
    for scope in ("agent:nobody", "action:payments.nothing", "nothing"):
        with pytest.raises(NotFound):
            stops.set(board.context(BY), scope, "A slip.")
        with pytest.raises(NotFound):
            stops.reach(scope)
    for scope in ("robot:bot", SELF_TEST):
        with pytest.raises(InvalidInput, match=r"stop switch|self-test"):
            stops.set(board.context(BY), scope, "A slip.")
    assert stops.listed() == []


def test_who_is_asked_depends_on_whose_it_is(board: Board) -> None:
    stops = board.app.operation.certificates.stops
    found = {scope: stops.decided_in(scope) for scope in ("all", CASE, "agent:bot", "agent:nightly", "agent:gone")}
    assert found == {"all": None, CASE: CASE, "agent:bot": CASE, "agent:nightly": None, "agent:gone": None}


def test_what_was_stopped_can_be_let_go_when_it_is_declared_no_more(board: Board) -> None:
    stops, resources = board.app.operation.certificates.stops, board.app.resources
    stops.set(board.context(BY), "action:payments.refund", "It refunds twice.")
    resources.remove(
        board.context(BY), "Action", "payments.refund", resources.get("Action", "payments.refund").generation
    )
    assert stopped(board, None, "payments.refund") == "action:payments.refund"
    board.app.operation.certificates.change(
        board.context(BY), Asked(Change.LIFT_STOP, "action:payments.refund", "Gone.")
    )
    assert stopped(board, None, "payments.refund") is None


@pytest.fixture
def site(store: Store, tmp_path: Path) -> Iterator[Site]:
    at = deployment(store)
    at.clock.instant = NOON
    site = Site(at, tmp_path / "keys")
    yield site
    for each in site.made:
        each.close()


def test_what_a_release_before_signed_counts_at_once_and_is_signed_anew(site: Site) -> None:
    site.change(Standing((site.issued.listed,), (Stop("agent:bot", NOON),)))
    with site.at.store.read() as connection:
        newest = heads.newest(connection)
    assert newest is not None
    head = read(envelopes.opened(newest.envelope, kind="application/vnd.roadworthy.status+json", largest=10**6).payload)
    old = sealed_head(
        type(head)(head.origin, 2, head.issued, head.ages, head.stops, head.revoked, head.parts, format=FORMAT),
        site.keys.signing(PURPOSE),
    )
    site.at.store.write(lambda connection: heads.put(connection, heads.Signed(2, head.issued, head.ages.most, old)))
    site.status.look()
    assert site.status.held is not None
    assert site.status.held.stopped_by("triage", "bot") == "agent:bot"
    site.status._watch.turn(seconds=0)
    assert site.status.health().seq == 3, "so that a release before refuses it, as it has to"


def known(status: Status, scope: str) -> bool:
    held = status.held
    agent, action = (scope.partition(":")[2] if scope.startswith(each) else None for each in ("agent:", "action:"))
    return held is not None and held.stopped_by("triage", agent, action) == scope


@pytest.mark.postgres
@pytest.mark.parametrize("scope", ["all", "triage", "agent:bot", "action:payments.refund"])
def test_three_replicas_know_of_each_scope_within_a_second(
    postgres_store: PostgresStore, tmp_path: Path, scope: str
) -> None:
    site = Site(deployment(postgres_store), tmp_path / "keys")
    site.at.clock.instant = NOON
    site.change(Standing((site.issued.listed,)))
    address = postgres_store._engine.url.render_as_string(hide_password=False)
    with ExitStack() as open_:
        replicas = []
        for _ in range(3):
            store = PostgresStore(address, Runtime())
            open_.callback(store.close)
            replica = site.replica(store, Runtime(clock=site.at.clock), tmp_path / "keys")
            replica.start()
            open_.callback(replica.close)
            replicas.append(replica)
        assert not any(known(each, scope) for each in replicas)
        site.change(Standing((site.issued.listed,), (Stop(scope, NOON),)))
        began, pause = time.monotonic(), threading.Event()
        while not all(known(each, scope) for each in replicas) and time.monotonic() < began + 60:
            pause.wait(0.002)
        assert all(known(each, scope) for each in replicas), "and the bench says how soon"


def test_a_scope_that_nobody_wrote_is_refused_everywhere(board: Board) -> None:
    with pytest.raises(RoadworthyError):
        board.app.operation.certificates.change(board.context(BY), Asked(Change.LIFT_STOP, "robot:x", "A slip."))
