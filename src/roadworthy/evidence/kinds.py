"""The declared kind `EvidenceKind`, and the ones that ship."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from types import MappingProxyType
from typing import cast

import sqlalchemy as sa

from roadworthy.evidence.schemas import EvidenceKind, days_of
from roadworthy.foundation.errors import Finding, Place, did_you_mean
from roadworthy.foundation.resources.documents import Source, read_whole
from roadworthy.foundation.resources.registry import Kind, always
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.resources.shape import Shape
from roadworthy.inventory.facts import FACTS

EVIDENCE_KIND = "EvidenceKind"


def check_evidence_kind(_name: str, spec: Shape) -> Sequence[Finding]:
    """What no single field can know: facts exist, a weaker method holds no longer than a stronger one."""
    kind = cast("EvidenceKind", spec)
    findings = [
        Finding(
            "evidence-kind-fact-unknown",
            f"`{fact}` is not a claim that is known here",
            Place(field=f"spec.facts.{position}"),
            did_you_mean(fact, FACTS),
        )
        for position, fact in enumerate(kind.facts)
        if fact not in FACTS
    ]
    for (stronger, long), (weaker, longer) in pairwise(days_of(kind).items()):
        if longer > long:
            findings.append(
                Finding(
                    "evidence-kind-weaker-holds-longer",
                    f"what is {weaker} would hold {longer} days, and what is {stronger} only {long}",
                    Place(field=f"spec.freshness.{weaker}"),
                    f"give `{weaker}` at most {long} days, or `{stronger}` at least {longer}",
                )
            )
    seen: set[str] = set()
    for position, field in enumerate(kind.fields):
        if field.name in seen:
            place = Place(field=f"spec.fields.{position}.name")
            findings.append(
                Finding(
                    "evidence-kind-field-twice", f"`{field.name}` stands here twice", place, "remove one of the two"
                )
            )
        seen.add(field.name)
    return findings


def kinds() -> tuple[Kind, ...]:
    """What `app.py` registers."""
    return (
        Kind(
            EVIDENCE_KIND,
            "evidence-kinds",
            "evidence-kind",
            EvidenceKind,
            check=check_evidence_kind,
            decides=always(EVIDENCE_KIND, "change-policy"),
        ),
    )


@cache
def shipped_source() -> Source:
    """The text of the kinds that ship, to be exported and edited."""
    return Source("kinds.yaml", files(__package__).joinpath("kinds.yaml").read_text(encoding="utf-8"))


@cache
def shipped() -> Mapping[str, EvidenceKind]:
    """The kinds that ship; each is in force until an organisation declares its own under the same name."""
    declared = read_whole(shipped_source(), kinds(), "the evidence kinds that ship")
    return MappingProxyType({one.name: cast("EvidenceKind", one.spec) for one in declared})


def in_force(connection: sa.Connection, resources: Resources) -> Mapping[str, EvidenceKind]:
    """Every kind by name: the shipped ones, and over them the declared ones."""
    declared = {each.name: cast("EvidenceKind", each.spec) for each in resources.all(connection, EVIDENCE_KIND)}
    return {**shipped(), **declared}
