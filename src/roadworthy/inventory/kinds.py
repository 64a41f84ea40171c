"""The kinds that the inventory lets people declare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from roadworthy.foundation.errors import Finding, Place
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources.model import Applied
from roadworthy.foundation.resources.registry import Kind, always
from roadworthy.foundation.resources.shape import Shape
from roadworthy.inventory import deciding, store
from roadworthy.inventory.model import PlatformProfile, Stage, UseCase

USE_CASE = "UseCase"
PLATFORM_PROFILE = "PlatformProfile"
PROFILE_NAME = "platform"
"""The one profile in force; a deployment serves one organisation with one platform."""


def check_use_case(_name: str, spec: Shape) -> Sequence[Finding]:
    """What no single field can know."""
    use_case = cast("UseCase", spec)
    findings = []
    if use_case.retired and use_case.started and use_case.retired < use_case.started:
        findings.append(
            Finding(
                "use-case-retired-before-start",
                f"it was retired on {use_case.retired}, before it started on {use_case.started}",
                Place(field="spec.retired"),
                "mend one of the two dates",
            )
        )
    if use_case.retired and use_case.stage not in {None, Stage.RETIRED}:
        findings.append(
            Finding(
                "use-case-retired-in-use",
                f"it has a retirement date and is at stage `{use_case.stage}`",
                Place(field="spec.stage"),
                "set the stage to `retired`, or remove the date",
            )
        )
    findings += _twice("components", [f"{part.kind} {part.name}" for part in use_case.components])
    findings += _twice("data", [source.name for source in use_case.data])
    findings += _twice("integrations", [integration.system for integration in use_case.integrations])
    return findings


def _twice(field: str, names: Sequence[str]) -> list[Finding]:
    seen: set[str] = set()
    findings = []
    for position, name in enumerate(names):
        if name.casefold() in seen:
            place = Place(field=f"spec.{field}.{position}")
            findings.append(
                Finding("use-case-part-twice", f"`{name}` stands here twice", place, "remove one of the two")
            )
        seen.add(name.casefold())
    return findings


def project_use_cases(tx: Transaction, applied: Sequence[Applied]) -> None:
    """Keep the index rows with the declared use cases, in the same unit."""
    kept = [(each.name, each.generation, cast("UseCase", each.spec)) for each in applied if each.spec is not None]
    store.index(tx.connection, kept, tx.now)
    store.unindex(tx.connection, [each.name for each in applied if each.spec is None])


def project_profile(tx: Transaction, applied: Sequence[Applied]) -> None:
    """A new platform profile can change what every use case is assessed at."""
    if applied:
        store.touch(tx.connection, None)


def kinds() -> tuple[Kind, ...]:
    """What `app.py` registers."""
    return (
        Kind(
            USE_CASE,
            "use-cases",
            "use-case",
            UseCase,
            check=check_use_case,
            project=project_use_cases,
            decides=deciding.decisions,
            weighs=deciding.WEIGHED,
        ),
        Kind(
            PLATFORM_PROFILE,
            "platform-profiles",
            "platform-profile",
            PlatformProfile,
            project=project_profile,
            decides=always(PLATFORM_PROFILE, deciding.CHANGE_POLICY),
        ),
    )
