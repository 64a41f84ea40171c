"""Emergency access, for when the identity provider is down."""

from typing import Annotated

import typer

from roadworthy.interfaces.cli.options import Format, Output

commands = typer.Typer(help="Emergency access: two people, a few hours.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="Of the emergency access, as `open` printed it.", metavar="ID")]


@commands.command()
def seal() -> None:
    """Make your sealed code.

    By it you can confirm emergency access without signing in.

    Keep it away from computers. It is shown once, takes the place of an earlier one, and holds for a year.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        out.result(client.post("/break-glass/codes")["code"])
    out.say("this is the only time it is shown")


@commands.command("open")
def open_(
    person: Annotated[str, typer.Option("--for", help="E-mail address or account of whoever it is for.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept with the record and shown on every page.")],
    hours: Annotated[int, typer.Option(min=1, max=4, help="For how long, from the confirmation on.")] = 1,
) -> None:
    """Open emergency access.

    Another person has to confirm it within half an hour.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api(login=False) as client:  # it takes access to the home, which is what this command stands for
        found = client.post("/break-glass", {"person": person, "reason": reason, "hours": hours})
    out.result(found["id"])
    out.say(f"it opens nothing until another person confirms it, before {found['confirmBefore'][:16]}Z")
    out.hint(f"the other person: roadworthy break-glass confirm {found['id']} --code CODE")


@commands.command()
def confirm(
    emergency: Id,
    code: Annotated[
        str | None, typer.Option(help="Your sealed code, where you cannot sign in; asked for if it is `-`.")
    ] = None,
) -> None:
    """Confirm what another person opened.

    Prints the link that signs the named person in, once.
    """
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    said = typer.prompt("Code", hide_input=True, err=True) if code == "-" else code
    with api(login=said is None) as client:
        found = client.post(f"/break-glass/{quote(emergency, safe='')}/confirm", {"code": said})
    out.result(found["url"])
    out.say(f"for {found['emergency']['person']['shown']}, until {found['emergency']['expiresAt'][:16]}Z")


@commands.command()
def end(emergency: Id) -> None:
    """End emergency access at once."""
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api(login=False) as client:
        found = client.post(f"/break-glass/{quote(emergency, safe='')}/end")
    out.say(f"emergency access for {found['person']['shown']} is over")


@commands.command("list")
def list_(output: Output = Format.TABLE) -> None:
    """List what is open or waits."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api(login=False) as client:
        found = client.get("/break-glass")
    if out.structured(found, output):
        return
    if not found:
        out.say("there is no emergency access")
        return
    columns = ["id", "state", "for", "reason", "opened by", "confirmed by", "until"]
    rows = [
        (
            each["id"],
            each["state"],
            each["person"]["shown"],
            each["reason"],
            each["openedBy"]["shown"],
            each["confirmedBy"] and each["confirmedBy"]["shown"],
            each["expiresAt"] and each["expiresAt"][:16],
        )
        for each in found
    ]
    out.table(columns, rows)
