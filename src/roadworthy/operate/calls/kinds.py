"""The declared kind `Upstream`, and how those declared reach the gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa

from roadworthy.foundation.digests import Canonical
from roadworthy.foundation.errors import Finding, Place, Refused
from roadworthy.foundation.resources.registry import Kind, always
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.resources.shape import Shape
from roadworthy.operate.admission.generation import changed
from roadworthy.operate.calls.delegation.declared import check_identity
from roadworthy.operate.calls.upstreams.declared import UPSTREAM, AdapterName, Upstream
from roadworthy.operate.calls.wire.addresses import origin


def check_upstream(_name: str, spec: Shape) -> Sequence[Finding]:
    """What no single field can know."""
    upstream = cast("Upstream", spec)
    findings = []
    for field, address in (("address", upstream.address), ("proxy", upstream.proxy)):
        if address is None:
            continue
        try:
            origin(address)
        except Refused as error:
            findings.append(Finding(error.code, error.message, Place(field=f"spec.{field}"), error.remedy))
    if upstream.identity is not None:
        findings += check_identity(upstream.identity)
        if upstream.identity.without_user == "own" and upstream.secret is None:
            findings.append(
                Finding(
                    "upstream-identity-own-missing",
                    "calls without a user go with the upstream's own secret, and it has none",
                    Place(field="spec.identity.withoutUser"),
                    "say where the secret is, or refuse calls without a user",
                )
            )
    versioned = {AdapterName.AZURE_OPENAI, AdapterName.ANTHROPIC}
    if upstream.api_version is not None and upstream.adapter not in versioned:
        findings.append(
            Finding(
                "upstream-version-misplaced",
                f"an upstream of `{upstream.adapter}` is asked without a version",
                Place(field="spec.apiVersion"),
                "remove it",
            )
        )
    return findings


def kinds() -> tuple[Kind, ...]:
    """What `app.py` registers."""
    return (
        Kind(
            UPSTREAM,
            "upstreams",
            "upstream",
            Upstream,
            check=check_upstream,
            project=changed,
            decides=always(UPSTREAM, "change-policy"),
        ),
    )


@dataclass(frozen=True, slots=True)
class Upstreams:
    """Reads what is declared, in the snapshot in which endpoints are compiled.

    Args:
        resources: where it is declared.
    """

    resources: Resources
    name: str = "upstreams"

    def compile(self, connection: sa.Connection) -> tuple[Mapping[str, Upstream], Canonical]:
        """Upstreams by name, and their digests."""
        stored = list(self.resources.all(connection, UPSTREAM))
        return {each.name: cast("Upstream", each.spec) for each in stored}, sorted([e.name, e.digest] for e in stored)
