"""Sources that Spark reads: where the data lies in its cluster, so that it need not be brought anywhere.

The columns are told in the same way as of files that are read here, on rows drawn by a hash of their content. What
Spark cannot read of a folder ends the reading with its own words: to leave out a broken file it would read all of them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from roadworthy.foundation.errors import InvalidInput, NotFound, Place, RoadworthyError
from roadworthy.measure.fingerprint.model import Form, PartState
from roadworthy.measure.fingerprint.relation import Field, Opened, Relation
from roadworthy.measure.fingerprint.sources import spark_casts
from roadworthy.measure.fingerprint.sources.formats import BY_SUFFIX, Format, Found, head_of, plain_suffix
from roadworthy.measure.fingerprint.sources.forms import reading
from roadworthy.measure.fingerprint.sources.options import ReadOptions

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from roadworthy.measure.fingerprint.engines.spark import SparkEngine

_AS_FOUND = ReadOptions()
_ROWS = 5_000
_PART = "__part"
_DEEPEST = 8
_CONDITION = re.compile(r"\[[A-Z_.]{6,}\][^\n]*")
"""How Spark itself names what went wrong, wherever in a long text it stands."""
_UNSIGNED = "decimal(20,0)"
"""How Spark reads whole numbers of 64 bits without a sign."""
_FORMS = {
    "tinyint": Form.INTEGER,
    "smallint": Form.INTEGER,
    "int": Form.INTEGER,
    "bigint": Form.INTEGER,
    "float": Form.DECIMAL,
    "double": Form.DECIMAL,
    "boolean": Form.BOOLEAN,
    "date": Form.DATE,
    "timestamp": Form.TIMESTAMP,
    "timestamp_ntz": Form.TIMESTAMP,
    "string": Form.TEXT,
    "binary": Form.BINARY,
    "void": Form.EMPTY,
}


def open_on_spark(location: str, engine: SparkEngine, *, name: str = "", options: ReadOptions = _AS_FOUND) -> Opened:
    """Open a path of Parquet, CSV or JSON that Spark reaches, or a table that it knows.

    Raises:
        NotFound: Spark finds nothing there.
        InvalidInput: Spark cannot read it.
    """
    try:
        frame, files = _frame(location, engine.session, options)
        view = f"roadworthy_{abs(hash(location)):x}"
        frame.createOrReplaceTempView(view)
        schema = frame.drop(_PART).schema if files else frame.schema
        parts = _parts(engine, view, schema) if files else ()
        fields = list(_fields(schema))
    except RoadworthyError:
        raise
    except Exception as error:  # Spark raises its own and the virtual machine's; the first line tells what it is
        raise _translated(error, location) from error
    number = _number(fields)
    rows = sum(part.rows for part in parts) or int(engine.rows(f"SELECT count(*) FROM `{view}`")[0][0])
    read, notes = _read(engine, view, fields, number, rows)
    relation = Relation(f"`{view}`", read, number, f"`{_PART}`" if len(parts) > 1 else None)
    size = sum(part.size or 0 for part in parts) or None

    def close() -> None:
        engine.session.catalog.dropTempView(view)

    return Opened(
        name or PurePosixPath(location.rstrip("/")).name.split(".", 1)[0] or location,
        location,
        relation,
        parts,
        size,
        notes,
        close=close,
    )


def _frame(location: str, session: Any, options: ReadOptions) -> tuple[DataFrame, bool]:  # noqa: ANN401 - classic or connect
    if "/" not in location and not BY_SUFFIX.get(plain_suffix(location)) and session.catalog.tableExists(location):
        return session.table(location), False
    kind = Format(options.format) if options.format else _kind(location)
    reader = session.read.option("recursiveFileLookup", "false")
    if kind is Format.CSV:
        reader = (
            reader.option("header", str(options.header is not False).lower())
            .option("sep", options.delimiter or _delimiter(location))
            .option("quote", '"' if options.quote is None else options.quote)
            .option("escape", '"')
            .option("multiLine", "true")
            .option("inferSchema", "false")
        )
        frame = reader.csv(location)
    elif kind is Format.JSON:
        frame = reader.option("prefersDecimal", "false").option("inferTimestamp", "false").json(location)
    else:
        frame = reader.option("mergeSchema", "true").parquet(location)
    return frame.selectExpr("*", f"_metadata.file_path AS `{_PART}`"), True


def _kind(location: str) -> Format:
    path = location.removeprefix("file://")
    inside = (name for _, _, names in os.walk(path) for name in sorted(names) if not name.startswith((".", "_")))
    known = BY_SUFFIX.get(plain_suffix(next(inside, location.rstrip("/*"))))
    return known if known in {Format.CSV, Format.JSON} else Format.PARQUET


def _delimiter(location: str) -> str:
    if plain_suffix(location) in {".tsv", ".tab"}:
        return "\t"
    try:
        first = head_of(Found(location, location, 0, ""), 4096).split(b"\n", 1)[0].decode("utf-8", "replace")
    except RoadworthyError:
        return ","
    return max(",;\t|", key=lambda sign: (first.count(sign), sign == ","))


def _parts(engine: SparkEngine, view: str, schema: Any) -> tuple[PartState, ...]:  # noqa: ANN401 - a StructType
    """The files with their rows; the columns of a single one, since Spark tells those of several only together."""
    found = engine.rows(f"SELECT `{_PART}`, count(*) FROM `{view}` GROUP BY 1 ORDER BY 1")
    columns = tuple((each.name, each.dataType.simpleString()) for each in schema.fields) if len(found) == 1 else ()
    return tuple(PartState(str(path), int(rows), columns=columns) for path, rows in found)


# ---------------------------------------------------------------- columns


def _fields(schema: Any) -> Iterator[Field]:  # noqa: ANN401 - a StructType of Spark
    for each in schema.fields:
        yield from _field(each.name, _quoted(each.name), each.dataType, 0, (each.metadata or {}).get("comment"))


def _field(path: str, expression: str, kind: Any, depth: int, label: str | None) -> Iterator[Field]:  # noqa: ANN401 - as above
    physical = kind.simpleString()
    word = kind.typeName()
    if word == "struct":
        yield Field(path, expression, physical, Form.NESTED, label=label)
        for each in kind.fields if depth < _DEEPEST else ():
            yield from _field(
                f"{path}.{each.name}", f"{expression}.{_quoted(each.name)}", each.dataType, depth + 1, None
            )
    elif word == "array":
        yield Field(path, expression, physical, Form.NESTED, label=label)
        length = f"CASE WHEN {expression} IS NOT NULL THEN size({expression}) END"
        yield Field(f"{path}.count", length, "int", Form.INTEGER)
        if depth < _DEEPEST:
            inner = _field(f"{path}[0]", f"get({expression}, 0)", kind.elementType, depth + 1, None)
            if kind.elementType.typeName() == "struct":
                next(inner)
            yield from inner
    elif word in {"map", "variant"}:
        yield Field(path, expression, physical, Form.NESTED, label=label)
    elif word == "decimal":
        yield Field(path, expression, physical, Form.INTEGER if physical == _UNSIGNED else Form.DECIMAL, label=label)
    else:
        form = _FORMS.get(physical)
        value = expression if form else f"CAST({expression} AS STRING)"
        yield Field(path, value, physical, form or Form.TEXT, label=label)


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _number(fields: Sequence[Field]) -> str | None:
    """A steady number per row: a hash of its content, since Spark numbers rows anew on each run."""
    flat = [each.expression for each in fields if each.form not in {Form.NESTED, Form.EMPTY}]
    return f"(xxhash64({', '.join(flat)}) & 9223372036854775807)" if flat else None


def _read(
    engine: SparkEngine, view: str, fields: Sequence[Field], number: str | None, rows: int
) -> tuple[tuple[Field, ...], tuple[str, ...]]:
    texts = [each for each in fields if each.physical == "string"]
    if not texts or not rows or number is None:
        return tuple(fields), ()
    listing = ", ".join(each.expression for each in texts)
    every = max(1, rows // _ROWS)
    sample = engine.rows(f"SELECT {listing} FROM `{view}` WHERE {number} % {every} = 0 LIMIT {2 * _ROWS}")
    if not sample:
        return tuple(fields), ()
    readings = {
        each.name: reading(each.name, values) for each, values in zip(texts, zip(*sample, strict=True), strict=True)
    }
    found = []
    for each in fields:
        how = readings.get(each.name)
        if how is None or how.way == "text":
            found.append(each)
            continue
        raw = f"nullif(trim({each.expression}), '')"
        found.append(replace(each, expression=spark_casts.value_of(each.expression, how), form=how.form, raw=raw))
    return tuple(found), tuple(how.note for how in readings.values() if how.note)


def _translated(error: Exception, location: str) -> RoadworthyError:
    named = _CONDITION.search(str(error))
    line = (named[0] if named else str(error).strip().split("\n", 1)[0]).replace("`", "'")[:400]
    place = Place(source=location)
    if "PATH_NOT_FOUND" in line or "TABLE_OR_VIEW_NOT_FOUND" in line:
        return NotFound(
            "source-not-found",
            f"there is nothing at `{location}` that Spark could read",
            place=place,
            remedy="give a path that the cluster reaches, or the full name of a table",
        )
    return InvalidInput(
        "source-unreadable",
        f"the source cannot be read by Spark: `{line.rstrip('. ')}`",
        place=place,
        remedy="mend or leave out what Spark names; nanosecond timestamps and broken files are the usual reasons",
    )
