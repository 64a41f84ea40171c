"""Audits the data path of an example, and holds the gaps against what was planted: all of it, and nothing else.

`audit.yaml` beside an example declares its data sources as a use case would, and says per line of `key.yaml` which
gap an audit has to show, or why no look at data can show it. The audit itself reads neither file's expectations.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from examples.planting import Planting
from roadworthy.inventory.model import DataSource, UseCase
from roadworthy.measure.data_audit.auditing import audit
from roadworthy.measure.data_audit.declaring import context_of, declared_of
from roadworthy.measure.data_audit.model import Audit, Gap
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.unaudited import one_sided, unaudited
from roadworthy.measure.fingerprint.engines.duckdb import DuckEngine
from roadworthy.measure.fingerprint.relation import Engine, Opened
from roadworthy.measure.fingerprint.sources.opening import open_source


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that an audit shows: a check that blocks, in the words of `audit.yaml`.

    A planted line may be shown as a gap, or as a question that so small a pilot leaves open: both block.
    """

    source: str
    rule: str
    column: str

    @classmethod
    def parse(cls, text: str) -> Seen:
        """From `source rule column`; the column may be left out."""
        source, rule, *column = text.split()
        return cls(source, rule, " ".join(column))

    def shows(self, expected: Seen) -> bool:
        """Whether it is what was expected; an expectation without a column takes any."""
        return (self.source, self.rule) == (expected.source, expected.rule) and expected.column in {"", self.column}


@dataclass(frozen=True, slots=True)
class Outcome:
    """An example's audits beside what was planted."""

    audits: Mapping[str, Audit]
    found: Mapping[str, tuple[str, ...]]
    """Planted line to what of its expectations was seen."""
    missed: Mapping[str, tuple[str, ...]]
    """Planted line to what of its expectations was not."""
    beyond: Mapping[str, str]
    """Planted line to the reason why data cannot show it."""
    unplanted: tuple[str, ...]
    """Gaps that nothing planted explains."""

    @property
    def all_and_only(self) -> bool:
        """Whether every planted gap was shown, and nothing else."""
        return not self.missed and not self.unplanted


Opening = Callable[[], AbstractContextManager[tuple[Engine, Callable[[str], Opened]]]]


@contextmanager
def inside() -> Iterator[tuple[Engine, Callable[[str], Opened]]]:
    """DuckDB inside this process."""
    with DuckEngine() as engine:
        yield engine, lambda location: open_source(location, engine)


def declaration(package: str) -> dict[str, Any]:
    """The example's `audit.yaml`."""
    content: dict[str, Any] = yaml.safe_load(files(package).joinpath("audit.yaml").read_text(encoding="utf-8"))
    return content


def audited(package: str, folder: Path, opening: Opening | None = None) -> dict[str, Audit]:
    """Every source of an example, audited as it would be for a registered use case.

    Args:
        package: of the example.
        folder: where its data was generated and landed.
        opening: gives an engine and what opens a location with it; None takes DuckDB inside this process.
    """
    content = declaration(package)
    use_case = UseCase.model_validate({"title": package, **content["useCase"]})
    now: dt.datetime = content["asOf"]
    opening = opening or inside
    return {source.name: _one(use_case, source, folder, now, opening) for source in use_case.data}


def outcome(package: str, audits: Mapping[str, Audit]) -> Outcome:
    """What was found of what was planted."""
    content = declaration(package)["expected"]
    planted = set(Planting(package).planted)
    if planted != set(content):
        raise ValueError(f"audit.yaml and key.yaml name different lines: {sorted(planted ^ set(content))}")
    seen = [each for one in audits.values() for each in _seen(one)]
    expected = {line: [Seen.parse(each) for each in said] for line, said in content.items() if isinstance(said, list)}
    found = {line: _those(wanted, seen, there=True) for line, wanted in expected.items()}
    missed = {line: gone for line, wanted in expected.items() if (gone := _those(wanted, seen, there=False))}
    every = [each for wanted in expected.values() for each in wanted]
    unplanted = tuple(
        f"{gap.source} {gap.rule} {gap.column or ''}: {gap.finding}"
        for one in audits.values()
        for gap in one.gaps
        if gap.verdict == "gap" and not any(each.shows(wanted) for each in _of_gap(gap) for wanted in every)
    )
    beyond = {line: str(said) for line, said in content.items() if isinstance(said, str)}
    return Outcome(audits, found, missed, beyond, unplanted)


def told(result: Outcome) -> Iterator[str]:
    """The outcome in lines for people."""
    for name, each in result.audits.items():
        share = each.headline.never_done.value or 0.0
        yield f"{name}: {each.headline.gaps} gaps, {each.headline.unknown} unknown, {share:.0%} of the work never done"
    for line, what in result.found.items():
        if line not in result.missed:
            yield f"  found   {line}: {', '.join(what)}"
    for line, why in result.beyond.items():
        yield f"  beyond  {line}: {why}"
    for line, what in result.missed.items():
        yield f"  MISSED  {line}: {', '.join(what)}"
    for gap in result.unplanted:
        yield f"  UNPLANTED {gap}"


# ---------------------------------------------------------------- inside


def _one(use_case: UseCase, source: DataSource, folder: Path, now: dt.datetime, opening: Opening) -> Audit:
    if source.pilot is None or source.production is None:
        context = context_of(use_case, source, None, now)
        return unaudited(one_sided(pilot=source.pilot, production=source.production), context, Policy.shipped(), now)
    with opening() as (engine, open_):
        sides = [open_(str(folder / side)) for side in (source.pilot, source.production)]
        return _compared(use_case, source, now, engine, sides)


def _compared(
    use_case: UseCase, source: DataSource, now: dt.datetime, engine: Engine, sides: Sequence[Opened]
) -> Audit:
    pilot, production = sides
    try:
        context = context_of(use_case, source, None, now)
        return audit(pilot, production, engine, context=context, now=now, declared=declared_of(source, None))
    finally:
        for side in sides:
            side.close()


def _seen(one: Audit) -> Iterator[Seen]:
    for gap in one.gaps:
        yield from _of_gap(gap)


def _of_gap(gap: Gap) -> Iterator[Seen]:
    for check in gap.checks:
        if check.verdict != "match":
            yield Seen(gap.source, check.rule, check.column or "")


def _those(wanted: Sequence[Seen], seen: Sequence[Seen], *, there: bool) -> tuple[str, ...]:
    return tuple(
        f"{each.source} {each.rule} {each.column}".strip()
        for each in wanted
        if any(one.shows(each) for one in seen) is there
    )
