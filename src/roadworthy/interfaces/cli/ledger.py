"""The ledger: verify, show, prove, checkpoint, export."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from roadworthy.foundation.errors import ExitCode
from roadworthy.interfaces.cli.options import Format, Output, Yes

commands = typer.Typer(help="Verify, show, prove and export the record.", no_args_is_help=True)


class Mode(StrEnum):
    """How thoroughly to verify."""

    QUICK = "quick"
    FULL = "full"
    COLUMNS = "columns"


@commands.command()
def verify(
    file: Annotated[
        Path | None, typer.Argument(help="An exported file, verified without a home; this home's ledger without it.")
    ] = None,
    mode: Annotated[
        Mode, typer.Option(help="The edges only, every byte, or the index columns too.", case_sensitive=False)
    ] = Mode.FULL,
    key: Annotated[
        list[str] | None, typer.Option(help="A verifier key that you got another way; for an exported file.")
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Verify the ledger. Exits 6 when it does not verify, and names the first entry that is affected."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    if file is not None:
        found = _verify_file(file, key or [])
    else:
        with api() as client:
            found = client.post("/ledger/verify", {"mode": mode.value})
    if not out.structured(found, output):
        out.result(
            f"{'verified' if found['ok'] else 'DOES NOT VERIFY'}: {out.counted(found['size'], 'entry', 'entries')}, "
            f"{found['checked']} hashed, {found['confirmed']} under a signature, root {found['root']}"
        )
        if not found["signedBy"]:
            out.say("no key was given, so nothing is proven about who made the file; use --key")
    if not found["ok"]:
        for fault in found["faults"]:
            at = "" if fault["index"] is None else f"entry {fault['index']}: "
            out.say(f"error: {at}{out.printable(fault['message'])} [{fault['code']}]")
        out.say(" next: stop writing, keep the database as it is, and compare with the newest backup and export")
        raise typer.Exit(ExitCode.INTEGRITY)


def _verify_file(file: Path, keys: list[str]) -> dict[str, Any]:
    import base64

    from roadworthy.foundation.ledger.export import verify_export
    from roadworthy.foundation.ledger.notes import VerifierKey

    found = verify_export(file, [VerifierKey.parse(key) for key in keys])
    return {
        "ok": found.ok,
        "mode": found.mode,
        "size": found.size,
        "root": base64.b64encode(found.root).decode(),
        "checked": found.checked,
        "confirmed": found.confirmed,
        "checkpoints": found.checkpoints,
        "signedBy": list(found.signed_by),
        "faults": [{"code": each.code, "message": each.message, "index": each.index} for each in found.faults],
        "waiting": found.waiting,
    }


@commands.command()
def show(
    entry: Annotated[str | None, typer.Argument(help="Id of an entry; the newest ones without it.")] = None,
    resource: Annotated[str | None, typer.Option(help="Only what happened to this `Kind/name`.")] = None,
    what: Annotated[str | None, typer.Option(help="Only this event, such as `use-case.applied`.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    output: Output = Format.TABLE,
) -> None:
    """Show entries, the newest first, or one of them whole."""
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        if entry is not None:
            found = client.get(f"/ledger/entries/{quote(entry, safe='')}")
            if not out.structured(found, output):
                out.structured(found["entry"], Format.YAML)
            return
        page = client.get("/ledger/entries", resource=resource, what=what, limit=limit)["items"]
    if output is Format.NAME:
        for each in page:
            out.result(each["id"])
    elif not out.structured(page, output):
        out.table(
            ["position", "at", "what", "resource", "by", "via", "id"],
            [
                (
                    each["position"],
                    each["at"],
                    each["what"],
                    each["resource"],
                    each["actor"]["shown"],
                    each["via"],
                    each["id"],
                )
                for each in page
            ],
        )


@commands.command()
def prove(
    entry: Annotated[str, typer.Argument(help="Id of the entry.")],
    file: Annotated[Path | None, typer.Option("--file", "-f", help="Write the proof here.")] = None,
) -> None:
    """Print the proof that an entry is in the ledger.

    In the format of C2SP tlog-proof.
    """
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, write_new

    with api() as client:
        proof = client.text(f"/ledger/entries/{quote(entry, safe='')}/proof")
    if file is None:
        out.result(proof)
    else:
        write_new(file, proof.encode())
        out.say(f"wrote {file}")


@commands.command()
def checkpoint(output: Output = Format.TABLE) -> None:
    """Print the signed state of the ledger (C2SP signed note)."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        issued = client.post("/ledger/checkpoint")
    if not out.structured(issued, output):
        out.result(issued["note"])
        out.say(f"key: {issued['vkey']}")
        out.hint("give the key to whoever verifies, by a way that is not this system")


@commands.command()
def export(file: Annotated[Path, typer.Argument(help="Where to write.")]) -> None:
    """Write the whole ledger into one file.

    It can be verified without this system.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, write_new

    with api() as client:
        content = client.content("/ledger/export")
    write_new(file, content)
    out.say(f"wrote {file} ({out.counted(len(content), 'byte')})")
    out.hint(f"roadworthy ledger verify {file} --key KEY, with the key from `roadworthy ledger checkpoint`")


@commands.command()
def complete(output: Output = Format.TABLE) -> None:
    """Show what can be seen to be missing.

    Numbers of writers, and what began and never ended.

    Exits 6 where an entry was taken away before it got its place.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/ledger/completeness")
    if not out.structured(found, output):
        out.table(
            ["position", "at", "began and has no end", "of", "id"],
            [
                (each["position"], each["at"], each["what"], each["resource"], each["id"])
                for each in found["unfinished"]
            ],
        )
        out.say(f"looked at {out.counted(found['size'], 'entry', 'entries')}; {len(found['gaps'])} gaps")
    if found["gaps"]:
        for gap in found["gaps"]:
            out.say(f"error: entry {gap['index']}: {out.printable(gap['message'])} [{gap['code']}]")
        raise typer.Exit(ExitCode.INTEGRITY)


@commands.command()
def erase(
    text: Annotated[str, typer.Argument(help="Reference of the text, as its entry names it.", metavar="REF")],
    ground: Annotated[str, typer.Option(help="On which ground, such as `gdpr-article-17`.")],
    yes: Yes = False,
) -> None:
    """Destroy a text that an entry commits to. The entry and every proof stay; nothing brings the text back."""
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    if not yes:
        typer.confirm(f"destroy text {text} for good?", abort=True)
    with api() as client:
        erased = client.post(f"/ledger/payloads/{quote(text, safe='')}/erase", {"ground": ground})
    out.say(f"erased; entry {erased['entry']} records it")
