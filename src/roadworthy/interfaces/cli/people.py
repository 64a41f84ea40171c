"""People: sign-in links, accepting a duty and giving it back."""

from typing import Annotated

import typer

from roadworthy.interfaces.cli.options import UseCaseArgument

DutyArgument = Annotated[str, typer.Argument(help="product, platform, governance or business.", metavar="DUTY")]


def sign_in_link(
    handle: Annotated[
        str | None, typer.Option("--for", help="E-mail address or account of the person; without it they say.")
    ] = None,
) -> None:
    """Make a one-time sign-in link.

    It signs one person in, once, within half an hour.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api(login=False) as client:  # the link stands for access to the home, not for a person
        link = client.post("/sign-in-links", {"handle": handle})
        remote = client.remote
    out.result(link["url"])
    if not remote:
        out.hint("roadworthy serve, then open the link")


def accept(name: UseCaseArgument, duty: DutyArgument) -> None:
    """Accept a duty you are named for.

    You are known as the account that you are logged in with on this machine.
    """
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        seat = client.post(f"/use-cases/{quote(name, safe='')}/owners/{quote(duty, safe='')}/accept")
    out.result(f"{seat['person']} is {seat['duty']} owner of {name}")
    out.hint(f"roadworthy assess {name}")


def give_back(
    name: UseCaseArgument,
    duty: DutyArgument,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the record.")],
) -> None:
    """Take your acceptance back."""
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        client.post(f"/use-cases/{quote(name, safe='')}/owners/{quote(duty, safe='')}/release", {"reason": reason})
    out.say(f"the {duty} duty of {name} is unconfirmed again")
