"""What agents asked for is decided anew under other rules: the same rules say the same, others say what differs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.money import Money
from roadworthy.foundation.resources.documents import Declared
from roadworthy.interfaces.client import PREFIX
from roadworthy.interfaces.web.rendering import page
from roadworthy.interfaces.web.showing.action_replays import Asked, replay_view
from roadworthy.interfaces.web.views.frame import Frame, Settings, places
from roadworthy.operate.actions import store as rows
from roadworthy.operate.actions.declared import Action, ActionLimit, System
from roadworthy.operate.actions.past.model import Replayed, Span
from tests.harness.acting import ACTIONS, CASE, REFUND, Shop, shop
from tests.unit.interfaces.conftest import ADDRESS, answering

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
FAR = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with shop(tmp_path_factory.mktemp("acting") / "home") as made:
        yield made


def replayed(there: Shop, *declared: Declared, **span: Any) -> Replayed:
    there.running.app.ledger.settle()
    return there.running.app.acting.replaying.replay(Span(LONG_AGO, FAR, **span), declared)


def refunds(**changes: Any) -> Declared:
    return Declared("Action", "payments.refund", {}, Action.model_validate(ACTIONS["payments.refund"] | changes))


CUSTOMERS = {"c-1001": "p-7001", "c-1002": "p-7003", "c-1003": "p-7005"}
ASKED = st.one_of(
    st.tuples(
        st.just("refund"), st.sampled_from(sorted(CUSTOMERS)),
        st.sampled_from([-1, 700, 4_900, 9_999, 20_000, 46_000]), st.sampled_from(["yes", "no", "open"]),
    ),
    st.tuples(st.just("note"), st.sampled_from(["a", "b"]), st.just(0), st.just("")),
    st.tuples(st.just("read"), st.sampled_from(["o-5001", "o-none"]), st.just(0), st.just("")),
    st.tuples(st.just("mail"), st.just("x"), st.just(0), st.sampled_from(["half", "well"])),
)  # fmt: skip


def _do(there: Shop, asked: tuple[str, str, int, str], run: str) -> None:
    kind, whom, amount, how = asked
    there.heal()
    match kind:
        case "refund":
            sent = {**REFUND, "customer": whom, "payment": CUSTOMERS[whom], "amount": amount}
            body = there.do("payments.refund", sent, run=run).json()
            if body["state"] == "held" and how != "open":
                there.decide(body["request"], yes=how == "yes")
                there.ended(body["id"])
        case "note":
            there.do("notes.add", {"text": whom}, run=run)
        case "read":
            there.do("orders.get", {"order": whom}, run=run)
        case _:
            if how == "half":
                there.systems["mail"].fails("half", times=1)
            there.do("mail.send", {"to": "ana.novak@customers.example", "subject": "Hello", "text": "x"}, run=run)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(ASKED, min_size=1, max_size=5), run=st.sampled_from(["one", "two", "three"]))
def test_under_unchanged_rules_everything_is_decided_as_it_was(
    there: Shop, asked: list[tuple[str, str, int, str]], run: str
) -> None:
    before = there.systems["payments"].did("refund")
    for each in asked:
        _do(there, each, run)
    done = len(there.systems["payments"].did("refund"))
    found = replayed(there)
    assert found.whole
    assert found.decisions >= len(asked)
    assert [(each.action, each.then, each.now, each.rule, each.about) for each in found.shown] == []
    assert not found.unknown
    assert replayed(there).digest == found.digest
    assert len(there.systems["payments"].did("refund")) == done >= len(before)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop with refunds of 20, 49 and 200 EUR to one customer and 49 EUR to another, one held and declined."""
    with shop(tmp_path_factory.mktemp("known") / "home") as made:
        for customer, amount in (("c-1001", 2_000), ("c-1001", 4_900), ("c-1001", 20_000), ("c-1002", 4_900)):
            sent = {**REFUND, "customer": customer, "payment": CUSTOMERS[customer], "amount": amount}
            body = made.do("payments.refund", sent).json()
            if body["state"] == "held":
                made.decide(body["request"], yes=False)
                made.ended(body["id"])
        yield made


def _sums(found: Replayed) -> dict[tuple[str, str], tuple[int, int]]:
    return {(each.then, each.now): (each.count, each.amounts.get("EUR", 0)) for each in found.sums}


def test_a_lower_hold_is_told_with_its_money_and_its_customers(known: Shop) -> None:
    found = replayed(known, refunds(hold={"above": "30 EUR"}))
    assert _sums(found) == {
        ("allow", "allow"): (1, 2_000),
        ("allow", "hold"): (2, 9_800),
        ("hold", "hold"): (1, 20_000),
    }
    assert [(each.action, each.then, each.now, each.rule, each.amount) for each in found.shown] == [
        ("payments.refund", "allow", "hold", "hold", 4_900), ("payments.refund", "allow", "hold", "hold", 4_900),
    ]  # fmt: skip
    assert [(each.name, each.sums[0].count) for each in found.by_rule] == [("hold", 2)]
    assert [each.sums[0].amounts for each in found.by_customer] == [{"EUR": 4_900}, {"EUR": 4_900}]
    assert not any("c-100" in each.name for each in found.by_customer)


def test_a_narrower_window_refuses_what_came_after_it_was_full(known: Shop) -> None:
    narrow = refunds(limits=[{"amount": "60 EUR", "per": "day", "each": ["customer"]}])
    found = replayed(known, narrow)
    assert _sums(found) == {
        ("allow", "allow"): (2, 6_900), ("allow", "deny"): (1, 4_900), ("hold", "deny"): (1, 20_000),
    }  # fmt: skip
    assert {each.rule for each in found.shown} == {"limit:payments.refund"}
    assert all("EUR" in each.about for each in found.shown)


def test_what_was_held_and_would_pass_now_takes_its_room(known: Shop) -> None:
    """Without a hold rule the 200 EUR are refunded at once, and nothing is left of 230 for a customer after that."""
    loose = refunds(hold=None, limits=[{"amount": "230 EUR", "per": "day"}])
    found = replayed(known, loose)
    assert [(each.then, each.now, each.amount) for each in found.shown] == [("hold", "deny", 20_000)]
    wide = refunds(hold=None, limits=[{"amount": "300 EUR", "per": "day"}])
    assert [(each.then, each.now, each.amount) for each in replayed(known, wide).shown] == [
        ("hold", "allow", 20_000), ("allow", "deny", 4_900),
    ]  # fmt: skip


def test_what_would_be_held_counts_only_where_it_is_said_to_pass(known: Shop) -> None:
    held = refunds(hold={"above": "30 EUR"}, limits=[{"amount": "100 EUR", "per": "day"}])
    assert ("allow", "deny") not in _sums(replayed(known, held))
    assert _sums(replayed(known, held, pass_held=True))["hold", "deny"] == (1, 20_000)


def test_a_shared_limit_that_nobody_applied_yet_is_asked(known: Shop) -> None:
    spec = {"actions": ["payments.refund"], "limits": [{"count": 1, "per": "day", "each": ["use-case"]}]}
    found = replayed(known, Declared("ActionLimit", "together", {}, ActionLimit.model_validate(spec)))
    assert [(each.now, each.rule) for each in found.shown] == [("deny", "limit:together")] * 3


def test_what_cannot_be_known_is_said_and_not_guessed(known: Shop) -> None:
    found = replayed(known, refunds(pin={"schema": "sha256:" + "0" * 64, "description": "sha256:" + "0" * 64,
                                         "annotations": "sha256:" + "0" * 64}))  # fmt: skip
    assert found.unknown == {"what the tool said of itself is not kept": 4}
    assert found.differences == 0
    closed = refunds(groups=["desk"])
    assert [each.rule for each in replayed(known, closed).shown] == ["identity:user"] * 4


def test_contents_that_are_gone_are_said_and_still_count(known: Shop) -> None:
    app = known.running.app
    first = min(replayed(known, refunds(hold={"always": True})).shown, key=lambda one: one.position)
    app.units.run(app.identity.local_user("keeper").context("tests"), lambda tx: rows.drop(tx.connection, [first.id]))
    found = replayed(known)
    assert (found.erased, found.unknown) == (1, {"its arguments are not kept any more": 1})
    assert found.differences == 0


def test_a_folder_with_other_kinds_is_refused_with_its_place(known: Shop) -> None:
    system = Declared("System", "payments", {}, System.model_validate({"speaks": "python", "module": "os"}))
    with pytest.raises(InvalidInput) as refused:
        replayed(known, system)
    assert refused.value.code == "replay-kind-unfit"


def test_the_api_and_the_page_say_the_same(known: Shop) -> None:
    yaml = known.running.app.resources.export(["Action"], ["payments.refund"]).replace("100 EUR", "30 EUR")
    with answering(known.running.app) as made:
        client = made.owner()
        client.base_url = httpx.URL(ADDRESS + PREFIX)
        asked = {"sources": [{"name": "refund.yaml", "text": yaml}], "since": "2020-01-01T00:00:00Z", "useCase": CASE}
        said = client.post("/agent-actions/what-if", json=asked)
        swapped = client.post("/agent-actions/what-if", json={**asked, "until": "2019-01-01T00:00:00Z"})
    body = said.json()
    assert said.status_code == 200, said.text
    assert swapped.json()["code"] == "replay-span-unfit"
    assert body["differences"] == len(body["shown"]) >= 1
    assert {(each["then"], each["now"], each["rule"]) for each in body["shown"]} == {("allow", "hold", "hold")}
    found = replayed(known, refunds(hold={"above": "30 EUR"}))
    assert found.differences == body["differences"]
    frame = Frame("Test", places("Gateway"), Settings(), person="Sam", csrf="token")
    html = page("action_replay", frame, replay_view(Asked(yaml), found, None, known.running.app.runtime.clock.now()))
    assert f"{body['differences']} of " in html
    assert html.count("payments.<wbr>refund") + html.count(">payments.refund") >= body["differences"]
    assert str(Money(4_900, "EUR")) in html
