"""The contract that the pilot was built on and nobody wrote down: inferred from its fingerprint, pure.

What the pilot shows is what it proved, no more: a column without missing values becomes `required`, an exact vocabulary
an enumeration, a share of missing values a limit at the upper end of its interval.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from roadworthy.measure.data_audit.contract.shape import Bound, Contract, Member, Property, Quality, Server, Side, Table
from roadworthy.measure.fingerprint.model import Column, Fingerprint, Form
from roadworthy.measure.fingerprint.terms import Values
from roadworthy.measure.statistics.intervals import wilson

STANDARD = "v3.1.0"
MOST_ENUMERATED = 50
"""Values up to which a vocabulary is written out; a longer one is a list that belongs to somebody, not a contract."""
FEWEST_ROWS_PER_VALUE = 5
"""Rows a value must have on average before the values that were seen are taken for all there are."""
MOST_EXAMPLES = 3
LONGEST_EXAMPLE = 100
RESTRICTED = "restricted"
_PLAIN = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]*")


def inferred(
    print_: Fingerprint,
    digest: str,
    *,
    name: str | None = None,
    steward: str | None = None,
    refresh: str | None = None,
    retention_days: int | None = None,
    production: str | None = None,
) -> Contract:
    """What the pilot's data was like, as a contract.

    Args:
        print_: the pilot's fingerprint.
        digest: of it, so that the contract can be traced to what was measured.
        name: of the data source; the fingerprint's own where none is given.
        steward: who answers for the data, where somebody does.
        refresh: the declared cadence, such as `15m`.
        retention_days: after which a record must be gone.
        production: where production's data is, for the second server.
    """
    called = name or print_.name
    servers = [Server("pilot", "custom", "pilot", print_.location, Side.PILOT)]
    if production is not None:
        servers.append(Server("production", "custom", "production", production, Side.PRODUCTION))
    return Contract(
        id=_id(called),
        name=called,
        version="1.0.0",
        status="draft",
        standard=STANDARD,
        tables=(_table(called, print_),),
        servers=tuple(servers),
        team=() if steward is None else (Member(steward, "data steward"),),
        refresh=refresh,
        retention_days=retention_days,
        purpose="Inferred from the data that the pilot was proved on; read it, mend it, and have its owner agree.",
        digest=digest,
    )


def _id(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "contract"


def _table(name: str, print_: Fingerprint) -> Table:
    key = print_.key
    places: Mapping[str, int] = {}
    quality = [Quality("rowCount", Bound.GREATER, (0.0,))]
    if key is not None and key.rows and key.distinct == key.rows - key.missing and not key.missing:
        places = {column: place + 1 for place, column in enumerate(key.columns)}
        if len(key.columns) > 1:
            quality.append(Quality("duplicateValues", Bound.BE, (0.0,), columns=key.columns))
    return Table(
        name=name,
        physical=name,
        properties=tuple(_property(column, print_, places) for column in print_.columns),
        quality=tuple(quality),
    )


def _property(column: Column, print_: Fingerprint, key: Mapping[str, int]) -> Property:
    personal = tuple(sorted(column.looks.personal)) if column.looks is not None else ()
    open_ = not personal and print_.privacy.values in {Values.CLEAR, Values.COMMON}
    full = bool(column.rows) and not column.missing and column.form is not Form.EMPTY
    is_key = column.name in key
    numbers = column.numbers if open_ and print_.privacy.values is Values.CLEAR else None
    return Property(
        name=column.name,
        form=None if column.form is Form.EMPTY else column.form,
        physical=column.physical or None,
        required=full,
        unique=is_key and len(key) == 1,
        key=key.get(column.name),
        values=_values(column, print_) if open_ and not is_key else None,
        least=None if numbers is None or is_key else numbers.least,
        greatest=None if numbers is None or is_key else numbers.greatest,
        unit=print_.declared.units.get(column.name),
        classification=RESTRICTED if personal else None,
        examples=_examples(column) if open_ and not is_key else (),
        description=column.label,
        tags=tuple(f"personal-{kind}" for kind in personal),
        quality=tuple(_quality(column, full=full, unique=is_key and len(key) == 1)),
    )


def _quality(column: Column, *, full: bool, unique: bool) -> list[Quality]:
    found = []
    if full:
        found.append(Quality("nullValues", Bound.BE, (0.0,)))
    elif column.rows and column.form is not Form.EMPTY:
        high = wilson(column.missing, column.rows).high
        found.append(Quality("nullValues", Bound.AT_MOST, (round(100 * high, 4),), percent=True))
    if unique:
        found.append(Quality("duplicateValues", Bound.BE, (0.0,)))
    return found


def _values(column: Column, print_: Fingerprint) -> tuple[str, ...] | None:
    """The values of a governed list, or of a short vocabulary that was seen often enough to be whole."""
    held = column.vocabulary
    if held is None or held.rare_values or column.form not in {Form.TEXT, Form.BOOLEAN} or not held.counts:
        return None
    governed = column.name in print_.declared.taxonomy
    if len(held.counts) > MOST_ENUMERATED and not governed:
        return None
    if not governed and column.present < FEWEST_ROWS_PER_VALUE * len(held.counts):
        return None
    return tuple(sorted(held.counts)) if all(_PLAIN.fullmatch(value) for value in held.counts) else None


def _examples(column: Column) -> tuple[str, ...]:
    """The commonest values, where they are short."""
    counts: Mapping[str, int] = {}
    if column.vocabulary is not None:
        counts = column.vocabulary.counts
    elif column.looks is not None:
        counts = column.looks.top
    common = sorted(counts, key=lambda value: (-counts[value], value))
    fit = [value for value in common if value and len(value) <= LONGEST_EXAMPLE and _PLAIN.fullmatch(value)]
    return tuple(fit[:MOST_EXAMPLES])
