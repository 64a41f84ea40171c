"""What actions come to is counted, and each that was done is a span."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import httpx
import pytest
import sqlalchemy as sa
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from prometheus_client.parser import text_string_to_metric_families

from roadworthy.assembly.letter_alarms import ALARM
from roadworthy.foundation.workflow.tables import timers
from roadworthy.operate.actions.watched.metered import Standing, Watch
from roadworthy.operate.telemetry.tool_spans import span_of_tool
from roadworthy.operate.telemetry.tools import ToolCall
from roadworthy.operate.telemetry.trace_context import span_of
from tests.harness.acting import CASE, REFUND, Shop, shop
from tests.harness.upstream import wait_for

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with shop(tmp_path_factory.mktemp("metrics") / "home") as made:
        yield made


def _read(there: Shop) -> dict[str, dict[tuple[str, ...], float]]:
    """Samples by name, each by the values of its labels in the order of their names."""
    text = httpx.get(f"{there.running.address}/metrics", trust_env=False, timeout=30).text
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = tuple(value for _name, value in sorted(sample.labels.items()))
            found.setdefault(sample.name, {})[labels] = sample.value
    return found


def test_decisions_ends_and_durations_are_counted_by_action(there: Shop) -> None:
    for amount in (2_000, -1, 20_000):
        there.do("payments.refund", {**REFUND, "amount": amount, "customer": "c-1002", "payment": "p-7003"})
    there.systems["mail"].fails("half", times=1)
    there.do("mail.send", {"to": "ana.novak@customers.example", "subject": "Hello", "text": "x"})
    app = there.running.app
    Standing(app.acting.keeping, Watch(app.acting.metrics, app.runtime, lambda _call: None, lambda: False)).look()
    found = _read(there)
    decided = found["roadworthy_actions_decided_total"]
    refund = {key[3:]: value for key, value in decided.items() if key[0] == "payments.refund"}
    assert sorted(refund) == [("pilot", CASE, "allow"), ("pilot", CASE, "deny"), ("pilot", CASE, "hold")]
    assert set(refund.values()) == {1.0}
    ended = found["roadworthy_actions_ended_total"]
    assert {(key[0], key[3]) for key in ended} == {("payments.refund", "done"), ("mail.send", "dead-letter")}
    for what, count in (("decision", 3.0), ("system", 1.0), ("total", 3.0)):
        assert found[f"roadworthy_action_{what}_seconds_count"]["payments.refund", "pilot", CASE] == count
    assert found["roadworthy_actions_standing"]["held", CASE] == 1.0
    assert found["roadworthy_actions_standing"]["dead-letter", CASE] == 1.0
    assert found["roadworthy_actions_oldest_seconds"]["dead-letter", CASE] >= 0.0
    filling = found["roadworthy_action_limit_used_ratio"]
    assert [round(value, 4) for key, value in filling.items() if "payments.refund" in key] == [round(2_000 / 45_000, 4)]


def test_nothing_personal_is_in_the_labels(there: Shop) -> None:
    text = httpx.get(f"{there.running.address}/metrics", trust_env=False, timeout=30).text
    own = [line for line in text.splitlines() if line.startswith("roadworthy_action")]
    assert own
    assert not any(word in line for line in own for word in ("c-1002", "p-7003", there.key[:12], "customers.example"))


def test_a_span_of_an_action_has_the_id_that_its_system_was_given() -> None:
    call = ToolCall("0190d8a0-0000-7000-8000-000000000001", "payments.refund", 1_700_000_000.5, 0.25, TRACE, "timeout")
    span = span_of_tool(call, Resource.create({}), InstrumentationScope("tests"))
    said = span.attributes
    assert said is not None
    assert span.start_time is not None
    assert span.end_time is not None
    assert (span.name, said["gen_ai.operation.name"]) == ("execute_tool payments.refund", "execute_tool")
    assert f"{span.context.trace_id:032x}" == TRACE
    assert f"{span.context.span_id:016x}" == span_of(call.id)
    assert (span.end_time - span.start_time, said["error.type"]) == (250_000_000, "timeout")
    assert not span.status.is_ok


def test_a_dead_letter_that_waits_too_long_is_told_again_until_somebody_has_seen_to_it(there: Shop) -> None:
    app = there.running.app
    there.systems["mail"].fails("half", times=1)
    said = there.do("mail.send", {"to": "ana.novak@customers.example", "subject": "Late", "text": "x"}).json()
    told = sa.text("SELECT count(*) FROM notification_messages WHERE topic = 'action-waits-too-long' AND path = :path")
    path = f"/agent-actions/{said['id']}"

    def count() -> int:
        with app.store.read() as connection:
            return int(connection.execute(told, {"path": path}).scalar_one())

    def in_force() -> dt.timedelta:
        with app.store.read() as connection:
            due = sa.select(timers.c.due_at).where(timers.c.kind == ALARM, timers.c.key == said["id"])
            found: dt.datetime = connection.execute(due).scalar_one()
        return found - app.runtime.clock.now()

    assert count() == 0
    assert dt.timedelta(hours=23) < in_force() <= dt.timedelta(hours=24)

    def passes() -> None:
        past = timers.update().where(timers.c.kind == ALARM, timers.c.key == said["id"]).values(due_at=LONG_AGO)
        app.store.write(lambda connection: connection.execute(past))
        app.timers.tick()

    passes()
    wait_for(lambda: count() == 1)
    assert dt.timedelta(hours=23) < in_force()
    context = app.identity.local_user("keeper").context("tests")
    app.acting.letters.settle(context, said["id"], "The log shows it.", done=True)
    passes()
    wait_for(lambda: not any(each.key == said["id"] for each in app.timers.ahead(1_000) if each.kind == ALARM))
    assert count() == 1
