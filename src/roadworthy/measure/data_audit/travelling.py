"""Fingerprints that travel: signed where they were made, checked where they are taken, kept by their digest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from roadworthy.evidence import public_keys
from roadworthy.evidence.public_keys import PublicKey
from roadworthy.foundation.errors import Place, Refused
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.ledger.draft import Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.measure.data_audit import store as rows
from roadworthy.measure.fingerprint import codec
from roadworthy.measure.fingerprint.model import Fingerprint
from roadworthy.measure.fingerprint.privacy import released
from roadworthy.measure.fingerprint.terms import Privacy

Keyring = Callable[[], Mapping[str, PublicKey]]


class Travelling:
    """Lets fingerprints out and in."""

    PURPOSE: ClassVar[str] = "fingerprint"
    """Of the key that signs what leaves."""

    def __init__(self, units: Units, keys: Keys, kept: Callable[[str], Fingerprint], believed: Keyring) -> None:
        self._units = units
        self._keys = keys
        self._kept = kept
        self._believed = believed

    def public_key(self) -> str:
        """The key that signs what leaves, as PEM, for whoever takes it."""
        return public_keys.of(self._keys.signing(self.PURPOSE).private.public_key()).pem

    def released(self, digest: str, privacy: Privacy, secret: bytes | None = None) -> bytes:
        """A kept fingerprint as a signed file, with no more in it than `privacy` lets out.

        Raises:
            NotFound: none of this digest is kept.
            InvalidInput: hashes are asked for without a secret.
            Refused: values were taken out before.
        """
        return codec.sealed(released(self._kept(digest), privacy, secret), self._keys.signing(self.PURPOSE))

    def take(self, context: Context, content: bytes, source: str = "fingerprint") -> tuple[str, Fingerprint]:
        """Keep a fingerprint that was measured elsewhere; the same one again is kept once.

        Returns:
            Its digest, under which a data source names it as `fingerprint:DIGEST`, and the fingerprint.

        Raises:
            Refused: it is not signed, or nobody whose key is registered here signed it.
            IntegrityBroken: it was changed since.
            InvalidInput: no fingerprint, or one of another version.
        """
        found = believed(content, self._believed(), source)
        digest = codec.digest_of(found)

        def work(tx: Transaction) -> None:
            if rows.fingerprint_text(tx.connection, digest) is None:
                rows.keep_fingerprint(tx.connection, digest, codec.to_json(found).decode(), found.measured_at)
                tx.record(Draft("fingerprint.received", f"Fingerprint/{digest}", facts={"rows": found.rows}))

        self._units.run(context, work)
        return digest, found


def believed(content: bytes, keys: Mapping[str, PublicKey], source: str) -> Fingerprint:
    """The fingerprint in an envelope that somebody known here has signed.

    Raises:
        Refused: it is not signed, or nobody known here signed it.
        IntegrityBroken: it was changed since it was signed.
        InvalidInput: no fingerprint, or one of another version.
    """
    if not codec.is_sealed(content):
        raise Refused(
            "fingerprint-unsigned",
            "the fingerprint is not signed, so nobody can tell whose it is",
            place=Place(source=source),
            remedy="have it made with `roadworthy data fingerprint`, which signs, and register its key here",
        )
    return codec.unsealed(content, keys, source)
