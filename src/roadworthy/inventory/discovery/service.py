"""Discovery: look at logs and registries, propose, and let people decide."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import BinaryIO, cast

import sqlalchemy as sa

from roadworthy.foundation.errors import Conflict, InvalidInput, NotFound
from roadworthy.foundation.keys import Keys
from roadworthy.foundation.ledger.draft import Basis, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.resources.documents import Declared
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.discovery import store as rows
from roadworthy.inventory.discovery.kinds import VENDOR
from roadworthy.inventory.discovery.matching import Registered, vendor_lines
from roadworthy.inventory.discovery.model import (
    Decision,
    Looked,
    Proposal,
    ProposalState,
    Reading,
    Upload,
    VendorLine,
    VendorSpec,
)
from roadworthy.inventory.discovery.opening import Opened
from roadworthy.inventory.discovery.records import rows_of
from roadworthy.inventory.discovery.rules import as_use_case, group, propose, with_components
from roadworthy.inventory.discovery.tallying import Tally
from roadworthy.inventory.discovery.vendors import Catalogue, catalogue
from roadworthy.inventory.importing.naming import slug
from roadworthy.inventory.kinds import PLATFORM_PROFILE, PROFILE_NAME, USE_CASE
from roadworthy.inventory.model import PlatformProfile, UseCase

PURPOSE = "discovery"
"""Of the key from which the salt of tokens is made."""
_SOURCE = 400
_RESOURCE = "Discovery/{}"


class Discovery:
    """AI in use that is not registered."""

    def __init__(self, store: Store, units: Units, resources: Resources, keys: Keys) -> None:
        self._store = store
        self._units = units
        self._resources = resources
        self._keys = keys

    # ------------------------------------------------------------ look

    def read(self, name: str, stream: BinaryIO, columns: Mapping[str, str] | None = None) -> Reading:
        """What a usage export or a log shows; writes nothing.

        Args:
            name: of the file, for messages.
            stream: its bytes, plain or gzip; read once, a line at a time.
            columns: from a column to what it means (see `forms.TARGETS`), where a person decided.

        Raises:
            InvalidInput: nobody can tell what it is.
            TooLarge: over a limit.
        """
        with self._store.read() as connection:
            known = self._catalogue(connection)
        opened = Opened(name, stream)
        found = rows_of(opened, columns)
        tally = Tally(found.layout.form, known, _salt(self._keys))
        tally.add_all(found.rows)
        notes = [*found.notes, *tally.notes()]
        if found.skipped:
            notes.append(
                f"{found.skipped:,} lines are no rows and were left out; the first is line {found.first_skipped:,}"
            )
        return Reading(
            name[:_SOURCE], opened.digest, found.layout.form.name, found.layout.columns, found.layout.unread,
            tally.rows, tally.counted, tuple(notes), tally.sightings(),
        )  # fmt: skip

    def usage(self, context: Context, name: str, stream: BinaryIO, columns: Mapping[str, str] | None = None) -> Looked:
        """Look at a usage export or a log and keep what it adds up to. The very same file is counted once."""
        return self.keep(context, self.read(name, stream, columns))

    def keep(self, context: Context, reading: Reading) -> Looked:
        """Keep what was seen, as proposals; nothing is registered."""
        by_proposal = group(reading.sightings)

        def work(tx: Transaction) -> Looked:
            decided = rows.decisions(tx.connection, list(by_proposal))
            before = rows.known(tx.connection, list(by_proposal)) | decided.keys()
            looked = Looked(
                None,
                reading,
                tuple(sorted(by_proposal.keys() - before)),
                tuple(sorted((by_proposal.keys() & before) - decided.keys())),
                dict(Counter(decision.state for decision in decided.values())),
            )
            if reading.digest is not None and rows.upload_of(tx.connection, reading.digest) is not None:
                return looked
            if reading.digest is None:
                rows.forget_upload(tx.connection, reading.source, reading.form)
            upload = _upload(tx, reading)
            entry = tx.record(_looked(upload, looked))
            pairs = [(id_, seen) for id_, some in by_proposal.items() for seen in some]
            rows.add_upload(tx.connection, upload, entry, pairs)
            return replace(looked, upload=upload.id)

        return self._units.run(context, work)

    # ------------------------------------------------------------ decide

    def accept(self, context: Context, id_: str, *, name: str | None = None, title: str | None = None) -> Proposal:
        """Register a proposal as a use case of its own, at stage `proposed`, with what was seen of it.

        Args:
            context: who accepts.
            id_: of the proposal.
            name: of the use case; made of the title where none is given.
            title: what it is called; the app, key, team or model where none is given.

        Raises:
            Conflict: it is decided already, or a use case has that name.
        """

        def work(tx: Transaction) -> Proposal:
            proposal = self._undecided(tx.connection, id_)
            spec = as_use_case(proposal, title, _titles(self._catalogue(tx.connection)))
            chosen = name or slug(spec.title) or f"discovered-{id_}"
            chosen = chosen if chosen[0].isalpha() else f"u-{chosen}"[:63]
            if self._resources.find(USE_CASE, chosen, tx.connection) is not None:
                raise Conflict(
                    "discovery-name-taken",
                    f"there is a use case `{chosen}` already",
                    remedy="link the proposal to it if it is the same, or accept it under another name",
                )
            declared = Declared(USE_CASE, chosen, {}, spec)
            self._resources.put_all(tx, [declared], {declared.key: 0}, source=f"discovery {id_}")
            return self._decide(tx, proposal, ProposalState.ACCEPTED, chosen, None)

        return self._units.run(context, work)

    def link(self, context: Context, id_: str, use_case: str, *, components: bool = False) -> Proposal:
        """Say that a proposal belongs to a registered use case; with `components`, again for its newer releases.

        Args:
            context: who says so.
            id_: of the proposal.
            use_case: its name.
            components: add the models and vendors seen to its declaration, and the identifier by which they were seen.

        Raises:
            NotFound: there is no such use case.
            Conflict: it is decided already.
        """

        def work(tx: Transaction) -> Proposal:
            proposal = self._one(tx.connection, id_)
            renewed = components and proposal.decision is not None and proposal.decision.use_case == use_case
            if not renewed:
                _refuse_decided(proposal)
            stored = self._resources.get(USE_CASE, use_case, tx.connection)
            if components:
                spec = with_components(cast("UseCase", stored.spec), proposal, _titles(self._catalogue(tx.connection)))
                declared = Declared(USE_CASE, use_case, stored.labels, spec)
                self._resources.put_all(tx, [declared], {declared.key: stored.generation}, source=f"discovery {id_}")
            return proposal if renewed else self._decide(tx, proposal, ProposalState.LINKED, use_case, None)

        return self._units.run(context, work)

    def dismiss(self, context: Context, id_: str, reason: str) -> Proposal:
        """Say that a proposal is no use case, and why. It stays dismissed when it is seen again.

        Raises:
            InvalidInput: no reason is given.
            Conflict: it is decided already.
        """
        _needs_reason(reason)
        return self._units.run(
            context,
            lambda tx: self._decide(
                tx, self._undecided(tx.connection, id_), ProposalState.DISMISSED, None, reason.strip()
            ),
        )

    def reopen(self, context: Context, id_: str, reason: str) -> Proposal:
        """Take a decision back. What accepting or linking declared stays declared.

        Raises:
            InvalidInput: no reason is given.
            Conflict: it is not decided.
        """
        _needs_reason(reason)

        def work(tx: Transaction) -> Proposal:
            proposal = self._one(tx.connection, id_)
            if proposal.decision is None:
                raise Conflict(
                    "discovery-undecided", f"nobody has decided about `{id_}`", remedy="accept, link or dismiss it"
                )
            rows.undecide(tx.connection, id_)
            tx.record(
                Draft(
                    "discovery.reopened",
                    _RESOURCE.format(id_),
                    decision="reopened",
                    facts={"before": proposal.decision.state.value},
                    texts={"reason": reason.strip().encode()},
                )
            )
            return replace(proposal, decision=None)

        return self._units.run(context, work)

    def _decide(
        self, tx: Transaction, proposal: Proposal, state: ProposalState, use_case: str | None, reason: str | None
    ) -> Proposal:
        resource = f"{USE_CASE}/{use_case}" if use_case else _RESOURCE.format(proposal.id)
        entry = tx.record(
            Draft(
                "discovery.decided",
                resource,
                decision=state.value,
                facts={"proposal": proposal.id, "scheme": proposal.scheme.value, "calls": proposal.usage.calls},
                texts={"caller": proposal.value.encode(), **({"reason": reason.encode()} if reason else {})},
            )
        )
        decision = Decision(state, use_case, reason, tx.now, tx.context.actor.ref)
        rows.decide(tx.connection, proposal.id, decision, entry)
        return replace(proposal, decision=decision)

    # ------------------------------------------------------------ see

    def proposals(
        self, state: ProposalState | None = ProposalState.OPEN, *, limit: int = 100, offset: int = 0
    ) -> tuple[list[Proposal], int]:
        """A page of proposals, the most called first, with matches where undecided; and how many there are."""
        with self._store.read() as connection:
            known = self._catalogue(connection)
            found = [each for each in self._all(connection, known) if state is None or each.state is state]
            found.sort(key=lambda each: (-each.usage.calls, each.title.lower(), each.id))
            page = found[offset : offset + limit]
            if any(each.decision is None for each in page):
                registered = self._registered(connection, known)
                page = [
                    replace(each, matches=registered.matches(each)) if each.decision is None else each for each in page
                ]
            return page, len(found)

    def counts(self) -> Mapping[ProposalState, int]:
        """How many proposals there are, by what was decided."""
        with self._store.read() as connection:
            return Counter(each.state for each in self._all(connection, self._catalogue(connection)))

    def find(self, id_: str) -> Proposal:
        """One proposal with its matches.

        Raises:
            NotFound: there is none.
        """
        with self._store.read() as connection:
            proposal = self._one(connection, id_)
            if proposal.decision is not None:
                return proposal
            return replace(
                proposal, matches=self._registered(connection, self._catalogue(connection)).matches(proposal)
            )

    def vendors(self) -> tuple[VendorLine, ...]:
        """Every vendor seen or declared: what the logs say against what the inventory says."""
        with self._store.read() as connection:
            known = self._catalogue(connection)
            profile = self._resources.find(PLATFORM_PROFILE, PROFILE_NAME, connection)
            return vendor_lines(
                self._all(connection, known),
                self._registered(connection, known),
                known,
                None if profile is None else cast("PlatformProfile", profile.spec),
            )

    def uploads(self, limit: int = 100) -> list[Upload]:
        """What was looked at, the newest first."""
        with self._store.read() as connection:
            return rows.uploads(connection, limit)

    # ------------------------------------------------------------ inside

    def _all(self, connection: sa.Connection, known: Catalogue) -> list[Proposal]:
        decided = rows.decisions(connection)
        titles = _titles(known)
        return [propose(id_, seen, decided.get(id_), titles) for id_, seen in rows.sightings(connection).items()]

    def _one(self, connection: sa.Connection, id_: str) -> Proposal:
        seen = rows.sightings(connection, [id_]).get(id_)
        if not seen:
            raise NotFound(
                "discovery-unknown",
                f"there is no proposal `{id_[:60]}`",
                remedy="list them with `roadworthy discover list`",
            )
        return propose(id_, seen, rows.decisions(connection, [id_]).get(id_), _titles(self._catalogue(connection)))

    def _undecided(self, connection: sa.Connection, id_: str) -> Proposal:
        proposal = self._one(connection, id_)
        _refuse_decided(proposal)
        return proposal

    def _registered(self, connection: sa.Connection, known: Catalogue) -> Registered:
        stored = self._resources.all(connection, USE_CASE)
        return Registered(((each.name, cast("UseCase", each.spec)) for each in stored), known)

    def _catalogue(self, connection: sa.Connection) -> Catalogue:
        declared = self._resources.all(connection, VENDOR)
        return catalogue((each.name, cast("VendorSpec", each.spec)) for each in declared)


def _titles(known: Catalogue) -> Mapping[str, str]:
    return {name: spec.title for name, spec in known.specs.items()}


def _salt(keys: Keys) -> bytes:
    """The same for every upload, so that tokens of one caller agree, and outside the database.

    An Ed25519 signature is deterministic (RFC 8032, section 5.1.6), so it serves as a secret of the key.
    """
    return hashlib.sha256(keys.signing(PURPOSE).sign(b"roadworthy discovery tokens 1")).digest()


def _upload(tx: Transaction, reading: Reading) -> Upload:
    return Upload(
        tx.new_id(), reading.source, reading.digest, reading.form, reading.rows, reading.counted, reading.notes,
        tx.now, tx.context.actor.ref,
    )  # fmt: skip


def _refuse_decided(proposal: Proposal) -> None:
    if proposal.decision is not None:
        where = f" as `{proposal.decision.use_case}`" if proposal.decision.use_case else ""
        raise Conflict(
            "discovery-decided",
            f"the proposal `{proposal.id}` is {proposal.decision.state} already{where}",
            remedy="take that decision back first, with its reason: `roadworthy discover reopen`",
        )


def _needs_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInput(
            "discovery-reason-missing",
            "this decision needs a reason",
            remedy="say in a sentence why, for whoever asks later",
        )


def _looked(upload: Upload, looked: Looked) -> Draft:
    """The entry of an upload: counts in clear; the file's name apart, for it may name a person."""
    reading = looked.reading
    return Draft(
        "discovery.looked",
        f"DiscoveryUpload/{upload.id}",
        basis=Basis(inputs=reading.digest),
        facts={
            "form": reading.form,
            "rows": reading.rows,
            "counted": reading.counted,
            "sightings": len(reading.sightings),
            "new": len(looked.new),
        },
        texts={"source": reading.source.encode()},
    )
