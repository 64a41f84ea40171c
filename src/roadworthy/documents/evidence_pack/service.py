"""Making evidence packs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from roadworthy.documents.evidence_pack.choosing import Choosing
from roadworthy.documents.evidence_pack.model import Asked, PackOf
from roadworthy.documents.evidence_pack.pairs import APART, PAIRS
from roadworthy.documents.evidence_pack.telling import names, people_of, readme, title_of
from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.foundation.identity.model import Person
from roadworthy.foundation.instants import to_text
from roadworthy.foundation.ledger.completeness import Completeness, completeness
from roadworthy.foundation.ledger.draft import Context, Draft
from roadworthy.foundation.ledger.outside import store as outside
from roadworthy.foundation.ledger.pack.model import Selection, Written
from roadworthy.foundation.ledger.pack.writer import Source, write_pack
from roadworthy.foundation.ledger.service import Ledger
from roadworthy.foundation.runtime import Clock
from roadworthy.foundation.storage.store import Store


class Packs:
    """Makes evidence packs of one deployment.

    Args:
        store: where the ledger and what it speaks of are.
        ledger: signs the state that the packs lead to.
        clock: when a pack is made.
        people: who somebody is, by reference.
    """

    def __init__(
        self, store: Store, ledger: Ledger, clock: Clock, people: Callable[[Iterable[str]], Mapping[str, Person]]
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._clock = clock
        self._people = people

    def write(self, context: Context, asked: Asked, path: Path) -> Written:
        """Write a pack, and record who took what away.

        Raises:
            InvalidInput: the period ends before it begins.
            NotFound: nothing on record is called so, or nothing happened in that time.
            TooLarge: too many entries belong to it, or the file would be too large.
            IntegrityBroken: the ledger lacks an entry, or the signer refuses.
            Unavailable: the file cannot be written, or the index is being made anew.
        """
        if asked.since is not None and asked.until is not None and asked.until <= asked.since:
            raise InvalidInput(
                "pack-period-reversed",
                "the period ends before it begins",
                place=Place(field="until"),
                remedy="give a later end",
            )
        self._ledger.settle()
        signed = self._ledger.checkpoint()
        with self._store.read() as connection:
            chosen = Choosing(connection, signed.size).choose(asked)
            last = chosen.ranges[-1][1] - 1
            best = outside.best_covering(connection, last) or signed
            note = outside.cosigned_note(connection, best)
            extras = {"README.txt": readme(asked, chosen, self._ledger.origin, best.size)}
            if asked.texts and chosen.entries:
                extras["people.json"] = names(self._people(people_of(chosen.entries.values())))
            written = write_pack(
                Source(connection, best, self._ledger.origin, self._ledger.vkey, note),
                path,
                Selection(
                    about={**_about(asked), "made": to_text(self._clock.now()), "title": title_of(asked)},
                    ranges=chosen.ranges,
                    documents=chosen.documents,
                    extras=extras,
                    pairs=PAIRS,
                    apart=APART,
                    disclosing=asked.texts,
                ),
            )
        self._ledger.units.run(context, lambda tx: tx.record(_told(asked, written)))
        return written

    def completeness(self) -> Completeness:
        """What can be seen to be missing from the record: numbers of writers, and what began and never ended."""
        self._ledger.settle()
        with self._store.read() as connection:
            return completeness(connection, PAIRS, APART)


def _about(asked: Asked) -> dict[str, str | None]:
    return {
        "of": asked.of.value,
        "name": asked.name or None,
        "since": None if asked.since is None else to_text(asked.since),
        "until": None if asked.until is None else to_text(asked.until),
    }


def _told(asked: Asked, written: Written) -> Draft:
    facts = {
        **{name: value for name, value in _about(asked).items() if name != "name"},
        "digest": written.digest,
        "entries": written.entries,
        "payloads": written.payloads,
        "documents": written.documents,
    }
    if asked.of is PackOf.USE_CASE:
        facts["useCase"] = asked.name
    if asked.of is PackOf.DECISION:
        facts["request"] = asked.name
    if asked.of is PackOf.CERTIFICATE:
        facts["serial"] = asked.name
    return Draft("pack.made", f"EvidencePack/{written.digest.removeprefix('sha256:')}", facts=facts)
