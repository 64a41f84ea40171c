"""Contents, encrypted while they are kept: AES-256-GCM (NIST SP 800-38D) under a key that lies elsewhere.

Whose they are is sealed in as associated data, so that a row that was moved to another call opens to nothing.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from roadworthy.foundation.errors import IntegrityBroken
from roadworthy.foundation.keys import Keys, SigningKey
from roadworthy.foundation.runtime import Randomness

PURPOSE: Final = "later-calls"
"""Of the deployment's keys. Every gateway that shares the queue needs them."""
_NONCE = 12
_KEY = 32


class Sealing:
    """Seals with the newest key, opens with whichever sealed.

    Args:
        keys: of the deployment.
        randomness: for nonces.
        purpose: of the key; what is kept for one cannot be opened as another's.
    """

    def __init__(self, keys: Keys, randomness: Randomness, purpose: str = PURPOSE) -> None:
        self._keys = keys
        self._randomness = randomness
        self._purpose = purpose
        self._known: dict[str, AESGCM] = {}
        self._newest = ""

    def seal(self, content: bytes, call: str, direction: str) -> bytes:
        """Encrypt."""
        if not self._newest:
            made = self._keys.signing(self._purpose)
            self._newest = made.name
            self._known[made.name] = _derived(made, self._purpose)
        nonce = self._randomness.bytes(_NONCE)
        sealed = self._known[self._newest].encrypt(nonce, content, _about(call, direction))
        return self._newest.encode() + b":" + nonce + sealed

    def open(self, sealed: bytes, call: str, direction: str) -> bytes:
        """Decrypt.

        Raises:
            IntegrityBroken: the key is not here, or a byte is not as it was sealed.
        """
        name, _, rest = sealed.partition(b":")
        key = self._key(name.decode("ascii", "replace"))
        if key is not None:
            try:
                return key.decrypt(rest[:_NONCE], rest[_NONCE:], _about(call, direction))
            except (InvalidTag, ValueError):
                pass
        raise IntegrityBroken(
            "later-call-unreadable",
            f"what was kept of `{call}` cannot be opened here",
            remedy=f"every gateway needs the keys of this deployment in `keys/{self._purpose}`; or the row was changed",
        )

    def _key(self, name: str) -> AESGCM | None:
        if name not in self._known:
            self._known |= {each.name: _derived(each, self._purpose) for each in self._keys.all(self._purpose)}
        return self._known.get(name)


def _derived(key: SigningKey, purpose: str) -> AESGCM:
    """A key for this purpose alone (HKDF, RFC 5869)."""
    raw = key.private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    info = f"roadworthy {purpose}".encode()
    return AESGCM(HKDF(algorithm=SHA256(), length=_KEY, salt=None, info=info).derive(raw))


def _about(call: str, direction: str) -> bytes:
    return f"{call}/{direction}".encode()
