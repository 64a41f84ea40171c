"""Which use case an address is about, and which permission declaring a kind takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.requests import Request

from roadworthy.app import App
from roadworthy.decide.certificate.policy import OPERATING_ENVELOPE
from roadworthy.foundation.access.model import ROLE_MAP, WORKLOAD
from roadworthy.foundation.access.permissions import Permission
from roadworthy.foundation.errors import NotFound
from roadworthy.inventory.kinds import USE_CASE

DECLARING: Mapping[str, Permission] = {
    USE_CASE: Permission.WRITE_USE_CASES,
    ROLE_MAP: Permission.ADMINISTER_RIGHTS,
    WORKLOAD: Permission.ADMINISTER_RIGHTS,
    "DecisionRights": Permission.ADMINISTER_RIGHTS,
    OPERATING_ENVELOPE: Permission.WRITE_USE_CASES,
}
"""What declaring a kind takes; every other kind is a matter of setting up the deployment."""


def declaring(kind: str) -> Permission:
    """What declaring a kind takes."""
    return DECLARING.get(kind, Permission.CONFIGURE)


def _of_item(app: App, item_id: str) -> str | None:
    return app.evidence.find(item_id).use_case


def _of_ticket(app: App, ticket_id: str) -> str | None:
    return app.tickets.find(ticket_id).use_case


def _of_request(app: App, request_id: str) -> str | None:
    return app.approvals.standing(request_id).request.use_case


def _of_review(app: App, review_id: str) -> str | None:
    return app.operation.reviews.get(review_id).use_case


def _of_certificate(app: App, serial: str) -> str | None:
    return app.operation.certificates.get(serial).use_case


def _of_call(app: App, call: str) -> str | None:
    return app.telemetry.calls.get(call).use_case


def _of_later_call(app: App, call: str) -> str | None:
    return app.later.calls.get(call).use_case


def _of_finding(app: App, finding: str) -> str | None:
    return app.trail.looking.finding(finding).use_case


def _of_agent_action(app: App, action: str) -> str | None:
    return app.acting.letters.get(action).use_case


def _of_agent_run(app: App, run: str) -> str | None:
    return app.acting.rollbacks.preview(run)[0].use_case


def _of_key(app: App, key: str) -> str | None:
    return app.admitting.keys.get(key).use_case


def _of_scope(app: App, scope: str) -> str | None:
    return app.operation.certificates.stops.decided_in(scope)


LEADS: Mapping[str, Callable[[App, str], str | None]] = {
    "name": lambda _app, name: name,
    "item_id": _of_item,
    "ticket_id": _of_ticket,
    "ticket": _of_ticket,
    "request_id": _of_request,
    "review_id": _of_review,
    "serial": _of_certificate,
    "scope": _of_scope,
    "key": _of_key,
    "call_id": _of_call,
    "later_id": _of_later_call,
    "action_id": _of_agent_action,
    "agent_run_id": _of_agent_run,
    "finding_id": _of_finding,
}
"""Part of an address to how it leads to a use case; a new one needs its line here."""


def use_case_of(app: App, request: Request, part: str) -> str | None:
    """The use case that an address is about; None where what it names does not exist, so that nobody owns it."""
    value = str(request.path_params.get(part, ""))
    try:
        return LEADS[part](app, value)
    except NotFound:
        return None
