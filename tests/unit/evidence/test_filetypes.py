"""What a file is: the types that are taken, the names that lie, and what never comes in."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadworthy.evidence.filetypes import media_type
from roadworthy.foundation.errors import InvalidInput

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"
ELF = b"\x7fELF\x02\x01\x01" + b"\x00" * 60
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
OPEN = "application/vnd.openxmlformats-officedocument"


def zipped(**members: str) -> bytes:
    """A ZIP of these members; `__` in a name stands for a dot."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "."), text)
    return content.getvalue()


DOCX = zipped(**{"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"})
XLSX = zipped(**{"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<x/>"})
ODS = zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet", content__xml="<c/>")
JAR = zipped(**{"META-INF/MANIFEST.MF": "Main-Class: A", "A.class": "\u00ca"})
MACROS = zipped(**{"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>", "word/vbaProject.bin": "x"})


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("report.pdf", PDF, "application/pdf"),
        ("REPORT.PDF", PDF, "application/pdf"),
        ("shot.png", PNG, "image/png"),
        ("photo.jpeg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x00" * 30, "image/jpeg"),
        ("picture.webp", b"RIFF\x20\x00\x00\x00WEBPVP8 " + b"\x00" * 30, "image/webp"),
        ("review.docx", DOCX, f"{OPEN}.wordprocessingml.document"),
        ("review.xlsx", XLSX, f"{OPEN}.spreadsheetml.sheet"),
        ("review.ods", ODS, "application/vnd.oasis.opendocument.spreadsheet"),
        ("review.doc", OLE, "application/x-ole-storage"),
        ("data.parquet", b"PAR1" + b"\x00" * 30 + b"PAR1", "application/vnd.apache.parquet"),
        ("data.csv", b"a,b\n1,2\n", "text/csv"),
        ("column.csv", b"one column\nonly\n", "text/csv"),
        ("wide.csv", "name;größe\nä;1\n".encode("utf-16"), "text/csv"),
        ("data.tsv", b"a\tb\n1\t2\n", "text/tab-separated-values"),
        ("data.json", b'\xef\xbb\xbf{"a": [1, 2]}', "application/json"),
        ("runs.jsonl", b'{"a": 1}\n{"a": 2}\n', "application/jsonl"),
        ("notes.md", b"# Notes\n\nAll well.\n", "text/markdown"),
        ("config.yaml", b"a: 1\nb: 2\n", "application/yaml"),
        ("run.log", b"\x1b[32mok\x1b[0m 12:00\n", "text/plain"),
        ("table.txt", b"a,b\n1,2\n", "text/plain"),
        ("report.html", b"<!DOCTYPE html><html><body>ok</body></html>", "text/html"),
        ("scan.xml", b"<?xml version='1.0'?><a/>", "application/xml"),
        ("no ending", PDF, "application/pdf"),
        ("other.ending", b"just words\n", "text/plain"),
        ("MZ.txt", b"MZ is how a program begins, and this text as well\n", "text/plain"),
    ],
    ids=lambda value: value if isinstance(value, str) and "/" not in value else "",
)
def test_what_is_taken(name: str, content: bytes, found: str) -> None:
    assert media_type(name, io.BytesIO(content)) == found


@pytest.mark.parametrize(
    ("name", "content", "says", "shows"),
    [
        ("report.pdf", PNG, "application/pdf", "image/png"),
        ("shot.png", PDF, "image/png", "application/pdf"),
        ("data.csv", b"<!DOCTYPE html><html>Please log in</html>", "text/csv", "text/html"),
        ("data.json", b"a,b\n1,2\n", "application/json", "text/csv"),
        ("data.json", b'{"a": 1', "application/json", "text/plain"),
        ("report.pdf", zipped(a__txt="x"), "application/pdf", "application/zip"),
        ("report.pdf", PDF + zipped(a__txt="x"), "application/pdf", "application/zip"),
        ("shot.png", PNG + zipped(a__txt="x"), "image/png", "application/zip"),
        ("review.docx", zipped(a__txt="x"), f"{OPEN}.wordprocessingml.document", "application/zip"),
        ("review.docx", XLSX, f"{OPEN}.wordprocessingml.document", f"{OPEN}.spreadsheetml.sheet"),
        ("notes.txt", PDF, "text/plain", "application/pdf"),
    ],
    ids=[
        "picture as PDF", "PDF as picture", "page as table", "table as JSON", "half a JSON", "archive as PDF",
        "archive behind a PDF", "archive behind a picture", "archive as document", "sheet as document", "PDF as text",
    ],
)  # fmt: skip
def test_a_name_that_lies_is_refused_with_both_types(name: str, content: bytes, says: str, shows: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        media_type(name, io.BytesIO(content))

    assert refused.value.code == "attachment-type-lies"
    assert f"`{says}`" in refused.value.message
    assert f"`{shows}`" in refused.value.message


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("report.pdf", ELF),
        ("tool.exe", b"MZ\x90\x00" + b"\x00" * 80),
        ("report.txt", b"#!/bin/sh\nrm -rf /\n"),
        ("app.jar", JAR),
        ("report.docx", JAR),
        ("report.docx", MACROS),
        ("report.doc", OLE + "_VBA_PROJECT".encode("utf-16-le") + b"\x00" * 64),
        ("model.pkl", b"\x80\x04\x95" + b"\x00" * 20),
        ("model", b"\x80\x05\x95" + b"\x00" * 20),
        ("notes.ps1", b"Write-Host hello\n"),
        ("a.wasm", b"\x00asm\x01\x00\x00\x00"),
    ],
    ids=[
        "ELF", "PE", "script", "JAR", "JAR as document", "macros", "old macros", "pickle by name", "pickle", "by name",
        "WebAssembly",
    ],
)  # fmt: skip
def test_what_runs_is_refused_under_any_name(name: str, content: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        media_type(name, io.BytesIO(content))
    assert refused.value.code == "attachment-runnable"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("all.zip", zipped(a__txt="x"), "attachment-archive"),
        ("all.zip", zipped(), "attachment-archive"),
        ("all", zipped(a__txt="x"), "attachment-archive"),
        ("all.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03abc", "attachment-type-unknown"),
        ("data.bin", bytes(range(128, 250)), "attachment-type-unknown"),
        ("data.parquet", b"PAR1" + b"\x00" * 40, "attachment-type-unknown"),
        ("half.zip", zipped(a__txt="x" * 100)[:60], "attachment-type-unknown"),
        ("text.txt", b"a\x00b", "attachment-type-unknown"),
    ],
    ids=["zip", "empty zip", "without ending", "gzip", "noise", "half a table", "half a zip", "not quite text"],
)
def test_what_nobody_can_look_into_is_refused(name: str, content: bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        media_type(name, io.BytesIO(content))
    assert refused.value.code == code


def test_json_over_the_limit_of_parsing_is_told_by_its_ends() -> None:
    long = json.dumps(["x" * 100] * 50_000).encode()
    lines = b"\n".join(json.dumps({"run": number, "x": "y" * 100}).encode() for number in range(50_000))

    assert media_type("long.json", io.BytesIO(long)) == "application/json"
    assert media_type("long.jsonl", io.BytesIO(lines)) == "application/jsonl"
    with pytest.raises(InvalidInput):
        media_type("long.json", io.BytesIO(long[:-1]))


@given(st.binary(min_size=1, max_size=300), st.sampled_from(["a.pdf", "a.csv", "a.docx", "a.zip", "a.parquet", "a"]))
def test_no_content_crashes_it_and_what_is_taken_as_a_pdf_begins_like_one(content: bytes, name: str) -> None:
    try:
        found = media_type(name, io.BytesIO(content))
    except InvalidInput:
        return
    assert (found == "application/pdf") == content.startswith(b"%PDF-")
