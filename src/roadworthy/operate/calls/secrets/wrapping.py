"""Keys that wrap data keys: files of this deployment, or a key service.

For another key service: a class with `wrap` and `unwrap` in a module of its own, and a line in `wrappers_of`. It is
imported only where the setting `secret_keys` names it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from roadworthy.foundation.digests import canonical_bytes
from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.foundation.keys import Keys, SigningKey
from roadworthy.foundation.runtime import Randomness, Runtime
from roadworthy.foundation.settings import Settings

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
PURPOSE: Final = "upstream-secrets"
"""Of the deployment's keys that wrap data keys."""
FINGERPRINTS: Final = "secret-fingerprints"
"""Of the key under which fingerprints are made."""
FILES: Final = "files"
_DIGITS = 12


class Unopened(Exception):
    """A secret cannot be opened, and will not be by trying again; its text says why in a few words of ours."""


class Wrapper(Protocol):
    """A key that wraps data keys."""

    @property
    def remote(self) -> bool:
        """Whether a network lies between: such a one is never asked while calls wait."""

    def wrap(self, key: bytes, about: Mapping[str, str]) -> tuple[str, bytes]:
        """Wrap a data key together with what it is about.

        Returns:
            Which key wrapped it, and the wrapped key.

        Raises:
            Unavailable: it cannot be had now.
        """

    def opens(self, key: str) -> bool:
        """Whether `unwrap` is the one to ask about what this key wrapped."""

    def unwrap(self, key: str, wrapped: bytes, about: Mapping[str, str]) -> bytes:
        """The data key.

        Raises:
            Unopened: the key is not there, or a byte of it is not as it was.
            Unavailable: it cannot be had now.
        """


class Files:
    """Wraps by the newest of the deployment's keys for this purpose; every one that is left opens.

    Args:
        keys: of the deployment.
        randomness: for nonces.
    """

    remote = False

    def __init__(self, keys: Keys, randomness: Randomness) -> None:
        self._keys = keys
        self._randomness = randomness

    def wrap(self, key: bytes, about: Mapping[str, str]) -> tuple[str, bytes]:
        """Wrap with the newest, which is made where there is none."""
        newest = self._keys.signing(PURPOSE)
        nonce = self._randomness.bytes(NONCE_BYTES)
        said = canonical_bytes(dict(about))
        return f"{FILES}:{newest.name}", nonce + AESGCM(derived(newest, PURPOSE)).encrypt(nonce, key, said)

    def renew(self) -> None:
        """Make a newer one, which wraps from now on."""
        self._keys.rotate(PURPOSE)

    def opens(self, key: str) -> bool:
        """Whether a file of these is meant."""
        return key.startswith(f"{FILES}:")

    def unwrap(self, key: str, wrapped: bytes, about: Mapping[str, str]) -> bytes:
        """Unwrap with the one that is named."""
        named = next((each for each in self._keys.all(PURPOSE) if f"{FILES}:{each.name}" == key), None)
        if named is None:
            raise Unopened(f"its key is not among those of this machine, in `keys/{PURPOSE}`")
        nonce, content = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
        try:
            return AESGCM(derived(named, PURPOSE)).decrypt(nonce, content, canonical_bytes(dict(about)))
        except (InvalidTag, ValueError):
            raise Unopened("it is not as it was sealed") from None


@dataclass(frozen=True, slots=True)
class Wrappers:
    """The keys that the settings name. The first one wraps; each opens what it wrapped."""

    all: tuple[Wrapper, ...]

    @property
    def first(self) -> Wrapper:
        """The one that wraps."""
        return self.all[0]

    def of(self, key: str) -> Wrapper:
        """The one that opens what a key wrapped. A key that no setting names is never asked, whatever a row says.

        Raises:
            Unopened: the settings name none.
        """
        for each in self.all:
            if each.opens(key):
                return each
        raise Unopened("the setting `secret_keys` does not name its key")


def derived(key: SigningKey, purpose: str) -> bytes:
    """32 bytes for one purpose, out of a key of the deployment (HKDF, RFC 5869)."""
    raw = key.private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"roadworthy {purpose}".encode()).derive(raw)


def fingerprint(keys: Keys, value: str) -> str:
    """Twelve hexadecimal digits by which two secrets can be told apart; the key lies outside of the database."""
    oldest = next(iter(keys.all(FINGERPRINTS)), None) or keys.signing(FINGERPRINTS)
    return hmac.new(derived(oldest, FINGERPRINTS), value.encode(), hashlib.sha256).hexdigest()[:_DIGITS]


Maker = Callable[[Settings, Runtime, str], Wrapper]


def _aws(settings: Settings, runtime: Runtime, name: str) -> Wrapper:
    from roadworthy.operate.calls.secrets.aws_kms import AwsKms  # noqa: PLC0415 - only where it is named

    return AwsKms.of(settings, runtime, name)


def _transit(settings: Settings, runtime: Runtime, name: str) -> Wrapper:
    from roadworthy.operate.calls.secrets.transit import Transit  # noqa: PLC0415 - only where it is named

    return Transit.of(settings, runtime, name)


SERVICES: Mapping[str, Maker] = {"aws-kms": _aws, "vault-transit": _transit}
"""Key services by the word that the setting uses. Each is imported when it is named."""


def wrappers_of(settings: Settings, runtime: Runtime, keys: Keys) -> Wrappers:
    """The keys that the setting `secret_keys` names.

    Raises:
        InvalidInput: it names something else.
    """
    found: list[Wrapper] = []
    for part in filter(None, (each.strip() for each in settings.secret_keys.split(","))):
        kind, _, name = part.partition(":")
        if part == FILES:
            found.append(Files(keys, runtime.randomness))
        elif kind in SERVICES and name:
            found.append(SERVICES[kind](settings, runtime, name))
        else:
            raise unfit((FILES, *(f"{each}:NAME" for each in SERVICES)))
    return Wrappers(tuple(found) or (Files(keys, runtime.randomness),))


def unfit(words: Sequence[str], why: str = "") -> InvalidInput:
    """The setting cannot be used."""
    return InvalidInput(
        "secret-keys-unfit",
        f"the setting `secret_keys` cannot be used{': ' + why if why else ''}",
        place=Place(field="secret_keys"),
        remedy=f"name {', '.join(f'`{each}`' for each in words)}; the first one seals",
    )
