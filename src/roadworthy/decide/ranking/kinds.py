"""The declared kind `RankingPolicy`, and the one that ships."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import cast

from roadworthy.decide.ranking.model import RankingPolicy
from roadworthy.foundation.digests import digest_of
from roadworthy.foundation.errors import Finding, Place
from roadworthy.foundation.resources.documents import Source, read_whole
from roadworthy.foundation.resources.registry import Kind, always
from roadworthy.foundation.resources.shape import Shape
from roadworthy.inventory.model import Stage

RANKING_POLICY = "RankingPolicy"
DEFAULT_NAME = "default"
"""The one policy in force."""

_OVER = (Stage.PRODUCTION, Stage.RETIRED)


def check_policy(_name: str, spec: Shape) -> Sequence[Finding]:
    """What no single field can know: one rate per currency, none for the currency itself, no stage that is over."""
    policy = cast("RankingPolicy", spec)
    findings = []
    seen = {policy.currency} if policy.currency else set()
    for position, rate in enumerate(policy.rates):
        if rate.currency in seen:
            findings.append(
                Finding(
                    "ranking-rate-twice",
                    f"`{rate.currency}` has a value already",
                    Place(field=f"spec.rates.{position}.currency"),
                    "keep one rate for each currency, and none for the currency of the comparison",
                )
            )
        seen.add(rate.currency)
    if policy.rates and policy.currency is None:
        findings.append(
            Finding(
                "ranking-currency-missing",
                "rates are declared, and not into which currency",
                Place(field="spec.currency"),
                "name under `currency` what one unit of each is worth in",
            )
        )
    findings += [
        Finding(
            "ranking-stage-over",
            f"what is at stage `{stage}` is no pilot any more",
            Place(field=f"spec.stages.{position}"),
            "rank `proposed`, `pilot` or `candidate`",
        )
        for position, stage in enumerate(policy.stages)
        if stage in _OVER
    ]
    return findings


def kinds() -> tuple[Kind, ...]:
    """What `app.py` registers."""
    return (
        Kind(
            RANKING_POLICY,
            "ranking-policies",
            "ranking-policy",
            RankingPolicy,
            check=check_policy,
            decides=always(RANKING_POLICY, "change-policy"),
        ),
    )


def policy_digest(policy: RankingPolicy) -> str:
    """The digest under which reports name the policy they were made with."""
    return digest_of(policy.model_dump(mode="json", exclude_defaults=True))


@cache
def shipped_source() -> Source:
    """The text of the policy that ships, to be exported and edited."""
    return Source("policy.yaml", files(__package__).joinpath("policy.yaml").read_text(encoding="utf-8"))


@cache
def shipped() -> RankingPolicy:
    """The policy that ships, which is in force until an organisation declares its own."""
    return cast("RankingPolicy", read_whole(shipped_source(), kinds(), "the ranking policy that ships")[0].spec)
