"""`roadworthy mcp`: let a client that only starts programs speak with a gateway."""

from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer(no_args_is_help=True, help="The Model Context Protocol.")


@commands.command()
def connect(
    gateway: Annotated[str, typer.Option(help="Address of the gateway, `https://HOST`.")],
    system: Annotated[str, typer.Option(help="Only what this declared system offers.")] = "",
    run: Annotated[str, typer.Option(help="Agent run to which actions belong that name none.")] = "",
    key_file: Annotated[Path | None, typer.Option(help="File of the gateway key, instead of GATEWAY_KEY.")] = None,
) -> None:
    """Pass messages between standard input, output and a gateway.

    The gateway key stands in the variable GATEWAY_KEY, or in a file; a user's token in GATEWAY_USER_TOKEN.
    """
    import asyncio
    import os
    import sys

    from roadworthy.foundation.logs import Secret
    from roadworthy.interfaces.mcp_bridge import Way, carry
    from roadworthy.interfaces.mcp_reaching import address_of, key_of

    address = address_of(gateway, system)
    token = os.environ.get("GATEWAY_USER_TOKEN", "")
    way = Way(address, key_of(key_file, os.environ), Secret(token) if token else None, run or None)
    asyncio.run(carry(way, sys.stdin.buffer, sys.stdout.buffer))
