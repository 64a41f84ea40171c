"""Three record systems and the formats in which they hand out dictations.

asterion sends version 2 messages as they were sent in the nineties (HL7-like; not certified against the standard),
brightwell gives resources as JSON lines (FHIR-like), carewise exports a CSV every night.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from examples.output import records, rows

LONGEST = 400
"""Characters that fit into carewise's column."""


@dataclass(frozen=True, slots=True)
class Dictation:
    """A dictation on its way into a record system."""

    id: str
    mrn: str
    born: str
    specialty: str
    """In words, or as a code; empty where the system has not been told."""
    clinician: str
    at: dt.datetime
    arrived: dt.datetime
    text: str


@dataclass(frozen=True, slots=True)
class Read:
    """What a reader of ours makes of a system's record."""

    id: str
    system: str
    specialty: str
    text: str


CAREWISE = ("ref", "mrn", "dob", "dept", "dictated", "exported", "author", "text")


def asterion(each: Dictation) -> str:
    """A message: segments on lines of their own, fields between bars."""
    stamp = f"{each.at + dt.timedelta(hours=1):%Y%m%d%H%M}"
    text = each.text.replace("\\", "\\E\\").replace("|", "\\F\\").replace("^", "\\S\\").replace("&", "\\T\\")
    return "\n".join(
        (
            f"MSH|^~\\&|ASTERION|MAIN|NOTES|HUB|{stamp}||MDM^T02|{each.id}|P|2.3",
            f"PID|1||{each.mrn}||||{each.born.replace('-', '')}",
            f"PV1|1|O||||||||{each.specialty}",
            f"TXA|1|CN||{stamp}|||{each.arrived:%Y%m%d%H%M}||{each.clinician}",
            f"OBX|1|TX|DICT||{text}",
        )
    )


def brightwell(each: Dictation) -> dict[str, object]:
    """A document reference with its text in Base64."""
    return {
        "resourceType": "DocumentReference",
        "id": each.id,
        "subject": {"identifier": {"system": "urn:mrn", "value": each.mrn}, "birthDate": each.born or None},
        "author": [{"display": each.clinician}],
        "date": each.at.isoformat(),
        "meta": {"lastUpdated": each.arrived.isoformat()},
        "context": {"practiceSetting": {"text": each.specialty}},
        "content": [
            {"attachment": {"contentType": "text/plain", "data": base64.b64encode(each.text.encode()).decode()}}
        ],
    }


def carewise(each: Dictation) -> tuple[str, ...]:
    """A row; day before month, and the text cut off."""
    return (
        each.id, each.mrn, f"{each.born[8:]}/{each.born[5:7]}/{each.born[:4]}" if each.born else "", each.specialty,
        f"{each.at:%d/%m/%Y %H:%M}", f"{each.arrived:%d/%m/%Y}", each.clinician, each.text[:LONGEST],
    )  # fmt: skip


def read_all(folder: Path) -> Iterator[Read]:
    """Everything in production, as an engineer would read it at first: whatever parses, repeated messages included."""
    for path in sorted((folder / "production" / "asterion").glob("*.hl7")):
        for message in path.read_text(encoding="utf-8").split("MSH|")[1:]:
            yield _message(message)
    for path in sorted((folder / "production" / "brightwell").glob("*.jsonl")):
        for resource in records(path):
            data = resource["content"][0]["attachment"]["data"]
            setting = resource["context"]["practiceSetting"]["text"]
            yield Read(resource["id"], "brightwell", setting, base64.b64decode(data).decode("utf-8"))
    for path in sorted((folder / "production" / "carewise").glob("*.csv")):
        for row in rows(path):
            yield Read(row["ref"], "carewise", row["dept"], row["text"])


def _message(message: str) -> Read:
    header, _, _ = message.partition("\n")
    fields = {line[:3]: line.split("|") for line in message.split("\n")[1:]}
    text = fields["OBX"][5]
    for escape, sign in (("\\F\\", "|"), ("\\S\\", "^"), ("\\T\\", "&"), ("\\E\\", "\\")):
        text = text.replace(escape, sign)
    return Read(header.split("|")[8], "asterion", fields["PV1"][10], text)


def as_line(each: dict[str, object]) -> str:
    """A resource as one line."""
    return json.dumps(each, ensure_ascii=False, separators=(",", ":"))
