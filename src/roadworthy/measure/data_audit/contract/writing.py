"""Writes a contract as an Open Data Contract Standard 3.1 file, so that reading it gives the same contract."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from roadworthy.foundation import spans
from roadworthy.foundation.resources.nodes import scalar
from roadworthy.measure.data_audit.contract.odcs import DIGEST, UNIT
from roadworthy.measure.data_audit.contract.shape import Bound, Contract, Property, Quality, Server, Table
from roadworthy.measure.fingerprint.model import Form

STANDARD = "v3.1.0"
_LOGICAL: Mapping[Form, str] = {
    Form.INTEGER: "integer",
    Form.DECIMAL: "number",
    Form.BOOLEAN: "boolean",
    Form.DATE: "date",
    Form.TIMESTAMP: "timestamp",
    Form.TEXT: "string",
    Form.NESTED: "object",
}
"""Binary columns have no logical type in the standard; their physical type says it."""
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")


class _Dumper(yaml.SafeDumper):
    """Quotes every text that our reader, or another one, could take for something else."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002 - the base's signature
        """Write everything out."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    plain = _PLAIN.fullmatch(text) is not None and scalar(text) == text
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if plain else '"')


_Dumper.add_representer(str, _text)


def write(contract: Contract) -> str:
    """The text of the file; valid by the standard's own JSON Schema for 3.1."""
    values = {
        "apiVersion": STANDARD,
        "kind": "DataContract",
        "id": contract.id,
        "name": contract.name,
        "version": contract.version,
        "status": contract.status,
        "description": None if contract.purpose is None else {"purpose": contract.purpose},
        "servers": [_server(each) for each in contract.servers],
        "schema": [_table(each) for each in contract.tables],
        "team": _team(contract),
        "slaProperties": _sla(contract),
        "authoritativeDefinitions": None
        if contract.source_of_truth is None
        else [{"url": contract.source_of_truth, "type": "canonical"}],
        "customProperties": _custom(
            {**contract.extra, **({} if contract.digest is None else {DIGEST: contract.digest})}
        ),
    }
    return yaml.dump(_kept(values), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def _kept(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None and value not in ([], {})}


def _server(server: Server) -> dict[str, Any]:
    return _kept(
        {
            "server": server.name,
            "type": server.kind or "custom",
            "environment": server.environment,
            "location": server.location,
        }
    )


def _table(table: Table) -> dict[str, Any]:
    return _kept(
        {
            "name": table.name,
            "physicalName": table.physical,
            "description": table.description,
            "properties": [_property(each) for each in table.properties],
            "quality": [_quality(each) for each in table.quality],
        }
    )


def _property(each: Property) -> dict[str, Any]:
    rules = [_quality(rule) for rule in each.quality]
    if each.values is not None and not any(rule.values == each.values for rule in each.quality):
        rules.append(_quality(_enumeration(each.values)))
    return _kept(
        {
            "name": each.name,
            "description": each.description,
            "logicalType": None if each.form is None else _LOGICAL.get(each.form),
            "physicalType": each.physical,
            "logicalTypeOptions": _options(each),
            "required": each.required or None,
            "unique": each.unique or None,
            "primaryKey": True if each.key is not None else None,
            "primaryKeyPosition": each.key,
            "classification": each.classification,
            "criticalDataElement": each.critical or None,
            "transformSourceObjects": list(each.sources),
            "examples": list(each.examples),
            "tags": list(each.tags),
            "quality": rules,
            "relationships": [{"type": "foreignKey", "to": target} for target in each.references],
            "customProperties": _custom({} if each.unit is None else {UNIT: each.unit}),
        }
    )


def _options(each: Property) -> dict[str, Any] | None:
    if each.form is None or not each.form.numeric:
        return None
    return _kept({"minimum": _number(each.least), "maximum": _number(each.greatest)})


def _enumeration(values: tuple[str, ...]) -> Quality:
    """3.1 has no `enum` of a property; it says the same by a rule."""
    return Quality("invalidValues", Bound.BE, (0.0,), values=values)


def _quality(rule: Quality) -> dict[str, Any]:
    named = "missingValues" if rule.metric == "missingValues" else "validValues"
    limits = [_number(each) for each in rule.limits]
    return _kept(
        {
            "type": "library",
            "metric": rule.metric,
            rule.bound.value: limits if rule.bound in {Bound.BETWEEN, Bound.NOT_BETWEEN} else limits[0],
            "unit": "percent" if rule.percent else None,
            "arguments": _kept({named: list(rule.values), "properties": list(rule.columns)}),
            "severity": rule.severity,
        }
    )


def _number(value: float | None) -> int | float | None:
    """Whole numbers without a fraction."""
    return int(value) if value is not None and value.is_integer() and abs(value) < 2**53 else value


def _team(contract: Contract) -> dict[str, Any] | None:
    if not contract.team:
        return None
    members = [_kept({"username": each.username, "role": each.role, "dateOut": each.left}) for each in contract.team]
    return {"name": contract.name or "team", "members": members}


def _sla(contract: Contract) -> list[dict[str, Any]]:
    found = []
    for name, text in (
        ("frequency", contract.refresh),
        ("latency", contract.latency),
        ("freshness", contract.freshness),
        ("retention", None if contract.retention_days is None else f"{contract.retention_days}d"),
    ):
        span = spans.longest(text)
        if span is not None:
            value, unit = spans.parted(span)
            found.append({"property": name, "value": value, "unit": unit})
    return found


def _custom(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"property": name, "value": value} for name, value in sorted(values.items())]
