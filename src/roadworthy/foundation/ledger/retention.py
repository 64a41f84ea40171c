"""Retention classes: how long a text is kept that an entry commits to. Entries and commitments are kept for ever. Pure.

Nothing is erased on schedule for which nobody has said how long it is kept. Where HIPAA applies, what explains
decisions is kept for six years from when it was made or was last in effect, whichever is later (45 CFR 164.316(b)(2)).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

HIPAA_YEARS = 6


class Retention(StrEnum):
    """What kind of text it is."""

    RECORD = "record"
    """It explains a decision: a reason, what was declared, evidence, a report."""
    PERSONAL = "personal"
    """It says something about a person and explains no decision: what a group or a device is called, why they left."""
    OPERATIONAL = "operational"
    """It helped to run the system: an error, the name of a file, what was sent to a ticket system."""
    CALLS = "calls"
    """What went into a model and came out, in sealed segments."""


FLOORED = frozenset({Retention.RECORD, Retention.CALLS})
"""Classes that are kept for six years where HIPAA applies, whatever is declared."""


def made_before(
    kind: Retention, keep: Mapping[Retention, dt.timedelta], now: dt.datetime, *, hipaa: bool
) -> dt.datetime | None:
    """The instant before which a text of this kind must have been made, or last in effect, to be erased.

    Args:
        kind: its class.
        keep: how long each class is kept; a class that is not there is kept for ever.
        now: the present.
        hipaa: whether HIPAA applies.

    Returns:
        None where nothing of the class is ever erased on schedule.
    """
    if kind not in keep:
        return None
    before = now - keep[kind]
    return min(before, years_before(now, HIPAA_YEARS)) if hipaa and kind in FLOORED else before


def years_before(instant: dt.datetime, years: int) -> dt.datetime:
    """The same day some years ago; for 29 February the 28th, which keeps a day longer."""
    try:
        return instant.replace(year=instant.year - years)
    except ValueError:
        return instant.replace(year=instant.year - years, day=28)
