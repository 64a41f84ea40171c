"""The verifier is one file that needs nothing beside it, from Python 3.9 on."""

from __future__ import annotations

import ast
import base64
import datetime as dt
import hashlib
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.ledger import notes
from roadworthy.foundation.ledger.notes import VerifierKey
from roadworthy.foundation.ledger.outside.cosignatures import WitnessKey, cosign
from roadworthy.foundation.ledger.pack import verify
from roadworthy.foundation.ledger.pack.reading import VERIFIER
from roadworthy.foundation.ledger.tree import leaf_hash, root_of
from tests.harness.packs import flip
from tests.harness.sources import ROOT
from tests.unit.foundation.ledger.samples import ORIGIN, Key

OLDEST = (3, 9)


def test_it_imports_the_standard_library_only_and_is_read_by_the_oldest_python() -> None:
    tree = ast.parse(VERIFIER.read_text("utf-8"), feature_version=OLDEST)
    named = {each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names}
    named |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in named} <= sys.stdlib_module_names
    assert VERIFIER.is_relative_to(ROOT)


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 8 * 64 - 1))
@settings(max_examples=8)  # in plain Python a signature takes milliseconds
def test_its_signatures_are_those_of_another_implementation(seed: bytes, text: bytes, bit: int) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(text)
    assert verify.signed_by(public, signature, text)
    assert not verify.signed_by(public, flip(signature, bit), text)
    assert not verify.signed_by(public, signature, text + b"x")
    assert not verify.signed_by(flip(public, bit % 256), signature, text)


def small_order() -> set[bytes]:
    """Every point of order 1, 2, 4 and 8 in every form that 32 bytes have for it, worked out from points at hand."""
    points = filter(None, (verify._point(bytes([at]) + bytes(31)) for at in range(2, 60)))
    multiples = [verify._times(verify.ORDER, point) for point in points]
    known = {y * pow(z, verify.P - 2, verify.P) % verify.P for _, y, z, _ in multiples}
    assert len(known) == 5
    forms = {form for y in known for form in (y, y + verify.P) if form < 1 << 255}
    return {(form | sign << 255).to_bytes(32, "little") for form in forms for sign in (0, 1)}


def vkey(public: bytes) -> str:
    """A key as people exchange it, whatever its bytes are."""
    kind = bytes([verify.ED25519]) + public
    key_id = hashlib.sha256(b"ledger.example\n" + kind).digest()[:4].hex()
    return f"ledger.example+{key_id}+{base64.b64encode(kind).decode()}"


def test_keys_under_which_strangers_can_sign_are_refused_here_and_there() -> None:
    nobodys = bytes([1, *bytes(31)]) + bytes(32)  # fits every text where the key's point is the neutral one
    found = small_order()
    assert len(found) == 14
    for public in found:
        assert not verify.signed_by(public, nobodys, b"text")
        assert not notes.verifies(public, nobodys, b"text")
        with pytest.raises(verify.UnreadableError, match="no key that one could sign with alone"):
            verify.Key(vkey(public))
        with pytest.raises(InvalidInput, match="vouches for nothing"):
            VerifierKey.parse(vkey(public))


@pytest.mark.parametrize("above", range(19))
def test_keys_in_a_second_form_are_refused_here_and_there(above: int) -> None:
    for sign in (0, 1):
        public = (verify.P + above | sign << 255).to_bytes(32, "little")
        assert not notes.vouches(public)
        with pytest.raises(verify.UnreadableError, match="no key that one could sign with alone"):
            verify.Key(vkey(public))


@given(st.lists(st.binary(max_size=5), max_size=600))
def test_its_tree_is_that_of_another_implementation(contents: list[bytes]) -> None:
    leaves = [leaf_hash(each) for each in contents]
    tree = verify.Tree()
    tree.extend(b"".join(leaves[: len(leaves) // 3]))
    tree.extend(b"".join(leaves[len(leaves) // 3 :]))
    assert (tree.root(), tree.size) == (root_of(leaves), len(leaves))


def test_it_reads_a_witness_and_never_takes_one_for_a_ledger() -> None:
    key = Key()
    text = f"{ORIGIN}\n0\n4/DCxEKY/BwUmvy0yJlvuSQnrkHkZJuTTKSVmRt4UrhV=\n"
    witness = WitnessKey("witness.example", key.public)
    note = f"{text}\n{cosign(text, witness, key.sign, dt.datetime(2026, 11, 22, tzinfo=dt.UTC))}"
    assert verify.Key(str(witness)).vouches(note) is True
    assert verify.Key(str(witness)).vouches(note.replace("\n0\n", "\n1\n")) is False
    kind = bytes([verify.ED25519]) + key.public
    ledger_id = hashlib.sha256(b"witness.example\n" + kind).digest()[:4].hex()
    ledger = verify.Key(f"witness.example+{ledger_id}+{base64.b64encode(kind).decode()}")
    assert ledger.vouches(note) is None
