"""From the catalogue, where everything is known, to a portfolio as one finds it: with gaps.

What survives of a use case depends on its `completeness`: a percentage drawn against for every single thing that
somebody would have had to write down, ask for or do.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import yaml

from roadworthy.demo.draws import Draws
from roadworthy.inventory.facts import FACTS, Answer
from roadworthy.inventory.model import Duty, Stage, UseCase

DOMAIN = "halden.example"
EVERYTHING = 100
"""Percent: a use case of which nothing was lost."""
_FIRST = ("Ana", "Bram", "Chidi", "Dana", "Emre", "Fleur", "Goran", "Hana", "Ines", "Jonas", "Kofi", "Lena", "Milo")
_FIRST_MORE = ("Nadia", "Omar", "Priya", "Quinn", "Rosa", "Sami", "Tove", "Uma", "Viktor", "Wanda", "Yusuf", "Zoe")
_LAST = ("Aalto", "Brandt", "Castillo", "Dubois", "Eriksen", "Ferrari", "Gruber", "Hughes", "Ivanov", "Janssen")
_LAST_MORE = ("Kowalski", "Larsen", "Moreau", "Novak", "Okafor", "Petit", "Rossi", "Silva", "Tanaka", "Weber")

_LOSES_LATE = frozenset({"metric"})
"""What even a careless registration names."""
_WEAK_POINTS = frozenset(
    {"data.path-audited", "integration.probed", "integration.rollback-tested", "ownership.change-plan"}
)
"""What nearly every pilot skips: half the chance of the rest."""
_DOCUMENT_KINDS = ("governance.", "data.")


@dataclass(frozen=True, slots=True)
class Statement:
    """A claim that somebody in the demo organisation makes."""

    fact: str
    answer: Answer
    documented: bool
    by: str
    observed: dt.date


@dataclass(frozen=True, slots=True)
class DemoUseCase:
    """A use case with its owners' acceptances and its evidence, ready to be entered."""

    name: str
    spec: UseCase
    accepted: tuple[Duty, ...]
    statements: tuple[Statement, ...]


def organisation(draws: Draws, today: dt.date) -> tuple[DemoUseCase, ...]:
    """The whole invented organisation, the same for the same draws and day."""
    catalogue = yaml.safe_load(files(__package__).joinpath("catalogue.yaml").read_text(encoding="utf-8"))
    return tuple(_use_case(entry, draws, today) for entry in catalogue)


def _use_case(entry: Mapping[str, Any], draws: Draws, today: dt.date) -> DemoUseCase:
    completeness: int = entry["completeness"]
    spec = dict(entry["spec"])
    spec["data"] = [_eroded(source, {"name"}, completeness, draws) for source in spec["data"]]
    spec["integrations"] = [_eroded(part, {"system"}, completeness, draws) for part in spec["integrations"]]
    spec["risk"] = _eroded(spec["risk"], set(), min(100, completeness + 15), draws)
    owners = _owners(completeness, entry.get("never", ()), draws)
    spec["owners"] = owners
    spec["outcome"] = _outcome(spec["outcome"], owners.get("business"), completeness, draws, today)
    if not draws.chance(completeness + 20):
        del spec["postures"]
    _dates(spec, draws, today)
    use_case = UseCase.model_validate(spec)
    accepted = tuple(duty for duty in Duty if use_case.owners.of(duty) and draws.chance(completeness))
    return DemoUseCase(entry["name"], use_case, accepted, _statements(use_case, completeness, draws, today))


def _eroded(part: Mapping[str, Any], kept: set[str], completeness: int, draws: Draws) -> dict[str, Any]:
    return {key: value for key, value in part.items() if draws.chance(completeness) or key in kept}


def _owners(completeness: int, never: Sequence[str], draws: Draws) -> dict[str, str]:
    owners = {}
    for duty in Duty:
        person = f"{draws.pick(_FIRST + _FIRST_MORE)}.{draws.pick(_LAST + _LAST_MORE)}@{DOMAIN}".lower()
        if duty not in never and draws.chance(completeness + 20):
            owners[duty.value] = person
    return owners


def _outcome(
    outcome: Mapping[str, Any], business: str | None, completeness: int, draws: Draws, today: dt.date
) -> dict[str, Any]:
    kept = _eroded(outcome, set(_LOSES_LATE), completeness + 10, draws)
    if draws.chance(completeness):
        kept["by"] = today + dt.timedelta(days=60 + draws.below(240))
    if business is not None and draws.chance(completeness):
        kept["owner"] = business
    return kept


def _dates(spec: dict[str, Any], draws: Draws, today: dt.date) -> None:
    started = today - dt.timedelta(days=150 + draws.below(500))
    spec["started"] = started
    if spec["stage"] in {Stage.PRODUCTION, Stage.RETIRED}:
        spec["inUseSince"] = started + dt.timedelta(days=90 + draws.below(50))
    if spec["stage"] == Stage.RETIRED:
        spec["retired"] = today - dt.timedelta(days=5 + draws.below(5))


def _statements(use_case: UseCase, completeness: int, draws: Draws, today: dt.date) -> tuple[Statement, ...]:
    """Claims made for it; the careful ones are recent and documented, the others old, attested or `no`."""
    statements = []
    for fact in FACTS.values():
        by = use_case.owners.of(Duty(fact.duty))
        chance = completeness if completeness == EVERYTHING or fact.name not in _WEAK_POINTS else completeness // 2
        if by is None or not draws.chance(chance):
            continue
        careful = draws.chance(completeness)
        age = draws.below(40) if careful else 20 + draws.below(200)
        answer = Answer.YES if careful else draws.pick((Answer.YES, Answer.YES, Answer.IN_PROGRESS, Answer.NO))
        documented = completeness == EVERYTHING or (
            fact.name.startswith(_DOCUMENT_KINDS) and draws.chance(completeness)
        )
        statements.append(Statement(fact.name, answer, documented, by, today - dt.timedelta(days=age)))
    return tuple(statements)
