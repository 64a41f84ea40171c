"""Probes over a store, on both engines, against real systems: kept, recorded once, handed in, one at a time."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from roadworthy.app import App, build
from roadworthy.evidence.model import Method, State
from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, Refused
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.store import Filter
from roadworthy.foundation.resources.documents import Declared
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.model import Integration, UseCase
from roadworthy.measure.integration_probe import store as rows
from roadworthy.measure.integration_probe.model import Probe, Verdict
from roadworthy.measure.integration_probe.service import KINDS, LONGEST
from roadworthy.measure.integration_probe.tables import probe_runs
from tests.harness.probed_systems import TOKEN, Clinic, clinic

DANA = Context(Actor(ActorKind.PERSON, "dana"))
ALLOWED = '"default";q=60000;w=60'
"""What the clinic says that it allows: then the declared rate is borne out without waiting for it."""
JOB = Context(Actor(ActorKind.WORKLOAD, "pipeline", "api", "token"))


@dataclass
class Desk:
    """A deployment with a use case that talks to a clinic."""

    app: App
    system: Clinic
    store: Store

    def declare(self, *more: dict[str, Any], **changed: Any) -> None:
        """Declare the use case, with what is changed about its first integration's probe."""
        probe = {
            "protocol": "openapi",
            "address": self.system.address,
            "credential": "env:EHR_TOKEN",
            "operations": ["GET /patients/{id}", "GET /notes"],
            "parameters": {"id": "p-1"},
            "grants": ["GET /patients/{id}", "GET /notes"],
            "rate": "60000/min",
            "latency": "5s",
            "auditTrail": "GET /audit?correlation={correlation}",
        }
        first = {"system": "EHR", "direction": "reads", "identity": "workload", "probe": probe | changed}
        spec = UseCase.model_validate({"title": "Notes", "integrations": [first, *more]})
        declared = [Declared("UseCase", "notes", {}, spec)]
        self.app.units.run(DANA, lambda tx: self.app.resources.put_all(tx, declared, None, "test"))

    def one(self, context: Context = DANA) -> Probe:
        (probe,) = self.app.probes.probe(context, "notes", "EHR")
        return probe

    def events(self) -> list[str]:
        self.app.ledger.settle()
        page = self.app.ledger.entries(Filter(resource="UseCase/notes"), limit=100)
        return [placed.entry.what for placed in page.entries]


@pytest.fixture
def desk(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("EHR_TOKEN", TOKEN)
    settings = Settings(home=tmp_path / "home", probe_secrets="127.0.0.1=env:EHR_TOKEN")
    app = build(settings, Runtime(), store)
    app.ledger.start()
    with clinic(limit=ALLOWED) as system:
        made = Desk(app, system, store)
        made.declare()
        yield made
    app.probes.close()
    app.ledger.close()


def test_a_probe_is_kept_recorded_once_and_handed_in(desk: Desk) -> None:
    probe = desk.one()

    assert probe.verdict is Verdict.PASS
    assert desk.app.probes.find(probe.id) == probe
    assert desk.app.probes.latest("notes") == {"EHR": probe}
    assert desk.events().count("integration.probed") == 1
    (item,) = desk.app.evidence.of("notes")
    assert (item.id,) == probe.evidence
    assert (item.fact, item.answer, item.method) == ("integration.probed", "yes", Method.DOCUMENTED)
    assert item.sample_size == probe.calls
    assert item.result is not None
    assert item.result["failures"] == []


def test_what_the_registered_collector_signs_is_measured(desk: Desk) -> None:
    desk.one()
    desk.app.collectors.register(DANA, "probes", desk.app.probes.public_key(), KINDS, "dana")
    probe = desk.one()

    items = {item.id: item for item in desk.app.evidence.of("notes")}
    newest = items[probe.evidence[0]]
    assert newest.method is Method.MEASURED
    assert newest.collector == "probes"
    assert sorted(item.state(dt.datetime.now(dt.UTC)) for item in items.values()) == [State.LIVE, State.SUPERSEDED]


def test_a_program_can_probe_but_not_vouch(desk: Desk) -> None:
    assert desk.one(JOB).evidence


def test_a_failed_trial_answers_no(desk: Desk) -> None:
    desk.system.open_to_all = True

    probe = desk.one()

    assert probe.verdict is Verdict.FAIL
    item = desk.app.evidence.find(probe.evidence[0])
    assert item.answer == "no"
    assert item.result is not None
    assert any("credential-required" in line for line in item.result["failures"])


def test_an_integration_that_was_not_tried_leaves_the_answer_open(desk: Desk) -> None:
    desk.declare({"system": "Billing"})

    probe = desk.one()

    assert probe.verdict is Verdict.PASS
    assert desk.app.evidence.find(probe.evidence[0]).answer == "in-progress"


def test_a_probe_of_another_declaration_does_not_count(desk: Desk) -> None:
    second = {"system": "Orders", "direction": "reads",
              "probe": {"protocol": "http", "address": "http://127.0.0.1:9", "operations": ["GET /x"]}}  # fmt: skip
    desk.one()
    desk.declare(second, latency="4s")

    (probe,) = desk.app.probes.probe(DANA, "notes", "Orders")

    item = desk.app.evidence.find(probe.evidence[0])
    assert item.statement is not None
    assert "EHR: not tried as it is declared now" in item.statement


def test_no_secret_is_kept_anywhere(desk: Desk) -> None:
    desk.system.traces = True
    desk.one()
    desk.app.ledger.settle()

    with desk.store.read() as connection:
        for name in sa.inspect(connection).get_table_names():
            for row in connection.execute(sa.text(f'SELECT * FROM "{name}"')):
                assert TOKEN.encode() not in b"|".join(_bytes(value) for value in row), name


def _bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def test_what_could_not_be_begun_leaves_nothing(desk: Desk) -> None:
    desk.declare(sandbox=desk.system.address)

    with pytest.raises(Refused, match="at the address of production"):
        desk.one()

    assert desk.app.probes.of("notes") == []
    assert desk.app.probes.running("notes") == []
    assert desk.system.asked == []


def test_one_probe_at_a_time(desk: Desk) -> None:
    desk.system.slow_seconds = 0.02
    turns: list[str] = []

    def probe() -> None:
        try:
            desk.one()
        except Conflict as conflict:
            turns.append(conflict.code)
        else:
            turns.append("done")

    threads = [threading.Thread(target=probe) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)

    assert sorted(turns) == ["done", "probe-running", "probe-running"]


def test_what_was_broken_off_is_shown_and_does_not_stay_in_the_way(desk: Desk) -> None:
    begun = desk.app.runtime.clock.now() - LONGEST * 2
    desk.store.write(lambda connection: rows.claim(connection, "lost", ("notes", "EHR"), "dana", begun, LONGEST))
    (lost,) = desk.app.probes.running("notes")

    assert lost.broken_off
    assert desk.one().verdict is Verdict.PASS
    assert desk.app.probes.running("notes") == []


def test_a_probe_can_go_on_after_its_begin(desk: Desk) -> None:
    assert desk.app.probes.begin(DANA, "notes") == 1
    with pytest.raises(Conflict, match="has been probed since"):
        desk.app.probes.begin(DANA, "notes")
    _wait(lambda: bool(desk.app.probes.latest("notes")))

    assert desk.app.probes.latest("notes")["EHR"].verdict is Verdict.PASS


def test_closing_stops_a_probe_and_leaves_nothing(desk: Desk) -> None:
    desk.system.slow_seconds = 0.2
    desk.app.probes.begin(DANA, "notes")
    _wait(lambda: len(desk.system.asked) > 2)

    desk.app.probes.close()

    assert desk.app.probes.running("notes") == []
    assert desk.app.probes.of("notes") == []


def test_an_integration_of_nobody_is_tried_and_not_kept(desk: Desk) -> None:
    declared = Integration.model_validate(
        {
            "system": "X",
            "probe": {
                "protocol": "http",
                "address": desk.system.address,
                "operations": ["GET /notes"],
                "rate": "60000/min",
            },
        }
    )

    probe = desk.app.probes.attempt(DANA, declared)

    assert probe.use_case is None
    with desk.store.read() as connection:
        assert connection.execute(sa.select(probe_runs)).all() == []


def test_what_cannot_be_probed_is_told(desk: Desk) -> None:
    with pytest.raises(NotFound, match="declares no integration with `EHQ`") as caught:
        desk.app.probes.probe(DANA, "notes", "EHQ")
    assert caught.value.remedy == "did you mean `EHR`?"
    with pytest.raises(InvalidInput, match="nothing says how"):
        desk.app.probes.attempt(DANA, Integration.model_validate({"system": "X"}))
    with pytest.raises(NotFound, match="no finished probe"):
        desk.app.probes.find("nothing")
    with pytest.raises(NotFound):
        desk.app.probes.of("nothing")


def _wait(done: Any) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)
