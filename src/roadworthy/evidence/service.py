"""Operations on evidence: hand in, receive what a collector signed, dispute, follow, take back, read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from roadworthy.evidence import collector_store, kinds, public_keys, receiving
from roadworthy.evidence import store as rows
from roadworthy.evidence.disputes import Disputes, unknown
from roadworthy.evidence.envelopes import Signature
from roadworthy.evidence.expiry import Expiry
from roadworthy.evidence.gates import FactGates, Gates
from roadworthy.evidence.model import Item, Submission
from roadworthy.evidence.public_keys import PublicKey
from roadworthy.evidence.schemas import EvidenceKind, result_schema
from roadworthy.evidence.submissions import method_of
from roadworthy.evidence.taking import Given, Sign, Taking
from roadworthy.foundation.digests import digest
from roadworthy.foundation.errors import Conflict, NotFound, did_you_mean
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.ledger import payloads
from roadworthy.foundation.ledger import store as ledger
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.ledger.entry import decode
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory import store as inventory

PURPOSE = "evidence"
"""Of the key with which this deployment signs what people hand in."""


class Evidence:
    """What is known about use cases beside what they declare."""

    def __init__(
        self,
        store: Store,
        units: Units,
        resources: Resources,
        runtime: Runtime,
        keys: Keys,
        expiry: Expiry,
        gates: Gates | None = None,
    ) -> None:
        self._store = store
        self._units = units
        self._resources = resources
        self._runtime = runtime
        self._keys = keys
        self._expiry = expiry
        self._gates = gates or FactGates()
        self._disputes = Disputes(units, resources, self._gates)

    # ------------------------------------------------------------ hand in

    def submit(self, context: Context, use_case: str, submission: Submission) -> Item:
        """Record a claim that a person stands up for, or that a document carries.

        Args:
            context: who hands it in; their reference is kept with the item.
            use_case: name of the use case.
            submission: the claim with the time it speaks of. It does not say its method: a link or a file makes it
                documented, a person's word alone attested.

        Returns:
            The item, signed with this deployment's own key. It counts until `expires_at`, which runs from the end of
            what was observed.

        Raises:
            InvalidInput: an unknown fact or kind, a result that is not the kind's, times that are reversed or have not
                come, an end before the observation, items that would follow one another in a ring.
            Refused: a program vouches, or a person at their own gate; something weaker would take the place of
                something stronger.
            NotFound: there is no such use case, or no such item to take the place of.
            Conflict: another item took that place before.
        """
        return self._take(context, [Given(use_case, submission, method_of(submission))], "the submission")[0]

    def submit_all(self, context: Context, handed: Sequence[tuple[str, Submission]]) -> list[Item]:
        """Record claims about use cases, all of them or none, and all their faults told at once.

        They can speak of one another: one that has a `ref` is meant by `#` and that name in another's `supersedes`, in
        whichever order they stand.

        Raises:
            InvalidInput, Refused, NotFound, Conflict: as for `submit`; the place names the submission by its `ref`,
                else by its number from 1.
        """
        given = [
            Given(use_case, each, method_of(each), f"submission {each.ref or number}")
            for number, (use_case, each) in enumerate(handed, 1)
        ]
        return self._take(context, given, "the submissions") if given else []

    def receive(self, context: Context, envelope: bytes) -> Item:
        """Record what a collector measured and signed. The same statement again is the same item.

        Args:
            context: who delivers it, which proves nothing; the signature does.
            envelope: DSSE with an in-toto statement, as `docs/evidence.md` describes it.

        Returns:
            The item, `measured`.

        Raises:
            TooLarge, InvalidInput: not such an envelope, or a claim with faults.
            Refused: a signature that is forged, or by a key that is not registered or was revoked; a kind that is not
                the collector's; a subject that is not what it says.
            NotFound: there is no such use case.
        """
        with self._store.read() as connection:
            signed = receiving.checked(connection, envelope)  # outside of the unit, which is everybody's

        def work(tx: Transaction) -> Item:
            collector = receiving.collector_of(tx.connection, signed)
            collector_store.seen(tx.connection, signed.key_id, tx.now)
            statement = digest(signed.payload)
            known = rows.by_statement(tx.connection, statement)
            if known is not None:
                return known
            given = receiving.given(tx.connection, signed, collector)
            inventory.touch(tx.connection, [given.use_case])  # locks: of two deliveries at once, one is the second
            known = rows.by_statement(tx.connection, statement)
            return known or self._taking(tx, _never).take([given], "the envelope")[0]

        return self._units.run(context, work)

    # ------------------------------------------------------------ what becomes of it

    def withdraw(self, context: Context, item_id: str, reason: str) -> Item:
        """Take a claim back; it stays readable and no longer counts.

        A person's claim is taken back by that person, a measurement by whoever answers for the collector, and what
        another program handed in by anybody. Everybody else disputes it.

        Raises:
            InvalidInput: no reason is given.
            NotFound: there is no such item.
            Conflict: it was withdrawn before.
            Refused: it is not for this person to take back.
        """
        return self._disputes.withdraw(context, item_id, reason)

    def contest(self, context: Context, item_id: str, reason: str) -> Item:
        """Dispute an item; while that is open the item counts in part only.

        Raises:
            InvalidInput: no reason is given.
            NotFound: there is no such item.
            Conflict: it does not count any more, or this person disputes it already.
            Refused: a program disputes it.
        """
        return self._disputes.contest(context, item_id, reason)

    def settle(self, context: Context, item_id: str, *, upheld: bool, reason: str) -> Item:
        """End the open disputes of an item.

        Args:
            context: a person who has no part in it: who neither handed the item in nor disputes it nor answers for
                its collector, and, to dismiss the dispute, does not hold the gate that its fact opens.
            item_id: the item.
            upheld: True where the dispute was right; the item is then withdrawn.
            reason: what was found out.

        Raises:
            InvalidInput: no reason is given.
            NotFound: there is no such item.
            Conflict: nobody disputes it.
            Refused: a party to the dispute, or a program, would settle it.
        """
        return self._disputes.settle(context, item_id, upheld=upheld, reason=reason)

    def supersede(self, context: Context, item_id: str, by: str) -> Item:
        """Let a newer item take an item's place; the former stays readable and no longer counts.

        Raises:
            NotFound: one of them does not exist.
            InvalidInput: they are about different questions or use cases, the newer one speaks of an earlier time, or
                they would follow one another in a ring.
            Refused: the newer one is known by a weaker method.
            Conflict: another item took the place before, or one of them was withdrawn.
        """
        return self._disputes.supersede(context, item_id, by)

    # ------------------------------------------------------------ read

    def of(self, use_case: str) -> list[Item]:
        """Everything handed in about a use case, whatever became of it, the latest first."""
        with self._store.read() as connection:
            return rows.of(connection, use_case)

    def find(self, item_id: str) -> Item:
        """One item, whatever became of it.

        Raises:
            NotFound: there is no such item.
        """
        with self._store.read() as connection:
            return self._find(connection, item_id)

    def envelope(self, item_id: str) -> bytes:
        """The signed bytes of an item, as they were committed to.

        Raises:
            NotFound: there is no such item, it is from before there were envelopes, or the envelope was erased.
            Conflict: its entry has no place in the ledger yet.
            IntegrityBroken: the bytes are not those that were committed to.
        """
        with self._store.read() as connection:
            item = self._find(connection, item_id)
            raw = ledger.find(connection, item.entry_id)
            if raw is None and ledger.waits(connection, item.entry_id):
                raise Conflict(
                    "evidence-envelope-waits",
                    f"the entry of `{item_id}` is durable and waits for its place in the ledger",
                    remedy="try again in a second",
                )
            kept = () if raw is None else decode(raw[1]).payloads
            ref = next((payload.ref for payload in kept if payload.name == "envelope"), None)
            content = None if ref is None else payloads.disclose(connection, ref).content
        if content is None:
            raise NotFound(
                "evidence-without-envelope",
                f"there is no envelope of `{item_id}`",
                remedy="it was erased, or the item is from before version 0.2, when nothing was signed",
            )
        return content

    def ahead(self, days: int, use_case: str | None = None) -> list[Item]:
        """What counts now and expires within so many days, the soonest first."""
        now = self._runtime.clock.now()
        with self._store.read() as connection:
            return rows.ahead(connection, now, now + dt.timedelta(days=days), use_case)

    def kinds(self) -> Sequence[tuple[str, EvidenceKind]]:
        """The kinds in force, by name: the shipped ones, and over them the declared ones."""
        with self._store.read() as connection:
            return sorted(kinds.in_force(connection, self._resources).items())

    def result_schema(self, kind: str) -> Mapping[str, Any]:
        """The JSON Schema of what `result` holds in a kind.

        Raises:
            NotFound: there is no such kind.
        """
        known = dict(self.kinds())
        if kind not in known:
            raise NotFound(
                "evidence-kind-not-found",
                f"`{kind[:60]}` is no kind of evidence here",
                remedy=did_you_mean(kind, known),
            )
        return result_schema(kind, known[kind])

    def public_keys(self) -> list[PublicKey]:
        """The keys with which this deployment signed what people handed in, the present one last."""
        self._keys.signing(PURPOSE)
        return [public_keys.of(key.private.public_key()) for key in self._keys.all(PURPOSE)]

    # ------------------------------------------------------------ inside

    def _take(self, context: Context, given: Sequence[Given], what: str) -> list[Item]:
        sign = self._signer()
        return self._units.run(context, lambda tx: self._taking(tx, sign).take(given, what))

    def _taking(self, tx: Transaction, sign: Sign) -> Taking:
        return Taking(tx, self._resources, self._gates, self._expiry, sign)

    def _signer(self) -> Sign:
        key = self._keys.signing(PURPOSE)
        key_id = public_keys.of(key.private.public_key()).key_id
        return lambda content: Signature(key_id, key.sign(content))

    @staticmethod
    def _find(connection: sa.Connection, item_id: str) -> Item:
        item = rows.find(connection, item_id)
        if item is None:
            raise unknown(item_id)
        return item


def _never(_content: bytes) -> Signature:
    message = "what a collector signed is not signed again"
    raise AssertionError(message)
