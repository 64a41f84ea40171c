"""The gate: whether a use case may go on at a stage, for pipelines that ask before they go on."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from roadworthy.interfaces.cli.options import UseCaseArgument


class GateFormat(StrEnum):
    """How the answer is printed."""

    TEXT = "text"
    JSON = "json"
    YAML = "yaml"
    JUNIT = "junit"


_MARKS = {"passed": "ok", "warned": "note", "failed": "FAILED"}


def gate(
    name: UseCaseArgument,
    stage: Annotated[str, typer.Option("--stage", help="Where it is to run: pilot, candidate or production.")],
    release: Annotated[
        str | None, typer.Option("--release", help="Name or digest; without it the one that is to run there.")
    ] = None,
    tolerate: Annotated[
        list[str] | None,
        typer.Option(
            "--tolerate", help="Only warn of this: observed, whole or agenda. Repeat it; the answer shows it."
        ),
    ] = None,
    junit: Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML to this file too.")] = None,
    output: Annotated[
        GateFormat, typer.Option("--output", "-o", help="How to print the answer.", case_sensitive=False)
    ] = GateFormat.TEXT,
) -> None:
    """Look whether a use case may go on at a stage.

    Asks for an operating certificate that permits this release there now, for parts that were seen and none of them as
    something else, for no stop switch, and for nothing new that blocks a go.

    Exits 0 where the answer is yes, 3 where it is no.
    """
    from urllib.parse import quote

    from roadworthy.foundation.errors import ExitCode
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.junit_of_gate import junit as junit_text
    from roadworthy.interfaces.cli.options import Format
    from roadworthy.interfaces.cli.session import api, write_new

    with api() as client:
        path = f"/use-cases/{quote(name, safe='')}/gate"
        found = client.get(path, stage=stage, release=release, tolerate=tolerate or None)
    if junit is not None:
        write_new(junit, junit_text(found).encode(), overwrite=True)
    if output is GateFormat.JUNIT:
        out.result(junit_text(found))
    elif output is GateFormat.TEXT:
        _show(found)
    else:
        out.structured(found, Format(output.value))
    if not found["passed"]:
        raise typer.Exit(ExitCode.NO)


def _show(found: dict[str, Any]) -> None:
    from roadworthy.interfaces.cli import output as out

    about = f"{found['useCase']} at {found['stage']}"
    release = f" with {found['releaseName']}" if found["releaseName"] else ""
    out.result(f"{'PASSED' if found['passed'] else 'FAILED'}  {about}{release}")
    for check in found["checks"]:
        out.result(f"  {_MARKS[check['outcome']]:<6}  {check['title']}: {out.printable(check['says'])}")
        if check["outcome"] != "passed" and check["remedy"]:
            out.result(f"          next: {out.printable(check['remedy'])}")
