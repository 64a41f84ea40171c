"""The claims that people make about a use case beside its declared shape, one name per claim.

A claim is a statement such as "an independent evaluation was done". Imports bring them in as *reported*, forms
and files as *attested* or *documented*, collectors as *measured*. The names are shared by all of them and
by the rubric, so that a spreadsheet's column, a form and a measurement can answer the same question.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Answer(StrEnum):
    """What a claim says; the absence of any claim is what "unknown" means, so it is not a value here."""

    YES = "yes"
    NO = "no"
    IN_PROGRESS = "in-progress"
    WAIVED = "waived"
    """Set aside by somebody with the right to; never the same as yes."""
    NOT_APPLICABLE = "not-applicable"


SPOKEN: Mapping[Answer, str] = {
    Answer.YES: "yes",
    Answer.NO: "no",
    Answer.IN_PROGRESS: "in progress",
    Answer.WAIVED: "waived, which is not a yes",
    Answer.NOT_APPLICABLE: "does not apply",
}
"""An answer as it stands in a sentence."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A question about a use case that evidence answers."""

    name: str
    question: str
    duty: str
    """Which owner can be expected to answer it: product, platform, governance or business."""


FACTS: dict[str, Fact] = {
    fact.name: fact
    for fact in (
        Fact(
            "data.path-audited", "Was the pilot's data compared with production data, with every gap named?", "platform"
        ),
        Fact("data.documented", "Is the data documented well enough to judge whether it fits the purpose?", "product"),
        Fact("data.privacy-assessed", "Were the privacy risks assessed?", "governance"),
        Fact("data.access-approved", "Is access to the production data granted to the workload?", "platform"),
        Fact(
            "data.pipeline-in-production",
            "Does a pipeline deliver the production data by itself, on schedule?",
            "platform",
        ),
        Fact("governance.authorised-to-operate", "Is there an authority to operate, or its equivalent?", "governance"),
        Fact("governance.impact-assessed", "Was an impact assessment completed?", "governance"),
        Fact("governance.tested-realistically", "Was it tested under conditions like production's?", "product"),
        Fact("governance.independently-evaluated", "Was it evaluated by somebody who did not build it?", "governance"),
        Fact("governance.risks-identified", "Are the key risks written down and treated?", "governance"),
        Fact(
            "governance.approval-workflow",
            "Is it written down who approves a promotion, a change and a rollback?",
            "governance",
        ),
        Fact("governance.oversight-defined", "Is it defined how a person oversees, overrides and stops it?", "product"),
        Fact("governance.bias-examined", "Were differences between groups examined and treated?", "governance"),
        Fact("governance.people-notified", "Are the people affected told that AI is used?", "product"),
        Fact("governance.appeal-offered", "Can the people affected appeal or opt out?", "business"),
        Fact(
            "integration.designed",
            "Is the integration designed: identity, audit, retry, dead letter, rollback?",
            "platform",
        ),
        Fact("integration.probed", "Was each integration tried as the production workload?", "platform"),
        Fact("integration.failsafe", "Is there a fail-safe for when it is wrong or down?", "platform"),
        Fact("integration.rollback-tested", "Was the way back tried?", "platform"),
        Fact("integration.monitored", "Is it monitored in production, with alerts that reach somebody?", "platform"),
        Fact(
            "integration.infrastructure",
            "Is the infrastructure provisioned through the organisation's own process?",
            "platform",
        ),
        Fact(
            "integration.interfaces-supported",
            "Does every system it touches offer a supported interface for what is asked of it?",
            "platform",
        ),
        Fact(
            "integration.released-repeatably",
            "Are releases versioned, built and rolled out the same way every time?",
            "platform",
        ),
        Fact("ownership.change-plan", "Is there a plan for the people whose work changes?", "business"),
        Fact("ownership.training", "Are the people who use and operate it trained?", "business"),
        Fact("ownership.users-consulted", "Were the people who use it or are affected by it consulted?", "product"),
        Fact("ownership.support-arranged", "Is it settled who supports it at three in the morning?", "platform"),
        Fact(
            "ownership.workflow-fitted",
            "Is it settled where in people's work it is used, and what they stop doing?",
            "business",
        ),
        Fact("ownership.used", "Do the people it was built for use it in their daily work?", "business"),
        Fact(
            "ownership.value-committed",
            "Has somebody committed to the number it must move, in a budget or a plan?",
            "business",
        ),
    )
}
"""Every claim that Roadworthy knows, by name."""
