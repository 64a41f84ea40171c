from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from roadworthy.foundation.digests import canonical_bytes, commitment
from roadworthy.foundation.errors import IntegrityBroken, NotFound
from roadworthy.foundation.ledger.holds import Hold, HoldOn
from roadworthy.foundation.ledger.segments.format import SALT_BYTES
from roadworthy.foundation.ledger.segments.journal import SEALED
from roadworthy.foundation.ledger.service import Ledger
from roadworthy.foundation.ledger.store import Filter
from roadworthy.foundation.storage.store import Store
from roadworthy.operate.telemetry.contents import ANSWER, LARGEST, REQUEST
from roadworthy.operate.telemetry.model import Enforcement, Outcome, Ruling
from roadworthy.operate.telemetry.service import Telemetry
from roadworthy.operate.telemetry.tables import call_contents, call_replicas, call_segments, calls
from tests.unit.foundation.ledger.samples import CONTEXT, ledger_on
from tests.unit.operate.telemetry.samples import AT, intent, result, telemetry

UNKNOWN = Filter(what="calls.unknown")


@pytest.fixture
def ledger(store: Store, tmp_path: Path) -> Iterator[Ledger]:
    found = ledger_on(store, tmp_path)
    yield found
    found.close()


@pytest.fixture
def recording(store: Store, ledger: Ledger, tmp_path: Path) -> Iterator[Telemetry]:
    found = telemetry(store, ledger, tmp_path)
    found.start()
    yield found
    found.close()


def rows(store: Store) -> dict[str, Any]:
    with store.read() as connection:
        return {row.id: row for row in connection.execute(sa.select(calls))}


def abandon(recording: Telemetry) -> None:
    """As if the process had been killed: nothing is told, only the kernel lets go of the folder."""
    running = recording._running
    assert running is not None
    for each in running.turns:
        each.close()
    assert running.segments._running is not None
    running.segments._running.stop()
    running.held.release()


def test_a_call_is_recorded_then_indexed_and_its_result_found_where_it_stands(
    store: Store, recording: Telemetry
) -> None:
    asked, refused = intent(), intent(ruling=Ruling.REFUSED, rule="limit:day", model="x" * 500 + "\0")
    observed = intent(ruling=Ruling.REFUSED, enforcement=Enforcement.OBSERVED, rule="certificate")
    receipt = recording.recorder.intend(asked).result()
    for each in (refused, observed):
        recording.recorder.intend(each).result()
    recording.flush()
    found = rows(store)
    assert (found[asked.id].intent_segment, found[asked.id].intent_index) == (receipt.segment, receipt.index)
    assert {each: found[each].outcome for each in found} == {asked.id: None, refused.id: "refused", observed.id: None}
    assert len(found[refused.id].model) == 120
    ended = recording.recorder.conclude(result(asked)).result()
    recording.flush()
    row = rows(store)[asked.id]
    assert (row.outcome, row.upstream, row.attempts, row.cost) == ("answered", "second", 2, 4_500)
    assert (row.result_segment, row.result_index) == (ended.segment, ended.index)


def test_the_index_is_made_again_from_the_segments(
    store: Store, ledger: Ledger, recording: Telemetry, tmp_path: Path
) -> None:
    asked = [intent() for _ in range(4)]
    for each in asked:
        intended = recording.recorder.intend(each)
        recording.recorder.conclude(result(each)).result()
        assert intended.done
    recording.close()
    before = rows(store)
    assert len(before) == 4
    store.write(lambda connection: connection.execute(calls.delete()))
    store.write(lambda connection: connection.execute(call_segments.delete()))
    again = telemetry(store, ledger, tmp_path)
    again.start()
    assert rows(store) == before
    assert not ledger.entries(UNKNOWN).entries, "every call has its result"
    again.close()


def test_what_a_killed_replica_left_open_is_unknown_and_named_with_its_owner(
    store: Store, ledger: Ledger, recording: Telemetry, tmp_path: Path
) -> None:
    done, left, late = intent(), intent(), intent(use_case="other")
    recording.recorder.intend(done).result()
    recording.recorder.conclude(result(done)).result()
    recording.recorder.intend(left).result()
    recording.flush()
    recording.recorder.intend(late).result()
    abandon(recording)
    again = telemetry(store, ledger, tmp_path)
    again.start()
    found = rows(store)
    assert {each: found[each].outcome for each in found} == {
        done.id: "answered", left.id: "unknown", late.id: "unknown",
    }  # fmt: skip
    ledger.settle()
    named = {each.entry.resource: each.entry.facts for each in ledger.entries(UNKNOWN).entries}
    assert named["UseCase/claims-triage"]["calls"] == [left.id]
    assert named["UseCase/claims-triage"]["owner"] == "person-9"
    assert named["UseCase/other"]["calls"] == [late.id]
    assert again.sign_of_life() == [], "once"
    again.recorder.conclude(result(left)).result()
    again.flush()
    assert rows(store)[left.id].outcome == Outcome.ANSWERED, "who was only cut off may still say what came of it"
    again.close()


def test_a_replica_that_is_only_cut_off_is_given_a_minute(store: Store, recording: Telemetry) -> None:
    recording.sign_of_life()
    with store.read() as connection:
        assert connection.execute(sa.select(call_replicas.c.left_at)).scalar_one() is None


def test_records_in_the_folder_of_another_are_proven_and_what_is_theirs_is_left_alone(
    store: Store, ledger: Ledger, recording: Telemetry, tmp_path: Path
) -> None:
    beside = telemetry(store, ledger, tmp_path)
    beside.start()
    asked = intent()
    receipt = beside.recorder.intend(asked).result()
    beside.close()
    ledger.settle()
    record, _ = recording.segments.prove(receipt.segment, receipt.index)
    assert asked.id.encode() in record
    assert len(record) > SALT_BYTES
    assert list((tmp_path / "calls" / "1").glob(f"*{SEALED}"))


def test_what_is_over_goes_and_what_is_held_stays(store: Store, ledger: Ledger, recording: Telemetry) -> None:
    held, free = intent(use_case="held"), intent(use_case="free")
    for each in (held, free):
        said = {"messages[0].content": "Who is it?"}
        recording.contents.keep(each.id, REQUEST, said, use_case=each.use_case, span=dt.timedelta(seconds=0))
        recording.recorder.intend(each).result()
        recording.recorder.conclude(result(each)).result()
        recording.segments.seal()
    recording.flush()
    late = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    hold = Hold("h-1", HoldOn.USE_CASE, "held", "A lawsuit.", AT, "person-1")

    def due(before: dt.datetime | None, *holds: Hold, hipaa: bool = False) -> int:
        return ledger.units.run(CONTEXT, lambda tx: recording.erasing.due(tx, before, holds, hipaa=hipaa))

    assert due(None, hipaa=True) == 0, "an endpoint's span counts for nothing where HIPAA applies"
    assert due(None, replace(hold, on=HoldOn.EVERYTHING, name="")) == 0
    assert due(None, hold) == 1, "the content of the one that is not held"
    assert recording.contents.read(CONTEXT, free.id, REQUEST).texts is None
    assert recording.contents.read(CONTEXT, held.id, REQUEST).texts == {"messages[0].content": "Who is it?"}
    places = {each.id: (each.intent_segment, each.intent_index) for each in rows(store).values()}
    assert due(late, hold) >= 1
    assert set(rows(store)) == {held.id}
    recording.segments.sweep()
    ledger.settle()
    assert recording.calls.prove(held.id)
    with pytest.raises(NotFound):
        recording.segments.record(*places[free.id])
    erased = [each.entry.facts for each in ledger.entries(Filter(what="calls.erased")).entries]
    assert [(each["contents"], each["useCasesHeld"]) for each in erased] == [(0, ["held"]), (1, ["held"])]
    read = [each.entry for each in ledger.entries(Filter(what="call.content-read")).entries]
    assert {(each.facts["call"], each.facts["erased"]) for each in read} == {(free.id, True), (held.id, False)}
    assert "Who is it?" not in "".join(str(each) for each in read)


def test_a_content_is_committed_to_and_a_changed_one_is_told(store: Store, recording: Telemetry) -> None:
    asked = intent()
    made = recording.contents.keep(asked.id, REQUEST, {"input": "text"}, use_case="claims-triage")
    assert recording.contents.keep(asked.id, REQUEST, {"input": "text"}, use_case="c", sample=0) is None
    assert recording.contents.keep(asked.id, REQUEST, {"input": "x" * LARGEST}, use_case="c") is None
    recording.flush()
    found = recording.contents.read(CONTEXT, asked.id, REQUEST)
    assert found.texts is not None
    assert found.salt is not None
    assert commitment(found.salt, canonical_bytes(dict(found.texts))) == found.commitment == made
    store.write(lambda connection: connection.execute(call_contents.update().values(content=b"{}")))
    with pytest.raises(IntegrityBroken):
        recording.contents.read(CONTEXT, asked.id, REQUEST)
    with pytest.raises(NotFound):
        recording.contents.read(CONTEXT, asked.id, ANSWER)
