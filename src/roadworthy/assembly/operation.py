"""From a verdict to what runs: reviews, certificates, their status on every replica, releases."""

from __future__ import annotations

from dataclasses import dataclass

from roadworthy.assembly.ground import Ground
from roadworthy.assembly.judgement import Judgement
from roadworthy.assembly.people import PeopleServices
from roadworthy.decide.certificate.status.head import StatusHead


@dataclass(frozen=True, slots=True)
class Operation:
    """What lets a use case run, and ends it."""

    status_head: StatusHead


def operation_of(ground: Ground, people: PeopleServices, found: Judgement) -> Operation:
    """Put it together."""
    del people, found
    head = StatusHead(ground.store, ground.keys, ground.runtime, ground.ledger.origin)
    return Operation(status_head=head)
