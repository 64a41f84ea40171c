"""Keys: one set per purpose, outside the database, rotated without losing the old public halves.

A purpose is a folder of PEM files. The newest is the one that signs; all of them stay so that what they signed
can still be verified. Whoever can read the folder can sign, so it is created for its owner only.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from roadworthy.foundation.errors import IntegrityBroken, Place, Unavailable
from roadworthy.foundation.runtime import Clock

SUFFIX = ".pem"
PUBLIC_SUFFIX = ".pub"
"""Of files that hold the public half alone, for processes that check and must not sign."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 key for one purpose."""

    name: str
    """When it was made; sorts by age."""
    private: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        """The 32 bytes of the public half."""
        return self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, content: bytes) -> bytes:
        """The 64 bytes of an Ed25519 signature (RFC 8032)."""
        return self.private.sign(content)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The public half of a key, which may be all of it that lies here."""

    name: str
    public: bytes
    """32 bytes."""

    @property
    def pem(self) -> bytes:
        """As a file holds it."""
        key = Ed25519PublicKey.from_public_bytes(self.public)
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


class Keys:
    """The keys of one home folder."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    def signing(self, purpose: str) -> SigningKey:
        """The key that signs for a purpose now, made on first use."""
        known = self.all(purpose)
        return known[-1] if known else self.rotate(purpose)

    def all(self, purpose: str) -> list[SigningKey]:
        """Every key that ever signed for a purpose, oldest first."""
        folder = self._folder / purpose
        return [self._read(path) for path in sorted(folder.glob(f"*{SUFFIX}"))] if folder.is_dir() else []

    def public(self, purpose: str) -> list[PublicKey]:
        """Public halves of every key that ever signed for a purpose, oldest first, whether or not it can sign here."""
        found = {key.name: PublicKey(key.name, key.public) for key in self.all(purpose)}
        folder = self._folder / purpose
        for path in folder.glob(f"*{PUBLIC_SUFFIX}") if folder.is_dir() else ():
            found.setdefault(path.stem, PublicKey(path.stem, _read_public(path)))
        return [found[name] for name in sorted(found)]

    def purposes(self) -> list[str]:
        """For what there are keys here, or public halves of them."""
        files = [*self._folder.glob(f"*/*{SUFFIX}"), *self._folder.glob(f"*/*{PUBLIC_SUFFIX}")]
        return sorted({path.parent.name for path in files})

    def rotate(self, purpose: str) -> SigningKey:
        """Make a new key for a purpose and sign with it from now on."""
        folder = self._folder / purpose
        key = SigningKey(self._clock.now().strftime("%Y%m%dT%H%M%S%fZ"), Ed25519PrivateKey.generate())
        pem = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path = folder / f"{key.name}{SUFFIX}"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(pem)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise Unavailable(
                "key-unwritable",
                f"a new key cannot be kept ({error.strerror})",
                place=Place(source=str(path)),
                remedy="check the permissions and the free space of the folder",
            ) from error
        return key

    def exposed(self) -> list[Path]:
        """Key files that others on this machine can read; `doctor` reports them."""
        shared = stat.S_IRWXG | stat.S_IRWXO
        return [path for path in sorted(self._folder.glob(f"*/*{SUFFIX}")) if path.stat().st_mode & shared]

    @staticmethod
    def _read(path: Path) -> SigningKey:
        try:
            private = load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError) as error:
            raise _unreadable(path) from error
        if not isinstance(private, Ed25519PrivateKey):
            raise _unreadable(path)
        return SigningKey(path.stem, private)


def _read_public(path: Path) -> bytes:
    try:
        public = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise _unreadable(path) from error
    if not isinstance(public, Ed25519PublicKey):
        raise _unreadable(path)
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _unreadable(path: Path) -> IntegrityBroken:
    return IntegrityBroken(
        "key-unreadable",
        "a key file cannot be read as an Ed25519 key",
        place=Place(source=str(path)),
        remedy="restore the file from a backup; do not delete it, or what it signed can no longer be renewed",
    )
