"""The content of a decision about a verdict: what is handed in, what is looked up, and how people read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from roadworthy.decide.review.model import AgendaItem, AskedCondition, ItemKind, ProposedVerdict, Verdict
from roadworthy.foundation.digests import digest_of
from roadworthy.foundation.errors import Finding, InvalidInput, Place, RoadworthyError, did_you_mean

HANDED_IN: Final = ("review", "verdict", "reason", "conditions", "changes", "learned", "envelope", "lasts")
LOOKED_UP: Final = ("useCase", "stageTo", "release", "facts", "agenda", "frozen", "plan", "withdraws")
_TEXTS: Final = ("reason", "changes", "learned")
_CONDITION: Final = ("id", "what", "owner", "due")


def read(content: Mapping[str, Any]) -> tuple[str, ProposedVerdict]:
    """The review that a proposal names, and the verdict that it wants.

    Raises:
        InvalidInput: with every fault in its form.
    """
    findings = list(_faults(content))
    if findings:
        raise InvalidInput.of(findings, "the content of the proposal")
    conditions = content.get("conditions") or ()
    return content["review"], ProposedVerdict(
        verdict=Verdict(content["verdict"]),
        reason=content.get("reason") or "",
        conditions=tuple(AskedCondition.of_values(each) for each in conditions),
        changes=content.get("changes"),
        learned=content.get("learned"),
        envelope=content.get("envelope"),
        lasts=content.get("lasts"),
    )


def _faults(content: Mapping[str, Any]) -> Iterator[Finding]:
    known = [*HANDED_IN, *LOOKED_UP]
    for name in content:
        if name not in known:
            yield _fault(
                name, "decision-content-unknown", f"`{name[:80]}` is not a field of it", did_you_mean(name, known)
            )
    if not isinstance(content.get("review"), str) or not content["review"]:
        yield _fault("review", "decision-content-missing", "`review` is missing", "name the review by its id")
    if content.get("verdict") not in set(Verdict):
        remedy = did_you_mean(str(content.get("verdict") or ""), list(Verdict)) or "say how it ends"
        yield _fault("verdict", "review-verdict-unknown", "there is no such verdict", remedy)
    for name in _TEXTS:
        if not isinstance(content.get(name), str | None):
            yield _fault(name, "decision-content-missing", f"`{name}` is no text", f"say `{name}` as text")
    if not isinstance(content.get("envelope"), Mapping | None):
        yield _fault(
            "envelope", "decision-content-missing", "`envelope` is no object", "hand in the drafted one, changed"
        )
    if not isinstance(content.get("lasts"), int | None) or isinstance(content.get("lasts"), bool):
        yield _fault("lasts", "decision-content-missing", "`lasts` is no whole number of seconds", "leave it out")
    yield from _condition_faults(content.get("conditions"))


def _condition_faults(conditions: object) -> Iterator[Finding]:
    if conditions is None:
        return
    if not isinstance(conditions, Sequence) or isinstance(conditions, str):
        yield _fault(
            "conditions", "decision-content-missing", "`conditions` is no list", "leave it out, or hand in a list"
        )
        return
    for place, each in enumerate(conditions):
        at = f"conditions.{place}"
        if not isinstance(each, Mapping) or any(not isinstance(each.get(name), str) for name in _CONDITION):
            yield _fault(
                at, "decision-content-missing", "a condition has `id`, `what`, `owner` and `due`", "say all four"
            )
            continue
        try:
            AskedCondition.of_values(each)
        except (RoadworthyError, ValueError):
            yield _fault(
                f"{at}.due", "decision-content-missing", f"`{each['due'][:40]}` is no instant with an offset",
                "write one such as `2027-03-31T17:00:00Z`",
            )  # fmt: skip


def _fault(name: str, code: str, message: str, remedy: str) -> Finding:
    return Finding(code, message, Place(field=f"content.{name}"[:200]), remedy)


# ---------------------------------------------------------------- as people read it

_WORDS: Final[Mapping[str, str]] = {
    "go": "Go",
    "conditional-go": "Conditional go",
    "no-go": "No-go",
    "pivot": "Pivot",
    "stop": "Stop",
}


def title(content: Mapping[str, Any]) -> str:
    """How it ends, for which use case and stage."""
    verdict, use_case, stage = content.get("verdict"), content.get("useCase"), content.get("stageTo")
    conditions = content.get("conditions") or ()
    more = f", with {len(conditions)} condition{'' if len(conditions) == 1 else 's'}" if conditions else ""
    return f"{_WORDS.get(str(verdict), str(verdict))}: {use_case} to {stage}{more}"


def lines(content: Mapping[str, Any], envelope: Sequence[str], called: Mapping[str, str]) -> Iterator[str]:
    """What the content says, a line each; of the evidence how much it is, since nobody reads digests.

    Args:
        content: as it is bound.
        envelope: a line for each term of its envelope.
        called: people by reference.
    """
    for name, words in _SAID.items():
        if content.get(name) or name == "release":
            yield f"{words}: {content.get(name) or 'none'}"
    for each in content.get("conditions") or ():
        owner = called.get(each["owner"], each["owner"])
        yield f"condition {each['id']}, due {each['due'][:10]}, of {owner}: {each['what']}"
    yield from (f"envelope: {line}" for line in envelope)
    yield from (f"withdraws the certificate: {serial}" for serial in content.get("withdraws") or ())
    if content.get("plan"):
        yield f"moves the use case to the stage: {content.get('stageTo')}"
    for each in content.get("agenda") or ():
        yield f"{'blocks' if each['blocks'] else 'stands'}: {each['kind']} {each['title']} ({each['says']})"
    for name, value in sorted((content.get("frozen") or {}).items()):
        yield from _frozen(name, value)


_SAID: Final[Mapping[str, str]] = {
    "verdict": "verdict",
    "useCase": "use case",
    "stageTo": "stage",
    "release": "release",
    "reason": "why",
    "changes": "what changes",
    "learned": "what was learned",
    "lasts": "seconds that the certificate lasts",
}


def _frozen(name: str, value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield f"frozen {name}: {len(value)} items, together {digest_of(dict(value))}"
    elif isinstance(value, list):
        yield f"frozen {name}: {', '.join(value) or 'none'}"
    else:
        yield f"frozen {name}: {value or 'none'}"


def agenda_values(items: Sequence[AgendaItem]) -> list[dict[str, Any]]:
    """An agenda as canonical values."""
    return [
        {
            "blocks": item.blocks,
            "id": item.id,
            "kind": item.kind.value,
            "path": item.path,
            "says": item.says,
            "title": item.title,
        }
        for item in items
    ]


def agenda_of(content: Mapping[str, Any]) -> tuple[AgendaItem, ...]:
    """The agenda that a verdict was decided with."""
    return tuple(
        AgendaItem(ItemKind(each["kind"]), each["id"], each["title"], each["blocks"], each["says"], each["path"])
        for each in content.get("agenda") or ()
    )
