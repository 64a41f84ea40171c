"""A desk where evidence is handed in: the services on a store, people, collectors, and envelopes signed by hand."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from roadworthy.evidence import kinds as evidence_kinds
from roadworthy.evidence.attachments import Attachments
from roadworthy.evidence.collectors import Collectors
from roadworthy.evidence.expiry import Expiry
from roadworthy.evidence.model import Item, Submission
from roadworthy.evidence.service import Evidence
from roadworthy.foundation.identity.tables import people
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.ledger.appender import appender_for
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.unit import Units
from roadworthy.foundation.resources.documents import Declared
from roadworthy.foundation.resources.registry import Registry
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime, SimulatedClock
from roadworthy.foundation.storage.store import Store
from roadworthy.foundation.workflow.service import Timers
from roadworthy.inventory import kinds as inventory_kinds
from roadworthy.inventory.model import UseCase

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
OWNERS = {
    "product": "pia@example.org",
    "platform": "paul@example.org",
    "governance": "gerda@example.org",
    "business": "ben@example.org",
}
PIPELINE = Context(Actor(ActorKind.WORKLOAD, "pipeline", "api", "token"))
FACT = "data.path-audited"
"""Its duty is platform's."""

PrivateKey = Ed25519PrivateKey | ec.EllipticCurvePrivateKey


def submission(**changed: object) -> Submission:
    """A sound one, but for what is changed (in Python's names or in JSON's)."""
    given: dict[str, object] = {
        "fact": FACT,
        "answer": "yes",
        "observedFrom": "2026-05-01",
        "observedTo": "2026-05-20",
    }
    return Submission.model_validate(given | changed)


def documented(**changed: object) -> Submission:
    """One that names its document."""
    return submission(**({"link": "https://documents.example.org/audit"} | changed))


def predicate(**changed: object) -> dict[str, Any]:
    """What a collector says, but for what is changed; None leaves it out."""
    said: dict[str, object] = {
        "useCase": "triage",
        "kind": "data-audit",
        "fact": FACT,
        "answer": "yes",
        "observedFrom": "2026-05-30T08:00:00Z",
        "observedTo": "2026-06-01T08:00:00Z",
        "sampleSize": 5000,
        "result": {"sources": 3, "missingShare": 0.02},
    }
    return {name: value for name, value in (said | changed).items() if value is not None}


def statement(said: Mapping[str, Any], name: str = "claims.csv", digest: str | None = None) -> bytes:
    """An in-toto statement, written without the code under test."""
    subject = {"name": name, "digest": {"sha256": digest or hashlib.sha256(b"claims").hexdigest()}}
    return json.dumps(
        {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [subject],
            "predicateType": "https://roadworthy.dev/evidence/v1",
            "predicate": said,
        }
    ).encode()


def pem_of(key: PrivateKey) -> str:
    """The public half."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def key_id_of(key: PrivateKey) -> str:
    """SHA-256 of the public half's DER form."""
    return hashlib.sha256(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def signed(key: PrivateKey, payload: bytes, key_id: str | None = None) -> bytes:
    """A DSSE envelope, written without the code under test."""
    kind = b"application/vnd.in-toto+json"
    pae = b"DSSEv1 " + str(len(kind)).encode() + b" " + kind + b" " + str(len(payload)).encode() + b" " + payload
    value = key.sign(pae) if isinstance(key, Ed25519PrivateKey) else key.sign(pae, ec.ECDSA(hashes.SHA256()))
    return json.dumps(
        {
            "payloadType": kind.decode(),
            "payload": base64.b64encode(payload).decode(),
            "signatures": [
                {"keyid": key_id_of(key) if key_id is None else key_id, "sig": base64.b64encode(value).decode()}
            ],
        },
        separators=(",", ":"),
    ).encode()


@dataclass(frozen=True)
class Desk:
    """Everything that evidence needs, on one store."""

    store: Store
    clock: SimulatedClock
    units: Units
    resources: Resources
    timers: Timers
    evidence: Evidence
    collectors: Collectors
    attachments: Attachments

    def declare(self, name: str = "triage", **spec: object) -> None:
        """Declare a use case with four owners."""
        model = UseCase.model_validate({"title": name.title(), "owners": OWNERS} | spec)
        declared = [Declared("UseCase", name, {}, model)]
        self.units.run(PIPELINE, lambda tx: self.resources.put_all(tx, declared, None, "test"))

    def person(self, handle: str) -> Context:
        """Somebody who is known by an address."""
        ref = handle.split("@", maxsplit=1)[0]
        row = {"ref": ref, "handle": handle, "issuer": "local", "created_at": NOW}
        with self.store.read() as connection:
            known = connection.execute(people.select().where(people.c.ref == ref)).first()
        if known is None:
            self.store.write(lambda connection: connection.execute(people.insert(), row))
        return Context(Actor(ActorKind.PERSON, ref, "api", "one-time-token"))

    def collector(self, key: PrivateKey, name: str = "auditor", kinds: tuple[str, ...] = ("data-audit",)) -> None:
        """Register a collector that Carla answers for."""
        self.collectors.register(self.person("rita@example.org"), name, pem_of(key), kinds, "carla@example.org")

    def events(self) -> list[str]:
        """What the ledger recorded, in its order; PostgreSQL's inbox included."""
        from roadworthy.foundation.ledger.entry import decode
        from roadworthy.foundation.ledger.tables import entries, inbox

        with self.store.read() as connection:
            placed = connection.execute(entries.select().order_by(entries.c.position)).all()
            waiting = connection.execute(inbox.select().order_by(inbox.c.number)).all()
        return [decode(bytes(row.bytes)).what for row in (*placed, *waiting)]

    def item(self, item: Item) -> Item:
        """The item as it stands now."""
        return self.evidence.find(item.id)


def desk(store: Store, folder: Path, most_megabytes: int = 1) -> Desk:
    """Open a desk on a store, with its keys in a folder."""
    clock = SimulatedClock(NOW)
    runtime = Runtime(clock=clock)
    units = Units(store, appender_for(store, runtime, "test"), runtime)
    resources = Resources(store, units, Registry((*inventory_kinds.kinds(), *evidence_kinds.kinds())))
    timers = Timers(store, units, runtime)
    expiry = Expiry(store, units, timers)
    return Desk(
        store,
        clock,
        units,
        resources,
        timers,
        Evidence(store, units, resources, runtime, Keys(folder / "keys", clock), expiry),
        Collectors(store, units, resources),
        Attachments(store, units, most_megabytes),
    )
