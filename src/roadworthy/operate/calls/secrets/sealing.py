"""Envelope encryption: each secret under a data key of its own, the data key under one that does not lie beside it.

What a secret is about is sealed in as associated data, so that a row moved to another name or host opens to nothing.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from roadworthy.foundation.digests import canonical_bytes
from roadworthy.foundation.runtime import Randomness
from roadworthy.operate.calls.secrets.model import About, Sealed
from roadworthy.operate.calls.secrets.wrapping import KEY_BYTES, NONCE_BYTES, Unopened, Wrapper


def seal(value: str, about: About, wrapper: Wrapper, randomness: Randomness) -> Sealed:
    """Encrypt a secret.

    Raises:
        Unavailable: the wrapping key cannot be had.
    """
    key = randomness.bytes(KEY_BYTES)
    nonce = randomness.bytes(NONCE_BYTES)
    ciphertext = nonce + AESGCM(key).encrypt(nonce, value.encode(), canonical_bytes(about.said))
    wrapping_key, wrapped = wrapper.wrap(key, about.said)
    return Sealed(ciphertext, wrapped, wrapping_key)


def open_sealed(sealed: Sealed, about: About, key: bytes) -> str:
    """Decrypt a secret with its data key.

    Raises:
        Unopened: the key is another one, or any byte of the secret or of what it is about is not as it was sealed.
    """
    nonce, content = sealed.ciphertext[:NONCE_BYTES], sealed.ciphertext[NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, content, canonical_bytes(about.said)).decode()
    except (InvalidTag, ValueError, UnicodeDecodeError):
        raise Unopened("it is not as it was sealed") from None
