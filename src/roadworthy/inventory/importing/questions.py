"""How the questions behind facts are recognised in headers, and the questions that no field asks for, as data."""

from __future__ import annotations

from roadworthy.inventory.importing.model import KEEP
from roadworthy.inventory.importing.synonyms import FIELDS, Meaning

QUESTIONS: tuple[Meaning, ...] = (
    Meaning(
        "data.documented",
        "data docs, data documentation, data documented",
        (
            "documentation train data",
            "documentation evaluat data",
        ),
    ),
    Meaning(
        "data.privacy-assessed",
        (
            "saop review, privacy assessment, privacy assessed, privacy impact assessment, pia, "
            "pia completed, privacy review, dpia, data protection impact assessment"
        ),
        (
            "assess privacy",
            "privacy assess",
        ),
        "link",
    ),
    Meaning(
        "data.path-audited",
        "data audit, data path audited, production data audited",
    ),
    Meaning(
        "data.access-approved",
        "data access, data access approved, data access granted",
        ("data access approv",),
    ),
    Meaning(
        "governance.authorised-to-operate",
        ("has ato, have ato, ato, ato indicator, ato status, authority to operate, authorization to operate"),
        (
            "authori operate",
            "associated ato",
        ),
    ),
    Meaning(
        "governance.impact-assessed",
        (
            "impact assessment, hi assessment completed, assessment completed, ai impact assessment, "
            "ai impact assessment indicator, impact assessment completed"
        ),
        (
            "impact assessment conduct",
            "impact assessment complet",
        ),
        "privacy potential",
    ),
    Meaning(
        "governance.tested-realistically",
        (
            "real world testing, hi testing conducted, testing conducted, "
            "predeployment testing indicator, pre deployment testing, testing, tested"
        ),
        (
            "tested real world",
            "tested operational",
            "deployment testing",
            "predeployment testing",
        ),
    ),
    Meaning(
        "governance.independently-evaluated",
        (
            "independent eval, independent evaluation, hi independent review, independent review, "
            "independent review indicator, independent validation"
        ),
        (
            "independent evaluat",
            "independent review",
            "independent validat",
        ),
    ),
    Meaning(
        "governance.risks-identified",
        (
            "key risks, hi potential impacts, potential impacts, potential impact description, risks, "
            "risks identified, risk assessment"
        ),
        (
            "key risk",
            "potential impact",
        ),
    ),
    Meaning(
        "governance.approval-workflow",
        "approval workflow, approval process, approvals",
        (
            "approval workflow",
            "approval process",
        ),
    ),
    Meaning(
        "governance.oversight-defined",
        "human oversight, oversight, human in the loop, human review",
        (
            "human oversight",
            "human loop",
        ),
        "without",
    ),
    Meaning(
        "governance.bias-examined",
        "disparity mitigation, bias testing, bias, bias assessment, fairness, fairness testing",
        (
            "disparit",
            "bias test",
            "bias assess",
            "fairness",
        ),
        "document",
    ),
    Meaning(
        "governance.people-notified",
        "ai notice, notice, notification, user notice",
        (
            "timely notice",
            "notice ai",
        ),
    ),
    Meaning(
        "governance.appeal-offered",
        "appeal process, hi appeal process, appeal, opt out, appeal process indicator",
        (
            "appeal",
            "opt out",
        ),
        "why explain reason",
    ),
    Meaning(
        "integration.designed",
        "integration design, integration designed, integration architecture",
    ),
    Meaning(
        "integration.probed",
        "integration tested, integration test, integrations tested",
    ),
    Meaning(
        "integration.failsafe",
        "failsafe presence, hi failsafe presence, fail safe, failsafe, fail safe indicator",
        (
            "fail safe",
            "failsafe",
        ),
    ),
    Meaning(
        "integration.rollback-tested",
        "rollback tested, rollback, rollback plan tested",
        ("rollback test",),
    ),
    Meaning(
        "integration.monitored",
        (
            "monitor postdeploy, monitoring, hi ongoing monitoring, ongoing monitoring, monitored, "
            "ongoing monitoring indicator, post deployment monitoring"
        ),
        (
            "ongoing monitor",
            "process monitor",
            "post deployment monitor",
        ),
    ),
    Meaning(
        "integration.infrastructure",
        "infra provisioned, infrastructure provisioned",
        ("infrastructure provision",),
    ),
    Meaning(
        "ownership.change-plan",
        "change plan, change management, change management plan, adoption plan",
    ),
    Meaning(
        "ownership.training",
        (
            "training established, hi training established, operator training, user training, "
            "staff training, operator training indicator"
        ),
        (
            "train operator",
            "training operator",
            "periodic training",
            "staff train",
        ),
        "data",
    ),
    Meaning(
        "ownership.users-consulted",
        (
            "stakeholder consult, hi public consultation, public consultation, end user feedback, "
            "end user feedback description, user consultation, users consulted"
        ),
        (
            "consult feedback",
            "consult group",
            "stakeholder consult",
        ),
    ),
    Meaning(
        "ownership.support-arranged",
        "support model, on call, support arranged, support, support team, operations support",
    ),
    Meaning(
        KEEP,
        (
            "justification, hi justification, high impact justification, is withheld, "
            "public reporting indicator, notes, note, comments, remarks, no, number, row, source file, "
            "demographic features, commercial ai, existing reuse, internal review, data catalog, "
            "custom code, code access, hisp support, hisp name, public service, extension request, "
            "dev method, contracting usage, contract piids, iqa compliance, timely resources, "
            "compute request, dev tools wait, question type"
        ),
        (
            "other explain",
            "no explain",
            "high impact service provider",
            "withheld",
            "acquisition began",
            "development acquisition date",
            "available review feedback",
            "demographic variable",
            "custom developed code",
            "re used infrastructure",
            "developer tools",
            "contract house",
            "developed contract",
        ),
    ),
)

MEANINGS: tuple[Meaning, ...] = (*FIELDS, *QUESTIONS)
"""Everything a column can mean, in order of precedence between equally good matches."""
