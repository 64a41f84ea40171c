"""The declared kinds `Witness` and `WitnessPolicy`."""

from __future__ import annotations

from collections.abc import Sequence

from roadworthy.foundation.errors import Finding, Place
from roadworthy.foundation.resources.registry import Kind, always
from roadworthy.foundation.resources.shape import Shape
from roadworthy.foundation.witnessing.model import DEFAULT, WITNESS, WITNESS_POLICY, Witness, WitnessPolicy


def kinds() -> tuple[Kind, ...]:
    """What `app.py` registers."""
    return (
        Kind(WITNESS, "witnesses", "witness", Witness, decides=always(WITNESS, "change-policy")),
        Kind(
            WITNESS_POLICY,
            "witness-policies",
            "witness-policy",
            WitnessPolicy,
            check=_one,
            decides=always(WITNESS_POLICY, "change-policy"),
        ),
    )


def _one(name: str, _spec: Shape) -> Sequence[Finding]:
    if name == DEFAULT:
        return ()
    return (
        Finding(
            "witness-policy-name",
            f"`{name}` is no witness policy that is asked; the one is called `{DEFAULT}`",
            Place(field="metadata.name"),
            f"call it `{DEFAULT}`",
        ),
    )
