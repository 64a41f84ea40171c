"""Roadworthy's own collectors: what this installation measures by itself, signed with a key that a person registers.

Until somebody registers the key nothing that is handed in here counts as measured: being the system that judges is no
reason to be believed.
"""

from __future__ import annotations

from roadworthy.evidence import envelopes, public_keys
from roadworthy.evidence.collectors import Collectors
from roadworthy.evidence.model import Artefact, Collector, Item, Submission
from roadworthy.evidence.service import Evidence
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.ledger.draft import Context
from roadworthy.foundation.resources.model import Stored
from roadworthy.inventory.kinds import USE_CASE


class OwnCollector:
    """One of them, by the purpose of its key.

    Args:
        purpose: names the key; each collector has its own, so that revoking one leaves the others.
        keys: where the key is; it is made on first use.
        collectors: where a person registers its public half.
        evidence: takes what is handed in.
    """

    def __init__(self, purpose: str, keys: Keys, collectors: Collectors, evidence: Evidence) -> None:
        self._purpose = purpose
        self._keys = keys
        self._collectors = collectors
        self._evidence = evidence

    def public_key(self) -> str:
        """The public half of the key as PEM, to be registered by a person."""
        return self._public().pem

    def registered(self) -> Collector | None:
        """The collector, where a person registered its present key and nobody revoked it."""
        key_id = self._public().key_id
        return next(
            (each for each in self._collectors.all() if each.key_id == key_id and each.revoked_at is None), None
        )

    def hand_in(self, context: Context, stored: Stored, submission: Submission, *, measured: bool) -> Item:
        """Hand in a claim.

        Args:
            context: who asked for the measurement.
            stored: the use case, in the version that was measured; the claim is about it where it names no subject.
            submission: the claim.
            measured: whether to sign it, because the key is registered; else it is documented by what it has attached.

        Raises:
            RoadworthyError: evidence refuses it, see `Evidence.receive` and `Evidence.submit`.
        """
        if measured:
            return self._evidence.receive(context, self._signed(stored, submission))
        return self._evidence.submit(context, stored.name, submission)

    def _signed(self, stored: Stored, submission: Submission) -> bytes:
        subject = submission.subject or Artefact(name=f"{USE_CASE}/{stored.name}", digest=stored.digest)
        given = submission.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"subject", "ref"})
        said = {name: value for name, value in given.items() if value not in ([], {}, ())}
        payload = envelopes.statement(subject, {"useCase": stored.name, **said})
        signature = self._keys.signing(self._purpose).sign(envelopes.encoded_for_signing(payload))
        return envelopes.sealed(payload, [envelopes.Signature(self._public().key_id, signature)])

    def _public(self) -> public_keys.PublicKey:
        return public_keys.of(self._keys.signing(self._purpose).private.public_key())
