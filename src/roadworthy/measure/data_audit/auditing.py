"""One source audited: both sides measured, laid side by side, judged, and made into a list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from roadworthy.foundation.errors import InvalidInput, RoadworthyError, Unavailable
from roadworthy.measure.data_audit.gaps import gaps
from roadworthy.measure.data_audit.headline import headline
from roadworthy.measure.data_audit.judging import judge
from roadworthy.measure.data_audit.live import look
from roadworthy.measure.data_audit.matching import matched
from roadworthy.measure.data_audit.model import Audit, Context, Live, Matching, Pair, Unproven
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.fingerprint.lacking import without_damage
from roadworthy.measure.fingerprint.measuring import measure
from roadworthy.measure.fingerprint.model import Fingerprint
from roadworthy.measure.fingerprint.progress import Cancelled, Progress, Quiet
from roadworthy.measure.fingerprint.relation import Engine, Opened
from roadworthy.measure.fingerprint.terms import Declared

_NOTHING = Declared()
_SHOWN = 3
"""Names of parts in a sentence."""
_QUIET = Quiet()
_PRODUCTION, _PILOT, _AGAIN = (0.0, 0.75), (0.75, 0.85), (0.85, 0.9)
"""Which stretch of the whole each measurement takes."""


class Measurer(Protocol):
    """Measures an opened source: `measure`, or what knows parts that were measured before."""

    def __call__(
        self, opened: Opened, engine: Engine, declared: Declared, *, now: dt.datetime, progress: Progress
    ) -> Fingerprint:
        """The fingerprint."""


def audit(  # noqa: PLR0913 - everything that an audit is made under, each by its own name
    pilot: Opened | Fingerprint,
    production: Opened | Fingerprint,
    engine: Engine | None,
    *,
    context: Context,
    now: dt.datetime,
    declared: Declared = _NOTHING,
    pilot_declared: Declared | None = None,
    policy: Policy | None = None,
    progress: Progress = _QUIET,
    measurer: Measurer = measure,
) -> Audit:
    """Compare what the pilot had with what production has.

    Args:
        pilot: opened, or a fingerprint that travelled.
        production: the same.
        engine: what reads opened sources; None for two fingerprints.
        context: what the register says.
        now: the moment of measuring.
        declared: what people say of production, in its names; the pilot's filters stand in it too.
        pilot_declared: what they say of the pilot, in its names; None takes production's, by the matching.
        policy: None takes the one that ships.
        progress: what is told, and what may ask for an end.
        measurer: what measures an opened source.

    Raises:
        RoadworthyError: a side could not be measured at all.
    """
    policy = policy or Policy.shipped()
    measured = _Measuring(engine, now, progress, measurer, policy)
    after = measured.one(production, declared, _PRODUCTION)
    before, matching = measured.pilot(pilot, after, declared, pilot_declared)
    progress.step("laying the two sides side by side", 0.9, 1.0)
    opened = (_as_measured(pilot, before), _as_measured(production, after))
    live, stopped = _looked(before, after, matching, _known(declared, after), opened, engine)
    live = replace(live, changed=_changed({"pilot": pilot, "production": production}))
    pair = Pair(before, after, matching, live, replace(context, now=context.now or now))
    checks = judge(pair, policy)
    found = gaps(checks, pair, policy)
    return Audit(
        source=context.source,
        pilot=before,
        production=after,
        matching=matching,
        checks=checks,
        gaps=found,
        headline=headline(checks, found, live.unproven or Unproven(0.0, None, 1.0), policy),
        live=live,
        context=pair.context,
        policy_digest=policy.digest,
        notes=tuple(_note(side.name, note) for side in opened if side is not None for note in side.notes),
        partial=_partial(before, after, live, stopped),
    )


# ---------------------------------------------------------------- inside


def _looked(
    pilot: Fingerprint,
    production: Fingerprint,
    matching: Matching,
    declared: Declared,
    opened: tuple[Opened | None, Opened | None],
    engine: Engine | None,
) -> tuple[Live, str | None]:
    """What no single fingerprint holds, and why it is not the whole: somebody asked for an end, or a source gave in.

    Both sides are measured then: what follows from the fingerprints alone is told.
    """
    try:
        return look(pilot, production, matching, declared, opened=opened, engine=engine), None
    except Cancelled:
        stopped = "stopped before production's rows were held against the pilot; shares are bounds"
    except (InvalidInput, Unavailable) as error:
        stopped = f"production's rows could not be held against the pilot ({error.message}); shares are bounds"
    return look(pilot, production, matching, declared), stopped


def _as_measured(side: Opened | Fingerprint, found: Fingerprint) -> Opened | None:
    """The rows of a side that its fingerprint is of; None of one that travelled."""
    if not isinstance(side, Opened) or side.parts == found.parts:
        return side if isinstance(side, Opened) else None
    return without_damage(side) or side


class _Stage:
    """A stretch of the whole, told as such: what measures a side knows nothing of the other."""

    def __init__(self, whole: Progress, begin: float, end: float, of: str) -> None:
        self._whole = whole
        self._begin = begin
        self._length = end - begin
        self._of = of

    def step(self, what: str, done: float, total: float) -> None:
        """Tell how far it is of the whole."""
        share = min(1.0, done / total) if total else 0.0
        self._whole.step(f"{self._of}: {what}", self._begin + self._length * share, 1.0)


@dataclass(frozen=True, slots=True)
class _Measuring:
    """Measures a side, unless it was measured elsewhere."""

    engine: Engine | None
    now: dt.datetime
    progress: Progress
    measurer: Measurer
    policy: Policy

    def one(self, side: Opened | Fingerprint, declared: Declared, stage: tuple[float, float]) -> Fingerprint:
        """The fingerprint of a side, which takes a stretch of the whole."""
        if isinstance(side, Fingerprint):
            return side
        assert self.engine is not None  # noqa: S101 - who opened a source has the engine that it was opened with
        names = {field.name for field in side.relation.fields}
        told = _Stage(self.progress, *stage, side.name)
        return self.measurer(side, self.engine, _only(declared, names), now=self.now, progress=told)

    def pilot(
        self, pilot: Opened | Fingerprint, production: Fingerprint, declared: Declared, own: Declared | None
    ) -> tuple[Fingerprint, Matching]:
        """The pilot measured, under the names that it has for what is declared of production.

        It is measured again only where a declared column turns out to go by another name, or production's documents
        stand in another of its columns than those that were taken for its documents; pilots are small.
        """
        before = self.one(pilot, own or declared, _PILOT)
        matching = matched(before, production, self.policy)
        if isinstance(pilot, Fingerprint) or own is not None:
            return before, matching
        called = {pair.production: pair.pilot for pair in matching.pairs}
        names = {field.name for field in pilot.relation.fields}
        renamed = _with_text(_renamed(declared, called), before, production, called)
        if _only(renamed, names) == _only(declared, names):
            return before, matching
        before = self.one(pilot, renamed, _AGAIN)
        return before, matched(before, production, self.policy)


_SINGLE = (
    "event_time", "ingest_time", "label", "label_time", "text", "document_owner", "document_reviewed",
    "document_access", "document_title",
)  # fmt: skip
"""Fields of `Declared` that name one column."""


def _renamed(declared: Declared, called: dict[str, str]) -> Declared:
    """What is declared, under other names."""
    changed = {name: called.get(value, value) for name in _SINGLE if (value := getattr(declared, name)) is not None}
    decision = declared.decision_time
    return replace(
        declared,
        key=tuple(called.get(name, name) for name in declared.key),
        taxonomy=tuple(called.get(name, name) for name in declared.taxonomy),
        units={called.get(name, name): unit for name, unit in declared.units.items()},
        decision_time=None if decision is None else called.get(decision, decision),
        **changed,
    )


def _with_text(declared: Declared, pilot: Fingerprint, production: Fingerprint, called: dict[str, str]) -> Declared:
    """With the pilot's column of production's documents, where each side by itself took another one for them."""
    corpus = production.corpus
    there = called.get(corpus.column) if corpus is not None else None
    if there is None or (pilot.corpus is not None and pilot.corpus.column == there):
        return declared
    return replace(declared, text=there)


def _only(declared: Declared, names: set[str]) -> Declared:
    """What is declared of columns that the side has; a key only as a whole."""
    single: dict[str, Any] = {name: None for name in _SINGLE if getattr(declared, name) not in names}
    return replace(
        declared,
        key=declared.key if set(declared.key) <= names else (),
        taxonomy=tuple(name for name in declared.taxonomy if name in names),
        units={name: unit for name, unit in declared.units.items() if name in names},
        pilot_names={name: pilot for name, pilot in declared.pilot_names.items() if name in names},
        **single,
    )


def _known(declared: Declared, production: Fingerprint) -> Declared:
    """What is declared; where nothing is, what production's fingerprint brought with it."""
    return declared if declared != Declared() else production.declared


def _note(name: str, note: str) -> str:
    return note if note.startswith(name) else f"{name}: {note}"


def _changed(sides: Mapping[str, Opened | Fingerprint]) -> dict[str, tuple[str, ...]]:
    """What is not any more what was read. A side that cannot be looked at again has changed, too."""
    found = {}
    for name, side in sides.items():
        if not isinstance(side, Opened):
            continue
        try:
            names = tuple(side.still_same())
        except RoadworthyError:
            names = tuple(part.name for part in side.parts) or (side.name,)
        if names:
            found[name] = names
    return found


def _partial(pilot: Fingerprint, production: Fingerprint, live: Live, stopped: str | None) -> str | None:
    told = [f"{side.name}: {side.partial}" for side in (pilot, production) if side.partial]
    for side, names in live.changed.items():
        more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
        told.append(f"{side} changed while it was read: {', '.join(names[:_SHOWN])}{more}")
    return "; ".join([*told, *([stopped] if stopped else [])]) or None
