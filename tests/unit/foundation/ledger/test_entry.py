from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.digests import canonical_bytes
from roadworthy.foundation.errors import IntegrityBroken, InvalidInput, TooLarge
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Basis, Context, Draft, Oversight
from roadworthy.foundation.ledger.entry import (
    LARGEST_ENTRY,
    Entry,
    Payload,
    Writer,
    body_of,
    decode,
    seal,
    writer_of,
)
from roadworthy.foundation.ledger.following import read
from roadworthy.foundation.ledger.tree import leaf_hash, root_of
from tests.unit.foundation.ledger.samples import ALICE, CONTEXT, draft

FROZEN = Path(__file__).parent / "entries_v1.jsonl"
"""Entries as version 1 writes them. These bytes never change: if this test fails, old ledgers no longer verify."""

FROZEN_ROOT = "11bf6393bab3c4783664b504038762c5e37287d9a03ab8fb6552edac81e3bbf1"

AT = datetime(2026, 11, 21, 9, 30, 0, 123456, tzinfo=UTC)
ENTRY_ID = "019aa5b0-0000-7000-8000-000000000001"
WRITER = "019aa5b0-0000-7000-8000-0000000000aa"

texts = st.text(max_size=20)
facts = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
actors = st.builds(Actor, st.sampled_from(ActorKind), texts, texts, texts)
drafts = st.builds(
    Draft,
    what=texts,
    resource=texts,
    decision=st.none() | texts,
    basis=st.builds(
        Basis,
        st.none() | texts,
        st.lists(texts, max_size=2).map(tuple),
        st.lists(texts, max_size=2).map(tuple),
        st.none() | texts,
    ),
    oversight=st.builds(Oversight, st.none() | texts, st.lists(texts, max_size=2).map(tuple), st.integers(0, 9)),
    facts=st.dictionaries(texts, facts, max_size=3),
)
contexts = st.builds(Context, actors, st.none() | actors, st.none() | texts)


def entry_bytes(item: Draft, context: Context = CONTEXT, payloads: tuple[Payload, ...] = (), seq: int = 0) -> bytes:
    body = body_of(entry_id=ENTRY_ID, at=to_text(AT), tenant="tenant-1", draft=item, context=context, payloads=payloads)
    return seal(body, WRITER, seq)


def sample() -> list[bytes]:
    """One entry of every kind of value that version 1 knows."""
    payload = Payload("comment", "sha256:" + "a" * 64, "019aa5b0-0000-7000-8000-0000000000bb", 12)
    nested = Draft(
        "import.run", "Import/\u00fc\U0001f600", facts={"rows": 2133, "ok": True, "none": None, "list": [1, {"a": []}]}
    )
    system = Context(Actor(ActorKind.SYSTEM, "roadworthy"), on_behalf_of=ALICE)
    return [
        entry_bytes(draft(1), payloads=(payload,)),
        entry_bytes(nested, system, seq=1),
        entry_bytes(Draft("a.b", "C/d"), Context(Actor(ActorKind.WORKLOAD, "ci", "api", "token")), seq=2**53 - 1),
    ]


def test_the_frozen_sample_is_still_written_and_read() -> None:
    lines = FROZEN.read_bytes().splitlines()
    assert sample() == lines
    assert [decode(line).what for line in lines] == ["use-case.applied", "import.run", "a.b"]
    assert root_of(map(leaf_hash, lines)).hex() == FROZEN_ROOT


@given(drafts, contexts, st.integers(0, 2**53 - 1))
def test_sealed_bytes_are_canonical_and_read_back(item: Draft, context: Context, seq: int) -> None:
    raw = entry_bytes(item, context, seq=seq)
    assert canonical_bytes(json.loads(raw)) == raw
    assert writer_of(raw) == (WRITER.encode(), seq)
    assert read(raw) == decode(raw)
    assert decode(raw) == Entry(
        id=ENTRY_ID,
        at=AT,
        tenant="tenant-1",
        writer=Writer(WRITER, seq),
        actor=context.actor,
        on_behalf_of=context.on_behalf_of,
        what=item.what,
        resource=item.resource,
        decision=item.decision,
        basis=item.basis,
        oversight=item.oversight,
        facts=item.facts,
        payloads=(),
        trace=context.trace,
    )


def change(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    """A change of one value of an entry."""

    def apply(entry: dict[str, Any]) -> None:
        *parents, last = path.split(".")
        for parent in parents:
            entry = entry[parent]
        entry[last] = value

    return apply


def without(key: str) -> Callable[[dict[str, Any]], None]:
    """An entry that lacks a key."""

    def apply(entry: dict[str, Any]) -> None:
        del entry[key]

    return apply


@pytest.mark.parametrize(
    ("mutation", "message"),
    [
        (without("actor"), "`actor` is missing"),
        (without("writer"), "`writer` is missing"),
        (change("extra", 1), "`extra` does not belong to version 1"),
        (change("actor.name", "Alice"), "`name` does not belong"),
        (change("v", 2), "its version is `2`"),
        (change("v", True), "`v` is bool"),
        (change("at", "2026-11-21T09:30:00Z"), "six decimals"),
        (change("at", "yesterday"), "not a date and time"),
        (change("actor.kind", "robot"), "`robot` is no kind of actor"),
        (change("actor", None), "`actor` is NoneType"),
        (change("basis.rules", ["a", 1]), "texts only"),
        (change("oversight.quorum", -1), "below zero"),
        (change("oversight.quorum", True), "`quorum` is bool"),
        (change("payloads", [1]), "an object was expected"),
        (change("payloads", [{"name": "a"}]), "`commitment` is missing"),
        (change("writer.seq", "1"), "`seq` is str"),
        (change("decision", 1), "`decision` is int"),
        (change("facts", []), "`facts` is list"),
    ],
)
def test_anything_else_is_refused(mutation: Callable[[dict[str, Any]], None], message: str) -> None:
    value = json.loads(entry_bytes(draft()))
    mutation(value)
    with pytest.raises(IntegrityBroken, match=message):
        read(canonical_bytes(value))
    with pytest.raises(IntegrityBroken, match=message):
        decode(canonical_bytes(value))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b"{" * 50_000,
        entry_bytes(draft()) + b" ",
        entry_bytes(draft()).replace(b'"v":1', b'"v":1.0'),
        entry_bytes(draft()).replace(b'"v":1', b'"v":1,"v":1'),
        b" " * (LARGEST_ENTRY + 1),
    ],
)
def test_bytes_that_are_no_entry_are_refused(raw: bytes) -> None:
    with pytest.raises(IntegrityBroken, match="not a ledger entry"):
        decode(raw)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=4,
)
PLACES = st.sampled_from(["v", "at", "actor", "actor.kind", "basis.rules", "basis.inputs", "decision", "facts", "id",
                          "on_behalf_of", "oversight.quorum", "payloads", "writer.seq", "writer", "more"])  # fmt: skip


@given(drafts, contexts, PLACES, JSON | st.sampled_from([1.0, -0.0, "2026-11-21T09:30:00,123456Z", 2**64]))
def test_whoever_follows_reads_what_whoever_checks_the_keys_and_types_reads(
    item: Draft, context: Context, place: str, value: object
) -> None:
    said = json.loads(entry_bytes(item, context))
    change(place, value)(said)
    raw = json.dumps(said).encode()
    try:
        strictly = decode(raw, exact=False)
    except IntegrityBroken:
        with pytest.raises(IntegrityBroken):
            read(raw)
    else:
        assert read(raw) == strictly


@pytest.mark.parametrize("raw", [b"", b"{}", b',"writer":{"id":"a"}}', b',"writer":{"id":"a","seq":x}}'])
def test_bytes_without_a_writer_have_none(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        writer_of(raw)


def test_what_has_no_canonical_form_is_refused_with_its_place() -> None:
    unfit: dict[str, Any] = {"rate": 0.5}
    with pytest.raises(InvalidInput, match="float has no canonical form") as caught:
        entry_bytes(Draft("a.b", "UseCase/x", facts=unfit))
    assert caught.value.place.source == "UseCase/x"


@pytest.mark.parametrize("quorum", [-1, 2**53, True])
def test_a_quorum_is_a_whole_number(quorum: int) -> None:
    with pytest.raises(InvalidInput, match="not a whole number"):
        entry_bytes(Draft("a.b", "UseCase/x", oversight=Oversight(quorum=quorum)))


def test_too_much_in_clear_is_refused() -> None:
    with pytest.raises(TooLarge, match="an entry may have 61440"):
        entry_bytes(Draft("a.b", "UseCase/x", facts={"text": "x" * LARGEST_ENTRY}))
