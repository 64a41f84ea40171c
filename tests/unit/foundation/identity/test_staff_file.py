"""Files of staff, read: headers of many systems, and faults that name their place."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.identity.staff_file import read_staff

TODAY = dt.date(2026, 6, 1)
HEADER = ("Employee ID", "E-Mail", "First name", "Last name", "Department", "Manager", "Groups", "Status", "Last day")
ANA = ("1", "Ana@Halden.example", "Ana", "Diaz", "Claims", "boss@halden.example", "Risk; Claims", "Active", "")


def test_a_row_says_who_somebody_is_and_where() -> None:
    file = read_staff("staff.csv", [("Staff of June",), (), HEADER, ANA, ("", "", "")], TODAY)
    assert file.columns["handle"] == "E-Mail"
    (ana,) = file.rows
    assert (ana.line, ana.handle, ana.employee, ana.name) == (4, "ana@halden.example", "1", "Ana Diaz")
    assert (ana.unit, ana.manager, ana.groups, ana.here) == ("Claims", "boss@halden.example", ("Risk", "Claims"), True)
    assert file.faults == ()


@pytest.mark.parametrize(
    "header",
    [
        ("Personalnummer", "E-Mail-Adresse", "Vorname", "Nachname", "Abteilung", "Vorgesetzter", "Status"),
        ("Emp. No.", "Work Email", "Given Name", "Family Name", "Org Unit", "Reports To", "Employment Status"),
        ("employee_key", "userPrincipalName", "givenName", "surname", "department", "manager", "isActive"),
    ],
)
def test_headers_of_many_systems_are_known(header: tuple[str, ...]) -> None:
    file = read_staff("staff.csv", [header, ("7", "a@halden.example", "A", "B", "C", "d@halden.example", "1")], TODAY)
    (row,) = file.rows
    assert (row.employee, row.name, row.unit, row.manager, row.here) == ("7", "A B", "C", "d@halden.example", True)
    assert file.ignored == ()


@pytest.mark.parametrize(
    ("status", "last_day", "here"),
    [
        ("", "", True),
        ("On leave", "", True),
        ("Terminated", "", False),
        ("ausgeschieden", "", False),
        ("active", "2026-05-31", False),
        ("active", "2026-06-01", True),
        ("active", "31.12.2026", True),
        ("active", "2026-05-31T00:00:00", False),
    ],
)
def test_a_state_and_a_last_day_say_who_is_here(status: str, last_day: str, here: bool) -> None:
    file = read_staff("s", [HEADER, (*ANA[:7], status, last_day)], TODAY)
    assert file.faults == ()
    assert file.rows[0].here is here


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        (("1", "", "Ana"), "staff-row-without-handle", 2),
        (("1", "a\x00b"), "staff-row-without-handle", 2),
        ((*ANA[:7], "perhaps", ""), "staff-state-unknown", 8),
        ((*ANA[:7], "", "06/07/2026"), "staff-date-unclear", 9),
        ((*ANA[:7], "", "2026-02-30"), "staff-date-unclear", 9),
        (("1" * 201, *ANA[1:]), "staff-value-unfit", 1),
        ((*ANA[:6], "x" * 201, "", ""), "staff-value-unfit", 7),
        (("9", *ANA[1:]), "staff-row-twice", 2),
        (("1", "other@halden.example"), "staff-row-twice", 1),
    ],
)
def test_a_fault_names_its_place_and_keeps_its_row_back(row: tuple[str, ...], code: str, column: int) -> None:
    first = [ANA] if code == "staff-row-twice" else []
    file = read_staff("staff.csv", [HEADER, *first, row], TODAY)
    (fault,) = file.faults
    assert (fault.code, fault.place.column, fault.place.line) == (code, column, 2 + len(first))
    assert str(fault).startswith(f"staff.csv:{2 + len(first)}:{column}: ")
    assert len(file.rows) == len(first)
    assert file.named, "whoever a faulty row names is not absent"


def test_a_file_without_a_header_says_what_is_missing() -> None:
    for table in ([], [("a", "b")], [("name", "department"), ("Ana", "Claims")]):
        with pytest.raises(InvalidInput) as refused:
            read_staff("staff.csv", table, TODAY)
        assert refused.value.code == "staff-file-without-header"


CELLS = st.text(max_size=12)


@given(st.lists(st.lists(CELLS, max_size=10).map(tuple), max_size=8))
def test_every_row_is_read_or_named(rows: list[tuple[str, ...]]) -> None:
    file = read_staff("staff.csv", [HEADER, *rows], TODAY)
    lines = {row.line for row in file.rows} | {fault.place.line for fault in file.faults}
    assert lines == {at + 2 for at, row in enumerate(rows) if any(cell.strip() for cell in row)}
