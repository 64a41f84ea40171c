"""Which keys are taken."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from roadworthy.evidence import public_keys
from roadworthy.foundation.errors import InvalidInput
from tests.harness.evidence import key_id_of, pem_of

KEY = Ed25519PrivateKey.from_private_bytes(b"1" * 32)


def test_a_key_has_the_id_that_openssl_gives_it(tmp_path: Path) -> None:
    pem = tmp_path / "key.pem"
    pem.write_text(pem_of(KEY))
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", str(pem), "-outform", "DER"], check=True, capture_output=True
    ).stdout
    hashed = subprocess.run(["openssl", "dgst", "-sha256", "-r"], input=der, check=True, capture_output=True).stdout

    assert public_keys.read(pem_of(KEY)).key_id == hashed.split()[0].decode() == key_id_of(KEY)


def test_two_algorithms_are_taken() -> None:
    assert public_keys.read(f"\n {pem_of(KEY)} \n").algorithm == "Ed25519"
    assert public_keys.read(pem_of(ec.derive_private_key(7, ec.SECP256R1()))).algorithm == "ECDSA P-256"


def pem(key: Ed448PrivateKey | rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    """The public half of a key that is not taken."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(), "public-key-private"),
        (pem(ec.derive_private_key(7, ec.SECP384R1())), "public-key-other-algorithm"),
        (pem(Ed448PrivateKey.generate()), "public-key-other-algorithm"),
        (pem(rsa.generate_private_key(65537, 2048)), "public-key-other-algorithm"),
        ("", "public-key-unreadable"),
        ("ключ", "public-key-unreadable"),
        (pem_of(KEY)[:60], "public-key-unreadable"),
        (f"-----BEGIN PUBLIC KEY-----\n{'A' * 20_000}\n-----END PUBLIC KEY-----", "public-key-unreadable"),
    ],
    ids=["private", "P-384", "Ed448", "RSA", "empty", "not ASCII", "cut", "long"],
)
def test_other_keys_are_refused_by_name(text: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        public_keys.read(text)
    assert refused.value.code == code


@pytest.mark.parametrize("public", [bytes(32), bytes([1, *bytes(31)]), b"\xee" + b"\xff" * 30 + b"\x7f"])
def test_a_key_that_strangers_can_sign_with_is_refused(public: bytes) -> None:
    key = Ed25519PublicKey.from_public_bytes(public)
    text = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with pytest.raises(InvalidInput) as refused:
        public_keys.read(text)
    assert refused.value.code == "public-key-unsafe"
