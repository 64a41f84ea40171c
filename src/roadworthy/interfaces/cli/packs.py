"""Evidence packs on the command line: write one, verify one, hand out the verifier."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from roadworthy.interfaces.cli.options import Format, Output

commands = typer.Typer(
    help="Evidence packs: proof for people without access here.", no_args_is_help=True, rich_markup_mode=None
)

File = Annotated[Path, typer.Argument(help="Where to write.", metavar="FILE")]


@commands.command()
def write(
    file: File,
    decision: Annotated[str | None, typer.Option(help="Id of a decision: all it rests on and all it caused.")] = None,
    certificate: Annotated[str | None, typer.Option(help="Serial of an operating certificate.")] = None,
    use_case: Annotated[str | None, typer.Option(help="Name of a use case: every entry that speaks of it.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Of a period: not older than this instant, in UTC.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Of a period: older than this instant, in UTC.")] = None,
    texts: Annotated[bool, typer.Option(help="Put in the texts that entries commit to, and who people are.")] = True,
) -> None:
    """Write one file that proves what is on record.

    About a decision, a certificate, a use case, or a period.

    Without any of them it holds the whole record. Whoever gets it needs nothing but Python and the public key.
    """
    from datetime import UTC

    from roadworthy.foundation.errors import InvalidInput
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, write_new

    named = [(of, name) for of, name in _subjects(decision, certificate, use_case) if name is not None]
    timed = since is not None or until is not None
    if len(named) + timed > 1:
        raise InvalidInput(
            "pack-of-several",
            "a pack is about one thing",
            remedy="give one of `--decision`, `--certificate`, `--use-case`, or a period",
        )
    of, name = named[0] if named else ("period", "")
    period = {
        key: each.replace(tzinfo=UTC).isoformat()
        for key, each in (("since", since), ("until", until))
        if each is not None
    }
    with api() as client:
        content = client.fetch("/packs", {"of": of, "name": name, "texts": texts, **period})
        key = client.post("/ledger/checkpoint")["vkey"]
    write_new(file, content)
    out.say(f"wrote {file} ({out.counted(len(content), 'byte')})")
    out.hint(f"roadworthy pack verify {file} --key '{key}'; give the key to others by a way that is not this file")


def _subjects(decision: str | None, certificate: str | None, use_case: str | None) -> list[tuple[str, str | None]]:
    return [("decision", decision), ("certificate", certificate), ("use-case", use_case)]


@commands.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The pack.", metavar="FILE")],
    key: Annotated[list[str] | None, typer.Option(help="A key of the ledger that you got another way.")] = None,
    witness: Annotated[list[str] | None, typer.Option(help="Key of a witness that must have signed.")] = None,
    checkpoint: Annotated[Path | None, typer.Option(help="A checkpoint that you kept, to compare.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Verify a pack; needs no home and no network. Exits 6 when it does not verify, and names what is wrong.

    The same verifier as one file, for people without Roadworthy, is written by `roadworthy pack verifier`.
    """
    from roadworthy.foundation.errors import ExitCode
    from roadworthy.foundation.ledger.pack.reading import verified
    from roadworthy.interfaces.cli import output as out

    found = verified(file, key or [], witness or [], checkpoint)
    if not out.structured(found, output):
        for line in found["good"]:
            out.result(f"ok     {out.printable(line)}")
        for line in found["notes"]:
            out.result(f"note   {out.printable(line)}")
        for fault in found["faults"]:
            at = "" if fault["entry"] is None else f"entry {fault['entry']}: "
            out.say(f"error: {at}{out.printable(fault['message'])} [{fault['code']}]")
        out.result(found["result"])
    if found["faults"]:
        out.say(" next: get the pack again from its maker, and the key by another way; keep this file as it is")
        raise typer.Exit(ExitCode.INTEGRITY)
    if not key:
        out.say("no key was given, so nothing is proven about who made the pack; use --key")


@commands.command()
def verifier(file: File) -> None:
    """Write the verifier as one file, to go with a pack.

    It needs nothing but Python.
    """
    from roadworthy.foundation.ledger.pack.reading import VERIFIER
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import write_new

    write_new(file, VERIFIER.read_bytes())
    out.say(f"wrote {file}")
    out.hint(f"python3 -I -S {file} PACK --key KEY")
