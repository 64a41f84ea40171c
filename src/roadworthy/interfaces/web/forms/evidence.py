"""What the form for evidence asks, and how its texts become a submission."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from roadworthy.evidence.model import Item, Submission
from roadworthy.evidence.schemas import EvidenceKind, FieldType, days_of
from roadworthy.foundation.errors import InvalidInput
from roadworthy.foundation.resources.faults import explain
from roadworthy.foundation.resources.schema import spec_schema
from roadworthy.interfaces.web.forms.codec import apply
from roadworthy.interfaces.web.forms.entries import YES_NO, Codec, Entry, Group
from roadworthy.interfaces.web.views.parts import FieldKind, shortened
from roadworthy.inventory.facts import FACTS, Answer

USUAL_KIND = "statement"
_ANSWERS = tuple((answer.value, answer.value.replace("-", " ")) for answer in Answer)
_LONGEST_CHOICE = 90
_FIELDS: Mapping[FieldType, tuple[FieldKind, Codec]] = {
    FieldType.TEXT: ("text", "text"),
    FieldType.TEXTS: ("area", "lines"),
    FieldType.INTEGER: ("number", "text"),
    FieldType.NUMBER: ("number", "text"),
    FieldType.FLAG: ("select", "yes-no"),
    FieldType.DAY: ("date", "text"),
}


def groups_of(
    name: str, kinds: Mapping[str, EvidenceKind], items: Sequence[Item], questions: Mapping[str, str]
) -> tuple[Group, ...]:
    """The form for one kind.

    Args:
        name: of the kind.
        kinds: every kind there is.
        items: live items of the use case, whose place the new one may take.
        questions: what its items are called in a choice.
    """
    kind = kinds[name]
    facts = [FACTS[fact] for fact in kind.facts if fact in FACTS] or list(FACTS.values())
    choices = tuple((fact.name, fact.question) for fact in facts)
    titles = tuple((each, shape.title) for each, shape in kinds.items())
    days = ", ".join(f"{method} {count} days" for method, count in days_of(kind).items())
    groups = [
        Group(
            "The claim",
            (
                Entry("kind", "Kind of evidence", "select", kind.description, titles, required=True, wide=True),
                Entry("fact", "Question", "select", choices=choices, required=True, wide=True),
                Entry("answer", "Answer", "radio", choices=_ANSWERS, required=True, wide=True),
            ),
        ),
        Group("What it rests on", _BASIS, note=f"Counts from the last day observed on: {days}."),
    ]
    if kind.fields:
        groups.append(Group("What was found", tuple(_entry(kind, position) for position in range(len(kind.fields)))))
    least = f"At least {kind.least_sample:,}; on fewer it counts in part." if kind.least_sample else ""
    more = [
        Entry("sampleSize", "Sample size", "number", f"How many observations it rests on. {least}".strip()),
        Entry("expires", "Ends already on", "date", "An earlier end than the usual one; never a later one."),
        Entry("subject.name", "What was looked at", hint="Such as a model's version, where it is not the whole case."),
        Entry("subject.digest", "Its digest", hint="`sha256:` and 64 hexadecimal digits."),
    ]
    if items:
        earlier = tuple((item.id, shortened(questions[item.id], _LONGEST_CHOICE)) for item in items)
        more.append(
            Entry("supersedes", "Takes the place of", "select", "An earlier item.", (("", "none"), *earlier), wide=True)
        )
    return (*groups, Group("More exactly", tuple(more)))


_BASIS = (
    Entry("observedFrom", "First day observed", "date", required=True),
    Entry("observedTo", "Last day observed", "date", required=True),
    Entry("statement", "What was done and found", "area", wide=True),
    Entry("link", "Link to the document", hint="An address that begins with `https://`.", wide=True),
)


def _entry(kind: EvidenceKind, position: int) -> Entry:
    field = kind.fields[position]
    form, codec = _FIELDS[field.type]
    words = "".join(f" {each.lower()}" if each.isupper() else each for each in field.name).capitalize()
    unit = f" In {field.unit}." if field.unit else ""
    lines = " One a line." if field.type is FieldType.TEXTS else ""
    return Entry(
        f"result.{field.name}",
        words,
        form,
        f"{field.description}{unit}{lines}",
        choices=YES_NO if field.type is FieldType.FLAG else (),
        codec=codec,
        required=field.required,
        wide=field.type is FieldType.TEXTS,
    )


def submission_of(
    values: Mapping[str, str], groups: Sequence[Group], kind: EvidenceKind, attachments: Sequence[str]
) -> Submission:
    """What was entered.

    Raises:
        InvalidInput: it is no submission; every fault with its field.
    """
    entered = apply({}, groups, values)
    entered["attachments"] = list(attachments)
    if "supersedes" in entered:
        entered["supersedes"] = [entered["supersedes"]]
    if "result" in entered:
        whole = {field.name for field in kind.fields if field.type is FieldType.INTEGER}
        found = entered["result"].items()
        entered["result"] = {name: _number(value) if name in whole else value for name, value in found}
    try:
        return Submission.model_validate(entered)
    except ValidationError as error:
        findings = [finding for _, finding in explain(error, entered, spec_schema(Submission))]
        raise InvalidInput.of(findings, "the form") from error


def _number(value: Any) -> Any:  # noqa: ANN401 - what was entered; what is no number is told as such further in
    try:
        return int(value)
    except ValueError:
        return value
