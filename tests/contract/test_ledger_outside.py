"""The ledger to the outside, held against an independent implementation of the same specifications."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from roadworthy.foundation.errors import IntegrityBroken, NotFound, Unavailable
from roadworthy.foundation.ledger import store as sql
from roadworthy.foundation.ledger.notes import VerifierKey
from roadworthy.foundation.ledger.outside import store as outside
from roadworthy.foundation.ledger.outside.client import WitnessClient
from roadworthy.foundation.ledger.outside.cosignatures import WitnessKey
from roadworthy.foundation.ledger.outside.publishing import Publisher, TilePath, write_tiles
from roadworthy.foundation.ledger.outside.store import Said
from roadworthy.foundation.ledger.outside.witness import Witness, WitnessState
from roadworthy.foundation.ledger.proofs import InclusionProof
from roadworthy.foundation.ledger.service import Ledger
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from tests.harness import loopback, witnesses
from tests.harness.loopback import HERE
from tests.harness.witnesses import oracle, serving
from tests.unit.foundation.ledger.outside.parts import LOG_KEY, Log, key, leaves, witness
from tests.unit.foundation.ledger.samples import Key, draft, ledger_on, record

SIZE = 600


@pytest.fixture
def ledger(store: Store, tmp_path: Path) -> Iterator[Ledger]:
    found = ledger_on(store, tmp_path)
    yield found
    found.close()


def test_exported_files_are_a_log_that_others_can_audit(ledger: Ledger, store: Store, tmp_path: Path) -> None:
    tlog = oracle("aics_tlog")
    from_others = oracle("aics_tlog.verified")
    folder = tmp_path / "tiles"
    record(ledger, *(draft(number) for number in range(300)))
    first, published = ledger.checkpoint(), Publisher(store)

    def fetch(path: TilePath) -> bytes:
        return published.tile(str(path)).content

    write_tiles(folder, published.checkpoint().content, fetch)
    record(ledger, *(draft(number) for number in range(300, SIZE)))
    issued = ledger.checkpoint()
    written = write_tiles(folder, published.checkpoint().content, fetch)
    with store.read() as connection:
        raws = sql.between(connection, 0, SIZE)
    assert written == 6, "the second and the third tile with their bundles, the level above, and the checkpoint"

    note = tlog.parse_note((folder / "checkpoint").read_text())
    found = tlog.verify_checkpoint(note, tlog.parse_vkey(ledger.vkey), expected_origin=ledger.origin)
    assert (found.ok, found.size, found.root) == (True, SIZE, issued.root)
    reader = tlog.FileSystemTileReader(folder)
    report = from_others.audit_tiles(reader, SIZE, issued.root)
    assert (report.size, report.bundles) == (SIZE, 3)
    from_others.audit_tiles(reader, 300, first.root)
    tiles = oracle("aics_tlog.tiles")
    assert [tiles.read_entry(reader, index, SIZE) for index in (0, 255, 256, SIZE - 1)] == [
        raws[index] for index in (0, 255, 256, SIZE - 1)
    ]
    for path in ("0/000", "0/001", "0/002.p/88", "1/000.p/2", "entries/000", "entries/002.p/88", "0/000.p/7"):
        assert published.tile(path).content
        if not path.endswith("p/7"):
            assert published.tile(path).content == (folder / "tile" / path).read_bytes()
    for path in ("0/002", "0/002.p/89", "0/003.p/1", "1/000", "2/000.p/1", "entries/002", "63/000", "64/000"):
        with pytest.raises(NotFound):
            published.tile(path)


def test_every_proof_verifies_with_others_and_none_of_another_place(ledger: Ledger) -> None:
    tlog = oracle("aics_tlog")
    count = 23
    ids = record(ledger, *(draft(number) for number in range(count)))
    issued = ledger.checkpoint()
    raws = [ledger.entry(entry_id).raw for entry_id in ids]
    for index, entry_id in enumerate(ids):
        proof = InclusionProof.parse(str(ledger.prove_inclusion(entry_id)))
        raw, hashes = raws[index], list(proof.hashes)
        assert tlog.verify_checkpoint(tlog.parse_note(proof.checkpoint), tlog.parse_vkey(ledger.vkey)).ok
        assert tlog.verify_leaf_inclusion(raw, index, count, hashes, issued.root)
        assert not tlog.verify_leaf_inclusion(raw, (index + 1) % count, count, hashes, issued.root)
        root = Log(raws).tree(index + 1)[0].root()
        assert tlog.verify_consistency(
            index + 1, count, root, issued.root, list(ledger.prove_consistency(index + 1).hashes)
        )


def test_a_witness_of_others_cosigns_our_checkpoints(ledger: Ledger, store: Store, tmp_path: Path) -> None:
    tlog, service = oracle("aics_tlog"), oracle("aics_witness.service")
    kept = oracle("aics_witness.store").WitnessStore(tmp_path / "theirs.db", create=True)
    config = oracle("aics_witness.config").LogConfig.from_strings(ledger.origin, [ledger.vkey])
    theirs = service.Witness("witness.example/theirs", key(1).private, kept, [config])
    with loopback.running(service.make_server(theirs)) as server:
        client = WitnessClient(server.url, WitnessKey.parse(theirs.vkey_text), HERE)
        issued, known = ledger.checkpoint(), 0

        def prove(old: int, new: int) -> tuple[bytes, ...]:
            return ledger.prove_consistency(old, new).hashes

        for count in (3, 1, 300):
            record(ledger, *(draft(number) for number in range(count)))
            issued = ledger.checkpoint()
            said = client.cosign(issued.note, prove, known)
            known = issued.size
            store.write(partial(outside.keep, said=Said(issued.size, "theirs", "c2sp", said.at, said.line)))
        assert client.cosign(issued.note, prove, 0).line
    kept.close()
    with store.read() as connection:
        both = outside.cosigned_note(connection, issued)
    quorum = tlog.verify_checkpoint(tlog.parse_note(both), tlog.parse_vkey(ledger.vkey), [theirs.vkey], 1)
    assert (quorum.ok, quorum.witnesses) == (True, ["witness.example/theirs"])


def test_a_log_of_others_is_cosigned_by_our_witness(tmp_path: Path) -> None:
    feeder, tlog = oracle("aics_witness.feeder"), oracle("aics_tlog")
    log = Log(leaves(200))
    ours = witness(tmp_path, runtime=Runtime())
    with serving(ours) as address:
        client = feeder.WitnessClient(address, str(ours.public))
        for size in (1, 64, 65, 200):
            line = client.submit(log.note(size), lambda old, new: list(log.proof(old, new)))
            merged = feeder.merge_cosignatures(log.note(size), line)
            found = tlog.verify_checkpoint(
                tlog.parse_note(merged), tlog.parse_vkey(str(LOG_KEY)), [tlog.parse_vkey(str(ours.public))], 1
            )
            assert (found.ok, found.cosignature_count) == (True, 1)
        client.close()
        with feeder.WitnessClient(address, str(ours.public)) as fresh:
            assert fresh.submit(log.note(), lambda old, new: list(log.proof(old, new))), "it recovers from a 409"
            with pytest.raises(feeder.WitnessConflict):
                fresh.submit(log.note(64), (64, []))


@pytest.mark.parametrize(
    ("size", "status"), [((5, 9), 200), ((4, 9), 409), ((0, 9), 409), ((9, 5), 400), ((5, 5), 200), ((6, 9), 409)]
)
def test_the_server_answers_with_the_statuses_of_the_specification(
    tmp_path: Path, size: tuple[int, int], status: int
) -> None:
    import httpx

    log, ours = Log(leaves(9)), witness(tmp_path)
    ours.add_checkpoint(log.request(0, 5))
    old, new = size
    proof = log.request(min(old, new), new).proof
    body = str(type(log.request(0, 1))(old, proof, log.note(new)))
    with serving(ours) as address, httpx.Client(base_url=address, trust_env=False, timeout=60) as http:
        answer = http.post("/add-checkpoint", content=body.encode())
        assert answer.status_code == status
        if status == 409:
            assert answer.headers["content-type"].startswith("text/x.tlog.size")
            assert answer.text == "5\n"
        assert http.post("/add-checkpoint", content=b"x" * 1_000_001).status_code == 413
        assert http.get("/key").text == f"{ours.public}\n"
        for forged, expected in ((Log(leaves(9), key(8)), 404), (Log(leaves(9), key(8, LOG_KEY.name)), 403)):
            answer = http.post("/add-checkpoint", content=str(forged.request(0, 9)).encode())
            assert answer.status_code == expected
        fork = Log([b"another", *leaves(9)[1:]])
        known = ours.seen()[LOG_KEY.name].size
        if known < 9:
            wrong = str(type(log.request(0, 1))(known, fork.proof(known, 9), fork.note(9)))
            assert http.post("/add-checkpoint", content=wrong.encode()).status_code == 422


def test_the_client_names_what_a_witness_holds_against_the_ledger(tmp_path: Path) -> None:
    log, ours = Log(leaves(9)), witness(tmp_path)
    fork = Log([b"another", *leaves(9)[1:]])
    with serving(ours) as address:
        client = WitnessClient(address, ours.public, HERE)
        client.cosign(log.note(7), log.proof)
        for note, prove, known, code in (
            (log.note(5), log.proof, 5, "witness-ahead"),
            (fork.note(9), fork.proof, 7, "witness-disagrees"),
            (fork.note(7), fork.proof, 7, "witness-disagrees"),
            (log.note(9), log.proof, 8, "witness-rolled-back"),
        ):
            with pytest.raises(IntegrityBroken) as caught:
                client.cosign(note, prove, known)
            assert caught.value.code == code
        with pytest.raises(IntegrityBroken, match="another key"):
            WitnessClient(address, WitnessKey("other.example", key(3).public), HERE).cosign(log.note(7), log.proof, 7)
        with pytest.raises(Unavailable, match="status 404"):
            WitnessClient(address, ours.public, HERE).cosign(Log(leaves(3), key(8)).note(), log.proof)
    with pytest.raises(Unavailable, match="does not answer"):
        client.cosign(log.note(9), log.proof, 7)


def test_proofs_and_published_checkpoints_prefer_what_is_cosigned(ledger: Ledger, store: Store, tmp_path: Path) -> None:
    ours = Witness(key(1), [VerifierKey.parse(ledger.vkey)], WitnessState(tmp_path / "w.json"), Runtime())
    first = record(ledger, draft(1))[0]
    issued = ledger.checkpoint()
    request = type(Log(leaves(1)).request(0, 1))(0, (), issued.note)
    line = ours.add_checkpoint(request)
    said = Said(issued.size, "one", "c2sp", issued.at, line)
    store.write(lambda connection: outside.keep(connection, said))
    second = record(ledger, draft(2))[0]
    ledger.checkpoint()
    assert line in str(ledger.prove_inclusion(first))
    assert line not in str(ledger.prove_inclusion(second))
    assert line in Publisher(store, lambda names: "one" in names).checkpoint().content.decode()
    assert line not in Publisher(store).checkpoint().content.decode()
    assert witnesses.NO_ORACLE
    assert Key().name == ledger.origin
