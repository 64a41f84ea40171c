"""What other systems' events hold is sealed while it is kept, and compared as keyed hashes.

A hash without a key of `c-1001` says who it is to whoever tries a few thousand customers; with one it says nothing to
whoever has the database alone.
"""

from __future__ import annotations

import hashlib
import hmac
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from roadworthy.foundation.errors import IntegrityBroken, InvalidInput
from roadworthy.foundation.keys import Keys, SigningKey
from roadworthy.foundation.runtime import Randomness
from roadworthy.operate.actions import arguments

PURPOSE: Final = "action-trail"
"""Of the deployment's keys."""
_NONCE, _KEY = 12, 32
_PRINT_DIGITS: Final = 32
_LONGEST_NUMBER: Final = 40


class Veil:
    """Seals contents and takes prints of values, with the first key of its purpose: prints have to stay comparable.

    Args:
        keys: of the deployment.
        randomness: for nonces.
    """

    def __init__(self, keys: Keys, randomness: Randomness) -> None:
        self._keys = keys
        self._randomness = randomness
        self._derived: tuple[bytes, bytes] | None = None

    def seal(self, content: bytes, about: str) -> bytes:
        """Encrypt (AES-256-GCM); what it is about is sealed in."""
        nonce = self._randomness.bytes(_NONCE)
        return nonce + AESGCM(self._both()[0]).encrypt(nonce, content, about.encode())

    def open(self, sealed: bytes, about: str) -> bytes:
        """Decrypt.

        Raises:
            IntegrityBroken: the key is not here, or a byte is not as it was sealed.
        """
        try:
            return AESGCM(self._both()[0]).decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode())
        except (InvalidTag, ValueError) as error:
            raise IntegrityBroken(
                "audit-event-unreadable",
                "what was kept of an audit event cannot be opened here",
                remedy=f"this process needs the keys of the deployment in `keys/{PURPOSE}`; or the row was changed",
            ) from error

    def prints(self, system: str, said: Any, subject: Any = None) -> dict[str, str]:  # noqa: ANN401 - whatever JSON holds
        """Keyed hashes of arguments, by name, and of whom they are about under no name.

        Args:
            system: where they were done.
            said: an object; anything else has no names.
            subject: a text or a number.
        """
        values = {name: plain(value) for name, value in said.items()} if isinstance(said, dict) else {}
        values[""] = plain(subject)
        key = self._both()[1]
        return {
            name: hmac.new(key, f"{system}\0{name}\0{value}".encode(), hashlib.sha256).hexdigest()[:_PRINT_DIGITS]
            for name, value in values.items()
            if value is not None
        }

    def _both(self) -> tuple[bytes, bytes]:
        if self._derived is None:
            first = (self._keys.all(PURPOSE) or [self._keys.signing(PURPOSE)])[0]
            self._derived = (_of(first, "seal"), _of(first, "print"))
        return self._derived


def plain(value: Any) -> str | None:  # noqa: ANN401 - whatever JSON holds
    """A value in the one form in which logs are compared: a log may write 20, 20.0 or "20" where we sent 20.

    None where there is nothing to compare.
    """
    match value:
        case None | "":
            return None
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return _number(Decimal(value))
        case str():
            return _text(value)
        case _:
            return arguments.written(value).decode()


def _text(value: str) -> str:
    if len(value) <= _LONGEST_NUMBER and value.isascii() and value[0] in "-0123456789":
        try:
            return _number(Decimal(value))
        except InvalidOperation:
            return value
    if value[0] in "[{":
        try:
            return arguments.written(arguments.read(value.encode())).decode()
        except (InvalidInput, UnicodeEncodeError):
            return value
    return value.encode("utf-8", "replace").decode()


def _number(value: Decimal) -> str:
    if not value.is_finite() or not -_LONGEST_NUMBER <= value.adjusted() <= _LONGEST_NUMBER:
        return str(value)
    return format(value.normalize(), "f") if value else "0"


def _of(key: SigningKey, what: str) -> bytes:
    """A key for this purpose alone (HKDF, RFC 5869)."""
    raw = key.private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    return HKDF(algorithm=SHA256(), length=_KEY, salt=None, info=f"roadworthy {PURPOSE} {what}".encode()).derive(raw)
