"""Operations on collectors: register the key of a program that measures, give it a new one, take it back."""

from __future__ import annotations

import re
from collections.abc import Sequence

from roadworthy.evidence import collector_store as rows
from roadworthy.evidence import public_keys
from roadworthy.evidence.gates import persons
from roadworthy.evidence.kinds import in_force
from roadworthy.evidence.model import Collector
from roadworthy.foundation.errors import Conflict, Finding, InvalidInput, NotFound, Place, Refused, did_you_mean
from roadworthy.foundation.ledger.draft import Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.resources.names import LONGEST_NAME, NAME
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.storage.store import Store

ROTATED = "rotated"
"""The reason kept with a key that a newer one took the place of."""
_LONGEST_OWNER = 320


class Collectors:
    """The programs whose measurements are taken as measured.

    What a key signed stays what it is when the key is revoked: it was measured then. Where a key was stolen, what came
    after the theft is disputed item by item.
    """

    def __init__(self, store: Store, units: Units, resources: Resources) -> None:
        self._store = store
        self._units = units
        self._resources = resources

    def register(self, context: Context, name: str, public_key_pem: str, kinds: Sequence[str], owner: str) -> Collector:
        """Take what a program measures and signs with this key, of these kinds and no others.

        Args:
            context: the person who registers it.
            name: unique among the collectors in force, named like a resource.
            public_key_pem: Ed25519, or ECDSA on P-256.
            kinds: evidence kinds that it may hand in, at least one.
            owner: who answers for it, as people are named elsewhere.

        Raises:
            Refused: a program asks.
            InvalidInput: the key cannot be used, a kind does not exist, name or owner are missing.
            Conflict: name or key are taken.
        """
        _person_only(context)
        key = public_keys.read(public_key_pem)

        def work(tx: Transaction) -> Collector:
            known = in_force(tx.connection, self._resources)
            found = _faults(name, kinds, owner)
            found += [
                Finding("collector-kind-unknown", f"`{kind}` is no kind of evidence here", Place(field="kinds"),
                        did_you_mean(kind, known))
                for kind in kinds if kind not in known
            ]  # fmt: skip
            if found:
                raise InvalidInput.of(found, "the collector")
            if rows.active(tx.connection, name) is not None:
                raise Conflict(
                    "collector-name-taken",
                    f"there is a collector `{name}` already",
                    remedy="give it a new key by rotating it, or choose another name",
                )
            _refuse_known_key(tx, key)
            collector = Collector(
                name, key.key_id, key.pem, tuple(dict.fromkeys(kinds)), owner.strip(), tx.now, context.actor.ref
            )
            rows.insert(tx.connection, collector)
            tx.record(
                Draft(
                    "collector.registered",
                    f"Collector/{name}",
                    facts={"key": key.key_id, "algorithm": key.algorithm, "kinds": list(collector.kinds)},
                    texts={"owner": collector.owner.encode()},
                )
            )
            return collector

        return self._units.run(context, work)

    def rotate(self, context: Context, name: str, public_key_pem: str) -> Collector:
        """Take a collector's new key instead of its former one, from now on.

        Raises:
            Refused: a program asks.
            InvalidInput: the key cannot be used.
            NotFound: no collector of this name is in force.
            Conflict: the key is known.
        """
        _person_only(context)
        key = public_keys.read(public_key_pem)

        def work(tx: Transaction) -> Collector:
            former = _in_force(tx, name)
            _refuse_known_key(tx, key)
            rows.revoke(tx.connection, former.key_id, tx.now, context.actor.ref, ROTATED)
            collector = Collector(name, key.key_id, key.pem, former.kinds, former.owner, tx.now, context.actor.ref)
            rows.insert(tx.connection, collector)
            facts = {"key": key.key_id, "algorithm": key.algorithm, "former": former.key_id}
            tx.record(Draft("collector.rotated", f"Collector/{name}", facts=facts))
            return collector

        return self._units.run(context, work)

    def revoke(self, context: Context, name: str, reason: str) -> Collector:
        """Take nothing from a collector any more.

        Raises:
            Refused: a program asks.
            InvalidInput: no reason is given.
            NotFound: no collector of this name is in force.
        """
        _person_only(context)
        if not reason.strip():
            raise InvalidInput(
                "collector-revocation-unexplained",
                "a revocation needs a reason",
                place=Place(field="reason"),
                remedy="say in a sentence why nothing is taken from it any more",
            )

        def work(tx: Transaction) -> Collector:
            former = _in_force(tx, name)
            rows.revoke(tx.connection, former.key_id, tx.now, context.actor.ref, reason.strip())
            tx.record(
                Draft(
                    "collector.revoked",
                    f"Collector/{name}",
                    facts={"key": former.key_id},
                    texts={"reason": reason.strip().encode()},
                )
            )
            return next(each for each in rows.every(tx.connection) if each.key_id == former.key_id)

        return self._units.run(context, work)

    def all(self) -> list[Collector]:
        """Every key that was ever registered, by name, the newest first."""
        with self._store.read() as connection:
            return rows.every(connection)


def _person_only(context: Context) -> None:
    if not persons(context):
        raise Refused(
            "collector-kept-by-program",
            "only a person can say whose measurements are taken",
            remedy="let a person register, rotate or revoke it",
        )


def _faults(name: str, kinds: Sequence[str], owner: str) -> list[Finding]:
    found = []
    if len(name) > LONGEST_NAME or not re.fullmatch(NAME.pattern, name):
        found.append(
            Finding("collector-name-unfit", f"`{name[:60]}` cannot be a collector's name", Place(field="name"),
                    "use lower-case letters, digits, `-` and `.`")
        )  # fmt: skip
    if not kinds:
        found.append(
            Finding("collector-without-kinds", "a collector hands in certain kinds of evidence, and none is named",
                    Place(field="kinds"), "name the kinds that it measures")
        )  # fmt: skip
    if not 0 < len(owner.strip()) <= _LONGEST_OWNER:
        found.append(
            Finding("collector-without-owner", "somebody has to answer for a collector", Place(field="owner"),
                    "name a person, by the address under which colleagues name them")
        )  # fmt: skip
    return found


def _in_force(tx: Transaction, name: str) -> Collector:
    found = rows.active(tx.connection, name)
    if found is None:
        known = [each.name for each in rows.every(tx.connection) if each.revoked_at is None]
        raise NotFound(
            "collector-unknown",
            f"no collector `{name[:60]}` is in force",
            remedy=did_you_mean(name, known) if known else "register it first",
        )
    return found


def _refuse_known_key(tx: Transaction, key: public_keys.PublicKey) -> None:
    held = rows.by_key(tx.connection, key.key_id)
    if held is not None:
        raise Conflict(
            "collector-key-known",
            f"this key was registered before, for `{held.name}`",
            remedy="make a new pair of keys: a key belongs to one collector, and a revoked one stays revoked",
        )
