"""People and groups of the directory: who is here, who leaves, which account and which record is whose."""

from pathlib import Path
from typing import Annotated, Any

import typer

from roadworthy.interfaces.cli.options import Format, Output

people = typer.Typer(help="People: who is here, who left, and what they still hold.", no_args_is_help=True)
groups = typer.Typer(help="Groups of the directory.", no_args_is_help=True)

Who = Annotated[str, typer.Argument(help="E-mail address, account name or reference.", metavar="WHO")]
Why = Annotated[str, typer.Option("--reason", help="Why; it is kept with the record.")]
Issuer = Annotated[str, typer.Option(help="The provider, as its tokens say it in `iss`.")]
Subject = Annotated[str, typer.Option(help="The account, as its tokens say it in `sub`.")]
_SHOWN = 50


@people.command("list")
def list_(
    search: Annotated[str | None, typer.Argument(help="Part of an address or a name.")] = None,
    *,
    left: Annotated[bool, typer.Option("--left", help="Those who left, instead of those who are here.")] = False,
    findings: Annotated[bool, typer.Option("--findings", help="What those who left still hold, instead.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """List people, or what those who left still hold."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        if findings:
            _show_findings(client.get("/people/findings"), output)
            return
        found: list[dict[str, Any]] = []
        cursor = None
        while True:
            page = client.get("/people", search=search, left=left, cursor=cursor, limit=1000)
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                break
    if out.structured(found, output):
        return
    if output is Format.NAME:
        out.result("\n".join(each["handle"] or each["ref"] for each in found))
        return
    columns = ["handle", "name", "employee", "unit", "manager", "kept by", "left"]
    out.table(columns, [_row(each) for each in found])


def _row(person: dict[str, Any]) -> tuple[object, ...]:
    return (
        person["handle"] or person["ref"],
        person["name"],
        person["employee"],
        person["unit"],
        person["manager"],
        person["source"] or "here",
        person["leftAt"] and person["leftAt"][:10],
    )


def _show_findings(found: list[dict[str, Any]], output: Format) -> None:
    from roadworthy.interfaces.cli import output as out

    if out.structured(found, output):
        return
    if not found:
        out.say("nobody who left holds anything")
        return
    rows = [(each["person"]["shown"], each["leftAt"][:10], each["message"], each["remedy"]) for each in found]
    out.table(["who left", "on", "and", "what to do"], rows)


@people.command()
def show(who: Who, output: Output = Format.TABLE) -> None:
    """Show everything about one person.

    Accounts, groups, other records of theirs, what they hold.
    """
    from roadworthy.interfaces.cli import output as out

    profile = _ask("GET", who)
    if out.structured(profile, output):
        return
    person = profile["person"]
    out.table(["handle", "name", "employee", "unit", "manager", "kept by", "left"], [_row(person)])
    out.result(f"reference {person['ref']}")
    for title, items in (
        ("groups", [(each,) for each in profile["groups"]]),
        ("accounts", [(each["issuer"], each["subject"], each["endedAt"] or "in use") for each in profile["accounts"]]),
        ("the same human", [(each["handle"] or each["ref"], each["employee"]) for each in profile["same"]]),
        ("holds", [(each["message"], each["remedy"]) for each in profile["holds"]]),
    ):
        if items:
            out.result(f"\n{title}")
            out.table(["", "", ""][: len(items[0])], items)


@people.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX, XLS, ODS or HTML, as a personnel system exports it.")],
    *,
    apply: Annotated[bool, typer.Option("--apply/--plan", help="Bring it in, or only show what would change.")] = False,
    complete: Annotated[
        bool, typer.Option("--complete", help="It names everybody: whom it does not name has left.")
    ] = False,
    really: Annotated[int | None, typer.Option(help="How many may leave, where that is many.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Bring joiners, movers and leavers in from a file.

    A file of staff; shows what would change unless told to apply it.

    Columns are recognised by their names. Rows with faults are listed and left out.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api, read_bytes

    fields: dict[str, str | list[str]] = {"complete": "true" if complete else "false"}
    if really is not None:
        fields["really"] = str(really)
    address = "/people/import" if apply else "/people/import/plan"
    with api() as client:
        plan = client.upload(address, file.name, read_bytes(file), fields)
    if not out.structured(plan, output):
        _show_plan(plan)
    if not apply:
        out.hint(f"roadworthy people import {file} --apply{' --complete' if complete else ''}{_really(plan)}")
    elif plan["counts"]["leaves"]:
        out.hint("roadworthy people list --findings, for what they still hold")


def _really(plan: dict[str, Any]) -> str:
    return f" --really {plan['counts']['leaves']}" if plan["brakes"] else ""


def _show_plan(plan: dict[str, Any]) -> None:
    from roadworthy.interfaces.cli import output as out

    out.say("read " + ", ".join(f"{name} from `{header}`" for name, header in plan["columns"].items()))
    if plan["ignored"]:
        out.say(f"left out: {', '.join(plan['ignored'])}")
    for note in plan["notes"]:
        out.say(f"note: {out.printable(note)}")
    for fault in plan["faults"]:
        place = fault["place"]
        where = ":".join(str(place[part]) for part in ("source", "line", "column") if place.get(part) is not None)
        out.result(f"{where}: {out.printable(fault['message'])} [{fault['code']}]")
    changes = plan["changes"]
    if changes:
        rows = [(each["line"], each["handle"], each["step"], each["fields"]) for each in changes[:_SHOWN]]
        out.table(["line", "who", "step", "what changes"], rows)
    if len(changes) > _SHOWN:
        out.say(f"{len(changes) - _SHOWN} more; see them all with `-o json`")
    counts = ", ".join(f"{number} {step}" for step, number in plan["counts"].items())
    out.result(f"{counts}, {out.counted(len(plan['faults']), 'fault')}")


@people.command()
def leave(who: Who, reason: Why) -> None:
    """Say that somebody has left.

    Their sessions end at once, and what they hold is listed.
    """
    from roadworthy.interfaces.cli import output as out

    profile = _ask("POST", who, "leave", {"reason": reason})
    out.say(f"{_name(profile)} has left")
    for each in profile["holds"]:
        out.result(f"{each['message']}: {each['remedy']}")


@people.command("return")
def return_(who: Who, reason: Why) -> None:
    """Say that somebody is here again."""
    from roadworthy.interfaces.cli import output as out

    out.say(f"{_name(_ask('POST', who, 'return', {'reason': reason}))} is here again")


@people.command()
def bind(who: Who, issuer: Issuer, subject: Subject) -> None:
    """Bind an account at an identity provider to a person."""
    from roadworthy.interfaces.cli import output as out

    profile = _ask("POST", who, "bind", {"issuer": issuer, "subject": subject})
    out.say(f"the account signs {_name(profile)} in from now on")


@people.command()
def unbind(issuer: Issuer, subject: Subject, reason: Why) -> None:
    """Take an account from its person; its sessions end at once."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        profile = client.post("/people/unbind", {"issuer": issuer, "subject": subject, "reason": reason})
    out.say(f"the account opens nothing any more; it was {_name(profile)}'s")


@people.command()
def same(who: Who, other: Who, reason: Why) -> None:
    """Say that two records are one human.

    Who then counts once in every decision.
    """
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        profile = client.post("/people/same", {"people": [who, other], "reason": reason})
    out.say(f"{_name(profile)} is one human with {out.counted(len(profile['same']) + 1, 'record')}")


@people.command()
def different(who: Who, reason: Why) -> None:
    """Say that a record is another human than those it was joined with."""
    from roadworthy.interfaces.cli import output as out

    out.say(f"{_name(_ask('POST', who, 'different', {'reason': reason}))} is a human of their own")


@people.command()
def erase(
    who: Who,
    reason: Why,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Erase what names a person. What they did stays provable; it cannot be undone."""
    from roadworthy.interfaces.cli import output as out

    if not yes:
        typer.confirm(f"Erase {who} for good?", abort=True, err=True)
    profile = _ask("POST", who, "erase", {"reason": reason})
    out.say(f"{profile['person']['ref']} is erased; entries of the ledger name it and nobody")


@groups.command("list")
def list_groups(output: Output = Format.TABLE) -> None:
    """List the groups."""
    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get("/groups")
    if out.structured(found, output):
        return
    if output is Format.NAME:
        out.result("\n".join(each["name"] for each in found))
        return
    if not found:
        out.say("no directory has brought any group yet")
        return
    rows = [(each["name"], each["source"], each["members"], each["changedAt"][:16]) for each in found]
    out.table(["group", "kept by", "members", "changed"], rows)


@groups.command("show")
def show_group(name: Annotated[str, typer.Argument(help="Name of the group.")], output: Output = Format.TABLE) -> None:
    """Show who is in a group, directly and through other groups."""
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    with api() as client:
        found = client.get(f"/groups/{quote(name, safe='')}")
    if out.structured(found, output):
        return
    out.table(["in it directly", "kind"], [(each["shown"], each["kind"]) for each in found["direct"]])
    out.result(f"\n{out.counted(len(found['people']), 'person', 'people')} here, through other groups too")
    out.table(["person"], [(each["shown"],) for each in found["people"]])


def _ask(method: str, who: str, what: str = "", body: dict[str, Any] | None = None) -> dict[str, Any]:
    from urllib.parse import quote

    from roadworthy.interfaces.cli.session import api

    address = f"/people/{quote(who, safe='')}{f'/{what}' if what else ''}"
    with api() as client:
        found: dict[str, Any] = client.get(address) if method == "GET" else client.post(address, body)
    return found


def _name(profile: dict[str, Any]) -> str:
    person = profile["person"]
    return str(person["name"] or person["handle"] or person["ref"])
