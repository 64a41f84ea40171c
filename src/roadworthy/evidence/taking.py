"""Taking in what was handed in: one unit of work for any number of submissions, all of them or none."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from roadworthy.evidence import attachment_store
from roadworthy.evidence import store as rows
from roadworthy.evidence.envelopes import Signature, encoded_for_signing, sealed, statement
from roadworthy.evidence.expiry import Expiry
from roadworthy.evidence.gates import Gates, handles, held, others, persons
from roadworthy.evidence.kinds import in_force
from roadworthy.evidence.model import Artefact, Attachment, Collector, Item, Method, Submission
from roadworthy.evidence.records import predicate_of, recorded, superseded
from roadworthy.evidence.refusals import Fault, circular, refuse, unfit
from roadworthy.evidence.schemas import EvidenceKind, canonical_result
from roadworthy.evidence.submissions import (
    SKEW,
    cycle,
    expires_at,
    faults,
    opens,
    over,
    window_of,
)
from roadworthy.foundation.digests import digest
from roadworthy.foundation.errors import (
    Finding,
    InvalidInput,
    NotFound,
    Place,
    Refused,
    RoadworthyError,
)
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources.model import Stored
from roadworthy.foundation.resources.service import Resources
from roadworthy.inventory import store as inventory
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import Duty, UseCase

HERE = "#"
"""What a name begins with that was given within one batch."""

Sign = Callable[[bytes], Signature]


@dataclass(frozen=True, slots=True)
class Signed:
    """An envelope whose signature was found good."""

    envelope: bytes
    payload: bytes
    key_id: str


@dataclass(frozen=True, slots=True)
class Given:
    """A submission with what is known about how it came."""

    use_case: str
    submission: Submission
    method: Method
    source: str = "submission"
    """What a fault says it is in."""
    collector: Collector | None = None
    signed: Signed | None = None
    """None where a person or a program handed it in: then it is signed here."""


class Taking:
    """One unit's taking in."""

    def __init__(self, tx: Transaction, resources: Resources, gates: Gates, expiry: Expiry, sign: Sign) -> None:
        self._tx = tx
        self._gates = gates
        self._expiry = expiry
        self._sign = sign
        self._resources = resources
        self._found: list[Fault] = []
        self._kinds: Mapping[str, EvidenceKind] = in_force(tx.connection, resources)
        self._stored: Mapping[str, Stored] = {}
        self._files: Mapping[str, Attachment] = {}

    def take(self, given: Sequence[Given], what: str) -> list[Item]:
        """Check, record and keep.

        Raises:
            InvalidInput, NotFound, Refused, Conflict: something is wrong; every fault is told, nothing is kept.
        """
        connection = self._tx.connection
        names = sorted({each.use_case for each in given})
        inventory.touch(connection, names)  # first, for it locks: no two units make half a ring each
        self._stored = {each.name: each for each in self._resources.all(connection, USE_CASE, names)}
        self._files = attachment_store.some(
            connection, [file for each in given for file in each.submission.attachments]
        )
        for each in given:
            self._check(each)
        self._check_gates(given)
        refuse(self._found, what)
        items = [self._item(each) for each in given]
        follows = self._follows(given, items)
        refuse(self._found, what)
        return self._keep(given, [replace(item, superseded_by=follows.get(item.id)) for item in items], follows)

    # ------------------------------------------------------------ checks

    def _check(self, given: Given) -> None:
        submission = given.submission
        skew = SKEW if given.collector is not None else dt.timedelta(0)
        for finding in faults(submission, self._tx.now, self._kinds, skew):
            self._fault(InvalidInput, given, finding.place.field, finding.code, finding.message, finding.remedy)
        if given.use_case not in self._stored:
            self._fault(NotFound, given, None, "use-case-unknown", f"there is no use case `{given.use_case[:120]}`",
                        "list them with `roadworthy get use-cases`")  # fmt: skip
        for each in submission.attachments:
            file = self._files.get(each)
            if file is None or file.erased_at is not None:
                gone = "was erased" if file is not None else "is not here"
                message = f"the file `{each[:15]}…` {gone}"
                remedy = "attach the file first, then name its digest"
                self._fault(InvalidInput, given, "attachments", "evidence-attachment-unknown", message, remedy)
        if given.method is Method.ATTESTED and not persons(self._tx.context):
            self._fault(Refused, given, None, "evidence-attested-by-program",
                        "only a person can attest; a program has nothing to stand up with",
                        "let a person attest it, give the link of a document or attach it, or register the program as "
                        "a collector")  # fmt: skip

    def _check_gates(self, given: Sequence[Given]) -> None:
        """Nobody vouches for what opens their own gate; documents and measurements speak for themselves."""
        asked = [
            each
            for each in given
            if each.method is Method.ATTESTED and opens(each.submission.answer) and each.use_case in self._stored
        ]
        refs = persons(self._tx.context)
        if not asked or not refs:
            return
        connection = self._tx.connection
        named = handles(connection, refs).values()
        acceptances = inventory.acceptances_by_name(connection, sorted({each.use_case for each in asked}))
        known: dict[tuple[str, str], frozenset[Duty]] = {}
        for each in asked:
            about = (each.use_case, each.submission.fact)
            owners = cast("UseCase", self._stored[each.use_case].spec).owners
            if about not in known:
                known[about] = self._gates.owners(connection, *about)
            duties = held(owners, acceptances.get(each.use_case, ()), refs, named) & known[about]
            if duties:
                who = others(owners, known[about], named)
                remedy = "give the link of a document or attach it, or let somebody else attest who saw it"
                self._fault(
                    Refused, each, None, "evidence-attested-by-gate-owner",
                    f"you hold the {' and '.join(sorted(duties))} duty of `{each.use_case}`, whose gate "
                    f"`{each.submission.fact}` opens; nobody vouches at their own gate",
                    f"{remedy}, such as {', '.join(who)}" if who else remedy,
                )  # fmt: skip

    def _follows(self, given: Sequence[Given], items: Sequence[Item]) -> dict[str, str]:
        """Item to the one that takes its place, of what is handed in and of what was there."""
        refs = Counter(each.submission.ref for each in given if each.submission.ref)
        here = {
            f"{HERE}{each.submission.ref}": item for each, item in zip(given, items, strict=True) if each.submission.ref
        }
        wanted = [name for each in given for name in each.submission.supersedes if not name.startswith(HERE)]
        there = {item.id: item for item in rows.some(self._tx.connection, wanted)}
        follows: dict[str, str] = {}
        for each, item in zip(given, items, strict=True):
            if refs.get(each.submission.ref or "", 0) > 1:
                message = f"the name `{each.submission.ref}` stands here twice"
                self._fault(InvalidInput, each, "ref", "evidence-ref-twice", message, "give each its own name")
            for name in dict.fromkeys(each.submission.supersedes):
                former = here.get(name) or there.get(name)
                if former is None:
                    self._fault(NotFound, each, "supersedes", "evidence-superseded-unknown",
                                f"there is no evidence `{name}` that it could take the place of",
                                "look the id up on the page of the use case; `#` and a name mean one that is handed in "
                                "together with it")  # fmt: skip
                    continue
                wrong = unfit(former, item, taken=former.id in follows)
                if wrong is not None:
                    self._found.append(Fault(wrong.error, replace(
                        wrong.finding, place=Place(source=each.source, field="supersedes"))))  # fmt: skip
                    continue
                follows[former.id] = item.id
        ring = cycle(follows)
        if ring is not None:
            names = {item.id: name for name, item in here.items()}
            self._found.append(Fault(InvalidInput, circular([names.get(each, each) for each in ring])))
        return follows

    def _fault(
        self, error: type[RoadworthyError], given: Given, field: str | None, code: str, message: str, remedy: str
    ) -> None:
        self._found.append(Fault(error, Finding(code, message, Place(source=given.source, field=field), remedy)))

    # ------------------------------------------------------------ keeping

    def _item(self, given: Given) -> Item:
        submission, kind = given.submission, self._kinds[given.submission.kind]
        begin, end = window_of(submission)
        exact = isinstance(submission.observed_from, dt.datetime) or isinstance(submission.observed_to, dt.datetime)
        sooner = None if submission.expires is None else over(submission.expires)
        result = canonical_result(kind, submission.result)
        return Item(
            id=self._tx.new_id(),
            use_case=given.use_case,
            fact=submission.fact,
            kind=submission.kind,
            answer=submission.answer,
            method=given.method,
            statement=submission.statement or None,
            link=submission.link or None,
            observed_from=begin.date(),
            observed_to=_day(submission.observed_to),
            recorded_at=self._tx.now,
            recorded_by=self._tx.context.actor.ref,
            expires_at=expires_at(given.method, end, kind, sooner),
            entry_id="",
            window=(begin, end) if exact else None,
            collector=None if given.collector is None else given.collector.name,
            subject=submission.subject,
            sample_size=submission.sample_size,
            sample_wanted=kind.least_sample,
            result=result or None,
            attachments=tuple(self._files[file] for file in dict.fromkeys(submission.attachments)),
        )

    def _keep(self, given: Sequence[Given], items: Sequence[Item], follows: Mapping[str, str]) -> list[Item]:
        tx = self._tx
        kept = []
        for each, item in zip(given, items, strict=True):
            formers = (
                [former for former, newer in follows.items() if newer == item.id] if each.submission.supersedes else []
            )
            signed = each.signed or self._signed(item, formers)
            item = replace(item, key_id=signed.key_id, statement_digest=digest(signed.payload))  # noqa: PLW2901 - it grows
            entry = tx.record(recorded(item, signed.envelope, formers))
            kept.append(replace(item, entry_id=entry))
        rows.insert_all(tx.connection, kept)
        new = {item.id for item in kept}
        rows.supersede(tx.connection, {former: newer for former, newer in follows.items() if former not in new})
        by_id = {item.id: item for item in kept}
        for former, newer in follows.items():
            tx.record(superseded(by_id[newer], former))
        self._expiry.schedule(tx, {item.expires_at for item in kept})
        return kept

    def _signed(self, item: Item, formers: Iterable[str]) -> Signed:
        subject = item.subject or Artefact(
            name=f"{USE_CASE}/{item.use_case}", digest=self._stored[item.use_case].digest
        )
        payload = statement(subject, predicate_of(item, formers))
        signature = self._sign(encoded_for_signing(payload))
        return Signed(sealed(payload, [signature]), payload, signature.key_id)


def _day(moment: dt.date) -> dt.date:
    return moment.astimezone(dt.UTC).date() if isinstance(moment, dt.datetime) else moment
