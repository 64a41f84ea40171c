"""Whether the source is there, readable, owned, and itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from roadworthy.measure.data_audit.model import Check, Measure, Pair, Verdict
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.rules.columns import both, missing
from roadworthy.measure.data_audit.rules.wording import quoted, rows
from roadworthy.measure.fingerprint.model import Fingerprint, PartState

_NOBODY = frozenset(("", "-", "?", "n/a", "na", "nobody", "none", "tba", "tbc", "tbd", "unassigned", "unknown"))
_SWAPPED = 2
"""How many times larger the pilot must be than production, before the two may have been given the wrong way round."""


def checks(pair: Pair, policy: Policy) -> Iterator[Check]:  # noqa: ARG001 - one signature for all areas
    """The checks of this area; what only the register knows is not asked of two bare paths."""
    yield from _readable(pair)
    yield from _identity(pair)
    if pair.context.registered:
        yield from registered(pair)


# ---------------------------------------------------------------- there, and readable


def _readable(pair: Pair) -> Iterator[Check]:
    side = pair.production
    if side.parts and len(side.faults) == len(side.parts):
        first = side.faults[0]
        yield Check(
            rule="source-unreachable",
            verdict=Verdict.GAP,
            finding=f"no part of production could be read; `{first.name}`: {first.fault}",
            production=Measure(0, "parts", len(side.parts)),
            affected=1.0,
        )
        return
    if not side.rows:
        yield Check(
            rule="source-missing",
            verdict=Verdict.GAP,
            finding=f"production has no rows at `{side.location}`, and the pilot had {pair.pilot.rows:,}",
            pilot=Measure(pair.pilot.rows, "rows"),
            production=Measure(0, "rows"),
            affected=1.0,
        )
        return
    yield Check("source-missing", Verdict.MATCH, finding=f"production has {rows(side.rows)}")
    yield from _parts("production", side, pair.live.changed.get("production", ()))
    yield from _parts("the pilot", pair.pilot, pair.live.changed.get("pilot", ()))


def _parts(what: str, side: Fingerprint, changed: Sequence[str]) -> Iterator[Check]:
    """Parts that could not be read, could be only in part, or were not the same any more when all was read."""
    torn = [part for part in side.parts if part.fault is None and part.lost is not None]
    gone = {part.name for part in side.faults} | set(changed)
    hit = gone | {part.name for part in torn}
    if not hit:
        if side.parts:
            parts = f"{len(side.parts):,} part{'' if len(side.parts) == 1 else 's'}"
            yield Check("source-unreadable", Verdict.MATCH, scope=what, finding=f"{parts} of {what} could be read")
        return
    of = f"of {len(side.parts):,} part{'' if len(side.parts) == 1 else 's'} of {what}"
    told = []
    if side.faults:
        told.append(f"{len(side.faults):,} {of} could not be read; {_named(side.faults)}")
    if torn:
        told.append(f"{len(torn):,} {of} could be read only in part; {_named(torn)}")
    if changed:
        told.append(
            f"{len(changed):,} {of} changed or went away while {what} was read, so that numbers from before and after "
            f"stand side by side: {quoted(list(changed))}"
        )
    lost = [[part.name, part.fault or part.lost] for part in (*side.faults, *torn)][:50]
    yield Check(
        rule="source-unreadable",
        verdict=Verdict.GAP if what == "production" else Verdict.UNKNOWN,
        scope=what,
        finding="; ".join(told),
        production=Measure(len(hit), "parts", max(len(side.parts), len(hit))),
        # Of a part that was read in part nobody can tell how much of it was lost.
        affected=_weight(side, gone) if gone and what == "production" else None,
        detail={"parts": lost} | ({"changed": list(changed[:50])} if changed else {}),
    )


def _named(parts: Sequence[PartState]) -> str:
    return "; ".join(f"`{part.name}`: {part.fault or part.lost}" for part in parts[:3])


def _weight(side: Fingerprint, hit: Collection[str]) -> float:
    """The share of the bytes that stands in some parts; of the parts where nobody knows their size."""
    sized = {part.name: part.size for part in side.parts if part.size is not None}
    whole = sum(sized.values())
    if whole:
        return sum(size for name, size in sized.items() if name in hit) / whole
    return min(1.0, len(hit) / max(1, len(side.parts)))


# ---------------------------------------------------------------- itself


def _identity(pair: Pair) -> Iterator[Check]:
    if pair.live.identical:
        yield Check(
            rule="source-identical",
            verdict=Verdict.GAP,
            finding="pilot and production are the same data, so that nothing here says how they differ",
            pilot=Measure(pair.pilot.rows, "rows"),
            production=Measure(pair.production.rows, "rows"),
            affected=1.0,
        )
    elif _swapped(pair):
        yield Check(
            rule="source-identical",
            verdict=Verdict.UNKNOWN,
            scope="swapped",
            finding=f"the pilot has {rows(pair.pilot.rows)} and gaps in them, production {pair.production.rows:,} "
            "without: the two may have been given the wrong way round",
            pilot=Measure(pair.pilot.rows, "rows"),
            production=Measure(pair.production.rows, "rows"),
        )
    else:
        yield Check("source-identical", Verdict.MATCH, finding="pilot and production are different data")


def _swapped(pair: Pair) -> bool:
    """A pilot much larger than production that lacks values where production, as a pilot would, lacks none."""
    if pair.pilot.rows < _SWAPPED * pair.production.rows or not pair.production.rows:
        return False
    sides = [(missing(each.pilot), missing(each.production)) for each in both(pair)]
    messy = [before for before, after in sides if (before.value or 0) * pair.production.rows >= 10]  # noqa: PLR2004 - rows from which a share says something
    clean = all(after.count == 0 for before, after in sides if before in messy)
    return bool(messy) and clean


# ---------------------------------------------------------------- what the register says


def registered(pair: Pair) -> Iterator[Check]:
    """What the register says of the source, which holds whether or not it could be measured."""
    context = pair.context
    steward = (context.steward or "").strip()
    if steward.casefold() in _NOBODY:
        finding = f"nobody is named as steward of `{context.source}`"
        yield Check("source-unowned", Verdict.GAP, finding=finding, affected=1.0)
    else:
        yield Check("source-unowned", Verdict.MATCH, finding=f"`{steward}` is steward of `{context.source}`")
    if context.source_of_truth is None:
        finding = f"nobody has said whether `{context.source}` is the source of truth"
        yield Check("source-of-truth", Verdict.UNKNOWN, finding=finding)
    elif context.source_of_truth:
        yield Check("source-of-truth", Verdict.MATCH, finding=f"`{context.source}` is declared the source of truth")
    else:
        finding = f"`{context.source}` is declared not to be the source of truth: what is read is a copy"
        yield Check("source-of-truth", Verdict.GAP, finding=finding, affected=1.0)
    yield from _lineage(pair)


def _lineage(pair: Pair) -> Iterator[Check]:
    """Only where a contract says of any column where it comes from: then the others are holes."""
    origins = pair.context.origins
    if origins is None:
        return
    required = pair.context.required or ()
    holes = [column.name for column in pair.production.columns if not origins.get(column.name)]
    critical = [name for name in holes if name in required]
    if not holes:
        yield Check("lineage-hole", Verdict.MATCH, finding="of every column it is known where it comes from")
        return
    yield Check(
        rule="lineage-hole",
        verdict=Verdict.GAP,
        finding=f"of {len(holes):,} of {len(pair.production.columns):,} columns nobody has said where they come from: "
        + quoted(critical or holes),
        production=Measure(len(holes), "columns", len(pair.production.columns)),
        rank=1 if critical else 3,
        detail={"columns": holes[:100]},
    )
