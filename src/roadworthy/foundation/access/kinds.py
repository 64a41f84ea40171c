"""The kinds that say who is what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from roadworthy.foundation.access import store
from roadworthy.foundation.access.model import ROLE_MAP, ROLE_MAP_NAME, WORKLOAD, RoleMap, Workload
from roadworthy.foundation.access.permissions import SCOPES
from roadworthy.foundation.access.roles import Role
from roadworthy.foundation.access.rules import Mapped
from roadworthy.foundation.errors import Conflict, Finding, Place, did_you_mean
from roadworthy.foundation.ledger.unit import Transaction
from roadworthy.foundation.resources.model import Applied
from roadworthy.foundation.resources.registry import Kind, always
from roadworthy.foundation.resources.shape import Shape

_DECIDES = "change-rights"
"""Who is what decides who may say yes."""


def check_role_map(name: str, spec: Shape) -> Sequence[Finding]:
    """One map, with somebody in it who can look after the deployment, and nobody in it twice."""
    declared = cast("RoleMap", spec)
    found = []
    if name != ROLE_MAP_NAME:
        found.append(
            Finding(
                "role-map-name",
                f"a role map called `{name}` would never be read",
                Place(field="metadata.name"),
                f"call it `{ROLE_MAP_NAME}`; there is one for the deployment",
            )
        )
    if not any(Mapped.of(declared).giving(Role.PLATFORM_ADMINISTRATOR)):
        found.append(
            Finding(
                "role-map-without-administrator",
                "nobody would be platform administrator, and only break-glass could change the map again",
                Place(field="spec"),
                "give `platform-administrator` to a group or to two people",
            )
        )
    first: dict[str, str] = {}
    for handle in declared.people:
        other = first.setdefault(handle.casefold(), handle)
        if other != handle:
            found.append(
                Finding(
                    "role-map-person-twice",
                    f"`{handle}` and `{other}` are one person",
                    Place(field=f"spec.people.{handle}"),
                    "write all roles of a person in one line",
                )
            )
    return found


def check_workload(_name: str, spec: Shape) -> Sequence[Finding]:
    """Scopes that exist, each once."""
    workload = cast("Workload", spec)
    return [
        Finding("token-scope-unknown", f"there is no scope `{scope[:100]}`", Place(field=f"spec.may.{index}"), remedy)
        for index, scope in enumerate(workload.may)
        if scope not in SCOPES
        for remedy in [did_you_mean(scope, SCOPES)]
    ]


def project_workloads(tx: Transaction, applied: Sequence[Applied]) -> None:
    """Keep the index by issuer and subject, in the same unit.

    Raises:
        Conflict: two workloads would be recognised by one identity.
    """
    store.unindex(tx.connection, [each.name for each in applied])
    for each in applied:
        if each.spec is None:
            continue
        spec = cast("Workload", each.spec)
        other = store.workload_of(tx.connection, spec.issuer, spec.subject)
        if other is not None:
            raise Conflict(
                "workload-identity-taken",
                f"the workload `{other}` is recognised by the subject `{spec.subject[:100]}` of this issuer already",
                place=Place(source=f"{WORKLOAD}/{each.name}", field="spec.subject"),
                remedy="give each program an identity of its own, or remove the other workload first",
            )
        store.index(tx.connection, each.name, spec.issuer, spec.subject)


def kinds() -> tuple[Kind, ...]:
    """What `app.py` registers."""
    return (
        Kind(
            ROLE_MAP,
            "role-maps",
            "role-map",
            RoleMap,
            check=check_role_map,
            decides=always(ROLE_MAP, _DECIDES),
        ),
        Kind(
            WORKLOAD,
            "workloads",
            "workload",
            Workload,
            check=check_workload,
            project=project_workloads,
            decides=always(WORKLOAD, _DECIDES),
        ),
    )
