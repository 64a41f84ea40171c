"""Tokens for programs: jobs of continuous integration, schedulers, scripts on other machines."""

from typing import Annotated

import typer

from roadworthy.interfaces.cli.options import Format, Output

commands = typer.Typer(help="Tokens by which programs may act.", no_args_is_help=True)


@commands.command()
def new(
    name: Annotated[str, typer.Argument(help="What the program is called in the record, such as `ci-claims`.")],
    may: Annotated[list[str], typer.Option("--may", help="A scope; repeat it for several. `list --scopes` has them.")],
    use_case: Annotated[
        list[str] | None, typer.Option("--use-case", help="Only this use case; repeat it for several.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it holds.")] = 90,
    owner: Annotated[
        str | None, typer.Option("--owner", help="Address or account of who answers for it; you, if it is left out.")
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Make a token. It is shown once."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        wanted = {"name": name, "may": may, "useCases": use_case or None, "days": days, "owner": owner}
        made = client.post("/tokens", wanted)
    if out.structured(made, output):
        return
    out.result(made["secret"])
    token = made["token"]
    out.say(f"{token['name']} may {', '.join(token['may'])} until {token['expiresAt'][:10]}")
    out.say("this is the only time it is shown; keep it where your jobs keep secrets")
    out.hint('curl -H "Authorization: Bearer $ROADWORTHY_TOKEN" ADDRESS/api/v1alpha1/me')


@commands.command("list")
def list_(
    *,
    scopes: Annotated[bool, typer.Option("--scopes", help="What a program can be allowed, instead.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """List the tokens, or the scopes."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/scopes" if scopes else "/tokens")
    if out.structured(found, output):
        return
    if scopes:
        out.table(["scope", "allows a program to"], [(each["name"], each["allows"]) for each in found])
        return
    if output is Format.NAME:
        out.result("\n".join(each["name"] for each in found if each["usable"]))
        return
    if not found:
        out.say("there are no tokens yet")
        out.hint("roadworthy token new ci-claims --may evidence:submit --use-case claims-triage")
        return
    columns = ["name", "may", "use cases", "expires", "last used", "state", "made by"]
    out.table(columns, [_row(each) for each in found])


def _row(token: dict[str, object]) -> tuple[object, ...]:
    state = "in use" if token["usable"] else "revoked" if token["revokedAt"] else "expired"
    maker = token["createdBy"]
    assert isinstance(maker, dict)  # noqa: S101 - the API's shape
    return (
        token["name"],
        token["may"],
        "all" if token["useCases"] is None else token["useCases"],
        str(token["expiresAt"])[:10],
        token["lastUsedAt"] and str(token["lastUsedAt"])[:16],
        state,
        maker["shown"],
    )


@commands.command()
def revoke(
    name: Annotated[str, typer.Argument(help="Name or id of the token.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept with the record.")],
) -> None:
    """End a token at once."""
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        token = client.post(f"/tokens/{quote(name, safe='')}/revoke", {"reason": reason})
    out.say(f"the token `{token['name']}` opens nothing any more")


@commands.command()
def own(
    name: Annotated[str, typer.Argument(help="Name or id of the token.")],
    to: Annotated[
        str | None, typer.Option("--to", help="Address or account of who answers for it; you, if it is left out.")
    ] = None,
) -> None:
    """Answer for a token from now on.

    Or have somebody do it, as when its owner has left.
    """
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        token = client.post(f"/tokens/{quote(name, safe='')}/own", {"to": to})
    out.say(f"{token['owner']['shown']} answers for the token `{token['name']}`")
