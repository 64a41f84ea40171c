"""A file of staff, as personnel systems export it, read row by row: what each says, and what is wrong where.

Nothing is guessed about a person: a word for a state that is not known, or a date that could be read two ways, is a
fault of its row, and the row waits until somebody has mended it.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from roadworthy.foundation.errors import Finding, InvalidInput, Place, RoadworthyError
from roadworthy.foundation.identity.model import fold

MOST_ROWS = 200_000
MOST_TEXT = 320
MOST_KEY = 200
MOST_GROUPS = 200
_HEADER_WITHIN = 30
"""Rows in which the header is looked for; exports put a title or two above it."""

_SYNONYMS: Mapping[str, str] = {
    "employee": "employee employeeid employeeno employeenumber employeekey empid empno staffid staffnumber staffno "
    "personid personnelnumber personnelno personalnummer personalnr pernr matricule workerid payrollnumber",
    "handle": "handle email emailaddress mail mailaddress workemail businessemail companyemail email1 upn "
    "userprincipalname username user login loginname account accountname useraccount samaccountname adresse courriel "
    "emailadresse mailadresse",
    "name": "name fullname displayname employeename preferredname person nom naam vollername",
    "given": "givenname firstname forename vorname prenom",
    "family": "familyname lastname surname nachname nomdefamille",
    "unit": "unit department dept team orgunit organizationalunit organisationalunit organisationunit "
    "organizationunit businessunit division abteilung service costcenter costcentre",
    "manager": "manager manageremail managerid managerhandle supervisor supervisoremail reportsto linemanager "
    "vorgesetzter leiter",
    "groups": "groups group membership memberof teams roles gruppen groupes",
    "status": "status employmentstatus employeestatus state active isactive enabled aktiv",
    "left": "left leftat leavingdate leavedate enddate lastday lastworkingday lastdayofwork terminationdate "
    "dateofleaving contractend austritt austrittsdatum",
}
_FIELDS: Mapping[str, str] = {word: name for name, words in _SYNONYMS.items() for word in words.split()}

_WORDS: Mapping[bool, str] = {
    True: "active aktiv employed current present true yes y 1 ja oui enabled onleave parentalleave sick",
    False: "left leaver inactive inaktiv terminated former resigned retired dismissed false no n 0 nein non disabled "
    "ausgeschieden exited ended",
}
_HERE, _GONE = frozenset(_WORDS[True].split()), frozenset(_WORDS[False].split())
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_SPLIT = re.compile(r"[;|\n]")


@dataclass(frozen=True, slots=True)
class StaffRow:
    """What a row says of a person."""

    line: int
    handle: str
    """Folded."""
    employee: str | None
    name: str | None
    unit: str | None
    manager: str | None
    groups: tuple[str, ...]
    here: bool
    until: dt.date | None = None
    """The last day, where one is given and is still to come."""


@dataclass(frozen=True, slots=True)
class StaffFile:
    """What a file says."""

    source: str
    columns: Mapping[str, str]
    """Field to the header that it was found under."""
    rows: tuple[StaffRow, ...]
    faults: tuple[Finding, ...]
    named: frozenset[str]
    """Handles and employee keys of all rows, the faulty ones too: whoever is named is not absent."""
    unnamed: int
    """Rows that say nothing by which anybody could be known."""
    ignored: tuple[str, ...] = ()
    """Headers that mean nothing here."""


@dataclass(slots=True)
class _Reading:
    source: str
    at: Mapping[str, int]
    today: dt.date
    rows: list[StaffRow] = field(default_factory=list)
    faults: list[Finding] = field(default_factory=list)
    named: set[str] = field(default_factory=set)
    unnamed: int = 0
    handles: dict[str, int] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)


def read_staff(source: str, table: Sequence[Sequence[str]], today: dt.date) -> StaffFile:
    """Read a file of staff.

    Args:
        source: what the file is called.
        table: its rows of cells, the first row being line 1.
        today: the day that decides whether a last day is over.

    Raises:
        InvalidInput: no row is a header that names people, or the file is over a limit.
    """
    top, header = _header(source, table)
    if len(table) - top - 1 > MOST_ROWS:
        raise InvalidInput(
            "staff-file-too-long",
            f"the file has {len(table) - top - 1:,} rows, and {MOST_ROWS:,} are read at once",
            place=Place(source=source),
            remedy="bring it in in parts, without saying that it is complete",
        )
    reading = _Reading(source, header, today)
    for line, cells in enumerate(table[top + 1 :], start=top + 2):
        if any(cell.strip() for cell in cells):
            _read_row(reading, line, cells)
    titles = table[top]
    known = set(header.values())
    return StaffFile(
        source=source,
        columns={name: titles[at].strip() for name, at in header.items()},
        rows=tuple(reading.rows),
        faults=tuple(reading.faults),
        named=frozenset(reading.named),
        unnamed=reading.unnamed,
        ignored=tuple(title.strip() for at, title in enumerate(titles) if at not in known and title.strip()),
    )


def _header(source: str, table: Sequence[Sequence[str]]) -> tuple[int, dict[str, int]]:
    for top, cells in enumerate(table[:_HEADER_WITHIN]):
        found: dict[str, int] = {}
        for at, cell in enumerate(cells):
            name = _FIELDS.get(_plain(cell))
            if name is not None:
                found.setdefault(name, at)
        alone = sum(bool(cell.strip()) for cell in cells) == 1
        if "handle" in found and (len(found) > 1 or alone):
            return top, found
    raise InvalidInput(
        "staff-file-without-header",
        "no row names a column with an e-mail address or account name",
        place=Place(source=source, line=1),
        remedy="name the columns, such as `employee id`, `email`, `name`, `department`, `manager`, `status`",
    )


def _plain(text: str) -> str:
    """A header as it is compared: without accents, case and what stands between letters."""
    spread = unicodedata.normalize("NFKD", text).casefold()
    return "".join(each for each in spread if each.isalnum() and each.isascii())


def _read_row(reading: _Reading, line: int, cells: Sequence[str]) -> None:
    said = {name: _cell(cells, at) for name, at in reading.at.items()}
    faults = list(_faults(reading, line, said))
    handle = _folded(said.get("handle", ""))
    key = said.get("employee") or None
    for text in (handle, key):
        if text:
            reading.named.add(text)
    if not handle and key is None:
        reading.unnamed += 1
    if faults or handle is None:
        reading.faults.extend(faults)
        return
    reading.handles[handle] = line
    if key is not None:
        reading.keys[key] = line
    last_day = _date(said.get("left", ""))
    over = last_day is not None and last_day < reading.today
    reading.rows.append(
        StaffRow(
            line=line,
            handle=handle,
            employee=key,
            name=said.get("name") or " ".join(filter(None, (said.get("given"), said.get("family")))) or None,
            unit=said.get("unit") or None,
            manager=_folded(said.get("manager", "")) or None,
            groups=_groups(said.get("groups", "")),
            here=not over and _plain(said.get("status", "")) not in _GONE,
            until=None if over else last_day,
        )
    )


def _faults(reading: _Reading, line: int, said: Mapping[str, str]) -> Iterator[Finding]:
    def at(name: str) -> Place:
        return Place(source=reading.source, line=line, column=reading.at[name] + 1)

    handle = _folded(said["handle"])
    if handle is None:
        yield Finding(
            "staff-row-without-handle",
            f"`{said['handle'][:60]}` can be no e-mail address or account name"
            if said["handle"]
            else "the row has no e-mail address or account name",
            at("handle"),
            "add the address under which colleagues name the person",
        )
    elif handle in reading.handles:
        yield Finding(
            "staff-row-twice",
            f"`{handle[:100]}` stands in line {reading.handles[handle]} already",
            at("handle"),
            "keep the row that holds; one person is one row",
        )
    key = said.get("employee")
    if key and key in reading.keys:
        yield Finding(
            "staff-row-twice",
            f"the employee key stands in line {reading.keys[key]} already",
            at("employee"),
            "keep the row that holds; one person is one row",
        )
    yield from _unfit(reading, said, at)


def _unfit(reading: _Reading, said: Mapping[str, str], place: Callable[[str], Place]) -> Iterator[Finding]:
    for name, text in said.items():
        if name == "handle":
            continue  # looked at before, and more closely
        most = MOST_KEY if name == "employee" else MOST_GROUPS * 100 if name == "groups" else MOST_TEXT
        if len(text) > most or not text.replace("\n", " ").isprintable():
            yield Finding(
                "staff-value-unfit",
                f"the value is over {most} characters, or has some that cannot be printed",
                place(name),
                "shorten it, or write it anew",
            )
    state = _plain(said.get("status", ""))
    if state and state not in _HERE and state not in _GONE:
        yield Finding(
            "staff-state-unknown",
            f"`{said['status'][:60]}` does not say whether the person is here",
            place("status"),
            "write `active` or `left`",
        )
    if said.get("left") and _date(said["left"]) is None:
        yield Finding(
            "staff-date-unclear",
            f"`{said['left'][:60]}` is no date that can be read in one way only",
            place("left"),
            f"write it as `{reading.today.isoformat()}`",
        )
    for name in _groups(said.get("groups", "")):
        if len(name) > MOST_GROUPS:
            yield Finding(
                "staff-value-unfit", "the name of a group is over 200 characters", place("groups"), "shorten it"
            )


def _cell(cells: Sequence[str], at: int) -> str:
    return cells[at].strip() if at < len(cells) else ""


def _folded(text: str) -> str | None:
    try:
        return fold(text)
    except RoadworthyError:
        return None


def _groups(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in _SPLIT.split(text) if (name := part.strip())))


def _date(text: str) -> dt.date | None:
    """A day; None where there is none, or where day and month could be swapped."""
    iso, dotted = _ISO.fullmatch(text.strip()), _DOTTED.fullmatch(text.strip())
    parts = tuple(int(part) for part in iso.groups()) if iso else None
    if dotted:
        parts = tuple(int(part) for part in reversed(dotted.groups()))
    if parts is None:
        return None
    try:
        return dt.date(*parts)
    except ValueError:
        return None
