"""Exports of the inventory, each from one snapshot."""

from __future__ import annotations

from collections.abc import Sequence

from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.exporting.files import to_csv, to_xlsx
from roadworthy.inventory.exporting.omb import OmbInventory, export
from roadworthy.inventory.exporting.sheet import table
from roadworthy.inventory.service import Inventory


class ExportService:
    """The inventory as files."""

    def __init__(self, store: Store, inventory: Inventory) -> None:
        self._store = store
        self._inventory = inventory

    def csv(self, names: Sequence[str] | None = None) -> bytes:
        """All or some use cases as one flat table."""
        with self._store.read() as connection:
            return to_csv(table(self._inventory.subjects(connection, names)))

    def xlsx(self, names: Sequence[str] | None = None) -> bytes:
        """The same as a workbook."""
        with self._store.read() as connection:
            return to_xlsx({"use cases": table(self._inventory.subjects(connection, names))})

    def omb(self, names: Sequence[str] | None = None) -> OmbInventory:
        """In the shape of the US federal inventory of 2025, with its gaps."""
        with self._store.read() as connection:
            return export(self._inventory.subjects(connection, names))

    def omb_csv(self, names: Sequence[str] | None = None) -> bytes:
        """The federal shape as CSV; the gaps are in `omb`."""
        return to_csv(self.omb(names).rows)

    def omb_xlsx(self, names: Sequence[str] | None = None) -> bytes:
        """The federal shape as a workbook, with a second sheet that lists the gaps."""
        found = self.omb(names)
        return to_xlsx({"inventory": found.rows, "gaps": found.gap_rows()})
