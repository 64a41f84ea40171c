"""Upstreams: which the gateway would ask, and the secrets that are stored for them."""

import sys
from typing import Annotated, Any
from urllib.parse import quote

import typer

from roadworthy.interfaces.cli.options import Format, Output

commands = typer.Typer(help="Upstreams of the gateway, and their secrets.", no_args_is_help=True)
secrets = typer.Typer(help="Stored secrets: sealed, and shown to one host alone.", no_args_is_help=True)
commands.add_typer(secrets, name="secret")

Name = Annotated[str, typer.Argument(help="Name of the stored secret.", metavar="NAME")]


@commands.command("list")
def list_(output: Output = Format.TABLE) -> None:
    """List the upstreams, and why one is not asked."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/upstreams")
    if out.structured(found, output):
        return
    if output is Format.NAME:
        out.result("\n".join(each["name"] for each in found["items"]))
        return
    if not found["items"]:
        out.say("no upstream is declared yet")
        return
    columns = ["name", "speaks", "address", "secret", "state", "why"]
    rows = [
        tuple(each[name] for name in ("name", "adapter", "address", "secret", "state", "why"))
        for each in found["items"]
    ]
    out.table(columns, rows)


@secrets.command("set")
def set_(
    name: Name,
    host: Annotated[str, typer.Option(help="The only place to which it is shown: HOST or HOST:PORT.")],
    reason: Annotated[str, typer.Option(help="Why; asks for a decision where rights want one.")] = "",
    output: Output = Format.TABLE,
) -> None:
    """Store a secret for one host.

    It is read from standard input, or asked for; never from an argument, which other people on the machine could see.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    wanted = {"name": name, "host": host, "value": _value(), "reason": reason}
    with api() as client:
        made = client.post("/upstream-secrets", wanted)
    if out.structured(made, output):
        return
    kept = made["secret"]
    if made["waits"]:
        out.say(f"`{kept['name']}` is shown to {kept['host']} once the decision {made['waits']} is made")
        out.hint(f"roadworthy decision show {made['waits']}")
        return
    out.say(f"`{kept['name']}` is sealed and shown to {kept['host']} alone; its fingerprint is {kept['fingerprint']}")
    out.hint(f"name it in an upstream as `secret: stored:{kept['name']}`")


@secrets.command("list")
def list_secrets(output: Output = Format.TABLE) -> None:
    """List what is known of stored secrets."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/upstream-secrets")
    if out.structured(found, output):
        return
    if output is Format.NAME:
        out.result("\n".join(each["name"] for each in found["items"]))
        return
    if not found["items"]:
        out.say("no secret is stored yet")
        out.hint("roadworthy upstream secret set openai --host api.openai.com")
        return
    columns = ["name", "host", "state", "fingerprint", "set", "by", "last used", "former until", "why"]
    out.table(columns, [_row(each) for each in found["items"]])


@secrets.command()
def rotate(
    name: Name,
    grace: Annotated[int, typer.Option(min=0, max=720, help="Hours for which the former value is kept.")] = 0,
) -> None:
    """Put another value in the place of a secret.

    It is read from standard input, or asked for. Calls under way keep the former one.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    wanted = {"value": _value(), "graceHours": grace}
    with api() as client:
        made = client.post(f"/upstream-secrets/{quote(name, safe='')}/rotate", wanted)
    out.say(f"`{made['name']}` is replaced; its fingerprint is {made['fingerprint']}")
    if made["formerUntil"]:
        out.hint(f"roadworthy upstream secret back {made['name']}")


@secrets.command()
def back(name: Name) -> None:
    """Go back to the former value, while it is kept."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        made = client.post(f"/upstream-secrets/{quote(name, safe='')}/back")
    out.say(f"`{made['name']}` has its former value again; its fingerprint is {made['fingerprint']}")


@secrets.command()
def remove(name: Name) -> None:
    """Forget a secret at once, with its former value."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        client.post(f"/upstream-secrets/{quote(name, safe='')}/remove")
    out.say(f"`{name}` is forgotten; upstreams that name it are not asked")


@secrets.command()
def rewrap(
    new_key: Annotated[bool, typer.Option("--new-key", help="Make a newer key first, where files wrap.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Seal every data key by the newest key.

    Run it after a new key was made or another one was named in the settings; the secrets themselves are not opened.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        said = client.post("/upstream-secrets/rewrap", {"newKey": new_key})
    if not out.structured(said, output):
        out.say(f"{said['rewrapped']} sealed anew")


def _value() -> str:
    """From a pipe as it is, or asked for without showing it."""
    from roadworthy.foundation.errors import InvalidInput
    from roadworthy.operate.calls.secrets.model import LONGEST_VALUE

    if sys.stdin.isatty():
        said: str = typer.prompt("Secret", hide_input=True, err=True)
        return said
    found = sys.stdin.read(LONGEST_VALUE + 3).strip("\r\n")
    if not found:
        raise InvalidInput(
            "upstream-secret-missing",
            "no secret came on standard input",
            remedy="pipe it in, such as `… < key.txt`, or run the command in a terminal and enter it there",
        )
    return found


def _row(secret: dict[str, Any]) -> tuple[object, ...]:
    return (
        secret["name"],
        secret["host"],
        secret["state"].replace("-", " "),
        secret["fingerprint"],
        secret["setAt"][:16],
        secret["setBy"]["shown"],
        secret["lastUsedAt"] and secret["lastUsedAt"][:16],
        secret["formerUntil"] and secret["formerUntil"][:16],
        secret["why"],
    )
