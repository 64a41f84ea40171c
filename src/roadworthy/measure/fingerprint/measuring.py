"""Measuring a source: a look at a sample, one cheap pass, counts by value, histograms, and what ties rows together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from roadworthy.foundation.errors import InvalidInput, Unavailable
from roadworthy.measure.fingerprint import metrics as m
from roadworthy.measure.fingerprint import planner, relating
from roadworthy.measure.fingerprint.assembling import EPOCH, Source, column
from roadworthy.measure.fingerprint.breaking import breakdowns
from roadworthy.measure.fingerprint.corpora import corpus
from roadworthy.measure.fingerprint.drawing import WHOLE, laid, sampling, share_of
from roadworthy.measure.fingerprint.emit import emitter, statements
from roadworthy.measure.fingerprint.lacking import lacking, without_damage
from roadworthy.measure.fingerprint.looks import commonest, looks
from roadworthy.measure.fingerprint.model import MOST_VALUES, Column, Corpus, Distinct, Fingerprint, Form
from roadworthy.measure.fingerprint.passes import Copies, passes
from roadworthy.measure.fingerprint.progress import Progress, Quiet
from roadworthy.measure.fingerprint.relating import Rows
from roadworthy.measure.fingerprint.relation import Engine, Field, Opened, Relation
from roadworthy.measure.fingerprint.scanning import Answers, Scanner
from roadworthy.measure.fingerprint.terms import Declared

SURELY = 1.1
"""An estimate of different values may be this much too low; up to it a column is counted by value after all."""
MICROS = 1_000_000
_UNSEEN = frozenset({Form.EMPTY, Form.NESTED, Form.BINARY, Form.BOOLEAN})


@dataclass(frozen=True, slots=True)
class Ground:
    """What measuring stands on: the whole, the sample, and how columns of the one are called in the other."""

    rows: int
    whole: Relation
    sample: Relation
    drawn: int
    now: int
    """Microseconds since 1970."""

    @property
    def twins(self) -> Mapping[Field, Field]:
        """A column of the whole to that of the sample."""
        return dict(zip(self.whole.fields, self.sample.fields, strict=True))

    @property
    def complete(self) -> bool:
        """Whether the sample is the whole."""
        return self.whole is self.sample


def measure(
    opened: Opened, engine: Engine, declared: Declared, *, now: dt.datetime, progress: Progress | None = None
) -> Fingerprint:
    """Measure a source over all its rows.

    Args:
        opened: what to measure.
        engine: what runs the statements.
        declared: what people say about the source; names of columns that it does not have are passed over.
        now: the moment of measuring, against which the future begins.
        progress: told before each statement; whatever it raises ends the measuring.

    Raises:
        InvalidInput: nothing of it can be read, or the data made a query fail; the message names what the engine named.
        Unavailable: the store did not answer, or was taken away.
    """
    told = progress or Quiet()
    try:
        found = _measured(opened, engine, declared, now, told)
    except (InvalidInput, Unavailable):
        # What the source says of itself is not what stands in it, or is not any more.
        kept = without_damage(opened)
        if kept is None:
            raise
        return _measured(kept, engine, declared, now, told)
    if opened.sound is None or not opened.still_same():
        return found
    # It changed between two statements, and their numbers may contradict each other: once more, as it is now.
    return _measured(without_damage(opened) or opened, engine, declared, now, told)


def _measured(opened: Opened, engine: Engine, declared: Declared, now: dt.datetime, told: Progress) -> Fingerprint:
    scanner = Scanner(engine, emitter(engine.dialect), told, _budget(opened.relation))
    first, *rest = passes(opened.relation, declared)
    ground = _ground(replace(opened.relation, fields=first), scanner, now)
    columns = _columns(ground, scanner)
    columns = _looked_at(columns, ground, scanner)
    whole = Rows(ground.whole, ground.rows, columns, declared)
    sample = replace(whole, relation=ground.sample)
    key = relating.key(whole, scanner)
    made = Fingerprint(
        name=opened.name,
        location=opened.location,
        engine=engine.name,
        measured_at=now,
        rows=ground.rows,
        columns=columns,
        declared=declared,
        parts=opened.parts,
        key=key,
        copies=relating.copies(whole, scanner, key),
        arrival=relating.arrival(whole, scanner),
        breakdowns=breakdowns(sample, ground.drawn, scanner),
        pairs=relating.pairs(whole, scanner),
        sampling=sampling(opened.relation, ground.drawn, ground.rows),
        size=opened.size,
        partial=lacking(opened.parts),
        corpus=_corpus(opened.relation, columns, declared, scanner, now),
    )
    if rest:
        made = _widened(made, opened, rest, ground, scanner, now)
    scanner.step("done", 0.0)
    return made


def _widened(
    made: Fingerprint,
    opened: Opened,
    rest: Sequence[tuple[Field, ...]],
    ground: Ground,
    scanner: Scanner,
    now: dt.datetime,
) -> Fingerprint:
    """The columns of the other passes beside those of the first, which tied the rows together.

    Rows that are equal in the first are no copies of one another unless they are in all of them.
    """
    columns = list(made.columns)
    copies = Copies(scanner.engine, scanner.emit) if made.copies is not None and made.copies.count else None
    if copies is not None:
        copies.add(ground.whole)
    for fields in rest:
        scanner.answers = Answers()  # of the pass before nothing is asked any more
        here = _ground(replace(opened.relation, fields=fields), scanner, now)
        columns += _looked_at(_columns(here, scanner), here, scanner)
        if copies is not None:
            copies.add(here.whole)
    by_name = {one.name: one for one in columns}
    ordered = tuple(by_name[field.name] for field in opened.relation.fields)
    documents = made.corpus or _corpus(opened.relation, ordered, made.declared, scanner, now)
    return replace(made, columns=ordered, copies=copies.found() if copies else made.copies, corpus=documents)


def _budget(relation: Relation) -> float:
    """Units of work: about what one scan of a column costs."""
    texts = sum(field.form is Form.TEXT for field in relation.fields)
    return 10.0 + len(relation.fields) * 2.0 + texts


def _ground(relation: Relation, scanner: Scanner, now: dt.datetime) -> Ground:
    answers = scanner.ask("rows", [m.Rows()], relation.source)
    rows = answers.number(m.Rows())
    micros = (now - EPOCH) // dt.timedelta(microseconds=1)
    engine, emit = scanner.engine, scanner.emit
    scanner.step("sample", 4.0)
    if rows <= WHOLE:
        whole = laid(relation, engine, emit, "whole")
        return Ground(rows, whole, whole, rows, micros)
    whole = relation
    if any(field.raw is not None for field in relation.fields):
        whole = laid(relation, engine, emit, "whole")
    sample = laid(whole, engine, emit, "sample", threshold=share_of(rows))
    drawn = int(engine.rows(statements.select(scanner.emit, [m.Rows()], sample.source))[0][0])
    return Ground(rows, whole, sample, drawn, micros)


# ---------------------------------------------------------------- columns


def _columns(ground: Ground, scanner: Scanner) -> tuple[Column, ...]:
    """Everything about the columns but their looks."""
    fields = ground.whole.fields
    probed = scanner.ask("sample", planner.probes(ground.sample.fields), ground.sample.source, small=True)
    different = {field: probed.number(m.Counted(twin)) for field, twin in ground.twins.items()}
    lengths = {field: _mean(scanner, twin) for field, twin in ground.twins.items()}
    most = MOST_VALUES if ground.complete else planner.FEW
    first = planner.few([field for field in fields if different.get(field) is not None], different, most, lengths)
    rest = [field for field in fields if field not in set(first)]
    _by_value(first, ground, scanner)
    rest += [field for field in first if _overflowed(field, scanner)]
    tallied = frozenset(scanner.emit.tallied)
    wanted = [
        metric
        for field in rest
        for metric in planner.aggregates(field, ground.now, estimate=not ground.complete, tallied=tallied)
    ]
    wanted += planner.counts_of(field for field in first if field not in set(rest))
    scanner.ask("all columns", wanted, ground.whole.source, weight=8.0, small=ground.complete)
    second = []
    if not ground.complete:
        estimates = {field: scanner.answers.number(m.Estimated(field)) for field in rest}
        surely = round(MOST_VALUES * SURELY)
        second = [field for field in planner.few(rest, estimates, surely, lengths) if field not in set(first)]
        _by_value(second, ground, scanner)
    many = [field for field in rest if field not in set(second) or _overflowed(field, scanner)]
    _shapes(many, ground, scanner)
    exact = different if ground.complete else {}
    source = Source(ground.rows, scanner.answers, exact, _zoned(fields, scanner))
    return tuple(column(field, source) for field in fields)


def _mean(scanner: Scanner, field: Field) -> float:
    """Mean bytes of a text."""
    there = scanner.answers.number(m.Present(field))
    return scanner.answers.number(m.Octets(field)) / there if there else 0.0


def _by_value(fields: Sequence[Field], ground: Ground, scanner: Scanner) -> None:
    scanner.count(
        "values", planner.values(fields), ground.whole.source, weight=0.3 * len(fields), small=ground.complete
    )


def _overflowed(field: Field, scanner: Scanner) -> bool:
    return len(scanner.answers.groups.get(m.Values(field, MOST_VALUES), ())) > MOST_VALUES


def _shapes(fields: Sequence[Field], ground: Ground, scanner: Scanner) -> None:
    wanted: list[m.Grouped] = []
    for field in fields:
        least, greatest = (scanner.answers.scalars.get(kind(field)) for kind in (m.Earliest, m.Latest))
        span = 0 if least is None or greatest is None else (int(greatest) - int(least)) // (3_600 * MICROS) + 1
        wanted += [shape for shape in planner.shapes(field, span) if shape not in scanner.answers.groups]
    scanner.count("distributions", wanted, ground.whole.source, weight=0.7 * len(wanted), small=ground.complete)


def _zoned(fields: Sequence[Field], scanner: Scanner) -> frozenset[Field]:
    return frozenset(field for field in fields if scanner.emit.zoned(field.physical))


# ---------------------------------------------------------------- the sample


def _looked_at(columns: Sequence[Column], ground: Ground, scanner: Scanner) -> tuple[Column, ...]:
    """The columns with their looks: all that have values to look at."""
    pairs = list(zip(columns, ground.sample.fields, strict=True))
    lengths = {field: _mean(scanner, field) for _, field in pairs}
    there = {field: scanner.answers.number(m.Present(field)) for _, field in pairs}
    seen = [field for one, field in pairs if there[field] and one.form not in _UNSEEN]
    visible = set(seen)
    looked = looks(
        seen, ground.sample, scanner, bytes_of=lengths, most=ground.rows if ground.complete else planner.MOST_LOOKED
    )
    shown = [
        field
        for one, field in pairs
        if field in visible and one.vocabulary is None and not field.form.temporal and lengths[field] <= planner.LONG
    ]
    top = commonest(shown, ground.sample, scanner)
    return tuple(
        replace(one, looks=looked.of(field, there[field], top.get(field, {}))) if field in visible else one
        for one, field in pairs
    )


def _corpus(
    relation: Relation, columns: Sequence[Column], declared: Declared, scanner: Scanner, now: dt.datetime
) -> Corpus | None:
    """Of the declared column of documents, or of the first that looks like one: long, and nearly all different."""
    name = declared.text or next((one.name for one in columns if _documents(one)), None)
    if name is None:
        return None
    scanner.step(f"documents of {name}", 4.0)
    return corpus(relation, scanner.engine, declared, name, now=now)


def _documents(one: Column) -> bool:
    if one.texts is None or not one.present:
        return False
    distinct = one.distinct or Distinct(0, 0, 0)
    return one.texts.total_length / one.present > planner.LONG and distinct.high > 0.9 * one.present
