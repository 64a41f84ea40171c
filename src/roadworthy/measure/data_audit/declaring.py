"""What the register and a contract say about a source, as measuring and judging take it: pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from roadworthy.foundation import spans
from roadworthy.inventory.model import DataSource, Duty, UseCase
from roadworthy.measure.data_audit.contract.checking import chosen
from roadworthy.measure.data_audit.contract.shape import Contract, Property, Side, Table
from roadworthy.measure.data_audit.model import Context
from roadworthy.measure.fingerprint.terms import Declared

PERSONAL_TAG = "personal-"
"""How tags of a contract begin that name a kind of personal data."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Where the two sides of a source are; None where nobody has said."""

    pilot: str | None
    production: str | None


def sides_of(source: DataSource, contract: Contract | None) -> Sides:
    """The locations that are declared, and where one is not, the contract's server of that side."""
    return Sides(source.pilot or _server(contract, Side.PILOT), source.production or _server(contract, Side.PRODUCTION))


def declared_of(source: DataSource, contract: Contract | None) -> Declared:
    """What people say of the columns. What the use case declares goes before what its contract says."""
    columns = source.columns
    table = _table(source, contract)
    properties = () if table is None else table.properties
    units = {each.name: each.unit for each in properties if each.unit is not None}
    return Declared(
        key=columns.key or (() if table is None else table.key),
        event_time=columns.event_time,
        ingest_time=columns.ingest_time,
        decision_time=columns.decision_time,
        label=columns.label,
        label_time=columns.label_time,
        taxonomy=columns.taxonomy,
        text=columns.text,
        document_owner=columns.document_owner,
        document_reviewed=columns.document_reviewed,
        document_access=columns.document_access,
        document_title=columns.document_title,
        units={**units, **source.units},
        personal=_personal(source, properties),
        filters=source.pilot_filters,
        pilot_names=columns.pilot_names,
    )


def context_of(use_case: UseCase, source: DataSource, contract: Contract | None, now: dt.datetime) -> Context:
    """What judging has to know about the source and the use case that reads it."""
    after = source.columns.decision_time
    truth = source.source_of_truth
    if truth is None and contract is not None and contract.source_of_truth is not None:
        truth = True
    return Context(
        source=source.name,
        registered=True,
        use_case_class=None if use_case.class_ is None else use_case.class_.value,
        steward=source.steward or (None if contract is None else contract.steward),
        owners={duty.value: use_case.owners.of(duty) for duty in Duty},
        source_of_truth=truth,
        refresh=source.refresh or (None if contract is None else contract.refresh),
        decision_after=after if after is not None and spans.seconds(after) is not None else None,
        retention_days=source.retention_days or (None if contract is None else contract.retention_days),
        required=source.columns.required,
        origins=_origins(_table(source, contract)),
        now=now,
    )


def _server(contract: Contract | None, side: Side) -> str | None:
    server = None if contract is None else contract.at(side)
    return None if server is None else server.location


def _table(source: DataSource, contract: Contract | None) -> Table | None:
    return None if contract is None else chosen(contract, source.name)


def _origins(table: Table | None) -> Mapping[str, str] | None:
    """Column to what its values are made from; None where the contract names no origin at all.

    Then it says nothing of any column: what it leaves out is a hole only where it names others.
    """
    found = {} if table is None else {each.name: ", ".join(each.sources) for each in table.properties}
    return found if any(found.values()) else None


def _personal(source: DataSource, properties: tuple[Property, ...]) -> tuple[str, ...] | None:
    if source.personal_kinds is not None:
        return source.personal_kinds
    tagged = sorted({tag.removeprefix(PERSONAL_TAG) for each in properties for tag in each.tags if _is_kind(tag)})
    if tagged:
        return tuple(tagged)
    return () if source.personal_data is False else None


def _is_kind(tag: str) -> bool:
    return tag.startswith(PERSONAL_TAG) and len(tag) > len(PERSONAL_TAG)


def source_of(contract: Contract, table: str | None = None, path: str | None = None) -> DataSource:
    """A contract as the declaration of a data source, for whoever writes a use case; what it does not say stays unset.

    Args:
        contract: what was read.
        table: which of its tables; the only one where none is given.
        path: of the contract's file, to be named in the declaration.
    """
    of = chosen(contract, table or "")
    names = () if of is None else of.properties
    kinds = sorted({tag.removeprefix(PERSONAL_TAG) for each in names for tag in each.tags if _is_kind(tag)})
    given = {
        "name": (contract.name if of is None else of.name) or contract.id,
        "pilot": _server(contract, Side.PILOT),
        "production": _server(contract, Side.PRODUCTION),
        "refresh": contract.refresh,
        "steward": contract.steward,
        "sourceOfTruth": True if contract.source_of_truth is not None else None,
        "personalKinds": kinds or None,
        "documentation": contract.source_of_truth,
        "columns": {
            "key": [] if of is None else list(of.key),
            "taxonomy": [each.name for each in names if each.values is not None],
        },
        "units": {each.name: each.unit for each in names if each.unit is not None},
        "retentionDays": contract.retention_days,
        "contract": path,
    }
    return DataSource.model_validate({name: value for name, value in given.items() if value is not None})
