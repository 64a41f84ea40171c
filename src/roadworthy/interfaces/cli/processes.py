"""A deployment of several processes: those that do not answer, and a look at all of them."""

from typing import TYPE_CHECKING, Annotated

import typer

from roadworthy.foundation.deployment.model import ProcessRole, ProcessState
from roadworthy.foundation.errors import ExitCode, UsageError
from roadworthy.interfaces.cli.options import Format, Output

if TYPE_CHECKING:
    from roadworthy.foundation.settings import Settings


def worker() -> None:
    """Do what goes on by itself, beside servers that only answer. Needs PostgreSQL.

    Timers, consumers, schedules, tickets, audits, and places in the ledger. Any number may run; it signs as well
    where the setting `signer` is `here`.
    """
    from roadworthy.interfaces.cli.session import settings_here

    settings = settings_here()
    refuse_split(settings)
    _run(settings, roles_here(settings, answers=False, works=True))


def signer() -> None:
    """Sign the ledger, as the only process that holds its key. Needs PostgreSQL."""
    from roadworthy.interfaces.cli.session import settings_here

    settings = settings_here()
    refuse_split(settings)
    if settings.signer == "apart":
        raise UsageError(
            "signer-apart-here",
            "here the setting `signer` says that another process signs",
            remedy='run it where the ledger\'s key lies, with `signer = "here"`',
        )
    _run(settings, frozenset({ProcessRole.SIGNER}))


def processes(
    expect: Annotated[
        list[ProcessRole] | None, typer.Option(help="Exit 1 unless a process with this role lives; repeatable.")
    ] = None,
    here: Annotated[bool, typer.Option("--here", help="Only processes on this machine or in this container.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """List the processes of a deployment.

    On PostgreSQL, with version and state of each.

    With `--expect ROLE --here` it is the health check of a container.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/processes")["items"]
    if here:
        import platform

        found = [each for each in found if each["host"] == platform.node()]
    if not out.structured(found, output):
        out.table(
            ["roles", "version", "host", "pid", "state", "seen", "faults"],
            [
                (
                    ", ".join(each["roles"]),
                    each["version"],
                    each["host"],
                    each["pid"],
                    each["state"],
                    each["seenAt"],
                    "; ".join(each["faults"]),
                )
                for each in found
            ],
        )
    living = {role for each in found if each["state"] != ProcessState.SILENT for role in each["roles"]}
    missing = [role.value for role in expect or () if role.value not in living]
    if missing:
        out.say(f"no process lives that does this: {', '.join(missing)}")
        raise typer.Exit(ExitCode.FAILED)


def roles_here(settings: "Settings", *, answers: bool, works: bool) -> frozenset[ProcessRole]:
    """What a process does: it answers, works, and signs where it works and the key lies here."""
    signs = works and settings.signer == "here"
    chosen = {ProcessRole.SERVE: answers, ProcessRole.WORKER: works, ProcessRole.SIGNER: signs}
    return frozenset(role for role, is_chosen in chosen.items() if is_chosen)


def refuse_split(settings: "Settings") -> None:
    """Refuse to be one process of several on SQLite.

    Raises:
        UsageError: the database is the embedded one.
    """
    if not settings.database:
        raise UsageError(
            "processes-need-postgresql",
            "the embedded database belongs to one process, which does everything",
            remedy="run `roadworthy serve`, or set `database` to a PostgreSQL server that the processes share",
        )


def _run(settings: "Settings", roles: frozenset[ProcessRole]) -> None:
    import sys

    from roadworthy.app import open_home
    from roadworthy.foundation import logs
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.serving import work

    def announce() -> None:
        out.result(f"Roadworthy runs as {', '.join(sorted(roles))}")
        sys.stdout.flush()
        out.say("stop with Ctrl+C")

    logs.configure(settings.log_level, settings.log_format)
    with open_home(settings) as (app, _):
        work(app, roles, announce)
