"""Fifty clean dictations of one specialty, and a month of five hundred a day out of three record systems."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from examples.clinical import systems
from examples.clinical.noise import recognised, unpunctuated
from examples.clinical.systems import Dictation
from examples.clinical.visits import Measures, Visit, headed, imperial, metric, narrated, spanish, specialties
from examples.clinical.visits import terse as abbreviated
from examples.clinical.visits import visit as invented
from examples.draws import Draws, Weights
from examples.output import Output
from examples.planting import Planting

PILOT = 50
A_DAY = 500
DAYS = 30
BEGIN = dt.datetime(2026, 3, 1, 7, 0, tzinfo=dt.UTC)
SYSTEMS = Weights({"asterion": 0.45, "brightwell": 0.35, "carewise": 0.2})
ALWAYS = {"carewise": ("specialty-code", "date-order"), "asterion": ("local-time",), "brightwell": ()}


def generate(folder: Path, seed: int, scale: float) -> Mapping[str, Any]:
    """Write everything; `scale` multiplies production's dictations a day. Returns the manifest."""
    planting = Planting(__package__)
    with Output(folder) as output:
        _pilot(output, Draws(seed, "clinical", "pilot"), planting)
        _Production(output, Draws(seed, "clinical", "production"), planting).run(max(1, round(A_DAY * scale)))
        _sources(output, planting)
        return output.finish({"example": "clinical", "seed": seed, "scale": scale}, planting)


def _pilot(output: Output, draws: Draws, planting: Planting) -> None:
    columns = ("dictation", "date", "clinician", "specialty", "seconds", "file")
    for number in range(1, PILOT + 1):
        seen = invented(draws, number, specialties()[0])
        text = headed(seen, imperial(seen))
        name = f"dictation-{number:02}.txt"
        output.text(f"pilot/{name}", text + "\n")
        day = dt.date(2025, 10, 6) + dt.timedelta(days=number // 5)
        row = (seen.id, day.isoformat(), seen.clinician, "cardiology", len(text) // 14, name)
        output.row("pilot/index.csv", columns, row)
        output.record("pilot/notes.jsonl", {"dictation": seen.id, **seen.note()})
        planting.note("corrected-afterwards")


class _Production:
    """A month of it."""

    def __init__(self, output: Output, draws: Draws, planting: Planting) -> None:
        self._output = output
        self._draws = draws
        self._planting = planting
        self._waiting: dict[str, dict[int, list[Dictation]]] = defaultdict(lambda: defaultdict(list))

    def run(self, a_day: int) -> None:
        """All days, then what arrives after the last."""
        number = 0
        for day in range(DAYS):
            for _ in range(a_day):
                number += 1
                self._one(day, number)
            self._deliver(day)
        for day in range(DAYS, DAYS + 7):
            self._deliver(day)

    def _one(self, day: int, number: int) -> None:
        self._planting.note("duration-missing")
        draws, strikes = self._draws, self._planting.strikes
        others = specialties()[1:]
        specialty = draws.pick(others) if strikes("unseen-specialty", draws) else specialties()[0]
        seen = invented(draws, number, specialty)
        system = draws.weighted(SYSTEMS)
        lag = draws.between(1, 5) if strikes("late", draws) else 0
        at = BEGIN + dt.timedelta(days=day, minutes=draws.below(780))
        born = seen.born
        if strikes("missing-birth-date", draws):
            born = draws.pick(("", "1900-01-01"))
        text, told = self._text(seen, system)
        dictation = Dictation(
            seen.id, seen.mrn, born, specialty.name, seen.clinician, at, at + dt.timedelta(days=lag, minutes=9), text
        )
        self._planting.note("volume")
        for always in ALWAYS[system]:
            self._planting.note(always)
        self._waiting[system][day + lag].append(self._as_kept(system, dictation, specialty.code))
        if system == "asterion" and strikes("sent-twice", draws):
            self._waiting[system][day + lag].append(self._waiting[system][day + lag][-1])
        if told:
            self._signed(seen, system, at)

    def _text(self, seen: Visit, system: str) -> tuple[str, bool]:
        """What is said, and whether it is a whole visit."""
        draws, strikes = self._draws, self._planting.strikes
        if strikes("addendum", draws):
            return f"Addendum to {seen.patient}: please change {draws.pick(seen.diagnoses)} to resolved. Thanks.", False
        measures = imperial(seen)
        if system == "carewise" and strikes("metric-units", draws):
            measures = metric(seen, named=draws.chance(0.66))
        text = self._said(seen, measures)
        if strikes("phone-number", draws):
            text += f" The daughter can be reached at 555 01{draws.below(100):02} {draws.digits(2)}."
        if strikes("recognition-noise", draws):
            text = recognised(text, draws)
        if strikes("no-punctuation", draws):
            text = unpunctuated(text)
        return text, True

    def _said(self, seen: Visit, measures: Measures) -> str:
        draws, planting = self._draws, self._planting
        if planting.strikes("spanish", draws):
            return spanish(seen, measures)
        style = draws.unit()
        story, brief = planting.rate("no-headings"), planting.rate("terse")
        planting.note("no-headings", hit=style < story)
        planting.note("terse", hit=story <= style < story + brief)
        if style < story:
            return narrated(seen, measures, draws)
        return abbreviated(seen, measures) if style < story + brief else headed(seen, measures)

    def _as_kept(self, system: str, dictation: Dictation, code: str) -> Dictation:
        """With the damage that the system does."""
        draws, strikes = self._draws, self._planting.strikes
        if system == "asterion":
            specialty = "" if strikes("missing-specialty", draws) else dictation.specialty
            text = dictation.text
            if strikes("mojibake", draws):
                text = text.replace(" - ", " – ").encode("utf-8").decode("latin-1")
            return replace(dictation, specialty=specialty, text=text)
        if system == "carewise":
            self._planting.note("cut-off", hit=len(dictation.text) > systems.LONGEST)
            zeros = dictation.mrn.startswith("0") and draws.chance(0.9)
            self._planting.note("lost-zero", hit=zeros)
            mrn = dictation.mrn.lstrip("0") if zeros else dictation.mrn
            return replace(dictation, specialty=code.lstrip("0") if draws.chance(0.8) else code, mrn=mrn)
        return dictation

    def _signed(self, seen: Visit, system: str, at: dt.datetime) -> None:
        """The note that the clinician signs, which is what the draft is measured against."""
        draws = self._draws
        self._planting.note("signed-late")
        signed = None
        if not self._planting.strikes("never-signed", draws):
            signed = (at + dt.timedelta(hours=1 + draws.waiting(96))).isoformat(timespec="minutes")
        note = {"dictation": seen.id, "specialty": seen.specialty.name, "system": system, "signed_at": signed}
        self._output.record("reference/notes.jsonl", {**note, **seen.note()})

    def _deliver(self, day: int) -> None:
        """A day's files of the three systems."""
        date = f"{BEGIN + dt.timedelta(days=day):%Y-%m-%d}"
        for each in self._waiting["asterion"].pop(day, []):
            self._output.line(f"production/asterion/{date}.hl7", systems.asterion(each))
        for each in self._waiting["brightwell"].pop(day, []):
            self._output.record(f"production/brightwell/{date}.jsonl", systems.brightwell(each))
        nightly = self._waiting["carewise"].pop(day, [])
        if nightly and day % 10 == 9:
            self._planting.note("silent-night", many=len(nightly))
            self._waiting["carewise"][day + 1] = nightly + self._waiting["carewise"][day + 1]
            nightly = []
        for each in nightly:
            row = systems.carewise(each)
            self._output.row(f"production/carewise/{date}.csv", systems.CAREWISE, row)
        for name in (f"asterion/{date}.hl7", f"brightwell/{date}.jsonl", f"carewise/{date}.csv"):
            self._output.done(f"production/{name}")


def _sources(output: Output, planting: Planting) -> None:
    columns = ("source", "steward", "refresh", "source_of_truth")
    for row in (
        ("asterion", "hims@halden.example", "5m", "yes"),
        ("brightwell", "ambulatory-it@halden.example", "15m", "yes"),
        ("carewise", "", "nightly", ""),
    ):
        output.row("production/sources.csv", columns, row)
    planting.note("carewise-unowned")
