"""Windows that processes share, on both engines: never more than the ceiling, and nothing lost for good."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import pytest

from roadworthy.foundation.errors import NotFound
from roadworthy.foundation.ledger.appender import appender_for
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.notify.model import Message
from roadworthy.foundation.resources.documents import Source, parse
from roadworthy.foundation.resources.registry import Registry
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.kinds import kinds as inventory_kinds
from roadworthy.operate.admission.generation import mark, read_along
from roadworthy.operate.admission.kinds import kinds as endpoint_kinds
from roadworthy.operate.admission.limits.compiling import Bounds
from roadworthy.operate.admission.limits.forecast import Says
from roadworthy.operate.admission.limits.kinds import kinds
from roadworthy.operate.admission.limits.model import Over, Reserved, Short, Why
from roadworthy.operate.admission.limits.overview import Budgets
from roadworthy.operate.admission.limits.telling import Telling
from tests.harness.limits import Fleet, book

TRIAGE = {"use-case": "triage"}
DANA = Context(Actor(ActorKind.PERSON, "dana"))
DECLARED = """
apiVersion: roadworthy.dev/v1alpha1
kind: Budget
metadata: {name: daily}
spec: {useCases: [triage], limits: [{calls: 100, per: day}]}
"""
TEAM = """
apiVersion: roadworthy.dev/v1alpha1
kind: UseCase
metadata: {name: triage}
spec: {title: Triage, unit: Claims}
---
apiVersion: roadworthy.dev/v1alpha1
kind: Endpoint
metadata: {name: triage}
spec:
  useCase: triage
  surfaces: [chat-completions]
  models: [{name: small, targets: [{upstream: house, model: small}]}]
---
apiVersion: roadworthy.dev/v1alpha1
kind: Budget
metadata: {name: claims}
spec: {teams: [Claims], limits: [{calls: 100, per: day}]}
"""
DAILY = book(daily={"useCases": ["triage"], "limits": [{"calls": 100, "per": "day"}]})


@dataclass
class Kept:
    """Keeps what people would be told."""

    told: list[Message]

    def tell(self, tx: Transaction, message: Message) -> str:
        self.told.append(message)
        return tx.new_id()


@pytest.fixture
def fleet(store: Store) -> Fleet:
    return Fleet(store)


def test_three_processes_together_admit_exactly_as_many_as_the_ceiling(fleet: Fleet) -> None:
    fleets = [fleet.process(DAILY) for _ in range(3)]

    passed = sum(fleet.admits(fleets[turn % 3]) is not None for turn in range(150))

    assert passed == 100
    answer = fleet.ask(fleets[0], TRIAGE, {"calls": 1})
    assert isinstance(answer, Over)
    assert (answer.rule, answer.why, answer.shown) == ("limit:daily", Why.FULL, "100 calls per day")
    assert answer.retry_after == 12 * 3600 + 1 or answer.retry_after == 12 * 3600


def test_what_a_call_did_not_use_is_there_for_others_and_settling_twice_counts_once(fleet: Fleet) -> None:
    limits = fleet.process(book(tokens={"limits": [{"tokens": 1_000, "per": "day"}]}))

    first = fleet.admits(limits, tokens=900)
    assert first is not None
    assert fleet.admits(limits, tokens=200) is None
    limits.settle(first, {"tokens": 100})
    limits.settle(first, {"tokens": 0})
    limits.release(first)
    second = fleet.admits(limits, tokens=900)
    assert second is not None
    limits.release(second)
    limits.close()

    assert fleet.totals() == (100, 0)


def test_a_call_takes_from_all_windows_or_from_none(fleet: Fleet) -> None:
    limits = fleet.process(
        book(
            wide={"limits": [{"tokens": 1_000, "per": "day"}]},
            each={"each": ["user"], "limits": [{"calls": 1, "per": "hour"}]},
        )
    )
    ada, grace = {"use-case": "triage", "user": "ada"}, {"use-case": "triage", "user": "grace"}

    assert fleet.admits(limits, ada, calls=1, tokens=100) is not None
    refused = fleet.ask(limits, ada, {"calls": 1, "tokens": 100})
    assert isinstance(refused, Over)
    assert refused.name == "each"
    assert fleet.admits(limits, grace, calls=1, tokens=900) is not None
    full = fleet.ask(limits, {"use-case": "triage", "user": "alan"}, {"calls": 1, "tokens": 1})
    assert isinstance(full, Over)
    assert full.name == "wide"


def test_a_crash_gives_nothing_back_of_what_may_have_been_used(fleet: Fleet) -> None:
    dead, alive = fleet.process(DAILY), fleet.process(DAILY)
    assert fleet.admits(dead) is not None
    _, leased = fleet.totals()

    fleet.clock.advance(dt.timedelta(minutes=5))
    passed = sum(fleet.admits(alive) is not None for _ in range(150))

    assert passed == 100 - leased
    assert fleet.totals() == (0, 100)


def test_calls_at_the_same_time_end_with_their_process(fleet: Fleet) -> None:
    rules = book(busy={"limits": [{"concurrent": 4}]})
    dead, alive = fleet.process(rules), fleet.process(rules)
    assert all(fleet.admits(dead, concurrent=1) is not None for _ in range(4))
    assert fleet.admits(alive, concurrent=1) is None

    fleet.clock.advance(dt.timedelta(minutes=2))
    held = [fleet.admits(alive, concurrent=1) for _ in range(5)]

    assert [each is not None for each in held] == [True] * 4 + [False]
    alive.settle(held[0], {})
    assert fleet.admits(alive, concurrent=1) is not None


def test_a_process_that_was_given_up_takes_nothing_more_and_its_word_counts_when_it_comes_back(fleet: Fleet) -> None:
    slow, other = fleet.process(DAILY), fleet.process(DAILY)
    call = fleet.admits(slow)
    assert call is not None
    fleet.clock.advance(dt.timedelta(minutes=5))
    another = fleet.admits(other)
    assert isinstance(slow.reserve(TRIAGE, {"calls": 1}, fleet.clock.now()), Short)

    slow.settle(call, {"calls": 1})
    other.settle(another, {"calls": 1})
    slow.turn()
    slow.turn()
    other.close()
    slow.close()

    assert fleet.totals() == (2, 0)
    assert fleet.leases() == 0


def test_the_next_day_is_another_window_and_a_call_counts_where_it_began(fleet: Fleet) -> None:
    limits = fleet.process(book(daily={"limits": [{"calls": 1, "per": "day"}]}))
    call = fleet.admits(limits)
    assert fleet.admits(limits) is None

    fleet.clock.advance(dt.timedelta(hours=12))
    assert isinstance(fleet.admits(limits), Reserved)
    limits.settle(call, {"calls": 1})
    limits.close()

    assert fleet.totals() == (1, 1)


def test_a_sliding_window_holds_over_any_span(fleet: Fleet) -> None:
    limits = fleet.process(book(rate={"limits": [{"calls": 10, "per": "1m", "window": "sliding"}]}))
    passed: list[dt.datetime] = []
    for _ in range(240):
        if fleet.admits(limits) is not None:
            passed.append(fleet.clock.now())
        fleet.clock.advance(dt.timedelta(seconds=1))

    most = max(sum(start <= each < start + dt.timedelta(minutes=1) for each in passed) for start in passed)
    assert most == 10
    assert len(passed) >= 30


def test_whoever_calls_much_finds_room_before_it_is_lacking_and_in_the_next_window_too(fleet: Fleet) -> None:
    limits = fleet.process(book(rate={"limits": [{"calls": 1_000_000, "per": "1m", "window": "sliding"}]}))
    waits: list[int] = []
    for _ in range(9):  # seconds, of which three are one piece of the window
        short = 0
        for _ in range(200):
            answer = limits.reserve({"use-case": "triage"}, {"calls": 1}, fleet.clock.now())
            if isinstance(answer, Short):
                short += 1
                limits.refill(answer).result(timeout=60)
                answer = limits.reserve({"use-case": "triage"}, {"calls": 1}, fleet.clock.now())
            assert isinstance(answer, Reserved)
        limits.turn()
        fleet.clock.advance(dt.timedelta(seconds=1))
        waits.append(short)
    assert waits[0] <= 5, "before a rate is known, each block is twice what was taken"
    assert waits[1:] == [0, 0, 1, 0, 0, 1, 0, 0], "a call waits where a window begins, and for nothing else"


def test_filling_ahead_takes_nothing_that_others_lack(fleet: Fleet) -> None:
    rules = book(rate={"limits": [{"calls": 100, "per": "day"}]})
    one, other = fleet.process(rules), fleet.process(rules)
    for _ in range(20):
        assert fleet.admits(one) is not None
    one.turn()
    fleet.clock.advance(dt.timedelta(seconds=1))
    one.turn()
    passed = sum(fleet.admits(other) is not None for _ in range(100))
    passed += sum(fleet.admits(one) is not None for _ in range(100))
    assert fleet.totals()[1] <= 100
    assert passed <= 80
    for each in (one, other):
        each.turn()
    passed += sum(fleet.admits(each) is not None for each in (one, other) for _ in range(100))
    assert passed == 80


def test_a_ceiling_that_is_lowered_holds_for_the_next_call(fleet: Fleet) -> None:
    limits = fleet.process(DAILY)
    assert all(fleet.admits(limits) is not None for _ in range(20))

    limits.take(book(daily={"useCases": ["triage"], "limits": [{"calls": 21, "per": "day"}]}))

    assert fleet.admits(limits) is not None
    assert fleet.admits(limits) is None


def test_a_team_is_bounded_over_all_its_use_cases_and_moves_with_them(fleet: Fleet) -> None:
    rules = book(
        claims={"teams": ["Claims"], "limits": [{"calls": 3, "per": "day"}]},
        apart={"each": ["team"], "limits": [{"calls": 5, "per": "day"}]},
    )
    limits = fleet.process(replace(rules, teams={"triage": "Claims", "letters": "Claims", "fraud": "Risk"}))
    asked = ["triage", "letters", "triage", "letters", "fraud", "fraud", "fraud", "fraud", "fraud", "fraud", "other"]
    passed = [fleet.admits(limits, {"use-case": each}) is not None for each in asked]

    assert passed == [True] * 3 + [False] + [True] * 5 + [False] + [True]
    full = fleet.ask(limits, {"use-case": "letters"}, {"calls": 1})
    assert isinstance(full, Over)
    assert full.name == "claims"
    limits.take(replace(rules, teams={"triage": "Claims", "letters": "Risk"}))
    full = fleet.ask(limits, {"use-case": "letters"}, {"calls": 1})
    assert isinstance(full, Over)
    assert full.name == "apart", "the other team has used its own"


def test_whose_team_a_use_case_is_comes_from_the_inventory(fleet: Fleet) -> None:
    runtime = Runtime(clock=fleet.clock, threaded=False)
    units = Units(fleet.store, appender_for(fleet.store, runtime, "test"), runtime)
    cases = tuple(read_along(each) for each in inventory_kinds())
    registry = Registry((*cases, *kinds(), *endpoint_kinds()))
    resources = Resources(fleet.store, units, registry)
    declared, _ = parse([Source("team.yaml", TEAM)], registry)
    resources.apply(DANA, resources.plan(declared))
    bounds = Bounds(resources)
    with fleet.store.read() as connection:
        compiled, words = bounds.compile(connection)
        before = mark(connection)
    assert dict(compiled.teams) == {"triage": "Claims"}
    moved, _ = parse([Source("team.yaml", TEAM.replace("unit: Claims", "unit: Risk"))], registry)
    resources.apply(DANA, resources.plan(moved))
    with fleet.store.read() as connection:
        again, other_words = bounds.compile(connection)
        assert mark(connection) != before, "the gateway reads it anew"
    assert dict(again.teams) == {"triage": "Risk"}
    assert words != other_words


def test_money_that_nobody_can_price_is_refused(fleet: Fleet) -> None:
    limits = fleet.process(book(month={"limits": [{"money": "120 EUR", "per": "month"}]}))

    answer = limits.reserve(TRIAGE, {"calls": 1, "tokens": 5}, fleet.clock.now())

    assert isinstance(answer, Over)
    assert (answer.why, answer.shown) == (Why.NO_PRICE, "120 EUR per month; nobody declared what this model costs")


def test_what_a_dead_process_held_is_in_doubt_until_somebody_says_what_it_used(fleet: Fleet) -> None:
    runtime = Runtime(clock=fleet.clock, threaded=False)
    units = Units(fleet.store, appender_for(fleet.store, runtime, "test"), runtime)
    registry = Registry(kinds())
    resources = Resources(fleet.store, units, registry)
    (declared,) = parse([Source("daily.yaml", DECLARED)], registry)[0]
    resources.apply(DANA, resources.plan([declared]))
    budgets = Budgets(fleet.store, units, resources, runtime)
    told: list[Message] = []
    dead, alive = fleet.process(DAILY), fleet.process(DAILY)
    assert fleet.admits(dead) is not None
    (gauge,) = budgets.get("daily").gauges
    held = gauge.standing.leased
    assert held > 1

    fleet.clock.advance(dt.timedelta(minutes=2))
    telling = Telling(fleet.store, units, runtime, alive, lambda _connection, _cases: ("dana",), Kept(told))
    assert telling.sweep() == 1
    assert telling.sweep() == 0
    (gauge,) = budgets.get("daily").gauges
    assert (gauge.standing.unknown, gauge.standing.used) == (held, 0)

    assert budgets.reconcile(DANA, "daily", 1, "seen at the upstream") == held - 1
    with pytest.raises(NotFound, match="in doubt"):
        budgets.reconcile(DANA, "daily", 1, "again")
    calls = [fleet.admits(alive) for _ in range(120)]
    assert sum(call is not None for call in calls) == 99
    for call in calls:
        alive.settle(call, {"calls": 1})
    alive.turn()
    assert [message.subject for message in told] == ["100 % of 100 calls per day are used (`daily`)"]
    (gauge,) = budgets.get("daily").gauges
    assert (gauge.percent, gauge.forecast.says) == (100, Says.FULL)
