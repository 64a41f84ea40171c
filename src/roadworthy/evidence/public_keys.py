"""Public keys that evidence is signed with: Ed25519 (RFC 8032), and ECDSA on P-256 with SHA-256 (FIPS 186-5)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.foundation.ledger.notes import vouches

_LONGEST_PEM = 10_000
_KEYS_KEPT = 1_000
_ECDSA = ec.ECDSA(hashes.SHA256())


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that can check signatures."""

    key_id: str
    """SHA-256 of the key's DER form (SubjectPublicKeyInfo), in 64 hexadecimal digits."""
    pem: str
    key: Ed25519PublicKey | ec.EllipticCurvePublicKey

    @property
    def algorithm(self) -> str:
        """What it is called."""
        return "Ed25519" if isinstance(self.key, Ed25519PublicKey) else "ECDSA P-256"

    def verifies(self, signature: bytes, content: bytes) -> bool:
        """Whether the signature is this key's over the content; an ECDSA one is in DER form."""
        try:
            if isinstance(self.key, Ed25519PublicKey):
                self.key.verify(signature, content)
            else:
                self.key.verify(signature, content, _ECDSA)
        except InvalidSignature:
            return False
        return True


def of(key: Ed25519PublicKey | ec.EllipticCurvePublicKey) -> PublicKey:
    """A key with its id and its PEM."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")
    return PublicKey(hashlib.sha256(der).hexdigest(), pem, key)


@lru_cache(maxsize=_KEYS_KEPT)
def read(pem: str) -> PublicKey:
    """The key in a PEM text.

    Raises:
        InvalidInput: it is a private key, no key, or one of a kind that is not taken.
    """
    text = pem.strip()
    if "PRIVATE KEY" in text:
        raise InvalidInput(
            "public-key-private",
            "this is a private key; whoever has seen it can sign",
            place=Place(field="publicKey"),
            remedy="make a new pair, keep its private half where the collector runs, and register the public half",
        )
    try:
        key = load_pem_public_key(text[:_LONGEST_PEM].encode("ascii"))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidInput(
            "public-key-unreadable",
            "this is not a public key in PEM form",
            place=Place(field="publicKey"),
            remedy="paste the text from `-----BEGIN PUBLIC KEY-----` to `-----END PUBLIC KEY-----`",
        ) from error
    if isinstance(key, Ed25519PublicKey) and not vouches(key.public_bytes_raw()):
        raise InvalidInput(
            "public-key-unsafe",
            "signatures fit this key that nobody made",
            place=Place(field="publicKey"),
            remedy="make a new pair with a program that you trust, and register its public half",
        )
    if isinstance(key, Ed25519PublicKey) or (
        isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
    ):
        return of(key)
    raise InvalidInput(
        "public-key-other-algorithm",
        "keys of this algorithm are not taken",
        place=Place(field="publicKey"),
        remedy="use Ed25519, or ECDSA on P-256 where Ed25519 cannot be had",
    )
