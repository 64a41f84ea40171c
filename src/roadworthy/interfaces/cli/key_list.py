"""Public keys of every purpose, and taking back the word of one."""

from typing import Annotated

import typer

from roadworthy.interfaces.cli.options import Format, Output


def add_to(commands: typer.Typer) -> None:
    """Put them among the commands on keys."""
    commands.command("list")(list_)
    commands.command()(revoke)


def list_(output: Output = Format.TABLE) -> None:
    """List the public halves of all keys.

    For those who verify; give them out by a way that is not this system.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/keys")
    if output is Format.NAME:
        for each in found["items"]:
            out.result(each["keyId"])
    elif not out.structured(found, output):
        out.table(
            ["purpose", "state", "made", "id"],
            [(each["purpose"], each["state"], each["made"], each["keyId"]) for each in found["items"]],
        )


def revoke(
    key: Annotated[str, typer.Argument(help="Id of a key for certificates or the status.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the record.")],
) -> None:
    """Have nothing believed any more that a key signed.

    Everywhere and within a second; there is no way back.

    Certificates that it signed permit nothing until they are decided anew.
    """
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        client.post(f"/keys/{quote(key, safe='')}/revoke", {"reason": reason})
    out.result(f"revoked {key}")
    out.hint("look at what it signed: `roadworthy certificate list`")
