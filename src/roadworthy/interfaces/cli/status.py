"""What is certified and stopped right now."""

from pathlib import Path
from typing import Annotated, Any

import typer

from roadworthy.foundation.errors import ExitCode
from roadworthy.interfaces.cli.options import Format, Output, UseCaseArgument

commands = typer.Typer(help="What is certified and stopped right now.", no_args_is_help=True)


@commands.command()
def show(
    save: Annotated[Path | None, typer.Option(help="Write the signed snapshot to this file.")] = None,
    use_case: Annotated[str | None, typer.Option(help="Write no more than what says how this use case stands.")] = None,
    overwrite: Annotated[bool, typer.Option(help="Write over the file.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Show the newest status snapshot in short, or save it as it was signed."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, write_new

    with api() as client:
        found = client.get("/status")
        if save is not None:
            write_new(save, client.content("/status/snapshot", useCase=use_case), overwrite=overwrite)
    if not out.structured(found, output):
        stops = ", ".join("everything" if each is None else each for each in found["stops"])
        out.result(f"snapshot {found['seq']} of {found['issued']}, {found['origin']}")
        out.result(
            f"{out.counted(found['certificates'], 'certificate', 'certificates')}; stopped: {stops or 'nothing'}"
        )
        out.result(f"effects until {found['effectsUntil']}, calls until {found['callsUntil']}")
    if found["fault"] is not None:
        out.say(f"error: the newest snapshot is not believed here [{found['fault']}]")
        raise typer.Exit(ExitCode.INTEGRITY)


@commands.command()
def ask(
    use_case: UseCaseArgument,
    release: Annotated[str, typer.Option(help="Digest of the release that runs.")],
    stage: Annotated[str, typer.Option(help="Where it runs.")] = "production",
    action: Annotated[str | None, typer.Option(help="What it wants to do.")] = None,
    data_class: Annotated[list[str] | None, typer.Option(help="A class of data that goes in; may be repeated.")] = None,
    member: Annotated[list[str] | None, typer.Option(help="A group of whoever uses it; may be repeated.")] = None,
    where: Annotated[list[str] | None, typer.Option(help="For whom, as `DIMENSION=VALUE`; may be repeated.")] = None,
    count: Annotated[list[str] | None, typer.Option(help="A counter, as `NAME=NUMBER`; may be repeated.")] = None,
    only_answers: Annotated[bool, typer.Option(help="Nothing outside is changed by it.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Ask whether a release may do something now. Exits 3 where it may not."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    body = {
        "useCase": use_case,
        "stage": stage,
        "release": release,
        "effect": not only_answers,
        "action": action,
        "dataClasses": data_class or [],
        "cohort": member or [],
        "population": dict(map(_pair, where or ())),
        "counts": {name: _number(value) for name, value in map(_pair, count or ())},
    }
    with api() as client:
        found: dict[str, Any] = client.post("/status/verdict", body)
    if not out.structured(found, output):
        about = f" ({found['about']})" if found["about"] else ""
        out.result("permitted" if found["permits"] else f"not permitted: {found['why']}{about}")
        out.say(f"certificate {found['serial'] or 'none'}, snapshot {found['seq']}")
    if not found["permits"]:
        raise typer.Exit(ExitCode.NO)


def _pair(text: str) -> tuple[str, str]:
    from roadworthy.foundation.errors import UsageError

    name, sign, value = text.partition("=")
    if not sign or not name:
        raise UsageError("pair-unreadable", f"`{text[:80]}` has no `=`", remedy="write it as `NAME=VALUE`")
    return name, value


def _number(text: str) -> int:
    from roadworthy.foundation.errors import UsageError

    if not text.isdecimal():
        raise UsageError(
            "count-unreadable", f"`{text[:80]}` is no whole number", remedy="write it as `calls per day=100`"
        )
    return int(text)
