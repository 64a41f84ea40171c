"""Decision rights: the first ones, those in force, and what is missing in them."""

from pathlib import Path
from typing import Annotated

import typer

from roadworthy.interfaces.cli.decision_options import ReasonOption
from roadworthy.interfaces.cli.options import Format, Output

commands = typer.Typer(help="Who may decide what.", no_args_is_help=True)


@commands.command()
def example() -> None:
    """Print decision rights to start from; nothing of them is in force by itself."""
    from roadworthy.decide.approvals.kinds import shipped_source
    from roadworthy.interfaces.cli import output as out

    out.result(shipped_source().text)


@commands.command()
def genesis(
    files: Annotated[
        list[Path], typer.Option("--file", "-f", help="A file or folder with the rights and roles; repeat it.")
    ],
    signer: Annotated[list[str], typer.Option("--signer", help="Address of somebody who signs; name two.")],
    reason: ReasonOption,
    output: Output = Format.TABLE,
) -> None:
    """Put the first decision rights before two people.

    Nothing is in force until both have signed them. From then on they change only by decisions under them.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, read_sources

    with api(login=False) as client:  # it takes access to the home folder, which is no person's login
        sources = [{"name": source.name, "text": source.text} for source in read_sources(files)]
        plan = client.post("/plan", {"sources": sources})["plan"]
        request = client.post("/rights/genesis", {"plan": plan, "signers": signer, "reason": reason})
        remote = client.remote
    if out.structured(request, output):
        return
    out.result(request["id"])
    out.say(f"{' and '.join(signer)} sign it on the page /decisions/{request['id']}, each after signing in")
    if not remote:
        out.hint("roadworthy serve, then roadworthy sign-in-link --for each of them")


@commands.command()
def show(output: Output = Format.YAML) -> None:
    """Show the rights in force."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/rights")
    if out.structured(found, output):
        return
    rules = found["spec"]["rules"]
    if output is Format.NAME:
        out.result("\n".join(rule["name"] for rule in rules))
        return
    rows = [
        (rule["name"], rule["decision"], rule["decides"], [_who(each) for each in rule.get("approvers", ())])
        for rule in rules
    ]
    out.table(["rule", "does", "decides", "approvers"], rows)
    out.say(f"generation {found['generation']}, {found['digest']}")


def _who(clause: dict[str, object]) -> str:
    many = f"{clause['count']} of " if clause.get("count") else ""
    return many + " ".join(f"{name} {value}" for name, value in clause.items() if name != "count")


@commands.command()
def check(output: Output = Format.TABLE) -> None:
    """Say what nobody could decide as things stand.

    Exits 3 when something is missing.
    """
    from roadworthy.foundation.errors import ExitCode
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/rights/check")
    if not out.structured(found, output):
        for each in found["findings"]:
            out.result(f"{out.printable(each['message'])} [{each['code']}]")
            if each["remedy"]:
                out.result(f"    {out.printable(each['remedy'])}")
        if not found["findings"]:
            out.say("every class has a rule, and every rule has people who can meet it")
    if found["findings"]:
        raise typer.Exit(ExitCode.NO)
