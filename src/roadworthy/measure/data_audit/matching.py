"""Which column of production carries which column of the pilot."""

from __future__ import annotations

from roadworthy.measure.data_audit.model import Matching, Pairing
from roadworthy.measure.fingerprint.model import Fingerprint


def matched(pilot: Fingerprint, production: Fingerprint) -> Matching:
    """Pair the columns of two sides: by name."""
    there = {column.name for column in production.columns}
    here = {column.name for column in pilot.columns}
    return Matching(
        pairs=tuple(Pairing(column.name, column.name, 1.0) for column in pilot.columns if column.name in there),
        lost=tuple(column.name for column in pilot.columns if column.name not in there),
        new=tuple(column.name for column in production.columns if column.name not in here),
    )
