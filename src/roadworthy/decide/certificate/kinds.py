"""The declared kinds `CertificatePolicy`, with the one that ships, and `OperatingEnvelope`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import cast

import sqlalchemy as sa

from roadworthy.decide.certificate.policy import (
    CERTIFICATE_POLICY,
    DEFAULT_NAME,
    OPERATING_ENVELOPE,
    CertificatePolicy,
    OperatingEnvelope,
)
from roadworthy.decide.certificate.rules import Policy, compiled
from roadworthy.foundation.digests import digest_of
from roadworthy.foundation.errors import Finding, Place
from roadworthy.foundation.resources.documents import Source, read_whole
from roadworthy.foundation.resources.registry import Kind, always
from roadworthy.foundation.resources.service import Resources
from roadworthy.foundation.resources.shape import Shape


def check_envelope(_name: str, spec: Shape) -> Sequence[Finding]:
    """What no single field can know: an action stands once."""
    names = [each.name for each in cast("OperatingEnvelope", spec).actions or ()]
    return [
        Finding(
            "envelope-action-twice",
            f"`{name}` stands twice among the actions",
            Place(field=f"spec.actions.{position}.name"),
            "keep one of them, with all its limits",
        )
        for position, name in enumerate(names)
        if name in names[:position]
    ]


def kinds() -> tuple[Kind, ...]:
    """What `app.py` registers. An envelope that is asked for permits nothing until a review decides, so it is free."""
    return (
        Kind(
            CERTIFICATE_POLICY,
            "certificate-policies",
            "certificate-policy",
            CertificatePolicy,
            decides=always(CERTIFICATE_POLICY, "change-policy"),
        ),
        Kind(
            OPERATING_ENVELOPE,
            "operating-envelopes",
            "operating-envelope",
            OperatingEnvelope,
            check=check_envelope,
        ),
    )


@cache
def shipped_source() -> Source:
    """The text of the policy that ships, to be exported and edited."""
    return Source("policy.yaml", files(__package__).joinpath("policy.yaml").read_text(encoding="utf-8"))


@cache
def shipped() -> CertificatePolicy:
    """The policy that ships, which fills in whatever the organisation's own leaves out."""
    (declared,) = read_whole(shipped_source(), kinds(), "the certificate policy that ships")
    return cast("CertificatePolicy", declared.spec)


def in_force(resources: Resources, connection: sa.Connection) -> Policy:
    """The policy in force: the declared one called `default` over the one that ships."""
    stored = resources.find(CERTIFICATE_POLICY, DEFAULT_NAME, connection)
    declared = CertificatePolicy() if stored is None else cast("CertificatePolicy", stored.spec)
    digest = digest_of(shipped().model_dump(mode="json", exclude_defaults=True)) if stored is None else stored.digest
    return compiled(declared, shipped(), digest)
