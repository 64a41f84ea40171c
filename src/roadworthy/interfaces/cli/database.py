"""The PostgreSQL database as its owner looks after it: rights of the processes' accounts."""

from typing import Annotated

import typer

commands = typer.Typer(help="Accounts of processes in a PostgreSQL database.", no_args_is_help=True)


@commands.command()
def grants(
    serve: Annotated[str | None, typer.Option(help="Account of `roadworthy serve --without-work`.")] = None,
    worker: Annotated[str | None, typer.Option(help="Account of `roadworthy worker`.")] = None,
    signer: Annotated[str | None, typer.Option(help="Account of `roadworthy signer`.")] = None,
    reader: Annotated[str | None, typer.Option(help="Account of somebody who verifies the ledger there.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Carry it out, as the account in the settings.")] = False,
) -> None:
    """Print the statements that give accounts their rights.

    Each gets exactly what its kind of process needs.

    The accounts have to be there; what they had before is taken from them. Again after each `roadworthy migrate`.
    """
    from roadworthy.assembly.kinds import kinds
    from roadworthy.foundation.deployment.grants import READER, statements
    from roadworthy.foundation.deployment.model import ProcessRole
    from roadworthy.foundation.errors import UsageError
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.processes import refuse_split
    from roadworthy.interfaces.cli.session import settings_here

    kinds()  # brings every table with it
    chosen = {ProcessRole.SERVE: serve, ProcessRole.WORKER: worker, ProcessRole.SIGNER: signer, READER: reader}
    accounts = {role: name for role, name in chosen.items() if name is not None}
    if not accounts:
        raise UsageError(
            "accounts-missing", "no account was named", remedy="name at least one, such as `--serve roadworthy_serve`"
        )
    said = statements(accounts)
    if not apply:
        for statement in said:
            out.result(f"{statement};")
        return
    settings = settings_here()
    refuse_split(settings)
    from roadworthy.foundation.deployment.grants import carry_out

    carry_out(settings.database, said)
    out.result(f"{len(accounts)} accounts have what they need")
