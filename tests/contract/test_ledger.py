"""The ledger on both engines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from roadworthy.foundation.digests import commitment
from roadworthy.foundation.errors import Conflict, IntegrityBroken, InvalidInput, NotFound, Refused
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context, Draft
from roadworthy.foundation.ledger.export import verify_export
from roadworthy.foundation.ledger.notes import VerifierKey
from roadworthy.foundation.ledger.service import Ledger
from roadworthy.foundation.ledger.store import Filter
from roadworthy.foundation.ledger.tables import checkpoints, entries, frontier, payloads, tiles
from roadworthy.foundation.ledger.tree import check_consistency
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.storage.store import Store
from tests.unit.foundation.ledger.samples import ALICE, CONTEXT, ORIGIN, draft, ledger_on, record, signer

UNFIT: dict[str, Any] = {"rate": 0.5}
"""Floats have no canonical form."""


@pytest.fixture
def ledger(store: Store, tmp_path: Path) -> Ledger:
    """A fresh ledger."""
    return ledger_on(store, tmp_path)


def test_an_entry_says_who_did_what_on_what_basis_with_what_oversight(ledger: Ledger) -> None:
    behalf = replace(CONTEXT, on_behalf_of=Actor(ActorKind.WORKLOAD, "ci", "api", "token"))
    event = draft(7)
    entry_id = ledger.units.run(behalf, lambda transaction: transaction.record(event))
    ledger.settle(entry_id)
    placed = ledger.entry(entry_id)
    entry = placed.entry
    assert placed.position == 0
    assert (entry.id, entry.tenant, entry.trace) == (entry_id, "tenant-1", "trace-1")
    assert (entry.actor, entry.on_behalf_of) == (ALICE, behalf.on_behalf_of)
    assert (entry.what, entry.resource, entry.decision) == (event.what, event.resource, event.decision)
    assert (entry.basis, entry.oversight, entry.facts) == (event.basis, event.oversight, event.facts)
    assert entry.writer.seq == 0


def test_a_failed_unit_leaves_nothing(ledger: Ledger, store: Store) -> None:
    record(ledger, draft(1))

    def fail(transaction: Transaction) -> None:
        transaction.record(draft(2, comment=b"never"))
        message = "changed my mind"
        raise LookupError(message)

    with pytest.raises(LookupError):
        ledger.units.run(CONTEXT, fail)
    with pytest.raises(InvalidInput):
        record(ledger, draft(3, comment=b"never"), Draft("a.b", "C/d", facts=UNFIT))
    record(ledger, draft(4))
    assert [item.entry.facts["generation"] for item in ledger.entries().entries] == [4, 1]
    with store.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(payloads)).scalar_one() == 0
    assert ledger.verify(full=True, columns=True).ok


def test_a_unit_without_an_actor_is_refused(ledger: Ledger) -> None:
    nobody = Context(Actor(ActorKind.PERSON, ""))
    with pytest.raises(Refused, match="somebody who makes it"):
        ledger.units.run(nobody, lambda transaction: transaction.record(draft()))
    with pytest.raises(InvalidInput, match="cannot name an event"):
        record(ledger, Draft("a\nb", "C/d"))
    assert ledger.entries().entries == ()


def test_many_writers_make_one_complete_tree(ledger: Ledger) -> None:
    def work(writer: int) -> list[str]:
        made = []
        for number in range(25):
            try:
                made += ledger.units.run(CONTEXT, lambda t, n=number: _record_or_fail(t, n))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            except LookupError:
                continue
        return made

    with ThreadPoolExecutor(8) as pool:
        ids = {entry_id for made in pool.map(work, range(8)) for entry_id in made}
    ledger.settle()
    found = ledger.entries(limit=1000).entries
    assert {item.entry.id for item in found} == ids
    assert [item.position for item in found] == list(range(len(ids)))[::-1]
    ledger.checkpoint()
    result = ledger.verify(full=True, columns=True)
    assert result.faults == ()
    assert (result.size, result.checked, result.confirmed, result.waiting) == (len(ids), len(ids), len(ids), 0)


def _record_or_fail(transaction: Transaction, number: int) -> list[str]:
    made = [transaction.record(draft(number)), transaction.record(draft(number, text=b"free text"))]
    if number % 5 == 4:
        message = "fails on purpose"
        raise LookupError(message)
    return made


def test_pages_and_filters(ledger: Ledger) -> None:
    ids = record(ledger, *[Draft("a.made" if at % 2 else "b.made", f"Thing/{at % 3}") for at in range(10)])
    bob = Context(Actor(ActorKind.PERSON, "bob"))
    ids.append(ledger.units.run(bob, lambda transaction: transaction.record(Draft("a.made", "Thing/0"))))
    ledger.settle()
    first = ledger.entries(limit=4)
    assert [item.position for item in first.entries] == [10, 9, 8, 7]
    assert first.older == 7
    rest = ledger.entries(before=first.older, limit=7)
    assert [item.position for item in rest.entries] == [6, 5, 4, 3, 2, 1, 0]
    assert rest.older is None
    assert {item.position for item in ledger.entries(Filter(what="a.made")).entries} == {1, 3, 5, 7, 9, 10}
    assert {item.position for item in ledger.entries(Filter(resource="Thing/0", what="b.made")).entries} == {0, 6}
    assert [item.entry.id for item in ledger.entries(Filter(actor="bob")).entries] == [ids[-1]]
    at = ledger.entry(ids[-1]).entry.at
    assert [item.position for item in ledger.entries(Filter(since=at)).entries] == [10]
    assert len(ledger.entries(Filter(until=at)).entries) == 10
    assert ledger.entries(Filter(since=at + timedelta(seconds=1))).entries == ()


def test_inclusion_is_proven_to_somebody_with_only_the_key(ledger: Ledger) -> None:
    ids = record(ledger, *map(draft, range(300)))
    trusted = [VerifierKey.parse(ledger.vkey)]
    for entry_id in (ids[0], ids[255], ids[256], ids[-1]):
        proof = ledger.prove_inclusion(entry_id)
        checkpoint = proof.check(ledger.entry(entry_id).raw, ORIGIN, trusted)
        assert checkpoint.size == 300
    record(ledger, draft(300))
    assert ledger.prove_inclusion(ids[0]).check(ledger.entry(ids[0]).raw, ORIGIN, trusted).size == 300
    with pytest.raises(NotFound, match="no entry `nothing`"):
        ledger.prove_inclusion("nothing")


def test_growth_is_proven_between_checkpoints(ledger: Ledger) -> None:
    empty = ledger.checkpoint()
    assert (empty.size, ledger.checkpoint()) == (0, empty)
    record(ledger, *map(draft, range(100)))
    old = ledger.checkpoint()
    record(ledger, *map(draft, range(200)))
    new = ledger.checkpoint()
    proof = ledger.prove_consistency(old.size)
    assert (proof.old, proof.new) == (100, 300) == (old.size, new.size)
    check_consistency(old=100, new=300, old_root=old.root, new_root=new.root, proof=proof.hashes)
    assert ledger.checkpoint() == new
    for sizes in ((0, 1), (2, 1), (1, 301)):
        with pytest.raises(Conflict, match="the ledger has 300"):
            ledger.prove_consistency(*sizes)


def test_an_erased_payload_can_no_longer_be_confirmed_and_the_proof_still_verifies(
    ledger: Ledger, store: Store
) -> None:
    [entry_id] = record(ledger, draft(1, comment=b"Alice said no"))
    entry = ledger.entry(entry_id).entry
    [payload] = entry.payloads
    assert (payload.name, payload.size) == ("comment", len(b"Alice said no"))
    disclosed = ledger.disclose(payload.ref)
    assert disclosed.content == b"Alice said no"
    assert disclosed.salt is not None
    assert commitment(disclosed.salt, disclosed.content) == payload.commitment
    erased = ledger.erase(CONTEXT, payload.ref, "retention-expired")
    ledger.settle(erased)
    gone = ledger.disclose(payload.ref)
    assert (gone.content, gone.salt, gone.commitment) == (None, None, payload.commitment)
    event = ledger.entry(erased).entry
    assert (event.what, event.resource) == ("payload.erased", f"Payload/{payload.ref}")
    assert event.facts == {"commitment": payload.commitment, "retention": "record"}
    assert event.basis.rules == ("retention-expired",)
    with store.read() as connection:
        kept = connection.execute(sa.select(payloads.c.salt, payloads.c.content)).one()
    assert tuple(kept) == (None, None)
    assert ledger.verify(full=True).ok
    with pytest.raises(Conflict, match="was erased"):
        ledger.erase(CONTEXT, payload.ref, "retention-expired")
    with pytest.raises(NotFound, match="no payload `nothing`"):
        ledger.erase(CONTEXT, "nothing", "retention-expired")


def test_a_changed_payload_is_noticed(ledger: Ledger, store: Store) -> None:
    [entry_id] = record(ledger, draft(1, comment=b"no"))
    store.write(lambda connection: connection.execute(payloads.update().values(content=b"yes")))
    with pytest.raises(IntegrityBroken, match="not what was committed to"):
        ledger.disclose(ledger.entry(entry_id).entry.payloads[0].ref)


def test_an_export_verifies_without_the_database(ledger: Ledger, tmp_path: Path) -> None:
    record(ledger, *map(draft, range(600)))
    ledger.checkpoint()
    record(ledger, draft(600))
    path = tmp_path / "ledger.txt"
    exported = ledger.export(path)
    assert (exported.size, exported.bytes) == (601, path.stat().st_size)
    result = verify_export(path, [VerifierKey.parse(ledger.vkey)])
    assert result.faults == ()
    assert (result.size, result.checked, result.confirmed, result.checkpoints) == (601, 601, 601, 2)
    assert result.signed_by == (ledger.vkey,)
    assert verify_export(path).signed_by == ()


def test_the_ledger_goes_on_after_a_restart(ledger: Ledger, store: Store, tmp_path: Path) -> None:
    record(ledger, *map(draft, range(260)))
    ledger.checkpoint()
    ledger.close()
    store.before_commit.clear()
    store.after_rollback.clear()
    again = ledger_on(store, tmp_path)
    record(again, *map(draft, range(5)))
    assert again.checkpoint().size == 265
    newest = again.entries(limit=6).entries
    if store.dialect == "sqlite":  # on PostgreSQL a writer is a connection, and the connection stayed
        assert newest[0].entry.writer.id != newest[-1].entry.writer.id
    assert again.verify(full=True, columns=True).faults == ()


def test_a_rewound_database_gets_no_signature(ledger: Ledger, store: Store, tmp_path: Path) -> None:
    record(ledger, *map(draft, range(3)))
    ledger.checkpoint()

    def wipe(connection: sa.Connection) -> None:
        for table in (entries, tiles, frontier, checkpoints):
            connection.execute(table.delete())

    store.write(wipe)
    store.before_commit.clear()
    store.after_rollback.clear()
    rebuilt = ledger_on(store, tmp_path)
    assert [fault.code for fault in rebuilt.verify().faults] == ["ledger-truncated"]
    record(rebuilt, *map(draft, range(10, 14)))
    with pytest.raises(IntegrityBroken, match="are not the ones that a checkpoint was signed over"):
        rebuilt.checkpoint()
    for full in (False, True):
        assert "ledger-rewritten" in {fault.code for fault in rebuilt.verify(full=full).faults}
    with pytest.raises(IntegrityBroken, match="does not verify"):
        rebuilt.verify(full=True).require()
    assert signer(tmp_path).mark() is not None


def test_the_periodic_signature_keeps_what_went_wrong(ledger: Ledger, store: Store) -> None:
    record(ledger, draft())
    ledger.checkpoint()
    store.write(lambda connection: connection.execute(entries.delete()))
    store.write(lambda connection: connection.execute(frontier.delete()))
    ledger.checkpoints.turn()
    assert ledger.fault is not None
    assert ledger.fault.code == "ledger-rewound"
