"""From a verdict to what runs: reviews, certificates, their status on every replica, releases."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.assembly.ground import Ground
from roadworthy.assembly.judgement import Judgement
from roadworthy.assembly.people import PeopleServices
from roadworthy.decide.certificate.status.head import StatusHead
from roadworthy.operate.releases.ports import NoCertificates
from roadworthy.operate.releases.service import Ground as ReleaseGround
from roadworthy.operate.releases.service import Releases


@dataclass(frozen=True, slots=True)
class Operation:
    """What lets a use case run, and ends it."""

    status_head: StatusHead
    releases: Releases


def operation_of(ground: Ground, people: PeopleServices, found: Judgement) -> Operation:
    """Put it together."""
    del people
    head = StatusHead(ground.store, ground.keys, ground.runtime, ground.ledger.origin)
    releases = Releases(
        ReleaseGround(ground.store, ground.units, ground.resources, ground.runtime, found.approvals, NoCertificates())
    )
    return Operation(status_head=head, releases=releases)
