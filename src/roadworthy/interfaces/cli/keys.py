"""The keys of the home."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer(help="The keys of this home.", no_args_is_help=True)


class Rotated(StrEnum):
    """Keys that are changed by hand."""

    CHECKPOINTS = "ledger-checkpoint"
    GATEWAY = "gateway-identity"


@commands.command()
def rotate(
    purpose: Annotated[Rotated, typer.Option(help="For what the key is.")] = Rotated.CHECKPOINTS,
) -> None:
    """Make a new key that signs checkpoints from now on.

    What the old one signed stays valid.

    Stop the server first: it keeps the key that it started with.

    With `--purpose gateway-identity` it is the key of tokens that the gateway signs for users; nothing has to stop.
    """
    from roadworthy.app import open_home
    from roadworthy.assembly.ground import CHECKPOINTS
    from roadworthy.interfaces.api.server import account
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import settings_here

    settings = settings_here()
    if purpose is Rotated.GATEWAY:
        with open_home(settings) as (app, _):
            out.result(app.rotate_gateway_key(app.identity.local_user(account()).context("cli")))
        out.hint("gateways publish it at once and sign with it in two minutes")
        return
    with open_home(settings) as (app, _):
        app.ledger.checkpoint()
        app.keys.rotate(CHECKPOINTS)
    with open_home(settings) as (app, _):
        out.result(app.record_new_key(app.identity.local_user(account()).context("cli")))
    out.hint("give the new key to whoever verifies, by a way that is not this system")


@commands.command()
def publish(
    folder: Annotated[Path, typer.Argument(help="Where to write; the `keys` folder of another home, for instance.")],
    purpose: Annotated[str, typer.Option(help="For what the keys are.")] = "ledger-checkpoint",
) -> None:
    """Write the public halves of keys.

    For processes that check what is signed here and must not sign.

    A file is overwritten only by the same content. Nothing secret is written.
    """
    from roadworthy.foundation.errors import NotFound, Place
    from roadworthy.foundation.keys import PUBLIC_SUFFIX, Keys
    from roadworthy.foundation.runtime import Runtime
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import settings_here, write_new

    settings = settings_here()
    found = Keys(settings.keys_folder, Runtime().clock).public(purpose)
    if not found:
        raise NotFound(
            "key-purpose-unknown",
            f"there is no key for `{purpose}` here",
            place=Place(source=str(settings.keys_folder)),
            remedy="start `roadworthy signer` once, which makes it, or name another purpose",
        )
    (folder / purpose).mkdir(parents=True, exist_ok=True)
    for key in found:
        path = folder / purpose / f"{key.name}{PUBLIC_SUFFIX}"
        if path.exists() and path.read_bytes() == key.pem:
            out.result(f"kept  {path}")
        else:
            write_new(path, key.pem)
            out.result(f"wrote {path}")
