"""Visits as they were, and how a clinician tells them to a recorder."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import yaml

from examples.draws import Draws

FIRST = ("Ana", "Bram", "Chidi", "Dana", "Emre", "Fleur", "Goran", "Hana", "Ines", "Jonas", "Lena", "Milo", "Rosa")
LAST = ("Aalto", "Brandt", "Castillo", "Dubois", "Eriksen", "Ferrari", "Gruber", "Núñez", "Müller", "Novak", "Silva")
ALLERGIES = ("penicillin", "sulfa drugs", "latex", "codeine", "shellfish", "aspirin")
FREQUENCIES = {
    "daily": "qd", "twice daily": "bid", "three times daily": "tid", "at bedtime": "qhs", "as needed": "prn",
}  # fmt: skip
FOLLOW_UPS = ((2, "week", 14), (4, "week", 28), (6, "week", 42), (3, "month", 90), (6, "month", 180), (10, "day", 10))


@dataclass(frozen=True, slots=True)
class Specialty:
    """What is seen and prescribed in one."""

    name: str
    code: str
    complaints: tuple[str, ...]
    drugs: tuple[tuple[str, str, str], ...]
    """Name, dose and unit."""
    diagnoses: tuple[str, ...]
    orders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """The truth of a visit; what the signed note says."""

    id: str
    mrn: str
    patient: str
    born: str
    clinician: str
    specialty: Specialty
    complaint: str
    systolic: int
    diastolic: int
    pulse: int
    fahrenheit: float
    pounds: int
    medications: tuple[tuple[str, str, str, str], ...]
    """Name, dose, unit and frequency."""
    allergies: tuple[str, ...]
    diagnoses: tuple[str, ...]
    orders: tuple[str, ...]
    follow_up: tuple[int, str, int]
    """Number, unit and days."""

    def note(self) -> dict[str, Any]:
        """The fields of the structured note, in the units of the note: Fahrenheit, pounds, days."""
        return {
            "complaint": self.complaint,
            "blood_pressure": f"{self.systolic}/{self.diastolic}",
            "pulse": self.pulse,
            "temperature_f": self.fahrenheit,
            "weight_lb": self.pounds,
            "medications": [" ".join(each) for each in self.medications],
            "allergies": list(self.allergies),
            "diagnoses": list(self.diagnoses),
            "orders": list(self.orders),
            "follow_up_days": self.follow_up[2],
        }


@functools.cache
def specialties() -> tuple[Specialty, ...]:
    """All thirty; the first is the pilot's."""
    text = files(__package__).joinpath("specialties.yaml").read_text(encoding="utf-8")
    return tuple(
        Specialty(
            each["name"],
            each["code"],
            tuple(each["complaints"]),
            tuple(_drug(drug) for drug in each["drugs"]),
            tuple(each["diagnoses"]),
            tuple(each["orders"]),
        )
        for each in yaml.safe_load(text)
    )


def _drug(text: str) -> tuple[str, str, str]:
    name, dose, unit = text.rsplit(" ", 2)
    return name, dose, unit


def visit(draws: Draws, number: int, specialty: Specialty) -> Visit:
    """One invented visit."""
    drugs = draws.some(specialty.drugs, draws.between(1, 4))
    return Visit(
        id=f"V{number:07}",
        mrn=f"{draws.below(100_000_000):08}",
        patient=f"{draws.pick(FIRST)} {draws.pick(LAST)}",
        born=f"{draws.between(1932, 2006)}-{draws.between(1, 12):02}-{draws.between(1, 28):02}",
        clinician=f"Dr. {draws.pick(FIRST)} {draws.pick(LAST)}",
        specialty=specialty,
        complaint=draws.pick(specialty.complaints),
        systolic=draws.between(98, 178),
        diastolic=draws.between(56, 104),
        pulse=draws.between(48, 118),
        fahrenheit=draws.between(968, 1016) / 10,
        pounds=draws.between(98, 290),
        medications=tuple((*drug, draws.pick(tuple(FREQUENCIES))) for drug in drugs),
        allergies=tuple(draws.some(ALLERGIES, draws.pick((0, 0, 1, 1, 2)))),
        diagnoses=tuple(draws.some(specialty.diagnoses, draws.between(1, 2))),
        orders=tuple(draws.some(specialty.orders, draws.between(0, 2))),
        follow_up=draws.pick(FOLLOW_UPS),
    )


@dataclass(frozen=True, slots=True)
class Measures:
    """How weight and temperature are said."""

    weight: str
    temperature: str


def imperial(seen: Visit) -> Measures:
    """As the pilot had it."""
    return Measures(f"{seen.pounds} pounds", f"{seen.fahrenheit}")


def metric(seen: Visit, *, named: bool) -> Measures:
    """Kilograms and Celsius, with or without saying so."""
    kilograms, celsius = f"{seen.pounds / 2.20462:.0f}", f"{(seen.fahrenheit - 32) / 1.8:.1f}"
    return Measures(f"{kilograms} kilograms", f"{celsius} °C") if named else Measures(kilograms, celsius)


def headed(seen: Visit, measures: Measures) -> str:
    """In order, with headings, as the pilot's clinicians were asked to."""
    return (
        f"This is {seen.clinician} dictating on {seen.patient}, date of birth {seen.born}, record number {seen.mrn}. "
        f"Chief complaint: {seen.complaint}. Vitals: blood pressure {seen.systolic} over {seen.diastolic}, "
        f"pulse {seen.pulse}, temperature {measures.temperature}, weight {measures.weight}. "
        f"Medications: {', '.join(' '.join(each) for each in seen.medications)}. "
        f"Allergies: {' and '.join(seen.allergies) or 'none'}. "
        f"Assessment: {' and '.join(seen.diagnoses)}. "
        f"Plan: order {' and '.join(seen.orders) or 'nothing new'}. Follow up in {_span(seen)}."
    )


def narrated(seen: Visit, measures: Measures, draws: Draws) -> str:
    """As a story."""
    begin = draws.pick(("So I saw", "Today I am seeing", "I had the pleasure of seeing"))
    drugs = " and ".join(f"{name} {dose} {unit} {often}" for name, dose, unit, often in seen.medications)
    allergic = f"Note the allergy to {' and to '.join(seen.allergies)}. " if seen.allergies else ""
    orders = f"We will get {' and '.join(seen.orders)}. " if seen.orders else ""
    return (
        f"{begin} {seen.patient} who comes in with {seen.complaint}. "
        f"The pressure was {seen.systolic} over {seen.diastolic} with a pulse of {seen.pulse}, "
        f"temperature of {measures.temperature} and a weight of {measures.weight}. "
        f"The patient takes {drugs}. {allergic}I believe this is {' with '.join(seen.diagnoses)}. "
        f"{orders}Back in {_span(seen)}."
    )


def terse(seen: Visit, measures: Measures) -> str:
    """In abbreviations."""
    drugs = "; ".join(f"{name} {dose}{unit} {FREQUENCIES[often]}" for name, dose, unit, often in seen.medications)
    return (
        f"CC {seen.complaint} / BP {seen.systolic}/{seen.diastolic} HR {seen.pulse} T {measures.temperature} "
        f"Wt {measures.weight} / meds {drugs} / NKDA {'no' if seen.allergies else 'yes'} {' '.join(seen.allergies)} / "
        f"A {', '.join(seen.diagnoses)} / P {', '.join(seen.orders) or '-'} / f/u {seen.follow_up[2]}d"
    )


def spanish(seen: Visit, measures: Measures) -> str:
    """In Spanish, with the names of drugs and diagnoses as they are."""
    drugs = ", ".join(f"{name} {dose} {unit}" for name, dose, unit, _ in seen.medications)
    return (
        f"Paciente {seen.patient}, acude por {seen.complaint}. Presión arterial {seen.systolic} sobre "
        f"{seen.diastolic}, pulso {seen.pulse}, temperatura {measures.temperature}, peso {measures.weight}. "
        f"Toma {drugs}. Impresión: {', '.join(seen.diagnoses)}. Control en {seen.follow_up[2]} días."
    )


def _span(seen: Visit) -> str:
    many, unit, _ = seen.follow_up
    return f"{many} {unit}s"
