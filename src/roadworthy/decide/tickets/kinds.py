"""The declared kind `TicketSystem`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from roadworthy.decide.tickets.model import TICKET_SYSTEM, SystemType, TicketSystem
from roadworthy.decide.tickets.rules import PLACEHOLDERS, unknown_placeholders
from roadworthy.foundation.errors import Finding, Place, did_you_mean
from roadworthy.foundation.resources.registry import Kind, always
from roadworthy.foundation.resources.shape import Shape

_OURS: Final = {
    SystemType.SERVICENOW: frozenset({"short_description", "description", "correlation_id", "correlation_display"}),
    SystemType.JIRA_CLOUD: frozenset({"summary", "description", "project", "issuetype"}),
    SystemType.JIRA_DATA_CENTER: frozenset({"summary", "description", "project", "issuetype"}),
}
"""Fields that Roadworthy fills itself."""


def check_system(_name: str, spec: Shape) -> Sequence[Finding]:
    """What no single field can know."""
    system = cast("TicketSystem", spec)
    findings = []
    is_jira = system.type is not SystemType.SERVICENOW
    if is_jira and system.issue_type is None:
        findings.append(
            Finding(
                "ticket-system-issue-type-missing",
                "an issue of Jira needs a type",
                Place(field="spec.issueType"),
                "name one that the project has, such as `Task`",
            )
        )
    if not is_jira and system.issue_type is not None:
        findings.append(
            Finding(
                "ticket-system-issue-type-misplaced",
                "a record of ServiceNow has no type of issue",
                Place(field="spec.issueType"),
                "remove it",
            )
        )
    for group, values in (("fields", system.fields), ("closing", system.closing)):
        findings += [
            Finding(
                "ticket-system-field-taken",
                f"`{name}` is filled by Roadworthy itself",
                Place(field=f"spec.{group}.{name}"),
                "remove it",
            )
            for name in values
            if name in _OURS[system.type]
        ]
    findings += [
        Finding(
            "ticket-system-placeholder-unknown",
            f"nothing is filled in for `{{{word}}}`",
            Place(field=f"spec.fields.{name}"),
            did_you_mean(word, PLACEHOLDERS),
        )
        for name, value in system.fields.items()
        for word in unknown_placeholders(value)
    ]
    return findings


def kinds() -> tuple[Kind, ...]:
    """What `app.py` registers."""
    return (
        Kind(
            TICKET_SYSTEM,
            "ticket-systems",
            "ticket-system",
            TicketSystem,
            check=check_system,
            decides=always(TICKET_SYSTEM, "change-policy"),
        ),
    )
