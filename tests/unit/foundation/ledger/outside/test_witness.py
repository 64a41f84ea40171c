from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.errors import IntegrityBroken, InvalidInput, NotFound, Refused, RoadworthyError, Unavailable
from roadworthy.foundation.ledger.notes import Note
from roadworthy.foundation.ledger.outside.asking import AddCheckpoint
from roadworthy.foundation.ledger.outside.cosignatures import with_lines
from roadworthy.foundation.ledger.outside.misbehaviour import Misbehaviour
from roadworthy.foundation.ledger.outside.witness import OtherSize, Seen, Witness, WitnessState
from roadworthy.foundation.runtime import Runtime, simulated
from tests.unit.foundation.ledger.outside.parts import LOG_KEY, Log, key, leaves, witness


@given(st.lists(st.integers(0, 300), max_size=8))
def test_a_growing_log_is_cosigned_and_a_stale_sender_hears_the_size(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int]
) -> None:
    log, seen = Log(leaves(300)), 0
    asked = witness(tmp_path_factory.mktemp("witness"))
    for size in sizes:
        if size >= seen:
            line = asked.add_checkpoint(log.request(seen, size))
            assert asked.public.cosigned(Note.parse(with_lines(log.note(size), [line]))) is not None
            seen = size
        else:
            with pytest.raises(OtherSize) as caught:
                asked.add_checkpoint(log.request(size, size))
            assert caught.value.known == seen
    assert asked.seen().get(LOG_KEY.name, Seen(0, b"", "")).size == seen


def test_each_refusal_has_its_reason_and_changes_nothing(tmp_path: Path) -> None:
    log = Log(leaves(9))
    asked = witness(tmp_path)
    asked.add_checkpoint(log.request(0, 5))
    fork = Log([*leaves(4), b"another", *leaves(9)[5:]])
    stranger = Log(leaves(9), key(8))
    forged = Log(leaves(9), key(8, LOG_KEY.name))
    for request, error in (
        (stranger.request(0, 9), NotFound),
        (forged.request(5, 9), Refused),
        (AddCheckpoint(9, (), log.note(5)), InvalidInput),
        (log.request(0, 9), OtherSize),
        (log.request(4, 9), OtherSize),
        (log.request(6, 9), OtherSize),
        (AddCheckpoint(5, (), log.note(9)), IntegrityBroken),
        (AddCheckpoint(5, log.proof(4, 9), log.note(9)), IntegrityBroken),
        (AddCheckpoint(5, (*log.proof(5, 9), bytes(32)), log.note(9)), IntegrityBroken),
        (AddCheckpoint(5, (bytes(32),), log.note(5)), IntegrityBroken),
        (AddCheckpoint(5, fork.proof(5, 9), fork.note(9)), IntegrityBroken),
    ):
        with pytest.raises(error):
            asked.add_checkpoint(request)
        assert asked.seen()[LOG_KEY.name].size == 5
    assert asked.add_checkpoint(log.request(5, 5)).startswith("\u2014 witness.example/w1 ")


def test_a_proof_for_an_empty_start_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IntegrityBroken):
        witness(tmp_path).add_checkpoint(AddCheckpoint(0, (bytes(32),), Log(leaves(3)).note()))


def test_it_is_durable_before_it_is_answered(tmp_path: Path) -> None:
    log = Log(leaves(9))
    witness(tmp_path).add_checkpoint(log.request(0, 5))
    again = witness(tmp_path)
    assert again.seen()[LOG_KEY.name].size == 5
    with pytest.raises(OtherSize):
        again.add_checkpoint(log.request(0, 9))
    again.add_checkpoint(log.request(5, 9))


def test_without_room_nothing_is_cosigned(tmp_path: Path) -> None:
    log = Log(leaves(9))
    asked = witness(tmp_path)
    asked.add_checkpoint(log.request(0, 5))
    (tmp_path / "w1.json.new").mkdir()  # so that the new state cannot be written
    with pytest.raises(Unavailable):
        asked.add_checkpoint(log.request(5, 9))
    assert asked.seen()[LOG_KEY.name].size == 5
    (tmp_path / "w1.json.new").rmdir()
    asked.add_checkpoint(log.request(5, 9))


def test_a_split_view_leaves_a_proof_behind(tmp_path: Path) -> None:
    found: list[tuple[str, Misbehaviour]] = []
    one, other = Log(leaves(6)), Log([*leaves(5), b"another"])
    told = Witness(
        key(1), [LOG_KEY], WitnessState(tmp_path / "s.json"), simulated(), lambda *proof: found.append(proof)
    )
    told.add_checkpoint(one.request(0, 6))
    with pytest.raises(OtherSize, match="another state of 6 entries"):
        told.add_checkpoint(other.request(6, 6))
    ((origin, proof),) = found
    assert origin == LOG_KEY.name
    assert "two different states of 6 entries" in proof.check([LOG_KEY])


@pytest.mark.parametrize(
    "content", ["", "{}", '{"format":"x","logs":{}}', '{"format":"roadworthy.dev/witness-state/v1"}']
)
def test_a_broken_memory_is_not_taken_for_an_empty_one(tmp_path: Path, content: str) -> None:
    (tmp_path / "w1.json").write_text(content)
    with pytest.raises(IntegrityBroken, match="not what a witness remembers"):
        witness(tmp_path)


def test_crossing_requests_never_take_back_what_was_told(tmp_path: Path) -> None:
    log = Log(leaves(64))
    asked = witness(tmp_path, runtime=Runtime())
    requests = [log.request(0, size) for size in range(1, 33)]
    cosigned, refused = list[str](), list[Exception]()

    def send(request: AddCheckpoint) -> None:
        try:
            cosigned.append(asked.add_checkpoint(request))
        except RoadworthyError as error:
            refused.append(error)

    threads = [threading.Thread(target=send, args=(request,)) for request in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(cosigned) == 1
    assert len(refused) == 31
    assert all(isinstance(error, OtherSize) for error in refused)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_refused(body: bytes) -> None:
    try:
        assert str(AddCheckpoint.parse(body)).encode() == body
    except InvalidInput:
        return


@pytest.mark.parametrize(
    "body",
    [
        "old 1\n",
        "old 01\n\nx",
        "old -1\n\nx",
        "old  1\n\nx",
        "old \u0661\n\nx",
        "old 9223372036854775808\n\nx",
        f"old {'9' * 5000}\n\nx",
        "new 1\n\nx",
        "old 1\nAAAA\n\nx",
        "old 1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n\nx",
        "old 1\n" + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" * 64 + "\nx",
    ],
)
def test_malformed_requests_are_refused(body: str) -> None:
    with pytest.raises(InvalidInput):
        AddCheckpoint.parse(body.encode())
