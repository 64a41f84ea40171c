"""Imports: look at a file, then bring it in whole or not at all; a second time changes nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import sqlalchemy as sa

from roadworthy.foundation.digests import digest
from roadworthy.foundation.errors import NotFound, Place
from roadworthy.foundation.ledger.draft import Basis, Context, Draft
from roadworthy.foundation.ledger.unit import Transaction, Units
from roadworthy.foundation.resources.model import Action
from roadworthy.foundation.resources.plan import Plan
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory import store as inventory_rows
from roadworthy.inventory.importing import layout
from roadworthy.inventory.importing import mapping as naming
from roadworthy.inventory.importing import store as rows
from roadworthy.inventory.importing.comparing import Merged, Standing, compare
from roadworthy.inventory.importing.model import ColumnMapping, Placement, Proposal, Table, Workbook
from roadworthy.inventory.importing.placing import place
from roadworthy.inventory.importing.reading import read
from roadworthy.inventory.importing.report import (
    ImportReport,
    Preview,
    Reading,
    describe,
    effects_to_dict,
    reading_to_dict,
)
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.store import ReportedAnswer

_SAMPLE = 20
_FILE_NAME = 400
_PLACE = 400


@dataclass(frozen=True, slots=True)
class _Understood:
    """A file after the pure steps; nothing of it depends on the inventory."""

    book: Workbook
    table: Table
    proposals: tuple[Proposal, ...]
    placement: Placement
    reading: Reading
    decided: ColumnMapping | None
    """What the caller decided, to be remembered."""
    signature: str
    """Of the table that is found without any mapping, so that the next file of this shape finds the decision."""


class ImportService:
    """Spreadsheets into the inventory."""

    def __init__(self, store: Store, units: Units, resources: Resources) -> None:
        self._store = store
        self._units = units
        self._resources = resources

    def preview(
        self, name: str, content: bytes, mapping: ColumnMapping | None = None, take: Collection[str] = ()
    ) -> Preview:
        """What an import would do; writes nothing.

        Args:
            name: of the file, for messages.
            content: all of it.
            mapping: what a person decided about its columns; without one, an earlier decision about the same
                headers is used, and the rest is proposed.
            take: keys of conflicts (`<use case>:<field>`) to decide for the file.

        Raises:
            InvalidInput: the file or the mapping cannot be used, with place and remedy.
        """
        with self._store.read() as connection:
            understood = self._understand(connection, name, content, mapping)
            merged = self._merge(connection, understood, take)
        return Preview(understood.reading, merged.effects, understood.placement.rows[:_SAMPLE])

    def run(
        self,
        context: Context,
        name: str,
        content: bytes,
        mapping: ColumnMapping | None = None,
        take: Collection[str] = (),
    ) -> ImportReport:
        """Bring a file in, whole or not at all.

        Every row becomes a use case and every cell is kept. What a person changed since the last import is
        never overwritten: such fields are listed as conflicts, unless `take` decides for the file.

        Raises:
            InvalidInput: the file or the mapping cannot be used; nothing was done.
            Unavailable: the commit did not happen; nothing was done.
        """
        with self._store.read() as connection:
            understood = self._understand(connection, name, content, mapping)

        def work(tx: Transaction) -> ImportReport:
            merged = self._merge(tx.connection, understood, take)
            return self._write(tx, understood, merged, digest(content))

        return self._units.run(context, work)

    def plan(self, name: str, content: bytes, mapping: ColumnMapping | None = None, take: Collection[str] = ()) -> Plan:
        """What an import would declare, as a plan: where that takes a decision, this is what to propose.

        Once it is carried out, the import itself finds nothing left to declare and keeps its rows and answers.

        Raises:
            InvalidInput: the file cannot be read.
        """
        with self._store.read() as connection:
            merged = self._merge(connection, self._understand(connection, name, content, mapping), take)
        return self._resources.plan(merged.declared)

    def runs(self, limit: int = 100) -> list[rows.Run]:
        """Imports that changed something, the newest first."""
        with self._store.read() as connection:
            return rows.runs(connection, limit)

    def source(self, import_id: str) -> tuple[rows.Run, list[rows.SourceRow]]:
        """An import with every source row.

        Raises:
            NotFound: there is no such import.
        """
        with self._store.read() as connection:
            run = rows.run_of(connection, import_id)
            if run is None:
                raise NotFound(
                    "import-not-found", f"there is no import `{import_id}`",
                    place=Place(source=f"Import/{import_id}"), remedy="see the list of imports",
                )  # fmt: skip
            return run, list(rows.rows_of(connection, import_id))

    def sources_of(self, use_case: str) -> list[rows.SourceRow]:
        """Every source row that ever became this use case, the newest import first."""
        with self._store.read() as connection:
            return rows.sources_of(connection, use_case)

    # ------------------------------------------------------------ inside

    @staticmethod
    def _understand(connection: sa.Connection, name: str, content: bytes, mapping: ColumnMapping | None) -> _Understood:
        book = read(name, content)
        plain = mapping is None or (mapping.sheet is None and mapping.header is None)
        table = layout.find_table(book, mapping)
        signature = naming.signature(table if plain else layout.find_table(book))
        known = rows.mapping_for(connection, signature) if mapping is None else None
        if known is not None and (known.sheet or known.header):
            table = layout.find_table(book, known)
        used = mapping if mapping is not None else known
        proposals = naming.propose(table, used)
        placement = place(table, proposals, used)
        reading = describe(
            table, proposals, placement, file=name, form=book.form,
            mapping=naming.as_mapping(proposals, used), remembered=known is not None,
        )  # fmt: skip
        return _Understood(book, table, proposals, placement, reading, mapping, signature)

    def _merge(self, connection: sa.Connection, understood: _Understood, take: Collection[str]) -> Merged:
        names = [row.name for row in understood.placement.rows]
        wanted = set(names)
        standing = Standing(
            specs={one.name: one for one in self._resources.all(connection, USE_CASE) if one.name in wanted},
            baselines=rows.baselines(connection, names),
            answers=inventory_rows.answers_by_name(connection, names),
        )
        targets = frozenset(proposal.target for proposal in understood.proposals)
        return compare(understood.placement.rows, targets, standing, understood.book.name[:_FILE_NAME], take)

    def _write(self, tx: Transaction, understood: _Understood, merged: Merged, content: str) -> ImportReport:
        report = ImportReport(None, understood.reading, merged.effects, understood.placement.rows)
        actor = tx.context.actor.ref
        if understood.decided is not None:
            rows.remember_mapping(tx.connection, understood.signature, understood.decided, tx.now, actor)
        if not merged.changes:
            return report
        import_id = tx.new_id()
        file = understood.book.name[:_FILE_NAME]
        applied = self._resources.put_all(tx, merged.declared, None, source=f"import {file}")
        counts = {action: sum(1 for one in applied if one.action is action) for action in Action}
        entry = tx.record(
            Draft(
                what="import.applied",
                resource=f"Import/{import_id}",
                basis=Basis(inputs=content),
                facts={
                    "rows": len(report.rows),
                    "created": counts[Action.CREATE],
                    "updated": counts[Action.UPDATE],
                    "answers": len(merged.answers),
                    "conflicts": len(merged.effects.conflicts),
                },
                texts={"file": understood.book.name.encode()},
            )
        )
        summary = {**reading_to_dict(understood.reading), **effects_to_dict(merged.effects)}
        run = rows.Run(import_id, file, content, understood.book.form, len(report.rows), summary, tx.now, actor)
        rows.add_run(tx.connection, run, understood.signature, entry)
        rows.add_rows(tx.connection, import_id, report.rows)
        rows.remember_specs(tx.connection, import_id, file, merged.remembered)
        self._write_answers(tx, merged, import_id, file)
        return replace(report, import_id=import_id)

    @staticmethod
    def _write_answers(tx: Transaction, merged: Merged, import_id: str, file: str) -> None:
        reported = []
        for name, fact, row in merged.answers:
            said = row.answers[fact]
            where = str(Place(source=file, sheet=row.sheet or None, cell=said.cell))[:_PLACE]
            reported.append(ReportedAnswer(name, fact, said.answer, import_id, where, tx.now))
        inventory_rows.report(tx.connection, reported)
        rows.forget_answers(tx.connection, merged.withdrawn)
        already = {one.name for one in merged.declared}
        touched = {name for name, _, _ in merged.answers} | {name for name, _ in merged.withdrawn}
        inventory_rows.touch(tx.connection, sorted(touched - already))
