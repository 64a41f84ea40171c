"""The gate as JUnit XML: one suite for the use case and stage, one case for each look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from roadworthy.interfaces.cli.output import printable


def junit(gate: Mapping[str, Any]) -> str:
    """The file that continuous integration reads; a warning passes, with what it says as its output."""
    root = ET.Element("testsuites", name="roadworthy gate")
    about = printable(f"{gate['useCase']} {gate['stage']}")
    suite = ET.SubElement(root, "testsuite", name=about, timestamp=str(gate["at"])[:19], time="0")
    for check in gate["checks"]:
        case = ET.SubElement(
            suite,
            "testcase",
            classname=printable(f"gate.{gate['useCase']}.{gate['stage']}"),
            name=check["title"],
            time="0",
        )
        said = printable(check["says"])
        if check["outcome"] == "failed":
            failure = ET.SubElement(case, "failure", type=check["name"], message=said)
            failure.text = f"{said}\nNext: {printable(check['remedy'])}"
        else:
            ET.SubElement(case, "system-out").text = said
    failures = len(suite.findall("testcase/failure"))
    for element in (suite, root):
        element.set("tests", str(len(gate["checks"])))
        element.set("failures", str(failures))
        element.set("errors", "0")
        element.set("skipped", "0")
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'
