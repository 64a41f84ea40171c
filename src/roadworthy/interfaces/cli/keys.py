"""The keys of the home."""

import typer

commands = typer.Typer(help="The keys of this home.", no_args_is_help=True)


@commands.command()
def rotate() -> None:
    """Make a new key that signs the ledger's checkpoints from now on; what the old one signed stays valid.

    Stop the server first: it keeps the key that it started with.
    """
    from roadworthy.app import open_home
    from roadworthy.assembly.ground import CHECKPOINTS
    from roadworthy.interfaces.api.server import account
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import settings_here

    settings = settings_here()
    with open_home(settings) as (app, _):
        app.ledger.checkpoint()
        app.keys.rotate(CHECKPOINTS)
    with open_home(settings) as (app, _):
        out.result(app.record_new_key(app.identity.local_user(account()).context("cli")))
    out.hint("give the new key to whoever verifies, by a way that is not this system")
