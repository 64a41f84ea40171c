"""Decision rights: the first ones, those in force, and what is missing in them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roadworthy.interfaces.cli.decision_options import ReasonOption
from roadworthy.interfaces.cli.options import Format, Output

if TYPE_CHECKING:
    from roadworthy.interfaces.client import Client

_MOST_TOLD = 5

commands = typer.Typer(help="Who may decide what.", no_args_is_help=True)


@commands.command()
def example() -> None:
    """Print decision rights and roles to start from.

    Nothing of them is in force by itself.
    """
    from roadworthy.decide.approvals.kinds import starter_text
    from roadworthy.interfaces.cli import output as out

    out.result(starter_text().rstrip("\n"))


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
    from roadworthy.interfaces.cli.session import api

    with api(login=False) as client:  # it takes access to the home folder, which is no person's login
        plan = _planned(client, files)
        request = client.post("/rights/genesis", {"plan": plan, "signers": signer, "reason": reason})
        lacking = client.post("/rights/check", {"plan": plan})["findings"]
        remote = client.remote
    if out.structured(request, output):
        return
    out.result(request["id"])
    if lacking:
        told = list(dict.fromkeys(out.printable(each["message"]) for each in lacking))
        out.say("as things stand, not everything could be decided under these rights:")
        for message in told[:_MOST_TOLD]:
            out.say(f"  {message}")
        if len(told) > _MOST_TOLD:
            out.say(f"  and {len(told) - _MOST_TOLD} more: roadworthy rights check {_words(files)}")
        out.say("groups are filled by SCIM or `roadworthy people import`; signing does not wait for that")
    out.say(f"{' and '.join(signer)} sign it on the page /decisions/{request['id']}, each after signing in")
    if not remote:
        out.hint(f"roadworthy serve, then for each of them: roadworthy sign-in-link --for {signer[0]}")


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
def check(
    files: Annotated[
        list[Path] | None,
        typer.Option("--file", "-f", help="Check the rights in this file or folder instead; repeat it."),
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Say what nobody could decide as things stand.

    Exits 3 when something is missing.
    """
    from roadworthy.foundation.errors import ExitCode
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api(login=not files) as client:  # as `genesis`: what is not in force yet is the home folder's matter
        if files:
            found = client.post("/rights/check", {"plan": _planned(client, files)})
        else:
            found = client.get("/rights/check")
    if not out.structured(found, output):
        for line in _lines_of(found["findings"]):
            out.result(line)
        if not found["findings"]:
            out.say("every class has a rule, and every rule has people who can meet it")
    if found["findings"]:
        raise typer.Exit(ExitCode.NO)


def _words(files: list[Path]) -> str:
    from shlex import join

    return join([word for file in files for word in ("-f", str(file))])


def _planned(client: "Client", files: list[Path]) -> str:
    from roadworthy.interfaces.cli.session import read_sources

    sources = [{"name": source.name, "text": source.text} for source in read_sources(files)]
    plan: str = client.post("/plan", {"sources": sources})["plan"]
    return plan


def _lines_of(findings: list[dict[str, Any]]) -> list[str]:
    """Each finding once: a group stands in many rules, and in several places of one."""
    from roadworthy.interfaces.cli import output as out

    lines = {}
    for each in findings:
        lines[f"{out.printable(each['message'])} [{each['code']}]"] = each["remedy"]
    return [
        line for said, remedy in lines.items() for line in (said, *([f"    {out.printable(remedy)}"] if remedy else ()))
    ]
