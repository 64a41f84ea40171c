"""The ledger to the outside: its witnesses, static files, comparing with what was kept, proof of two histories."""

from pathlib import Path
from typing import Annotated, Any

import typer

from roadworthy.foundation.errors import ExitCode
from roadworthy.interfaces.cli.options import Format, Output, Yes

witnesses = typer.Typer(help="Who watches this ledger from outside.", no_args_is_help=True)

Key = Annotated[
    list[str],
    typer.Option(help="A key of the ledger that you got another way; may stand repeatedly.", show_default=False),
]


def add_to(ledger: typer.Typer) -> None:
    """Put these commands beside the ledger's others."""
    for command in (policy, export_tiles, compare, misbehaviour):
        ledger.command(command.__name__.replace("_", "-"))(command)
    ledger.add_typer(witnesses, name="witness")


@witnesses.command("list")
def list_(output: Output = Format.TABLE) -> None:
    """Say how far the ledger is signed, and who has seen how much of it.

    Exits 6 when a witness holds something against the ledger.
    """
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/ledger/outside")
    _show(found, output)


@witnesses.command()
def now(
    names: Annotated[list[str] | None, typer.Argument(help="Which; all of them without it.", metavar="NAME...")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Sign what is not signed yet and give it to witnesses at once.

    Exits 6 when a witness holds something against the ledger.
    """
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.post("/ledger/outside/now", {"witnesses": names or []})
    _show(found, output)


@witnesses.command()
def add(
    name: Annotated[str, typer.Argument(help="Name of the witness here.")],
    address: Annotated[str, typer.Option(help="Where it is: an address, or a path for `file` and `git`.")],
    kind: Annotated[str, typer.Option("--type", help="cosigner, file, git, webhook or timestamp.")] = "cosigner",
    key: Annotated[str | None, typer.Option(help="A cosigner's public key, got by another way.")] = None,
    certificates: Annotated[Path | None, typer.Option(help="PEM of roots that are trusted for time stamps.")] = None,
    secret: Annotated[str | None, typer.Option(help="Where a webhook's secret is: env:NAME or file:PATH.")] = None,
    push: Annotated[bool, typer.Option("--push", help="Push each commit of a repository.")] = False,
    every_minutes: Annotated[int | None, typer.Option(min=0, help="It gets a checkpoint no oftener.")] = None,
    yes: Yes = False,
) -> None:
    """Declare a witness.

    A declaration of kind `Witness` like any other, decided where such changes are decided.
    """
    import tempfile

    import yaml

    from roadworthy.foundation.resources.registry import API_VERSION
    from roadworthy.interfaces.cli import declare
    from roadworthy.interfaces.cli.session import read_text

    given = {
        "type": kind,
        "address": address,
        "key": key,
        "certificates": None if certificates is None else read_text(certificates),
        "secret": secret,
        "push": push or None,
        "everyMinutes": every_minutes,
    }
    spec = {field: value for field, value in given.items() if value is not None}
    document = {"apiVersion": API_VERSION, "kind": "Witness", "metadata": {"name": name}, "spec": spec}
    with tempfile.TemporaryDirectory(prefix="roadworthy-") as folder:
        path = Path(folder) / f"{name.replace('/', '-')}.yaml"
        path.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
        declare.apply([path], None, False, yes, Format.TABLE)


@witnesses.command()
def remove(name: Annotated[str, typer.Argument(help="Name of the witness.")], yes: Yes = False) -> None:
    """Take a declared witness out of force; what it said stays."""
    from roadworthy.interfaces.cli import declare

    declare.remove("Witness", name, yes, Format.TABLE)


def policy() -> None:
    """Print what verifiers begin with.

    The key, the witnesses, and how many count (C2SP tlog-policy).
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        out.result(client.text("/ledger/outside/policy").removesuffix("\n"))
    out.hint("hand it to whoever verifies, by a way that is not this system")


def export_tiles(
    folder: Annotated[Path, typer.Argument(help="Where to write; what is there already is left alone.")],
) -> None:
    """Write the ledger as static files.

    Any web server can serve them (C2SP tlog-tiles).
    """
    from roadworthy.foundation.ledger.outside.publishing import TilePath, write_tiles
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        client.post("/ledger/checkpoint")

        def fetch(path: TilePath) -> bytes:
            return client.content(f"/ledger/outside/tile/{path}")

        written = write_tiles(folder, client.content("/ledger/outside/checkpoint"), fetch)
    out.say(f"wrote {out.counted(written, 'file')} below {folder}")


def compare(
    kept: Annotated[Path, typer.Argument(help="A checkpoint that was kept, or a file of them as a witness writes it.")],
    proof: Annotated[
        Path | None, typer.Option(help="Where to write proof of misbehaviour, should there be any.")
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Check that the ledger continues kept checkpoints.

    Exits 6 when it does not.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, read_text, write_new

    with api() as client:
        found = [client.post("/ledger/outside/compare", {"note": note}) for note in _notes(read_text(kept))]
    bad = [each for each in found if not each["continues"]]
    if not out.structured(found, output):
        for each in bad or found[-1:]:
            out.result(f"{'continues' if each['continues'] else 'DOES NOT CONTINUE'}: {each['message']}")
    out.say(f"{out.counted(len(found), 'checkpoint')} compared, {len(bad)} not continued")
    proven = next((each["misbehaviour"] for each in bad if each["misbehaviour"]), None)
    if proven is not None and proof is not None:
        write_new(proof, proven.encode())
        out.say(f"wrote {proof}, which proves that two histories were signed")
    if bad:
        raise typer.Exit(ExitCode.INTEGRITY)


def misbehaviour(
    file: Annotated[Path, typer.Argument(help="Proof of misbehaviour, or a signed checkpoint.")],
    other: Annotated[
        Path | None, typer.Argument(help="Another checkpoint of the same size, to make the proof.")
    ] = None,
    key: Key = [],  # noqa: B006 - typer reads it and copies it
) -> None:
    """Check proof that a ledger signed two histories.

    Or make it of two checkpoints of one size. Needs no home.

    Exits 6 when nothing is proven.
    """
    from roadworthy.foundation.errors import InvalidInput
    from roadworthy.foundation.ledger.notes import VerifierKey
    from roadworthy.foundation.ledger.outside.misbehaviour import Misbehaviour, split_view
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import read_text

    if not key:
        raise typer.BadParameter("give the ledger's key with `--key`; a key out of the file itself would prove nothing")
    keys = [VerifierKey.parse(each) for each in key]
    if other is None:
        out.result(Misbehaviour.parse(read_text(file)).check(keys))
        return
    found = split_view(read_text(file), read_text(other))
    if found is None:
        raise InvalidInput(
            "misbehaviour-not-shown",
            "the two checkpoints go together, or are of different sizes",
            remedy="compare a checkpoint with the ledger itself by `roadworthy ledger compare`",
        )
    out.say(found.check(keys))
    out.result(str(found))


def _notes(text: str) -> list[str]:
    """The signed notes in a file: one as it is, or one a line in JSON."""
    import json

    if not text.lstrip().startswith("{"):
        return [text]
    return [json.loads(line)["note"] for line in text.splitlines() if line.strip()]


def _show(found: dict[str, Any], output: Format) -> None:
    from roadworthy.interfaces.cli import output as out

    if not out.structured(found, output):
        signing = found["signing"]
        out.result(f"{out.counted(signing['size'], 'entry', 'entries')}, {signing['signed']} signed")
        if found["needed"]:
            out.result(f"{found['witnessed']} seen by enough cosigners ({found['needed']} are asked for)")
        out.table(
            ["witness", "type", "entries", "since", "state"],
            [(w["name"], w["type"], w["size"], w["at"] or "never", _state(w)) for w in found["witnesses"]],
        )
    for text, since in (("unsigned", found["signing"]["unsignedSince"]), ("unwitnessed", found["unwitnessedSince"])):
        if since:
            out.say(f"{text} since {since}")
    for each in found["witnesses"]:
        if each["message"]:
            out.say(f"{each['name']}: {out.printable(each['message'])} [{each['code']}]\n next: {each['remedy']}")
    if any(each["broken"] for each in found["witnesses"]):
        raise typer.Exit(ExitCode.INTEGRITY)


def _state(witness: dict[str, Any]) -> str:
    if witness["broken"]:
        return "OBJECTS"
    if witness["failingSince"]:
        return f"failing since {witness['failingSince']}"
    return "has it" if witness["size"] else "not asked yet"
