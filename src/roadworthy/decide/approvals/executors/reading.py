"""Reading the content of a proposal: exactly the fields that the subject has, each of its type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from roadworthy.foundation.errors import Conflict, Finding, InvalidInput, Place, did_you_mean
from roadworthy.foundation.resources.service import Resources

LONGEST = 2_000


def texts(content: Mapping[str, Any], needed: Sequence[str], others: Sequence[str] = ()) -> dict[str, str]:
    """The fields of a content that are text.

    Args:
        content: what was proposed.
        needed: fields that have to be there and say something.
        others: fields that may be there beside; they are not looked at.

    Raises:
        InvalidInput: with every fault.
    """
    known = [*needed, *others]
    findings = [
        Finding("decision-content-unknown", f"`{name}` is not a field of it", _at(name), did_you_mean(name, known))
        for name in content
        if name not in known
    ]
    for name in needed:
        value = content.get(name)
        if not isinstance(value, str) or not value.strip():
            findings.append(
                Finding("decision-content-missing", f"`{name}` is missing", _at(name), f"say `{name}` as text")
            )
    refuse(findings)
    return {name: content[name] for name in needed}


def refuse(findings: Sequence[Finding]) -> None:
    """Raises InvalidInput where there is any finding."""
    if findings:
        raise InvalidInput.of(findings, "the content of the proposal")


def refuse_untrue(content: Mapping[str, Any], true: Mapping[str, Any]) -> None:
    """Raises Conflict where the content says something of the world that is not so (any more)."""
    untrue = sorted(name for name in {*content, *true} if content.get(name) != true.get(name))
    if untrue:
        raise Conflict(
            "decision-content-untrue",
            f"what the proposal says of {', '.join(f'`{name}`' for name in untrue)} is not so, or not any more",
            place=_at(untrue[0]),
            remedy="propose it again; what is decided about is looked up then",
        )


def digests(resources: Resources, connection: sa.Connection, keys: Sequence[tuple[str, str]]) -> dict[str, str]:
    """`Kind/name` to the digest of its present state, empty where there is none."""
    found = {}
    for kind, name in keys:
        stored = resources.find(kind, name, connection)
        found[f"{kind}/{name}"] = "" if stored is None else stored.digest
    return found


def _at(name: str) -> Place:
    return Place(field=f"content.{name}"[:200])
