"""The declared kind `DecisionRights`, and the example that ships."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import cast

from roadworthy.decide.approvals.checking import check_rights
from roadworthy.decide.approvals.model import DECISION_RIGHTS, DecisionClass, DecisionRights
from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.resources.documents import Source, read_whole
from roadworthy.foundation.resources.model import Matter
from roadworthy.foundation.resources.registry import Kind
from roadworthy.foundation.resources.shape import Shape


def matters(name: str, before: Shape | None, after: Shape | None) -> Sequence[Matter]:
    """Every change of rights is a decision under the rights in force; rules can ask which rules it touches."""
    old = {} if before is None else {rule.name: rule for rule in cast("DecisionRights", before).rules}
    new = {} if after is None else {rule.name: rule for rule in cast("DecisionRights", after).rules}
    facts: dict[str, Canonical] = {
        "kind": DECISION_RIGHTS,
        "name": name,
        "change": "created" if before is None else "removed" if after is None else "updated",
        "rules_added": sorted(set(new) - set(old)),
        "rules_removed": sorted(set(old) - set(new)),
        "rules_changed": sorted(each for each in set(old) & set(new) if old[each] != new[each]),
    }
    return (Matter(DecisionClass.CHANGE_RIGHTS, facts),)


def kinds() -> tuple[Kind, ...]:
    """What `app.py` registers."""
    return (
        Kind(
            DECISION_RIGHTS,
            "decision-rights",
            "rights",
            DecisionRights,
            check=check_rights,
            decides=matters,
        ),
    )


@cache
def shipped_source() -> Source:
    """The text of the example that ships, to be exported and edited; nothing of it is in force by itself."""
    return Source("rights.yaml", files(__package__).joinpath("rights.yaml").read_text(encoding="utf-8"))


@cache
def shipped() -> DecisionRights:
    """The example that ships."""
    return cast("DecisionRights", read_whole(shipped_source(), kinds(), "the decision rights that ship")[0].spec)
