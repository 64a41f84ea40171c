"""The declared kind `AuditPolicy`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from roadworthy.foundation.errors import Finding, InvalidInput
from roadworthy.foundation.resources.documents import Source, read_whole
from roadworthy.foundation.resources.registry import Kind, always
from roadworthy.foundation.resources.shape import Shape
from roadworthy.measure.data_audit.policy import AuditPolicy, Policy, faults

AUDIT_POLICY = "AuditPolicy"
DEFAULT_NAME = "default"
"""The one policy in force."""


def check_policy(_name: str, spec: Shape) -> Sequence[Finding]:
    """What no single field can know: each rule once and in the catalogue, thresholds and placeholders that exist."""
    return faults(cast("AuditPolicy", spec))


def kinds() -> tuple[Kind, ...]:
    """What `app.py` registers."""
    return (
        Kind(
            AUDIT_POLICY,
            "audit-policies",
            "audit-policy",
            AuditPolicy,
            check=check_policy,
            decides=always(AUDIT_POLICY, "change-policy"),
        ),
    )


def read_policy(source: Source) -> Policy:
    """A policy from its text, for an audit outside any home.

    Raises:
        InvalidInput: with every fault at its line, or it declares no policy.
    """
    declared = read_whole(source, kinds(), "the audit policy")
    if not declared:
        raise InvalidInput(
            "audit-policy-absent",
            f"`{source.name}` declares no audit policy",
            remedy="print the one in force with `roadworthy data policy`, and edit that",
        )
    return Policy.of(cast("AuditPolicy", declared[0].spec))
