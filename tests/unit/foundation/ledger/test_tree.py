from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.errors import IntegrityBroken
from roadworthy.foundation.ledger.tree import (
    EMPTY_ROOT,
    Frontier,
    check_consistency,
    check_inclusion,
    complete_root,
    consistency_proof,
    fold,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
)

sizes = st.integers(1, 700)


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(b"%d" % number) for number in range(count)]


def naive_root(hashes: list[bytes]) -> bytes:
    """The definition in RFC 6962, section 2.1, word for word."""
    if not hashes:
        return EMPTY_ROOT
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return node_hash(naive_root(hashes[:split]), naive_root(hashes[split:]))


class Nodes:
    """Reads nodes of a tree in memory."""

    def __init__(self, hashes: list[bytes]) -> None:
        self._hashes = hashes

    def __call__(self, level: int, index: int) -> bytes:
        span = self._hashes[index << level : (index + 1) << level]
        assert len(span) == 1 << level, "only complete subtrees are read"
        return naive_root(span)


@given(sizes)
def test_frontier_root_is_the_definition(size: int) -> None:
    assert root_of(leaves(size)) == naive_root(leaves(size))


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert Frontier().root() == fold([]) == EMPTY_ROOT
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@given(sizes)
def test_frontier_survives_packing(size: int) -> None:
    frontier = Frontier()
    for leaf in leaves(size):
        frontier.append(leaf)
    again = Frontier.unpack(frontier.size, frontier.pack())
    again.append(b"x" * 32)
    frontier.append(b"x" * 32)
    assert again == frontier


def test_frontier_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(IntegrityBroken, match="frontier of a tree of 3 entries"):
        Frontier.unpack(3, b"x" * 32)


@given(st.integers(0, 6), st.integers(0, 5), st.integers(0, 40))
def test_subtrees_may_be_appended_whole(level: int, count: int, rest: int) -> None:
    hashes = leaves((count << level) + rest)
    frontier = Frontier()
    for at in range(count):
        frontier.append(complete_root(b"".join(hashes[at << level : (at + 1) << level])), level)
    for leaf in hashes[count << level :]:
        frontier.append(leaf)
    assert frontier.root() == naive_root(hashes)


@given(sizes, st.data())
def test_every_inclusion_is_proven_and_only_there(size: int, data: st.DataObject) -> None:
    hashes = leaves(size)
    index = data.draw(st.integers(0, size - 1))
    root = root_of(hashes)
    proof = inclusion_proof(Nodes(hashes), index, size)
    check_inclusion(index=index, size=size, leaf=hashes[index], proof=proof, root=root)
    other = data.draw(st.integers(0, size + 3).filter(lambda number: number != index))
    with pytest.raises(IntegrityBroken):
        check_inclusion(index=other, size=size, leaf=hashes[index], proof=proof, root=root)


@given(sizes, st.data())
def test_every_growth_is_proven_and_no_other(size: int, data: st.DataObject) -> None:
    hashes = leaves(size)
    old = data.draw(st.integers(1, size))
    proof = consistency_proof(Nodes(hashes), old, size)
    old_root, new_root = root_of(hashes[:old]), root_of(hashes)
    check_consistency(old=old, new=size, old_root=old_root, new_root=new_root, proof=proof)
    with pytest.raises(IntegrityBroken):
        check_consistency(old=old, new=size, old_root=leaf_hash(b"other"), new_root=new_root, proof=proof)
    for at in range(len(proof)):
        changed = [*proof[:at], leaf_hash(proof[at]), *proof[at + 1 :]]
        with pytest.raises(IntegrityBroken):
            check_consistency(old=old, new=size, old_root=old_root, new_root=new_root, proof=changed)


def test_proofs_of_what_does_not_exist_are_not_made() -> None:
    with pytest.raises(ValueError, match="has no leaf 3"):
        inclusion_proof(Nodes(leaves(3)), 3, 3)
    with pytest.raises(ValueError, match="from 0 to 3"):
        consistency_proof(Nodes(leaves(3)), 0, 3)


def test_published_vectors(shared_data: Path) -> None:
    """Every valid vector of transparency-dev/merkle is accepted, every broken one rejected."""
    verdicts = {True: 0, False: 0}
    for file in sorted((shared_data / "merkle-proof-vectors" / "testdata").rglob("*.json")):
        vector = json.loads(file.read_text("utf-8"))
        broken = bool(vector["wantErr"])
        verdicts[broken] += 1
        assert _accepts(vector) is not broken, f"{file.name}: {vector['desc']}"
    assert verdicts == {False: 12, True: 184}


def _accepts(vector: dict[str, Any]) -> bool:
    proof = [base64.b64decode(item) for item in vector["proof"] or []]
    try:
        if "leafIdx" in vector:
            check_inclusion(
                index=vector["leafIdx"],
                size=vector["treeSize"],
                leaf=base64.b64decode(vector["leafHash"]),
                proof=proof,
                root=base64.b64decode(vector["root"]),
            )
        else:
            check_consistency(
                old=vector["size1"],
                new=vector["size2"],
                old_root=base64.b64decode(vector["root1"]),
                new_root=base64.b64decode(vector["root2"]),
                proof=proof,
            )
    except IntegrityBroken:
        return False
    return True
