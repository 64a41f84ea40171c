"""The inventory as one flat table, with headers that the import understands again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from roadworthy.inventory.facts import FACTS
from roadworthy.inventory.importing.synonyms import IDENTITY
from roadworthy.inventory.model import ComponentKind
from roadworthy.inventory.service import Subject

Rows: TypeAlias = list[list[str]]
_Cell: TypeAlias = Callable[[Subject], object]
_JOIN = "; "


def _components(kind: ComponentKind) -> _Cell:
    return lambda subject: _JOIN.join(part.name for part in subject.spec.components if part.kind is kind)


def _outcome(field: str) -> _Cell:
    return lambda subject: getattr(subject.spec.outcome, field, None)


def _identifier(scheme: str) -> _Cell:
    return lambda subject: _JOIN.join(one.value for one in subject.spec.identifiers if one.scheme == scheme)


COLUMNS: tuple[tuple[str, _Cell], ...] = (
    ("Roadworthy name", lambda subject: subject.name),
    ("Use case ID", _identifier(IDENTITY[len("identifiers[") : -1])),
    ("Title", lambda subject: subject.spec.title),
    ("Organisation", lambda subject: subject.spec.organisation),
    ("Business unit", lambda subject: subject.spec.unit),
    ("Sector", lambda subject: subject.spec.sector),
    ("Topic area", lambda subject: subject.spec.topic),
    ("Stage", lambda subject: subject.spec.stage),
    ("Class", lambda subject: subject.spec.class_),
    ("Techniques", lambda subject: _JOIN.join(subject.spec.techniques)),
    ("Purpose", lambda subject: subject.spec.purpose),
    ("Expected benefits", lambda subject: subject.spec.benefits),
    ("Outputs", lambda subject: subject.spec.outputs),
    ("Contact", lambda subject: subject.spec.contact),
    ("Product owner", lambda subject: subject.spec.owners.product),
    ("Platform owner", lambda subject: subject.spec.owners.platform),
    ("Governance owner", lambda subject: subject.spec.owners.governance),
    ("Business owner", lambda subject: subject.spec.owners.business),
    ("Tier by rule", lambda subject: subject.tier.tier),
    ("Impact type", lambda subject: subject.spec.risk.impact),
    ("Autonomy", lambda subject: subject.spec.risk.autonomy),
    ("Personal data", lambda subject: subject.spec.risk.personal_data),
    ("Exposure", lambda subject: subject.spec.risk.exposure),
    ("Outcome metric", _outcome("metric")),
    ("Unit of measure", _outcome("unit")),
    ("Baseline", _outcome("baseline")),
    ("Target", _outcome("target")),
    ("Target date", _outcome("by")),
    ("Outcome owner", _outcome("owner")),
    ("Models", _components(ComponentKind.MODEL)),
    ("Vendors", _components(ComponentKind.VENDOR)),
    ("Tools", _components(ComponentKind.TOOL)),
    ("Data sources", lambda subject: _JOIN.join(source.name for source in subject.spec.data)),
    ("Integrations", lambda subject: _JOIN.join(each.system for each in subject.spec.integrations)),
    ("Frameworks", lambda subject: _JOIN.join(subject.spec.postures)),
    ("Start date", lambda subject: subject.spec.started),
    ("In use since", lambda subject: subject.spec.in_use_since),
    ("Date retired", lambda subject: subject.spec.retired),
    ("Links", lambda subject: " ".join(subject.spec.links)),
)
"""Header and cell of every column about the use case itself; facts follow with one column each."""


def table(subjects: Iterable[Subject]) -> Rows:
    """Headers and one row for each use case; an unset field is an empty cell."""
    facts = tuple(FACTS.values())
    rows: Rows = [[*(header for header, _ in COLUMNS), *(fact.question for fact in facts)]]
    for subject in subjects:
        answers = {name: said.answer.value for name, said in subject.answers.items()}
        cells = [text(cell(subject)) for _, cell in COLUMNS]
        rows.append([*cells, *(answers.get(fact.name, "") for fact in facts)])
    return rows


def text(value: object) -> str:
    """A value as a cell."""
    return "" if value is None else str(value)
