"""Types of the API: access. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from roadworthy.sdk.shapes.shared import Person

Permission: TypeAlias = Literal[
    "own-account",
    "read",
    "read-ledger",
    "read-people",
    "read-operations",
    "read-content",
    "export",
    "verify-ledger",
    "write-use-cases",
    "import",
    "submit-evidence",
    "dispute",
    "audit-data",
    "probe",
    "assess",
    "report",
    "send-tickets",
    "accept-duty",
    "waive",
    "review",
    "suspend",
    "release",
    "propose",
    "vote",
    "use-decisions",
    "configure",
    "administer-rights",
    "administer-people",
    "administer-tokens",
    "administer-collectors",
    "administer-keys",
    "write-directory",
    "erase",
    "retain",
    "revive-dead-letters",
    "replay-calls",
    "bring-audit-events",
    "explain-findings",
    "propose-genesis",
    "open-break-glass",
]
"""Something that can be permitted."""


Role: TypeAlias = Literal[
    "viewer",
    "contributor",
    "approver",
    "auditor",
    "platform-administrator",
    "product-owner",
    "platform-owner",
    "governance-owner",
    "business-owner",
]
"""What somebody is to the deployment, or to one use case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessHolding:
    """A role that somebody holds."""

    role: Role
    source: str
    """Where it comes from, in words."""
    use_case: str | None
    """The only one that it holds for; null for the whole deployment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessVerdict:
    """Whether something is permitted."""

    permission: Permission
    allowed: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What somebody may do, and why."""

    person: Person
    roles: tuple[AccessHolding, ...]
    permissions: tuple[AccessVerdict, ...]
    administrators: tuple[str, ...]
    """What to call those who can propose to give a role."""
