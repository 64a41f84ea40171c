"""Pseudonyms: what records have of a user. Whose one is can be told by whoever holds the key, and by nobody else."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from roadworthy.foundation.keys import Keys

PURPOSE = "gateway-pseudonyms"
"""Of the key; every replica needs the same one, or counts one user several times."""
_DIGITS = 32


def pseudonym_secret(keys: Keys) -> bytes:
    """This deployment's. A new key makes other pseudonyms, so that nobody joins the old ones to them."""
    private = keys.signing(PURPOSE).private
    raw = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    return hashlib.sha256(b"roadworthy pseudonyms\0" + raw).digest()


class Pseudonyms:
    """Makes pseudonyms with one key.

    Args:
        secret: at least 32 bytes; asked for once, when the first pseudonym is made.
    """

    def __init__(self, secret: Callable[[], bytes]) -> None:
        self._read = secret
        self._secret: bytes | None = None

    def of_subject(self, issuer: str, subject: str) -> str:
        """Of a user: `u-` and 32 hexadecimal digits of HMAC-SHA256 over issuer and subject."""
        if self._secret is None:
            self._secret = self._read()
        said = f"{len(issuer)}:{issuer}{subject}".encode("utf-8", "surrogatepass")
        return f"u-{hmac.new(self._secret, said, hashlib.sha256).hexdigest()[:_DIGITS]}"
