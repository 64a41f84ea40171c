"""Stop switches: set at once by whoever may, lifted by decision only."""

from typing import Annotated

import typer

from roadworthy.interfaces.cli.decision_options import (
    CodeOption,
    DryOption,
    KeyOption,
    ReasonOption,
    WaitOption,
    quoted,
)
from roadworthy.interfaces.cli.options import Format, Output

commands = typer.Typer(help="Stop a use case, an agent, an action or everything, at once.", no_args_is_help=True)

ScopeArgument = Annotated[
    str, typer.Argument(help="`all`, the name of a use case, `agent:NAME` or `action:NAME`.", metavar="SCOPE")
]


@commands.command("set")
def set_(
    scope: ScopeArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept with the record.")],
    dry_run: DryOption = False,
    output: Output = Format.TABLE,
) -> None:
    """Stop a use case, an agent, an action or everything, from this moment on."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api
    from roadworthy.interfaces.cli.telling_certificates import told_reach

    if dry_run:
        with api() as client:
            told_reach(client.get("/stops/reach", scope=scope), output)
        return
    with api() as client:
        found = client.post(_address(scope), {"reason": reason})
    if out.structured(found, output):
        return
    out.result(f"stopped: {found['scope']}, since {found['setAt'][:19]}")
    out.hint(f"roadworthy stop lift {scope} --reason WHY, once it may go on")


@commands.command()
def lift(
    scope: ScopeArgument,
    reason: ReasonOption,
    reason_code: CodeOption = None,
    key: KeyOption = None,
    wait_for: WaitOption = None,
    output: Output = Format.TABLE,
) -> None:
    """Ask that a stop is lifted. At once where the rights say so, else by decision."""
    from roadworthy.interfaces.cli.certificates import ask
    from roadworthy.interfaces.cli.session import api

    body = {"reason": reason, **({} if reason_code is None else {"reasonCode": reason_code})}
    with api() as client:
        ask(client, f"{_address(scope)}/lift", body, key, wait_for, output)


@commands.command("list")
def list_(
    lifted: Annotated[bool, typer.Option("--lifted", help="Those that were lifted too.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """List the stop switches that are set."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/stops", lifted=lifted)
    if out.structured(found, output):
        return
    if output is Format.NAME:
        out.result("\n".join(each["scope"] for each in found))
        return
    if not found:
        out.say("nothing is stopped")
        return
    columns = ["scope", "since", "by", "why", "lifted"]
    rows = [
        (each["scope"], each["setAt"][:16], each["setBy"]["shown"], each["reason"], (each["liftedAt"] or "")[:16])
        for each in found
    ]
    out.table(columns, rows)


def _address(scope: str) -> str:
    """Where a stop switch is set; below it, where it is lifted."""
    if scope == "all":
        return "/stops"
    return f"/stops/scopes/{quoted(scope)}" if ":" in scope else f"/use-cases/{quoted(scope)}/stop"
