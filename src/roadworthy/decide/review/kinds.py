"""The declared kind `ReviewPolicy`."""

from __future__ import annotations

from collections.abc import Sequence

from roadworthy.decide.review.policy import POLICY_NAME, REVIEW_POLICY, ReviewPolicy
from roadworthy.foundation.errors import Finding, Place
from roadworthy.foundation.resources.registry import Kind, always
from roadworthy.foundation.resources.shape import Shape


def check_policy(name: str, _spec: Shape) -> Sequence[Finding]:
    """Only one of them is ever in force, so another name is a mistake."""
    if name == POLICY_NAME:
        return ()
    return (
        Finding(
            "review-policy-unused",
            f"the review policy in force is the one called `{POLICY_NAME}`; `{name}` would be used by nobody",
            Place(field="metadata.name"),
            f"call it `{POLICY_NAME}`",
        ),
    )


def kinds() -> tuple[Kind, ...]:
    """What `app.py` registers."""
    return (
        Kind(
            REVIEW_POLICY,
            "review-policies",
            "review-policy",
            ReviewPolicy,
            check=check_policy,
            decides=always(REVIEW_POLICY, "change-policy"),
        ),
    )
