from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.errors import IntegrityBroken, InvalidInput
from roadworthy.foundation.ledger.checkpoint import Checkpoint, open_checkpoint
from roadworthy.foundation.ledger.notes import MOST_SIGNATURES, Note, VerifierKey, sign
from roadworthy.foundation.ledger.tree import EMPTY_ROOT, leaf_hash
from tests.unit.foundation.ledger.samples import Key

KEY = Key()
VERIFIER = VerifierKey(KEY.name, KEY.public)
ROOT = leaf_hash(b"root")

# Published keys and a published note, made by other programs: the Go checksum database's key, and the example in
# the documentation of golang.org/x/mod/sumdb/note.
GO_SUM = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANN_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def signed(text: str) -> str:
    return sign(text, [(VERIFIER, KEY.sign)])


@pytest.mark.parametrize("text", [GO_SUM, NEUMANN, str(VERIFIER)])
def test_published_keys_are_read_and_written_alike(text: str) -> None:
    assert str(VerifierKey.parse(text)) == text


def test_a_note_of_another_program_verifies() -> None:
    note = Note.parse(NEUMANN_NOTE)
    assert str(note) == NEUMANN_NOTE
    assert note.signers([VerifierKey.parse(NEUMANN), VERIFIER]) == (VerifierKey.parse(NEUMANN),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a+b",
        "a+00000000+AA==",
        GO_SUM.replace("033de0ae", "033de0af"),
        GO_SUM[:-1],
        GO_SUM.replace("+Ac", "+Bc"),
        "+1+2",
    ],
)
def test_unfit_keys_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        VerifierKey.parse(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b", "a\nb"])
def test_unfit_names_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="cannot name a key"):
        VerifierKey(name, KEY.public)


@given(st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"])), st.integers(0, 20))
def test_what_is_signed_verifies(line: str, blank: int) -> None:
    note = Note.parse(signed(f"{line}{chr(10) * blank}\n"))
    assert note.text == f"{line}{chr(10) * blank}\n"
    assert note.signers([VERIFIER]) == (VERIFIER,)


@given(st.integers(0, 10_000), st.integers(0, 7))
def test_any_flipped_bit_is_noticed(place: int, bit: int) -> None:
    content = bytearray(signed("a text\nof two lines\n").encode())
    content[place % len(content)] ^= 1 << bit
    try:
        text = content.decode()
        note = Note.parse(text)
    except (UnicodeDecodeError, InvalidInput):
        return
    with pytest.raises(IntegrityBroken):
        note.signers([VERIFIER])


@pytest.mark.parametrize(
    "content",
    [
        "",
        "text\n",
        "text\n\n",
        "\n",
        "text\n\n\u2014 a AAAAAAAA",
        "text\n\n- a AAAAAAAA\n",
        "text\n\n\u2014 a AAAA\n",
        "text\n\n\u2014 a AAAAAAA\n",
        "text\n\n\u2014 a AAAAAAB=\n",
        "text\n\n\u2014 a+b AAAAAAAA\n",
        "te\txt\n\n\u2014 a AAAAAAAA\n",
        "te\ud800xt\n\n\u2014 a AAAAAAAA\n",
        "text\n\n" + "\u2014 a AAAAAAAA\n" * (MOST_SIGNATURES + 1),
        "x" * 1_000_001,
    ],
)
def test_malformed_notes_are_refused(content: str) -> None:
    with pytest.raises(InvalidInput, match=r"not a signed note|cannot name a key"):
        Note.parse(content)


def test_signatures_of_strangers_are_passed_over() -> None:
    both = signed("text\n") + "\u2014 stranger.example AAAAAAAA\n"
    assert Note.parse(both).signers([VERIFIER]) == (VERIFIER,)
    with pytest.raises(IntegrityBroken, match="none of the trusted keys"):
        Note.parse(both).signers([VerifierKey.parse(GO_SUM)])


def test_what_cannot_be_a_note_is_not_signed() -> None:
    with pytest.raises(ValueError, match="ends in a line end"):
        signed("no line end")


@given(st.integers(0, 2**63), st.lists(st.sampled_from(["extension", "a b", "\u00fc"]), max_size=3))
def test_checkpoints_are_read_as_written(size: int, extensions: list[str]) -> None:
    checkpoint = Checkpoint("origin.example", size, ROOT if size else EMPTY_ROOT, tuple(extensions))
    assert Checkpoint.parse(str(checkpoint)) == checkpoint
    assert open_checkpoint(signed(str(checkpoint)), "origin.example", [VERIFIER]) == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "o\n1\n",
        "o\n01\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "o\n-1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "o\n\u0661\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "o\n1\nAAAA\n",
        "o\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n",
        "o\n1\n!\n",
        "o\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\nx\n",
        "o\n0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "o\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    ],
)
def test_malformed_checkpoints_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="not a checkpoint"):
        Checkpoint.parse(text)


def test_a_checkpoint_of_another_ledger_is_refused() -> None:
    with pytest.raises(IntegrityBroken, match="belongs to `a`"):
        open_checkpoint(signed(str(Checkpoint("a", 1, ROOT))), "b", [VERIFIER])
