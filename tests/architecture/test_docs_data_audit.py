"""The page on the data audit says what each rule says, and what the files hold."""

from __future__ import annotations

import json
import re

from roadworthy.documents.audit_report.model import Format
from roadworthy.documents.audit_report.rendering import render
from roadworthy.measure.data_audit.model import Verdict
from roadworthy.measure.data_audit.policy import Policy
from scripts import data_rules
from tests.harness import audits

TEXT = data_rules.PAGE.read_text(encoding="utf-8")


def test_every_rule_stands_with_its_words() -> None:
    """As `make docs` writes them."""
    assert data_rules.page(TEXT, Policy.shipped()) == TEXT
    assert all(f"| `{rule}` |" in TEXT for rule in Policy.shipped().rules)


def test_every_verdict_is_explained() -> None:
    """All three."""
    assert all(f"| `{verdict.value}` |" in TEXT for verdict in Verdict)


def test_every_field_of_the_json_is_described() -> None:
    """Nothing is in the file that the page does not name."""
    (audit,) = json.loads(render(audits.claims(), Format.JSON))["audits"]
    text = re.sub(r"^```.*?^```$", "", TEXT, flags=re.MULTILINE | re.DOTALL)
    described = set(re.findall(r"[A-Za-z]+", " ".join(re.findall(r"`([^`\n]+)`", text))))
    named = {*audit, *audit["headline"], *audit["headline"]["unproven"], *audit["headline"]["neverDone"]}
    named |= {*audit["pilot"], *audit["columns"], *audit["gaps"][0], *audit["checks"][0], *audit["checks"][0]["pilot"]}
    assert sorted(named - described) == []
