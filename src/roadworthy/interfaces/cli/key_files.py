"""Key pairs of collectors as files."""

import hashlib
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

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
        write_new(path, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), secret=True)
    except BaseException:  # whatever stopped it: a public key without its private one is of no use
        public.unlink()
        raise
    der = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return public, hashlib.sha256(der).hexdigest()
