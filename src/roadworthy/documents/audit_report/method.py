"""How it was measured: what makes the numbers checkable by somebody else."""

from __future__ import annotations

import math
from collections.abc import Iterator

from roadworthy.documents.audit_report.model import Term
from roadworthy.documents.words import minute, percent
from roadworthy.measure.data_audit.model import Audit
from roadworthy.measure.fingerprint.codec import digest_of
from roadworthy.measure.fingerprint.model import Fingerprint
from roadworthy.measure.fingerprint.terms import Values

_Z99 = 2.576
_LEFT = {
    Values.COMMON: "only values that at least {floor} rows share left the house",
    Values.HASHED: "values left the house as keyed hashes only",
    Values.NONE: "no value left the house",
}


def method_of(audit: Audit) -> tuple[Term, ...]:
    """What was measured how, judged by what, and the digests by which it can be held against the originals."""
    return tuple(_terms(audit))


def _terms(audit: Audit) -> Iterator[Term]:
    for name, side in (("Pilot", audit.pilot), ("Production", audit.production)):
        yield Term(name, _told(side))
    yield Term(
        "Verdicts",
        "A gap is a difference beyond both the policy's threshold and what chance explains at the pilot's size "
        "(99%, corrected for the number of columns). Unknown means that the pilot or the access is too small to tell.",
    )
    yield Term("Policy", f"`{audit.policy_digest}`")
    for name, side in (("Fingerprint of the pilot", audit.pilot), ("Fingerprint of production", audit.production)):
        yield Term(name, f"`{digest_of(side)}`")
    context = audit.context
    if context.registered:
        yield Term("Declared", "Owners, contract and columns come from the register.")
    else:
        yield Term(
            "Declared", "Nothing is registered about this source: owners, contract and model class are not known."
        )
    if context.now:
        yield Term("Judged", minute(context.now))


def _told(side: Fingerprint) -> str:
    text = f"{side.rows:,} rows, measured whole with {side.engine} on {minute(side.measured_at)}"
    drawn = side.sampling
    if drawn and 0 < drawn.rows < drawn.of:
        error = _Z99 * 0.5 / math.sqrt(drawn.rows)
        text += (
            f"; formats, likenesses and personal data on {drawn.rows:,} rows ({drawn.method}), where a share is off by "
            f"at most {percent(error)} in 99 of 100 draws"
        )
    if side.privacy.values in _LEFT:
        text += "; " + _LEFT[side.privacy.values].format(floor=side.privacy.floor)
    return text + "."
