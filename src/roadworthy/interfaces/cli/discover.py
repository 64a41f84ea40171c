"""AI in use that nobody registered: look, then decide."""

from pathlib import Path
from typing import Annotated, Any

import typer

from roadworthy.interfaces.cli.options import Format, Output

commands = typer.Typer(
    help="Find AI that is used and not registered.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

ProposalArgument = Annotated[str, typer.Argument(help="Id of the proposal, from the list.", metavar="PROPOSAL")]
Reason = Annotated[str, typer.Option(help="Why, for whoever asks later.")]
_SHOWN = 12


@commands.command()
def usage(
    files: Annotated[list[Path], typer.Argument(help="CSV, JSON, JSON lines or Squid logs; plain or gzip.")],
    column: Annotated[
        list[str] | None, typer.Option(help="What a column means, such as `Destination=host`; repeatable.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what is understood.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Look at usage exports and logs.

    Files are read as streams and only sums are kept: no prompts, no answers, no addresses beyond their host, no
    people. The very same file is counted once.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    found = []
    with api() as client:
        for file in files:
            fields: dict[str, Any] = {"columns": column or [], "dryRun": "true" if dry_run else "false"}
            with _packed(file) as stream:
                found.append(client.upload_stream("/discovery/usage", file.name, stream, fields))
    if out.structured(found, output):
        return
    for looked in found:
        _show_looked(looked, dry_run=dry_run)
    if not dry_run:
        out.hint("roadworthy discover list")


def _packed(file: Path) -> Any:  # noqa: ANN401 - a file or a temporary one, which share no class
    """A file to send; a plain one goes packed, because the limit of uploads is one of bytes sent."""
    import gzip
    import shutil
    import tempfile

    from roadworthy.foundation.errors import InvalidInput, Place, Unavailable

    place = Place(source=str(file))
    try:
        plain = file.open("rb")
    except FileNotFoundError as error:
        raise InvalidInput(
            "path-unknown", f"there is no file `{file}`", place=place, remedy="check the path"
        ) from error
    except OSError as error:
        raise Unavailable(
            "file-unreadable", f"the file cannot be read ({error.strerror})", place=place,
            remedy="check that it is a file that you may read",
        ) from error  # fmt: skip
    if plain.read(2) == b"\x1f\x8b" or file.stat().st_size < _WORTH_PACKING:
        plain.seek(0)
        return plain
    plain.seek(0)
    packed = tempfile.TemporaryFile()  # noqa: SIM115 - closed by whoever sends it
    # The clock's time would make the same file another one each time, and it is counted once by its digest.
    with plain, gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1, mtime=0) as into:
        shutil.copyfileobj(plain, into, 1024 * 1024)
    packed.seek(0)
    return packed


_WORTH_PACKING = 1_000_000
"""Bytes from which packing pays."""


@commands.command()
def mlflow(
    address: Annotated[str, typer.Argument(help="Of the server; the setting `mlflow` where none is given.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what is found.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Look at the models of an MLflow registry.

    With their versions, aliases, runs and digests.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        looked = client.post("/discovery/mlflow", {"address": address, "dryRun": dry_run})
    if out.structured([looked], output):
        return
    _show_looked(looked, dry_run=dry_run)
    if not dry_run:
        out.hint("roadworthy discover list")


@commands.command("list")
def list_(
    state: Annotated[str, typer.Option(help="open, accepted, linked, dismissed or all.")] = "open",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most proposals to list.")] = 50,
    output: Output = Format.TABLE,
) -> None:
    """Proposed use cases, those with the most calls first."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/discovery/proposals", state=None if state == "all" else state, limit=limit)
    if out.structured(found, output):
        return
    if output is Format.NAME:
        out.result("\n".join(f"Proposal/{each['id']}" for each in found["items"]))
        return
    out.table(
        ["id", "state", "proposed", "vendors", "models", "calls", "people", "last seen", "may be"],
        [_line(each) for each in found["items"]],
    )
    out.say(f"{len(found['items'])} of {found['total']:,}")
    if found["items"]:
        out.hint(f"roadworthy discover show {found['items'][0]['id']}")


def _line(each: dict[str, Any]) -> tuple[Any, ...]:
    used = each["usage"]
    best = each["matches"][0] if each["matches"] else None
    where = each["decision"]["useCase"] if each["decision"] else best and f"{best['useCase']} ({best['score']})"
    models = ", ".join(each["models"][:3]) + (f" and {len(each['models']) - 3} more" if len(each["models"]) > 3 else "")  # noqa: PLR2004 - as many as a line shows
    last = (used["lastSeen"] or "")[:10]
    return each["id"], each["state"], each["title"], each["vendors"], models, used["calls"], used["people"], last, where


@commands.command()
def show(proposal: ProposalArgument, output: Output = Format.TABLE) -> None:
    """One proposal: what was seen, and what it may be."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get(f"/discovery/proposals/{proposal}")
    if out.structured(found, output):
        return
    used = found["usage"]
    cost = ", ".join(f"{amount} {unit}".strip() for unit, amount in used["cost"].items())
    out.result(f"{out.printable(found['title'])} ({found['state']}), recognised by its {found['scheme']}")
    out.result(
        f"{used['calls']:,} calls, {used['inputTokens']:,} tokens in, {used['outputTokens']:,} out"
        f"{f', {cost}' if cost else ''}, {out.counted(used['people'], 'person', 'people')}"
        f"{' or more' if used['morePeople'] else ''}"
    )
    if found["overlapping"]:
        out.say("note: uploads of overlapping times were added up, so calls may be counted twice")
    out.table(
        ["vendor", "model", "host", "app", "team", "key", "calls", "first", "last"],
        [
            (
                seen["vendor"], _model(seen), seen["host"], seen["app"], seen["team"], seen["key"],
                seen["usage"]["calls"], (seen["usage"]["firstSeen"] or "")[:10], (seen["usage"]["lastSeen"] or "")[:10],
            )
            for seen in found["sightings"][:_SHOWN]
        ],
    )  # fmt: skip
    if len(found["sightings"]) > _SHOWN:
        out.say(f"{len(found['sightings']) - _SHOWN} more; see them all with `-o json`")
    for match in found["matches"]:
        out.result(f"may be {match['useCase']} ({match['score']} of 100): {'; '.join(match['reasons'])}")
    if found["decision"]:
        decided = found["decision"]
        said = out.printable(decided["useCase"] or decided["reason"] or "")
        out.result(f"{decided['state']}: {said}, by {out.printable(decided['by']['shown'])} on {decided['at'][:10]}")
    elif found["matches"]:
        out.hint(f"roadworthy discover link {proposal} {found['matches'][0]['useCase']}")
    else:
        out.hint(f"roadworthy discover accept {proposal}")


def _model(seen: dict[str, Any]) -> str | None:
    release = seen["release"]
    model: str | None = seen["model"]
    if release is None:
        return model
    aliases = f" ({', '.join(release['aliases'])})" if release["aliases"] else ""
    return f"{model} version {release['version']}{aliases}"


@commands.command()
def accept(
    proposal: ProposalArgument,
    name: Annotated[str | None, typer.Option(help="Name of the use case.")] = None,
    title: Annotated[str | None, typer.Option(help="What it is called.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Register a proposal as a use case.

    At stage `proposed`, with what was seen and nothing else.
    """
    _decide(proposal, "accept", {"name": name, "title": title}, output)


@commands.command()
def link(
    proposal: ProposalArgument,
    use_case: Annotated[str, typer.Argument(help="Name of the use case.", metavar="USE-CASE")],
    add_components: Annotated[
        bool, typer.Option("--add-components", help="Declare the models and vendors seen as its components.")
    ] = False,
    output: Output = Format.TABLE,
) -> None:
    """Say that a proposal is a use case that is registered already."""
    _decide(proposal, "link", {"useCase": use_case, "addComponents": add_components}, output)


@commands.command()
def dismiss(proposal: ProposalArgument, reason: Reason, output: Output = Format.TABLE) -> None:
    """Say that a proposal is no use case, and why.

    It stays so when it is seen again.
    """
    _decide(proposal, "dismiss", {"reason": reason}, output)


@commands.command()
def reopen(proposal: ProposalArgument, reason: Reason, output: Output = Format.TABLE) -> None:
    """Take a decision back."""
    _decide(proposal, "reopen", {"reason": reason}, output)


@commands.command()
def vendors(output: Output = Format.TABLE) -> None:
    """Hold the vendors of the logs against the register."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/discovery/vendors")
    if out.structured(found, output):
        return
    out.table(
        ["vendor", "standing", "use cases", "open", "calls", "approved", "written"],
        [
            (
                each["title"] if each["known"] else f"{each['title']} (in no list of vendors)",
                each["standing"], each["useCases"], each["proposals"], each["usage"]["calls"], each["approved"],
                sorted({*each["used"], *each["declared"]}),
            )
            for each in found
        ],
    )  # fmt: skip


def _decide(proposal: str, what: str, body: dict[str, Any], output: Format) -> None:
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.post(f"/discovery/proposals/{proposal}/{what}", body)
    if out.structured(found, output):
        return
    decided = found["decision"]
    where = f": UseCase/{decided['useCase']}" if decided and decided["useCase"] else ""
    out.result(f"{found['state']}{where}")
    if where and decided["state"] == "accepted":
        out.hint(f"roadworthy describe use-case {decided['useCase']}")


def _show_looked(looked: dict[str, Any], *, dry_run: bool) -> None:
    from roadworthy.interfaces.cli import output as out

    reading = looked["reading"]
    out.say(f"{out.printable(reading['source'])}: {reading['form']}")
    read = ", ".join(f"{column} = {target}" for column, target in reading["columns"].items())
    out.say(f"read: {out.printable(read)}")
    if reading["unread"]:
        out.say(f"left alone: {out.printable(', '.join(reading['unread']))}")
    for note in reading["notes"]:
        out.say(f"note: {out.printable(note)}")
    counts = f"{out.counted(reading['rows'], 'row')}, {out.counted(reading['sightings'], 'sighting')}"
    if dry_run:
        out.result(counts)
    elif looked["upload"] is None:
        out.result(f"{counts}: looked at before, so nothing was counted again")
    else:
        decided = "".join(f", {count} {state} before" for state, count in sorted(looked["decided"].items()))
        out.result(f"{counts}: {len(looked['new'])} new, {len(looked['open'])} still open{decided}")
