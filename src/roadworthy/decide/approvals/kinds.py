"""The declared kind `DecisionRights`, and the example that ships."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import cast

from roadworthy.decide.approvals.checking import check_rights
from roadworthy.decide.approvals.model import DECISION_RIGHTS, DecisionClass, DecisionRights
from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.errors import Place, Refused
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources.documents import Source, read_whole
from roadworthy.foundation.resources.model import Action, Applied, Matter
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
            project=_refuse_unsigned,
            decides=matters,
        ),
    )


def _refuse_unsigned(tx: Transaction, applied: Sequence[Applied]) -> None:
    """No way leads to rights in force but a decision: the first ones are signed, later ones change under themselves.

    Raises:
        Refused: they are changed without one, or taken away.
    """
    if any(each.action is Action.REMOVE for each in applied):
        raise Refused(
            "rights-not-removable",
            "decision rights are not taken away, for nobody could decide anything then, nor undo it",
            remedy="change them with `roadworthy propose`",
        )
    if not tx.granted:
        raise Refused(
            "rights-unsigned",
            "decision rights come into force by decision only",
            place=Place(source=f"{applied[0].kind}/{applied[0].name}"),
            remedy="leave their file out of what you apply; have two people sign the first ones with "
            "`roadworthy rights genesis -f FILE`, and propose later ones with `roadworthy propose apply -f FILE`",
        )


@cache
def shipped_source() -> Source:
    """The text of the example that ships, to be exported and edited; nothing of it is in force by itself."""
    return Source("rights.yaml", files(__package__).joinpath("rights.yaml").read_text(encoding="utf-8"))


@cache
def starter_text() -> str:
    """Decision rights and a role map in one file, to be edited and signed together."""
    roles = files(__package__).joinpath("roles.yaml").read_text(encoding="utf-8")
    return f"{shipped_source().text}---\n{roles}"


@cache
def shipped() -> DecisionRights:
    """The example that ships."""
    return cast("DecisionRights", read_whole(shipped_source(), kinds(), "the decision rights that ship")[0].spec)
