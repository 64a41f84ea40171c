"""Evidence that runs out, over a store on both engines: recorded, shown at once, and never missed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from roadworthy.app import App, build
from roadworthy.decide.readiness.assessment import Tone, Verdict
from roadworthy.decide.readiness.query import PortfolioQuery, Sort
from roadworthy.decide.readiness.tables import assessments
from roadworthy.evidence.expiry import KIND
from roadworthy.evidence.model import Submission
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.resources.documents import Declared
from roadworthy.foundation.runtime import Runtime, SimulatedClock
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.facts import FACTS
from roadworthy.inventory.model import UseCase
from tests.unit.decide.readiness.cases import NOW, PERFECT

DANA = Context(Actor(ActorKind.PERSON, "dana"))
DAY = dt.timedelta(days=1)


@dataclass
class Home:
    app: App
    clock: SimulatedClock
    folder: Path

    def declare(self, *names: str) -> None:
        declared = [Declared("UseCase", name, {}, UseCase.model_validate(PERFECT)) for name in names]
        self.app.units.run(DANA, lambda tx: self.app.resources.put_all(tx, declared, None, "test"))

    def submit(self, use_case: str, fact: str, days: int) -> str:
        """A documented yes that ends so many days from now."""
        given: dict[str, Any] = {
            "fact": fact,
            "answer": "yes",
            "observedFrom": "2026-05-01",
            "observedTo": "2026-05-31",
            "link": "https://documents.example/it",
            "expires": self.clock.now() + days * DAY,
        }
        return self.app.evidence.submit(DANA, use_case, Submission.model_validate(given)).id

    def rows(self) -> list[dict[str, Any]]:
        """Everything that is stored of the assessments but when they were made."""
        columns = [column for column in assessments.c if column.key != "assessed_at"]
        with self.app.store.read() as connection:
            found = connection.execute(sa.select(*columns).order_by(assessments.c.use_case))
            return [dict(row._mapping) for row in found]

    def recorded(self) -> list[str]:
        table = "ledger_entries" if self.app.store.dialect == "sqlite" else "ledger_inbox"
        query = f"SELECT resource FROM {table} WHERE what = 'evidence.expired' ORDER BY resource"
        with self.app.store.read() as connection:
            return list(connection.exec_driver_sql(query).scalars())

    def again(self) -> App:
        """The application as it is after a restart; nothing happens in it by itself."""
        return build(Settings(home=self.folder), Runtime(clock=self.clock, threaded=False), self.app.store)


@pytest.fixture
def home(store: Store, tmp_path: Path) -> Home:
    clock = SimulatedClock(NOW)
    return Home(build(Settings(home=tmp_path), Runtime(clock=clock), store), clock, tmp_path)


def test_what_ends_is_recorded_and_lowers_the_score_at_the_instant(home: Home) -> None:
    home.declare("triage")
    for fact in FACTS:
        home.submit("triage", fact, 30 if fact == "data.path-audited" else 200)
    page = home.app.readiness.portfolio()
    before = page.rows[0]
    assert (before.expired, page.headline.stale) == (0, 0)

    home.clock.advance(30 * DAY - dt.timedelta(microseconds=1))
    assert home.app.timers.tick() == 0
    assert home.app.readiness.portfolio().rows[0].overall == before.overall
    home.clock.advance(dt.timedelta(microseconds=1))
    assert home.app.timers.tick() == 1

    page = home.app.readiness.portfolio(PortfolioQuery(stale=True, sort=Sort.EXPIRED))
    (after,) = page.rows
    assert (after.expired, page.headline.stale, page.headline.expired) == (1, 1, 1)
    assert after.overall.score < before.overall.score
    assert home.app.readiness.portfolio(PortfolioQuery(stale=False)).rows == ()
    assert home.recorded() == ["UseCase/triage"]
    (item,) = [each for each in home.app.evidence.of("triage") if each.fact == "data.path-audited"]
    assert item.expired_at == home.clock.now() == item.expires_at
    (expired,) = [each for each in home.app.readiness.of("triage").judgements if each.verdict is Verdict.EXPIRED]
    assert expired.fact == "data.path-audited"


def test_what_is_taken_forward_is_stored_as_if_assessed_anew(home: Home) -> None:
    names = [f"case-{number}" for number in range(6)]
    home.declare(*names)
    for number, name in enumerate(names):
        for place, fact in enumerate(sorted(FACTS)):
            if (place + number) % 3:
                home.submit(name, fact, 10 + (7 * place + number) % 40)
    home.app.readiness.refresh()
    for days in (5, 12, 20, 15):
        home.clock.advance(days * DAY)
        home.app.timers.tick()
        assert home.app.readiness.refresh() == 0
        advanced = home.rows()
        home.app.readiness.assess(DANA)
        assert home.rows() == advanced


def test_what_ended_while_nothing_ran_is_caught_up_with_at_the_next_start(home: Home) -> None:
    home.declare("triage")
    home.submit("triage", "data.path-audited", 10)
    home.submit("triage", "data.documented", 20)
    home.app.readiness.refresh()
    home.clock.advance(400 * DAY)

    again = home.again()
    again.start()
    try:
        assert home.recorded() == ["UseCase/triage"]
        assert [item.expired_at for item in again.evidence.of("triage")] == [home.clock.now()] * 2
        assert [row["known_expired"] for row in home.rows()] == [2]
    finally:
        again.timers.close()
        again.ledger.close()
        again.telemetry.close()


def test_evidence_from_before_there_was_a_schedule_is_scheduled(home: Home) -> None:
    home.declare("triage")
    home.submit("triage", "data.path-audited", 10)
    home.app.store.write(lambda connection: connection.execute(sa.text("DELETE FROM timers")))

    assert home.app.expiry.complete() == 1
    assert home.app.expiry.complete() == 0
    assert [timer.kind for timer in home.app.timers.ahead()] == [KIND]


def test_what_was_withdrawn_does_not_expire_and_what_expired_does_so_once(home: Home) -> None:
    home.declare("triage")
    withdrawn = home.submit("triage", "data.path-audited", 10)
    home.app.evidence.withdraw(DANA, withdrawn, "It was another system.")
    home.submit("triage", "data.documented", 10)
    home.clock.advance(10 * DAY)
    home.app.timers.tick()
    home.app.units.run(DANA, lambda tx: home.app.expiry.schedule(tx, [tx.now]))
    home.app.timers.tick()

    assert home.recorded() == ["UseCase/triage"]
    assert {item.id for item in home.app.evidence.of("triage") if item.expired_at is None} == {withdrawn}


def test_many_use_cases_share_an_entry(home: Home) -> None:
    names = [f"case-{number:02}" for number in range(60)]
    home.declare(*names)
    for name in names:
        home.submit(name, "data.documented", 10)
    home.clock.advance(10 * DAY)
    home.app.timers.tick()

    assert home.recorded() == ["UseCase/several"]


def test_a_forecast_shows_what_time_will_do_and_stores_nothing(home: Home) -> None:
    home.declare("triage")
    home.submit("triage", "data.path-audited", 10)
    home.app.readiness.refresh()
    stored = home.rows()

    then = home.app.readiness.of("triage", NOW + 10 * DAY)
    assert then.expired == 1
    assert then.assessed_at == NOW + 10 * DAY
    assert home.app.readiness.of("triage").expired == 0
    assert home.rows() == stored
    with home.app.store.read() as connection:
        ((subject, handed, each),) = home.app.readiness.each(connection, ["triage"], NOW + 10 * DAY)
    assert (subject.name, list(handed), each.judgements) == ("triage", ["data.path-audited"], then.judgements)
    assert then.overall.tone is not Tone.GREEN
