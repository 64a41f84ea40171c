"""Holds a measured source against a contract: what the contract asks for, and what is there. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from roadworthy.measure.data_audit.contract.shape import Bound, Contract, Property, Quality, Table
from roadworthy.measure.data_audit.model import Check, Measure, Verdict
from roadworthy.measure.fingerprint.model import Column, Fingerprint, Form
from roadworthy.measure.fingerprint.terms import Values

_WIDER = {Form.INTEGER: {Form.DECIMAL}, Form.DATE: {Form.TIMESTAMP}}
"""Form of a source to those that a contract may name for it: whole numbers are numbers, days are instants."""
_SHOWN = 5


def checked(contract: Contract, print_: Fingerprint, table: str | None = None) -> tuple[Check, ...]:
    """Every demand of a contract's table that can be told from a fingerprint.

    Args:
        contract: what was agreed.
        print_: what was measured.
        table: its name; the only one, or the one called like the fingerprint, where none is given.
    """
    found = chosen(contract, table or print_.name)
    return () if found is None else tuple(_checks(found, print_))


def chosen(contract: Contract, name: str) -> Table | None:
    """The contract's table of that name, else its only one."""
    named = [each for each in contract.tables if name in {each.name, each.physical}]
    if named:
        return named[0]
    return contract.tables[0] if len(contract.tables) == 1 else None


def _checks(table: Table, print_: Fingerprint) -> Iterator[Check]:
    known = {column.name: column for column in print_.columns}
    for each in table.properties:
        column = known.get(each.name)
        if column is None:
            yield _gap("column-missing", each.name, f"The contract has `{each.name}`, and the source has not")
            continue
        yield from _column(each, column, print_)
    for name in known.keys() - {each.name for each in table.properties}:
        yield _gap("column-extra", name, f"The source has `{name}`, and the contract does not", rank=3)
    for rule in table.quality:
        if rule.metric == "rowCount":
            yield _limit("volume-unproven", None, "rows", rule, print_.rows, 0)
        elif rule.metric == "duplicateValues" and print_.key is not None and rule.columns == print_.key.columns:
            yield _limit("duplicates", None, "rows that repeat a key", rule, _repeated(print_), print_.rows)


def _column(each: Property, column: Column, print_: Fingerprint) -> Iterator[Check]:
    if each.form is not None and column.form is not Form.EMPTY:
        fits = column.form is each.form or each.form in _WIDER.get(column.form, set())
        finding = f"`{each.name}` holds {column.form.value}, and the contract says {each.form.value}"
        yield _verdict("column-retyped", each.name, finding, fits=fits)
    if each.required:
        missing = (
            f"{column.missing:,} of {column.rows:,} values of `{each.name}` are missing, which the contract requires"
        )
        yield _verdict("missing-values", each.name, missing, column.missing, column.rows, fits=not column.missing)
    if (each.unique or each.key == 1) and print_.key is not None and print_.key.columns == (each.name,):
        repeated = _repeated(print_)
        finding = f"{repeated:,} rows repeat a value of `{each.name}`, which the contract says is unique"
        yield _verdict("duplicates", each.name, finding, repeated, print_.rows, fits=not repeated)
    if each.values is not None:
        yield _vocabulary(each, column, print_)
    yield from _range(each, column)
    for rule in each.quality:
        if rule.metric == "nullValues" and not (each.required and rule.bound is Bound.BE):
            yield _limit("missing-values", each.name, "missing values", rule, column.missing, column.rows)


def _vocabulary(each: Property, column: Column, print_: Fingerprint) -> Check:
    held, allowed = column.vocabulary, set(each.values or ())
    if held is None or print_.privacy.values in {Values.HASHED, Values.NONE}:
        return Check(
            "vocabulary-unseen",
            Verdict.UNKNOWN,
            each.name,
            finding=f"The values of `{each.name}` are not in the fingerprint, so they cannot be held against the list",
        )
    unseen = {value: count for value, count in held.counts.items() if value not in allowed}
    rows = sum(unseen.values())
    shown = ", ".join(f"`{value[:60]}`" for value in sorted(unseen, key=lambda value: -unseen[value])[:_SHOWN])
    finding = f"{rows:,} rows have a value of `{each.name}` that the contract does not list: {shown}"
    if not unseen:
        finding = f"Every value of `{each.name}` is in the contract's list"
    return _verdict("vocabulary-unseen", each.name, finding, rows, column.rows, fits=not unseen)


def _range(each: Property, column: Column) -> Iterator[Check]:
    numbers = column.numbers
    if numbers is None or (each.least is None and each.greatest is None):
        return
    low = each.least is None or numbers.least >= each.least
    high = each.greatest is None or numbers.greatest <= each.greatest
    finding = (
        f"`{each.name}` goes from {numbers.least:g} to {numbers.greatest:g}, and the contract allows "
        f"{'any' if each.least is None else format(each.least, 'g')} to "
        f"{'any' if each.greatest is None else format(each.greatest, 'g')}"
    )
    yield _verdict("out-of-range", each.name, finding, fits=low and high)


def _repeated(print_: Fingerprint) -> int:
    key = print_.key
    return 0 if key is None else max(0, key.rows - key.missing - key.distinct)


def _limit(rule: str, column: str | None, what: str, quality: Quality, count: int, of: int) -> Check:
    value = 100 * count / of if quality.percent and of else float(count)
    fits = _fits(value, quality)
    unit = " %" if quality.percent else ""
    limits = " and ".join(f"{each:g}{unit}" for each in quality.limits)
    where = "" if column is None else f" in `{column}`"
    finding = f"{value:,.6g}{unit} {what}{where}; the contract says {_WORDS[quality.bound]} {limits}"
    return _verdict(rule, column, finding, count, of or None, fits=fits)


_WORDS = {
    Bound.BE: "exactly",
    Bound.NOT_BE: "anything but",
    Bound.GREATER: "more than",
    Bound.AT_LEAST: "at least",
    Bound.LESS: "less than",
    Bound.AT_MOST: "at most",
    Bound.BETWEEN: "between",
    Bound.NOT_BETWEEN: "not between",
}


def _fits(value: float, quality: Quality) -> bool:
    first, last = quality.limits[0], quality.limits[-1]
    return {
        Bound.BE: value == first,
        Bound.NOT_BE: value != first,
        Bound.GREATER: value > first,
        Bound.AT_LEAST: value >= first,
        Bound.LESS: value < first,
        Bound.AT_MOST: value <= first,
        Bound.BETWEEN: first <= value <= last,
        Bound.NOT_BETWEEN: not first <= value <= last,
    }[quality.bound]


def _gap(rule: str, column: str, finding: str, rank: int | None = None) -> Check:
    return Check(rule, Verdict.GAP, column, finding=finding, rank=rank)


def _verdict(
    rule: str, column: str | None, finding: str, count: int | None = None, of: int | None = None, *, fits: bool
) -> Check:
    return Check(
        rule=rule,
        verdict=Verdict.MATCH if fits else Verdict.GAP,
        column=column,
        finding=finding,
        production=None
        if count is None
        else Measure(count / of if of else float(count), "share" if of else "rows", of),
        affected=count / of if count is not None and of else None,
    )
