"""Long-lived processes and the database: serve, demo, migrate."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from roadworthy.app import App
    from roadworthy.foundation.deployment.model import ProcessRole
    from roadworthy.foundation.runtime import Runtime
    from roadworthy.foundation.settings import Settings

DEMO_HOME = Path(".demo")
DEMO_SEED = 2026
MOST_DAYS_LATER = 3_650

Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")]


def serve(
    port: Port = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; beyond loopback only with login.")] = None,
    without_work: Annotated[
        bool, typer.Option("--without-work", help="Only answer; `roadworthy worker` does the rest. Needs PostgreSQL.")
    ] = False,
) -> None:
    """Serve the pages and the API.

    Prints the address and where to sign in, by a one-time link unless an identity provider is configured, and runs
    until it is stopped.
    """
    from roadworthy.interfaces.cli.processes import refuse_split, roles_here
    from roadworthy.interfaces.cli.session import settings_here

    settings = _listening(settings_here(), port, host)
    if without_work:
        refuse_split(settings)
    _serve(settings, roles=roles_here(settings, answers=True, works=not without_work))


def demo(
    port: Port = None,
    seed: Annotated[int, typer.Option(help="Another seed makes another organisation.")] = DEMO_SEED,
    days_later: Annotated[
        int, typer.Option(min=0, max=MOST_DAYS_LATER, help="Serve it with a clock that runs so many days ahead.")
    ] = 0,
) -> None:
    """Serve an invented organisation.

    It is made in `.demo` on the first run, and kept there to look around in. A clock that runs ahead has a home of its
    own, such as `.demo-90-days-later`, so that no record goes back in time.
    """
    from contextlib import ExitStack
    from datetime import timedelta

    from roadworthy.demo import gateway, history
    from roadworthy.demo.pilots import AGENT
    from roadworthy.demo.service import make
    from roadworthy.demo.systems import running
    from roadworthy.foundation.runtime import AheadClock, LongThread, Runtime, SystemRandomness
    from roadworthy.foundation.settings import Settings
    from roadworthy.interfaces.cli import output as out

    home = (Path(f"{DEMO_HOME}-{days_later}-days-later") if days_later else DEMO_HOME).resolve()
    chosen = Settings(home=home, organisation="demo", upstream_hosts="127.0.0.1", upstream_secrets=running.bindings())
    settings = _listening(chosen, port, None)
    if not settings.database_file.exists():
        out.say(f"making an organisation in {home} …")
    make(settings, seed)
    out.say(
        f"to use the command line on it: ROADWORTHY_ORGANISATION=demo ROADWORTHY_HOME={home} roadworthy get use-cases"
    )
    if days_later:
        out.say(f"the clock of this demo runs {out.counted(days_later, 'day')} ahead")
    runtime = Runtime(clock=AheadClock(timedelta(days=days_later))) if days_later else None
    with ExitStack() as stack:
        systems = stack.enter_context(running.systems(running.accounts(home, SystemRandomness())))

        def tried(app: "App") -> "Sequence[str]":
            serving = stack.enter_context(gateway.models(gateway.addresses(app)))
            if not days_later:  # its systems go by the real clock
                key = gateway.keys(app, AGENT)["pilot"]

                def morning() -> None:
                    history.enact(app, home, systems, key)

                LongThread("demo-history", morning)
            return (*gateway.told(app, serving), *gateway.told_of_systems(app, systems))

        _serve(settings, runtime, besides=tried)


def migrate() -> None:
    """Bring the database up to date.

    The embedded one is copied first, and migrates by itself whenever it is opened.
    """
    from roadworthy.foundation.runtime import Runtime
    from roadworthy.foundation.storage.migrate import migrate_postgres, prepare_sqlite
    from roadworthy.foundation.storage.owner import OwnerLock
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import settings_here

    settings = settings_here()
    if settings.database:
        from roadworthy.foundation.deployment.guards import guard_database

        done = migrate_postgres(settings.database)
        guarded = guard_database(settings.database)
        if guarded:
            out.say(f"guarded against changes: {', '.join(guarded)}")
    else:
        lock = OwnerLock(settings.home)
        lock.acquire()
        try:
            done = prepare_sqlite(settings.database_file, settings.backups_folder, Runtime().clock.now())
        finally:
            lock.release()
    if done is None:
        out.result("the database is up to date")
        return
    out.result(f"migrated from {done.before or 'nothing'} to {done.after}")
    if done.backup is not None:
        out.say(f"the copy from before is {done.backup}")


def _listening(settings: "Settings", port: int | None, host: str | None) -> "Settings":
    chosen = {name: value for name, value in (("port", port), ("host", host)) if value is not None}
    return settings.model_copy(update=chosen)


def _serve(
    settings: "Settings",
    runtime: "Runtime | None" = None,
    roles: "frozenset[ProcessRole] | None" = None,
    besides: "Callable[[App], Sequence[str]] | None" = None,
) -> None:
    from roadworthy.app import ALONE, open_home
    from roadworthy.foundation import logs
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.doors import refuse_public_address
    from roadworthy.interfaces.serving import serve as run

    def announce(address: str, link: str) -> None:
        out.result(f"Roadworthy serves at {address}")
        out.result(f"Sign in at {link}" if settings.provider else f"Sign in once within half an hour: {link}")
        if app.gateway.address:
            out.result(f"The gateway serves at {app.gateway.address}/v1")
        for line in () if besides is None else besides(app):
            out.result(line)
        sys.stdout.flush()
        out.say("stop with Ctrl+C")

    refuse_public_address(settings)
    logs.configure(settings.log_level, settings.log_format)
    with open_home(settings, runtime) as (app, lock):
        if app.migrated is not None and app.migrated.backup is not None:
            out.say(f"the database was migrated to {app.migrated.after}; the copy from before is {app.migrated.backup}")
        run(app, lock, announce, ALONE if roles is None else roles)
