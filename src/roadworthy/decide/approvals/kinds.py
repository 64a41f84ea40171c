"""The declared kind `DecisionRights`, and the example that ships."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import cast

from roadworthy.decide.approvals.checking import check_rights
from roadworthy.decide.approvals.model import DECISION_RIGHTS, DecisionClass, DecisionRights
from roadworthy.foundation.resources.documents import Source, read_whole
from roadworthy.foundation.resources.registry import Kind, always


def kinds() -> tuple[Kind, ...]:
    """What `app.py` registers."""
    return (
        Kind(
            DECISION_RIGHTS,
            "decision-rights",
            "rights",
            DecisionRights,
            check=check_rights,
            decides=always(DECISION_RIGHTS, DecisionClass.CHANGE_RIGHTS),
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
