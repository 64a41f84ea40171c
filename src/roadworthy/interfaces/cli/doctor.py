"""What is wrong here, and how to mend it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from roadworthy.foundation.errors import ExitCode, Place, Refused, RoadworthyError
from roadworthy.interfaces.check import Check, CheckState
from roadworthy.interfaces.cli.options import Format, Output

if TYPE_CHECKING:
    from roadworthy.foundation.settings import Settings
    from roadworthy.interfaces.client import Client

LEAST_FREE_MEGABYTES = 500
"""Room for a backup, a large import and the log of the database; below it, trouble is near."""
MOST_CLOCK_BACK_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Examined(Check):
    """A check, and what the command ends with where it failed."""

    exit_code: ExitCode = ExitCode.FAILED


def doctor(output: Output = Format.TABLE) -> None:
    """Find what is wrong and how to mend it.

    Checks settings, home, database, keys, clock, disk, ledger, rubric, and how the deployment stands: decision rights,
    roles, people, identity providers, tokens, and what waits or was given up. Each finding comes with a remedy.

    Exits 0 when nothing failed, 1 when something did, 6 when the ledger does not verify.
    """
    from roadworthy.interfaces.cli import output as out

    checks = list(_examine())
    content = [
        {"check": each.name, "state": each.state.value, "message": each.message, "remedy": each.remedy}
        for each in checks
    ]
    if not out.structured(content, output):
        out.table(["check", "state", "message"], [(each.name, each.state.value, each.message) for each in checks])
    for each in checks:
        if each.state is not CheckState.OK:
            out.say(f"{each.state}: {each.name}: {each.message}\n next: {each.remedy}")
    failed = [each.exit_code for each in checks if each.state is CheckState.FAIL]
    if failed:
        raise typer.Exit(max(failed))
    out.say("nothing failed")


def _examine() -> Iterator[Examined]:
    from roadworthy.foundation.settings import find_file
    from roadworthy.interfaces.cli.session import settings_here

    try:
        settings = settings_here()
    except RoadworthyError as error:
        yield from _failed("settings", error)
        return
    file = find_file(Path.cwd())
    yield Examined(
        "settings", CheckState.OK, f"from {file}" if file else "defaults; there is no roadworthy.toml here or above"
    )
    yield from _home(settings)
    yield from _disk(settings)
    if not settings.database and not settings.database_file.exists():
        message = "there is no database yet; the first command that needs it creates it"
        yield Examined(
            "database", CheckState.WARN, message, "roadworthy apply FOLDER, roadworthy import FILE, or roadworthy serve"
        )
        return
    yield from _keys(settings)
    yield from _inside(settings)


def _home(settings: "Settings") -> Iterator[Examined]:
    import os
    import stat

    from roadworthy.foundation.storage.owner import OwnerLock

    home = settings.home
    if not home.exists():
        yield Examined("home", CheckState.OK, f"{home} does not exist yet; it is created when it is needed")
        return
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        yield Examined("home", CheckState.FAIL, f"{home} cannot be written to", f"chmod u+rwx {home}")
        return
    if home.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Examined("home", CheckState.WARN, f"others on this machine can look into {home}", f"chmod 700 {home}")
    else:
        yield Examined("home", CheckState.OK, str(home))
    owner = None if settings.database else OwnerLock(home).held_by_another()
    if owner is not None:
        yield Examined("owner", CheckState.OK, f"process {owner.pid} serves it at {owner.address or 'no address yet'}")


def _disk(settings: "Settings") -> Iterator[Examined]:
    import shutil

    existing = next(folder for folder in (settings.home, *settings.home.parents) if folder.exists())
    free = shutil.disk_usage(existing).free // 1_000_000
    if free < LEAST_FREE_MEGABYTES:
        yield Examined("disk", CheckState.WARN, f"{free} MB are free", f"free at least {LEAST_FREE_MEGABYTES} MB")
    else:
        yield Examined("disk", CheckState.OK, f"{free:,} MB are free")


def _keys(settings: "Settings") -> Iterator[Examined]:
    from roadworthy.assembly.ground import CHECKPOINTS
    from roadworthy.foundation.keys import Keys
    from roadworthy.foundation.runtime import Runtime

    keys = Keys(settings.keys_folder, Runtime().clock)
    try:
        found = keys.all(CHECKPOINTS)
        exposed = keys.exposed()
    except RoadworthyError as error:
        yield from _failed("keys", error)
        return
    if exposed:
        paths = " ".join(map(str, exposed))
        yield Examined(
            "keys",
            CheckState.FAIL,
            "others on this machine can read signing keys",
            f"chmod 600 {paths}, then rotate them",
        )
    elif not found:
        yield Examined(
            "keys", CheckState.WARN, "there is no signing key; one is made when it is needed", "none is needed now"
        )
    else:
        yield Examined(
            "keys", CheckState.OK, f"{len(found)} for the ledger's checkpoints, the newest from {found[-1].name}"
        )


def _inside(settings: "Settings") -> Iterator[Examined]:
    """What has to be asked of the home itself: of the running server, or by opening it here."""
    from roadworthy.interfaces.client import connect

    try:
        with connect(settings) as client:
            revision = client.get("/version")["databaseRevision"]
            yield Examined("database", CheckState.OK, f"at revision {revision}")
            yield from _clock(client)
            yield from _ledger(client)
            yield from _rubric(client)
            yield from _standing(client)
    except RoadworthyError as error:
        yield from _failed("database", error)


def _clock(client: "Client") -> Iterator[Examined]:
    from datetime import datetime, timedelta

    from roadworthy.foundation.runtime import Runtime

    newest = client.get("/ledger/entries", limit=1)["items"]
    ahead = datetime.fromisoformat(newest[0]["at"]) - Runtime().clock.now() if newest else timedelta(0)
    if ahead > timedelta(seconds=MOST_CLOCK_BACK_SECONDS):
        message = f"the newest entry of the ledger is {ahead} ahead of this machine's clock"
        yield Examined("clock", CheckState.FAIL, message, "set the clock, and let a time service keep it")
    else:
        yield Examined("clock", CheckState.OK, "not behind the newest entry of the ledger")


def _ledger(client: "Client") -> Iterator[Examined]:
    found = client.post("/ledger/verify", {"mode": "quick"})
    if found["ok"]:
        message = f"{found['size']} entries; the edges verify, `roadworthy ledger verify` looks at every byte"
        yield Examined("ledger", CheckState.OK, message)
    for fault in found["faults"]:
        at = "" if fault["index"] is None else f"entry {fault['index']}: "
        fix = "stop writing, keep the database as it is, run `roadworthy ledger verify`, compare with the newest backup"
        yield Examined("ledger", CheckState.FAIL, f"{at}{fault['message']}", fix, ExitCode.INTEGRITY)


def _rubric(client: "Client") -> Iterator[Examined]:
    rubric: dict[str, Any] = client.get("/rubric")
    if rubric["shipped"]:
        fix = "none is needed; declare a `Rubric` called `default` once you want to change what is asked"
        yield Examined("rubric", CheckState.OK, f"`{rubric['title']}`, the one that ships", fix)
    else:
        yield Examined("rubric", CheckState.OK, f"`{rubric['title']}`, generation {rubric['generation']}")


def _standing(client: "Client") -> Iterator[Examined]:
    """What the deployment says of itself: rights, roles, people, providers, tokens, and what waits."""
    try:
        found = client.get("/health/checks")["checks"]
    except Refused as error:
        fix = "ask whoever looks after it, or run this where its home folder is"
        yield Examined(
            "deployment", CheckState.WARN, f"whoever acts here may not see how it stands: {error.message}", fix
        )
        return
    for each in found:
        yield Examined(each["name"], CheckState(each["state"]), each["message"], each["remedy"])


def _failed(name: str, error: RoadworthyError) -> Iterator[Examined]:
    faults = error.findings or (error,)
    for fault in faults:
        place = str(fault.place) if fault.place != Place() else ""
        message = f"{place}: {fault.message}" if place else fault.message
        yield Examined(name, CheckState.FAIL, message, fault.remedy, error.exit_code)
