"""Audits in one of the formats."""

from __future__ import annotations

from collections.abc import Sequence

from roadworthy.documents.audit_report.html import html
from roadworthy.documents.audit_report.junit import junit
from roadworthy.documents.audit_report.machine import machine
from roadworthy.documents.audit_report.markdown import markdown
from roadworthy.documents.audit_report.model import Format
from roadworthy.documents.audit_report.writing import written
from roadworthy.measure.data_audit.model import Audit

MEDIA_TYPES = {
    Format.HTML: "text/html; charset=utf-8",
    Format.MARKDOWN: "text/markdown; charset=utf-8",
    Format.JSON: "application/json",
    Format.JUNIT: "application/xml",
}
ENDINGS = {Format.HTML: "html", Format.MARKDOWN: "md", Format.JSON: "json", Format.JUNIT: "xml"}
"""What the name of a file ends in."""


def render(audits: Audit | Sequence[Audit], form: Format) -> str:
    """The report on one audit or on several; ValueError of none."""
    found = (audits,) if isinstance(audits, Audit) else tuple(audits)
    if not found:
        message = "there is no audit to report on"
        raise ValueError(message)
    match form:
        case Format.HTML:
            return html(written(found))
        case Format.MARKDOWN:
            return markdown(written(found))
        case Format.JSON:
            return machine(found)
        case Format.JUNIT:
            return junit(found)
