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
_FIRST = ("Ana", "Bram", "Chidi", "Dana", "Emre", "Fleur", "Goran", "Hana", "Ines", "Jonas", "Kofi", "Lena", "Milo")
_FIRST_MORE = ("Nadia", "Omar", "Priya", "Quinn", "Rosa", "Sami", "Tove", "Uma", "Viktor", "Wanda", "Yusuf", "Zoe")
_LAST = ("Aalto", "Brandt", "Castillo", "Dubois", "Eriksen", "Ferrari", "Gruber", "Hughes", "Ivanov", "Janssen")
_LAST_MORE = ("Kowalski", "Larsen", "Moreau", "Novak", "Okafor", "Petit", "Rossi", "Silva", "Tanaka", "Weber")

_OFTEN_SKIPPED = frozenset(
    {"data.path-audited", "integration.probed", "integration.rollback-tested", "ownership.change-plan"}
)
"""What nearly every pilot leaves for later; survives only half as often as the rest."""


@dataclass(frozen=True, slots=True)
class Care:
    """How careful people were with one dimension, in percent."""

    known: int
    """How much was written down or said at all."""
    good: int
    """How much of that is recent, finished and confirmed."""


CARE = {
    "thorough": Care(100, 100),
    "sound": Care(100, 80),
    "patchy": Care(75, 70),
    "thin": Care(40, 55),
    "bare": Care(12, 40),
}


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
    registered: dt.date
    accepted: tuple[tuple[Duty, dt.date], ...]
    """Duties that were accepted, and when."""
    statements: tuple[Statement, ...]


def organisation(draws: Draws, today: dt.date) -> tuple[DemoUseCase, ...]:
    """The whole invented organisation, the same for the same draws and day."""
    catalogue = yaml.safe_load(files(__package__).joinpath("catalogue.yaml").read_text(encoding="utf-8"))
    return tuple(_use_case(entry, draws, today) for entry in catalogue)


def _use_case(entry: Mapping[str, Any], draws: Draws, today: dt.date) -> DemoUseCase:
    care = {dimension: CARE[word] for dimension, word in entry["care"].items()}
    spec = dict(entry["spec"])
    spec["data"] = [_eroded(source, {"name"}, care["data"], draws) for source in spec["data"]]
    spec["integrations"] = [_eroded(part, {"system"}, care["integration"], draws) for part in spec["integrations"]]
    spec["risk"] = _eroded(spec["risk"], {"impact"}, care["governance"], draws)
    spec["owners"] = _owners(care["ownership"], entry.get("never", ()), draws)
    spec["outcome"] = _outcome(spec["outcome"], spec["owners"].get("business"), care["ownership"], draws, today)
    if not draws.chance(care["governance"].known):
        del spec["postures"]
    _dates(spec, draws, today)
    use_case = UseCase.model_validate(spec)
    statements = _statements(use_case, care, draws, today)
    registered = min([use_case.started or today, *(statement.observed for statement in statements)])
    accepted = tuple(
        (duty, min(today, registered + dt.timedelta(days=1 + draws.below(30))))
        for duty in Duty
        if use_case.owners.of(duty) and draws.chance(care["ownership"].good)
    )
    return DemoUseCase(entry["name"], use_case, registered, accepted, statements)


def _eroded(part: Mapping[str, Any], kept: set[str], care: Care, draws: Draws) -> dict[str, Any]:
    return {key: value for key, value in part.items() if draws.chance(care.known) or key in kept}


def _owners(care: Care, never: Sequence[str], draws: Draws) -> dict[str, str]:
    owners = {}
    for duty in Duty:
        person = _person(draws)
        if duty not in never and draws.chance(care.known):
            owners[duty.value] = person
    return owners


def _outcome(
    outcome: Mapping[str, Any], business: str | None, care: Care, draws: Draws, today: dt.date
) -> dict[str, Any]:
    kept = _eroded(outcome, {"metric"}, care, draws)
    if draws.chance(care.known):
        kept["by"] = today + dt.timedelta(days=60 + draws.below(240))
    if business is not None and draws.chance(care.known):
        kept["owner"] = business
    return kept


def _dates(spec: dict[str, Any], draws: Draws, today: dt.date) -> None:
    started = today - dt.timedelta(days=150 + draws.below(500))
    spec["started"] = started
    if spec["stage"] in {Stage.PRODUCTION, Stage.RETIRED}:
        spec["inUseSince"] = started + dt.timedelta(days=90 + draws.below(50))
    if spec["stage"] == Stage.RETIRED:
        spec["retired"] = today - dt.timedelta(days=5 + draws.below(5))


def _statements(use_case: UseCase, care: Mapping[str, Care], draws: Draws, today: dt.date) -> tuple[Statement, ...]:
    """Claims made for it: the good ones recent and mostly documented, the others old, half done or denied.

    Documents are handed in by the owner whose duty it is. Nobody vouches for what opens their own gate, so what rests
    on a word is said by somebody of the team.
    """
    statements = []
    colleague = _colleague(use_case, draws)
    for fact in FACTS.values():
        by = use_case.owners.of(Duty(fact.duty)) or use_case.owners.product
        of = care[fact.name.partition(".")[0]]
        thorough = of is CARE["thorough"]
        known = of.known // 2 if fact.name in _OFTEN_SKIPPED and not thorough else of.known
        if by is None or not draws.chance(known):
            continue
        good = draws.chance(of.good)
        age = draws.below(25) if good else 20 + draws.below(200)
        answer = Answer.YES if good else draws.pick((Answer.IN_PROGRESS, Answer.IN_PROGRESS, Answer.NO))
        documented = thorough or draws.chance(of.good // 2)
        who = by if documented else colleague
        statements.append(Statement(fact.name, answer, documented, who, today - dt.timedelta(days=age)))
    return tuple(statements)


def _colleague(use_case: UseCase, draws: Draws) -> str:
    """Somebody who holds none of the four duties."""
    owners = {use_case.owners.of(duty) for duty in Duty}
    while (handle := _person(draws)) in owners:
        pass
    return handle


def _person(draws: Draws) -> str:
    return f"{draws.pick(_FIRST + _FIRST_MORE)}.{draws.pick(_LAST + _LAST_MORE)}@{DOMAIN}".lower()
