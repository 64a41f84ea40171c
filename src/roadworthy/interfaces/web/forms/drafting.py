"""A form's page from its questions, what was entered, and what is wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from roadworthy.foundation.errors import Finding, RoadworthyError
from roadworthy.interfaces.web.forms.codec import counts_in, entries_of, prefixes
from roadworthy.interfaces.web.forms.entries import Entry, Group
from roadworthy.interfaces.web.forms.merging import Merged
from roadworthy.interfaces.web.views.form import Clash, FaultLink, Part, Section
from roadworthy.interfaces.web.views.parts import Field, Option

GENERATION = "generation"
BEFORE = "before"
"""Hidden fields: the generation that the form was made from, and what its fields held then."""


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with what was entered."""

    findings: Sequence[Finding] = ()

    @classmethod
    def of(cls, error: RoadworthyError) -> Faults:
        """The findings of an error; an error without findings is one itself."""
        return cls(error.findings or (Finding(error.code, error.message, error.place, error.remedy),))

    def by_field(self, names: Sequence[str]) -> dict[str, Finding]:
        """The first fault of each field of the form; a fault inside a field's value belongs to the field."""
        found: dict[str, Finding] = {}
        for finding in self.findings:
            path = field_of(finding)
            name = next((name for name in names if path == name or path.startswith(f"{name}.")), None)
            if name is not None:
                found.setdefault(name, finding)
        return found


def field_of(finding: Finding) -> str:
    """The field's name in our forms: `spec.data[0].name` is `data.0.name`."""
    path = (finding.place.field or "").removeprefix("spec.")
    return re.sub(r"\[(\d+)\]", r".\1", path)


def sections_of(
    groups: Sequence[Group], values: Mapping[str, str], faults: Faults, extra: Mapping[str, int] | None = None
) -> tuple[Section, ...]:
    """The form's sections with what was entered and what is wrong.

    Args:
        groups: the questions.
        values: what is in the fields.
        faults: what is wrong.
        extra: how many empty items to add to a list.
    """
    counts = {name: count + (extra or {}).get(name, 0) for name, count in counts_in(values, groups).items()}
    names = [name for name, _ in entries_of(groups, counts)]
    wrong = faults.by_field(names)
    return tuple(_section(group, values, wrong, counts) for group in groups)


def fault_links(faults: Faults, groups: Sequence[Group], values: Mapping[str, str]) -> tuple[FaultLink, ...]:
    """Every fault for the summary on top, with the field to go to."""
    labels = labels_of(groups, values)
    links = []
    for finding in faults.findings:
        path = field_of(finding)
        name = next((name for name in labels if path == name or path.startswith(f"{name}.")), "")
        links.append(FaultLink(name, labels.get(name, ""), finding.message, finding.remedy))
    return tuple(links)


def clashes_of(
    merged: Merged,
    before: Mapping[str, str],
    theirs: Mapping[str, str],
    mine: Mapping[str, str],
    labels: Mapping[str, str],
) -> tuple[tuple[Clash, ...], tuple[Clash, ...]]:
    """The fields that both changed, and those that only the others changed."""

    def clash(name: str) -> Clash:
        shown = [each.get(name, "") for each in (before, theirs, mine)]
        return Clash(name, labels.get(name, name), *shown)

    return tuple(map(clash, merged.clashing)), tuple(map(clash, merged.taken))


def labels_of(groups: Sequence[Group], values: Mapping[str, str]) -> dict[str, str]:
    """Field name to what it is called, items of lists by their number."""
    labels = {}
    for group in groups:
        for position, prefix in enumerate(prefixes(group, counts_in(values, groups)), 1):
            which = f"{group.noun} {position}: " if group.each else ""
            labels.update({prefix + entry.path: f"{which}{entry.label}" for entry in group.entries})
    return labels


def remembered(generation: int, values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The hidden fields that let a later answer see what changed meanwhile."""
    said = {name: value for name, value in values.items() if value}
    return ((GENERATION, str(generation)), (BEFORE, json.dumps(said, ensure_ascii=False)))


def _section(
    group: Group, values: Mapping[str, str], wrong: Mapping[str, Finding], counts: Mapping[str, int]
) -> Section:
    parts = tuple(
        Part(
            fields=tuple(_field(prefix + entry.path, entry, values, wrong) for entry in group.entries),
            legend=f"{group.noun.capitalize()} {position}" if group.each else "",
        )
        for position, prefix in enumerate(prefixes(group, counts), 1)
    )
    return Section(group.legend, parts, group.note, group.each or "", group.noun)


def _field(name: str, entry: Entry, values: Mapping[str, str], wrong: Mapping[str, Finding]) -> Field:
    value = values.get(name, "")
    fault = wrong.get(name)
    return Field(
        name=name,
        label=entry.label,
        kind=entry.kind,
        value=value,
        hint=entry.hint,
        fault="" if fault is None else fault.message,
        options=_options(entry, value) if entry.kind in {"select", "radio"} else (),
        required=entry.required,
        wide=entry.wide,
    )


def _options(entry: Entry, value: str) -> tuple[Option, ...]:
    known = dict(entry.choices)
    strange = ((value, value),) if value and value not in known else ()
    nothing = (("", "not known"),) if entry.kind == "select" and not entry.required else ()
    return tuple(Option(key, label, key == value) for key, label in (*nothing, *entry.choices, *strange))
