"""The guards of an endpoint, ready for calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from roadworthy.operate.admission import refusals
from roadworthy.operate.admission.guards.answers import NOTHING, ReadingAnswer, Recall, Rules
from roadworthy.operate.admission.guards.conforming import conforming
from roadworthy.operate.admission.guards.patterns import BY_NAME, PERSONAL, SECRETS
from roadworthy.operate.admission.guards.scanning import Scanner, Span, actions_of
from roadworthy.operate.admission.guards.shapes import Guards
from roadworthy.operate.admission.model import Refusal, Text

SHORTEST_LINE = 40
"""Characters of a line of the system prompt from which repeating it is a leak; shorter ones are said by chance."""
MOST_LINES = 64
SYSTEM = frozenset({"system", "developer"})
_USUAL_REQUEST = ((PERSONAL, "detect"), (SECRETS, "block"))
_USUAL_ANSWER = ((PERSONAL, "detect"), (SECRETS, "mask"))


@dataclass(frozen=True, slots=True)
class Found:
    """What guards say of a request."""

    findings: tuple[str, ...] = ()
    masked: Mapping[str, str] = field(default_factory=dict)
    """By `Text.where`: what goes upstream in its place."""
    refusal: Refusal | None = None
    recall: Recall | None = None
    """For the guards of the answer."""


NOTHING_FOUND = Found(recall=NOTHING)


class EndpointGuards:
    """Reads what goes into an endpoint, and begins to read what comes out.

    Args:
        endpoint: its name, for refusals.
        spec: what is declared; what is usual where that is nothing.

    Raises:
        InvalidInput: the schema of answers is none.
    """

    def __init__(self, endpoint: str, spec: Guards | None) -> None:
        said = spec or Guards()
        patterns = said.patterns or ()
        self._endpoint = endpoint
        self._asked = actions_of([*_USUAL_REQUEST, *((each.name, each.request) for each in patterns)])
        self._scanner = Scanner(self._asked)
        answered = actions_of([*_USUAL_ANSWER, *((each.name, each.answer) for each in patterns)])
        self._prompt = said.system_prompt if said.system_prompt != "pass" else None
        conforms = None if said.schema_ is None else conforming(endpoint, said.schema_)
        self._rules = Rules(Scanner(answered), answered, said.canaries, said.most_characters, conforms)

    def request(self, texts: Iterable[Text], unreadable: tuple[str, ...] = ()) -> Found:  # noqa: ARG002 - the funnel judges it
        """Read a request."""
        some = tuple(texts)
        findings: dict[str, None] = {}
        masked: dict[str, str] = {}
        names = _Placeholders()
        blocked: tuple[str, str] | None = None
        lines: list[str] = []
        if self._prompt is None and not self._scanner.may_hit([each.text for each in some]):
            return NOTHING_FOUND
        for each in some:
            if self._prompt is not None and each.role in SYSTEM:
                lines += [line.strip() for line in each.text.splitlines() if len(line.strip()) >= SHORTEST_LINE]
            spans = self._scanner.spans(each.text)
            if not spans:
                continue
            for span in spans:
                action = self._asked[span.name]
                findings[f"{BY_NAME[span.name].kind}:{span.name}:{action}"] = None
                if action == "block" and blocked is None:
                    blocked = (span.name, each.where)
            said = names.masked(each.text, [span for span in spans if self._asked[span.name] == "mask"])
            if said != each.text:
                masked[each.where] = said
        refusal = None if blocked is None else refusals.guard_blocked(self._endpoint, *blocked)
        recall = Recall(names.originals, tuple(lines[:MOST_LINES]), self._prompt or "detect")
        return Found(tuple(findings), masked, refusal, recall)

    def answer(self, recall: Recall | None = None) -> ReadingAnswer:
        """Begin to read an answer."""
        return ReadingAnswer(self._rules, recall or NOTHING)


class _Placeholders:
    """What stands upstream for what was masked in one call: the same for the same."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    @property
    def originals(self) -> dict[str, str]:
        """Placeholder to what it stands for."""
        return {placeholder: original for original, placeholder in self._names.items()}

    def masked(self, text: str, spans: Iterable[Span]) -> str:
        """A text with placeholders in it."""
        out: list[str] = []
        at = 0
        for each in spans:
            original = text[each.start : each.end]
            if original not in self._names:
                self._counts[each.name] = self._counts.get(each.name, 0) + 1
                self._names[original] = f"[{each.name}-{self._counts[each.name]}]"
            out += [text[at : each.start], self._names[original]]
            at = each.end
        return "".join([*out, text[at:]])
