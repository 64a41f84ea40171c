"""Stop switches: set at once by whoever may, lifted by decision only."""

from typing import Annotated, Any

import typer

from roadworthy.foundation.errors import ExitCode
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

PATIENCE = 30.0
"""Seconds until a self-test has long ended."""

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
    """Stop something, from this moment on.

    A use case, an agent, an action or everything.
    """
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


@commands.command()
def prove(output: Output = Format.TABLE) -> None:
    """Prove that a stop works: every process says how soon it knew.

    Something that nobody does is stopped for ten seconds and let go again. Exits 1 where a process never knew, or knew
    after more than a second.
    """
    from roadworthy.foundation.runtime import Runtime
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    clock = Runtime().clock
    with api() as client:
        found = client.post("/stops/self-tests", {})
        until = clock.monotonic() + PATIENCE
        while found["endedAt"] is None and clock.monotonic() < until:
            clock.sleep(0.5)
            found = next(each for each in client.get("/stops/self-tests") if each["id"] == found["id"])
    if not out.structured(found, output):
        _told(found)
    if found["outcome"] != "proven":
        raise typer.Exit(ExitCode.FAILED)


@commands.command()
def proofs(output: Output = Format.TABLE) -> None:
    """List the latest proofs that a stop works."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/stops/self-tests")
    if out.structured(found, output):
        return
    rows = [
        (
            each["beganAt"][:19],
            each["outcome"] or "runs",
            f"{len(each['seen'])}/{len(each['expected'])}",
            each["slowest"],
        )
        for each in found
    ]
    out.table(["began", "outcome", "processes", "slowest ms"], [tuple(map(str, row)) for row in rows])


def _told(found: dict[str, Any]) -> None:
    """What came of a self-test."""
    from roadworthy.interfaces.cli import output as out

    rows = [(each["process"], f"{each['milliseconds']} ms") for each in found["seen"]]
    out.table(["process", "would refuse after"], [*rows, *((each, "never") for each in found["missing"])])
    out.say(f"outcome: {found['outcome'] or 'it is watched still; see `roadworthy stop proofs`'}")


def _address(scope: str) -> str:
    """Where a stop switch is set; below it, where it is lifted."""
    if scope == "all":
        return "/stops"
    return f"/stops/scopes/{quoted(scope)}" if ":" in scope else f"/use-cases/{quoted(scope)}/stop"
