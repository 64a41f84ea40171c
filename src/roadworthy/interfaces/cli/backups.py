"""Copies of a deployment, and putting one back."""

from pathlib import Path
from typing import Annotated

import typer

from roadworthy.interfaces.cli.options import Format, Output


def backup(
    file: Annotated[
        Path | None, typer.Argument(help="Where to write; a new file in the home's `backups` without it.")
    ] = None,
    keys: Annotated[
        bool, typer.Option("--keys", help="With the private keys. Whoever has both can sign another history.")
    ] = False,
    output: Output = Format.TABLE,
) -> None:
    """Copy a deployment into one file.

    Everything goes on meanwhile. The file holds the database, sealed segments of calls and the signer's memory; the
    ledger in it is verified.
    """
    from roadworthy.assembly.ground import places_of
    from roadworthy.foundation.deployment.backup import back_up
    from roadworthy.foundation.runtime import Runtime
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import settings_here

    settings, clock = settings_here(), Runtime().clock
    target = file or settings.backups_folder / f"{clock.now():%Y%m%dT%H%M%SZ}.backup"
    made = back_up(places_of(settings), target, clock, keys=keys)
    found = {"file": str(target), "size": made.size, "waiting": made.waiting, "made": made.made, "keys": keys}
    found |= {"segments": made.segments, "elsewhere": made.elsewhere}
    if not out.structured(found, output):
        out.result(f"wrote {target}: {out.counted(made.size, 'entry', 'entries')}, of {made.engine}")
        if made.elsewhere:
            found_elsewhere = out.counted(made.elsewhere, "segment")
            out.say(f"{found_elsewhere} of calls lie on other machines and are not in it; make a backup there as well")
        if not keys:
            out.hint("the keys are not in it; keep them elsewhere: without them nobody can go on signing this ledger")


def restore(
    file: Annotated[Path, typer.Argument(help="What `roadworthy backup` wrote.")],
    declare_loss: Annotated[
        bool, typer.Option("--declare-loss", help="Put it back although entries are lost; needs a reason.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why; it goes on record.")] = "",
    witnessed: Annotated[
        list[Path] | None, typer.Option(help="A checkpoint that somebody outside holds; repeatable.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be lost.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Put a backup back.

    Refused where entries would be lost that were signed, witnessed or recorded since.

    Stop every process first. With `--declare-loss` the loss goes on record, every open request and unused approval is
    voided, every session ends, and every certificate is suspended. Exits 3 where it is refused.
    """
    from roadworthy.app import open_home
    from roadworthy.assembly.ground import places_of
    from roadworthy.foundation.deployment.manifest import read
    from roadworthy.foundation.deployment.restore import Declared, loss_of
    from roadworthy.foundation.deployment.restore import restore as put_back
    from roadworthy.foundation.errors import ExitCode
    from roadworthy.foundation.runtime import Runtime
    from roadworthy.foundation.storage.owner import OwnerLock
    from roadworthy.interfaces.api.server import account
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import read_text, settings_here

    settings, clock = settings_here(), Runtime().clock
    places = places_of(settings)
    declared = Declared(declare_loss, reason, [read_text(path) for path in witnessed or ()], account())
    lock = OwnerLock(settings.home)
    lock.acquire()
    try:
        if dry_run:
            loss = loss_of(places, read(file), declared, clock)
            out.result(f"it would take away {loss}" if loss.anything else "nothing that is known here would be lost")
            raise typer.Exit(ExitCode.NO if loss.anything else ExitCode.YES)
        manifest, done = put_back(places, file, declared, clock)
    finally:
        lock.release()
    with open_home(settings) as (app, _):
        found = app.ledger.verify(full=True)
    told = {"size": manifest.size, "made": manifest.made, "lossless": done.lossless, "verified": found.ok}
    if not out.structured(told, output):
        out.result(f"put back {out.counted(manifest.size, 'entry', 'entries')} as of {manifest.made}")
    if not done.lossless:
        out.say("open requests and unused approvals are voided, certificates suspended; sessions, tokens of programs,")
        out.say("gateway keys and sealed codes are ended, because nobody can show which were revoked since the copy")
        out.hint("tell whoever holds checkpoints; make tokens and keys anew: `roadworthy token list` names what ended")
    if not found.ok:
        out.say(f"error: the ledger does not verify: {found.faults[0].message}")
        raise typer.Exit(ExitCode.INTEGRITY)
