"""Operations on evidence: hand a claim in, take it back, read what is there."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from roadworthy.evidence import store as rows
from roadworthy.evidence.model import Item, Method, Submission, Withdrawal
from roadworthy.evidence.rules import expiry, faults, method_of, window_of
from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound, Refused
from roadworthy.foundation.ledger.draft import ActorKind, Basis, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory import store as inventory
from roadworthy.inventory.kinds import USE_CASE


class Evidence:
    """What is known about use cases beside what they declare."""

    def __init__(self, store: Store, units: Units) -> None:
        self._store = store
        self._units = units

    def submit(self, context: Context, use_case: str, submission: Submission) -> Item:
        """Record a claim that a person stands up for or that a document carries.

        Args:
            context: who hands it in; their reference is kept with the item.
            use_case: name of the use case.
            submission: the claim with the time it speaks of.

        Returns:
            The item. It counts until `expires_at`, which runs from the end of what was observed.

        Raises:
            InvalidInput: an unknown fact, days that are reversed or have not come.
            Refused: a program vouches for something only a person can vouch for.
            NotFound: there is no such use case.
        """
        method = method_of(submission)
        if method is Method.ATTESTED and context.actor.kind is ActorKind.WORKLOAD:
            raise Refused(
                "evidence-attested-by-program",
                "only a person can attest; a program has nothing to stand up with",
                remedy="let a person attest it, give the link of a document, or register the program as a collector",
            )

        def work(tx: Transaction) -> Item:
            found = faults(submission, tx.now)
            if found:
                raise InvalidInput.of(found, "the submission")
            _must_exist(tx, use_case)
            window = window_of(submission)
            item = Item(
                id=tx.new_id(),
                use_case=use_case,
                fact=submission.fact,
                kind=submission.kind,
                answer=submission.answer,
                method=method,
                statement=submission.statement or None,
                link=submission.link or None,
                observed_from=_day(submission.observed_from),
                observed_to=_day(submission.observed_to),
                recorded_at=tx.now,
                recorded_by=context.actor.ref,
                expires_at=expiry(method, window[1]),
                entry_id="",
            )
            item = replace(item, entry_id=tx.record(_submitted(item)))
            rows.insert(tx.connection, item)
            inventory.touch(tx.connection, [use_case])
            return item

        return self._units.run(context, work)

    def withdraw(self, context: Context, item_id: str, reason: str) -> Item:
        """Take a claim back; it stays readable and no longer counts.

        Raises:
            InvalidInput: no reason is given.
            NotFound: there is no such item.
            Conflict: it was withdrawn before.
        """
        if not reason.strip():
            raise InvalidInput(
                "evidence-withdrawal-unexplained",
                "a withdrawal needs a reason",
                remedy="say in a sentence why the claim no longer holds",
            )

        def work(tx: Transaction) -> Item:
            item = rows.find(tx.connection, item_id)
            if item is None:
                raise NotFound(
                    "evidence-unknown",
                    f"there is no evidence `{item_id}`",
                    remedy="look the id up on the page of the use case",
                )
            withdrawal = Withdrawal(tx.now, context.actor.ref, reason.strip())
            if not rows.withdraw(tx.connection, item_id, withdrawal):
                raise Conflict(
                    "evidence-already-withdrawn",
                    f"the evidence `{item_id}` was withdrawn before",
                    remedy="nothing is left to do; hand in a new claim if it holds again",
                )
            tx.record(
                Draft(
                    "evidence.withdrawn",
                    f"{USE_CASE}/{item.use_case}",
                    basis=Basis(evidence=(item_id,)),
                    facts={"evidence": item_id, "fact": item.fact},
                    texts={"reason": withdrawal.reason.encode()},
                )
            )
            inventory.touch(tx.connection, [item.use_case])
            return replace(item, withdrawal=withdrawal)

        return self._units.run(context, work)

    def of(self, use_case: str) -> list[Item]:
        """Everything handed in about a use case, withdrawn and expired items included, the latest first."""
        with self._store.read() as connection:
            return rows.of(connection, use_case)


def _day(moment: dt.date) -> dt.date:
    return moment.astimezone(dt.UTC).date() if isinstance(moment, dt.datetime) else moment


def _must_exist(tx: Transaction, use_case: str) -> None:
    if not inventory.revisions(tx.connection, [use_case]):
        raise NotFound(
            "use-case-unknown", f"there is no use case `{use_case}`", remedy="list them with `roadworthy get use-cases`"
        )


def _submitted(item: Item) -> Draft:
    """The entry of a claim: answer and days in clear, words and links as commitments, for they may name people."""
    texts = {"statement": item.statement, "link": item.link}
    return Draft(
        "evidence.submitted",
        f"{USE_CASE}/{item.use_case}",
        basis=Basis(evidence=(item.id,)),
        facts={
            "evidence": item.id,
            "fact": item.fact,
            "answer": item.answer.value,
            "method": item.method.value,
            "observedFrom": item.observed_from.isoformat(),
            "observedTo": item.observed_to.isoformat(),
        },
        texts={name: text.encode() for name, text in texts.items() if text is not None},
    )
