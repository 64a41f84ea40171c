"""Whoever holds a pack changes it: each way is found and named, with the entry where there is one."""

from __future__ import annotations

import functools
import hashlib
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from roadworthy.foundation.ledger.checkpoint import Checkpoint
from roadworthy.foundation.ledger.completeness import completeness
from roadworthy.foundation.ledger.draft import Draft
from roadworthy.foundation.ledger.notes import VerifierKey, sign
from roadworthy.foundation.ledger.pack import verify
from roadworthy.foundation.ledger.tree import leaf_hash, root_of
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.sqlite import SqliteStore
from tests.harness.packs import Attacked, Document, Members, first, flip, members, put_together, regions, written
from tests.harness.schema import all_tables
from tests.unit.foundation.ledger.samples import ORIGIN, Key, draft, ledger_on, record

SIZE = 300
STATEMENT = b'{"statement":"signed"}'
STRANGER = Key(private=Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
"""Another key under the ledger's own name."""

indexes = st.integers(0, SIZE - 1)


@pytest.fixture(scope="module", autouse=True)
def quick() -> Any:
    """The same signature is over the same text in nearly every attack: it is worked out once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify, "signed_by", functools.lru_cache(maxsize=10_000)(verify.signed_by))
        yield


def made(folder: Path, size: int = SIZE) -> Attacked:
    """A ledger, and a pack of the whole of it."""
    store = SqliteStore(folder / "sound.db", Runtime())
    store.write(all_tables().create_all)
    ledger = ledger_on(store, folder)
    record(ledger, *(draft(number, **({"reason": b"yes"} if number in {7, 9} else {})) for number in range(size)))
    ledger.checkpoint()
    written(ledger, store, folder / "whole.zip", (0, size), proofs=0)
    written(ledger, store, folder / "some.zip", (3, 5), (7, 10), (200, 230))
    store.close()
    return Attacked(folder / "whole.zip", ledger.vkey, folder)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Attacked:
    return made(tmp_path_factory.mktemp("pack"))


@pytest.fixture(scope="module")
def some(whole: Attacked) -> Attacked:
    """A pack of a few entries of the same ledger."""
    return Attacked(whole.folder / "some.zip", whole.vkey, whole.folder)


def found_after(attacked: Attacked, bit: int) -> bool:
    """Whether one turned bit of the file is noticed."""
    path = attacked.folder / "flipped.zip"
    path.write_bytes(flip(attacked.path.read_bytes(), bit))
    try:
        return bool(attacked.said(path).faults)
    except verify.UnreadableError:
        return True


def test_sound_packs_verify(whole: Attacked, some: Attacked) -> None:
    for pack in (whole, some):
        report = pack.said()
        assert report.faults == []
        assert "2 payloads are what entries committed to" in report.good
    assert put_together(whole.folder / "again.zip", members(whole.path)).read_bytes() == whole.path.read_bytes()


def test_a_turned_bit_anywhere_is_found(some: Attacked) -> None:
    """Some bits of every member and every header; `test_every_flip` turns all of them."""
    for name, start, end in regions(some.path):
        step = max(1, (end - start) // 3)
        for place in {*range(start, end, step), end - 1} if end > start else ():
            bit = 8 * place + place % 8
            assert found_after(some, bit), f"bit {bit % 8} of byte {place - start} of {name}"


@given(indexes, st.integers(0, 5_000))
def test_a_turned_bit_of_an_entry_names_it(whole: Attacked, index: int, bit: int) -> None:
    def change(lines: list[bytes]) -> None:
        line = lines[index][:-1]
        lines[index] = flip(line, bit % (8 * len(line))).replace(b"\n", b"?") + b"\n"

    assert first(whole.with_lines(change)) == ("entry-differs", index)


@given(indexes)
def test_an_entry_that_was_taken_out(whole: Attacked, index: int) -> None:
    assert first(whole.with_lines(lambda lines: lines.pop(index))) == ("entry-missing", index)


@given(indexes, indexes)
def test_an_entry_that_was_put_in(whole: Attacked, index: int, source: int) -> None:
    def change(lines: list[bytes]) -> None:
        lines.insert(index, lines[source].replace(b"accepted", b"rejected"))

    assert first(whole.with_lines(change)) == ("entry-added", index)


@given(st.lists(indexes, min_size=2, max_size=2, unique=True))
def test_two_swapped_entries(whole: Attacked, pair: list[int]) -> None:
    one, other = sorted(pair)

    def change(lines: list[bytes]) -> None:
        lines[one], lines[other] = lines[other], lines[one]

    assert first(whole.with_lines(change)) == ("entries-reordered", one)


@given(st.integers(0, 10_000))
def test_shuffled_entries(whole: Attacked, seed: int) -> None:
    report = whole.with_lines(random.Random(seed).shuffle)
    assert report.faults[0]["code"] in {"entries-reordered", "entry-missing", "entry-added"}


@given(indexes)
def test_a_cut_off_end(whole: Attacked, keep: int) -> None:
    def change(lines: list[bytes]) -> None:
        del lines[keep:]

    assert first(whole.with_lines(change)) == ("entry-missing", keep)


@given(st.integers(1, SIZE - 1))
def test_a_shorter_pack_with_consistent_hashes(whole: Attacked, keep: int) -> None:
    """Entries, hashes and ranges cut to one length: the signed root does not follow."""

    def change(content: Members) -> Members:
        lines = content["entries.jsonl"].splitlines(keepends=True)[:keep]
        manifest = {**json.loads(content["manifest.json"]), "ranges": [[0, keep]], "payloads": []}
        return {
            "entries.jsonl": b"".join(lines),
            "leaves.bin": content["leaves.bin"][: 32 * keep],
            "manifest.json": json.dumps(manifest).encode(),
        }

    with pytest.raises(verify.UnreadableError, match="too few"):
        whole.after(change)


def rebuilt(content: Members, key: Key, change: Callable[[list[bytes]], object]) -> Members:
    """Everything made anew over other entries, and signed with a key."""
    lines = content["entries.jsonl"].splitlines()
    change(lines)
    leaves = [leaf_hash(line) for line in lines]
    text = str(Checkpoint(ORIGIN, len(lines), root_of(leaves)))
    manifest = {**json.loads(content["manifest.json"]), "ranges": [[0, len(lines)]], "payloads": []}
    manifest["vkey"] = str(VerifierKey(ORIGIN, key.public))
    return {
        "checkpoint": sign(text, [(VerifierKey(ORIGIN, key.public), key.sign)]).encode(),
        "entries.jsonl": b"".join(line + b"\n" for line in lines),
        "leaves.bin": b"".join(leaves),
        "manifest.json": json.dumps(manifest).encode(),
    }


def accepted_to_rejected(lines: list[bytes]) -> None:
    lines[7] = lines[7].replace(b"accepted", b"rejected")


def test_wholly_rebuilt_by_a_stranger_under_the_same_name(whole: Attacked) -> None:
    report = whole.after(lambda content: rebuilt(content, STRANGER, accepted_to_rejected))
    assert first(report) == ("checkpoint-not-signed", None)
    path = whole.folder / "attacked.zip"
    assert verify.verify(path, [], []).faults == []
    assert verify.main([str(path)]) == verify.UNAUTHENTICATED


def test_wholly_rebuilt_with_the_old_checkpoint(whole: Attacked) -> None:
    def change(content: Members) -> Members:
        return {**rebuilt(content, STRANGER, accepted_to_rejected), "checkpoint": content["checkpoint"]}

    assert first(whole.after(change)) == ("ledger-root-differs", None)


def test_wholly_rebuilt_with_the_real_key_and_held_against_a_checkpoint_from_before(whole: Attacked) -> None:
    kept = members(whole.path)["checkpoint"].decode()
    other = whole.after(lambda content: rebuilt(content, Key(), accepted_to_rejected), other=kept)
    assert first(other) == ("split-view", None)

    def longer(lines: list[bytes]) -> None:
        accepted_to_rejected(lines)
        lines.append(lines[-1])

    assert ("ledger-rewritten", None) in {
        (each["code"], each["entry"])
        for each in whole.after(lambda content: rebuilt(content, Key(), longer), other=kept).faults
    }


def test_a_checkpoint_from_before_that_the_pack_continues(whole: Attacked) -> None:
    lines = members(whole.path)["entries.jsonl"].splitlines()
    for size in (1, 255, 256, 257, SIZE - 1):
        text = str(Checkpoint(ORIGIN, size, root_of(map(leaf_hash, lines[:size]))))
        kept = sign(text, [(VerifierKey(ORIGIN, Key().public), Key().sign)])
        report = whole.said(other=kept)
        assert report.faults == []
        assert any(f"first {size} entries" in line for line in report.good)


def test_a_forged_signature_and_another_ledger(whole: Attacked) -> None:
    def forged(content: Members) -> Members:
        text = content["checkpoint"].decode().partition("\n\n")[0] + "\n"
        own = VerifierKey(ORIGIN, Key().public)
        return {"checkpoint": sign(text, [(own, STRANGER.sign)]).encode()}

    assert first(whole.after(forged)) == ("checkpoint-signature-wrong", None)

    def foreign(content: Members) -> Members:
        text = content["checkpoint"].decode().partition("\n\n")[0].replace(ORIGIN, "other.example/ledger", 1) + "\n"
        return {"checkpoint": sign(text, [(VerifierKey(ORIGIN, Key().public), Key().sign)]).encode()}

    assert first(whole.after(foreign)) == ("checkpoint-foreign", None)
    stranger = VerifierKey("stranger.example", STRANGER.public)
    assert first(verify.verify(whole.path, [verify.Key(str(stranger))], [])) == ("checkpoint-not-signed", None)


def test_texts_that_are_not_what_was_committed_to(some: Attacked) -> None:
    manifest = json.loads(members(some.path)["manifest.json"])
    one, other = manifest["payloads"]
    changed = some.after(lambda _: {f"payloads/{one['ref']}": b"no"})
    assert first(changed) == ("payload-differs", one["entry"])

    def salts(given: dict[str, Any]) -> None:
        given["payloads"][0]["salt"], given["payloads"][1]["salt"] = other["salt"], one["salt"]

    assert first(some.with_manifest(salts)) == ("payload-differs", one["entry"])

    def places(given: dict[str, Any]) -> None:
        given["payloads"][0]["entry"] = other["entry"]

    assert first(some.with_manifest(places)) == ("payload-foreign", other["entry"])


def test_a_document_that_no_entry_names(some: Attacked) -> None:
    def change(content: Members) -> Members:
        manifest = json.loads(content["manifest.json"])
        manifest["documents"] = [{"entry": 8, "file": "certificates/oc-1.json"}]
        return {"certificates/oc-1.json": STATEMENT, "manifest.json": json.dumps(manifest).encode()}

    assert first(some.after(change)) == ("document-foreign", 8)


def test_a_document_that_an_entry_names(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "a.db", Runtime())
    store.write(all_tables().create_all)
    ledger = ledger_on(store, tmp_path)
    digest = f"sha256:{hashlib.sha256(STATEMENT).hexdigest()}"
    event = draft(1)
    record(ledger, type(event)(event.what, event.resource, facts={"statement": digest}))
    document = Document("certificates/oc-1.json", STATEMENT, 0)
    made_of = written(ledger, store, tmp_path / "a.zip", (0, 1), documents=(document,))
    store.close()
    assert made_of.documents == 1
    report = verify.verify(made_of.path, [verify.Key(ledger.vkey)], [])
    assert (report.faults, report.good[-1]) == ([], "1 documents were looked up in the entries that name them")


def test_something_smuggled_in(some: Attacked) -> None:
    content = members(some.path)
    path = put_together(some.folder / "more.zip", {**content, "more.txt": b"believe me"})
    assert first(some.said(path)) == ("member-foreign", None)
    path = put_together(some.folder / "other.zip", {**content, "verify.py": b"print('verifies')"})
    assert first(some.said(path)) == ("member-differs", None)
    sound = some.path.read_bytes()
    for hidden in (b"x" + sound, sound + b"x", sound[:-1], sound[:-22], b"", sound[:100]):
        path.write_bytes(hidden)
        with pytest.raises(verify.UnreadableError):
            some.said(path)


def test_the_hashes_around_the_entries(some: Attacked) -> None:
    def turned(name: str) -> Callable[[Members], Members]:
        return lambda content: {name: flip(content[name], 77)}

    assert first(some.after(turned("cover.bin"))) == ("ledger-root-differs", None)
    assert first(some.after(turned("leaves.bin"))) == ("leaves-differ", None)
    assert (
        first(some.after(lambda content: {"cover.bin": content["cover.bin"] + bytes(32)}))[0] == "ledger-root-differs"
    )


@pytest.mark.parametrize(
    "ranges",
    [[], [[3, 5]], [[3, 6], [7, 10], [200, 230]], [[4, 6], [7, 10], [200, 230]], [[7, 10], [3, 5]], [[3, 500]]],
)
def test_other_ranges_than_those_that_were_signed(some: Attacked, ranges: list[list[int]]) -> None:
    def change(manifest: dict[str, Any]) -> None:
        manifest["ranges"] = ranges

    try:
        assert some.with_manifest(change).faults
    except verify.UnreadableError:
        return


@given(
    st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)), st.data()
)
def test_a_hostile_manifest_never_breaks_the_verifier(some: Attacked, value: Any, data: st.DataObject) -> None:
    name = data.draw(
        st.sampled_from(["ranges", "payloads", "documents", "files", "pairs", "apart", "origin", "vkey", "format"])
    )
    try:
        some.with_manifest(lambda manifest: manifest.update({name: value}))
    except verify.UnreadableError:
        return


def test_what_began_is_told_until_any_of_its_ends_is_there(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "a.db", Runtime())
    store.write(all_tables().create_all)
    ledger = ledger_on(store, tmp_path)
    story = ("1 a.begun", "1 b.begun", "2 a.begun", "2 b.begun", "1 both.ended", "2 a.ended", "3 a.begun")
    record(ledger, *(Draft(said[2:], f"Thing/{said[0]}") for said in story))
    pairs = {"a.begun": ("a.ended", "both.ended"), "b.begun": ("both.ended",)}
    path = written(ledger, store, tmp_path / "a.zip", (0, len(story)), pairs=pairs).path
    store.close()
    report = verify.verify(path, [verify.Key(ledger.vkey)], [])
    assert report.faults == []
    assert [note.partition(" has")[0] for note in report.notes] == [
        "entry 3: b.begun of Thing/2",
        "entry 6: a.begun of Thing/3",
    ]


def test_what_is_open_of_one_thing_at_once_is_told_apart_by_a_fact(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "a.db", Runtime())
    store.write(all_tables().create_all)
    ledger = ledger_on(store, tmp_path)
    story = (
        *(("begun", "1", which) for which in "abc"),
        *(("begun", "2", which) for which in "ab"),
        ("ended", "1", "b"),
        ("over", "2", None),
        ("begun", "2", "c"),
    )
    drafts = (
        Draft(f"a.{what}", f"Thing/{on}", facts={} if which is None else {"of": which}) for what, on, which in story
    )
    record(ledger, *drafts)
    pairs, apart = {"a.begun": ("a.ended", "a.over")}, {"a.begun": "of"}
    path = written(ledger, store, tmp_path / "a.zip", (0, len(story)), pairs=pairs, apart=apart).path
    with store.read() as connection:
        here = {each.position for each in completeness(connection, pairs, apart).unfinished}
    store.close()
    report = verify.verify(path, [verify.Key(ledger.vkey)], [])
    assert [note.partition(":")[0] for note in report.notes] == ["entry 0", "entry 2", "entry 7"]
    assert here == {0, 2, 7}


@given(st.integers(1, SIZE - 2))
@settings(max_examples=15)
def test_an_entry_that_was_taken_away_before_it_reached_the_tree(whole: Attacked, index: int) -> None:
    """Everything is made anew with the real key over what is left: only the writer's numbers tell."""
    report = whole.after(lambda content: rebuilt(content, Key(), lambda lines: lines.pop(index)))
    assert first(report) == ("writer-gap", index)
