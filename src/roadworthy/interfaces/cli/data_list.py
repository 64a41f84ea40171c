"""A list of gaps as a person reads it on a terminal: what matters first, each with its next step."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence

from roadworthy.documents.words import interval, percent
from roadworthy.interfaces.cli import output as out
from roadworthy.measure.data_audit.gaps import where_of
from roadworthy.measure.data_audit.model import Audit, Effort, Gap, GapStatus, Unproven, Verdict
from roadworthy.measure.data_audit.policy import WHERE, Policy
from roadworthy.measure.fingerprint.model import Fingerprint

_WIDEST = 110
_REASONS = 3
_LAST_RANK = 3
_APART = 3
"""Gaps of one rule that are told one by one."""
_TOLD = 4
_EFFORTS = {Effort.S: "small", Effort.M: "medium", Effort.L: "large"}


def show(audit: Audit, policy: Policy, *, most: int) -> None:
    """The headline, the notes, then the gaps; of rank 3 and of what nobody can tell one line each."""
    for line in _lines(audit, policy, most):
        out.result(line)


def _lines(audit: Audit, policy: Policy, most: int) -> Iterator[str]:
    yield f"{_side(audit.pilot)} -> {_side(audit.production)}"
    for note in audit.notes:
        yield from _wrapped(note, "note: ")
    if audit.partial:
        yield from _wrapped(f"not the whole: {audit.partial}", "")
    gaps = [gap for gap in audit.gaps if gap.verdict is Verdict.GAP]
    unknown = [gap for gap in audit.gaps if gap.verdict is Verdict.UNKNOWN]
    yield ""
    yield from _headline(audit, len(gaps), len(unknown))
    first = _folded([gap for gap in gaps if gap.rank < _LAST_RANK])
    later = [gap for gap in gaps if gap.rank >= _LAST_RANK]
    for number, alike in enumerate(first[:most], start=1):
        yield ""
        yield from _block(number, alike, policy)
    if len(first) > most:
        yield ""
        yield f"{len(first) - most} more of rank 1 and 2; `--most {len(first)}` shows them all."
    if later:
        yield ""
        yield "Also, of rank 3:"
        for gap in later:
            yield from _wrapped(gap.finding, "  - ")
    if unknown:
        yield ""
        yield "Nobody can tell yet, which blocks too:"
        for gap in unknown:
            yield from _wrapped(f"{gap.title}. {gap.finding} {gap.remediation}", "  ? ")


def _side(side: Fingerprint) -> str:
    parts = f" in {out.counted(len(side.parts), 'part')}" if len(side.parts) > 1 else ""
    return f"{side.name}: {out.counted(side.rows, 'row')}, {out.counted(len(side.columns), 'column')}{parts}"


def _headline(audit: Audit, gaps: int, unknown: int) -> Iterator[str]:
    headline = audit.headline
    yield from _wrapped(f"{_outside(headline.unproven)}{_reasons(headline.unproven)}", "")
    share = headline.never_done.value
    done = "Nothing of the data work applies." if share is None else f"{share:.0%} of the data work was never done"
    pieces = f": {headline.pieces_never_done} of {headline.pieces} pieces of the catalogue that apply, by effort."
    yield from _wrapped(done if share is None else done + pieces, "")
    if not gaps and not unknown:
        yield "Nothing blocks: production is what the pilot proved, as far as was looked."
        return
    verb = "blocks" if gaps + unknown == 1 else "block"
    told = [
        *([out.counted(gaps, "gap")] if gaps else []),
        *(
            [out.counted(unknown, "question nobody can answer yet", "questions nobody can answer yet")]
            if unknown
            else []
        ),
    ]
    yield f"{' and '.join(told)} {verb} the launch."


def _outside(unproven: Unproven) -> str:
    if unproven.value is None:
        low, high = percent(unproven.low), percent(unproven.high)
        return f"Between {low} and {high} of production is outside what the pilot proved"
    spread = f" ({interval(unproven.low, unproven.high)})" if unproven.high > unproven.low else ""
    if unproven.value <= 0:
        # Not that all is well: what moved as a whole, texts and arrival are no matter of single values.
        return "No row of production has a value that the pilot did not prove"
    return f"{percent(unproven.value)} of production is outside what the pilot proved{spread}"


def _reasons(unproven: Unproven) -> str:
    told = [f"{reason} {percent(share)}" for reason, share in unproven.reasons.items()][:_REASONS]
    return f": {', '.join(told)}." if told else "."


def _folded(gaps: Sequence[Gap]) -> list[list[Gap]]:
    """Gaps of one rule and rank stand together where there are many: thirty lost columns are read as one line."""
    alike: dict[tuple[str, int], list[Gap]] = {}
    for gap in gaps:
        alike.setdefault((gap.rule, gap.rank), []).append(gap)
    many = {key for key, found in alike.items() if len(found) > _APART}
    folded: list[list[Gap]] = []
    for gap in gaps:
        key = (gap.rule, gap.rank)
        if key not in many:
            folded.append([gap])
        elif alike[key][0] is gap:
            folded.append(alike[key])
    return folded


def _block(number: int, alike: Sequence[Gap], policy: Policy) -> Iterator[str]:
    gap = alike[0]
    rule = policy.rule(gap.rule)
    where = where_of([check for each in alike for check in each.checks[:1]], gap.source)
    title = gap.title if len(alike) == 1 else f"{rule.title} ({len(alike)} times): {where}"
    waived = f", waived by {gap.waiver.by}" if gap.status is GapStatus.WAIVED and gap.waiver else ""
    who = gap.owner or f"{rule.duty} owner"
    touched = f", {percent(gap.affected)} of rows" if gap.affected is not None else ""
    yield from _wrapped(title, f"{number:>2}. ", bold=True)
    yield f"    rank {gap.rank}{touched}; {_EFFORTS[gap.effort]} work for {who}{waived}"
    for each in alike[:_TOLD]:
        yield from _wrapped(each.finding, "    " if len(alike) == 1 else "    - ")
    if len(alike) > _TOLD:
        yield f"    - and {len(alike) - _TOLD} more; `-o markdown` tells each"
    yield from _wrapped(gap.remediation if len(alike) == 1 else rule.remediation.replace(WHERE, where), "    next: ")


def _wrapped(text: str, lead: str, *, bold: bool = False) -> Sequence[str]:
    """Text as wide as the terminal, its first line after a lead; unbroken where it goes to a file or a pipe."""
    text = out.printable(text)
    if not sys.stdout.isatty():
        return [f"{lead}{text}"]
    width = min(_WIDEST, max(40, shutil.get_terminal_size().columns))
    indent = " " * (len(lead) if lead.strip() == "" or not lead.startswith("    ") else 4)
    lines = textwrap.wrap(text, width, initial_indent=lead, subsequent_indent=indent, break_on_hyphens=False) or [lead]
    return [f"\033[1m{line}\033[0m" for line in lines] if bold and _colours() else lines


def _colours() -> bool:
    import os

    return "NO_COLOR" not in os.environ
