"""What systems' logs say of agents' actions: bringing events, looking at what differs, taking our own trail out."""

from pathlib import Path
from typing import Annotated, Any

import typer

from roadworthy.interfaces.cli.options import Format, Output

audit = typer.Typer(help="Audit logs of other systems.", no_args_is_help=True)

SystemOption = Annotated[str, typer.Option("--system", help="Name of the declared system whose log it is.")]
OnlySystem = Annotated[str | None, typer.Option("--system", help="Only of this system.")]


@audit.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A portion of a log, in the format that the system declares.")],
    system: SystemOption,
    output: Output = Format.TABLE,
) -> None:
    """Bring events of a system's audit log. Brought twice, they are there once.

    Exits 3 where something could not be read or differs from what is known.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, quoted, read_bytes

    with api() as client:
        path = f"/systems/{quoted(system)}/audit-events"
        found = client.send(path, read_bytes(file), "application/octet-stream", source=file.name)
    _told(found, output)
    if found["unreadable"] or found["findings"]:
        out.hint("roadworthy action findings")
        raise typer.Exit(3)


@audit.command()
def fetch(system: SystemOption, output: Output = Format.TABLE) -> None:
    """Fetch what is new in a system's audit log now."""
    from roadworthy.interfaces.cli.session import api, quoted

    with api() as client:
        found = client.post(f"/systems/{quoted(system)}/audit-events/fetch")
    _told(found, output)


@audit.command()
def status(output: Output = Format.TABLE) -> None:
    """Show how far logs were read and sinks were told."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = {"feeds": client.get("/audit-feeds"), "sinks": client.get("/event-sinks")}
    if out.structured(found, output):
        return
    out.table(
        ["log of", "read until", "looked at", "failures", "error"],
        [(each["system"], each["readUntil"], each["lookedAt"], each["failures"], each["error"])
         for each in found["feeds"]],
    )  # fmt: skip
    if found["sinks"]:
        out.table(
            ["sink", "told at", "next entry", "failures", "error"],
            [(each["name"], each["toldAt"], each["position"], each["failures"], each["error"])
             for each in found["sinks"]],
        )  # fmt: skip


@audit.command()
def unreadable(
    system: OnlySystem = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    output: Output = Format.TABLE,
) -> None:
    """List what stood in logs and could not be read, the latest first."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/audit-unreadable", system=system, limit=limit)
    if not out.structured(found, output):
        out.table(
            ["taken", "system", "where", "why"],
            [(each["takenAt"], each["system"], _place(each["place"]), each["reason"]) for each in found],
        )


def findings(
    state: Annotated[str | None, typer.Option(help="open, explained or closed.")] = "open",
    kind: Annotated[str | None, typer.Option(help="Such as effect-without-intent.")] = None,
    system: OnlySystem = None,
    use_case: Annotated[str | None, typer.Option(help="Only of this use case.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    all_: Annotated[bool, typer.Option("--all", help="Whatever their state.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """List where systems' logs and ours differ, the latest first. Exits 3 where any is open."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    asked = {"state": None if all_ else state, "kind": kind, "system": system, "useCase": use_case, "limit": limit}
    with api() as client:
        found = client.get("/action-findings", **asked)["items"]
    if output is Format.NAME:
        for each in found:
            out.result(each["id"])
    elif not out.structured(found, output):
        out.table(
            ["found", "state", "what", "system", "action", "about", "id"],
            [(each["foundAt"], each["state"], each["kind"], each["system"], each["action"], each["about"], each["id"])
             for each in found],
        )  # fmt: skip
    if any(each["state"] == "open" for each in found):
        raise typer.Exit(3)


def finding_shown(
    id_: Annotated[str, typer.Argument(help="Id of the finding.", metavar="FINDING")],
    event: Annotated[bool, typer.Option("--event", help="With the event as it came; the ledger keeps that.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Show where a system's log and ours differ."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, quoted

    with api() as client:
        found = client.get(f"/action-findings/{quoted(id_)}")
        if found["event"] is not None:
            found["logged"] = client.get(f"/audit-events/{quoted(found['event'])}")
            if event:
                found["content"] = client.post(f"/action-findings/{quoted(id_)}/event")["content"]
    if not out.structured(found, output):
        said = {**found, **{f"logged {name}": value for name, value in found.pop("logged", {}).items()}}
        said.pop("logged", None)
        out.table(["", ""], [(name, str(value)) for name, value in said.items() if value not in (None, "")])


def explain_away(
    finding: Annotated[str, typer.Argument(help="Id of the finding.")],
    reason: Annotated[str, typer.Option(help="Who did it and why that was right; it is kept in the ledger.")],
) -> None:
    """Say why it is right that a system's log says something else."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, quoted

    with api() as client:
        client.post(f"/action-findings/{quoted(finding)}/explain", {"reason": reason})
    out.say("it is explained; the ledger has the reason")


def export(
    form: Annotated[str, typer.Option("--format", help="ocsf or cloudevents.")],
    since: Annotated[
        str | None, typer.Option(help="From this instant on, such as 2026-11-23T08:00:00Z; from the first one else.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="Where it goes; to standard output where none is named.")
    ] = None,
) -> None:
    """Write what agents did for a SIEM.

    Also what was refused and held, an event of JSON on each line.
    """
    import json
    from contextlib import nullcontext

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    count, cursor, end = 0, None, False
    with api() as client, nullcontext() if file is None else file.open("w", encoding="utf-8") as into:
        while not end:
            found = client.get("/action-trail", format=form, since=since, cursor=cursor)
            for each in found["events"]:
                line = json.dumps(each, ensure_ascii=False, separators=(",", ":"))
                if into is None:
                    out.result(line)
                else:
                    into.write(f"{line}\n")
            count, cursor, end = count + len(found["events"]), found["next"], found["end"]
    out.say(f"{count} events")


def _told(found: Any, output: Format) -> None:  # noqa: ANN401 - part of an answer of the API
    from roadworthy.interfaces.cli import output as out

    if out.structured(found, output):
        return
    out.say(f"{found['new']} new events, {found['matched']} of them ours, {found['repeated']} known before")
    for each in found["unreadable"]:
        out.result(f"not read: {_place(each['place'])}: {out.printable(each['reason'])}")
    for each in found["findings"]:
        out.result(f"{each['kind']}: {out.printable(each['about'])} ({each['id']})")


def _place(place: dict[str, Any]) -> str:
    parts = [str(place[name]) for name in ("source", "line", "column") if place.get(name) is not None]
    where = ":".join(parts)
    field = place.get("field")
    return f"{where} ({field})" if where and field else where or field or "?"


def add_to(commands: typer.Typer) -> None:
    """Put the commands among those of actions."""
    commands.command()(findings)
    commands.command("finding")(finding_shown)
    commands.command("explain-away")(explain_away)
    commands.command()(export)
    commands.add_typer(audit, name="audit")
