"""`roadworthy gateway`: be one, and look whether one runs."""

from typing import Annotated

import typer

from roadworthy.foundation.errors import ExitCode
from roadworthy.interfaces.cli.options import Format, Output

commands = typer.Typer(no_args_is_help=True, help="Calls of models: admitted, recorded and passed on.")

_MEMORY = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "262144"}
"""The C library of Linux keeps what a thread once had for that thread, and what was large for what may come; a process
of twenty threads that take turns gives it back instead. Whoever sets these otherwise is obeyed."""


@commands.command()
def serve(
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; beyond loopback only behind TLS.")] = None,
) -> None:
    """Be a gateway and nothing else. Needs PostgreSQL.

    `roadworthy serve` has one too; more of them share the load.
    """
    import os
    import sys

    from roadworthy.assembly.ground import places_of
    from roadworthy.foundation.settings import PREFIX
    from roadworthy.interfaces.cli.processes import refuse_split
    from roadworthy.interfaces.cli.session import settings_here

    settings = settings_here()
    refuse_split(settings)
    if places_of(settings).pending.exists():
        from roadworthy.app import open_home

        with open_home(settings):
            """What follows from a restore is done by a whole deployment."""
    chosen = {"GATEWAY_PORT": port, "GATEWAY_HOST": host}
    os.environ.update({f"{PREFIX}{name}": str(value) for name, value in chosen.items() if value is not None})
    for name, value in _MEMORY.items():
        os.environ.setdefault(name, value)
    # what a command needs stays behind: the process keeps its number and begins anew
    program = [sys.executable, "-P", "-m", "roadworthy.interfaces.gateway"]
    os.execv(program[0], program)  # noqa: S606 - ourselves; there is no shell


@commands.command()
def status(output: Output = Format.TABLE) -> None:
    """Say whether the gateway takes calls; exit 1 where it does not."""
    import httpx

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import settings_here
    from roadworthy.interfaces.client import bracketed
    from roadworthy.interfaces.gateway.card import announced

    settings = settings_here()
    address = announced(settings.home) or f"http://{bracketed(settings.gateway_host)}:{settings.gateway_port}"
    try:
        answer = httpx.get(f"{address}/readyz", timeout=5, trust_env=False)
        said = answer.json()
    except (httpx.HTTPError, ValueError):
        said = {"ready": False, "why": "nothing answers there"}
    told = {"address": f"{address}/v1", **said}
    if not out.structured(told, output):
        out.table(["address", "ready", "why"], [(told["address"], told["ready"], told.get("why", ""))])
        if told.get("withoutSecret"):
            out.say(f"not asked for want of a secret: {', '.join(told['withoutSecret'])}")
            out.hint("roadworthy upstream list")
        if told.get("observed"):
            rows = [(f"{each['useCase']}/{each['endpoint']}", each["daysLeft"], each["until"],
                     each.get("enforcedBecause", "")) for each in told["observed"]]  # fmt: skip
            out.table(["observed, not enforced", "days left", "last day", "enforced because"], rows)
    if not said.get("ready"):
        raise typer.Exit(ExitCode.FAILED)
