"""Public keys of every purpose, for those who verify what this deployment signs; and revoking one of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from roadworthy.decide.certificate.status import store as rows
from roadworthy.decide.certificate.status.head import StatusHead
from roadworthy.decide.certificate.status.model import CERTIFICATES, PURPOSE
from roadworthy.evidence import public_keys
from roadworthy.foundation.errors import Conflict, NotFound
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.ledger.draft import Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.storage.store import Store

REVOCABLE = (CERTIFICATES, PURPOSE)
"""What was signed with them can be signed again with the next one; a key of the ledger cannot be taken back so."""


class KeyState(StrEnum):
    """How a key stands."""

    SIGNS = "signs"
    FORMER = "former"
    """What it signed is believed; it signs nothing new."""
    REVOKED = "revoked"
    """Nothing that it signed is believed any more."""


@dataclass(frozen=True, slots=True)
class Published:
    """The public half of a key."""

    purpose: str
    key_id: str
    """SHA-256 of its DER form."""
    pem: str
    raw: bytes
    made: str
    """When, as its file is named."""
    state: KeyState


class Keyring:
    """The keys of a deployment, as others see them."""

    def __init__(self, store: Store, units: Units, keys: Keys, head: StatusHead) -> None:
        self._store = store
        self._units = units
        self._keys = keys
        self._head = head

    def all(self) -> list[Published]:
        """Every key, by purpose, the oldest first."""
        with self._store.read() as connection:
            revoked = frozenset(rows.revoked(connection))
        return [each for purpose in self._keys.purposes() for each in self._of(purpose, revoked)]

    def revoke(self, context: Context, key_id: str, reason: str) -> None:
        """Have nothing believed any more that a key signed, everywhere and with the next snapshot.

        Where it is the one that signs, another one is made first. Certificates that it signed permit nothing until
        they are decided anew.

        Raises:
            NotFound: there is no such key for certificates or the status.
            Conflict: it is revoked already.
        """
        found = next((each for each in self.all() if each.key_id == key_id and each.purpose in REVOCABLE), None)
        if found is None:
            raise NotFound(
                "key-unknown",
                f"there is no key `{key_id[:64]}` for certificates or the status",
                remedy="take the id from `roadworthy keys list`; the ledger's key is changed with `keys rotate`",
            )
        if found.state is KeyState.REVOKED:
            raise Conflict("key-revoked-already", "this key is revoked", remedy="nothing is left to do")
        if found.state is KeyState.SIGNS:
            self._keys.rotate(found.purpose)

        def work(tx: Transaction) -> None:
            rows.revoke(tx.connection, key_id, found.purpose, tx.now)
            facts = {"purpose": found.purpose, "key": key_id}
            tx.record(Draft("key.revoked", f"Key/{found.purpose}", facts=facts, texts={"reason": reason.encode()}))
            self._head.changed(tx)

        self._units.run(context, work)

    def _of(self, purpose: str, revoked: frozenset[str]) -> list[Published]:
        found = [
            (each, public_keys.of(Ed25519PublicKey.from_public_bytes(each.public)))
            for each in self._keys.public(purpose)
        ]
        last = len(found) - 1
        return [
            Published(purpose, key.key_id, key.pem, each.public, each.name, _state(key.key_id, revoked, at == last))
            for at, (each, key) in enumerate(found)
        ]


def _state(key_id: str, revoked: frozenset[str], is_newest: bool) -> KeyState:  # noqa: FBT001 - a fact, not a switch
    if key_id in revoked:
        return KeyState.REVOKED
    return KeyState.SIGNS if is_newest else KeyState.FORMER
