"""Integrations tried as the production workload."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from roadworthy.interfaces.cli.options import Format, Output, UseCaseArgument

commands = typer.Typer(
    help="Try declared integrations as the production workload.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class ProbeFormat(StrEnum):
    """How the result of a probe is printed."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    JUNIT = "junit"
    """For continuous integration."""


System = Annotated[str | None, typer.Argument(help="As the use case names it; all that can be probed without it.")]
Form = Annotated[
    ProbeFormat,
    typer.Option("--output", "-o", help="How to print the result.", case_sensitive=False),
]


@commands.command()
def probe(
    use_case: Annotated[str | None, typer.Argument(help="Name of the use case.", metavar="[USE-CASE]")] = None,
    system: System = None,
    file: Annotated[
        Path | None, typer.Option(help="A file with an integration that no use case declares; nothing is kept.")
    ] = None,
    form: Form = ProbeFormat.TABLE,
) -> None:
    """Try integrations now.

    Reachability, identity, rights, latency, rate, errors, audit trail.

    Production is only read; writing is tried in a declared sandbox and nowhere else. What comes back becomes evidence.

    Exits 3 when a trial failed that stands in the way of production.
    """
    from urllib.parse import quote

    from roadworthy.foundation.errors import ExitCode
    from roadworthy.interfaces.cli.session import api

    if (use_case is None) == (file is None):
        raise typer.BadParameter("name a use case, or a file with `--file`")
    declared = [] if file is None else _integrations(file)
    with api() as client:
        if use_case is not None:
            found = client.post(f"/use-cases/{quote(use_case, safe='')}/integration-probes", {"system": system})
        else:
            wanted = [each for each in declared if system in {None, each.get("system")}]
            found = [client.post("/integration-probes/attempts", each) for each in wanted]
    _show(found, form)
    if any(each["verdict"] == "fail" for each in found):
        raise typer.Exit(ExitCode.NO)


@commands.command(name="list")
def list_(use_case: UseCaseArgument, system: System = None, output: Output = Format.TABLE) -> None:
    """List the probes of a use case, the latest first."""
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get(f"/use-cases/{quote(use_case, safe='')}/integration-probes", system=system)
    if output is Format.NAME:
        out.result("\n".join(each["id"] for each in found))
    elif not out.structured(found, output):
        out.table(
            ["probe", "system", "protocol", "verdict", "failed", "unknown", "calls", "when"],
            [
                (each["id"], each["system"], each["protocol"], each["verdict"], _count(each, "fail"),
                 _count(each, "unknown"), each["calls"], each["startedAt"][:16].replace("T", " "))
                for each in found
            ],
        )  # fmt: skip


@commands.command()
def show(
    probe_id: Annotated[str, typer.Argument(help="Id of a probe.", metavar="PROBE")],
    form: Form = ProbeFormat.TABLE,
) -> None:
    """Show the trials of one probe."""
    from urllib.parse import quote

    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get(f"/integration-probes/{quote(probe_id, safe='')}")
    _show([found], form)


@commands.command()
def key(output: Output = Format.TABLE) -> None:
    """Print the key of Roadworthy's own probes.

    Register it as a collector, and what probes find counts as measured.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/integration-probes/key")
    if out.structured(found, output):
        return
    out.result(found["publicKey"])
    if found["collector"] is None:
        out.say(f"not registered yet; it needs the kind {', '.join(found['kinds'])}")
    else:
        out.say(f"registered as `{found['collector']}`")


def _integrations(file: Path) -> list[dict[str, Any]]:
    """What a file declares: one integration, or several under `integrations`."""
    from roadworthy.foundation.errors import Finding, InvalidInput, Place
    from roadworthy.foundation.resources.syntax import trees
    from roadworthy.interfaces.cli.session import read_text

    findings: list[Finding] = []
    found: list[dict[str, Any]] = []
    for tree in trees(str(file), read_text(file), findings):
        plain = tree.root.plain()
        held = plain.get("integrations", plain) if isinstance(plain, dict) else None
        found += [each for each in (held if isinstance(held, list) else [held]) if isinstance(each, dict)]
    if findings:
        raise InvalidInput.of(findings, f"`{file}`")
    if not found:
        raise InvalidInput(
            "probe-file-empty",
            "the file declares no integration",
            place=Place(source=str(file)),
            remedy="write `system` and `probe`, as docs/integration-probe.md shows",
        )
    return found


def _show(found: list[dict[str, Any]], form: ProbeFormat) -> None:
    from roadworthy.interfaces.cli import output as out

    if form is ProbeFormat.JUNIT:
        from roadworthy.interfaces.cli.junit_of_probes import junit

        out.result(junit(found))
        return
    if form is not ProbeFormat.TABLE:
        out.structured(found, Format(form.value))
        return
    for each in found:
        out.table(
            ["verdict", "about", "trial", "expected", "came back", "n"],
            [
                (trial["verdict"] if trial["blocks"] else f"({trial['verdict']})", trial["area"], trial["name"],
                 trial["expected"], trial["got"], trial["n"])
                for trial in each["trials"]
            ],
        )  # fmt: skip
        for trial in each["trials"]:
            _tell(trial)
        head = f"{each['system']} ({each['protocol']}): {each['verdict']}"
        out.result(
            f"{out.printable(head)}, {out.counted(_count(each, 'fail'), 'failed trial')}, "
            f"{_count(each, 'unknown')} unknown, {out.counted(each['calls'], 'call')}"
        )
        if each["evidence"]:
            out.say(f"evidence: {', '.join(each['evidence'])}")


def _tell(trial: dict[str, Any]) -> None:
    """What a trial that did not pass leaves to do, on standard error."""
    from roadworthy.interfaces.cli import output as out

    if trial["verdict"] == "pass":
        return
    for line in trial["details"]:
        out.say(f"  {trial['name']}: {out.printable(line)}")
    if trial["verdict"] == "fail":
        out.say(f"      {trial['name']}: {out.printable(trial['remedy'])}")


def _count(found: dict[str, Any], verdict: str) -> int:
    return sum(trial["verdict"] == verdict and trial["blocks"] for trial in found["trials"])
