"""A list of gaps as a person reads it on a terminal: what matters first, each with its next step."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence

from roadworthy.interfaces.cli import output as out
from roadworthy.measure.data_audit.model import Audit, Effort, Gap, GapStatus, Unproven, Verdict
from roadworthy.measure.data_audit.policy import Policy
from roadworthy.measure.fingerprint.model import Fingerprint

_WIDEST = 110
_REASONS = 3
_LAST_RANK = 3
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
    first = [gap for gap in gaps if gap.rank < _LAST_RANK]
    later = [gap for gap in gaps if gap.rank >= _LAST_RANK]
    for number, gap in enumerate(first[:most], start=1):
        yield ""
        yield from _block(number, gap, policy)
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
        return f"Between {unproven.low:.1%} and {unproven.high:.1%} of production is outside what the pilot proved"
    spread = f" ({unproven.low:.1%} to {unproven.high:.1%})" if unproven.high > unproven.low else ""
    return f"{unproven.value:.1%} of production is outside what the pilot proved{spread}"


def _reasons(unproven: Unproven) -> str:
    told = [f"{reason} {share:.1%}" for reason, share in unproven.reasons.items()][:_REASONS]
    return f": {', '.join(told)}." if told else "."


def _block(number: int, gap: Gap, policy: Policy) -> Iterator[str]:
    waived = f", waived by {gap.waiver.by}" if gap.status is GapStatus.WAIVED and gap.waiver else ""
    who = gap.owner or f"{policy.rule(gap.rule).duty} owner"
    touched = f", {gap.affected:.1%} of rows" if gap.affected is not None else ""
    yield from _wrapped(f"{gap.title}", f"{number:>2}. ", bold=True)
    yield f"    rank {gap.rank}{touched}; {_EFFORTS[gap.effort]} work for {who}{waived}"
    yield from _wrapped(gap.finding, "    ")
    yield from _wrapped(gap.remediation, "    next: ")


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
