"""Questions to the record on the command line."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from roadworthy.interfaces.cli.options import Format, Output

commands = typer.Typer(
    help="Ask the record: who let this happen, knowing what.", no_args_is_help=True, rich_markup_mode=None
)


class About(StrEnum):
    """What can be asked about."""

    USE_CASE = "use-case"
    DECISION = "decision"
    REVIEW = "review"
    CERTIFICATE = "certificate"
    RELEASE = "release"
    EFFECT = "effect"
    ENTRY = "entry"


class Shape(StrEnum):
    """How an answer is written out."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"


@commands.command("show")
def show(
    about: Annotated[About, typer.Argument(help="What kind of thing is asked about.", case_sensitive=False)],
    name: Annotated[str, typer.Argument(help="Its id, serial, digest or name.")],
    form: Annotated[Shape, typer.Option("--as", help="How to write it out.", case_sensitive=False)] = Shape.TEXT,
    file: Annotated[Path | None, typer.Option("--out", help="Write it to a new file.")] = None,
) -> None:
    """Answer who let a thing happen, knowing what.

    With the entry behind every line.
    """
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, write_new

    where = f"/questions/{about.value}/{quote(name, safe='')}"
    with api() as client:
        if form in {Shape.TEXT, Shape.JSON}:
            found = client.get(where)
            text = _json(found) if form is Shape.JSON else _safe(_text(found), out.printable)
        else:
            text = client.text(f"{where}/{form.value}")
    if file is None:
        out.result(text.rstrip("\n"))
        return
    write_new(file, text.encode())
    out.say(f"wrote {file}")


def _safe(text: str, printable: Callable[[str], str]) -> str:
    """Line by line without what a terminal would obey."""
    return "\n".join(printable(line) for line in text.split("\n"))


@commands.command("search")
def search(
    person: Annotated[
        str | None,
        typer.Option(help="Who acted, for whom, who oversaw it, or whom it is about: an address or reference."),
    ] = None,
    use_case: Annotated[str | None, typer.Option("--use-case", help="What it is about.")] = None,
    kind: Annotated[str | None, typer.Option(help="What kind of event, such as `decision` or `certificate`.")] = None,
    since: Annotated[
        str | None, typer.Option(help="Not older than this instant, such as 2026-11-01T00:00:00Z.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Older than this instant.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    output: Output = Format.TABLE,
) -> None:
    """Find entries by person, use case, event and time.

    The newest first.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    asked = {"person": person, "useCase": use_case, "kind": kind, "since": since, "until": until, "limit": limit}
    with api() as client:
        found = client.get("/ledger/entries", **asked)["items"]
    if output is Format.NAME:
        for each in found:
            out.result(each["id"])
    elif not out.structured(found, output):
        rows = [(each["at"], each["what"], each["resource"], each["actor"]["shown"], each["id"]) for each in found]
        out.table(["at", "what", "resource", "by", "id"], rows)
        if found:
            out.hint(f"roadworthy question show entry {found[0]['id']}")


def _text(found: dict[str, Any]) -> str:
    places = {proof["entry"]: proof for proof in found["proofs"]}
    lines = [found["title"], found["finding"], ""]
    for number, chapter in enumerate(found["chapters"], 1):
        lines.append(f"{number}. {chapter['title']}")
        for line in chapter["lines"]:
            lines.append(f"   {_mark(line['weight'])} {line['says']}{_known(line, places)}")
            if line["quote"]:
                lines += [f"       > {each}" for each in line["quote"].splitlines()]
            elif line["erased"]:
                lines.append("       > (erased; the entry still commits to it)")
            lines += [f"       {each['name']}: {each['value']}" for each in line["details"]]
        lines.append("")
    if found["open"]:
        lines.append("What the record does not say")
        lines += [f"   ? {each}" for each in found["open"]]
        lines.append("")
    head = found["head"]
    if head is not None:
        proven = sum(proof["proven"] for proof in found["proofs"])
        entries = len(found["proofs"])
        lines.append(
            f"{proven} of {entries} entries proven under the checkpoint of {head['size']} entries, {head['root']}"
        )
    return "\n".join(lines)


def _mark(weight: str) -> str:
    return {"good": "+", "bad": "!", "mind": "*"}.get(weight, "-")


def _known(line: dict[str, Any], places: dict[str, Any]) -> str:
    if line["known"] == "unknown":
        return " [not on record]"
    if line["known"] == "kept":
        return " [kept beside the ledger]"
    place = places.get(line["entry"])
    return f" [entry {place['position']}{'' if place['proven'] else ', not proven'}]" if place else ""


def _json(found: dict[str, Any]) -> str:
    import json

    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"
