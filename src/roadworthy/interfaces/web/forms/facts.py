"""Typed facts as fields of a form, and back. What is left empty is not said, which is not the same as no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from roadworthy.decide.approvals.facts import handed_in
from roadworthy.decide.approvals.model import DecisionClass
from roadworthy.foundation.conditions import FactType, ValueKind
from roadworthy.foundation.errors import Finding, InvalidInput, Place, RoadworthyError
from roadworthy.foundation.money import Money
from roadworthy.interfaces.web.views.parts import Field, FieldKind, Option

PREFIX: Final = "fact."
_LATER: Final[Mapping[ValueKind, str]] = {
    ValueKind.MONEY: "an amount and a currency, such as `1250 EUR`",
    ValueKind.NUMBER: "a whole number",
    ValueKind.PERCENT: "whole percents",
    ValueKind.SPAN: "whole seconds",
    ValueKind.TEXTS: "several, with commas between them",
}
"""What is said after what the fact is about, so that nobody has to guess the form."""


def fact_fields(decides: DecisionClass, values: Mapping[str, str]) -> tuple[Field, ...]:
    """A field for every fact that whoever asks says of this class, with what was entered."""
    return tuple(_field(name, kind, values.get(PREFIX + name, "")) for name, kind in handed_in(decides).items())


def facts_entered(decides: DecisionClass, values: Mapping[str, str]) -> dict[str, Any]:
    """The facts that were said, each in its type.

    Raises:
        InvalidInput: with every value that is none of its type, at its field.
    """
    found, findings = {}, []
    for name, kind in handed_in(decides).items():
        text = values.get(PREFIX + name, "").strip()
        if not text:
            continue
        try:
            found[name] = _value(kind, text)
        except (ValueError, RoadworthyError):
            place = Place(field=PREFIX + name)
            findings.append(Finding("fact-unfit", f"`{text[:80]}` cannot be read", place, _asked(kind)))
    if findings:
        raise InvalidInput.of(findings, "the facts")
    return found


def _field(name: str, kind: FactType, value: str) -> Field:
    label = f"{name[:1].upper()}{name[1:]}".replace("_", " ")
    form = _LATER.get(kind.kind, "")
    hint = f"{kind.about} Give {form}." if form else kind.about
    if kind.kind is ValueKind.YES_NO:
        options = tuple(Option(each, word, each == value) for each, word in _YES_NO)
        return Field(PREFIX + name, label, "select", value, hint, options=options)
    if kind.kind is ValueKind.TEXT and kind.words:
        words = tuple(Option(each, each.replace("-", " "), each == value) for each in kind.words)
        return Field(PREFIX + name, label, "select", value, hint, options=(Option("", "not said", not value), *words))
    if kind.words:
        hint = f"{hint} Any of {', '.join(f'`{each}`' for each in kind.words)}."
    shape: FieldKind = "number" if kind.kind in _WHOLE else "text"
    return Field(PREFIX + name, label, shape, value, hint)


_YES_NO: Final = (("", "not said"), ("yes", "yes"), ("no", "no"))
_WHOLE: Final = frozenset({ValueKind.NUMBER, ValueKind.PERCENT, ValueKind.SPAN})


def _value(kind: FactType, text: str) -> Any:  # noqa: ANN401 - a canonical value
    if kind.kind is ValueKind.YES_NO:
        return {"yes": True, "no": False}.get(text, text)
    if kind.kind in _WHOLE:
        return int(text)
    if kind.kind is ValueKind.MONEY:
        money = Money.parse(text)
        return {"minor": money.minor, "currency": money.currency}
    if kind.kind is ValueKind.TEXTS:
        return [each.strip() for each in text.split(",") if each.strip()]
    return text


def _asked(kind: FactType) -> str:
    return f"give {_LATER.get(kind.kind, kind.kind.expects)}"
