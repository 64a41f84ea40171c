"""The audit as JUnit XML: a check is a test case; a gap fails, and so does an unknown, with a type of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from roadworthy.documents.audit_report.entries import person
from roadworthy.documents.marking import visible
from roadworthy.measure.data_audit.model import Audit, Check, Gap, GapStatus, Verdict

_Place = tuple[str, str | None, str]


def junit(audits: Sequence[Audit]) -> str:
    """The file that continuous integration reads; checks of waived gaps are skipped, with the waiver as the reason."""
    root = ET.Element("testsuites", name="roadworthy data audit")
    for audit in audits:
        root.append(_suite(audit))
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(audit: Audit) -> ET.Element:
    moment = (audit.context.now or audit.production.measured_at).astimezone(dt.UTC)
    suite = ET.Element("testsuite", name=_text(audit.source), timestamp=f"{moment:%Y-%m-%dT%H:%M:%S}", time="0")
    gaps = {_place(check): gap for gap in audit.gaps for check in gap.checks}
    for check in audit.checks:
        suite.append(_case(audit, check, gaps.get(_place(check))))
    if audit.partial:
        case = ET.SubElement(suite, "testcase", classname=_text(audit.source), name="audit is whole", time="0")
        error = ET.SubElement(case, "error", type="partial", message=_text(audit.partial))
        error.text = _text(audit.partial)
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in cases)))
    return suite


def _place(check: Check) -> _Place:
    return check.rule, check.column, check.scope


def _case(audit: Audit, check: Check, gap: Gap | None) -> ET.Element:
    name = " ".join(part for part in (check.rule, check.column, check.scope) if part)
    case = ET.Element("testcase", classname=_text(f"{audit.source}.{check.rule}"), name=_text(name), time="0")
    if check.verdict is Verdict.MATCH:
        return case
    waiver = gap.waiver if gap and gap.status is GapStatus.WAIVED else None
    if gap and waiver:
        reason = f"waived by {person(waiver.by)} until {waiver.expires_at:%Y-%m-%d}: {waiver.reason}"
        skipped = ET.SubElement(case, "skipped", message=_text(reason))
        skipped.text = _text("\n".join(_told(audit, check, gap)))
        return case
    failure = ET.SubElement(case, "failure", type=check.verdict.value, message=_text(check.finding))
    failure.text = _text("\n".join(_told(audit, check, gap)))
    return case


def _told(audit: Audit, check: Check, gap: Gap | None) -> list[str]:
    lines = [check.finding]
    if check.needed:
        lines.append(f"Settled by: {check.needed:,} rows of the pilot")
    if gap is None:
        return lines
    told = (
        ("Gap", f"{gap.id}, rank {gap.rank}"),
        ("What it does", gap.consequence),
        ("What to do", gap.remediation),
        ("Owner", person(gap.owner) or ("nobody is named" if audit.context.registered else "")),
        ("Closed when", gap.proof),
        ("Query", gap.query or ""),
    )
    return [*lines, *(f"{name}: {text}" for name, text in told if text)]


def _text(text: str) -> str:
    """Text of which every character may stand in XML."""
    return visible(text)
