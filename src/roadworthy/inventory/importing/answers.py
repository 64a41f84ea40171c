"""Reading the answers to the questions behind facts, in the long forms that questionnaires offer.

A phrase table for one question comes first, then the words that mean the same everywhere. What stays
unanswered is unknown, and unknown is never good; a bare `N/A` is no answer unless the question offers it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from roadworthy.inventory.facts import Answer
from roadworthy.inventory.importing.vocabulary import key_of, says_nothing

_Table = tuple[tuple[Answer, str], ...]

_EVERYWHERE: _Table = (
    (Answer.WAIVED, r"\bwaive|\bwaiver\b"),
    (
        Answer.IN_PROGRESS,
        (r"^(planned|in[- ]?progress|partial|under ?way|under (development|review)|forthcoming|pending|ongoing|"
        r"started)|\bis in[- ]?prog|in[- ]?progress$|progess$"),
    ),
    (Answer.NOT_APPLICABLE, r"^not applicable\b.+|^not-applicable$|^n/a[ -;:].*\b(not|no)\b"),
    (
        Answer.YES,
        (r"^(yes|y|true|1|x|done|complete|completed|established|in place)\b|^[✓✔]|\b(has|have) been established|"
        r"(process|training|monitoring) established|\breview$"),
    ),
    (Answer.NO, r"^(no|n|false|0|none|missing|not done|not yet|not started)\b(?!/)"),
)  # fmt: skip

_BY_FACT: dict[str, _Table] = {
    "data.documented": (
        (Answer.YES, r"^documentation is (complete|widely|available)"),
        (Answer.IN_PROGRESS, r"^documentation has been partial"),
        (Answer.NO, r"^documentation is missing"),
    ),
    "governance.tested-realistically": (
        (Answer.NO, r"^no testing|^benchmark evaluation"),
        (Answer.YES, r"^(performance|impact) evaluation"),
    ),
    "governance.independently-evaluated": (
        (Answer.YES, r"^internal|^oversight board|^(agency )?caio\b(?!.*waiv)"),
    ),
    "governance.people-notified": (
        (Answer.NOT_APPLICABLE, r"^n/a\s*-\s*individuals are not|individuals are not interacting"),
        (Answer.NO, r"^none of the above"),
        (Answer.YES, r"^(online|email|e-mail|in[- ]person|mail|telephone|letter|notice|signage|poster)"),
    ),
    "governance.appeal-offered": (
        (Answer.NO, r"^no\b|\bprecluded?\b|\bprecludes\b"),
        (Answer.NOT_APPLICABLE, r"^not applicable$"),
        (Answer.YES, r"^appeal process established"),
    ),
    "integration.failsafe": ((Answer.NOT_APPLICABLE, r"^not applicable$"),),
    "integration.monitored": (
        (Answer.NO, r"^no monitoring protocols"),
        (Answer.IN_PROGRESS, r"^intermittent and manual|^development of monitoring"),
        (Answer.YES, r"^automated and regularly|^established process"),
    ),
    "ownership.users-consulted": (
        (Answer.NO, r"^none of the above"),
        (Answer.IN_PROGRESS, r"^in[- ]progress"),
        (Answer.YES, r"usability testing|user testing|solicitation|feedback|hearings|outreach|survey|interviews"),
    ),
}  # fmt: skip
"""Manual monitoring now and then is on its way to alerts that reach somebody; a benchmark is no realistic test."""

WRITTEN = frozenset({
    "governance.risks-identified", "governance.bias-examined", "governance.oversight-defined",
    "ownership.change-plan", "ownership.support-arranged",
})  # fmt: skip
"""Facts whose question asks for a text: that there is one is the answer."""

_COMPILED = {
    name: tuple((answer, re.compile(pattern)) for answer, pattern in (*_BY_FACT.get(name, ()), *_EVERYWHERE))
    for name in (*_BY_FACT, "")
}
_STARTS = re.compile(r"^(no|none|not)\b.{0,60}$")
_A_TEXT = 20


@lru_cache(maxsize=65536)
def read_answer(fact: str, text: str) -> Answer | None:
    """What a cell answers to the question of a fact, or None when it is no answer that can be read."""
    key = key_of(text)
    offers = _COMPILED.get(fact, _COMPILED[""])
    if fact in WRITTEN:
        return _read_written(key, text)
    if says_nothing(text) and not any(pattern.search(key) for _, pattern in _COMPILED.get(fact, ())[:3]):
        return Answer.NO if key == "none" else None
    for answer, pattern in offers:
        if pattern.search(key):
            return answer
    return None


def _read_written(key: str, text: str) -> Answer | None:
    if says_nothing(text):
        return None
    for answer, pattern in _COMPILED[""]:
        if answer in {Answer.WAIVED, Answer.IN_PROGRESS} and pattern.search(key):
            return answer
        if answer is Answer.NOT_APPLICABLE and re.match(r"^(n/a|not[- ]applicable)\b", key):
            return answer
    if key in {"yes", "y", "true", "x"}:
        return Answer.YES
    if _STARTS.match(key) or key in {"n", "false"}:
        return Answer.NO
    return Answer.YES if len(key) >= _A_TEXT else None
