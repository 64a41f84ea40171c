"""Values that the ledger's tests share: a real key, drafts and a running ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roadworthy.foundation.ledger.draft import Actor, ActorKind, Basis, Context, Draft, Oversight
from roadworthy.foundation.ledger.service import Ledger
from roadworthy.foundation.ledger.signer import CheckpointSigner
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store

ORIGIN = "roadworthy.example/ledger"
ALICE = Actor(ActorKind.PERSON, "person-7f3a", "web", "one-time-token")
CONTEXT = Context(ALICE, trace="trace-1")


@dataclass(frozen=True)
class Key:
    """A signing key in memory."""

    name: str = "roadworthy.example/ledger"
    private: Ed25519PrivateKey = field(default_factory=lambda: Ed25519PrivateKey.from_private_bytes(bytes(range(32))))

    @property
    def public(self) -> bytes:
        """The public key."""
        return self.private.public_key().public_bytes_raw()

    def sign(self, content: bytes) -> bytes:
        """The signature."""
        return self.private.sign(content)


def signer(folder: Path, key: Key | None = None) -> CheckpointSigner:
    """A signer with its state in the folder."""
    return CheckpointSigner(key or Key(), ORIGIN, folder / "signed.note")


def ledger_on(store: Store, folder: Path, runtime: Runtime | None = None) -> Ledger:
    """A ledger with a signer of its own."""
    return Ledger(store, runtime or Runtime(), tenant="tenant-1", signer=signer(folder))


def draft(number: int = 0, **texts: bytes) -> Draft:
    """An event such as the inventory records them."""
    return Draft(
        what="use-case.applied",
        resource=f"UseCase/case-{number}",
        decision="accepted",
        basis=Basis(policy="sha256:" + "0" * 64, rules=("intake",), evidence=("sha256:" + "1" * 64,)),
        oversight=Oversight(required="two-people", given=("person-1", "person-2"), quorum=2),
        facts={"generation": number, "changed": ["spec.title"]},
        texts=texts,
    )


def record(ledger: Ledger, *drafts: Draft) -> list[str]:
    """Record drafts in one unit of work and wait until they have their positions."""
    ids = ledger.units.run(CONTEXT, lambda transaction: [transaction.record(item) for item in drafts])
    ledger.settle()
    return ids
