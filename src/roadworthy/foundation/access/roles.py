"""What people can be: five roles that the role map gives, and four that come from having accepted a duty."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What somebody is to the deployment, or to one use case."""

    VIEWER = "viewer"
    """Reads everything that is not about people or operations."""
    CONTRIBUTOR = "contributor"
    """Registers use cases, hands in evidence, runs audits, proposes decisions."""
    APPROVER = "approver"
    """Votes where the decision rights ask for this role, for a group or for the person."""
    AUDITOR = "auditor"
    """Reads and verifies everything, changes nothing."""
    PLATFORM_ADMINISTRATOR = "platform-administrator"
    """Sets up the deployment. It decides nothing by this role unless the decision rights name it."""
    PRODUCT_OWNER = "product-owner"
    """Accepted the duty `product` of a use case; a role for that use case only, as are the three others."""
    PLATFORM_OWNER = "platform-owner"
    GOVERNANCE_OWNER = "governance-owner"
    BUSINESS_OWNER = "business-owner"

    @property
    def shown(self) -> str:
        """As people read it."""
        return self.value.replace("-", " ")


OWNERS: Mapping[str, Role] = {
    "product": Role.PRODUCT_OWNER,
    "platform": Role.PLATFORM_OWNER,
    "governance": Role.GOVERNANCE_OWNER,
    "business": Role.BUSINESS_OWNER,
}
"""The role that an accepted duty gives, for the use case whose duty it is."""

MAPPED = tuple(role for role in Role if role not in OWNERS.values())
"""The roles that a role map can give."""

EMBEDDED = frozenset({Role.VIEWER, Role.CONTRIBUTOR, Role.AUDITOR, Role.PLATFORM_ADMINISTRATOR})
"""What everybody holds who signs in where no identity provider is configured: they can read the home folder anyway."""
