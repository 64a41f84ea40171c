"""Collectors: programs that measure and sign with their own key."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from roadworthy.interfaces.cli.options import Format, Output

commands = typer.Typer(help="Programs that measure, and their keys.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(help="Name of the collector.", metavar="NAME")]
KeyOption = Annotated[Path, typer.Option("--key", help="Its public key, as PEM.")]


class Algorithm(StrEnum):
    """What a key is for."""

    ED25519 = "ed25519"
    P256 = "p256"


@commands.command()
def keygen(
    file: Annotated[Path, typer.Argument(help="Where the private key goes; the public one goes beside it.")],
    algorithm: Annotated[
        Algorithm, typer.Option(help="Ed25519, or ECDSA P-256 for hardware that knows no other.", case_sensitive=False)
    ] = Algorithm.ED25519,
) -> None:
    """Make a key pair, without a server.

    The private key stays with the collector and is for its owner only.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.key_files import make

    public, key_id = make(file, p256=algorithm is Algorithm.P256)
    out.result(key_id)
    out.say(f"wrote {file}, which only you can read, and {public}")
    out.hint(f"roadworthy collector register NAME --key {public} --kind KIND --owner ADDRESS")


@commands.command()
def register(
    name: NameArgument,
    key: KeyOption,
    kind: Annotated[list[str], typer.Option(help="A kind that it may hand in; repeat it for several.")],
    owner: Annotated[str, typer.Option(help="Who answers for it: an address or account name.")],
    output: Output = Format.TABLE,
) -> None:
    """Believe what a program signs, for certain kinds of evidence."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, read_text

    given = {"name": name, "publicKey": read_text(key), "kinds": kind, "owner": owner}
    with api() as client:
        made = client.post("/collectors", given)
    if not out.structured(made, output):
        out.result(f"{made['name']} measures {', '.join(made['kinds'])} under key {made['keyId']}")
    out.hint("roadworthy evidence sign -f measurement.yaml --key PRIVATE.pem --out envelope.json, where it measures")


@commands.command("list")
def list_(output: Output = Format.TABLE) -> None:
    """List collectors with every key they ever had."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/collectors")
    if out.structured(found, output):
        return
    if output is Format.NAME:
        out.result("\n".join(sorted({each["name"] for each in found})))
        return
    if not found:
        out.say("no collector is registered, so nothing can be measured")
        out.hint("roadworthy collector keygen collector.pem")
        return
    columns = ["name", "kinds", "owner", "state", "last seen", "key"]
    out.table(columns, [_row(each) for each in found])


@commands.command()
def rotate(name: NameArgument, key: KeyOption) -> None:
    """Take another key from now on. What the old one signed stays valid until it runs out."""
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, read_text

    with api() as client:
        made = client.post(f"/collectors/{quote(name, safe='')}/rotate", {"publicKey": read_text(key)})
    out.result(f"{made['name']} signs under key {made['keyId']} from now on")


@commands.command()
def revoke(
    name: NameArgument,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the record.")],
) -> None:
    """Take nothing from it any more."""
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        client.post(f"/collectors/{quote(name, safe='')}/revoke", {"reason": reason})
    out.say(f"nothing is taken from {name} any more")
    out.hint(f"look at what it measured before: roadworthy evidence list --method measured, from {name}")


def _row(each: dict[str, Any]) -> tuple[Any, ...]:
    state = "revoked" if each["revokedAt"] else "in use"
    return (
        each["name"],
        each["kinds"],
        each["owner"],
        state,
        each["lastSeenAt"] and each["lastSeenAt"][:16],
        each["keyId"][:16],
    )
