"""Probes as JUnit XML: one suite an integration, one case a trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from roadworthy.interfaces.cli.output import printable

Json = Mapping[str, Any]


def junit(probes: Sequence[Json]) -> str:
    """The file that continuous integration reads.

    A failed trial that blocks is a failure; one that is unknown, or does not block, is skipped with its reason, so that
    nothing untried looks as if it had passed.
    """
    root = ET.Element("testsuites", name="roadworthy integration probe")
    for each in probes:
        root.append(_suite(each))
    for name in ("tests", "failures", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(probe: Json) -> ET.Element:
    name = " ".join(part for part in (probe["useCase"], probe["system"]) if part)
    suite = ET.Element("testsuite", name=printable(name), timestamp=str(probe["startedAt"])[:19])
    for trial in probe["trials"]:
        suite.append(_case(probe, trial))
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(sum(case.find("failure") is not None for case in suite)))
    suite.set("skipped", str(sum(case.find("skipped") is not None for case in suite)))
    suite.set("time", f"{sum(float(trial['seconds']) for trial in probe['trials']):.3f}")
    return suite


def _case(probe: Json, trial: Json) -> ET.Element:
    case = ET.Element(
        "testcase",
        classname=printable(f"{probe['system']}.{trial['area']}"),
        name=trial["name"],
        time=f"{trial['seconds']:.3f}",
    )
    if trial["verdict"] == "fail" and trial["blocks"]:
        failure = ET.SubElement(case, "failure", type="fail", message=printable(trial["got"]))
        lines = [
            f"Did: {trial['did']}",
            f"Expected: {trial['expected']}",
            *trial["details"],
            f"Next: {trial['remedy']}",
        ]
        failure.text = "\n".join(printable(line) for line in lines)
    elif trial["verdict"] != "pass":
        ET.SubElement(case, "skipped", message=printable(f"{trial['verdict']}: {trial['got']}"))
    return case
