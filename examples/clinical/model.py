"""Extraction by rules: from a dictation to a structured note.

Written against the pilot's fifty dictations, and it shows: it looks for the pilot's headings, knows the drugs and
diagnoses of cardiology, takes weights for pounds and temperatures for Fahrenheit. None of that is silly; each is what
the fifty dictations teach.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field

from examples.clinical.visits import specialties

_SECTION = re.compile(
    r"\b(chief complaint|vitals|medications|allergies|assessment|plan|follow up)\b\s*:?\s*", re.IGNORECASE
)
_PRESSURE = re.compile(r"(\d{2,3})\s*(?:over|/)\s*(\d{2,3})")
_PULSE = re.compile(r"\b(?:pulse|heart rate)(?: of)?\s+(\d{2,3})\b", re.IGNORECASE)
_TEMPERATURE = re.compile(r"\btemperature(?: of)?\s+(\d{2,3}(?:\.\d)?)", re.IGNORECASE)
_WEIGHT = re.compile(r"\bweight(?: of)?\s+(\d{2,3})\b", re.IGNORECASE)
_DRUG = re.compile(
    r"\b([a-z]{5,})\s+(\d+(?:\.\d+)?)\s*(mg|mcg|milligrams|micrograms|g|units)\s+"
    r"(daily|twice daily|three times daily|at bedtime|as needed)\b",
    re.IGNORECASE,
)
_FOLLOW_UP = re.compile(r"\b(?:follow up|back)\s+in\s+(\d+)\s+(day|week|month)s?\b", re.IGNORECASE)
_DAYS = {"day": 1, "week": 7, "month": 30}
_UNITS = {"milligrams": "mg", "micrograms": "mcg"}


@dataclass(slots=True)
class Note:
    """A draft for the clinician; None and empty where nothing was found."""

    complaint: str | None = None
    blood_pressure: str | None = None
    pulse: int | None = None
    temperature_f: float | None = None
    weight_lb: int | None = None
    medications: list[str] = field(default_factory=list)
    """Name, dose, unit and frequency, such as `metoprolol 50 mg daily`."""
    allergies: list[str] = field(default_factory=list)
    diagnoses: list[str] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    follow_up_days: int | None = None


@functools.cache
def _known() -> dict[str, tuple[str, ...]]:
    """What the pilot taught: one specialty's words."""
    cardiology = specialties()[0]
    return {
        "complaints": cardiology.complaints,
        "diagnoses": cardiology.diagnoses,
        "orders": cardiology.orders,
        "allergies": ("penicillin", "sulfa drugs", "latex", "codeine", "shellfish", "aspirin"),
    }


def extract(text: str) -> Note:
    """The structured note of a dictation."""
    sections = _sections(text)
    note = Note(complaint=_complaint(text, sections))
    if found := _PRESSURE.search(text):
        note.blood_pressure = f"{found[1]}/{found[2]}"
    if found := _PULSE.search(text):
        note.pulse = int(found[1])
    if found := _TEMPERATURE.search(text):
        note.temperature_f = float(found[1])
    if found := _WEIGHT.search(text):
        note.weight_lb = int(found[1])
    for name, dose, unit, often in _DRUG.findall(text):
        note.medications.append(f"{name.lower()} {dose} {_UNITS.get(unit.lower(), unit.lower())} {often.lower()}")
    note.allergies = _listed(sections.get("allergies", ""), "allergies", text)
    note.diagnoses = _listed(sections.get("assessment", ""), "diagnoses", text)
    note.orders = _listed(sections.get("plan", "").removeprefix("order "), "orders", text)
    if found := _FOLLOW_UP.search(text):
        note.follow_up_days = int(found[1]) * _DAYS[found[2].lower()]
    return note


def _sections(text: str) -> dict[str, str]:
    """What stands under each heading, up to the next full stop."""
    parts = _SECTION.split(text)
    names, bodies = parts[1::2], parts[2::2]
    return {name.lower(): body.partition(". ")[0].strip(" .") for name, body in zip(names, bodies, strict=True)}


def _complaint(text: str, sections: dict[str, str]) -> str | None:
    told = sections.get("chief complaint")
    if told:
        return told.lower()
    lower = text.lower()
    return next((each for each in _known()["complaints"] if each in lower), None)


def _listed(section: str, kind: str, text: str) -> list[str]:
    """The items of a section; without one, the words that the pilot taught, wherever they stand."""
    if section:
        parts = (part.strip() for part in re.split(r",| and ", section.lower()))
        return [part for part in parts if part and part not in {"none", "nothing new"}]
    lower = text.lower()
    return [each for each in _known()[kind] if each in lower]
