"""Recorded twice, and keys that do not meet."""

from __future__ import annotations

from collections.abc import Iterator

from roadworthy.measure.data_audit.model import Check, Pair, Verdict
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.data_audit.rules import ids
from roadworthy.measure.data_audit.rules.columns import unique
from roadworthy.measure.data_audit.rules.proportions import outcomes
from roadworthy.measure.data_audit.rules.wording import a_day, percent, quoted, rows, share_of
from roadworthy.measure.fingerprint.model import Fingerprint, KeyPrint, Share


def checks(pair: Pair, policy: Policy) -> Iterator[Check]:
    """The checks of this area."""
    yield from _duplicates(pair, policy)
    yield from ids.checks(pair, policy)


def _duplicates(pair: Pair, policy: Policy) -> Iterator[Check]:
    key = pair.production.key
    if key is not None and not key.inferred and key.columns:
        yield _declared(pair, policy, key)
        return
    yield from _copies(pair, policy, key)


def _repeated(key: KeyPrint | None) -> Share:
    if key is None:
        return Share(0, 0)
    present = key.rows - key.missing
    return Share(max(0, present - key.distinct), present)


def _again(key: KeyPrint, share: Share) -> str:
    if not key.repeated_soon or not share.count:
        return ""
    return f"; {percent(min(1.0, key.repeated_soon / share.count))} of them within seconds, as a retry does"


def _declared(pair: Pair, policy: Policy, key: KeyPrint) -> Check:
    confidence = policy.threshold("any.confidence")
    share, before = _repeated(key), _repeated(pair.pilot.key)
    name = key.columns[0] if len(key.columns) == 1 else None
    if not share.count:
        finding = f"every row of production has its own {quoted(key.columns)}"
        return Check("duplicates", Verdict.MATCH, name, finding=finding)
    return Check(
        rule="duplicates",
        verdict=Verdict.GAP,
        column=name,
        scope="" if name else ",".join(key.columns),
        finding=f"{rows(share.count)} of production ({percent(share.value or 0)}{a_day(pair.production, share.value)}) "
        f"repeat the key {quoted(key.columns)} of an earlier one; of the pilot {before.count:,}{_again(key, share)}",
        pilot=share_of(before, confidence),
        production=share_of(share, confidence),
        affected=share.value,
        rank=1,
        detail={"repeated_soon": key.repeated_soon, "missing": key.missing},
    )


def _copies(pair: Pair, policy: Policy, key: KeyPrint | None) -> Iterator[Check]:
    """Nobody declared a key: rows wholly alike, or those of what looks like the key, against the pilot's."""
    confidence = policy.threshold("any.confidence")
    limit = policy.threshold("duplicates.copies")
    copies, before = pair.production.copies, pair.pilot.copies or Share(0, pair.pilot.rows)
    what, name = "are copies of another row in full", None
    if copies is None or not copies.count:
        copies, before = _repeated(key), _repeated(pair.pilot.key)
        if key is None or not copies.count or not _is_key(pair, key):
            yield Check("duplicates", Verdict.MATCH, finding="no row of production is a copy of another")
            return
        what, name = f"repeat the {quoted(key.columns)} of another", key.columns[0] if len(key.columns) == 1 else None
    elif not _tells_apart(pair.production) and not _tells_apart(pair.pilot):
        yield Check(
            "duplicates",
            Verdict.MATCH,
            finding="rows that are alike are nothing strange here: no column tells rows apart",
        )
        return
    outcome = outcomes([(before, copies)], limit, confidence)[0]
    finding = f"{percent(copies.value or 0)} of production's {rows(copies.of)} {what}; of the pilot's {before.count:,}"
    gap = outcome.verdict is Verdict.GAP
    yield Check(
        rule="duplicates",
        verdict=Verdict.GAP if gap else Verdict.MATCH,
        column=name,
        finding=finding + (a_day(pair.production, copies.value) if gap else "") + (_again(key, copies) if key else ""),
        pilot=share_of(before, confidence),
        production=share_of(copies, confidence),
        affected=copies.value,
        sampled=copies.of < pair.production.rows,
    )


def _is_key(pair: Pair, key: KeyPrint) -> bool:
    """Whether what looks like the key of production is one in the pilot: without a repetition there."""
    found = [pair.pilot.column(each.pilot) for each in pair.matching.pairs if each.production in key.columns]
    return any(column is not None and column.distinct is not None and unique(column) for column in found)


def _tells_apart(print_: Fingerprint) -> bool:
    return any(unique(column) for column in print_.columns)
