"""What a request is called wherever it is listed, said as somebody would say it; what exactly is decided stands apart.

Made from the bound content alone. Declared things are called by their names and never by a title of their own: whoever
proposes could have written the title.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from roadworthy.foundation.resources.model import Action
from roadworthy.foundation.resources.plan import Plan, Step
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.inventory.model import Stage

LONGEST = 1_000
_NAMED = 3
"""Fields of a change that a title names; how many more there are is said."""
_RETIRED: Final = Stage.RETIRED.value
_ORDER: Final[Sequence[str | None]] = (None, *(each.value for each in Stage if each is not Stage.RETIRED))
_DOES: Final[Mapping[Action, str]] = {
    Action.CREATE: "Put {} in force",
    Action.UPDATE: "Change {}",
    Action.REMOVE: "Remove {}",
}
_CALLED: Final = {
    "DecisionRights/default": "the decision rights",
    "RoleMap/default": "who has which role",
    "Rubric/default": "the rubric",
}


def shortened(text: str) -> str:
    """At most as long as a title is kept; what is left out is marked."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def of_plan(plan: Plan) -> str:
    """The first change, and how many more things change."""
    pending = plan.pending
    if not pending:
        return "A plan that changes nothing"
    more = f", and {len(pending) - 1} more" if len(pending) > 1 else ""
    return shortened(f"{_step(pending[0])}{more}")


def _step(step: Step) -> str:
    called = _CALLED.get(step.key, step.name if step.kind == USE_CASE else step.key)
    if step.kind != USE_CASE:
        return _DOES[step.action].format(called)
    stage = next((each for each in step.changes if each.path == "spec.stage"), None)
    if step.action is Action.REMOVE:
        return f"Remove the use case {called}"
    if step.action is Action.CREATE:
        return f"Register {called}" + ("" if stage is None else f", at {stage.after}")
    fields = _fields(step)
    if stage is None:
        return f"Change {_listed(fields)} of {called}"
    others = [each for each in fields if each != "stage"]
    return f"{_moved(called, stage.before, stage.after)}" + (f", and change its {_listed(others)}" if others else "")


def _moved(called: str, before: object, after: object) -> str:
    """A change of stage, by the word for its direction."""
    way = f"{called} from {before or 'no stage'} to {after or 'no stage'}"
    if after == _RETIRED:
        return f"Retire {called}"
    if before == _RETIRED:
        return f"Bring back {way}"
    height = {each: place for place, each in enumerate(_ORDER)}
    up = height.get(_text(after), 0) > height.get(_text(before), 0)
    return f"Promote {way}" if up else f"Take back {way}"


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _fields(step: Step) -> list[str]:
    """The fields that change, each once, by the first word of their path."""
    heads = (re.split(r"[.\[]", each.path.removeprefix("spec."), maxsplit=1)[0] for each in step.changes)
    return list(dict.fromkeys(heads))


def _listed(fields: Sequence[str]) -> str:
    named, left = fields[:_NAMED], len(fields) - _NAMED
    if left > 0:
        return f"{', '.join(named)} and {left} more"
    return " and ".join(filter(None, [", ".join(named[:-1]), *named[-1:]])) or "the order"


_WORDS: Final[Mapping[str, tuple[str, tuple[tuple[str, str], ...]]]] = {
    "deploy": ("Deploy", (("release", "{}"), ("use_case", "of {}"), ("environment", "to {}"))),
    "retrain": ("Retrain", (("model", "{}"), ("use_case", "of {}"))),
    "roll-back": ("Roll back", (("use_case", "{}"), ("release", "to {}"))),
    "suspend": ("Suspend", (("use_case", "{}"),)),
    "resume": ("Resume", (("use_case", "{}"),)),
    "raise-limit": ("Raise", (("limit", "{}"), ("use_case", "of {}"), ("before", "from {}"), ("after", "to {}"))),
    "agent-action": ("Let", (("use_case", "{}"), ("tool", "call {}"), ("system", "on {}"))),
}
"""Class to its verb, and the facts that a title says, in order, each with the words around it."""


def of_external(content: Mapping[str, Any]) -> str:
    """What is done to what, with the facts that tell it from others of its class."""
    decides, use_case = str(content.get("decides")), str(content.get("useCase"))
    verb, parts = _WORDS.get(decides, (decides.replace("-", " ").capitalize(), (("use_case", "{}"),)))
    facts = {**(content.get("facts") or {}), "use_case": use_case}
    said = [words.format(facts[name]) for name, words in parts if _says(facts.get(name))]
    text = " ".join([verb, *said])
    if decides == "agent-action" and not facts.get("tool"):
        text = f"Let {use_case} act"
    if text.startswith(f"{verb} of "):
        text = f"{verb} {text.removeprefix(f'{verb} of ')}"
    resource = str(content.get("resource"))
    return shortened(text if resource == f"{USE_CASE}/{use_case}" else f"{text} ({resource})")


def _says(value: object) -> bool:
    return value is not None and value != ""
