"""Key pairs of collectors as files."""

import hashlib
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from roadworthy.foundation.errors import InvalidInput, Place, Unavailable
from roadworthy.interfaces.cli.session import write_new


def make(path: Path, *, p256: bool) -> tuple[Path, str]:
    """Write a new key pair: PKCS #8 and SubjectPublicKeyInfo, both as PEM.

    Returns:
        Where the public key is, and its id: SHA-256 of the DER SubjectPublicKeyInfo in hexadecimal digits.

    Raises:
        InvalidInput: one of the files exists.
        Unavailable: they cannot be written.
    """
    private = generate_private_key(SECP256R1()) if p256 else Ed25519PrivateKey.generate()
    public = path.with_suffix(".pub.pem") if path.suffix == ".pem" else path.with_name(f"{path.name}.pub.pem")
    write_new(public, private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    try:
        _write_secret(path, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    except BaseException:  # whatever stopped it: a public key without its private one is of no use
        public.unlink()
        raise
    der = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return public, hashlib.sha256(der).hexdigest()


def _write_secret(path: Path, content: bytes) -> None:
    place = Place(source=str(path))
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
    except FileExistsError as error:
        raise InvalidInput(
            "file-exists", f"`{path}` exists", place=place, remedy="choose another name, or remove it first"
        ) from error
    except OSError as error:
        raise Unavailable(
            "file-unwritable",
            f"the file cannot be written ({error.strerror})",
            place=place,
            remedy="choose a folder that exists, can be written to and has room",
        ) from error
