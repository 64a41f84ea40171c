"""Files of the shapes that people publish, made by code."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence

import openpyxl
import xlsxwriter

from roadworthy.inventory.importing.layout import find_table
from roadworthy.inventory.importing.mapping import propose
from roadworthy.inventory.importing.model import ColumnMapping, Placement, Table
from roadworthy.inventory.importing.placing import place
from roadworthy.inventory.importing.reading import read

Rows = Sequence[Sequence[str]]

SECTIONS = (
    (0, "SECTION 1: identifiers\nfor every use case"),
    (8, "SECTION 2: summary"),
    (13, "SECTION 3: documentation"),
    (18, "SECTION 4: data and code"),
    (25, 'SECTION 5: risk management, only if "HIGH-IMPACT" in SECTION 1'),
)
QUESTIONS = (
    "Use Case ID\n\n[Agency] – [#] ",
    "Use Case Name",
    "Bureau/Component",
    "Email Address",
    "Should this use case be withheld from the public?",
    "Stage of Development",
    "Is the AI use case high-impact?",
    "Justification",
    "Use Case Topic Area",
    "AI Classification",
    "What problem is it intended to solve?",
    "What are the expected benefits?",
    "Describe the system’s outputs.",
    "Date when it became operational or the pilot began",
    "Was it bought from a vendor, developed under contract or in-house?",
    "Vendor(s) Name",
    "Is there an associated Authorization to Operate (ATO)?",
    "System(s) Name",
    "Describe data used to train  or evaluate the models",
    "If the data is open, provide the link to the catalog",
    "Does it involve personally  identifiable information (PII)?",
    "If public, provide the link to the privacy impact assessment",
    "Which demographic variables does it use?",
    "Does it include custom-developed code?",
    "If open source, provide the link to the source code",
    "Has pre-deployment testing been conducted?\n\nPractice: testing",
    "Has an AI impact assessment been completed?\n\nPractice: assessment",
    "What are the potential impacts, and how were they found?",
    "Has an independent review been conducted?\n\nSub practice: assessment",
    "Is there a process for ongoing\nmonitoring of adverse impacts?",
    "Is there sufficient and periodic training for operators?",
    "Is there an appropriate fail-safe?",
    "Is there an appeal process for those affected?",
    "What steps were taken to consult and take in feedback of users?",
)
"""Questions as the federal form of 2025 asks them, in our own words; line breaks and double spaces as there."""

DEPLOYED = (
    "XYZ – 1", "Declassification review", "A/SKS", "ai@agency.example", "a) No",
    "c)  Deployed – it is authorised and in use.", "a) High-impact ", "N/A", "Administrative Functions",
    "Classical/Predictive Machine Learning", "manual review is slow", "cost savings", "predictions",
    "02/22/2023 00:00:00", "c) both", "Vendor One; Vendor Two", "No", "N/A", "cables of ten years", "N/A", "No", "N/A",
    "k) None of the above", "Yes", "https://github.com/agency/review", "a) Yes", "b) In-progress",
    "It could wrongly propose to release a document.", "d) In-progress", "a) Yes, protocols have been established",
    "b) Establishment of training is in-progress", "b) Not applicable", "c) Establishment is in-progress",
    "a) Direct usability testing  ",
)  # fmt: skip
RETIRED = (
    "XYZ – 2",
    "Old index",
    "A/SKS",
    "ai@agency.example",
    "a) No",
    "d) Retired – no longer in use.",
    "c) Not high-impact",
)
PILOT = (
    "XYZ – 3", "Budget chat", "BP", "ai@agency.example", "a) No", "b) Pilot – deployed in a limited test.",
    "b) Presumed high-impact but determined not high-impact", "only drafts", "Other", "Generative AI", "p", "q", "r",
    "Apr-25", "b) Developed in-house", "N/A", "Yes", "Office suite", "N/A", "N/A", "Yes", "https://agency.example/pia.pdf",
    "Age", "Yes", "N/A",
)  # fmt: skip


def section_row() -> list[str]:
    """The row of sections as CSV exports leave it: the label once, then empty cells."""
    row = [""] * len(QUESTIONS)
    for place_, label in SECTIONS:
        row[place_] = label
    return row


def form() -> list[list[str]]:
    """A single agency's inventory of 2025: two header rows, ragged rows, empty rows at the end."""
    return [section_row(), list(QUESTIONS), list(DEPLOYED), list(RETIRED), list(PILOT), [""] * 34, [""] * 34]


def csv_of(
    rows: Rows, delimiter: str = ",", encoding: str = "utf-8", end: str = "\r\n", *, quote: bool = False
) -> bytes:
    """Rows as delimited text."""
    text = io.StringIO(newline="")
    if quote:
        csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(rows)
    else:
        csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx_of(sheets: dict[str, Rows], merged: dict[str, list[str]] | None = None) -> bytes:
    """Sheets as a workbook; `merged` has ranges such as `A1:C1` for each sheet."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([cell or None for cell in row])
        for area in (merged or {}).get(name, []):
            sheet.merge_cells(area)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def formulas(cached: object) -> bytes:
    """A workbook with a formula in A2 that carries `cached` as its value."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Sheet1")
        sheet.write_row(0, 0, ["Use Case Name", "Stage"])
        sheet.write_formula(1, 0, '=CONCATENATE("Claims"," triage")', None, cached)
        sheet.write(1, 1, "Pilot")
    return target.getvalue()


def zip_of(entries: dict[str, bytes]) -> bytes:
    """A zip with these entries, packed."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return target.getvalue()


def table_of(content: bytes, mapping: ColumnMapping | None = None, name: str = "file") -> Table:
    """The table of a file."""
    return find_table(read(name, content), mapping)


def placed(content: bytes, mapping: ColumnMapping | None = None, name: str = "file") -> Placement:
    """The use cases of a file."""
    table = table_of(content, mapping, name)
    return place(table, propose(table, mapping), mapping)


def targets(content: bytes) -> dict[str, str]:
    """Header to target, as proposed."""
    return {proposal.column.label: proposal.target for proposal in propose(table_of(content))}
