"""Agent runs: what an agent did on one errand, and taking it back."""

from typing import Annotated, Any

import typer

from roadworthy.interfaces.cli.options import Format, Output

commands = typer.Typer(help="What an agent did on one errand, and taking it back.", no_args_is_help=True)

RunArgument = Annotated[str, typer.Argument(help="Id of the run.", metavar="RUN")]


@commands.command("list")
def listed(
    use_case: Annotated[str | None, typer.Option(help="Only of this use case.")] = None,
    state: Annotated[
        str | None, typer.Option(help="open, completed, rolling-back, rolled-back or partly-rolled-back.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    output: Output = Format.TABLE,
) -> None:
    """List agent runs, the latest first."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/agent-runs", useCase=use_case, state=state, limit=limit)["items"]
    if output is Format.NAME:
        for each in found:
            out.result(each["id"])
    elif not out.structured(found, output):
        columns = ["began", "state", "use case", "agent", "name", "actions", "tainted", "id"]
        rows = [
            (each["beganAt"], each["state"], each["useCase"], each["agent"], each["name"], each["places"],
             "yes" if each["taintedBy"] else "no", each["id"])
            for each in found
        ]  # fmt: skip
        out.table(columns, rows)


@commands.command()
def show(run: RunArgument, output: Output = Format.TABLE) -> None:
    """Show a run with its actions, and what taking it back would do."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, quoted

    with api() as client:
        found = client.get(f"/agent-runs/{quoted(run)}")
    if not out.structured(found, output):
        out.say(f"{found['name']} of {found['useCase']} is {found['state']}")
        _steps(found["steps"])


@commands.command()
def rollback(
    run: RunArgument,
    reason: Annotated[str, typer.Option(help="Why; it is kept in the ledger.")] = "",
    preview: Annotated[bool, typer.Option(help="Only say what it would do.")] = False,
    despite_stop: Annotated[bool, typer.Option("--despite-stop", help="Do not wait for stop switches.")] = False,
) -> None:
    """Take a run back, the last action first."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, quoted

    if not preview and not reason.strip():
        raise typer.BadParameter("say why with --reason, or look first with --preview")
    with api() as client:
        if not preview:
            wanted = {"reason": reason, "despiteStop": despite_stop}
            client.post(f"/agent-runs/{quoted(run)}/rollback", wanted)
        found = client.get(f"/agent-runs/{quoted(run)}")
    out.say(f"{found['name']} of {found['useCase']} is {found['state']}")
    _steps(found["steps"])


def _steps(steps: list[dict[str, Any]]) -> None:
    from roadworthy.interfaces.cli import output as out

    rows = [
        (each["action"]["place"], each["action"]["action"], each["action"]["system"], each["action"]["state"],
         each["inRollback"], each["takenBackBy"], each["state"])
        for each in steps
    ]  # fmt: skip
    out.table(["place", "action", "system", "state", "in a rollback", "taken back by", "which is"], rows)
