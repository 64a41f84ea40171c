from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from roadworthy.foundation.errors import IntegrityBroken, InvalidInput, Unavailable
from roadworthy.foundation.ledger.checkpoint import open_checkpoint
from roadworthy.foundation.ledger.proofs import InclusionProof
from roadworthy.foundation.ledger.tiles import Growth, NodeReader
from roadworthy.foundation.ledger.tree import consistency_proof, inclusion_proof, leaf_hash
from tests.unit.foundation.ledger.samples import ORIGIN, Key, signer

OTHER_KEY = Key(name="another.example")


class Log:
    """A tree in memory that can be asked for its root and its proofs."""

    def __init__(self, *entries: bytes) -> None:
        self._growth = Growth()
        self._tiles = self._growth.extend(map(leaf_hash, entries))
        self.size = len(entries)
        self.root = self._growth.frontier.root()

    def prove(self, old: int, new: int) -> Sequence[bytes]:
        """A consistency proof."""
        return consistency_proof(self.nodes(), old, new)

    def nodes(self) -> NodeReader:
        """The nodes."""
        return NodeReader(lambda level, tile: self._tiles.get((level, tile)))


def test_growth_is_signed_and_remembered(tmp_path: Path) -> None:
    for log in (Log(), Log(b"a"), Log(b"a", b"b", b"c"), Log(b"a", b"b", b"c")):
        note = signer(tmp_path).sign(log.size, log.root, log.prove)
        mark = signer(tmp_path).mark()
        assert mark == open_checkpoint(note, ORIGIN, signer(tmp_path).trusted)
        assert mark is not None
        assert (mark.size, mark.root) == (log.size, log.root)


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (Log(b"a", b"b"), "ledger-rewound"),
        (Log(), "ledger-rewound"),
        (Log(b"a", b"x", b"c"), "ledger-rewritten"),
        (Log(b"a", b"x", b"c", b"d"), "ledger-rewritten"),
    ],
)
def test_another_history_is_not_signed(tmp_path: Path, now: Log, code: str) -> None:
    log = Log(b"a", b"b", b"c")
    signer(tmp_path).sign(log.size, log.root, log.prove)
    before = signer(tmp_path).mark()
    with pytest.raises(IntegrityBroken) as caught:
        signer(tmp_path).sign(now.size, now.root, now.prove)
    assert caught.value.code == code
    assert signer(tmp_path).mark() == before


def test_a_lost_file_is_replaced_by_the_newest_issued_note(tmp_path: Path) -> None:
    log = Log(b"a", b"b", b"c")
    note = signer(tmp_path).sign(log.size, log.root, log.prove)
    (tmp_path / "signed.note").unlink()
    rewound = Log(b"a")
    with pytest.raises(IntegrityBroken, match="a checkpoint over 3 was signed"):
        signer(tmp_path).sign(rewound.size, rewound.root, rewound.prove, issued=note)


@pytest.mark.parametrize("content", [b"", b"\xff", b"rubbish\n"])
def test_a_damaged_file_stops_the_signer(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "signed.note").write_bytes(content)
    with pytest.raises((InvalidInput, Unavailable)):
        signer(tmp_path).sign(1, leaf_hash(b"a"), Log(b"a").prove)
    assert (tmp_path / "signed.note").read_bytes() == content


def test_a_file_signed_by_somebody_else_stops_the_signer(tmp_path: Path) -> None:
    log = Log(b"a")
    signer(tmp_path, OTHER_KEY).sign(log.size, log.root, log.prove)
    with pytest.raises(IntegrityBroken, match="none of the trusted keys"):
        signer(tmp_path).sign(log.size, log.root, log.prove)


def test_without_a_place_to_remember_nothing_is_signed(tmp_path: Path) -> None:
    log = Log(b"a")
    with pytest.raises(Unavailable, match="cannot write what it signed last"):
        signer(tmp_path / "missing").sign(log.size, log.root, log.prove)


def test_a_proof_file_is_checked_without_the_ledger(tmp_path: Path) -> None:
    log = Log(b"a", b"b", b"c")
    alone = signer(tmp_path)
    note = alone.sign(log.size, log.root, log.prove)
    text = str(InclusionProof(1, tuple(inclusion_proof(log.nodes(), 1, 3)), note))
    assert text.startswith("c2sp.org/tlog-proof@v1\nindex 1\n")
    proof = InclusionProof.parse(text)
    assert proof.check(b"b", ORIGIN, alone.trusted).size == log.size
    assert InclusionProof.parse(text.replace("@v1\n", "@v1\nextra AAAA\n")) == proof
    with pytest.raises(IntegrityBroken, match="not proven"):
        proof.check(b"x", ORIGIN, alone.trusted)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v1\n\nnote",
        "c2sp.org/tlog-proof@v1\nindex 01\n\nnote",
        "c2sp.org/tlog-proof@v1\nindex 1\n!\n\nnote",
    ],
)
def test_malformed_proof_files_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="not a proof"):
        InclusionProof.parse(text)
