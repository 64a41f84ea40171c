"""What of a source is not in its fingerprint: said in one sentence, and left out where it gets in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from roadworthy.measure.fingerprint.model import PartState
from roadworthy.measure.fingerprint.relation import Opened


def lacking(parts: Sequence[PartState]) -> str | None:
    """Why a fingerprint of these parts is not of the whole source; None where it is."""
    gone = sum(part.fault is not None for part in parts)
    torn = [part for part in parts if part.fault is None and part.lost is not None]
    told = []
    if gone:
        told.append(f"{gone:,} of {len(parts):,} parts could not be read")
    if torn:
        more = f" and {len(torn) - 1:,} more" if len(torn) > 1 else ""
        told.append(f"of `{torn[0].name}`{more} only a part could be read: {torn[0].lost}")
    return "; ".join(told) or None


def without_damage(opened: Opened) -> Opened | None:
    """The source without what cannot be read of it, once every byte was looked at; None where that changes nothing.

    Raises:
        InvalidInput: nothing is left of it; the message names each part with the reason.
    """
    found = None if opened.sound is None else opened.sound()
    if found is None:
        return None
    return replace(opened, relation=found.relation, parts=found.parts, narrow=found.narrow, sound=None)
