"""Agents act on real systems through the gateway: done, refused, held, doubted, taken back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tests.harness import functions
from tests.harness.acting import Shop, shop

REFUND = {"payment": "p-7001", "customer": "c-1001", "amount": 2000, "currency": "EUR", "reason": "screen"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with shop(tmp_path_factory.mktemp("acting") / "home") as made:
        yield made


@pytest.fixture
def there(running: Shop) -> Shop:
    running.heal()
    return running


def test_a_small_refund_is_made_at_once_and_recorded_before_and_after(there: Shop) -> None:
    said = there.do("payments.refund", {**REFUND, "customer": "c-1002", "payment": "p-7003"})
    assert said.status_code == 200, said.text
    body = said.json()
    assert body["state"] == "done"
    assert body["result"]["amount"] == 2000
    done = there.systems["payments"].did("refund")
    assert [each["amount"] for each in done] == [2000]
    assert there.recorded(body["id"]) == ["action.intended", "action.done"]


def test_the_window_of_a_customer_is_kept_to_whatever_the_pieces(there: Shop) -> None:
    before = len(there.systems["payments"].did("refund"))
    came = [there.do("payments.refund", {**REFUND, "amount": 4900}).json() for _ in range(10)]
    assert [each["state"] for each in came] == ["done"] * 9 + ["refused"]
    assert came[-1]["code"] == "action-over-limit"
    assert came[-1]["rule"] == "limit:payments.refund"
    assert len(there.systems["payments"].did("refund")) == before + 9


def test_what_is_held_runs_with_the_stored_arguments_once_somebody_says_yes(there: Shop) -> None:
    before = len(there.systems["payments"].did("refund"))
    held = there.do("payments.refund", {**REFUND, "customer": "c-1004", "payment": "p-7007", "amount": 20000})
    assert held.status_code == 202, held.text
    body = held.json()
    assert (body["state"], body["code"], body["rule"]) == ("held", "action-held", "hold")
    assert held.headers["location"] == f"/v1/actions/{body['id']}"
    assert len(there.systems["payments"].did("refund")) == before
    there.decide(body["request"], yes=True)
    said = there.ended(body["id"])
    assert said["state"] == "done", said
    assert [each["amount"] for each in there.systems["payments"].did("refund")[before:]] == [20000]
    assert there.recorded(body["id"]) == ["action.held", "action.intended", "action.done"]


def test_a_no_ends_what_is_held_and_nothing_is_done(there: Shop) -> None:
    before = len(there.systems["payments"].did("refund"))
    body = there.do("payments.refund", {**REFUND, "customer": "c-1066", "amount": 30000}).json()
    there.decide(body["request"], yes=False)
    assert there.ended(body["id"])["state"] == "cancelled"
    assert len(there.systems["payments"].did("refund")) == before


def test_the_same_key_does_the_same_thing_once(there: Shop) -> None:
    before = len(there.systems["payments"].did("refund"))
    asked = {**REFUND, "customer": "c-1003", "payment": "p-7005", "amount": 500}
    first, second = (there.do("payments.refund", asked, headers={"Idempotency-Key": "k-1"}).json() for _ in range(2))
    assert first["id"] == second["id"]
    assert second["repeated"]
    other = there.do("payments.refund", {**asked, "amount": 501}, headers={"Idempotency-Key": "k-1"})
    assert other.json()["code"] == "action-key-reused"
    assert len(there.systems["payments"].did("refund")) == before + 1


@pytest.mark.parametrize("fault", ["half", "torn", "media"])
def test_what_was_done_and_never_heard_is_asked_again_under_its_key_and_done_once(there: Shop, fault: str) -> None:
    there.systems["payments"].fails(fault, times=1)
    before = len(there.systems["payments"].did("refund"))
    body = there.do("payments.refund", {**REFUND, "customer": "c-1003", "payment": "p-7005", "amount": 700}).json()
    assert body["state"] == "done", body
    assert len(there.systems["payments"].did("refund")) == before + 1


def test_what_may_have_been_done_without_a_key_is_a_dead_letter(there: Shop) -> None:
    there.systems["mail"].fails("half", times=1)
    before = len(there.systems["mail"].did("sendMail"))
    said = there.do("mail.send", {"to": "ana.novak@customers.example", "subject": "Hello", "text": "x"})
    assert (said.status_code, said.json()["code"]) == (504, "action-in-doubt")
    assert len(there.systems["mail"].did("sendMail")) == before + 1
    with there.running.app.store.read() as connection:
        told = sa.text("SELECT subject FROM notification_messages WHERE topic = 'action-given-up'")
        assert any("`mail.send`" in each for each in connection.execute(told).scalars())


def test_a_run_that_fails_in_the_middle_is_taken_back_in_reverse(there: Shop) -> None:
    there.systems["mail"].fails("status", status=503, times=-1)
    run = {"run": "errand-1"}
    first = there.do("orders.cancel", {"order": "o-5002", "reference": "cancel-1", "reason": "other"}, **run)
    assert first.json()["state"] == "done", first.text
    refund = {**REFUND, "customer": "c-1002", "payment": "p-7003", "amount": 3980}
    assert there.do("payments.refund", refund, **run).json()["state"] == "done"
    assert there.do("tickets.close", {"ticket": "t-3001"}, **run).json()["state"] == "done"
    last = there.do("mail.send", {"to": "ana.novak@customers.example", "subject": "Done", "text": "x"}, **run)
    assert last.json()["state"] == "failed", last.text
    said = there.run("errand-1", "rolled-back", "partly-rolled-back")
    assert said["state"] == "rolled-back", said
    steps = [(each["action"], each["inRollback"]) for each in said["actions"]]
    assert steps == [
        ("mail.send", "nothing"), ("tickets.close", "taken-back"), ("payments.refund", "taken-back"),
        ("orders.cancel", "taken-back"),
    ]  # fmt: skip
    assert there.systems["orders"].ask("GET", "/orders/o-5002").json()["status"] == "paid"
    after = there.do("orders.get", {"order": "o-5002"}, **run).json()
    assert after["code"] == "action-run-over"


@pytest.mark.parametrize(
    ("text", "state", "called"),
    [("hello", "done", 1), (" ", "failed", 0), ("later", "failed", 0), ("breaks", "dead-letter", 1)],
)
def test_a_function_says_what_came_of_it(there: Shop, text: str, state: str, called: int) -> None:
    before = len(functions.CALLED)
    said = there.do("notes.add", {"text": text}).json()
    assert said["state"] == state, said
    assert len(functions.CALLED) == before + called
    if called:
        assert functions.CALLED[-1] == said["id"]


def test_a_module_that_nobody_named_is_not_called(there: Shop) -> None:
    said = there.do("notes.other").json()
    assert (said["state"], said["code"]) == ("failed", "action-failed")
    assert "function-unknown" in said["message"]


def test_a_dry_run_says_everything_and_does_nothing(there: Shop) -> None:
    before = len(there.systems["payments"].did("refund"))
    said = there.do("payments.refund", {**REFUND, "customer": "c-dry", "amount": 50000}, dryRun=True).json()
    assert said["state"] == "refused"
    says = {each["rule"]: each["says"] for each in said["reasons"]}
    assert says == {"certificate": "allow", "hold": "hold", "limit:payments.refund": "deny"}
    assert len(there.systems["payments"].did("refund")) == before


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"amount": -5}, "action-arguments-refused"),
        ({"amount": 0}, "action-arguments-refused"),
        ({"amount": 12.5}, "action-arguments-refused"),
        ({"amount": "12"}, "action-arguments-refused"),
        ({"currency": "USD"}, "action-arguments-refused"),
        ({"currency": "eur"}, "action-arguments-refused"),
        ({"customer": ""}, "action-arguments-refused"),
        ({"more": 1}, "action-arguments-refused"),
    ],
)
def test_arguments_that_are_not_right_are_refused(there: Shop, changed: dict[str, object], code: str) -> None:
    before = len(there.systems["payments"].did("refund"))
    said = there.do("payments.refund", {**REFUND, **changed})
    assert (said.status_code, said.json()["code"]) == (403, code)
    assert len(there.systems["payments"].did("refund")) == before
