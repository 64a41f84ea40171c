"""Rows of a log, whatever its form, as tuples in the order of `forms.TARGETS`; no other field is touched."""

from __future__ import annotations

import csv
import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from roadworthy.foundation.errors import InvalidInput, Place
from roadworthy.inventory.discovery.forms import SQUID, TARGETS, Layout, Path, layout_of
from roadworthy.inventory.discovery.opening import Opened
from roadworthy.inventory.importing.delimited import sniff

Row = tuple[str, ...]
"""One value for each of `TARGETS`, empty where the file says nothing."""

_SQUID_LINE = re.compile(r"\d{9,}\.\d{3}\s+\d+\s+\S+\s+[A-Z_]+/\d{3}\s+-?\d+\s+[A-Z_]+\s+\S+\s+\S+\s+\S+/\S+\s+\S+")
_SQUID_FIELDS = 10
_SAMPLE = 50
"""Objects whose fields decide which form a JSON file has."""
_LISTS = ("data", "results", "result", "items", "logs", "records", "value")
"""Where answers of usage APIs keep their rows; buckets of time keep them one level deeper."""
_SUMMED = frozenset({"calls", "input", "output", "total"})
_INHERITED = ("start_time", "start_time_iso", "starting_at")
_ROLE = re.compile(r"arn:aws[a-z-]*:(?:sts|iam)::\d*:(?:assumed-role|role|user)/([^/]+)")


@dataclass
class Rows:
    """The rows of a file and, once they are used up, what became of the others."""

    layout: Layout
    rows: Iterator[Row]
    notes: list[str] = field(default_factory=list)
    skipped: int = 0
    """Lines that are no rows: too short, or no JSON."""
    first_skipped: int | None = None

    def skip(self, line: int) -> None:
        """Count a line that is no row."""
        self.skipped += 1
        if self.first_skipped is None:
            self.first_skipped = line


def rows_of(opened: Opened, chosen: Mapping[str, str] | None = None) -> Rows:
    """The rows of an opened file.

    Raises:
        InvalidInput: nobody can tell what it is, or which column names vendor, model or host.
    """
    start = opened.head.lstrip("\ufeff \t\r\n")
    if start.startswith(("{", "[")):
        return _json_rows(opened, start, chosen)
    first = start.split("\n", 1)[0]
    if _SQUID_LINE.match(first):
        return _squid_rows(opened)
    return _csv_rows(opened, chosen)


# ---------------------------------------------------------------- delimited text


def _csv_rows(opened: Opened, chosen: Mapping[str, str] | None) -> Rows:
    delimiter = sniff(opened.head)
    reader = csv.reader(opened.lines(), delimiter=delimiter)
    header = next((row for row in reader if any(cell.strip() for cell in row)), [])
    names = [name.strip().lstrip("\ufeff") for name in header]
    layout = layout_of(opened.source, names, chosen)
    rows = Rows(layout, iter(()))
    rows.rows = _picked(opened.source, reader, names, rows)
    return rows


def _picked(source: str, reader: Any, names: Sequence[str], rows: Rows) -> Iterator[Row]:  # noqa: ANN401 - csv names no type for its readers
    take = _taker(names, rows.layout)
    width = len(names)
    try:
        for cells in reader:
            if len(cells) < width:
                if cells:
                    rows.skip(reader.line_num)
                continue
            cells.append("")
            yield take(cells)
    except csv.Error as error:
        raise InvalidInput(
            "discovery-quote-unclosed",
            "a quote opens here and is never closed",
            place=Place(source=source, line=reader.line_num),
            remedy="export the file again, or bring it in as JSON lines",
        ) from error


def _taker(names: Sequence[str], layout: Layout) -> Callable[[list[str]], Row]:
    """What takes the cells of the targets out of a row that got one empty cell more."""
    places: dict[str, int] = {}
    for position, name in enumerate(names):
        places.setdefault(name, position)
    plain = itemgetter(*(_place(layout.paths.get(target, ()), places) for target in TARGETS))
    several = {target: found for target, found in layout.paths.items() if len(found) > 1 or len(found[0]) > 1}
    if not several:
        return plain
    order = {target: position for position, target in enumerate(TARGETS)}
    flat = [
        (order[target], [places[path[0]] for path in found])
        for target, found in several.items()
        if target not in _SUMMED and all(len(path) == 1 for path in found)
    ]
    deep = [
        (order[target], target, found)
        for target, found in several.items()
        if target in _SUMMED or any(len(path) > 1 for path in found)
    ]

    def take(cells: list[str]) -> Row:
        row = list(plain(cells))
        for position, columns in flat:
            if not row[position]:
                row[position] = next((cells[at] for at in columns if cells[at]), "")
        for position, target, paths in deep:
            row[position] = _first(paths, lambda name: cells[places[name]] if name in places else "", target)
        return tuple(row)

    return take


def _place(paths: Sequence[Path], places: Mapping[str, int]) -> int:
    """The column that a target is read from as it is; -1, the empty cell, where that takes more."""
    return places[paths[0][0]] if paths and len(paths[0]) == 1 else -1


# ---------------------------------------------------------------- JSON


def _json_rows(opened: Opened, start: str, chosen: Mapping[str, str] | None) -> Rows:
    rows = Rows(Layout(SQUID, {}), iter(()))
    objects = _documents(opened, rows) if _is_lines(start) else _objects(_whole(opened))
    sample = list(itertools.islice(objects, _SAMPLE))
    names = sorted({name for each in sample for name in _names(each)})
    rows.layout = layout_of(opened.source, names, chosen)
    rows.rows = _taken(itertools.chain(sample, objects), rows.layout)
    return rows


def _is_lines(start: str) -> bool:
    """Whether the first line is a JSON object of its own."""
    first, _, _ = start.partition("\n")
    if not first.rstrip().endswith("}") or first.startswith("["):
        return False
    try:
        json.loads(first)
    except ValueError:
        return False
    return True


def _documents(opened: Opened, rows: Rows) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(opened.lines(), 1):
        if line.isspace():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            rows.skip(number)
            continue
        yield from _objects(found)


def _whole(opened: Opened) -> Any:  # noqa: ANN401 - JSON holds anything
    text = opened.text().lstrip("\ufeff")
    try:
        return json.loads(text)
    except RecursionError as error:
        raise _no_json(opened.source, None) from error
    except json.JSONDecodeError as error:
        raise _no_json(opened.source, error) from error


def _no_json(source: str, error: json.JSONDecodeError | None) -> InvalidInput:
    return InvalidInput(
        "discovery-json-broken",
        "the file begins like JSON and is none" if error is None else f"the JSON breaks off here ({error.msg.lower()})",
        place=Place(source=source, line=error.lineno if error else None, column=error.colno if error else None),
        remedy="export it again; large exports are best written with one JSON object on each line",
    )


def _objects(found: Any, above: Mapping[str, Any] | None = None) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 - JSON holds anything
    """The rows in a JSON value: itself, its list, or the lists of its buckets, with the bucket's time."""
    if isinstance(found, list):
        for each in found:
            yield from _objects(each, above)
        return
    if not isinstance(found, dict):
        return
    for name in _LISTS:
        inner = found.get(name)
        if isinstance(inner, list) and (not inner or isinstance(inner[0], dict)):
            time = {key: found[key] for key in _INHERITED if key in found}
            yield from _objects(inner, {**(above or {}), **time})
            return
    yield {**above, **found} if above else found


def _names(record: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in record.items():
        yield f"{prefix}{name}"
        if isinstance(value, dict) and not prefix:
            yield from _names(value, f"{name}.")


def _taken(objects: Iterable[Mapping[str, Any]], layout: Layout) -> Iterator[Row]:
    paths = [(target, layout.paths.get(target, ())) for target in TARGETS]
    for record in objects:
        yield tuple(_first(found, record.get, target) if found else "" for target, found in paths)


def _first(paths: Sequence[Path], get: Callable[[str], Any], target: str) -> str:
    """The first of some fields that says something; numbers of several fields are added up."""
    if target in _SUMMED and len(paths) > 1:
        return str(sum(int(value) for path in paths if (value := _at(path, get)).isdigit()))
    for path in paths:
        value = _at(path, get)
        if value:
            return _role(value) if target == "app" and value.startswith("arn:") else value
    return ""


def _at(path: Path, get: Callable[[str], Any]) -> str:
    value = get(path[0])
    for part in path[1:]:
        if isinstance(value, str) and value.startswith("{"):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                return ""
        if not isinstance(value, dict):
            return ""
        value = value.get(part)
    if value is None or isinstance(value, dict | list):
        return ""
    return str(value)


def _role(arn: str) -> str:
    """The role or user of an AWS name, without the session, which often carries a person's address."""
    found = _ROLE.match(arn)
    return found[1] if found else arn


# ---------------------------------------------------------------- Squid


def _squid_rows(opened: Opened) -> Rows:
    rows = Rows(
        Layout(SQUID, {}, {"time": "time", "client, user": "person", "URL": "host", "code/status": "outcome"}),
        iter(()),
    )
    rows.rows = _squid(opened, rows)
    return rows


def _squid(opened: Opened, rows: Rows) -> Iterator[Row]:
    empty = dict.fromkeys(TARGETS, "")
    order = {target: position for position, target in enumerate(TARGETS)}
    host, person, time, outcome = (order[name] for name in ("host", "person", "time", "outcome"))
    blank = list(empty.values())
    for number, line in enumerate(opened.lines(), 1):
        parts = line.split(None, _SQUID_FIELDS)
        if len(parts) < _SQUID_FIELDS:
            rows.skip(number)
            continue
        row = blank.copy()
        row[time], row[outcome], row[host] = parts[0], parts[3], parts[6]
        row[person] = parts[2] if parts[7] == "-" else parts[7]
        yield tuple(row)
