"""What is wrong with decision rights before they are in force: what contradicts, cannot be read or cannot be met."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from roadworthy.decide.approvals.model import DecisionRights
from roadworthy.foundation.errors import Finding
from roadworthy.foundation.resources.shape import Shape


def check_rights(_name: str, spec: Shape) -> Sequence[Finding]:
    """What no single field can know."""
    return tuple(_findings(cast("DecisionRights", spec)))


def _findings(rights: DecisionRights) -> Iterator[Finding]:
    del rights
    yield from ()
