"""Audits of registered use cases over a store, on both engines, with small files that are really measured."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from roadworthy.app import App, build
from roadworthy.evidence.model import Method
from roadworthy.foundation.errors import Conflict, IntegrityBroken, InvalidInput, NotFound, Refused
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Once
from roadworthy.foundation.resources.documents import Declared
from roadworthy.foundation.runtime import Runtime, SimulatedClock, simulated
from roadworthy.foundation.settings import Settings
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.facts import Answer
from roadworthy.inventory.model import UseCase
from roadworthy.measure.data_audit import store as rows
from roadworthy.measure.data_audit import workshop
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
