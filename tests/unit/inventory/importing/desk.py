"""An inventory on a store, with the services that import into it and export from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from roadworthy.foundation.ledger.appender import appender_for
from roadworthy.foundation.ledger.draft import Actor, ActorKind, Context
from roadworthy.foundation.ledger.unit import Units
from roadworthy.foundation.resources.documents import declare
from roadworthy.foundation.resources.registry import Registry
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.runtime import Runtime, simulated
from roadworthy.foundation.storage.store import Store
from roadworthy.inventory.exporting.service import ExportService
from roadworthy.inventory.importing.service import ImportService
from roadworthy.inventory.kinds import USE_CASE, kinds
from roadworthy.inventory.service import Inventory

PERSON = Context(Actor(ActorKind.PERSON, "person-1", via="web"))


@dataclass(frozen=True)
class Desk:
    """The services of one store."""

    store: Store
    units: Units
    resources: Resources
    inventory: Inventory
    imports: ImportService
    exports: ExportService

    def edit(self, name: str, **changes: Any) -> None:
        """Change fields of a use case as a person would, by a declaration."""
        stored = self.resources.get(USE_CASE, name)
        spec = {**stored.spec.model_dump(mode="json", by_alias=True, exclude_defaults=True), **changes}
        kept = {key: value for key, value in spec.items() if value is not None}
        self.resources.apply(PERSON, self.resources.plan([declare(self.resources.registry.get(USE_CASE), name, kept)]))

    def spec(self, name: str) -> dict[str, Any]:
        """The spec that stands."""
        return self.resources.get(USE_CASE, name).spec.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def desk_on(store: Store, runtime: Runtime | None = None) -> Desk:
    """Services on an open store with all tables."""
    running = runtime or simulated()
    units = Units(store, appender_for(store, running, "test"), running)
    resources = Resources(store, units, Registry(kinds()))
    inventory = Inventory(store, units, resources)
    return Desk(
        store, units, resources, inventory, ImportService(store, units, resources), ExportService(store, inventory)
    )
