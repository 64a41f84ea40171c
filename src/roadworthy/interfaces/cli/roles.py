"""Roles and permissions: what somebody may do, and why."""

from typing import Annotated

import typer

from roadworthy.interfaces.cli.options import Format, Output


def roles(
    who: Annotated[
        str | None, typer.Argument(help="Address, account or reference of the person; you, if it is left out.")
    ] = None,
    use_case: Annotated[
        str | None, typer.Option("--use-case", help="Count the duties that they accepted for this use case.")
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Show what somebody may do, and why."""
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        if who is None:
            found = client.get("/access", useCase=use_case)
        else:
            found = client.get(f"/access/{quote(who, safe='')}", useCase=use_case)
    if out.structured(found, output):
        return
    if output is Format.NAME:
        out.result("\n".join(each["permission"] for each in found["permissions"] if each["allowed"]))
        return
    if found["roles"]:
        out.table(["role", "where it comes from"], [(each["role"], each["source"]) for each in found["roles"]])
    else:
        out.say(f"{found['person']['shown']} holds no role by the role map")
    rows = [(each["permission"], "yes" if each["allowed"] else "no", each["why"]) for each in found["permissions"]]
    out.table(["permission", "may", "why"], rows)
