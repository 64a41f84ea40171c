"""Audits of registered use cases over a store, on both engines, with small files that are really measured."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlalchemy as sa

from roadworthy.app import App, build
from roadworthy.decide.approvals.executors.gap_waivers import GapWaiverExecutor
from roadworthy.evidence.model import Method
from roadworthy.foundation.errors import Conflict, IntegrityBroken, InvalidInput, NotFound, Refused
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Once
from roadworthy.foundation.resources.documents import Declared
from roadworthy.foundation.runtime import AheadClock, Clock, Runtime, SimulatedClock, simulated
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.postgres import PostgresStore
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.facts import Answer
from roadworthy.inventory.model import UseCase
from roadworthy.measure.data_audit import leasing, workshop
from roadworthy.measure.data_audit import store as rows
from roadworthy.measure.data_audit.contract.odcs import read
from roadworthy.measure.data_audit.contract.shape import Side
from roadworthy.measure.data_audit.model import Gap, GapStatus, Verdict
from roadworthy.measure.data_audit.runs import Run, RunStatus
from roadworthy.measure.fingerprint import codec
from roadworthy.measure.fingerprint.progress import Cancelled
from roadworthy.measure.fingerprint.terms import Privacy, Values

DANA = Context(Actor(ActorKind.PERSON, "dana"))
ROBOT = Context(Actor(ActorKind.WORKLOAD, "robot"))
TOMORROW = dt.timedelta(days=1)
STATES = ("open", "closed", "held")


@dataclass
class Desk:
    """A deployment with a folder of data."""

    app: App
    clock: SimulatedClock
    data: Path

    def file(self, name: str, count: int, **changed: Any) -> None:
        """A CSV file of tickets, alike for every seed; `changed` gives a column other values by row."""
        path = self.data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["id", "state", "amount", "note"])
            for number in range(count):
                row = {"id": number, "state": STATES[number % 3], "amount": 10 + number % 90, "note": "seen"}
                row |= {column: give(number) for column, give in changed.items()}
                writer.writerow(row.values())

    def declare(self, *sources: Mapping[str, Any], name: str = "mail", **spec: Any) -> None:
        given = {"title": name, "class": "predictive", "data": list(sources), **spec}
        declared = Declared("UseCase", name, {}, UseCase.model_validate(given))
        self.app.units.run(DANA, lambda tx: self.app.resources.put_all(tx, [declared], None, "test"))

    def audit(self, name: str = "mail") -> Run:
        self.clock.advance(dt.timedelta(minutes=1))
        return self.app.audits.start(DANA, name)

    def gap(self, rule: str, status: GapStatus | None = None) -> Gap:
        (found,) = [each for each in self.app.audits.gaps("mail", status) if each.rule == rule]
        return found

    def events(self) -> list[str]:
        self.app.ledger.settle()
        entries = self.app.ledger.entries(limit=200).entries
        kinds = ("audit.", "gap.", "fingerprint.")
        return [each.entry.what for each in reversed(entries) if each.entry.what.startswith(kinds)]


SOURCE = {"name": "tickets", "pilot": "pilot.csv", "production": "live.csv", "columns": {"key": ["id"]}}


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Iterator[Desk]:
    """A deployment under a clock that stands still, in which runs are finished when they are started."""
    runtime = simulated()
    clock = runtime.clock
    assert isinstance(clock, SimulatedClock)
    data = tmp_path / "data"
    data.mkdir()
    app = build(Settings(home=tmp_path / "home", data_folder=data), runtime, store)
    made = Desk(app, clock, data)
    made.file("pilot.csv", 600)
    made.file("live.csv", 3_000, note=lambda number: "" if number % 3 == 0 else "seen")
    yield made
    app.audits.close()
    app.timers.close()
    app.ledger.close()


# ---------------------------------------------------------------- runs


def test_every_source_is_audited_and_what_fails_leaves_the_others(desk: Desk) -> None:
    desk.declare(
        SOURCE,
        {"name": "extract", "pilot": "pilot.csv"},
        {"name": "new", "production": "live.csv"},
        {"name": "gone", "pilot": "pilot.csv", "production": "nowhere/*.csv"},
        {"name": "agreed", "pilot": "pilot.csv", "production": "live.csv", "contract": "no.odcs.yaml"},
    )
    run = desk.audit()
    assert run.status is RunStatus.FINISHED
    assert run.requested_by == "dana"
    found = {each.source: each for each in desk.app.audits.results(run.id)}
    assert list(found) == ["agreed", "extract", "gone", "new", "tickets"]
    assert found["tickets"].headline is not None
    assert found["tickets"].rows == 3_000
    assert found["tickets"].partial is None
    assert found["gone"].fault is not None
    assert found["agreed"].fault is not None
    assert found["agreed"].headline is None
    gaps = {(each.source, each.rule): each for each in desk.app.audits.gaps("mail")}
    assert gaps["tickets", "missing-values"].column == "note"
    assert gaps["extract", "source-missing"].verdict is Verdict.GAP
    assert gaps["new", "source-missing"].verdict is Verdict.UNKNOWN, "the pilot may have used another name for it"
    assert gaps["gone", "source-unreachable"].rank == 1
    assert {each.source for each in desk.app.audits.latest("mail")} == set(found)
    assert desk.events()[:2] == ["audit.requested", "audit.finished"]


def test_a_whole_audit_is_read_back_with_its_fingerprints(desk: Desk) -> None:
    desk.declare(SOURCE)
    run = desk.audit()
    audit = desk.app.audits.audit(run.id, "tickets")
    assert (audit.pilot.rows, audit.production.rows) == (600, 3_000)
    assert (audit.pilot.location, audit.production.location) == ("pilot.csv", "live.csv")
    assert audit.blocked
    assert audit.context.registered
    assert {gap.id for gap in audit.gaps} == {gap.id for gap in desk.app.audits.gaps("mail")}
    with pytest.raises(NotFound, match="no audit of `other`"):
        desk.app.audits.audit(run.id, "other")
    with pytest.raises(NotFound):
        desk.app.audits.run("none")


def test_asking_again_under_the_same_key_is_the_same_run(desk: Desk) -> None:
    desk.declare(SOURCE)
    once = Context(DANA.actor, once=Once("key", "body"))
    first = desk.app.audits.start(once, "mail")
    assert desk.app.audits.start(once, "mail").id == first.id
    assert len(desk.app.audits.runs("mail")) == 1
    desk.declare(name="empty")
    with pytest.raises(InvalidInput, match="declares no data source"):
        desk.app.audits.start(DANA, "empty")


def test_nothing_outside_of_the_roots_is_read(desk: Desk, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("id,state\n1,hush\n")
    (desk.data / "link.csv").symlink_to(secret)
    (tmp_path / "home").mkdir(exist_ok=True)
    for location in (
        str(secret),
        "../secret.csv",
        "link.csv",
        "*/../../secret.csv",
        "s3://bucket/x.csv",
        "sqlite:../x#t",
    ):
        desk.declare({"name": "tickets", "pilot": "pilot.csv", "production": location})
        run = desk.audit()
        (result,) = desk.app.audits.results(run.id)
        assert result.fault is not None, location
        assert result.fault.code == "data-location-outside", location
    assert "hush" not in str(desk.app.audits.gaps("mail"))


def test_a_query_or_a_filter_cannot_read_what_a_location_may_not(desk: Desk, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("hush")
    reads = f"(SELECT count(*) FROM read_text('{secret}')) > 0"
    desk.declare({**SOURCE, "pilotFilters": [reads]})
    run = desk.audit()
    audit = desk.app.audits.audit(run.id, "tickets")
    assert [each.fault is not None for each in audit.live.attrition] == [True], audit.live.attrition


# ---------------------------------------------------------------- resumption


def test_a_run_that_was_stopped_goes_on_where_it_was(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.declare(SOURCE, {**SOURCE, "name": "second"})
    real, seen = workshop.audited, []

    def stopping(order: workshop.Order, access: workshop.Access, progress: Any) -> Any:
        seen.append(order.source.name)
        if len(seen) == 2:
            raise Cancelled
        return real(order, access, progress)

    monkeypatch.setattr(workshop, "audited", stopping)
    run = desk.audit()
    assert run.status is RunStatus.CANCELLED
    assert [each.source for each in desk.app.audits.results(run.id)] == ["tickets"]
    assert run.evidence is None
    resumed = desk.app.audits.resume(DANA, run.id)
    assert resumed.status is RunStatus.FINISHED
    assert seen == ["tickets", "second", "second"], "what was finished is not done again"
    assert len(desk.app.audits.results(run.id)) == 2
    with pytest.raises(Conflict):
        desk.app.audits.resume(DANA, run.id)
    with pytest.raises(Conflict):
        desk.app.audits.cancel(DANA, run.id)


def test_a_run_without_a_process_is_abandoned_and_makes_room(desk: Desk) -> None:
    desk.declare(SOURCE)
    lost = Run("lost", "mail", RunStatus.RUNNING, desk.clock.now(), "dana")
    desk.app.store.write(lambda connection: rows.insert_run(connection, lost))
    desk.clock.advance(dt.timedelta(minutes=2))
    assert desk.app.audits.run("lost").status is RunStatus.ABANDONED
    assert desk.app.audits.resume(DANA, "lost").status is RunStatus.FINISHED
    other = Run("other", "mail", RunStatus.RUNNING, desk.clock.now(), "dana")
    desk.app.store.write(lambda connection: rows.insert_run(connection, other))
    desk.clock.advance(dt.timedelta(minutes=2))
    assert desk.app.audits.cancel(DANA, "other").status is RunStatus.CANCELLED


def test_what_did_not_change_is_not_measured_again(desk: Desk) -> None:
    desk.declare(SOURCE)
    first = desk.audit()
    before = {each.source: each.pilot for each in desk.app.audits.results(first.id)}
    with desk.app.store.read() as connection:
        kept = rows.parts_of(connection, "mail", "tickets", "pilot")
    assert kept
    second = desk.audit()
    assert {each.source: each.pilot for each in desk.app.audits.results(second.id)} == before
    desk.file("pilot.csv", 700)
    third = desk.audit()
    assert desk.app.audits.audit(third.id, "tickets").pilot.rows == 700


# ---------------------------------------------------------------- gaps over time


def test_a_gap_closes_by_a_match_and_comes_back_under_its_id(desk: Desk) -> None:
    desk.declare(SOURCE)
    desk.audit()
    gap = desk.gap("missing-values", GapStatus.OPEN)
    desk.file("live.csv", 3_000)
    desk.audit()
    closed = desk.gap("missing-values", GapStatus.CLOSED)
    assert closed.id == gap.id
    desk.file("live.csv", 3_000, note=lambda number: "" if number % 2 == 0 else "seen")
    desk.audit()
    again = desk.gap("missing-values", GapStatus.OPEN)
    assert again.id == gap.id
    assert again.first_seen == gap.first_seen
    assert again.last_seen is not None
    assert gap.last_seen is not None
    assert again.last_seen > gap.last_seen


def test_a_source_that_could_not_be_audited_closes_nothing(desk: Desk) -> None:
    desk.declare(SOURCE)
    desk.audit()
    (desk.data / "live.csv").unlink()
    desk.audit()
    assert desk.gap("missing-values").status is GapStatus.OPEN
    assert desk.gap("source-unreachable").status is GapStatus.OPEN
    desk.file("live.csv", 3_000, note=lambda number: "" if number % 3 == 0 else "seen")
    desk.audit()
    assert desk.gap("source-unreachable").status is GapStatus.CLOSED


def test_two_use_cases_that_read_one_source_have_gaps_of_their_own(desk: Desk) -> None:
    desk.declare(SOURCE)
    desk.declare(SOURCE, name="other")
    desk.audit()
    desk.audit("other")
    own = {each.id for each in desk.app.audits.gaps("mail")}
    assert own.isdisjoint(each.id for each in desk.app.audits.gaps("other"))


# ---------------------------------------------------------------- waivers


def _waive(desk: Desk, gap: Gap, context: Context = DANA, changed: Mapping[str, Any] | None = None) -> Gap:
    given: dict[str, Any] = {
        "reason": "agreed with the owner",
        "control": "a person reads them",
        "expires_at": desk.clock.now() + TOMORROW,
        **(changed or {}),
    }
    return desk.app.audits.waive(context, gap.id, **given)


def test_a_waiver_needs_a_person_reason_control_and_an_end(desk: Desk) -> None:
    desk.declare(SOURCE)
    desk.audit()
    gap = desk.gap("missing-values")
    with pytest.raises(Refused, match="by a person"):
        _waive(desk, gap, ROBOT)
    with pytest.raises(Refused):
        _waive(desk, gap, Context(Actor(ActorKind.PERSON, "")))
    for field in ("reason", "control"):
        with pytest.raises(InvalidInput, match=f"no {field}"):
            _waive(desk, gap, changed={field: " "})
    for days in (-1, 0, 400):
        with pytest.raises(InvalidInput, match="ends after now"):
            _waive(desk, gap, changed={"expires_at": desk.clock.now() + dt.timedelta(days=days)})
    with pytest.raises(NotFound):
        desk.app.audits.waive(DANA, "gap-none", "a", "b", desk.clock.now() + TOMORROW)


def test_a_waiver_ends_by_itself_or_by_a_person_and_blocks_again(desk: Desk) -> None:
    desk.declare(SOURCE)
    desk.audit()
    waived = _waive(desk, desk.gap("missing-values"))
    assert waived.status is GapStatus.WAIVED
    assert waived.waiver is not None
    assert (waived.waiver.by, waived.waiver.control) == ("dana", "a person reads them")
    desk.audit()
    assert desk.gap("missing-values").status is GapStatus.WAIVED, "another audit does not undo a decision"
    desk.clock.advance(TOMORROW)
    desk.app.timers.tick()
    assert desk.gap("missing-values").status is GapStatus.OPEN
    assert desk.gap("missing-values").waiver is None
    _waive(desk, desk.gap("missing-values"))
    assert desk.app.audits.unwaive(DANA, waived.id, "the control is gone").status is GapStatus.OPEN
    with pytest.raises(Conflict, match="nobody has waived"):
        desk.app.audits.unwaive(DANA, waived.id, "again")
    told = [each for each in desk.events() if each.startswith("gap.")]
    assert told == ["gap.waived", "gap.waiver-ended", "gap.waived", "gap.waiver-ended"]


# ---------------------------------------------------------------- evidence


def _latest(desk: Desk) -> tuple[Answer, Method, Mapping[str, Any]]:
    live = [each for each in desk.app.evidence.of("mail") if each.superseded_by is None]
    (item,) = live
    assert item.kind == "data-audit"
    assert item.attachments
    return item.answer, item.method, item.result or {}


def test_what_was_decided_about_gaps_is_told_by_the_evidence_too(desk: Desk) -> None:
    desk.declare(SOURCE)
    desk.audit()
    executor = GapWaiverExecutor(desk.app.audits.waiving, desk.app.resources, desk.clock)
    until = (desk.clock.now() + TOMORROW).isoformat()
    for gap in desk.app.audits.gaps("mail"):
        asked = {"gap": gap.id, "reason": "agreed", "control": "a person reads them", "expiresAt": until}
        with desk.app.store.read() as connection:
            content = executor.prepare(connection, DANA, asked)
        desk.app.units.run(DANA, partial(executor.carry_out, content=content))
    desk.app.timers.tick()
    answer, _, result = _latest(desk)
    assert (answer, result["waived"]) == (Answer.YES, len(desk.app.audits.gaps("mail")))


def test_a_run_hands_in_what_it_found(desk: Desk) -> None:
    desk.declare(SOURCE)
    run = desk.audit()
    answer, method, result = _latest(desk)
    assert (answer, method) == (Answer.IN_PROGRESS, Method.DOCUMENTED)
    assert run.evidence is not None or desk.app.audits.run(run.id).evidence is not None
    assert result["sources"] == 1
    assert result["blockers"] >= 1
    assert 0 < float(result["neverDone"]) < 1
    for gap in desk.app.audits.gaps("mail"):
        _waive(desk, gap)
    answer, _, result = _latest(desk)
    assert answer is Answer.YES, "every gap is named and accepted"
    assert result["waived"] == len(desk.app.audits.gaps("mail"))
    item = next(each for each in desk.app.evidence.of("mail") if each.superseded_by is None)
    assert item.expires_at == desk.clock.now() + TOMORROW, "what was waived blocks again from then on"


def test_what_was_not_compared_whole_says_no(desk: Desk) -> None:
    desk.declare(SOURCE, {"name": "gone", "pilot": "pilot.csv", "production": "nowhere.csv"})
    desk.audit()
    assert _latest(desk)[0] is Answer.NO


def test_with_its_key_registered_an_audit_is_measured(desk: Desk) -> None:
    desk.declare(SOURCE)
    desk.app.collectors.register(DANA, "audits", desk.app.audits.public_key(), ["data-audit"], "dana@x.example")
    desk.audit()
    assert _latest(desk)[1] is Method.MEASURED


# ---------------------------------------------------------------- fingerprints and contracts


def test_a_fingerprint_travels_and_takes_the_place_of_a_side(desk: Desk, store: Store, tmp_path: Path) -> None:
    desk.declare(SOURCE)
    run = desk.audit()
    digest = desk.app.audits.measured("mail", "tickets", Side.PILOT)
    signed = desk.app.audits.travelling.released(digest, Privacy(Values.COMMON, 5))
    taken, found = desk.app.audits.travelling.take(DANA, signed)
    assert found.rows == 600
    assert found.privacy.values is Values.COMMON
    desk.declare({**SOURCE, "pilot": f"fingerprint:{taken}"})
    again = desk.audit()
    assert desk.app.audits.audit(again.id, "tickets").pilot == found
    assert desk.gap("missing-values").status is GapStatus.OPEN
    (desk.data / "vendor.fingerprint.json").write_bytes(signed)
    desk.declare({**SOURCE, "pilot": "vendor.fingerprint.json"})
    third = desk.audit()
    assert desk.app.audits.audit(third.id, "tickets").pilot == found
    assert run.id != third.id


def test_a_fingerprint_of_nobody_or_changed_on_its_way_is_refused(desk: Desk) -> None:
    desk.declare(SOURCE)
    desk.audit()
    digest = desk.app.audits.measured("mail", "tickets", Side.PILOT)
    found = desk.app.audits.fingerprint(digest)
    with pytest.raises(Refused, match="not signed"):
        desk.app.audits.travelling.take(DANA, codec.to_json(found))
    stranger = desk.app.keys.signing("somebody-else")
    with pytest.raises(Refused, match="nobody whose key is known"):
        desk.app.audits.travelling.take(DANA, codec.sealed(found, stranger))
    signed = desk.app.audits.travelling.released(digest, Privacy())
    broken = _tampered(signed)
    with pytest.raises(IntegrityBroken):
        desk.app.audits.travelling.take(DANA, broken)


def _tampered(signed: bytes) -> bytes:
    import base64
    import json

    envelope = json.loads(signed)
    payload = base64.b64decode(envelope["payload"]).replace(b'"rows":600', b'"rows":601')
    return json.dumps({**envelope, "payload": base64.b64encode(payload).decode()}).encode()


def test_the_contract_of_the_pilot_is_written_and_production_held_against_it(desk: Desk) -> None:
    desk.declare(
        {**SOURCE, "steward": "eva@x.example", "refresh": "1h", "columns": {"key": ["id"], "taxonomy": ["state"]}}
    )
    desk.file("live.csv", 900, state=lambda number: "lost" if number % 9 == 0 else STATES[number % 3])
    desk.audit()
    text = desk.app.audits.contracts.inferred("mail", "tickets")
    contract = read(text.encode())
    assert contract.steward == "eva@x.example"
    assert contract.refresh == "1h"
    assert contract.digest == desk.app.audits.measured("mail", "tickets", Side.PILOT)
    (table,) = contract.tables
    assert table.key == ("id",)
    state = table.column("state")
    assert state is not None
    assert sorted(state.values or ()) == sorted(STATES)
    _, own = desk.app.audits.contracts.checked("mail", "tickets", Side.PILOT, text.encode())
    assert own
    assert _unmet(own) == [], "the pilot meets the contract that was inferred from it"
    _, other = desk.app.audits.contracts.checked("mail", "tickets", Side.PRODUCTION, text.encode())
    assert _unmet(other) == [("vocabulary-unseen", "state")]


def _unmet(checks: Sequence[Any]) -> list[tuple[str, str | None]]:
    return [(each.rule, each.column) for each in checks if each.verdict is not Verdict.MATCH]


def test_a_contract_fills_what_the_use_case_leaves_open(desk: Desk) -> None:
    (desk.data / "tickets.odcs.yaml").write_text(
        "kind: DataContract\napiVersion: v3.1.0\nid: t\nversion: 1.0.0\nstatus: active\n"
        "servers:\n- {server: a, type: custom, environment: pilot, location: pilot.csv}\n"
        "- {server: b, type: custom, environment: prod, location: live.csv}\n"
        "schema:\n- name: tickets\n  properties:\n  - {name: id, primaryKey: true, primaryKeyPosition: 1}\n"
        "team: {members: [{username: eva@x.example, role: data steward}]}\n"
        "slaProperties: [{property: frequency, value: 1, unit: d}]\n"
    )
    desk.declare({"name": "tickets", "contract": "tickets.odcs.yaml"})
    run = desk.audit()
    audit = desk.app.audits.audit(run.id, "tickets")
    assert audit.context.steward == "eva@x.example"
    assert audit.context.refresh == "1d"
    assert audit.production.declared.key == ("id",)
    assert desk.gap("missing-values").owner == "eva@x.example"


def test_threads_run_an_audit_beside_the_caller(sqlite_store: Store, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    app = build(Settings(home=tmp_path / "home", data_folder=data), Runtime(), sqlite_store)
    desk = Desk(app, SimulatedClock(), data)
    desk.file("pilot.csv", 300)
    desk.file("live.csv", 600)
    desk.declare(SOURCE)
    run = app.audits.start(DANA, "mail")
    assert run.status in {RunStatus.RUNNING, RunStatus.FINISHED}
    with pytest.raises(Conflict, match="is running since"):
        app.audits.start(DANA, "mail")
    while app.audits.run(run.id).status is RunStatus.RUNNING:
        app.runtime.clock.sleep(0.05)
    assert app.audits.run(run.id).status is RunStatus.FINISHED
    app.close()


# ---------------------------------------------------------------- ends and processes


Large = Callable[..., None]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Large:
    """Gives a desk a production with columns of text, whose statements take long; each size is written once."""
    folder = tmp_path_factory.mktemp("large")
    notes = ", ".join(f"'note ' || hash(n * {place}) || ' of ' || n % 97 AS note{place}" for place in range(1, 7))
    listed = f"n AS id, 'open' AS state, n % 90 AS amount, {notes}"

    def put(desk: Desk, rows: int = 3_000_000) -> None:
        made = folder / f"{rows}.parquet"
        if not made.exists():
            duckdb.connect().execute(f"COPY (SELECT {listed} FROM range({rows}) AS r(n)) TO '{made}' (FORMAT parquet)")
        target = desk.data / "large.parquet"
        target.unlink(missing_ok=True)
        target.hardlink_to(made)
        desk.declare({**SOURCE, "production": "large.parquet"})

    return put


def _threaded(store: Store, tmp_path: Path, clock: Clock | None = None) -> Desk:
    """A deployment as a server has it: with threads, and by the machine's clock."""
    data = tmp_path / "data"
    data.mkdir(exist_ok=True)
    runtime = Runtime() if clock is None else Runtime(clock=clock)
    app = build(Settings(home=tmp_path / "home", data_folder=data), runtime, store)
    return Desk(app, SimulatedClock(), data)


def _await(found: Callable[[], object]) -> None:
    until = time.monotonic() + 120
    while not found():
        assert time.monotonic() < until
        time.sleep(0.02)


def _status(app: App, run: Run) -> RunStatus:
    return app.audits.run(run.id).status


def _is_measuring(app: App, run: Run) -> bool:
    """Whether it is at its large source; which step it is told to be at depends on how fast the machine is."""
    progress = app.audits.run(run.id).progress
    return progress is not None and "(production)" in progress.what


def _measuring(store: Store, tmp_path: Path, large: Large) -> tuple[Desk, Run]:
    """A desk at which a run is in the middle of a large source."""
    desk = _threaded(store, tmp_path)
    desk.file("pilot.csv", 600)
    large(desk)
    run = desk.app.audits.start(DANA, "mail")
    _await(lambda: _is_measuring(desk.app, run))
    return desk, run


def test_cancelling_breaks_off_the_query_that_runs(store: Store, tmp_path: Path, large: Large) -> None:
    desk, run = _measuring(store, tmp_path, large)
    began = time.process_time()
    desk.app.audits.cancel(DANA, run.id)
    _await(lambda: _status(desk.app, run) is not RunStatus.RUNNING)
    took = time.process_time() - began
    assert _status(desk.app, run) is RunStatus.CANCELLED
    assert took < 3.0, "about a second of processors, however many others want them"
    assert desk.app.audits.results(run.id) == ()
    assert desk.app.audits.run(run.id).fault is None
    desk.app.audits.close()


def test_a_run_that_waits_for_its_turn_is_cancelled_before_it_begins(
    store: Store, tmp_path: Path, large: Large
) -> None:
    desk = _threaded(store, tmp_path)
    desk.file("pilot.csv", 600)
    desk.file("live.csv", 900)
    large(desk)
    desk.declare(SOURCE, name="second")
    first, second = desk.app.audits.start(DANA, "mail"), desk.app.audits.start(DANA, "second")
    _await(lambda: _is_measuring(desk.app, first))
    assert _status(desk.app, second) is RunStatus.RUNNING
    desk.app.audits.cancel(DANA, second.id)
    assert _status(desk.app, second) is RunStatus.CANCELLED
    assert _status(desk.app, first) is RunStatus.RUNNING
    desk.app.audits.cancel(DANA, first.id)
    _await(lambda: _status(desk.app, first) is RunStatus.CANCELLED)
    desk.app.audits.close()
    assert desk.app.audits.results(second.id) == ()


@pytest.mark.postgres
def test_a_process_that_shares_the_database_ends_a_run_of_another(
    postgres_store: PostgresStore, postgres_url: str, tmp_path: Path, large: Large
) -> None:
    desk = _threaded(postgres_store, tmp_path)
    desk.file("pilot.csv", 600)
    large(desk)
    with contextlib.closing(PostgresStore(postgres_url, Runtime())) as beside:
        other = _threaded(beside, tmp_path).app
        run = desk.app.audits.start(DANA, "mail")
        _await(lambda: _is_measuring(other, run))
        assert other.audits.take_up() == (), "its process lives"
        with pytest.raises(Conflict, match="is running since"):
            other.audits.start(DANA, "mail")
        began = time.process_time()
        other.audits.cancel(DANA, run.id)
        _await(lambda: _status(other, run) is RunStatus.CANCELLED)
        assert time.process_time() - began < 4.0
        other.audits.close()
        desk.app.audits.close()


def test_a_process_that_ends_in_order_leaves_its_run_to_the_next(store: Store, tmp_path: Path, large: Large) -> None:
    desk, run = _measuring(store, tmp_path, large)
    began = time.process_time()
    desk.app.audits.close()
    assert time.process_time() - began < 3.0
    assert _status(desk.app, run) is RunStatus.ABANDONED
    large(desk, 2_000)
    following = _threaded(store, tmp_path).app
    assert following.audits.take_up() == (run.id,)
    _await(lambda: _status(following, run) is RunStatus.FINISHED)
    progress = following.audits.run(run.id).progress
    assert progress is not None
    assert progress.times == 1, "to end in order is no failure"
    following.audits.close()


def _lost(desk: Desk, **changed: Any) -> Run:
    """A run that somebody asked for and whose process ended."""
    run = desk.audit()
    progress = replace(leasing.begun("gone", desk.clock.now(), changed.pop("times", 1)), source="tickets")
    left = replace(run, status=RunStatus.RUNNING, finished_at=None, progress=progress, **changed)

    def work(connection: sa.Connection) -> None:
        rows.resume_run(connection, run.id, progress)
        if changed.get("cancel_requested"):
            rows.ask_to_cancel(connection, run.id)

    desk.app.store.write(work)
    desk.clock.advance(dt.timedelta(minutes=2))
    return left


def test_a_run_whose_process_ended_goes_on_by_itself(desk: Desk) -> None:
    desk.declare(SOURCE)
    run = _lost(desk)
    assert _status(desk.app, run) is RunStatus.ABANDONED
    assert desk.app.audits.take_up() == (run.id,)
    assert _status(desk.app, run) is RunStatus.FINISHED
    assert desk.app.audits.take_up() == ()
    assert desk.events()[-2:] == ["audit.resumed", "audit.finished"]
    entries = desk.app.ledger.entries(limit=20).entries
    by = {each.entry.what: each.entry.actor for each in entries}
    assert by["audit.resumed"].kind is ActorKind.SYSTEM
    assert by["audit.finished"].ref == "dana", "it stands under the name of who asked for it"


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"times": 3}, RunStatus.FAILED, "audit-process-ended"),
        ({"cancel_requested": True}, RunStatus.CANCELLED, None),
    ],
)
def test_a_run_that_is_not_to_go_on_says_why(
    desk: Desk, changed: Mapping[str, Any], status: RunStatus, code: str | None
) -> None:
    desk.declare(SOURCE)
    run = _lost(desk, **changed)
    assert desk.app.audits.take_up() == ()
    found = desk.app.audits.run(run.id)
    assert found.status is status
    assert (found.fault.code if found.fault else None) == code
    if found.fault is not None:
        assert "3 times" in found.fault.message
        assert "tickets" in found.fault.message
        assert "resume" in found.fault.remedy
    assert desk.app.audits.resume(DANA, run.id).status is RunStatus.FINISHED


def test_a_run_that_a_later_one_took_the_place_of_does_not_come_back(desk: Desk) -> None:
    desk.declare(SOURCE)
    run = _lost(desk)
    later = desk.audit()
    assert later.status is RunStatus.FINISHED
    assert desk.app.audits.take_up() == ()
    found = desk.app.audits.run(run.id)
    assert found.status is RunStatus.FAILED
    assert found.fault is not None
    assert later.id in found.fault.message


@pytest.mark.postgres
def test_of_several_processes_one_takes_a_run_up(
    postgres_store: PostgresStore, postgres_url: str, tmp_path: Path
) -> None:
    desk = _threaded(postgres_store, tmp_path)
    desk.file("pilot.csv", 300)
    desk.file("live.csv", 600)
    desk.declare(SOURCE)
    run = desk.app.audits.start(DANA, "mail")
    _await(lambda: _status(desk.app, run) is RunStatus.FINISHED)
    gone = leasing.begun("gone", desk.app.runtime.clock.now())
    postgres_store.write(lambda connection: rows.resume_run(connection, run.id, gone))
    with contextlib.ExitStack() as stack:
        later = [AheadClock(dt.timedelta(minutes=2)) for _ in range(4)]
        stores = [stack.enter_context(contextlib.closing(PostgresStore(postgres_url, Runtime()))) for _ in later]
        apps = [_threaded(one, tmp_path, clock).app for one, clock in zip(stores, later, strict=True)]
        assert desk.app.audits.take_up() == (), "its process has not been silent for long"
        with ThreadPoolExecutor(len(apps)) as pool:
            taken = [each for found in pool.map(lambda app: app.audits.take_up(), apps) for each in found]
        assert taken == [run.id]
        _await(lambda: _status(apps[0], run) is RunStatus.FINISHED)
        for app in apps:
            app.audits.close()
    desk.app.audits.close()
    assert desk.events().count("audit.resumed") == 1
    assert desk.events().count("audit.finished") == 2


@pytest.mark.postgres
def test_of_two_processes_that_begin_at_once_one_does(
    postgres_store: PostgresStore, postgres_url: str, tmp_path: Path, large: Large
) -> None:
    desk = _threaded(postgres_store, tmp_path)
    desk.file("pilot.csv", 300)
    large(desk, 200_000)
    with contextlib.closing(PostgresStore(postgres_url, Runtime())) as beside:
        apps = [desk.app, _threaded(beside, tmp_path).app]

        def begun(app: App) -> str | None:
            try:
                return app.audits.start(DANA, "mail").id
            except Conflict:
                return None

        with ThreadPoolExecutor(2) as pool:
            started = [each for each in pool.map(begun, apps) if each is not None]
        assert len(started) == 1
        for app in apps:
            app.audits.close()


def test_a_process_that_lost_its_run_keeps_nothing_of_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.declare(SOURCE)
    real = workshop.audited

    def robbed(order: workshop.Order, access: workshop.Access, progress: Any) -> Any:
        (run,) = desk.app.audits.runs("mail")
        other = leasing.begun("another process", desk.clock.now())
        desk.app.store.write(lambda connection: rows.resume_run(connection, run.id, other))
        return real(order, access, progress)

    monkeypatch.setattr(workshop, "audited", robbed)
    run = desk.audit()
    assert desk.app.audits.results(run.id) == ()
    with desk.app.store.read() as connection:
        kept = rows.find_run(connection, run.id)
    assert kept is not None
    assert kept.status is RunStatus.RUNNING, "it is the other's to end"
    assert "audit.finished" not in desk.events()
