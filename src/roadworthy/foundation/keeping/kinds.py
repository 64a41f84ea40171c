"""The declared kind `RetentionPolicy`."""

from __future__ import annotations

from roadworthy.foundation.keeping.model import RETENTION_POLICY, RetentionPolicy
from roadworthy.foundation.resources.registry import Kind, always


def kinds() -> tuple[Kind, ...]:
    """What `app.py` registers."""
    return (
        Kind(
            RETENTION_POLICY,
            "retention-policies",
            "retention-policy",
            RetentionPolicy,
            decides=always(RETENTION_POLICY, "change-policy"),
        ),
    )
