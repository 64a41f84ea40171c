"""Every kind that can be declared, of all layers."""

from __future__ import annotations

from roadworthy.decide.approvals import kinds as approval_kinds
from roadworthy.decide.certificate import kinds as certificate_kinds
from roadworthy.decide.diagnosis import kinds as diagnosis_kinds
from roadworthy.decide.ranking import kinds as ranking_kinds
from roadworthy.decide.readiness import kinds as readiness_kinds
from roadworthy.decide.review import kinds as review_kinds
from roadworthy.decide.tickets import kinds as ticket_kinds
from roadworthy.evidence import kinds as evidence_kinds
from roadworthy.foundation.access import kinds as access_kinds
from roadworthy.foundation.keeping import kinds as keeping_kinds
from roadworthy.foundation.notify import kinds as notify_kinds
from roadworthy.foundation.resources.registry import Kind
from roadworthy.foundation.witnessing import kinds as witness_kinds
from roadworthy.inventory import kinds as inventory_kinds
from roadworthy.inventory.discovery import kinds as discovery_kinds
from roadworthy.inventory.kinds import USE_CASE
from roadworthy.measure.data_audit import kinds as audit_kinds
from roadworthy.operate.actions import kinds as action_kinds
from roadworthy.operate.admission import kinds as admission_kinds
from roadworthy.operate.admission.generation import read_along
from roadworthy.operate.admission.limits import kinds as limit_kinds
from roadworthy.operate.calls import kinds as call_kinds
from roadworthy.operate.releases import kinds as release_kinds


def kinds() -> tuple[Kind, ...]:
    """Every kind that can be declared."""
    return (
        *access_kinds.kinds(),
        *notify_kinds.kinds(),
        *keeping_kinds.kinds(),
        *witness_kinds.kinds(),
        *(read_along(each) if each.name == USE_CASE else each for each in inventory_kinds.kinds()),
        *discovery_kinds.kinds(),
        *evidence_kinds.kinds(),
        *readiness_kinds.kinds(),
        *diagnosis_kinds.kinds(),
        *ranking_kinds.kinds(),
        *ticket_kinds.kinds(),
        *audit_kinds.kinds(),
        *approval_kinds.kinds(),
        *review_kinds.kinds(),
        *certificate_kinds.kinds(),
        *release_kinds.kinds(),
        *call_kinds.kinds(),
        *action_kinds.kinds(),
        *admission_kinds.kinds(),
        *limit_kinds.kinds(),
    )
