"""How a review ends, as a form asks for it: the questions, and the verdict that the answers make."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from roadworthy.app import App
from roadworthy.decide.approvals.requests import Proposal
from roadworthy.decide.certificate.codec import envelope_values
from roadworthy.decide.certificate.model import Bound, Envelope, TermName
from roadworthy.decide.review.drafting import SUBJECT
from roadworthy.decide.review.model import ProposedVerdict, Review, Verdict
from roadworthy.foundation.errors import InvalidInput, Place, did_you_mean
from roadworthy.interfaces.verdicts import conditions_of, lasting
from roadworthy.interfaces.web.forms.envelope import HINTS, PREFIX, WRITTEN, read, written
from roadworthy.interfaces.web.inbox import titles_of
from roadworthy.interfaces.web.showing.certificates import SOURCES, TERMS
from roadworthy.interfaces.web.views.parts import Field, FieldKind, Link, Option
from roadworthy.interfaces.web.wanted import end_of_day

MOST_ROWS = 20
_SPARE = 2
"""Empty rows for conditions, beside those that were filled in."""
_COLUMNS: Final[Sequence[tuple[str, str, FieldKind]]] = (
    ("what", "What is done", "text"),
    ("owner", "By whom", "text"),
    ("due", "Until", "date"),
)
_CALLED = {
    Verdict.GO: "Go",
    Verdict.CONDITIONAL_GO: "Conditional go",
    Verdict.NO_GO: "No-go",
    Verdict.PIVOT: "Pivot",
    Verdict.STOP: "Stop",
}
_ABOUT = {
    Verdict.GO: "nothing stands in the way",
    Verdict.CONDITIONAL_GO: "with conditions that have an owner and a day",
    Verdict.NO_GO: "something has to change first",
    Verdict.PIVOT: "not this, but something near it",
    Verdict.STOP: "a clean end, and the business is told",
}


@dataclass(frozen=True, slots=True)
class _Row:
    what: str
    owner: str
    due: dt.datetime


@dataclass(frozen=True, slots=True)
class VerdictWanted:
    """That a review ends with a verdict: one of the things that `asking` asks for."""

    app: App
    review: Review

    place: Final[str] = "Reviews"

    @property
    def title(self) -> str:
        """What the page is called."""
        name = self.review.use_case
        return f"How the review of {titles_of(self.app, [name]).get(name, name)} for {self.review.stage_to} ends"

    @property
    def back(self) -> Link:
        """Where whoever changes their mind goes."""
        return Link("The review", f"/reviews/{self.review.id}")

    @property
    def lede(self) -> str:
        """What it would be decided on."""
        draft = self.app.operation.reviews.draft(self.review.id)
        return (
            f"In the way of a go: {len(draft.blocking)}; to look at: {len(draft.agenda)}; items of evidence that are "
            f"frozen with it: {len(draft.frozen.evidence)}."
        )

    def fields(self, values: Mapping[str, str]) -> tuple[tuple[str, tuple[Field, ...]], ...]:
        """The verdict, what it has to say, and its conditions."""
        chosen = values.get("verdict", "")
        verdicts = tuple(
            Option(each.value, f"{_CALLED[each]}: {_ABOUT[each]}", each.value == chosen) for each in Verdict
        )
        return (
            (
                "The verdict",
                (
                    Field("verdict", "Verdict", "radio", chosen, options=verdicts, required=True, wide=True),
                    _text(
                        values, "reason", "Why", "Whoever votes reads it; it is kept with the decision.", needed=True
                    ),
                    _text(values, "changes", "What changes", "For a no-go or a pivot: what has to be otherwise."),
                    _text(values, "learned", "What was learned", "For a stop, and whenever others should know it."),
                    Field(
                        "lasts",
                        "How long a certificate holds",
                        value=values.get("lasts", ""),
                        hint="Such as `180d`; empty for what the policy says.",
                    ),
                ),
            ),
            ("Conditions of a conditional go", tuple(_rows(values))),
            *self._envelope(values),
        )

    def proposal(self, values: Mapping[str, str]) -> Proposal:
        """The verdict as a proposal."""
        wanted = self.verdict(values)
        return Proposal(SUBJECT, wanted.content(self.review.id), wanted.reason)

    def verdict(self, values: Mapping[str, str]) -> ProposedVerdict:
        """The verdict that the answers make.

        Raises:
            InvalidInput: an answer is missing or cannot be read.
        """
        said = values.get("verdict", "")
        if said not in set(Verdict):
            raise InvalidInput(
                "review-verdict-unknown",
                "no verdict is chosen" if not said else "there is no such verdict",
                place=Place(field="verdict"),
                remedy=did_you_mean(said[:40], list(Verdict)) or "choose how the review ends",
            )
        return ProposedVerdict(
            verdict=Verdict(said),
            reason=values.get("reason", "").strip(),
            conditions=conditions_of(self.app, _filled(values)),
            changes=values.get("changes", "").strip() or None,
            learned=values.get("learned", "").strip() or None,
            envelope=self._wanted_envelope(values),
            lasts=lasting(values.get("lasts")),
        )

    @property
    def _drafted(self) -> Envelope | None:
        """The envelope that could be certified today; None where no release would be certified with it."""
        return None if self.review.release is None else self.app.operation.certificates.draft(self.review.use_case)

    def _envelope(self, values: Mapping[str, str]) -> Iterator[tuple[str, tuple[Field, ...]]]:
        """A field for each term that people write, filled with what is drafted."""
        drafted = self._drafted
        if drafted is None:
            return
        fields = []
        for name in WRITTEN:
            term = drafted.terms.get(name)
            text = "" if term is None else written(term.bound)
            if text is None:
                continue
            known = "Not bounded so far." if term is None else f"{SOURCES[term.source].word.capitalize()}."
            hint = f"{known} {HINTS[name]}"
            entered = values.get(f"{PREFIX}{name}", text)
            fields.append(Field(f"{PREFIX}{name}", TERMS[name], "area", entered, hint, wide=True))
        yield "The envelope that a go certifies", tuple(fields)

    def _wanted_envelope(self, values: Mapping[str, str]) -> Mapping[str, Any] | None:
        """The envelope as the fields say it; None where it is the drafted one."""
        drafted = self._drafted
        if drafted is None or not any(name.startswith(PREFIX) for name in values):
            return None
        bounds: dict[TermName, Bound] = {}
        for name in WRITTEN:
            term = drafted.terms.get(name)
            field = f"{PREFIX}{name}"
            bound = read(name, values[field]) if field in values else None if term is None else term.bound
            if bound is not None:
                bounds[name] = bound
        wanted = self.app.operation.certificates.enveloped(self.review.use_case, bounds)
        return None if wanted == drafted else envelope_values(wanted)


def _text(values: Mapping[str, str], name: str, label: str, hint: str, *, needed: bool = False) -> Field:
    return Field(name, label, "area", values.get(name, ""), hint, required=needed, wide=True)


def _rows(values: Mapping[str, str]) -> Iterator[Field]:
    used = max((place for place in range(MOST_ROWS) if _said(values, place)), default=-1) + 1
    for place in range(min(MOST_ROWS, used + _SPARE)):
        number = place + 1
        for name, label, kind in _COLUMNS:
            field = f"conditions.{place}.{name}"
            hint = "Address or account name." if name == "owner" and place == 0 else ""
            wide = name == "what"
            yield Field(field, f"{number}. {label}", kind, values.get(field, ""), hint, wide=wide)


def _said(values: Mapping[str, str], place: int) -> bool:
    return any(values.get(f"conditions.{place}.{name}", "").strip() for name in ("what", "owner", "due"))


def _filled(values: Mapping[str, str]) -> Sequence[_Row]:
    """The rows that somebody filled in.

    Raises:
        InvalidInput: a row says no day, or nobody.
    """
    found = []
    for place in range(MOST_ROWS):
        if not _said(values, place):
            continue
        what, owner, due = (values.get(f"conditions.{place}.{name}", "").strip() for name in ("what", "owner", "due"))
        for name, text in (("what", what), ("owner", owner), ("due", due)):
            if not text:
                raise InvalidInput(
                    "review-verdict-unfit",
                    "a condition says what is done, by whom and until when",
                    place=Place(field=f"conditions.{place}.{name}"),
                    remedy="fill in all three, or none",
                )
        found.append(_Row(what, owner, end_of_day(due)))
    return found
