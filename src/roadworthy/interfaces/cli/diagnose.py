"""The diagnosis on the command line: which failure modes a use case has, or how often each occurs."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from roadworthy.interfaces.cli.options import Format, Output

if TYPE_CHECKING:
    from roadworthy.interfaces.client import Client

_FIRST = 10
"""Questions that are listed; the JSON has all of them."""


def diagnose(
    name: Annotated[str | None, typer.Argument(help="A use case; the frequency over all without it.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every use case with the failure modes it has.")] = False,
    at: Annotated[
        str | None, typer.Option("--at", metavar="DATE", help="As of the end of this day, such as 2027-01-31.")
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Say how it could fail, where next, and what to ask.

    Only what was said and still counts makes a finding. Where that is not enough the answer is "cannot tell", with the
    questions that would tell most.
    """
    from urllib.parse import quote

    from roadworthy.interfaces.cli import output as out
    from roadworthy.interfaces.cli.session import api

    if at is not None and name is None:
        raise typer.BadParameter("`--at` needs the name of a use case")
    if every and name is not None:
        raise typer.BadParameter("give the name of a use case or `--all`, not both")
    with api() as client:
        if name is None:
            _portfolio(client, output, every=every)
            return
        asked = {} if at is None else {"at": at}
        found = client.get(f"/use-cases/{quote(name, safe='')}/diagnosis", **asked)
    if output is Format.NAME:
        for each in found["modes"]:
            out.result(f"{each['mode']} {each['status']}")
    elif not out.structured(found, output):
        show_diagnosis(found)


def show_diagnosis(found: dict[str, Any]) -> None:
    """What is there with its reasons, what cannot be told, and what to ask."""
    from roadworthy.interfaces.cli import output as out

    if found["retired"]:
        out.result(f"{found['useCase']} is retired, and retired use cases are not diagnosed")
        return
    by_status = {
        status: [each for each in found["modes"] if each["status"] == status]
        for status in ("present", "cannot-tell", "absent")
    }
    present = by_status["present"]
    out.result(f"{found['useCase']}: {out.counted(len(present), 'failure mode')} present")
    for each in present:
        out.result("")
        _finding(each)
    for status, words in (("cannot-tell", "Cannot tell yet"), ("absent", "Not there")):
        if by_status[status]:
            out.result(f"\n{words}: {', '.join(each['title'] for each in by_status[status])}")
    questions = found["questions"]
    if questions:
        out.result("\nAsk this, the most telling first")
        out.table(
            ["bits", "question", "who can answer", "tells"],
            [(f"{q['bits']:.2f}", q["asks"], who(q), ", ".join(q["modes"])) for q in questions[:_FIRST]],
        )
        if len(questions) > _FIRST:
            out.say(f"{len(questions) - _FIRST} more with `-o json`")
        fact = next((q["fact"] for q in questions if q["fact"]), None)
        if fact is not None:
            out.hint(f"answer with evidence, for example about {fact}")


def _finding(each: dict[str, Any]) -> None:
    from roadworthy.interfaces.cli import output as out

    reported = ", as reported" if each["asReported"] else ""
    out.result(f"{each['title']} ({each['severityWhy']}{reported})")
    out.result(f"  what goes wrong: {out.printable(each['goesWrong'])}")
    surfaces = each["surfaces"]
    due = " (these days have passed)" if surfaces["overdue"] else ""
    out.result(f"  surfaces next:   {out.printable(surfaces['where'])}")
    out.result(f"  when:            {surfaces['when']}{due}")
    out.result(f"  whose:           {who(each)}")
    for because in each["because"]:
        source = because["evidence"] or because["place"] or because["path"] or because["fact"]
        alone = "; its contrary alone would overturn this" if because["alone"] else ""
        out.result(f"  because:         {out.printable(because['says'])} [{source}{alone}]")
    out.result(f"  disproved by:    {out.printable(each['disprovedBy'])}")


def who(value: dict[str, Any]) -> str:
    """Whose something is."""
    return f"{value['duty']}: {value['person'] or 'unassigned'}"


def _portfolio(client: "Client", output: Format, *, every: bool) -> None:
    from roadworthy.interfaces.cli import output as out

    frequency = client.get("/failure-modes")
    rows = _struck(client, frequency["modes"]) if every else []
    answer = {**frequency, "items": rows} if every else frequency
    if out.structured(answer, output):
        return
    if output is Format.NAME:
        for each in rows:
            out.result(f"{each['useCase']} {each['mode']}")
        for each in () if every else frequency["modes"]:
            out.result(f"{each['mode']} {each['statuses']['present']}")
        return
    if every:
        out.table(
            ["use case", "failure mode", "severity", "as reported", "stage", "organisation"],
            [
                (row["useCase"], row["mode"], row["severity"], row["asReported"], row["stage"], row["organisation"])
                for row in rows
            ],
        )
    else:
        _frequency(frequency)
    out.say(
        f"{out.counted(frequency['diagnosed'], 'use case')} diagnosed, {frequency['retired']:,} retired; "
        f"of {frequency['noneKnown']:,} not one failure mode can be told yet"
    )
    if frequency["diagnosed"]:
        out.hint("roadworthy diagnose USE-CASE")


def _frequency(frequency: dict[str, Any]) -> None:
    from roadworthy.interfaces.cli import output as out

    out.table(
        ["failure mode", "title", "present", "as reported", "critical", "cannot tell", "absent"],
        [
            (
                each["mode"],
                each["title"],
                f"{each['statuses']['present']:,}",
                f"{each['asReported']:,}",
                f"{each['severities']['critical']:,}",
                f"{each['statuses']['cannot-tell']:,}",
                f"{each['statuses']['absent']:,}",
            )
            for each in frequency["modes"]
        ],
    )
    asked = [each for each in frequency["questions"] if each["first"]]
    if asked:
        out.result("\nAsk first")
        out.table(
            ["first for", "question", "duty"],
            [(f"{each['first']:,}", each["asks"], each["duty"]) for each in asked[:_FIRST]],
        )


def _struck(client: "Client", modes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every use case with each failure mode that it has, by use case."""
    rows = []
    for each in modes:
        if not each["statuses"]["present"]:
            continue
        first = client.get(f"/failure-modes/{each['mode']}")
        pages = [first, *(client.get(f"/failure-modes/{each['mode']}", page=n) for n in range(2, first["pages"] + 1))]
        rows += [{"mode": each["mode"], **row} for page in pages for row in page["items"]]
    return sorted(rows, key=lambda row: (row["useCase"], row["mode"]))
