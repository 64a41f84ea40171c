"""Tickets: blockers handed to ServiceNow and Jira, and what came back from there."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roadworthy.foundation.errors import ExitCode
from roadworthy.interfaces.cli.options import Format, Output, Yes

if TYPE_CHECKING:
    from roadworthy.interfaces.client import Client

commands = typer.Typer(help="Blockers as tickets in ServiceNow and Jira.", no_args_is_help=True)

TicketArgument = Annotated[str, typer.Argument(help="Id of the ticket.", metavar="TICKET")]


@commands.command()
def send(
    name: Annotated[str | None, typer.Argument(help="A use case; all without it.", metavar="USE-CASE")] = None,
    criterion: Annotated[
        list[str] | None, typer.Option(help="Only this blocker; repeat it for several. All without it.")
    ] = None,
    system: Annotated[str | None, typer.Option(help="Send them all to this system.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Also where a former ticket is closed.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be sent, and send nothing.")] = False,
    yes: Yes = False,
    output: Output = Format.TABLE,
) -> None:
    """Send tickets for blockers that have none.

    What leaves the house is shown before the first tickets go to a system; `--yes` agrees to it.

    Exits 4 where somebody has to agree first.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    wanted = {"useCase": name, "criteria": criterion or [], "system": system, "again": again}
    with api() as client:
        offers = client.post("/tickets/preview", wanted)
        if dry_run:
            if not out.structured(offers, output):
                _show_offers(offers)
                out.say("nothing was sent")
            return
        if offers["first"] and not yes:
            _show_offers(offers)
            _agree(offers)
        made = client.post("/tickets", {**wanted, "agreed": offers["digest"]})
        tickets = _delivered(client, made)
    if out.structured(tickets, output):
        return
    _say_untaken(offers)
    if not tickets:
        out.say("nothing is to be sent: every blocker has its ticket, or no system takes it")
        return
    _show(tickets, output)
    out.hint("roadworthy tickets sync")


@commands.command("list")
def list_(
    name: Annotated[str | None, typer.Argument(help="A use case; all without it.", metavar="USE-CASE")] = None,
    output: Output = Format.TABLE,
) -> None:
    """List the tickets, and where they stand on both sides."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/tickets", useCase=name)
    if out.structured(found, output):
        return
    if not found:
        out.say("there are no tickets yet")
        out.hint("roadworthy tickets send USE-CASE --dry-run")
        return
    _show(found, output)
    for each in found:
        if each["failed"] is not None:
            out.say(f"{each['id']}: {out.printable(each['failed'])} [{each['failedCode']}]")


@commands.command()
def sync(output: Output = Format.TABLE) -> None:
    """Deliver what waits and look at every ticket now.

    Exits 1 where a system could not be asked.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.post("/tickets/sync")
    if not out.structured(found, output):
        read, changed = out.counted(found["read"], "ticket"), found["changed"]
        out.result(f"{read} read, {changed} changed, {out.counted(found['queued'], 'comment')} to be delivered")
    for system, why in found["failed"].items():
        out.say(f"{system}: {out.printable(why)}")
    if found["failed"]:
        raise typer.Exit(ExitCode.FAILED)
    out.hint("roadworthy tickets list")


@commands.command()
def check(system: Annotated[str, typer.Argument(help="Name of the ticket system.", metavar="SYSTEM")]) -> None:
    """Sign in to a ticket system and look whether tickets can be made.

    Makes none.
    """
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.post(f"/ticket-systems/{quote(system, safe='')}/check")
    out.result(f"{system}: tickets can be made in {found['place']}, as {found['account']}")
    out.hint("roadworthy tickets send USE-CASE --dry-run")


@commands.command()
def close(ticket: TicketArgument) -> None:
    """Close a ticket whose blocker is met."""
    _change(ticket, "close", "will be closed")


@commands.command()
def retry(ticket: TicketArgument) -> None:
    """Have what was given up tried again."""
    _change(ticket, "retry", "is tried again")


def _change(ticket: str, what: str, done: str) -> None:
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.post(f"/tickets/{quote(ticket, safe='')}/{what}")
        (found,) = _delivered(client, [found])
    out.result(f"{found['number'] or found['id']} {done}: {found['standing']}")


def _delivered(client: "Client", made: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tickets once more after a first try to deliver them, where no server is there to do it later."""
    if client.remote or not made:
        return made
    client.post("/tickets/sync")
    wanted = {each["id"] for each in made}
    return [each for each in client.get("/tickets") if each["id"] in wanted]


def _agree(offers: dict[str, Any]) -> None:
    from roadworthy.interfaces.cli import output as out

    systems = ", ".join(offers["first"])
    out.say(f"this is the first to leave for {systems}; look at it above")
    if sys.stdin.isatty() and sys.stderr.isatty() and typer.confirm(f"Send {offers['new']} to {systems}?", err=True):
        return
    out.hint("repeat the command with --yes to agree")
    raise typer.Exit(ExitCode.WAITS)


def _show_offers(offers: dict[str, Any]) -> None:
    """Everything that would leave the house, word by word."""
    from roadworthy.interfaces.cli import output as out

    for each in offers["items"]:
        content = each["content"]
        if content is None or each["ticket"] is not None:
            continue
        out.result(f"\n{content['title']}\n  to {each['system']}, about {each['useCase']} {each['criterion']}")
        for part in content["parts"]:
            text = out.printable(part["text"])
            out.result(f"  {part['heading']}: {text}")
        out.result(f"  Link: {content['link']}")
        for field, value in content["fields"].items():
            out.result(f"  {field}: {out.cell(value)}")
    there = sum(each["ticket"] is not None for each in offers["items"])
    out.say(f"\n{out.counted(offers['new'], 'ticket')} to be made; {there} there already")
    _say_untaken(offers)


def _say_untaken(offers: dict[str, Any]) -> None:
    from roadworthy.interfaces.cli import output as out

    untaken = sum(each["system"] is None for each in offers["items"])
    if untaken:
        out.say(f"no ticket system takes {out.counted(untaken, 'blocker')}; declare one, or name it with --system")


def _show(tickets: list[dict[str, Any]], output: Format) -> None:
    from roadworthy.interfaces.cli import output as out

    if output is Format.NAME:
        out.result("\n".join(each["number"] or each["id"] for each in tickets))
        return
    columns = ["ticket", "standing", "system", "number", "use case", "blocker", "there it is"]
    if output is Format.WIDE:
        columns += ["address", "asked"]
    rows = [
        (
            each["id"],
            each["standing"],
            each["system"],
            each["number"],
            each["useCase"],
            each["title"],
            each["word"] or each["state"],
            each["url"],
            each["readAt"],
        )[: len(columns)]
        for each in tickets
    ]
    out.table(columns, rows)
