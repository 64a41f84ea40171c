"""The report as one HTML file that loads nothing, runs nothing, and prints."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from markupsafe import Markup

from roadworthy.documents.audit_report.model import Report
from roadworthy.documents.marking import STATIC, documents, sheet


def html(report: Report) -> str:
    """The file; its own policy lets a browser apply the one style sheet inside and load nothing."""
    style, digest = _style()
    template = documents().get_template("audit_report.html")
    return template.render(report=report, style=style, style_digest=digest)


@cache
def _style() -> tuple[Markup, str]:
    """The style sheet and the hash by which the file's policy allows it."""
    text = sheet(Path(__file__).parent / "report.css", STATIC / "css" / "audit.css")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(text), f"sha256-{digest}"  # noqa: S704 - our own file; escaping would change what it says
