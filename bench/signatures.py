"""What checking a collector's signature costs: `python -m bench.signatures [ENVELOPES]` (5,000 by default).

A check is everything between the bytes that arrive and the statement that may be believed: the envelope taken apart,
the signature verified, the statement read. The floor is the verification alone, of the same bytes with the same key, by
the same library in the same process; what a check costs above it is ours.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roadworthy.evidence import public_keys
from roadworthy.evidence.envelopes import (
    Signature,
    encoded_for_signing,
    opened,
    read,
    sealed,
    signer_of,
    statement,
)
from roadworthy.evidence.model import Artefact
from roadworthy.foundation.digests import Canonical

GOAL = 1_000
"""Checks per second on one core."""
ROUNDS = 3
"""The best of so many is told: what else the machine does can only slow it down."""

Key = Ed25519PrivateKey | ec.EllipticCurvePrivateKey
PREDICATE: dict[str, Canonical] = {
    "useCase": "claims-triage",
    "kind": "data-audit",
    "fact": "data.path-audited",
    "answer": "yes",
    "observedFrom": "2026-05-30T08:00:00.000000Z",
    "observedTo": "2026-06-01T08:00:00.000000Z",
    "statement": "Every column of the pilot's tables was compared with a day of production's. " * 3,
    "result": {"sources": 3, "missingShare": "0.02", "gaps": ["postcode is missing in every tenth record"] * 5},
}


def envelopes(key: Key, count: int) -> list[bytes]:
    """So many different envelopes, all signed with one key."""
    key_id = public_keys.of(key.public_key()).key_id
    made = []
    for number in range(count):
        payload = statement(Artefact(name="claims.csv", digest=f"sha256:{number:064x}"), PREDICATE)
        content = encoded_for_signing(payload)
        value = (
            key.sign(content) if isinstance(key, Ed25519PrivateKey) else key.sign(content, ec.ECDSA(hashes.SHA256()))
        )
        made.append(sealed(payload, [Signature(key_id, value)]))
    return made


def rate(work: Callable[[], object], count: int) -> float:
    """How often per second of this process's own time."""
    best = 0.0
    for _ in range(ROUNDS):
        begin = time.process_time()
        work()
        best = max(best, count / (time.process_time() - begin))
    return best


def measure(name: str, key: Key, count: int) -> bool:
    """Print floor and check; whether the goal is met."""
    public = public_keys.of(key.public_key())
    keys = {public.key_id: public_keys.read(public.pem)}
    arrived = envelopes(key, count)
    plain = [(envelope.signatures[0].value, envelope.signed) for envelope in map(opened, arrived)]

    def floor() -> None:
        for value, content in plain:
            if not public.verifies(value, content):
                raise AssertionError

    def check() -> None:
        for each in arrived:
            envelope = opened(each)
            signer_of(envelope, keys)
            read(envelope.payload)

    bare, whole = rate(floor, count), rate(check, count)
    size = len(arrived[0])
    met = whole >= GOAL
    print(
        f"{name}: {whole:,.0f} checks/s on one core (goal {GOAL:,}: {'met' if met else 'MISSED'}); "
        f"plain verification of the same bytes {bare:,.0f}/s, {whole / bare:.0%} of it; envelopes of {size:,} bytes"
    )
    return met


def main() -> int:
    """Both algorithms."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    met = [
        measure("Ed25519", Ed25519PrivateKey.generate(), count),
        measure("ECDSA P-256", ec.generate_private_key(ec.SECP256R1()), count),
    ]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
